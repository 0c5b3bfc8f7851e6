"""What the model says of the probes that are sent through a built world."""

from collections.abc import Iterator

from model.network import Network
from model.traffic import Traffic
from proof.reach import Reach
from proof.witness import Packet, holds
from tests.policies.proof.namespaces.probes import FIRST, ICMP, ICMP_V6, Probe
from tests.policies.proof.worlds import World, address_of, network_of

ELSEWHERE = (
    "8.8.8.8",
    "130.1.2.3",
    "192.0.2.1",
    "192.0.2.200",
    "198.51.100.7",
    "10.9.9.9",
    "10.0.0.126",
    "2600::7",
    "9000::1",
    "2001:db8:ffff::7",
    "2001:db8:0:1::7e",
)
SPOKEN = ((6, 443), (6, 100), (6, 5000), (17, 53), (17, 5000))


def probes_of(world: World) -> list[Probe]:
    """From every interface to every other and to addresses elsewhere, in each way of speaking."""
    others = [a for o in world.interfaces.values() for a in (o.address, o.six) if a]
    asked = [
        (name, source, destination, protocol, port)
        for name, it in world.interfaces.items()
        for destination in (*others, *ELSEWHERE)
        for source in [it.six if ":" in destination else it.address]
        for protocol, port in (*SPOKEN, (ICMP_V6 if ":" in destination else ICMP, 0))
        if source and destination != source
    ]
    return [Probe(FIRST + n, *each) for n, each in enumerate(asked)]


def expected(
    world: World, probes: list[Probe]
) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """By (number, end): what surely arrives, and what may, for want of a fact."""
    network = network_of(world)
    found = {name: list(_answers(network, name)) for name in world.interfaces}
    sure, perhaps = set(), set()
    for probe in probes:
        packet = Packet(
            address_of(probe.source), address_of(probe.destination), probe.protocol, probe.port
        )
        for end, certain, traffic in found[probe.interface]:
            if holds(traffic, packet):
                (sure if certain else perhaps).add((probe.number, end))
    return sure, perhaps - sure


def _answers(network: Network, name: str) -> Iterator[tuple[str, bool, Traffic]]:
    reach = Reach(network)
    it = network.interfaces[name]
    for leak in reach.ways_out(it):
        yield leak.key, leak.certain, leak.traffic
    for other in network.interfaces.values():
        for meeting in reach.meetings(it, other):
            yield other.key, not meeting.doubts, meeting.traffic
