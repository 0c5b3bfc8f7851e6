"""A list of entries of which the first that matches decides, folded into few sets of packets.

Rules are cut where a protocol or a port range begins or ends. Between two cuts only addresses are
left to decide, and neighbours with the same answer are put together again. So a list of n entries
becomes about n sets that share no packet, whatever it denies.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from model.sets import EVERY_ADDRESS, EVERY_PORT, NOTHING, Ranges
from model.traffic import EVERY_PROTOCOL, PORTED, Box, Traffic

Entry = tuple[Traffic, bool]  # by the far side's addresses; whether it allows


def folded(entries: Iterable[Entry]) -> Traffic:
    """What the entries allow; what none of them speaks of is not."""
    listed = [(box, allows) for traffic, allows in entries for box in traffic.boxes]
    by_addresses: dict[tuple[Ranges, Ranges], list[tuple[int, int]]] = {}
    for protocols in _cut([box.protocols for box, _ in listed], EVERY_PROTOCOL):
        matching = [(box, allows) for box, allows in listed if protocols <= box.protocols]
        for ports in _ports(protocols, matching):
            allowed = _allowed([(box, allows) for box, allows in matching if ports <= box.ports])
            by_addresses.setdefault((allowed, ports), []).extend(protocols.spans)
    by_protocols: dict[tuple[Ranges, Ranges], list[tuple[int, int]]] = {}
    for (allowed, ports), spans in by_addresses.items():
        by_protocols.setdefault((allowed, Ranges.of(spans)), []).extend(ports.spans)
    return Traffic(
        tuple(
            Box(allowed, protocols, Ranges.of(spans))
            for (allowed, protocols), spans in by_protocols.items()
            if allowed
        )
    )


def _ports(protocols: Ranges, matching: Sequence[tuple[Box, bool]]) -> list[Ranges]:
    if protocols.spans not in [((each, each),) for each in PORTED]:
        return [EVERY_PORT]
    return _cut([box.ports for box, _ in matching], EVERY_PORT)


def _allowed(entries: Sequence[tuple[Box, bool]]) -> Ranges:
    allowed, left = NOTHING, EVERY_ADDRESS
    for box, allows in entries:
        if allows:
            allowed = allowed | (box.addresses & left)
        left = left - box.addresses
        if not left:
            break
    return allowed


def _cut(sets: Iterable[Ranges], whole: Ranges) -> list[Ranges]:
    """The whole, cut wherever one of the sets begins or ends; with ports apart, if it has any."""
    ((first, last),) = whole.spans
    begins = {first, *(b for each in sets for a, z in each.spans for b in (a, z + 1))}
    if whole is EVERY_PROTOCOL:
        begins |= {b for each in PORTED for b in (each, each + 1)}
    ordered = [*sorted(begin for begin in begins if first <= begin <= last), last + 1]
    return [Ranges(((a, z - 1),)) for a, z in pairwise(ordered)]
