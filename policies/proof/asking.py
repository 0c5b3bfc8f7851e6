"""One call of one feature from machines of one kind, and what is said where it is stopped."""

from collections.abc import Iterable
from typing import NamedTuple

from model.network import Interface, Key, Reference
from model.uses import Use
from proof.doubts import Doubt
from rules.features import Call
from rules.model import Rule
from rules.table import UNDECIDED_CALL


class Stopped(NamedTuple):
    """What keeps a call of a feature from being answered, and whose fault it is.

    about: the key of what stops it. what: as the end of "<resource> …". instead: what to write.
    doubt: the missing fact, where it is only perhaps stopped.
    """

    rule: Rule
    about: Key
    what: str
    instead: str
    use: Use
    call: Call
    actions: tuple[str, ...]
    doubt: Doubt | None = None


class Asking(NamedTuple):
    """A call that is asked about. region, partition: of the VPC that it comes from."""

    use: Use
    call: Call
    interface: Interface
    region: str = ""

    @property
    def role(self) -> Reference | None:
        """The role that calls: the pods', if they have one, else that of their machine. Nobody
        knows whose a URL is that a client has signed."""
        if self.call.caller == "client":
            return None
        own = self.use.role is None or self.call.caller == "machine"
        return self.use.machines.role if own else self.use.role

    def stopped(
        self, rule: Rule, about: Key, what: str, instead: str, actions: Iterable[str] = ()
    ) -> Stopped:
        called = tuple(actions) or self.call.actions
        return Stopped(rule, about, what, instead, self.use, self.call, called)

    def doubted(self, about: Key, doubt: Doubt) -> Stopped:
        return Stopped(
            UNDECIDED_CALL, about, "may stop calls", UNDECIDED_CALL.remedy, self.use, self.call,
            self.call.actions, doubt,
        )  # fmt: skip
