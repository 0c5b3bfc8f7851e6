"""The gate before `up`: the policy pack passed, and it judged everything.

That no violation was reported is no proof. A rule that meets an unknown value may be switched off
by the policy SDK with one advisory line, and a pack that judged nothing violates nothing. So the
verdict also counts who judged what, and the gate opens only when nothing was left out.
"""

from automation.errors import PolicyRefusedError
from automation.events import EventLog, PolicyViolation, name_of
from automation.results import Preview, Verdict

# What pulumi-policy 1.21.0 says of a rule that met an unknown value (pulumi_policy/policy.py).
_NOT_RUN = "can't run policy"
_JUDGED_BEFORE_CREATION = ("same", "create", "update", "replace", "import", "create-replacement",
                           "import-replacement")  # fmt: skip


def verdict_of(log: EventLog) -> Verdict:
    """The verdict in an event log; without a single judged resource it is no pass."""
    not_run = tuple(v for v in log.violations if _NOT_RUN in v.message)
    rest = [v for v in log.violations if v not in not_run]
    judged = {j.urn for j in log.judged}
    registered = dict.fromkeys(
        urn for urn, operation in log.steps if operation in _JUDGED_BEFORE_CREATION
    )
    return Verdict(
        packs=tuple(sorted({j.pack for j in log.judged})),
        rules=len(frozenset().union(*(j.rules for j in log.judged))),
        resources=len(judged),
        violations=tuple(v for v in rest if v.level != "advisory"),
        advisories=tuple(v for v in rest if v.level == "advisory"),
        not_run=not_run,
        not_judged=tuple(urn for urn in registered if urn not in judged),
        lost=log.lost,
    )


def require_pass(preview: Preview) -> None:
    """Raise PolicyRefusedError unless the preview's verdict is a pass without a doubt."""
    verdict = preview.verdict
    if verdict is None or not verdict.resources:
        raise PolicyRefusedError(
            "the policy pack judged nothing, so nothing is known",
            advice="Look at the diagnostics of heiiki preview, and use an engine of version 3.229 "
            "or later.",
        )
    if verdict.violations:
        raise PolicyRefusedError(
            f"the policy pack refuses {_resources(verdict.violations)}",
            details=[violation_line(v) for v in verdict.violations],
            advice="Nothing was changed. Change the stack file as the rules say.",
        )
    doubts = [violation_line(v) for v in verdict.not_run]
    doubts += [f"{name_of(urn)}: was not judged by any rule" for urn in verdict.not_judged]
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
            advice="What was made before is recorded. Change the stack file as the rules say and "
            "run heiiki up again, or heiiki destroy.",
        )


def _resources(violations: tuple[PolicyViolation, ...]) -> str:
    names = list(dict.fromkeys(name_of(v.urn) for v in violations))
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} resources"


def violation_line(violation: PolicyViolation) -> str:
    """One violation as one line."""
    return f"{name_of(violation.urn)}: {violation.policy}: {violation.message}"
