"""How a thing of the network is marked: by the worst that was found of it."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from proof.findings import COMPLETENESS, Finding

Mark = Literal["open", "undecided", "broken", "answered", "advised", "sound"]
SAID: Final[Mapping[Mark, str]] = {
    "open": "OPEN",
    "undecided": "UNDECIDED",
    "broken": "BREAKS",
    "answered": "answered for",
    "advised": "advisory",
    "sound": "",
}
_WORST: Final[tuple[Mark, ...]] = ("open", "undecided", "broken", "answered", "advised")


def mark_of(finding: Finding) -> Mark:
    """What one finding makes of what it is about."""
    if finding.answered:
        return "answered"
    if finding.level == "advisory":
        return "advised"
    if finding.claim == COMPLETENESS:
        return "broken"
    return "open" if finding.decided else "undecided"


def worst(marks: Iterable[Mark]) -> Mark:
    """The worst of several; sound where there is none."""
    found = set(marks)
    return next((mark for mark in _WORST if mark in found), "sound")


def marks_by_key(findings: Iterable[Finding]) -> Mapping[str, Mark]:
    """The mark of each URN that something was found of."""
    found: dict[str, list[Mark]] = {}
    for finding in findings:
        found.setdefault(finding.urn, []).append(mark_of(finding))
    return {key: worst(marks) for key, marks in found.items() if key}
