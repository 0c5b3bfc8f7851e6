"""Sets of addresses and of ports, as ranges: an answer holds for all of them, not for samples."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, summarize_address_range

_LAST = 2**32 - 1
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Ranges:
    """Whole numbers as closed ranges, sorted, apart from each other by at least one number."""

    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> "Ranges":
        """Any ranges, in any order; an empty one (first above last) counts for nothing."""
        joined: list[tuple[int, int]] = []
        for first, last in sorted(span for span in spans if span[0] <= span[1]):
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
            else:
                joined.append((first, last))
        return cls(tuple(joined))

    def __or__(self, other: "Ranges") -> "Ranges":
        if not self.spans:
            return other
        return Ranges.of((*self.spans, *other.spans)) if other.spans else self

    def __and__(self, other: "Ranges") -> "Ranges":
        found, i, j = [], 0, 0
        mine, theirs = self.spans, other.spans
        while i < len(mine) and j < len(theirs):
            first, last = max(mine[i][0], theirs[j][0]), min(mine[i][1], theirs[j][1])
            if first <= last:
                found.append((first, last))
            if mine[i][1] < theirs[j][1]:
                i += 1
            else:
                j += 1
        return Ranges(tuple(found))

    def __sub__(self, other: "Ranges") -> "Ranges":
        found = []
        for first, last in self.spans:
            for begin, end in other.spans:
                if end < first or begin > last:
                    continue
                if begin > first:
                    found.append((first, begin - 1))
                first = end + 1
                if first > last:
                    break
            if first <= last:
                found.append((first, last))
        return Ranges(tuple(found))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __contains__(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.spans)

    def __le__(self, other: "Ranges") -> bool:
        return not self - other

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return sum(last - first + 1 for first, last in self.spans)


NOTHING = Ranges()
EVERY_ADDRESS = Ranges(((0, _LAST),))
EVERY_PORT = Ranges(((0, _LAST_PORT),))


def addresses(networks: Iterable[IPv4Network]) -> Ranges:
    """The addresses of networks."""
    return Ranges.of((int(n.network_address), int(n.broadcast_address)) for n in networks)


def networks(ranges: Ranges) -> Iterator[IPv4Network]:
    """The fewest networks that hold exactly these addresses, in order."""
    for first, last in ranges.spans:
        yield from summarize_address_range(IPv4Address(first), IPv4Address(last))


def shown(ranges: Ranges, most: int = 3) -> str:
    """Addresses as people write them, and how many more networks there are."""
    listed = [str(n) for n in networks(ranges)]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
