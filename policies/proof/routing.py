"""Which route a packet takes: AWS's order of precedence, over all addresses at once.

The longest prefix wins, but no propagated route beats a local one. Among routes of equal length a
static one for a block wins, then one for a prefix list, then a propagated one; where AWS still has
a choice, so have we. Sources: docs/proof/reach.md.
"""

import heapq
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from model.network import (
    Reference,
    Route,
    RouteTable,
    Target,
    TargetKind,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
)
from model.sets import Ranges, shown

T = TypeVar("T", bound=Hashable)
STATIC, PREFIX_LIST, PROPAGATED = 0, 1, 2
MOST = 2  # routes that are shown


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """One line of a table. length: of the prefix. local: the VPC's own."""

    destinations: Ranges
    length: int
    rank: int
    target: T
    local: bool = False


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """A target and all that goes there, by routes that are written so.

    contested: AWS may as well choose another one.
    """

    target: T
    destinations: Ranges
    written: tuple[Ranges, ...]
    contested: bool = False

    def __str__(self) -> str:
        listed = [shown(each, 1) for each in self.written]
        more = f" and {len(listed) - MOST} more" if len(listed) > MOST else ""
        return ", ".join(listed[:MOST]) + more


def choices(entries: Iterable[Entry[T]]) -> list[Choice[T]]:
    """Where each address goes, by target."""
    listed = list(entries)
    spans: dict[tuple[T, bool], list[tuple[int, int]]] = {}
    written: dict[tuple[T, bool], dict[Ranges, None]] = {}
    for span, best in _stretches(listed):
        targets = dict.fromkeys(entry.target for entry in best)
        for entry in best:
            asked = (entry.target, len(targets) > 1)
            spans.setdefault(asked, []).append(span)
            written.setdefault(asked, {})[entry.destinations] = None
    return [
        Choice(asked[0], Ranges.of(each), tuple(written[asked]), asked[1])
        for asked, each in spans.items()
    ]


def _stretches(
    entries: list[Entry[T]],
) -> Iterable[tuple[tuple[int, int], list[Entry[T]]]]:
    """Stretches of addresses in each of which the same routes match, and the best of them."""
    begins = sorted(
        (first, last, index)
        for index, entry in enumerate(entries)
        for first, last in entry.destinations.spans
    )
    active: list[tuple[int, int]] = []  # a heap of (last, index of the entry)
    at, i = 0, 0
    while active or i < len(begins):
        if not active:
            at = begins[i][0]
        while i < len(begins) and begins[i][0] == at:
            heapq.heappush(active, (begins[i][1], begins[i][2]))
            i += 1
        end = active[0][0]
        if i < len(begins):
            end = min(end, begins[i][0] - 1)
        yield (at, end), _best([entries[index] for _, index in active])
        at = end + 1
        while active and active[0][0] < at:
            heapq.heappop(active)


def _best(matching: list[Entry[T]]) -> list[Entry[T]]:
    if any(entry.local for entry in matching):
        matching = [entry for entry in matching if entry.rank != PROPAGATED]
    first = min((-entry.length, entry.rank) for entry in matching)
    return [entry for entry in matching if (-entry.length, entry.rank) == first]


def routed(table: RouteTable) -> list[Choice[Target]]:
    """Where a VPC's route table sends what. A route to who knows where may take everything."""
    known = choices(
        Entry(
            destinations,
            length,
            _rank(route),
            route.target,
            route.target.kind is TargetKind.LOCAL,
        )
        for route in table.routes
        for destinations, length in route.destinations or ()
    )
    unknown = [
        Choice(route.target, route.family, (), contested=True)
        for route in table.routes
        if route.destinations is None
    ]
    return known + unknown


def routed_between(table: TransitGatewayRouteTable) -> list[Choice[Reference | None]]:
    """Which attachment a transit gateway's table sends what to; None is a blackhole."""
    return choices(
        Entry(*route.destination, _rank(route), route.attachment) for route in table.routes
    )


def _rank(route: Route | TransitGatewayRoute) -> int:
    if route.propagated:
        return PROPAGATED
    return PREFIX_LIST if route.prefix_list else STATIC
