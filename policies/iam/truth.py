"""A claim with two sides: what it may be, and what it surely is."""

from collections.abc import Iterable
from dataclasses import dataclass

import z3

from iam.terms import FALSE, TRUE, both, either, no


@dataclass(frozen=True)
class Truth:
    """A claim as it may be, and as it surely is."""

    may: z3.BoolRef
    must: z3.BoolRef

    def negated(self) -> "Truth":
        """What may be, is not surely not."""
        may = no(self.must)
        return Truth(may, may if self.may is self.must else no(self.may))


def sure(claim: z3.BoolRef | bool) -> Truth:
    """A claim that is what it is."""
    value = z3.BoolVal(claim) if isinstance(claim, bool) else claim
    return Truth(value, value)


UNSURE = Truth(TRUE, FALSE)


def every(claims: Iterable[Truth]) -> Truth:
    """All of them; once one is plainly false, the rest are not even made."""
    listed = []
    for claim in claims:
        listed.append(claim)
        if z3.is_false(claim.may):
            return sure(False)
    may = both(c.may for c in listed)
    return Truth(may, may if _sure(listed) else both(c.must for c in listed))


def some(claims: Iterable[Truth]) -> Truth:
    """At least one of them."""
    listed = list(claims)
    may = either(c.may for c in listed)
    return Truth(may, may if _sure(listed) else either(c.must for c in listed))


def _sure(claims: Iterable[Truth]) -> bool:
    return all(claim.may is claim.must for claim in claims)
