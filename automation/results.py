"""What the operations answer: frozen, typed, and free of secrets unless they were asked for."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from automation.effects import WAITS, Risk, drift_of, effect_of
from automation.errors import RefusedError
from automation.events import Diagnostic, EventLog, PolicyViolation, name_of
from automation.twins import Twin

UNCHANGED = "same"
EXCEPTIONS_IN_FORCE = "exceptions-in-force"  # the pack's policy that lists them
_MINOR = re.compile(r"1\.\d+")  # and not a value that is not known yet
_STEPS_OF_A_REPLACEMENT = ("create-replacement", "delete-replaced")


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property path that differs, such as "tags.owner". kind: add, delete, update, and each
    of them with "-replace" where it replaces the resource."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One step on one resource. operation: create, update, delete, replace, same, read, import, or
    one of the two steps of a replacement. effect: what it does to what is running.

    Of a refresh, what it has found: update where AWS has it otherwise than was recorded (properties
    say where), delete where AWS has none, same where nothing differs; refresh where AWS was asked
    and the answer is not known.
    """

    urn: str
    type: str
    name: str
    operation: str
    properties: tuple[PropertyChange, ...] = ()
    risk: Risk = "none"
    effect: str = ""
    component: bool = False  # groups resources, and is nothing in AWS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy pack said, and over how much it said it.

    It judges every resource by itself, before it exists, and at the end where all ids come from.
    passed: no mandatory violation, no rule that could not run, and nothing that was not judged.
    only_read: resources that the program takes from AWS without making them; the engine shows them
    to no policy.
    """

    packs: tuple[str, ...] = ()
    rules: int = 0
    resources: int = 0
    violations: tuple[PolicyViolation, ...] = ()
    advisories: tuple[PolicyViolation, ...] = ()
    not_run: tuple[PolicyViolation, ...] = ()
    not_judged: tuple[str, ...] = ()  # URNs
    only_read: tuple[str, ...] = ()  # URNs
    whole_judged: bool = False
    lost: bool = False  # part of the engine's report did not arrive

    @property
    def advised(self) -> tuple[PolicyViolation, ...]:
        """What advisory rules have found. The other advisories are exceptions in force."""
        return tuple(a for a in self.advisories if a.policy != EXCEPTIONS_IN_FORCE)

    @property
    def passed(self) -> bool:
        doubts = self.violations or self.not_run or self.not_judged or self.only_read or self.lost
        return bool(self.resources) and self.whole_judged and not doubts


@dataclass(frozen=True, slots=True)
class Result:
    """What one operation did, or would do.

    counts: resources per operation, as the engine counts them. steps: every step, in the engine's
    order, "same" included.
    """

    operation: str
    stack: str
    counts: Mapping[str, int]
    steps: tuple[ResourceChange, ...]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float
    verdict: Verdict | None = None  # None: the operation runs no program, so no policy judges it

    @property
    def changes(self) -> tuple[ResourceChange, ...]:
        """The steps that change something in AWS; a replacement once, components never."""
        nothing = (UNCHANGED, "read", *_STEPS_OF_A_REPLACEMENT)
        return tuple(
            s
            for s in self.steps
            if s.operation not in nothing
            and not s.component
            and not s.type.startswith("pulumi:providers:")
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the program tells of the plan, such as until when the version is supported."""
        return tuple(d.message for d in self.diagnostics if d.severity == "info")

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(d.message for d in self.diagnostics if d.severity == "warning")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason for which `up` would change nothing, in the words in which it would say so."""

    message: str
    details: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Preview(Result):
    """What `up` would do. fingerprint: two previews with the same one do the same to the same.

    refusals: why `up` would do nothing of it, whatever the pack says, such as data that would be
    lost. held: URNs that the record protects; the engine may stop at them, so there may be more
    changes than it tells. twins: what would be made beside its like.
    """

    fingerprint: str = ""
    refusals: tuple[Refusal, ...] = ()
    held: tuple[str, ...] = ()
    twins: tuple[Twin, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the stack. A secret's value is None unless secrets were asked for."""

    value: Any
    secret: bool


@dataclass(frozen=True, slots=True)
class Rollout:
    """One pool that is being rolled. status: AWS's word, "" where AWS did not tell; unread: then
    why not. watch: a command that tells how far it has come."""

    pool: str
    group: str
    status: str
    percent_complete: int
    unread: str
    watch: str


@dataclass(frozen=True, slots=True)
class Updated(Result):
    """What `up` did, and the stack's outputs after it.

    rolling: pools whose machines are still being replaced.
    """

    preview: Preview | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)
    rolling: tuple[Rollout, ...] = ()


def as_json(value: Any) -> dict[str, Any]:
    """A result as plain data for `--json`; steps that change nothing are only counted."""
    data = asdict(value)
    if isinstance(value, Result):
        data["changes"] = [asdict(c) for c in value.changes]
        del data["steps"]
    if isinstance(value, Updated):
        data["preview"] = as_json(value.preview) if value.preview else None
    if data.get("verdict") is not None:
        data["verdict"]["passed"] = value.verdict.passed
        data["verdict"]["advised"] = len(value.verdict.advised)
    return data


def refusal_of(error: RefusedError) -> Refusal:
    """A refusal that was not raised, as data."""
    return Refusal(error.message, error.details, error.advice)


def steps_of(log: EventLog, operation: str) -> tuple[ResourceChange, ...]:
    """The steps in an event log of an operation.

    What the engine looks at first, where it is told to (PULUMI_OPTION_REFRESH), is a step of
    `refresh` alone: elsewhere the step that follows from it says what is done.
    """
    steps, waiting = [], _waiting(log)
    for (urn, began), step in log.steps.items():
        is_read = began == "refresh"
        if is_read and operation != "refresh":
            continue
        data = log.refreshed.get(urn, step) if is_read else step
        done, properties = str(data["op"]), _properties(data)
        paths = tuple(p.path for p in properties)
        risk, effect = (
            drift_of(done) if is_read else effect_of(data["type"], began, paths, _versions(data))
        )
        if risk == "machines" and done == "update" and name_of(urn) in waiting:
            risk, effect = WAITS
        shown = data.get("new") or data.get("old") or {}
        steps.append(
            ResourceChange(
                urn, data["type"], name_of(urn), done, properties, risk, effect,
                component=not shown.get("custom", False),
            )
        )  # fmt: skip
    return tuple(steps)


def _waiting(log: EventLog) -> set[str]:
    """Names of groups that follow their launch template, which is called as they are, and leave
    the machines that they have."""
    return {
        name_of(urn)
        for (urn, _), data in log.steps.items()
        if data["type"] == "aws:autoscaling/group:Group"
        and not ((data.get("new") or {}).get("inputs") or {}).get("instanceRefresh")
    }


def _versions(data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Of Kubernetes, as it is by the record and as it is asked for."""
    old, new = (data.get(name) or {} for name in ("old", "new"))
    before = (old.get("outputs") or {}).get("version") or (old.get("inputs") or {}).get("version")
    after = (new.get("inputs") or {}).get("version")
    if isinstance(before, str) and isinstance(after, str) and _MINOR.fullmatch(after):
        return before, after
    return None


def _properties(data: Mapping[str, Any]) -> tuple[PropertyChange, ...]:
    detailed = data.get("detailedDiff") or {}
    found = {path: str(diff.get("diffKind", "update")) for path, diff in detailed.items()}
    for path in data.get("diffs") or ():  # a provider may say no more than which properties
        if not any(p == path or p.startswith((f"{path}.", f"{path}[")) for p in found):
            found[path] = "update"
    return tuple(PropertyChange(path, kind) for path, kind in sorted(found.items()))


def fingerprint_of(log: EventLog) -> str:
    """A digest of what the steps do and to what; secrets are blinded in it already."""
    digest = hashlib.sha256()
    for (urn, operation), data in sorted(log.steps.items()):
        inputs = (data.get("new") or {}).get("inputs")
        digest.update(json.dumps([urn, operation, inputs], sort_keys=True).encode())
    return digest.hexdigest()
