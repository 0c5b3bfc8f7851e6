"""What a proof finds, and what follows from it: closed, open or undecided."""

from dataclasses import dataclass
from typing import Literal

from rules.boundary import RuleException, Supply

Verdict = Literal["closed", "open", "undecided"]
Claim = Literal["boundary", "rule", "reach", "perimeter"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is open, or that nobody can decide.

    rule: the rule's id where it is a rule's. resource, type: what it is about. what: the end of
    the sentence "<resource> …". witness: a packet or a request that shows it, and its way.
    instead: what to write instead. decided: False where a fact is missing.
    answered: who answers for it on purpose, and until when; then it does not count.
    urn: of the resource. missing: what is named on a way, and described by nobody.
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
    urn: str = ""
    missing: frozenset[str] = frozenset()


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


def answered_by(exception: RuleException | None) -> str:
    """Who answers by an exception, why and until when; nothing where there is none."""
    if exception is None:
        return ""
    return f"{exception.owner}: {exception.reason} (until {exception.expires})"


def owned_by(supply: Supply) -> str:
    """Who answers for what is supplied, and why."""
    return f"{supply.owner}: {supply.reason}"
