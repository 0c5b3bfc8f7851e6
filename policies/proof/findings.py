"""What a proof finds, and what follows from it: closed, open or undecided."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["closed", "open", "undecided"]
Claim = Literal["boundary", "rule", "reach", "perimeter"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is open, or that nobody can decide.

    rule: the rule's id where it is a rule's. resource, type: what it is about. what: the end of
    the sentence "<resource> …". witness: a packet or a request that shows it, and its way.
    instead: what to write instead. decided: False where a fact is missing.
    answered: who answers for it on purpose, and until when; then it does not count.
    """

    claim: Claim
    rule: str
    resource: str
    type: str
    what: str
    witness: str = ""
    instead: str = ""
    decided: bool = True
    answered: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """All findings, with how much was looked at: a proof of nothing proves nothing."""

    findings: tuple[Finding, ...]
    resources: int
    interfaces: int
    policies: int

    @property
    def verdict(self) -> Verdict:
        """Open where one finding is; undecided where a fact is missing, or nothing was asked."""
        counted = [finding for finding in self.findings if not finding.answered]
        if any(finding.decided for finding in counted):
            return "open"
        return "undecided" if counted or not self.resources else "closed"
