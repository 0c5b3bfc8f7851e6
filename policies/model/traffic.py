"""Packets as sets: where to, by which protocol, to which ports, and from where."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from model.sets import EVERY_ADDRESS, EVERY_PORT, NOTHING, Ranges

TCP, UDP, ICMP, ICMP_V6 = 6, 17, 1, 58
PORTED: Final = (TCP, UDP)  # of others, ports say nothing
EVERY_PROTOCOL = Ranges(((0, 255),))


@dataclass(frozen=True, slots=True)
class Box:
    """Packets to any of the addresses, by any of the protocols, to any of the ports.

    sources: and from any of these. ports counts for TCP and UDP only; with other protocols it is
    every port, by the way that `box` makes them.
    """

    addresses: Ranges
    protocols: Ranges
    ports: Ranges
    sources: Ranges = EVERY_ADDRESS

    def __and__(self, other: "Box") -> "Box":
        """Where protocols or ports have nothing in common, addresses are not looked at."""
        protocols = self.protocols & other.protocols
        ports = self.ports & other.ports if protocols else NOTHING
        addresses = self.addresses & other.addresses if ports else NOTHING
        sources = self.sources & other.sources if addresses else NOTHING
        return Box(addresses, protocols, ports, sources)

    def __bool__(self) -> bool:
        return bool(self.addresses and self.protocols and self.ports and self.sources)

    def __sub__(self, other: "Box") -> "tuple[Box, ...]":
        """What is in this and not in the other, as boxes that share no packet."""
        both = self & other
        if not both:
            return (self,)
        rest = (
            Box(self.addresses - both.addresses, self.protocols, self.ports, self.sources),
            Box(both.addresses, self.protocols - both.protocols, self.ports, self.sources),
            Box(both.addresses, both.protocols, self.ports - both.ports, self.sources),
            Box(both.addresses, both.protocols, both.ports, self.sources - both.sources),
        )
        return tuple(part for part in rest if part)


@dataclass(frozen=True, slots=True)
class Traffic:
    """A set of packets, as boxes that may overlap."""

    boxes: tuple[Box, ...] = ()

    def __or__(self, other: "Traffic") -> "Traffic":
        if not self.boxes:
            return other
        return Traffic(tuple(dict.fromkeys(self.boxes + other.boxes))) if other.boxes else self

    def __and__(self, other: "Traffic") -> "Traffic":
        if self is EVERYTHING or other is EVERYTHING:
            return other if self is EVERYTHING else self
        both = (mine & theirs for mine in self.boxes for theirs in other.boxes)
        return Traffic(tuple(dict.fromkeys(box for box in both if box)))

    def __sub__(self, other: "Traffic") -> "Traffic":
        left = self.boxes
        for taken in other.boxes:
            left = tuple(part for box in left for part in box - taken)
        return Traffic(left)

    def __bool__(self) -> bool:
        return bool(self.boxes)

    def __le__(self, other: "Traffic") -> bool:
        return not self - other

    def to(self, addresses: Ranges) -> "Traffic":
        """Of these packets, those to these addresses."""
        return self & Traffic((Box(addresses, EVERY_PROTOCOL, EVERY_PORT),))

    def sent_from(self, sources: Ranges) -> "Traffic":
        """Of these packets, those from these addresses."""
        return self & Traffic((Box(EVERY_ADDRESS, EVERY_PROTOCOL, EVERY_PORT, sources),))

    def mirrored(self) -> "Traffic":
        """The far side's addresses, as rules write them, as sources: what an inward rule means."""
        return Traffic(
            tuple(Box(b.sources, b.protocols, b.ports, sources=b.addresses) for b in self.boxes)
        )

    @property
    def addresses(self) -> Ranges:
        """Everywhere that they go."""
        found = NOTHING
        for box in self.boxes:
            found = found | box.addresses
        return found


NO_TRAFFIC = Traffic()
EVERYTHING = Traffic((Box(EVERY_ADDRESS, EVERY_PROTOCOL, EVERY_PORT),))


def box(addresses: Ranges, protocol: int | None = None, ports: Ranges = EVERY_PORT) -> Traffic:
    """Packets to addresses by one protocol, or by all; ports are asked of TCP and UDP alone."""
    if protocol is None:
        return Traffic((Box(addresses, EVERY_PROTOCOL, EVERY_PORT),)) if addresses else NO_TRAFFIC
    one = Box(
        addresses, Ranges(((protocol, protocol),)), ports if protocol in PORTED else EVERY_PORT
    )
    return Traffic((one,)) if one else NO_TRAFFIC


def all_of(traffics: Iterable[Traffic]) -> Traffic:
    """Every packet that is in one of them."""
    found = NO_TRAFFIC
    for traffic in traffics:
        found = found | traffic
    return found
