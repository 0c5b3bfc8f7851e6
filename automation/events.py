"""What happens while the engine works: typed events for a callback, read from its event log.

The log is JSON lines as in pulumi's sdk/go/common/apitype/events.go. Secrets in it are blinded.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class OperationStarted:
    """One run of the engine begins. operation: preview, up, refresh or destroy."""

    operation: str


@dataclass(frozen=True, slots=True)
class ResourceStarted:
    """The engine begins a step on a resource; with operation "same" it only looks."""

    urn: str
    type: str
    name: str
    operation: str
    component: bool  # groups resources, and is nothing in AWS


@dataclass(frozen=True, slots=True)
class ResourceDone:
    """The step has ended well."""

    urn: str
    type: str
    name: str
    operation: str
    component: bool  # groups resources, and is nothing in AWS


@dataclass(frozen=True, slots=True)
class ResourceFailed:
    """The step has failed; a Diagnostic about the same urn says why."""

    urn: str
    type: str
    name: str
    operation: str
    component: bool  # groups resources, and is nothing in AWS


@dataclass(frozen=True, slots=True)
class PolicyViolation:
    """What the pack says of a resource. level: mandatory or advisory."""

    urn: str
    policy: str
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message of the engine, a provider or the program. severity: info, warning or error."""

    urn: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of one run: how many resources went through each operation."""

    changes: Mapping[str, int]
    seconds: int


Event = (
    OperationStarted
    | ResourceStarted
    | ResourceDone
    | ResourceFailed
    | PolicyViolation
    | Diagnostic
    | Summary
)
OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """The pack has judged one resource, or the whole, whose urn is empty. rules: those that had a
    say, passed or not."""

    urn: str
    pack: str
    rules: frozenset[str]


@dataclass(slots=True)
class EventLog:
    """Everything that one run of the engine has logged."""

    steps: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    refreshed: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # by urn: what was found
    _refreshing: set[str] = field(default_factory=set)  # urns
    failed: list[ResourceFailed] = field(default_factory=list)
    violations: list[PolicyViolation] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    judged_whole: list[Judged] = field(default_factory=list)  # the whole deployment, by pack
    summary: Summary | None = None
    lost: bool = False
    torn: bool = False  # the last line is half-written
    _next: int | None = None

    @property
    def gone(self) -> frozenset[str]:
        """URNs of what a refresh has found to be there no more; the record has forgotten them."""
        return frozenset(urn for urn, data in self.refreshed.items() if data["op"] == "delete")

    @property
    def cut_short(self) -> bool:
        """Whether the end is missing, which of a run that ended well is a fault of the disk."""
        return self.torn or self.summary is None

    def take(self, line: str) -> Event | None:
        """Keep one line of the log; the event that it is for the callback, if it is one.

        A line that cannot be read, or a gap in the sequence, marks the log as having lost
        something: what decides by it must then refuse.
        """
        try:
            raw = json.loads(line)
        except ValueError:
            self.lost = True
            return None
        sequence = raw.get("sequence")
        self.lost |= self._next is not None and sequence != self._next
        self._next = sequence + 1 if isinstance(sequence, int) else None
        for key, read in _READERS.items():
            if raw.get(key) is not None:
                return read(self, raw[key])
        return None

    def _started(self, raw: Any) -> Event:
        data = raw["metadata"]
        self.steps[data["urn"], data["op"]] = data
        if data["op"] == "refresh":
            self._refreshing.add(data["urn"])
        else:  # of an operation that looked at AWS first: from here on it is about what is done
            self._refreshing.discard(data["urn"])
        return ResourceStarted(*_step(data))

    def _done(self, raw: Any) -> Event:
        data = raw["metadata"]
        if data["urn"] in self._refreshing:  # begins as "refresh", ends as what was found
            self.refreshed[data["urn"]] = data
        return ResourceDone(*_step(data))

    def _failed(self, raw: Any) -> Event:
        event = ResourceFailed(*_step(raw["metadata"]))
        self.failed.append(event)
        return event

    def _violated(self, raw: Any) -> Event:
        event = PolicyViolation(
            raw.get("resourceUrn", ""), raw.get("policyName", ""),
            raw.get("enforcementLevel", "mandatory"), raw.get("message", "").strip(),
        )  # fmt: skip
        self.violations.append(event)
        return event

    def _said(self, raw: Any) -> Event | None:
        severity = str(raw.get("severity", "info")).removesuffix("#err")
        if raw.get("ephemeral") or severity == "debug":
            return None
        event = Diagnostic(raw.get("urn", ""), severity, raw.get("message", "").strip())
        if event not in self.diagnostics:
            self.diagnostics.append(event)
        return event

    def _judge(self, raw: Any) -> None:
        self.judged.append(Judged(raw["resourceUrn"], raw["policyPackName"], _asked(raw)))

    def _judge_whole(self, raw: Any) -> None:
        self.judged_whole.append(Judged("", raw["policyPackName"], _asked(raw)))

    def _broken(self, raw: Any) -> Event | None:
        return self._said({"severity": "error", "message": raw.get("error", "")})

    def _summed_up(self, raw: Any) -> Event:
        changes = {str(op): int(n) for op, n in (raw.get("resourceChanges") or {}).items()}
        self.summary = Summary(changes, int(raw.get("durationSeconds", 0)))
        return self.summary


def _asked(raw: Any) -> frozenset[str]:
    return frozenset(raw.get("passed") or ()) | frozenset(raw.get("failed") or ())


_READERS: dict[str, Callable[[EventLog, Any], Event | None]] = {
    "resourcePreEvent": EventLog._started,
    "resOutputsEvent": EventLog._done,
    "resOpFailedEvent": EventLog._failed,
    "policyEvent": EventLog._violated,
    "diagnosticEvent": EventLog._said,
    "policyAnalyzeSummaryEvent": EventLog._judge,
    "policyAnalyzeStackSummaryEvent": EventLog._judge_whole,
    "errorEvent": EventLog._broken,
    "summaryEvent": EventLog._summed_up,
}


def _step(data: Any) -> tuple[str, str, str, str, bool]:
    state = data.get("new") or data.get("old") or {}
    component = not state.get("custom", False)
    return data["urn"], data["type"], name_of(data["urn"]), data["op"], component


def name_of(urn: str) -> str:
    """The logical name at the end of a URN."""
    return urn.rsplit("::", 1)[-1]


class LogFile:
    """Follows a growing file line by line, without losing a line that is half-written."""

    def __init__(self, path: Path) -> None:
        self._path, self._position, self._rest = path, 0, b""

    def new_lines(self) -> Iterator[str]:
        """The lines that were completed since the last call."""
        with self._path.open("rb") as file:
            file.seek(self._position)
            fresh = file.read()
        self._position += len(fresh)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        for line in lines:
            if line.strip():
                yield line.decode("utf-8", errors="replace")

    @property
    def is_torn(self) -> bool:
        """Whether the last line is half-written: its writer was killed."""
        return bool(self._rest.strip())
