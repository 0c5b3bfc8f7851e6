"""What leaves by load balancers: their targets, by their own subnets and groups, and who asks.

By hand, each closed one with a twin that is open by one change; and in random worlds, where the
ways of a load balancer must be those that single packets to its targets take.
"""

from dataclasses import replace
from ipaddress import ip_network
from random import Random
from typing import Any

import pytest

from model.network import Forwarding, Hole, Network, TargetKind
from model.sets import Ranges, address
from model.traffic import TCP, Traffic, box
from proof.balancing import Balancing, every_way_out
from proof.reach import POLICED, Reach, leaks
from proof.witness import Packet as Witness
from proof.witness import holds, told
from tests.policies.proof import brute
from tests.policies.proof.making import make
from tests.policies.proof.test_brute import DRAWN, edges, packets_of
from tests.policies.proof.test_brute import spoken as protocols_of
from tests.policies.proof.test_reach import OUT, a_world, to, with_another_vpc
from tests.policies.proof.worlds import (
    ANY_PORT,
    WEntry,
    WInterface,
    WNat,
    World,
    WRule,
    WSubnet,
    block,
    network_of,
)

K = TargetKind
HTTPS = (443, 443)
IN = WRule(False, 6, HTTPS)


def spoken(where: str, ports: tuple[int, int] = HTTPS) -> Traffic:
    return box(block(where), TCP, Ranges((ports,)))


def forwarding(target: str = "192.0.2.9/32", **more: object) -> Forwarding:
    asked, traffic = spoken("0.0.0.0/0"), spoken(target)
    return replace(Forwarding("front", asked, "group", "targets", target, traffic), **more)


def balanced(world: World, *rules: WRule, sent: Forwarding | None = None) -> Network:
    """With a load balancer in the subnet of the node, whose group has these rules."""
    world.groups["front"] = ("hub", rules)
    world.interfaces["front"] = WInterface("nodes", "10.0.0.9", ("front",))
    made = network_of(world)
    front = replace(made.interfaces["front"], workload=False)
    interfaces = {**made.interfaces, "front": front}
    return replace(made, interfaces=interfaces, forwardings=(sent or forwarding(),))


def found(network: Network) -> dict[str, set[str]]:
    """Of each exit, who sends by it; load balancers in their own name, too."""
    senders: dict[str, set[str]] = {}
    for sent in network.forwardings:
        for leak in Balancing(Reach(network)).passed_on(sent):
            senders.setdefault(leak.key, set()).add(leak.interface)
    return senders


VGW = to(K.VPN_GATEWAY, "vgw")


def by_vgw() -> World:
    world = a_world(VGW)
    world.vpn_gateways = {"vgw": "hub"}
    return world


def test_targets_outside_are_reached_by_the_load_balancer_s_own_group():
    assert found(balanced(by_vgw(), OUT)) == {"vgw": {"front"}}
    assert found(balanced(by_vgw())) == {}, "its group lets nothing out"
    narrow = WRule(True, 6, (8443, 8443))
    assert found(balanced(by_vgw(), narrow)) == {}, "the target listens at another port"


def test_it_goes_by_the_table_of_its_own_subnet():
    world = by_vgw()
    world.tables["edge"] = ("hub", ())
    world.groups["front"] = ("hub", (OUT,))
    aside = balanced(world, OUT)
    moved = replace(aside.interfaces["front"], subnets=("edge",), addresses=block("10.0.0.70/32"))
    interfaces = {**aside.interfaces, "front": moved}
    assert found(replace(aside, interfaces=interfaces)) == {}
    assert found(aside) == {"vgw": {"front"}}


def test_machines_that_may_ask_it_are_told_with_their_way():
    world = by_vgw()
    world.groups["node"] = ("hub", (WRule(True, 6, HTTPS, "10.0.0.0/24"),))
    network = balanced(world, OUT, IN)
    assert found(network) == {"vgw": {"front", "node"}}
    own, of_node = Balancing(Reach(network)).passed_on(forwarding())
    assert told(own.traffic, own.path) == (
        "10.0.0.9 to 192.0.2.9 by tcp/443: load balancer front (nodes, 10.0.0.9/32)"
        " -> target group targets (192.0.2.9/32) -> route table nodes (0.0.0.0/0)"
        " -> virtual private gateway vgw"
    )
    assert [(hop.kind, hop.name) for hop in of_node.path[:3]] == [
        ("network interface", "node"),
        ("load balancer", "front"),
        ("target group", "targets"),
    ]
    assert found(balanced(by_vgw(), OUT)) == {"vgw": {"front"}}, "its group lets nobody in"
    elsewhere = forwarding(asked=spoken("0.0.0.0/0", (80, 80)))
    assert found(balanced(world, OUT, IN, sent=elsewhere)) == {"vgw": {"front"}}


def test_a_target_that_nobody_knows_may_be_wherever_a_way_leads():
    sent = forwarding("0.0.0.0/0", unknown="where target x is", about=Hole("x"))
    (leak,) = Balancing(Reach(balanced(by_vgw(), OUT, sent=sent))).passed_on(sent)
    assert leak.doubts == ("where target x is",) and leak.doubts[0].about == Hole("x")
    assert found(balanced(a_world(), OUT, sent=sent)) == {}, "no way leads out"


@pytest.mark.parametrize("target", ["10.0.0.4/32", "10.1.0.4/32"])
def test_targets_inside_are_inside_also_behind_a_peering(target):
    world = with_another_vpc(a_world(to(K.VPC_PEERING_CONNECTION, "pcx", "10.1.0.0/24")))
    world.peerings = {"pcx": ("hub", "far")}
    assert found(balanced(world, OUT, sent=forwarding(target))) == {}
    world.peerings = {}  # nobody describes what it leads to
    open_ = found(balanced(world, OUT, sent=forwarding(target)))
    assert open_ == ({"pcx": {"front"}} if target.startswith("10.1") else {})


def test_a_connection_that_is_named_carries_what_is_sent_to_its_ranges():
    (own,) = Balancing(Reach(balanced(by_vgw(), OUT))).passed_on(forwarding())
    assert leaks([own], connections={"vgw": block("192.0.2.0/24")}) == []
    assert leaks([own], connections={"vgw": block("198.51.100.0/24")}) == [own]


def test_clients_names_pass_where_its_own_does_not():
    """A far subnet's ACL that lets nobody of the load balancer's own in."""
    world = by_vgw()
    mine, all_ = "10.0.0.9/32", "0.0.0.0/0"
    refused = ((90, False, mine), (100, True, all_))
    entries = tuple(WEntry(n, ok, False, -1, ANY_PORT, where) for n, ok, where in refused)
    world.acls["far"] = (WEntry(100, True, True, -1, ANY_PORT, all_), *entries)
    world.tables["nodes"] = ("hub", (to(K.NAT_GATEWAY, "nat"),))
    world.subnets["far"] = WSubnet("hub", "a", "10.0.0.128/26", "far", "far")
    world.tables["far"] = ("hub", (VGW,))
    world.nats = {"nat": WNat("far", "10.0.0.130", False)}
    assert found(balanced(world, OUT)) == {}
    kept = balanced(world, OUT, sent=forwarding(keeps_sources=True))
    assert found(kept) == {"vgw": {"front"}}


def test_every_way_out_holds_machines_and_load_balancers():
    network = balanced(by_vgw(), OUT)
    senders = [leak.interface for ways in every_way_out(network, POLICED) for leak in ways]
    assert senders == ["node", "front"]
    alone = every_way_out(replace(network, forwardings=()), POLICED)
    assert [leak.interface for ways in alone for leak in ways] == ["node"]


def test_the_work_grows_with_machines_and_targets_not_with_their_product(monkeypatch):
    world = by_vgw()
    for i in range(20, 40):
        world.interfaces[f"more-{i}"] = WInterface("nodes", f"10.0.0.{i}", ("node",))
    network = balanced(world, OUT, IN)
    many = tuple(forwarding(f"192.0.2.{i}/32") for i in range(30))
    network = replace(network, forwardings=many)
    asked: list[str] = []
    for name in ("meetings", "ways_out"):
        monkeypatch.setattr(Reach, name, _noting(getattr(Reach, name), name, asked))
    ways = list(every_way_out(network, POLICED))
    assert (asked.count("meetings"), asked.count("ways_out")) == (21, 22)
    by_target = [[leak.interface for leak in each] for each in ways if each[0].interface == "front"]
    names = ["front", *(f"more-{i}" for i in range(20, 40)), "node"]
    assert [sorted(each) for each in by_target] == [names] * 30
    for leak in (leak for each in ways for leak in each if leak.interface != "front"):
        assert (leak.path[0].key, leak.path[0].name) == (leak.interface, leak.interface)


def test_machines_that_stand_alike_are_asked_for_once_each_by_its_own_name(monkeypatch):
    network = balanced(by_vgw(), OUT, IN)
    node = network.interfaces["node"]
    twins = {f"twin-{i}": replace(node, key=f"twin-{i}", name=f"twin {i}") for i in range(9)}
    network = replace(network, interfaces={**network.interfaces, **twins})
    asked: list[str] = []
    monkeypatch.setattr(Reach, "meetings", _noting(Reach.meetings, "meetings", asked))
    (ways,) = (each for each in every_way_out(network, POLICED) if each[0].interface == "front")
    assert asked == ["meetings"]
    told_of = {(leak.interface, leak.path[0].key, leak.path[0].name) for leak in ways[1:]}
    assert told_of == {("node", "node", "node"), *((k, k, t.name) for k, t in twins.items())}


def _noting(asked: Any, name: str, noted: list[str]) -> Any:
    """The same function, noting that it was called."""

    def noting(*given: Any, **more: Any) -> Any:
        noted.append(name)
        return asked(*given, **more)

    return noting


def test_its_ways_are_those_of_single_packets_to_its_targets():
    met = 0
    for seed in (*range(150), *range(DRAWN, DRAWN + 150)):
        choose = Random(seed)
        world = make(choose)
        name = choose.choice(sorted(world.interfaces))
        packets = packets_of(world, name, edges(world), protocols_of(world))
        aims = choose.choices([p for p in packets if p.protocol == TCP], k=8)
        traffic = Traffic(
            tuple(b for p in aims for b in spoken(_block(p.destination), (p.port, p.port)).boxes)
        )
        network = network_of(world)
        sent = Forwarding(name, Traffic(), "group", "targets", "some", traffic)
        ways = Balancing(Reach(network)).passed_on(sent)
        for packet in packets:
            one = Witness(packet.source, packet.destination, packet.protocol, packet.port)
            said: dict[str, bool] = {}
            for way in ways:
                if holds(way.traffic, one):
                    said[way.key] = said.get(way.key, False) or way.certain
            aimed = packet.protocol == TCP and any(
                (a.destination, a.port) == (packet.destination, packet.port) for a in aims
            )
            ends = brute.ends(world, name, packet) if aimed else {}
            wanted = {end: sure for end, sure in ends.items() if not end.startswith("to ")}
            assert said == wanted, (seed, packet)
            met += len(said)
    assert met > 100


def _block(number: int) -> str:
    return str(ip_network(address(number)))
