"""Sets of addresses and of ports, as ranges: an answer holds for all of them, not for samples.

Addresses of both families lie on one line of numbers: IPv4 first, IPv6 behind it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    summarize_address_range,
)

_IPV6 = 2**32  # where IPv6 begins
_LAST = _IPV6 + 2**128 - 1
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
        mine, theirs = self.spans, other.spans
        if mine is theirs:
            return self
        if len(mine) == 1 and theirs and mine[0][0] <= theirs[0][0] and theirs[-1][1] <= mine[0][1]:
            return other  # the common case: one of them is everything
        if len(theirs) == 1 and mine and theirs[0][0] <= mine[0][0] and mine[-1][1] <= theirs[0][1]:
            return self
        found, i, j = [], 0, 0
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
        found, taken, j = [], other.spans, 0
        for first, last in self.spans:
            while j < len(taken) and taken[j][1] < first:
                j += 1
            i = j
            while i < len(taken) and taken[i][0] <= last:
                if taken[i][0] > first:
                    found.append((first, taken[i][0] - 1))
                first = taken[i][1] + 1
                i += 1
            if first <= last:
                found.append((first, last))
        return Ranges(tuple(found))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __contains__(self, number: int) -> bool:
        for first, last in self.spans:
            if number <= last:
                return first <= number
        return False

    def __le__(self, other: "Ranges") -> bool:
        return not self - other

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return sum(last - first + 1 for first, last in self.spans)


Destination = tuple[Ranges, int]  # what a route is for: addresses, and the prefix's length
NOTHING = Ranges()
EVERY_IPV4 = Ranges(((0, _IPV6 - 1),))
EVERY_IPV6 = Ranges(((_IPV6, _LAST),))
EVERY_ADDRESS = Ranges(((0, _LAST),))
EVERY_PORT = Ranges(((0, _LAST_PORT),))


def number(address: IPv4Address | IPv6Address) -> int:
    """Where an address lies on the line."""
    return int(address) + (0 if address.version == 4 else _IPV6)


def address(number: int) -> IPv4Address | IPv6Address:
    """The address that lies there."""
    return IPv4Address(number) if number < _IPV6 else IPv6Address(number - _IPV6)


def addresses(networks: Iterable[IPv4Network | IPv6Network]) -> Ranges:
    """The addresses of networks."""
    return Ranges.of((number(n.network_address), number(n.broadcast_address)) for n in networks)


def networks(ranges: Ranges) -> Iterator[IPv4Network | IPv6Network]:
    """The fewest networks that hold exactly these addresses, in order."""
    for family in (EVERY_IPV4, EVERY_IPV6):
        for first, last in (ranges & family).spans:
            yield from summarize_address_range(address(first), address(last))


def shown(ranges: Ranges, most: int = 3) -> str:
    """Addresses as people write them, and how many more networks there are."""
    listed = [str(n) for n in networks(ranges)]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
