"""Every way in which a text can match some patterns and not others, each with a text that does.

The patterns run side by side, character by character, over all texts of a domain; characters that
no pattern waits for are alike. What is found is complete: a combination that is missing has no
text. So a solver needs no theory of texts, only which of these it chooses.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from iam.patterns import Pattern, Unreadable, Wild

_MOST_STATES = 6000
_POOL = "xyzabcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/,+=@ é"


@dataclass(frozen=True)
class Part:
    """So many characters of a set; any character but `chars` where `excluded`."""

    chars: str
    least: int
    most: int | None
    excluded: bool = False

    def holds(self, char: str) -> bool:
        """Whether a character is of the set."""
        return (char in self.chars) is not self.excluded


Domain = tuple[Part, ...]


@dataclass(frozen=True)
class Atom:
    """One pattern over a text. within: its wildcards pass no colon, but in the last component."""

    pattern: Pattern
    ignore_case: bool = False


@dataclass(frozen=True)
class Sample:
    """A text, and which of the atoms match it."""

    text: str
    matches: tuple[bool, ...]


_Positions = frozenset[int]
_State = tuple[frozenset[tuple[int, int]], tuple[tuple[int, _Positions], ...]]


@lru_cache(maxsize=2048)
def samples(domain: Domain, atoms: tuple[Atom, ...], most: int) -> tuple[Sample, ...]:
    """Texts for every realizable combination, `most` of each where there are so many.

    Raises Unreadable when there are too many to look at.
    """
    return tuple(_Search(domain, atoms, most).run())


class _Search:
    def __init__(self, domain: Domain, atoms: tuple[Atom, ...], most: int) -> None:
        self._domain, self._atoms, self._most = domain, atoms, most
        self._tokens = [_flat(atom) for atom in atoms]
        pool = {*_POOL, *(c for part in domain if not part.excluded for c in part.chars)}
        pool |= {c for tokens in self._tokens for c in tokens if isinstance(c, str)}
        self._groups: dict[tuple[bool, ...], list[str]] = {}
        for char in sorted(pool, key=lambda c: (_POOL.find(c) < 0, _POOL.find(c), c)):
            signature = tuple(part.holds(char) for part in domain)
            self._groups.setdefault(signature, []).append(char)

    def run(self) -> Iterator[Sample]:
        """Breadth first, so that the texts are short."""
        start: _State = (
            self._reached({(0, 0)}),
            tuple((i, _closed(t, {0})) for i, t in enumerate(self._tokens)),
        )
        queue: list[tuple[str, _State]] = [("", start)]
        seen: dict[_State, int] = {}
        found: dict[tuple[bool, ...], int] = {}
        at = 0
        while at < len(queue):
            text, state = queue[at]
            at += 1
            if len(queue) > _MOST_STATES:
                raise Unreadable("there are too many patterns to compare")
            if self._accepts(state[0]):
                matches = self._matches(state)
                if found.get(matches, 0) < self._most:
                    found[matches] = found.get(matches, 0) + 1
                    yield Sample(text, matches)
            for char in self._chars(state):
                following = self._step(state, char)
                if following[0] and seen.get(following, 0) < self._most:
                    seen[following] = seen.get(following, 0) + 1
                    queue.append((text + char, following))

    def _chars(self, state: _State) -> Iterator[str]:
        """Those that a pattern waits for, and of the rest, which are alike, a few of each kind."""
        waited: set[str] = set()
        for index, positions in state[1]:
            tokens, fold = self._tokens[index], self._atoms[index].ignore_case
            for position in positions:
                token = tokens[position] if position < len(tokens) else None
                if isinstance(token, str):
                    waited |= {token, token.upper()} if fold else {token}
                elif token in (Wild.WITHIN, Wild.ONE_WITHIN):
                    waited.add(":")
        for members in self._groups.values():
            rest = self._most
            for char in members:
                if char in waited:
                    yield char
                elif rest:
                    rest -= 1
                    yield char

    def _step(self, state: _State, char: str) -> _State:
        live = []
        for index, positions in state[1]:
            after = _advanced(self._tokens[index], positions, char, self._atoms[index].ignore_case)
            if after:
                live.append((index, after))
        inside = {
            (part, min(count + 1, self._cap(part)))
            for part, count in state[0]
            if part < len(self._domain) and self._may_take(part, count, char)
        }
        return self._reached(inside), tuple(live)

    def _cap(self, part: int) -> int:
        """Beyond the least of an unbounded part, counting tells nothing more."""
        bounds = self._domain[part]
        return bounds.least if bounds.most is None else bounds.most

    def _may_take(self, part: int, count: int, char: str) -> bool:
        bounds = self._domain[part]
        return bounds.holds(char) and (bounds.most is None or count < bounds.most)

    def _reached(self, states: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        """The states of the domain, and those behind parts that have enough already."""
        found = set(states)
        queue = list(found)
        while queue:
            part, count = queue.pop()
            if part < len(self._domain) and count >= self._domain[part].least:
                following = (part + 1, 0)
                if following not in found:
                    found.add(following)
                    queue.append(following)
        return frozenset(found)

    def _accepts(self, states: frozenset[tuple[int, int]]) -> bool:
        return any(part == len(self._domain) for part, _ in states)

    def _matches(self, state: _State) -> tuple[bool, ...]:
        ended = {i for i, positions in state[1] if len(self._tokens[i]) in positions}
        return tuple(index in ended for index in range(len(self._atoms)))


def _flat(atom: Atom) -> tuple[str | Wild, ...]:
    """The pattern as single characters and wildcards."""
    flat: list[str | Wild] = []
    for token in atom.pattern:
        if isinstance(token, Wild):
            flat.append(token)
        elif isinstance(token, str):
            if atom.ignore_case and not token.isascii():
                raise Unreadable("a text to be compared without case is not ASCII")
            flat.extend(token.lower() if atom.ignore_case else token)
        else:
            raise Unreadable("a variable stands where it cannot be followed")
    return tuple(flat)


_STARS = (Wild.ANY, Wild.WITHIN)


def _closed(tokens: tuple[str | Wild, ...], positions: set[int]) -> _Positions:
    found = set()
    for position in positions:
        found.add(position)
        while position < len(tokens) and tokens[position] in _STARS:
            position += 1
            found.add(position)
    return frozenset(found)


def _advanced(
    tokens: tuple[str | Wild, ...], positions: _Positions, char: str, fold: bool
) -> _Positions:
    given = char.lower() if fold else char
    after: set[int] = set()
    for position in positions:
        token = tokens[position] if position < len(tokens) else None
        within = token in (Wild.WITHIN, Wild.ONE_WITHIN)
        if token is None or (within and char == ":"):
            continue
        if token in _STARS:
            after.add(position)
        elif isinstance(token, Wild) or token == given:
            after.add(position + 1)
    return _closed(tokens, after)
