"""Small networks by hand: each kind of target, and each trap, with what must be found in it.

Every network that must be closed has a twin beside it that is open by one change.
"""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from model.network import (
    Hole,
    Interface,
    Network,
    Public,
    Route,
    Target,
    TargetKind,
    VpcPeeringConnection,
)
from model.sets import EVERY_ADDRESS, EVERY_IPV4, EVERY_IPV6, NOTHING, Ranges, addresses
from model.traffic import EVERYTHING, box
from proof.reach import Leak, leaks, may_reach, reachable, ways_out
from proof.steps import Steps
from proof.ways import Map
from proof.witness import told
from tests.policies.proof.making import OPEN
from tests.policies.proof.worlds import (
    ANY_PORT,
    WAttachment,
    WEntry,
    WInterface,
    WNat,
    World,
    WRoute,
    WRule,
    WSubnet,
    WTransitRoute,
    WTransitTable,
    block,
    network_of,
)

K = TargetKind
EVERYWHERE = "0.0.0.0/0"
OUT = WRule(True, -1, ANY_PORT)


def a_world(*routes: WRoute, public: Public = Public.NO) -> World:
    """VPC hub with a node in subnet nodes, whose table holds these routes, and a subnet edge."""
    world = World()
    world.vpcs = {"hub": "10.0.0.0/24"}
    world.acls = {"open": OPEN}
    world.tables = {"nodes": ("hub", routes), "edge": ("hub", (to_igw(),))}
    world.subnets = {
        "nodes": WSubnet("hub", "a", "10.0.0.0/26", "nodes", "open"),
        "edge": WSubnet("hub", "a", "10.0.0.64/26", "edge", "open"),
    }
    world.groups = {"node": ("hub", (OUT,)), "shut": ("hub", ())}
    world.interfaces = {"node": WInterface("nodes", "10.0.0.4", ("node",), public)}
    world.internet_gateways = {"igw": "hub"}
    return world


def with_another_vpc(world: World, *routes: WRoute) -> World:
    """And VPC far beside it, with subnet far, whose table holds these routes, and a machine."""
    world.vpcs["far"] = "10.1.0.0/24"
    world.tables["far"] = ("far", routes)
    world.subnets["far"] = WSubnet("far", "a", "10.1.0.0/26", "far", "open")
    world.groups["far"] = ("far", (WRule(False, 6, (443, 443)),))
    world.interfaces["far"] = WInterface("far", "10.1.0.4", ("far",))
    return world


def to(kind: TargetKind, of: str = "", where: str = EVERYWHERE, **how: bool) -> WRoute:
    return WRoute((where,), kind, of, **how)


def to_far() -> WRoute:
    return to(K.INTERNET_GATEWAY, "igw-far")


def to_igw(where: str = EVERYWHERE) -> WRoute:
    return to(K.INTERNET_GATEWAY, "igw", where)


def ends(network: Network | World, interface: str = "node") -> dict[tuple[str, bool], Ranges]:
    """(key of the exit, whether it is certain) to where packets can go through it."""
    if isinstance(network, World):
        network = network_of(network)
    found: dict[tuple[str, bool], Ranges] = {}
    for leak in ways_out(network)[interface]:
        asked = (leak.key, leak.certain)
        found[asked] = found.get(asked, NOTHING) | leak.traffic.addresses
    return found


def doubts(network: Network, interface: str = "node") -> set[str]:
    return {why for leak in ways_out(network)[interface] for why in leak.doubts}


# What leads out


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        (K.CARRIER_GATEWAY, "cagw"),
        (K.LOCAL_GATEWAY, "lgw"),
        (K.VPN_GATEWAY, "vgw"),
        (K.CORE_NETWORK, "core"),
        (K.ODB_NETWORK, "odb"),
        (K.GATEWAY_ENDPOINT, "vpce"),
    ],
)
def test_a_target_that_leads_away_is_a_way_out(kind, of):
    world = a_world(to(kind, of, "192.0.2.0/24"))
    assert ends(world) == {(of, True): block("192.0.2.0/24")}
    (leak,) = ways_out(network_of(world))["node"]
    assert leak.kind is kind


@pytest.mark.parametrize(
    "kind",
    [
        K.NAT_GATEWAY,
        K.VPC_PEERING_CONNECTION,
        K.TRANSIT_GATEWAY,
        K.NETWORK_INTERFACE,
        K.GATEWAY_LOAD_BALANCER_ENDPOINT,
        K.UNKNOWN,
    ],
)
def test_a_target_that_nobody_described_is_undecided_and_named(kind):
    network = network_of(a_world(to(kind, "x-0a1b", "192.0.2.0/24")))
    assert ends(network) == {("x-0a1b", False): block("192.0.2.0/24")}
    assert any("x-0a1b" in why for why in doubts(network))


@pytest.mark.parametrize("route", [to(K.BLACKHOLE), None])
def test_without_a_route_nothing_leaves(route):
    assert ends(a_world(*([route] if route else []))) == {}


@pytest.mark.parametrize(
    ("public", "found"), [(Public.NO, []), (Public.YES, [True]), (Public.UNKNOWN, [False])]
)
def test_an_internet_gateway_asks_for_a_public_address(public, found):
    world = a_world(to_igw(), public=public)
    assert [certain for _, certain in ends(world)] == found


def test_a_default_route_in_halves_is_a_default_route():
    world = a_world(to_igw("0.0.0.0/1"), to_igw("128.0.0.0/1"), public=Public.YES)
    outside = EVERY_ADDRESS - EVERY_IPV6 - block("10.0.0.0/24") - block("169.254.168.0/22")
    assert ends(world) == {("igw", True): outside}


def test_a_longer_prefix_takes_its_packets_elsewhere():
    world = a_world(to_igw(), to(K.BLACKHOLE, where="192.0.2.0/24"), public=Public.YES)
    assert not ends(world)["igw", True] & block("192.0.2.0/24")
    assert ends(world)["igw", True] & block("192.0.3.0/24")


def test_a_static_route_wins_over_a_propagated_one_of_the_same_length():
    static = to(K.BLACKHOLE, where="192.0.2.0/24")
    propagated = to(K.VPN_GATEWAY, "vgw", "192.0.2.0/24", propagated=True)
    assert ends(a_world(propagated)) == {("vgw", True): block("192.0.2.0/24")}
    assert ends(a_world(propagated, static)) == {}


def test_a_longer_propagated_route_wins_but_for_the_vpcs_own_addresses():
    longer = to(K.VPN_GATEWAY, "vgw", "192.0.2.0/25", propagated=True)
    assert ends(a_world(to(K.BLACKHOLE, where="192.0.2.0/24"), longer)) != {}
    own = to(K.VPN_GATEWAY, "vgw", "10.0.0.64/26", propagated=True)
    assert ends(a_world(own)) == {}
    assert ends(a_world(replace(own, propagated=False))) != {}


def test_every_entry_of_a_prefix_list_counts_and_a_block_wins_over_it():
    listed = WRoute(("192.0.2.0/24", "198.51.100.0/24"), K.VPN_GATEWAY, "vgw", prefix_list=True)
    assert ends(a_world(listed)) == {
        ("vgw", True): block("192.0.2.0/24") | block("198.51.100.0/24")
    }
    stopped = to(K.BLACKHOLE, where="192.0.2.0/24")
    assert ends(a_world(listed, stopped)) == {("vgw", True): block("198.51.100.0/24")}


def test_between_equal_prefix_lists_aws_chooses_and_nobody_knows_how():
    one = WRoute(("192.0.2.0/24",), K.VPN_GATEWAY, "vgw", prefix_list=True)
    network = network_of(a_world(one, WRoute(("192.0.2.0/24",), K.BLACKHOLE, prefix_list=True)))
    assert ends(network) == {("vgw", False): block("192.0.2.0/24")}
    assert doubts(network) == {"which of equal routes of route table nodes AWS prefers"}


def test_a_route_to_unknown_destinations_may_take_everything():
    network = network_of(a_world())
    table = network.route_tables["nodes"]
    route = Route("r", "r", None, Target(K.VPN_GATEWAY, "vgw"))
    tables = {**network.route_tables, "nodes": replace(table, routes=(*table.routes, route))}
    assert {certain for _, certain in ends(replace(network, route_tables=tables))} == {False}
    route = replace(route, target=Target(K.GATEWAY_ENDPOINT, "vpce"))
    tables = {**network.route_tables, "nodes": replace(table, routes=(*table.routes, route))}
    assert {certain for _, certain in ends(replace(network, route_tables=tables))} == {True}


# What is not described


def test_what_is_missing_is_named_and_never_passes():
    network = network_of(a_world())
    nodes = network.subnets["nodes"]
    holes = {
        "route table rtb-9": {"route_table": Hole("rtb-9")},
        "network ACL acl-9": {"network_acl": Hole("acl-9"), "route_table": "edge"},
    }
    for named, change in holes.items():
        changed = replace(network, subnets={**network.subnets, "nodes": replace(nodes, **change)})
        node = replace(network.interfaces["node"], public=Public.YES)
        changed = replace(changed, interfaces={"node": node})
        assert doubts(changed) == {f"{named} is not described"}
    table = replace(network.route_tables["nodes"], complete=False)
    changed = replace(network, route_tables={**network.route_tables, "nodes": table})
    assert doubts(changed) == {"not all routes of route table nodes are described"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"security_groups": (Hole("sg-9"),)}, "security group sg-9 is not described"),
        ({"subnets": (Hole("subnet-9"),)}, "subnet subnet-9 is not described"),
    ],
)
def test_an_interface_with_a_hole_may_send_everything(change, why):
    network = network_of(a_world(to(K.VPN_GATEWAY, "vgw")))
    node = replace(network.interfaces["node"], **change)
    changed = replace(network, interfaces={"node": node})
    assert doubts(changed) == {why}


def test_incomplete_groups_and_acls_are_doubted():
    world = a_world(to(K.VPN_GATEWAY, "vgw"))
    world.interfaces["node"] = replace(world.interfaces["node"], groups=("shut",))
    network = network_of(world)
    assert ends(network) == {}
    group = replace(network.security_groups["shut"], complete=False)
    changed = replace(network, security_groups={"shut": group})
    assert doubts(changed) == {"not all rules of security group shut are described"}
    acl = replace(network_of(world).network_acls["open"], complete=False)
    world.interfaces["node"] = replace(world.interfaces["node"], groups=("node",))
    changed = replace(network_of(world), network_acls={"open": acl})
    assert doubts(changed) == {"not all entries of network ACL open are described"}


def test_packets_of_a_rule_that_nobody_knows_may_leave_and_are_not_sure_to():
    network = network_of(a_world(to_igw(), public=Public.YES))
    group = network.security_groups["node"]
    untold = replace(group, rules=tuple(replace(rule, told=False) for rule in group.rules))
    doubted = replace(network, security_groups={"node": untold})
    assert {sure for _, sure in ends(network)} == {True}
    assert {sure for _, sure in ends(doubted)} == {False}
    assert doubts(doubted) == {"which packets rule node of security group node is for"}


def test_a_gateway_without_a_noun_is_called_as_its_resource_is():
    urn = "urn:pulumi:prod::heiiki::aws:ec2/carrierGateway:CarrierGateway::mast"
    network = network_of(a_world(to(K.CARRIER_GATEWAY)))
    table = network.route_tables["nodes"]
    target = Target(K.CARRIER_GATEWAY, urn)
    routes = tuple(
        replace(r, target=target) if r.target.kind is K.CARRIER_GATEWAY else r for r in table.routes
    )
    tables = {**network.route_tables, "nodes": replace(table, routes=routes)}
    found = ways_out(replace(network, route_tables=tables))
    assert [(leak.key, leak.name) for leak in found["node"]] == [(urn, "mast")]


def test_an_interface_whose_addresses_are_not_told_still_leaks():
    network = network_of(a_world(to(K.VPN_GATEWAY, "vgw")))
    node = replace(network.interfaces["node"], addresses=NOTHING)
    assert ends(replace(network, interfaces={"node": node})) != {}


# Gateways of the VPC itself


def behind_nat(public: bool = True, subnet: str = "edge") -> World:
    world = a_world(to(K.NAT_GATEWAY, "nat"))
    world.nats = {"nat": WNat(subnet, "10.0.0.124", public)}
    return world


def test_a_nat_gateway_sends_by_its_own_subnets_table():
    assert ("igw", True) in ends(behind_nat())
    (leak,) = ways_out(network_of(behind_nat()))["node"]
    assert leak.traffic <= EVERYTHING.sent_from(block("10.0.0.4"))
    assert {p for b in leak.traffic.boxes for p in (1, 6, 17, 47) if p in b.protocols} == {1, 6, 17}


def test_a_private_nat_gateway_has_no_way_to_the_internet_but_to_others():
    assert ends(behind_nat(public=False)) == {}
    world = behind_nat(public=False)
    world.tables["edge"] = ("hub", (to(K.VPN_GATEWAY, "vgw", "172.16.0.0/12"),))
    assert ends(world) == {("vgw", True): block("172.16.0.0/12")}


@pytest.mark.parametrize(("egress", "far"), [(True, EVERYWHERE), (False, "10.0.0.0/26")])
def test_the_acl_of_a_nat_gateways_subnet_counts_both_ways(egress, far):
    world = behind_nat()
    world.acls["edge"] = (WEntry(50, False, egress, -1, ANY_PORT, far), *OPEN)
    world.subnets["edge"] = replace(world.subnets["edge"], acl="edge")
    assert ends(world) == {}


def test_an_instance_that_translates_is_a_nat_gateway():
    world = a_world(to(K.NETWORK_INTERFACE, "appliance"))
    world.groups["appliance"] = ("hub", (OUT, WRule(False, 6, (443, 443), "10.0.0.0/24")))
    appliance = WInterface("edge", "10.0.0.70", ("appliance",), Public.YES, forwards=True)
    world.interfaces["appliance"] = appliance
    (leak,) = ways_out(network_of(world))["node"]
    assert (leak.key, leak.certain) == ("igw", True)
    assert {b.ports.spans for b in leak.traffic.boxes} == {((443, 443),)}
    world.interfaces["appliance"] = replace(appliance, forwards=False)
    assert ends(world) == {}
    world.interfaces["appliance"] = replace(appliance, public=Public.NO)
    assert ends(world) == {}
    world.interfaces["appliance"] = replace(appliance, groups=("shut",))
    assert ends(world) == {}


def test_what_enters_a_machine_may_leave_by_its_other_interface():
    world = a_world(to(K.NETWORK_INTERFACE, "inner"))
    world.tables["edge"] = ("hub", (to(K.VPN_GATEWAY, "vgw"),))
    world.groups["wide"] = ("hub", (OUT, replace(OUT, egress=False)))
    world.interfaces["inner"] = WInterface("nodes", "10.0.0.5", ("wide",), forwards=True)
    world.interfaces["outer"] = WInterface("edge", "10.0.0.70", ("wide",), forwards=True)
    assert ends(world) == {}
    network = network_of(world)
    joined = {
        name: it if name == "node" else replace(it, instance="i-1")
        for name, it in network.interfaces.items()
    }
    network = replace(network, interfaces=joined)
    assert ("vgw", True) in ends(network)
    nothing_in = tuple(e for e in network.network_acls["open"].entries if e.egress)
    acls = {
        **network.network_acls,
        "out": replace(network.network_acls["open"], entries=nothing_in),
    }
    nodes = replace(network.subnets["nodes"], network_acl="out")
    network = replace(
        network, network_acls=acls, subnets={**network.subnets, "nodes": nodes}
    )  # the node and the machine share a subnet, within which no ACL is asked
    assert ("vgw", True) in ends(network)
    edge = replace(network.subnets["edge"], network_acl="out")
    network = replace(network, subnets={**network.subnets, "edge": edge})
    assert ("vgw", True) in ends(network)  # it sets out from edge, and nothing need enter there


def test_two_interfaces_that_hand_to_each_other_come_to_an_end():
    world = a_world(to(K.NETWORK_INTERFACE, "one"))
    world.tables["edge"] = ("hub", (to(K.NETWORK_INTERFACE, "two"),))
    world.groups["wide"] = ("hub", (OUT, replace(OUT, egress=False)))
    world.interfaces["one"] = WInterface("edge", "10.0.0.70", ("wide",), forwards=True)
    world.interfaces["two"] = WInterface("nodes", "10.0.0.6", ("wide",), forwards=True)
    assert ends(world) == {}
    world.tables["edge"] = (
        "hub",
        (*world.tables["edge"][1], to(K.VPN_GATEWAY, "v", "192.0.2.0/24")),
    )
    assert ends(world) == {("v", True): block("192.0.2.0/24")}


def test_a_machine_in_two_vpcs_does_not_lend_its_senders_public_address():
    world = with_another_vpc(a_world(to(K.NETWORK_INTERFACE, "inner"), public=Public.YES), to_far())
    world.internet_gateways["igw-far"] = "far"
    world.groups["wide"] = ("hub", (OUT, replace(OUT, egress=False)))
    world.interfaces["inner"] = WInterface("nodes", "10.0.0.5", ("wide",), forwards=True)
    world.interfaces["outer"] = WInterface("far", "10.1.0.5", ("wide",), forwards=True)
    for public, found in ((Public.NO, {}), (Public.YES, {("igw-far", True)})):
        world.interfaces["outer"] = replace(world.interfaces["outer"], public=public)
        network = network_of(world)
        joined = {
            name: replace(it, instance="i-1") if name in ("inner", "outer") else it
            for name, it in network.interfaces.items()
        }
        assert set(ends(replace(network, interfaces=joined))) == set(found)


@pytest.mark.parametrize("gateway", ["igw", "vgw"])
def test_a_table_of_a_gateway_opens_and_closes_nothing(gateway):
    """It is asked where packets come in from outside, and here every packet sets out inside."""
    world = a_world(to_igw(), public=Public.YES)
    world.vpn_gateways = {"vgw": "hub"}
    world.interfaces["box"] = WInterface("edge", "10.0.0.70", ("node",), Public.YES, True)
    before = network_of(world)
    steered = tuple(to(K.NETWORK_INTERFACE, "box", where) for where in ("10.0.0.0/26",))
    world.tables["incoming"] = ("hub", steered)
    network = network_of(world)
    table = replace(network.route_tables["incoming"], gateways=(gateway,))
    after = replace(network, route_tables={**network.route_tables, "incoming": table})
    assert ways_out(after) == ways_out(before) and ways_out(before)["node"]
    assert reachable(after) == reachable(before)
    nodes = replace(after.subnets["nodes"], route_table="incoming")  # the twin: a subnet's own
    assert ways_out(replace(after, subnets={**after.subnets, "nodes": nodes})) != ways_out(before)


def test_an_address_that_does_not_lie_in_the_subnet_hides_no_way():
    """Nor where the interface has an address of IPv6 that does."""
    network = network_of(a_world(to(K.VPN_GATEWAY, "vgw", "192.0.2.0/24")))
    nodes = replace(network.subnets["nodes"], addresses=block("10.0.0.0/26", "2001:db8::/64"))
    for six in ("", "2001:db8::4"):
        node = replace(network.interfaces["node"], addresses=block("10.9.9.9", six))
        there = replace(network, subnets={**network.subnets, "nodes": nodes})
        found = ends(replace(there, interfaces={"node": node}))
        assert found == {("vgw", True): block("192.0.2.0/24")}


def test_a_subnet_of_unknown_addresses_hides_no_way():
    """What may lie in it may as well lie outside, and is routed."""
    world = a_world(to(K.VPN_GATEWAY, "vgw"))
    network, outside = network_of(world), block("192.0.2.0/24")
    for known in (block("10.0.0.0/26"), EVERY_ADDRESS - EVERY_IPV6, EVERY_ADDRESS):
        nodes = replace(network.subnets["nodes"], addresses=known)
        found = ends(replace(network, subnets={**network.subnets, "nodes": nodes}))
        assert outside <= found["vgw", True]


# IPv6


def six(network: Network, *routes: Route) -> Network:
    """The same with IPv6 in every subnet and through every filter, and these routes for the nodes.

    Which addresses of IPv6 they are is not told.
    """
    anything = {
        name: replace(group, rules=tuple(replace(r, traffic=EVERYTHING) for r in group.rules))
        for name, group in network.security_groups.items()
    }
    acl = network.network_acls["open"]
    entries = tuple(replace(entry, traffic=EVERYTHING) for entry in acl.entries)
    nodes = network.route_tables["nodes"]
    nodes = replace(nodes, routes=(*nodes.routes, *routes))
    return replace(
        network,
        vpcs={n: replace(v, addresses=v.addresses | EVERY_IPV6) for n, v in network.vpcs.items()},
        subnets={
            n: replace(s, addresses=s.addresses | EVERY_IPV6) for n, s in network.subnets.items()
        },
        interfaces={
            n: replace(i, addresses=i.addresses | EVERY_IPV6) for n, i in network.interfaces.items()
        },
        security_groups=anything,
        network_acls={"open": replace(acl, entries=entries)},
        route_tables={**network.route_tables, "nodes": nodes},
    )


def route_of(kind: TargetKind, of: str, where: Ranges = EVERY_IPV6, length: int = 0) -> Route:
    return Route("r", "r", ((where, length),), Target(kind, of))


@pytest.mark.parametrize("kind", [K.EGRESS_ONLY_INTERNET_GATEWAY, K.INTERNET_GATEWAY])
def test_ipv6_leaves_by_a_gateway_and_needs_no_public_address(kind):
    network = six(network_of(a_world()), route_of(kind, "gw"))
    assert ends(network) == {("gw", True): EVERY_IPV6}
    without = network_of(a_world()).subnets
    assert ends(replace(network, subnets=without)) == {}


def test_an_egress_only_gateway_takes_no_ipv4():
    world = a_world(to(K.EGRESS_ONLY_INTERNET_GATEWAY, "eigw"), public=Public.YES)
    assert ends(world) == {}
    assert ends(a_world(to_igw(), public=Public.YES)) != {}


@pytest.mark.parametrize("family", [EVERY_IPV4, EVERY_IPV6])
def test_what_is_unknown_of_one_family_leaves_the_other_decided(family):
    route = Route("r", "r", None, Target(K.VPN_GATEWAY, "vgw"), family=family)
    found = ends(six(network_of(a_world()), route))
    assert set(found) == {("vgw", False)} and found["vgw", False] <= family
    network = network_of(through_transit(spoke=WTransitRoute("192.0.2.0/24", "att-vpn")))
    spokes = replace(network.transit_gateway_tables["spokes"], untold=family)
    network = replace(network, transit_gateway_tables={"spokes": spokes})
    found = ends(six(network, route_of(K.TRANSIT_GATEWAY, "tgw")))
    assert found["att-vpn", True] == block("192.0.2.0/24")
    assert found["spokes", False] and found["spokes", False] <= family


def test_ipv6_of_another_vpc_does_not_leave_by_this_ones_gateway():
    world = through_transit(spoke=WTransitRoute(EVERYWHERE, "att-far"))
    network = six(network_of(world), route_of(K.TRANSIT_GATEWAY, "tgw"))
    spokes = network.transit_gateway_tables["spokes"]
    all_six = tuple(replace(r, destination=(EVERY_IPV6, 0)) for r in spokes.routes)
    far = network.route_tables["far"]

    def by(kind: TargetKind) -> Network:
        tables = {"far": replace(far, routes=(*far.routes, route_of(kind, "gw")))}
        return replace(
            network,
            route_tables={**network.route_tables, **tables},
            transit_gateway_tables={"spokes": replace(spokes, routes=all_six)},
        )

    assert ends(by(K.INTERNET_GATEWAY)) == {}
    assert ends(by(K.VPN_GATEWAY)) == {("gw", True): EVERY_IPV6}


NAT64 = addresses([ip_network("64:ff9b::/96")])


def test_a_nat_gateway_makes_ipv4_of_ipv6_and_sends_it_by_its_own_table():
    """To 8.8.8.8 as to 64:ff9b::808:808, and to nowhere else of IPv6."""
    for route in (route_of(K.NAT_GATEWAY, "nat", NAT64, 96), route_of(K.NAT_GATEWAY, "nat")):
        network = six(network_of(behind_nat()), route)
        found = ends(network)["igw", True] & EVERY_IPV6
        assert found <= NAT64 and addresses([ip_network("64:ff9b::808:808")]) <= found
        assert not found & addresses([ip_network("64:ff9b::a00:0/120")]), "its own VPC's addresses"
        for leak in ways_out(network)["node"]:
            if leak.traffic.to(EVERY_IPV6):
                protocols = [b.protocols.spans for b in leak.traffic.to(EVERY_IPV6).boxes]
                assert protocols == [((6, 6), (17, 17)), ((58, 58),)]


def test_what_a_nat_gateway_makes_of_ipv6_is_stopped_where_its_ipv4_would_be():
    route = route_of(K.NAT_GATEWAY, "nat", NAT64, 96)
    assert ("igw", True) in ends(six(network_of(behind_nat()), route))
    world = behind_nat()
    world.tables["edge"] = ("hub", (to_igw("192.0.2.0/24"),))
    found = ends(six(network_of(world), route))["igw", True] & EVERY_IPV6
    assert found == addresses([ip_network("64:ff9b::192.0.2.0/120")])
    world.nats = {"nat": replace(world.nats["nat"], public=False)}
    assert ends(six(network_of(world), route)) == {}


# Other VPCs


def peered(*routes: WRoute) -> World:
    world = with_another_vpc(a_world(to(K.VPC_PEERING_CONNECTION, "pcx")), *routes)
    world.peerings = {"pcx": ("hub", "far")}
    return world


def test_a_peering_leads_to_the_other_vpcs_own_addresses_and_no_further():
    world = peered(to(K.NAT_GATEWAY, "nat"), to_igw("128.0.0.0/1"))
    world.nats = {"nat": WNat("far", "10.1.0.60", True)}
    assert ends(world) == {}
    network = network_of(world)
    (meeting,) = may_reach(network, "node", "far")
    assert meeting.traffic.addresses == block("10.1.0.4")
    assert {(b.protocols.spans, b.ports.spans) for b in meeting.traffic.boxes} == {
        (((6, 6),), ((443, 443),))
    }
    assert may_reach(network, "node", "far", box(EVERY_ADDRESS, 6, Ranges.of([(80, 80)]))) == ()


def test_a_peering_with_somebody_elses_vpc_is_undecided():
    network = network_of(peered())
    foreign = VpcPeeringConnection("pcx", "pcx", "hub", Hole("vpc-9"))
    found = ends(replace(network, peerings={"pcx": foreign}))
    assert list(found) == [("pcx", False)]


def test_a_peering_takes_no_packets_that_only_pass_through():
    world = through_transit(
        to(K.VPC_PEERING_CONNECTION, "pcx"), spoke=WTransitRoute(EVERYWHERE, "att-far")
    )
    world.vpcs["third"] = "10.2.0.0/24"
    world.tables["third"] = ("third", ())
    world.subnets["third"] = WSubnet("third", "a", "10.2.0.0/26", "third", "open")
    world.groups["wide"] = ("third", (replace(OUT, egress=False),))
    world.interfaces["third"] = WInterface("third", "10.2.0.4", ("wide",))
    world.interfaces["far"] = replace(world.interfaces["far"], groups=("node",))
    world.peerings = {"pcx": ("far", "third")}
    assert may_reach(network_of(world), "node", "third") == ()
    assert may_reach(network_of(world), "far", "third") != ()


def test_a_transit_gateway_is_entered_in_the_senders_zone():
    world = through_transit(spoke=WTransitRoute("192.0.2.0/24", "att-vpn"))
    world.acls["shut"] = ()
    world.subnets["edge"] = replace(world.subnets["edge"], zone="b")
    world.subnets["ta"] = WSubnet("hub", "a", "10.0.0.128/26", "edge", "shut")
    world.attachments["att-hub"] = WAttachment("hub", ("ta", "edge"))
    assert ends(world) == {}
    world.subnets["ta"] = replace(world.subnets["ta"], zone="c")  # none in the sender's zone: any
    assert ends(world) != {}


@pytest.mark.parametrize(
    ("sender", "shut", "wide"),
    [("", "", ""), ("a", "", ""), ("", "a", "b"), ("a", "euw1-az1", "euw1-az2"), ("a", "b", "")],
)
def test_an_unknown_zone_may_be_the_senders(sender, shut, wide):
    world = through_transit(spoke=WTransitRoute("192.0.2.0/24", "att-vpn"))
    world.acls["shut"] = ()
    world.subnets["nodes"] = replace(world.subnets["nodes"], zone=sender)
    world.subnets["edge"] = replace(world.subnets["edge"], zone=wide)
    world.subnets["ta"] = WSubnet("hub", shut, "10.0.0.128/26", "edge", "shut")
    world.attachments["att-hub"] = WAttachment("hub", ("ta", "edge"))
    assert list(ends(world)) == [("att-vpn", False)]
    world.subnets["ta"] = replace(world.subnets["ta"], acl=world.subnets["edge"].acl)
    assert list(ends(world)) == [("att-vpn", True)], "one ACL decides wherever it is entered"


def test_of_an_unknown_zone_is_no_subnet_beside_the_senders_own():
    world = through_transit(spoke=WTransitRoute("192.0.2.0/24", "att-vpn"))
    world.acls["shut"] = ()
    world.subnets["edge"] = replace(world.subnets["edge"], zone="")
    world.subnets["ta"] = WSubnet("hub", "a", "10.0.0.128/26", "edge", "shut")
    world.attachments["att-hub"] = WAttachment("hub", ("ta", "edge"))
    assert ends(world) == {}
    world.subnets["ta"] = replace(world.subnets["ta"], zone="")
    assert list(ends(world)) == [("att-vpn", False)]


@pytest.mark.parametrize(("lets_in", "passes"), [("10.0.0.124/32", True), ("10.0.0.4/32", False)])
def test_behind_a_nat_gateway_filters_see_the_gateways_address(lets_in, passes):
    world = through_transit(spoke=WTransitRoute("192.0.2.0/24", "att-vpn"))
    world.tables["nodes"] = ("hub", (to(K.NAT_GATEWAY, "nat"),))
    world.tables["edge"] = ("hub", (to(K.TRANSIT_GATEWAY, "tgw"),))
    world.nats = {"nat": WNat("edge", "10.0.0.124", False)}
    world.acls["picky"] = (WEntry(100, True, False, -1, ANY_PORT, lets_in),)
    world.subnets["ta"] = WSubnet("hub", "a", "10.0.0.128/26", "edge", "picky")
    world.attachments["att-hub"] = WAttachment("hub", ("ta",))
    assert bool(ends(world)) is passes


def through_transit(*far: WRoute, spoke: WTransitRoute) -> World:
    world = with_another_vpc(a_world(to(K.TRANSIT_GATEWAY, "tgw")), *far)
    world.attachments = {
        "att-hub": WAttachment("hub", ("nodes",)),
        "att-far": WAttachment("far", ("far",)),
        "att-vpn": WAttachment(None),
    }
    world.transit_tables = {"spokes": WTransitTable(("att-hub",), (spoke,))}
    return world


def test_a_transit_gateway_leads_through_another_vpcs_nat_gateway():
    world = through_transit(to(K.NAT_GATEWAY, "nat"), spoke=WTransitRoute(EVERYWHERE, "att-far"))
    world.subnets["public"] = WSubnet("far", "a", "10.1.0.64/26", "public", "open")
    world.tables["public"] = ("far", (to(K.INTERNET_GATEWAY, "igw-far"),))
    world.internet_gateways["igw-far"] = "far"
    world.nats = {"nat": WNat("public", "10.1.0.124", True)}
    (leak,) = ways_out(network_of(world))["node"]
    assert (leak.key, leak.certain) == ("igw-far", True)
    assert told(leak.traffic, leak.path) == (
        "10.0.0.4 to 1.0.0.1 by tcp/443: network interface node (nodes, 10.0.0.4/32)"
        " -> route table nodes (0.0.0.0/0) -> transit gateway tgw -> attachment att-hub"
        " -> transit gateway route table spokes (0.0.0.0/0) -> attachment att-far (far)"
        " -> route table far (0.0.0.0/0) -> NAT gateway nat (public)"
        " -> route table public (0.0.0.0/0) -> internet gateway igw-far"
    )


def test_another_vpcs_internet_gateway_takes_nothing_without_translation():
    world = through_transit(
        to(K.INTERNET_GATEWAY, "igw-far"), spoke=WTransitRoute(EVERYWHERE, "att-far")
    )
    world.internet_gateways["igw-far"] = "far"
    world.interfaces["node"] = replace(world.interfaces["node"], public=Public.YES)
    assert ends(world) == {}


@pytest.mark.parametrize(
    ("attachment", "found"), [("att-vpn", {("att-vpn", True)}), (None, set()), ("att-far", set())]
)
def test_a_transit_gateway_sends_by_the_table_of_the_attachment(attachment, found):
    world = through_transit(spoke=WTransitRoute("192.0.2.0/24", attachment))
    assert set(ends(world)) == found


def test_a_transit_gateways_static_route_wins_over_a_propagated_one():
    world = through_transit(spoke=WTransitRoute("192.0.2.0/24", "att-vpn", propagated=True))
    routes = (*world.transit_tables["spokes"].routes, WTransitRoute("192.0.2.0/24", None))
    assert ends(world) != {}
    world.transit_tables["spokes"] = replace(world.transit_tables["spokes"], routes=routes)
    assert ends(world) == {}


def test_an_attachment_without_a_table_or_with_half_a_table_is_undecided():
    world = through_transit(spoke=WTransitRoute("192.0.2.0/24", "att-far"))
    world.transit_tables = {}
    assert set(ends(world)) == {("tgw", False)}
    network = network_of(through_transit(spoke=WTransitRoute("192.0.2.0/24", "att-far")))
    half = replace(network.transit_gateway_tables["spokes"], untold=EVERY_ADDRESS)
    assert set(ends(replace(network, transit_gateway_tables={"spokes": half}))) == {
        ("spokes", False)
    }


# Filters


@pytest.mark.parametrize(
    ("entries", "passes"),
    [
        ((WEntry(100, True, True, -1, ANY_PORT, EVERYWHERE),), True),
        ((), False),
        (
            (
                WEntry(200, True, True, -1, ANY_PORT, EVERYWHERE),
                WEntry(100, False, True, -1, ANY_PORT, EVERYWHERE),
            ),
            False,
        ),
        ((WEntry(100, True, False, -1, ANY_PORT, EVERYWHERE),), False),
    ],
)
def test_an_acl_decides_by_its_lowest_number_and_denies_the_rest(entries, passes):
    world = a_world(to(K.VPN_GATEWAY, "vgw"))
    world.acls["open"] = entries
    assert bool(ends(world)) is passes


def test_an_acl_is_not_asked_within_a_subnet():
    world = a_world()
    world.acls["open"] = ()
    world.groups["wide"] = ("hub", (replace(OUT, egress=False),))
    world.interfaces["same"] = WInterface("nodes", "10.0.0.9", ("wide",))
    world.interfaces["other"] = WInterface("edge", "10.0.0.70", ("wide",))
    assert [b for a, b in reachable(network_of(world)) if a == "node"] == ["same"]


def test_a_reference_lets_those_in_that_carry_the_group_and_self_is_one():
    world = a_world()
    world.groups["mates"] = ("hub", (WRule(False, 6, (22, 22), peer="mates"), OUT))
    world.interfaces["mate"] = WInterface("edge", "10.0.0.70", ("mates",))
    world.interfaces["too"] = WInterface("nodes", "10.0.0.9", ("mates",))
    found = reachable(network_of(world))
    assert set(found) == {("mate", "mate"), ("mate", "too"), ("too", "mate"), ("too", "too")}
    (meeting,) = found["mate", "too"]
    assert meeting.traffic <= box(block("10.0.0.9"), 6, Ranges.of([(22, 22)]))


def test_a_reference_over_a_transit_gateway_is_undecided_and_over_a_peering_is_not():
    rule = WRule(False, 6, (443, 443), peer="node")
    over = through_transit(spoke=WTransitRoute("10.1.0.0/24", "att-far"))
    across = peered()
    for world, doubtful in ((over, True), (across, False)):
        world.groups["far"] = ("far", (rule,))
        (meeting,) = may_reach(network_of(world), "node", "far")
        assert bool(meeting.doubts) is doubtful


def test_a_reference_to_a_group_that_nobody_described_reaches_no_further_than_neighbours():
    world = a_world(to(K.VPN_GATEWAY, "vgw"))
    world.groups["node"] = ("hub", (WRule(True, -1, ANY_PORT, peer="sg-9"),))
    assert ends(world) == {}
    world = peered()
    world.groups["node"] = ("hub", (WRule(True, -1, ANY_PORT, peer="sg-9"),))
    network = network_of(world)
    foreign = VpcPeeringConnection("pcx", "pcx", "hub", Hole("vpc-9"))
    assert set(ends(replace(network, peerings={"pcx": foreign}))) == {("pcx", False)}


def test_protocols_without_ports_pass_by_protocol():
    world = a_world(to(K.VPN_GATEWAY, "vgw", "192.0.2.0/24"))
    world.groups["node"] = ("hub", (WRule(True, 1, (8, 8)), WRule(True, 50, ANY_PORT)))
    (leak,) = ways_out(network_of(world))["node"]
    assert {p for b in leak.traffic.boxes for p in (1, 6, 17, 50) if p in b.protocols} == {1, 50}


# What counts as outside


def test_the_caller_says_what_is_inside_and_which_connections_may_carry_what():
    listed = WRoute(("172.16.0.0/12", "192.0.2.0/24"), K.VPN_GATEWAY, "vgw")
    found = ways_out(network_of(a_world(listed)))["node"]

    def outside(**given: object) -> Ranges:
        found_ = leaks(found, **given)  # type: ignore[arg-type]
        assert all(isinstance(leak, Leak) for leak in found_)
        return found_[0].traffic.addresses if found_ else NOTHING

    everything = block("172.16.0.0/12") | block("192.0.2.0/24")
    assert outside() == everything
    assert outside(inside=block("172.16.0.0/12")) == block("192.0.2.0/24")
    assert outside(connections={"vgw": block("192.0.2.0/24")}) == block("172.16.0.0/12")
    assert outside(connections={"nodes": everything}) == NOTHING
    assert outside(connections={"other": everything}) == everything


def test_a_gateway_endpoint_is_told_as_one_and_is_not_a_leak():
    found = ways_out(network_of(a_world(to(K.GATEWAY_ENDPOINT, "vpce"))))["node"]
    assert [leak.kind for leak in found] == [K.GATEWAY_ENDPOINT]
    assert leaks(found) == []


def test_only_workload_is_asked_about():
    network = network_of(a_world(to(K.VPN_GATEWAY, "vgw")))
    assert list(ways_out(network)) == ["node"]
    idle: Interface = replace(network.interfaces["node"], workload=False)
    assert ways_out(replace(network, interfaces={"node": idle})) == {}


def test_the_work_grows_with_the_network_and_not_with_the_interfaces_in_it():
    world = through_transit(spoke=WTransitRoute(EVERYWHERE, "att-vpn"))
    few = Map(Steps(network_of(world))).out
    for n in range(5, 40):
        world.interfaces[f"node-{n}"] = replace(world.interfaces["node"], address=f"10.0.0.{n}")
    many = Map(Steps(network_of(world))).out
    assert few == many and few != {}
    assert all(ends(world, f"node-{n}") == ends(world) for n in (5, 39))
