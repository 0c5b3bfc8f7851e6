"""Where packets may go: every way out of a network, and who may talk to whom within it.

What AWS does with a packet is in `steps.py`, `routing.py` and `filters.py`; how ways are found in
`ways.py`; what of it is taken as known and what stays undecided, in docs/proof/reach.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

from model.network import Interface, Key, Network, TargetKind
from model.sets import NOTHING, Ranges
from model.traffic import EVERYTHING, NO_TRAFFIC, Traffic
from proof.doubts import Doubt
from proof.filters import described, named
from proof.places import Hop, InSubnet
from proof.steps import Steps
from proof.ways import Map, Way, Ways, joined

POLICED = frozenset({TargetKind.GATEWAY_ENDPOINT})  # what passes there a policy says, not routing


@dataclass(frozen=True, slots=True)
class Leak:
    """Packets that an interface can send out of the network, and the way that all of them take.

    kind, key, name: of the last thing on the way that is described.
    doubts: the missing facts; without any, the way is certain.
    """

    interface: Key
    kind: TargetKind
    key: Key
    name: str
    traffic: Traffic
    path: tuple[Hop, ...]
    doubts: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        return not self.doubts


@dataclass(frozen=True, slots=True)
class Meeting:
    """Packets that one interface can send to another; path and doubts as of a leak."""

    source: Key
    destination: Key
    traffic: Traffic
    path: tuple[Hop, ...]
    doubts: tuple[str, ...] = ()


class Reach:
    """The answers for one network; what they share is computed once."""

    def __init__(self, network: Network, ignored: Set[TargetKind] = frozenset()) -> None:
        self.network = network
        self.map = Map(Steps(network), ignored)
        self._sent: dict[tuple[object, ...], list[tuple[Way, Traffic, tuple[str, ...]]]] = {}

    def ways_out(self, interface: Interface, own: bool = True) -> tuple[Leak, ...]:
        """Every way out of the network that packets of this interface may take.

        own: whether it sends in its own name, and not in whoever's it passes packets on for.
        """
        found = []
        for place, here, sent in self.map.starts(interface):
            for way, traffic, doubts in self._out_of(interface, place):
                if traffic := traffic & sent if own else traffic:
                    end, path = way.end, (here, *way.hops)
                    found.append(
                        Leak(interface.key, end.kind, end.key, end.name, traffic, path, doubts)
                    )
        return (*_settled(found), *self._nowhere(interface))

    def meetings(self, source: Interface, destination: Interface) -> tuple[Meeting, ...]:
        """The ways of one interface to another."""
        return tuple(self._meetings(source, destination, self.map.to(destination)))

    def all_meetings(self) -> Iterator[Meeting]:
        """The ways of all interfaces to all others."""
        for destination in self.network.interfaces.values():
            ways = self.map.to(destination)
            for source in self.network.interfaces.values():
                yield from self._meetings(source, destination, ways)

    def _meetings(self, source: Interface, destination: Interface, ways: Ways) -> Iterator[Meeting]:
        for place, here, sent in self.map.starts(source):
            for way in ways.get(place, ()):
                for passage in self.map.outward(source):
                    if traffic := way.traffic & passage.traffic & sent:
                        doubts = joined(passage.doubts, way.doubts)
                        path = (here, *way.hops)
                        yield Meeting(source.key, destination.key, traffic, path, doubts)

    def _out_of(
        self, interface: Interface, place: InSubnet
    ) -> list[tuple[Way, Traffic, tuple[str, ...]]]:
        """The ways out from a place, with what an interface's groups let onto them."""
        asked = (interface.security_groups, place)
        if asked not in self._sent:
            self._sent[asked] = [
                (way, traffic, joined(passage.doubts, way.doubts))
                for way in self.map.out.get(place, ())
                for passage in self.map.outward(interface)
                if (traffic := passage.traffic & way.traffic)
            ]
        return self._sent[asked]

    def _nowhere(self, interface: Interface) -> Iterator[Leak]:
        """Of an interface in a subnet that nobody has described: it may send anywhere."""
        for reference in interface.subnets:
            if described(self.network.subnets, reference) is None:
                name = named(reference)
                called = name if name.startswith("the subnet of ") else f"subnet {name}"
                why = Doubt(f"{called} is not described", reference)
                path = (Hop(interface.key, interface.name, "network interface"),)
                for passage in self.map.outward(interface):
                    yield Leak(
                        interface.key,
                        TargetKind.UNKNOWN,
                        name,
                        name,
                        passage.traffic,
                        path,
                        joined((why,), passage.doubts),
                    )


def ways_out(
    network: Network, ignored: Set[TargetKind] = frozenset()
) -> dict[Key, tuple[Leak, ...]]:
    """Of every interface that runs the operator's workload: each way out of the network.

    A gateway endpoint's way is among them, by its kind, unless that is ignored: what passes there
    the endpoint's policy says, not routing.
    """
    reach = Reach(network, ignored)
    return {
        interface.key: reach.ways_out(interface)
        for interface in network.interfaces.values()
        if interface.workload
    }


def leaks(
    found: Iterable[Leak], inside: Ranges = NOTHING, connections: Mapping[str, Ranges] | None = None
) -> list[Leak]:
    """Of ways out those that lead outside, each with the packets that do.

    inside: addresses that count as inside wherever the way leads. connections: by the key or the
    name of anything on the way, the addresses that may be reached through it.
    """
    outside = []
    for leak in found:
        if leak.kind in POLICED:
            continue
        allowed = inside
        for hop in (*leak.path, Hop(leak.key, leak.name, leak.kind.value)):
            for called in (hop.key, hop.name):
                allowed = allowed | (connections or {}).get(called, NOTHING)
        traffic = leak.traffic - EVERYTHING.to(allowed) if allowed else leak.traffic
        if traffic:
            outside.append(replace(leak, traffic=traffic))
    return outside


def reachable(network: Network) -> dict[tuple[Key, Key], tuple[Meeting, ...]]:
    """Who may talk to whom: for each pair of interfaces the packets that get there."""
    found: dict[tuple[Key, Key], list[Meeting]] = {}
    for meeting in Reach(network).all_meetings():
        found.setdefault((meeting.source, meeting.destination), []).append(meeting)
    return {pair: tuple(meetings) for pair, meetings in found.items()}


def may_reach(
    network: Network, source: Key, destination: Key, packets: Traffic = EVERYTHING
) -> tuple[Meeting, ...]:
    """How such packets get from one interface to another; empty where none does."""
    there = network.interfaces[destination]
    meetings = Reach(network).meetings(network.interfaces[source], there)
    asked = (replace(m, traffic=m.traffic & packets) for m in meetings)
    return tuple(meeting for meeting in asked if meeting.traffic)


def _settled(found: list[Leak]) -> Iterator[Leak]:
    """Without doubt about packets that surely get out by the same exit."""
    sure: dict[Key, Traffic] = {}
    for leak in found:
        if leak.certain:
            sure[leak.key] = sure.get(leak.key, NO_TRAFFIC) | leak.traffic
            yield leak
    for leak in found:
        if not leak.certain and (traffic := leak.traffic - sure.get(leak.key, NO_TRAFFIC)):
            yield replace(leak, traffic=traffic)
