"""What is wrong with a member of etcd, from one look at it, and what a look keeps for the next.

Nothing here asks anybody: machines/agent/steps/watch_etcd.py looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from machines.agent.etcd_api import Status

FORMAT = 1
# Where etcd itself takes no more (etcd 3.6, server/etcdserver/v3_server.go,
# maxGapBetweenApplyAndCommitIndex, read 2026-11-29).
BEHIND_ENTRIES = 5000
FULL_PART, FREE_PART = 0.8, 0.1  # of the quota, of the volume
SILENT_LOOKS = 3  # until a process hangs
MOST_RESTARTS, WITHIN_SECONDS = 3, 3600.0
AGAIN_LOOKS = 60  # what stays wrong is told again
MIB = 1 << 20


@dataclass(frozen=True)
class Looked:
    """One look. unit: systemd's ActiveState of etcd. invocation: of its process; "" without one.
    alive: whether its own /livez said yes, else answer says what came instead.

    own: what it says of itself, None where it says nothing. others: each other member's word, None
    of a silent one. free_bytes, size_bytes: of the volume. read_only: whether it takes no writes.
    """

    unit: str
    invocation: str
    alive: bool
    answer: str
    own: Status | None
    others: Mapping[str, Status | None]
    free_bytes: int
    size_bytes: int
    read_only: bool


@dataclass
class Report:
    """What is kept between two looks, and told to whoever asks the agent for its state.

    faults: of the last look, by kind. told: kinds that the console has. looks: since it was told.
    answered: the process that was seen to be alive. silent: looks since then. restarts: at which
    uptime. log: the last looks at it, each further than the one before: agreed, term, applied.
    floor: term and index that are on the disk. saved: at which uptime it last said that it is well.
    volume_bytes: how long its volume was when the file system was last grown to it.
    """

    boot: str = ""
    looked: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    looks: int = 0
    answered: str = ""
    silent: int = 0
    restarts: list[float] = field(default_factory=list)
    member: str = ""
    log: list[list[int]] = field(default_factory=list)
    floor: list[int] = field(default_factory=lambda: [0, 0])
    saved: float | None = None
    volume_bytes: int = 0

    @classmethod
    def of(cls, document: object, boot: str) -> Report:
        """A new one where there is none, or it is of another boot: what the page cache held of the
        log then may be gone, and uptimes mean nothing."""
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            return cls(boot=boot)
        known = {key: value for key, value in document.items() if key != "format"}
        try:
            found = cls(**known)
        except TypeError:
            return cls(boot=boot)
        return found if found.boot == boot else cls(boot=boot, told=list(found.told))

    def document(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}


def faults_of(looked: Looked, name: str) -> dict[str, str]:
    """What is wrong, by kind, as an operator reads it."""
    found: dict[str, str] = {}
    if looked.unit != "active":
        found["unit"] = f"etcd.service is {looked.unit}; journalctl -u etcd says why"
    elif not looked.alive:
        found["silent"] = f"etcd runs and is not alive: {looked.answer}"
    elif looked.own is None:
        found["asked"] = "etcd is alive, and does not answer at its own address"
    if looked.own is not None:
        found |= _of_member(looked.own, looked, name)
    if looked.read_only:
        found["readOnly"] = "its volume takes no writes; the kernel's log says why"
    if looked.free_bytes < looked.size_bytes * FREE_PART:
        found["volume"] = (
            f"its volume has {looked.free_bytes // MIB} MiB left of {looked.size_bytes // MIB}"
        )
    return found


def _of_member(own: Status, looked: Looked, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if not own.has_leader:
        found["leader"] = "it follows no leader: there is no majority, or no way to it"
    if own.learner:
        found["learner"] = "it is a learner, which answers nobody"
    names = {status.member: other for other, status in looked.others.items() if status}
    names[own.member] = name
    for member, kind in own.alarms:
        whose = names.get(member, f"member {member}")
        found[f"alarm-{kind}-{member}"] = f"alarm {kind} of {whose}: {ALARMS.get(kind, 'unknown')}"
    if own.quota_bytes and own.database_bytes > own.quota_bytes * FULL_PART:
        found["quota"] = (
            f"its database has {own.database_bytes // MIB} MiB of {own.quota_bytes // MIB}: "
            "compact and defragment it"
        )
    agreed = max((status.index for status in looked.others.values() if status), default=0)
    if (behind := agreed - own.applied) > BEHIND_ENTRIES:
        found["behind"] = f"it is {behind} entries behind the others"
    return found


ALARMS = {
    "NOSPACE": "nobody's writes are taken until it has room and the alarm is lifted",
    "CORRUPT": "its data differ from the others', and nobody is answered until it is lifted",
}


def lasting(report: Report, faults: Mapping[str, str]) -> dict[str, str]:
    """What was so at the look before, too: an election or a restart is over by the next."""
    return {kind: text for kind, text in faults.items() if kind in report.faults}


def note_life(report: Report, looked: Looked) -> None:
    """How long the process that was alive has said nothing. One that was never seen to be alive
    may be reading a long log: it is left in peace, and told of."""
    if looked.alive:
        report.answered, report.silent = looked.invocation, 0
    elif looked.unit == "active" and looked.invocation == report.answered:
        report.silent += 1
    else:
        report.silent = 0


def hangs(report: Report) -> bool:
    return report.silent >= SILENT_LOOKS


def why_kept(report: Report, looked: Looked, uptime: float) -> str:
    """Why a process that hangs is left as it is, or "".

    The disk keeps what it had, so a restart costs the moment until it is there again. Where the
    others are a majority without it, they do not notice; where no other has a leader, there is no
    majority to lose. In between it may be the one that the majority hangs on, silent to clients
    alone.
    """
    leading = [s for s in looked.others.values() if s and s.has_leader and not s.learner]
    most = (len(looked.others) + 1) // 2 + 1
    if 0 < len(leading) < most:
        return "the majority may hang on it"
    recent = [when for when in report.restarts if uptime - when < WITHIN_SECONDS]
    if len(recent) >= MOST_RESTARTS:
        return f"it was restarted {len(recent)} times within an hour"
    return ""


def note_log(report: Report, own: Status) -> None:
    """How far the log is on the member's own disk, at least.

    etcd knows of an agreement, and applies it, while its own disk still writes it; it does one such
    piece of work at a time (server/etcdserver/raft.go). Of three looks between which the log went
    on, what was applied at the first is written: the third's piece began after the second's ended.
    """
    if report.member != own.member:
        report.member, report.log, report.floor = own.member, [], [0, 0]
    if not report.log or own.index > report.log[-1][0]:
        report.log.append([own.index, own.term, own.applied])
    if len(report.log) == 3:
        _, term, applied = report.log.pop(0)
        report.floor = [term, applied]


def told_of(name: str, report: Report, faults: Mapping[str, str]) -> str:
    """A line for the console where there is something to tell, or ""."""
    kinds = sorted(faults)
    if kinds == report.told and (not kinds or report.looks < AGAIN_LOOKS):
        report.looks += 1
        return ""
    was, report.told, report.looks = report.told, kinds, 0
    if not kinds:
        return f"etcd {name} is well again" if was else ""
    return f"etcd {name} is not well: {'; '.join(faults[kind] for kind in kinds)}"
