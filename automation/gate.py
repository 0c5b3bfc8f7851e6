"""The gate before `up`: the policy pack passed, and it judged everything.

That no violation was reported is no proof. A rule that meets an unknown value may be switched off
by the policy SDK with one advisory line, and a pack that judged nothing violates nothing. So the
verdict also counts who judged what, and the gate opens only when nothing was left out.
"""

from automation.errors import PolicyRefusedError
from automation.events import EventLog, PolicyViolation, name_of
from automation.results import EXCEPTIONS_IN_FORCE, Preview, Verdict

# What pulumi-policy 1.21.0 says of a rule that met an unknown value (pulumi_policy/policy.py).
_NOT_RUN = "can't run policy"
_JUDGED_BEFORE_CREATION = ("same", "create", "update", "replace", "import", "create-replacement",
                           "import-replacement")  # fmt: skip
# Policies of the pack that are no rules: the declaration's own, and the list of exceptions.
_NO_RULES = frozenset({"boundary", EXCEPTIONS_IN_FORCE})
_READS = ("read", "read-replacement")
# A part of a cluster reads what the part before it puts out; that was judged when it was made, and
# the pack asks who answers for it (CN-004).
_MAY_BE_READ = "pulumi:pulumi:StackReference"


def verdict_of(log: EventLog) -> Verdict:
    """The verdict in an event log; without a single judged resource it is no pass."""
    not_run = tuple(v for v in log.violations if _NOT_RUN in v.message)
    rest = [v for v in log.violations if v not in not_run]
    judged = {j.urn for j in log.judged}
    asked = frozenset().union(*(j.rules for j in (*log.judged, *log.judged_whole)))
    registered = dict.fromkeys(
        urn for urn, operation in log.steps if operation in _JUDGED_BEFORE_CREATION
    )
    return Verdict(
        packs=tuple(sorted({j.pack for j in log.judged})),
        rules=len(asked - _NO_RULES),
        resources=len(judged),
        violations=tuple(v for v in rest if v.level != "advisory"),
        advisories=tuple(v for v in rest if v.level == "advisory"),
        not_run=not_run,
        not_judged=tuple(urn for urn in registered if urn not in judged),
        only_read=tuple(
            urn
            for (urn, operation), step in log.steps.items()
            if operation in _READS and step["type"] != _MAY_BE_READ
        ),
        whole_judged=bool(log.judged_whole),
        lost=log.lost,
    )


def require_pass(preview: Preview) -> None:
    """Raise PolicyRefusedError unless the preview's verdict is a pass without a doubt."""
    verdict = preview.verdict
    if verdict is None or not verdict.resources:
        raise PolicyRefusedError(
            "the policy pack judged nothing, so nothing is known",
            advice="Nothing was changed. Look at the diagnostics of heiiki preview: the pack has "
            "not started.",
        )
    if verdict.violations:
        raise PolicyRefusedError(
            f"the policy pack refuses {_resources(verdict.violations)}",
            details=[violation_line(v) for v in verdict.violations],
            advice=f"Nothing was changed. {_where_to_mend(preview.stack)}",
        )
    doubts = [violation_line(v) for v in verdict.not_run]
    doubts += [f"{name_of(urn)}: was not judged by any rule" for urn in verdict.not_judged]
    doubts += [
        f"{name_of(urn)}: is only read, and the engine shows what is read to no policy; use its id "
        "as text and name it under boundary.supplied"
        for urn in verdict.only_read
    ]
    if not verdict.whole_judged:
        doubts.append("the pack was not asked about the deployment as a whole")
    if verdict.lost:
        doubts.append("part of the engine's report was lost")
    if doubts:
        raise PolicyRefusedError(
            "the policy pack could not judge everything, so nothing is known to be closed",
            details=doubts,
            advice="Nothing was changed. Run the preview again; if it says the same, a rule of the "
            "pack is at fault.",
        )


def require_not_stopped(operation: str, log: EventLog) -> None:
    """Raise PolicyRefusedError when it was the pack that ended a running operation."""
    violations = verdict_of(log).violations
    if violations:
        raise PolicyRefusedError(
            f"the policy pack stopped {operation} at {_resources(violations)}",
            details=[violation_line(v) for v in violations],
            advice="What was made before is recorded. Mend the stack file, or the policy file "
            "where a line names it, and run heiiki up again, or heiiki destroy.",
        )


def _where_to_mend(stack: str) -> str:
    name = stack.rsplit("/", 1)[-1]
    return (
        "Each line ends with what to write instead: of what is made, in the stack file; of what is "
        f"meant to be there (boundary.…), in heiiki.{name}.policy.json."
    )


def _resources(violations: tuple[PolicyViolation, ...]) -> str:
    names = list(dict.fromkeys(name_of(v.urn) for v in violations))
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} resources"


def violation_line(violation: PolicyViolation) -> str:
    """One violation as one line."""
    return f"{name_of(violation.urn)}: {violation.policy}: {violation.message}"
