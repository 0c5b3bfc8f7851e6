"""What is read: a stack's own things, what it names of others', or whole VPCs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType


class Grade(IntEnum):
    """How a thing stands to what is proved; the higher one counts.

    ELSEWHERE: not asked about. DESCRIBED: made by others, and on a way or in a VPC that is used.
    MADE: the stack's own, or put into what is its own by somebody else.
    """

    ELSEWHERE = 0
    DESCRIBED = 1
    MADE = 2


@dataclass(frozen=True, slots=True)
class Scope:
    """made, described: ids of things, VPCs among them. whole: whatever is referred to counts as
    made too, for networks that no stack is named for. types: of what is recorded. keys: parts of
    things that are recorded and asked for one by one, by the name of what they are parts of."""

    made: frozenset[str] = frozenset()
    described: frozenset[str] = frozenset()
    whole: bool = False
    types: frozenset[str] = frozenset()
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        made: Iterable[str] = (),
        described: Iterable[str] = (),
        types: Iterable[str] = (),
        *,
        whole: bool = False,
        keys: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> "Scope":
        return cls(frozenset(made), frozenset(described), whole, frozenset(types), keys)

    def grade(self, ids: Iterable[str]) -> Grade:
        """How a thing with these names stands by them alone."""
        found = set(ids)
        if found & (self.made | self.types):  # a setting of an account is called by its type
            return Grade.MADE
        return Grade.DESCRIBED if found & self.described else Grade.ELSEWHERE

    def asks(self, types: Iterable[str], *, within: bool) -> bool:
        """Whether to ask for what counts only where one of these types is recorded, or lies in one
        of the VPCs that are read as a whole. within: it lies in a VPC."""
        wanted = frozenset(types)
        return not wanted or bool(wanted & self.types) or (self.whole and within)


@dataclass(slots=True)
class Thing:
    """One item of an answer. of: what it was asked about."""

    item: dict[str, object]
    ids: frozenset[str]
    within: frozenset[str]
    of: "Thing | None" = None
    grade: Grade = Grade.ELSEWHERE
    asked: set[int] = field(default_factory=set)
