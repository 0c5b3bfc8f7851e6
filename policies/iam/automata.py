"""Every way in which a text can match some patterns and not others, each with a text that does.

The patterns run side by side, character by character, over all texts of a domain; characters that
no pattern waits for are alike. What is found is complete: a combination that is missing has no
text. So a solver needs no theory of texts, only which of these it chooses.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from iam.patterns import Pattern, Unreadable, Wild
from iam.work import Work

_MOST_STATES = 6000
_MOST_STEPS = 300_000
_PLACES = 1000  # of all patterns together, that a step takes in
_OF_STATE = 10  # steps: to look for the characters that matter
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


# Where a text may be in the domain, and in the patterns: a bit for each place of each of them, so
# that all take a step at once, however many wildcards they have.
_State = tuple[frozenset[tuple[int, int]], int]


def samples(
    domain: Domain, atoms: tuple[Atom, ...], most: int, work: Work | None = None
) -> tuple[Sample, ...]:
    """Texts for every realizable combination, `most` of each where there are so many.

    work: counts the steps, those of before too where it has been asked before, so that a policy's
    verdict hangs on no other's. Raises Unreadable when there are too many to look at.
    """
    found, steps = _searched(domain, atoms, most)
    if work is not None:
        work.take(steps)
    if isinstance(found, Unreadable):
        raise found
    return found


@lru_cache(maxsize=2048)
def _searched(
    domain: Domain, atoms: tuple[Atom, ...], most: int
) -> tuple[tuple[Sample, ...] | Unreadable, int]:
    """The samples, or why there are none, and the steps that it took."""
    search = None
    try:
        search = _Search(domain, atoms, most)
        return tuple(search.run()), search.steps
    except Unreadable as fault:
        return Unreadable(*fault.args), search.steps if search else 1


class _Search:
    def __init__(self, domain: Domain, atoms: tuple[Atom, ...], most: int) -> None:
        self._domain, self._atoms, self._most = domain, atoms, most
        tokens = [_flat(atom) for atom in atoms]
        pool = {*_POOL, *(c for part in domain if not part.excluded for c in part.chars)}
        pool |= {c for flat in tokens for c in flat if isinstance(c, str)}
        self._groups: dict[tuple[bool, ...], list[str]] = {}
        for char in sorted(pool, key=lambda c: (_POOL.find(c) < 0, _POOL.find(c), c)):
            signature = tuple(part.holds(char) for part in domain)
            self._groups.setdefault(signature, []).append(char)
        self._places = _Places(tokens, [atom.ignore_case for atom in atoms])
        self.steps = 0  # states looked at, and characters tried
        self._step_costs = 1 + sum(map(len, tokens)) // _PLACES
        self._inside: dict[tuple[frozenset[tuple[int, int]], str], frozenset[tuple[int, int]]] = {}

    def run(self) -> Iterator[Sample]:
        """Breadth first, so that the texts are short."""
        start: _State = (self._reached({(0, 0)}), self._places.start)
        queue: list[tuple[str, _State]] = [("", start)]
        seen: dict[_State, int] = {}
        found: dict[tuple[bool, ...], int] = {}
        at = 0
        while at < len(queue):
            text, state = queue[at]
            at += 1
            self.steps += self._step_costs * (_OF_STATE + len(self._atoms) // 4)
            if len(queue) > _MOST_STATES or self.steps > _MOST_STEPS:
                raise Unreadable("there are too many patterns to compare")
            if self._accepts(state[0]):
                matches = self._matches(state)
                if found.get(matches, 0) < self._most:
                    found[matches] = found.get(matches, 0) + 1
                    yield Sample(text, matches)
            for char in self._chars(state):
                self.steps += self._step_costs
                following = self._step(state, char)
                if following[0] and seen.get(following, 0) < self._most:
                    seen[following] = seen.get(following, 0) + 1
                    queue.append((text + char, following))

    def _chars(self, state: _State) -> Iterator[str]:
        """Those that a pattern waits for, and of the rest, which are alike, a few of each kind."""
        waits, places = self._places.waits, state[1]
        for members in self._groups.values():
            rest = self._most
            for char in members:
                if waits.get(char, 0) & places:
                    yield char
                elif rest:
                    rest -= 1
                    yield char

    def _step(self, state: _State, char: str) -> _State:
        asked = (state[0], char)
        if asked not in self._inside:
            self._inside[asked] = self._reached(
                {
                    (part, min(count + 1, self._cap(part)))
                    for part, count in state[0]
                    if part < len(self._domain) and self._may_take(part, count, char)
                }
            )
        return self._inside[asked], self._places.after(state[1], char)

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
        return tuple(bool(state[1] & end) for end in self._places.ends)


class _Places:
    """The places of some patterns as bits: one before each token, and one behind the last.

    start: before the first of each. ends: behind each. waits: by character, where one is waited
    for that the rest is not alike to.
    """

    def __init__(self, tokens: Sequence[tuple[str | Wild, ...]], folds: Sequence[bool]) -> None:
        self._literals: dict[tuple[str, bool], int] = {}
        self._wild = dict.fromkeys(Wild, 0)
        self._steps: dict[str, tuple[int, int]] = {}
        self.waits: dict[str, int] = {}
        self.ends: list[int] = []
        place, first = 1, 0
        for flat, fold in zip(tokens, folds, strict=True):
            first |= place
            for token in flat:
                self._take(token, fold, place)
                place <<= 1
            self.ends.append(place)
            place <<= 1
        self._stars = self._wild[Wild.ANY] | self._wild[Wild.WITHIN]
        self.start = self._closed(first)

    def _take(self, token: str | Wild, fold: bool, place: int) -> None:
        if isinstance(token, Wild):
            self._wild[token] |= place
            chars = {":"} if token in (Wild.WITHIN, Wild.ONE_WITHIN) else set()
        else:
            asked = (token, fold)
            self._literals[asked] = self._literals.get(asked, 0) | place
            chars = {token, token.upper()} if fold else {token}
        for char in chars:
            self.waits[char] = self.waits.get(char, 0) | place

    def after(self, places: int, char: str) -> int:
        """Where the patterns may be when this character has come."""
        if char not in self._steps:
            passes = self._wild[Wild.ONE] | (0 if char == ":" else self._wild[Wild.ONE_WITHIN])
            passes |= self._literals.get((char, False), 0)
            passes |= self._literals.get((char.lower(), True), 0)
            stays = self._wild[Wild.ANY] | (0 if char == ":" else self._wild[Wild.WITHIN])
            self._steps[char] = passes, stays
        passes, stays = self._steps[char]
        return self._closed(((places & passes) << 1) | (places & stays))

    def _closed(self, places: int) -> int:
        """With the places behind stars, which may stand for nothing."""
        while (found := places | ((places & self._stars) << 1)) != places:
            places = found
        return places


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
