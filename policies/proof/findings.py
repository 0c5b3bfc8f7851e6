"""What a proof finds, and what follows from it: closed, open, answered for, or undecided."""

from dataclasses import dataclass
from typing import Final, Literal

from rules.boundary import RuleException, Supply
from rules.model import Level
from rules.table import BY_ID

Verdict = Literal["closed", "open, answered for", "open", "undecided"]
Claim = Literal["boundary", "reading", "rule", "reach", "perimeter", "names", "completeness"]

COMPLETENESS: Final = "completeness"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is open, or that nobody can decide.

    rule: the rule's id where it is a rule's. resource, type: what it is about. what: the end of
    the sentence "<resource> …". witness: a packet or a request that shows it, and its way.
    instead: what to write instead. decided: False where a fact is missing.
    answered: who answers for it on purpose, and until when; then it does not count.
    urn: of the resource. missing: what is named on a way, and described by nobody.
    features: that break, where it is about completeness. level: advisory where the rule warns.
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
    features: tuple[str, ...] = ()
    level: Level = "mandatory"

    @property
    def counts(self) -> bool:
        """Whether something follows from it: nobody answers for it, and it is more than advice."""
        return not self.answered and self.level == "mandatory"

    @property
    def opens(self) -> bool:
        """Whether it is a way in or out, by what its rule is about, and no matter of care alone."""
        rule = BY_ID.get(self.rule)
        grave = rule is None or rule.severity == "critical"
        return grave and self.decided and self.level == "mandatory"


@dataclass(frozen=True, slots=True)
class Proof:
    """All findings, with how much was looked at: a proof of nothing proves nothing."""

    findings: tuple[Finding, ...]
    resources: int
    interfaces: int
    policies: int

    @property
    def verdict(self) -> Verdict:
        """Open where one finding is; undecided where a fact is missing, or nothing was asked. That
        somebody answers for a way out makes nothing closed."""
        counted = [f for f in self.findings if f.counts and f.claim != COMPLETENESS]
        if any(finding.decided for finding in counted):
            return "open"
        if counted or not self.resources:
            return "undecided"
        return "open, answered for" if any(f.opens for f in self.findings) else "closed"

    @property
    def complete(self) -> bool | None:
        """Whether the calls of every feature in use are answered; None where a fact is missing.

        What breaks opens nothing, so the verdict does not speak of it."""
        counted = [f for f in self.findings if f.counts and f.claim == COMPLETENESS]
        if any(finding.decided for finding in counted):
            return False
        return None if counted or not self.resources else True


def answered_by(exception: RuleException | None) -> str:
    """Who answers by an exception, why and until when; nothing where there is none."""
    if exception is None:
        return ""
    return f"{exception.owner}: {exception.reason} (until {exception.expires})"


def owned_by(supply: Supply) -> str:
    """Who answers for what is supplied, and why."""
    return f"{supply.owner}: {supply.reason}"
