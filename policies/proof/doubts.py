"""Facts that are missing, as ways carry them: in words, and with the thing that would tell."""

from model.network import Hole, Reference
from rules.origins import input_of


class Doubt(str):
    """A missing fact. about: the undescribed thing behind which the way may go on, if it is one.

    Whoever answers for that thing says that it leads nowhere outside. A doubt about what may only
    keep packets back (a group, an ACL) is about no such thing: answering for it opens nothing.
    """

    about: Hole | None

    def __new__(cls, why: str, about: Reference | None = None) -> "Doubt":
        doubt = super().__new__(cls, why)
        hole = about if isinstance(about, Hole) else None
        while hole is not None and hole.of is not None:
            hole = hole.of
        doubt.about = hole
        return doubt

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing, as CN-004 calls it where nobody answers for it."""
        if self.about is None:
            return ()
        return (input_of(*self.about.asked) if self.about.asked else self.about.what,)
