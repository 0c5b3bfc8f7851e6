"""How much is done for one policy: steps, and no seconds, so that every machine says the same.

A step is about what takes a microsecond or two. The policies of the examples need some 30,000 of
them at most; what needs more than all is undecided, and so a failure, but never a wait.
"""

from iam.patterns import Unreadable

STEPS = 1_000_000
# What is counted of z3 by z3 itself (its resource limit) is a step each; these are our own.
OF_TEXT = 20  # a text of the policy laid over one of the request, in one of the ways it may lie
OF_SAMPLE = 2  # whether a text to choose from matches a pattern
OF_VERDICT = 10  # one text of the policy held against a request in plain values


class TooMuch(Unreadable):
    """A policy that needs more steps than are done for one."""

    def __init__(self) -> None:
        super().__init__("there is too much in it to compare; split it, or write it more plainly")


class Work:
    """What may still be done for one policy."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    @property
    def is_done(self) -> bool:
        """Whether no step is left."""
        return self.left <= 0

    def spend(self, steps: int) -> None:
        """Count steps that were done, where what they have found is not to be lost."""
        self.left -= steps

    def take(self, steps: int) -> None:
        """Count steps that are to be done. Raises TooMuch when no more are left."""
        self.spend(steps)
        if self.is_done:
            raise TooMuch
