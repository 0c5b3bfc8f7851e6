"""The model's sets against a brute force over single packets, in both directions.

Each of the random worlds is asked for packets at every edge of every block and port range in it,
and one beside: the model's answer and the brute force's must name the same ends, and agree about
which of them are sure. 4 times 500 worlds are compared in each run, the first 500 the same in every
run, the rest by seeds that hypothesis draws anew, also where it finds itself in CI and would not. A
world that it draws number by number is a poorer one: it likes the first of all choices too well.
A failure tells the seed of its world.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random, randrange

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from model.sets import EVERY_ADDRESS
from model.traffic import Traffic
from proof.reach import Meeting, Reach
from proof.witness import Packet as Witness
from proof.witness import holds, packet_of, told
from tests.policies.proof import brute
from tests.policies.proof.making import make
from tests.policies.proof.namespaces import test_namespaces as namespaces
from tests.policies.proof.worlds import World, address_of, network_of

ROOT = Path(__file__).parents[3]
WORLDS, PARTS, CORE = 500, 4, 1
DRAWN = randrange(WORLDS * PARTS, 2**31)  # the first of the drawn worlds


def edges(world: World) -> list[int]:
    """Addresses at every edge, and one beside."""
    blocks = {b for _, routes in world.tables.values() for r in routes for b in r.blocks}
    blocks |= {r.block for _, rules in world.groups.values() for r in rules}
    blocks |= {e.block for acl in world.acls.values() for e in acl}
    blocks |= {r.block for t in world.transit_tables.values() for r in t.routes}
    blocks |= {*world.vpcs.values(), *world.sixes.values(), brute.LINK_LOCAL, brute.NAT64}
    blocks |= {b for s in world.subnets.values() for b in (s.block, s.six) if b}
    own = {a for i in world.interfaces.values() for a in (i.address, i.six) if a}
    found = {address_of(a) for a in own}
    for text in blocks:
        first, last, _ = brute._range(text)
        found |= {first - 1, first, last, last + 1}
    return sorted(a for a in found if a in EVERY_ADDRESS)


def spoken(world: World) -> list[tuple[int, int]]:
    """Protocols with ports at every edge, and one beside; a protocol that no rule names."""
    ports = {0, 65535}
    for _, rules in world.groups.values():
        ports |= {p for r in rules for port in r.ports for p in (port - 1, port, port + 1)}
    for acl in world.acls.values():
        ports |= {p for e in acl for port in e.ports for p in (port - 1, port, port + 1)}
    kept = sorted(p for p in ports if 0 <= p <= 65535)
    ported = [(protocol, port) for protocol in (6, 17) for port in kept]
    return [*ported, (1, 0), (58, 0), (47, 0)]


def questions(world: World) -> Iterator[tuple[str, list[brute.Packet]]]:
    """Each interface with what is asked of it."""
    addresses, said = edges(world), spoken(world)
    for name in world.interfaces:
        yield name, packets_of(world, name, addresses, said)


def packets_of(
    world: World, interface: str, addresses: list[int], said: list[tuple[int, int]]
) -> list[brute.Packet]:
    """Every address with some of what may be spoken, so that each is asked with each in turn."""
    it = world.interfaces[interface]
    return [
        brute.Packet(address_of(source), address, *said[(i * 5 + j * 7) % len(said)])
        for i, address in enumerate(addresses)
        for j in range(4)
        if (source := it.six if address >= brute.IPV6 else it.address)
    ]


Answer = tuple[str, bool, Traffic]  # an end, whether it is sure, the packets


def answers(reach: Reach) -> dict[str, list[Answer]]:
    """The model's, of every interface."""
    found: dict[str, list[Answer]] = {
        name: [(leak.key, leak.certain, leak.traffic) for leak in reach.ways_out(it)]
        for name, it in reach.network.interfaces.items()
    }
    for meeting in reach.all_meetings():
        found[meeting.source].append(_met(meeting))
    return found


def _met(meeting: Meeting) -> Answer:
    return f"to {meeting.destination}", not meeting.doubts, meeting.traffic


ANEW = settings(  # a smaller seed makes no smaller world, so nothing is shrunk
    max_examples=WORLDS, phases=[Phase.explicit, Phase.generate], derandomize=False, deadline=None
)  # fmt: skip


def test_most_worlds_are_drawn_anew():
    assert not ANEW.derandomize and CORE < PARTS / 2


@pytest.mark.parametrize("part", range(PARTS))
def test_sets_and_single_packets_give_the_same_answers(part):
    ends: Counter[tuple[str, int]] = Counter()
    compared: list[int] = []

    def compare(seed: int) -> None:
        compared.append(seed)
        ends.update(compared_ends(seed))

    if part < CORE:
        for seed in range(WORLDS * part, WORLDS * (part + 1)):
            compare(seed)
        of_both_families(ends)
    else:
        ANEW(given(seed=st.integers(0, 2**63))(compare))()
    assert len({*compared}) == WORLDS


def compared_ends(seed: int) -> Iterator[tuple[str, int]]:
    """The ends of all packets of a world, of which both have said the same, with their family."""
    world = make(Random(seed))
    found = answers(Reach(network_of(world)))
    for interface, packets in questions(world):
        for packet in packets:
            one = Witness(packet.source, packet.destination, packet.protocol, packet.port)
            said: dict[str, bool] = {}
            for end, sure, traffic in found[interface]:
                if holds(traffic, one):
                    said[end] = said.get(end, False) or sure
            assert said == brute.ends(world, interface, packet), (seed, interface, packet)
            yield from ((end.split("-")[0], family_of(packet)) for end in said)


def family_of(packet: brute.Packet) -> int:
    """64: it becomes IPv4 on its way."""
    if packet.destination < brute.IPV6:
        return 4
    return 64 if brute.within(packet.destination, brute.NAT64) else 6


def of_both_families(ends: Counter[tuple[str, int]]) -> None:
    """Packets leave by each kind of end that takes them, and what becomes IPv4 is among them."""
    for kind in ("to eni", "igw", "vgw", "att", "core", "rt"):
        assert ends[kind, 4] > 10 and ends[kind, 6] > 10, kind
    assert ("eigw", 4) not in ends and ends["eigw", 6] > 10 and ends["igw", 64] > 10


def test_every_witness_is_a_packet_that_goes_there():
    shown = 0
    for seed in (*range(100), *range(DRAWN, DRAWN + 100)):
        world = make(Random(seed))
        network = network_of(world)
        reach = Reach(network)
        for interface in network.interfaces.values():
            for leak in reach.ways_out(interface):
                shown += 1
                it = packet_of(leak.traffic)
                packet = brute.Packet(it.source, it.destination, it.protocol, it.port or 0)
                found = brute.ends(world, interface.key, packet)
                line = (seed, told(leak.traffic, leak.path))
                assert leak.key in found, line
                assert found[leak.key] or not leak.certain, line
    assert shown > 500


def test_as_many_networks_are_compared_as_the_page_says():
    """2,000 by the brute force, each counted above, and more than 100 built from namespaces."""
    assert WORLDS * PARTS >= 2000 and namespaces.PARTS * namespaces.IN_EACH >= 100
    page = (ROOT / "docs" / "proof" / "reach.md").read_text(encoding="utf-8")
    assert f"over {WORLDS * PARTS:,} random networks in each run" in page
    assert f"And {namespaces.PARTS * namespaces.IN_EACH} random networks are built from" in page


def test_worlds_hold_every_kind_of_end():
    """What is compared is there: each end, sure and doubtful, in the first of the seeded worlds."""
    found = set()
    for seed in range(150):
        world = make(Random(seed))
        told = answers(Reach(network_of(world)))
        found |= {(end.split("-")[0], sure) for ends in told.values() for end, sure, _ in ends}
    kinds = {end.split(" ")[0] for end, _ in found}
    assert kinds >= {"to", "igw", "eigw", "vgw", "att", "tgw", "nat", "core", "vpce", "who", "rt"}
    assert {("igw", True), ("igw", False), ("eigw", True), ("att", True)} <= found


def test_two_interfaces_meet_as_they_do_among_all():
    """What is asked of two alone is what the comparison takes of all at once."""
    met = 0
    for seed in range(40):
        reach = Reach(network_of(make(Random(seed))))
        among_all = list(reach.all_meetings())
        interfaces = list(reach.network.interfaces.values())
        alone = [m for there in interfaces for it in interfaces for m in reach.meetings(it, there)]
        assert alone == among_all
        met += len(alone)
    assert met > 100
