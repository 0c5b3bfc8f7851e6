"""Route tables: every form that a route is written in, and what AWS adds by itself."""

import pytest

from model.network import Hole, Network, RouteTable
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.views import called, names, routes

NET = node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"}, defaultRouteTableId="rtb-main")
TABLE = node(t.TABLE, "table", {"vpcId": "net"})
LOCAL = "10.0.0.0/16 > local"
TARGETS = [
    ("natGatewayId", t.NAT, "NAT gateway"),
    ("egressOnlyGatewayId", t.EGRESS_ONLY, "egress-only internet gateway"),
    ("carrierGatewayId", t.CARRIER, "carrier gateway"),
    ("vpcPeeringConnectionId", t.PEERING, "VPC peering connection"),
    ("transitGatewayId", t.TRANSIT, "transit gateway"),
    ("networkInterfaceId", t.INTERFACE, "network interface"),
    ("instanceId", t.INSTANCE, "network interface"),
    ("vpcEndpointId", t.ENDPOINT, "Gateway Load Balancer endpoint"),
    ("gatewayId", t.GATEWAY, "internet gateway"),
    ("gatewayId", t.VPN_GATEWAY, "virtual private gateway"),
    ("gatewayId", t.CARRIER, "carrier gateway"),
]


def table(found: Network, key: str = "table") -> RouteTable:
    return found.route_tables[key]


@pytest.mark.parametrize(("name", "type_", "kind"), TARGETS)
def test_a_target_is_known_by_id_and_by_source(name, type_, kind):
    target = node(type_, "there")
    for value, sources in (("there", {}), (UNKNOWN, {name: ["there"]})):
        props = {"routeTableId": "table", "destinationCidrBlock": "0.0.0.0/0", name: value}
        found = network(NET, TABLE, target, node(t.ROUTE, "out", props, sources))
        assert routes(table(found)) == {LOCAL, f"0.0.0.0/0 > {kind} there"}


@pytest.mark.parametrize(("name", "type_", "kind"), TARGETS)
def test_a_target_is_known_within_a_table_too(name, type_, kind):
    for value, sources in (("there", {}), (UNKNOWN, {"routes": ["there"]})):
        for own in (t.TABLE, t.DEFAULT_TABLE):
            props = {
                "vpcId": "net",
                "defaultRouteTableId": "rtb-main",
                "routes": [{"cidrBlock": "0.0.0.0/0", name: value}],
            }
            found = network(NET, node(type_, "there"), node(own, "table", props, sources))
            key = "table" if own == t.TABLE else "net#main-route-table"
            assert routes(table(found, key)) == {LOCAL, f"0.0.0.0/0 > {kind} there"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("gatewayId", "igw-1", "internet gateway ? igw-1"),
        ("gatewayId", "vgw-1", "virtual private gateway ? vgw-1"),
        ("gatewayId", "vpce-1", "Gateway Load Balancer endpoint ? vpce-1"),
        ("gatewayId", "odd", "unknown ? odd"),
        ("gatewayId", UNKNOWN, "unknown ? gatewayId of Route 'out', which is unknown"),
        ("natGatewayId", "nat-1", "NAT gateway ? nat-1"),
        ("localGatewayId", "lgw-1", "local gateway ? lgw-1"),
        ("coreNetworkArn", "arn:core", "core network ? arn:core"),
        ("odbNetworkArn", "arn:odb", "ODB network ? arn:odb"),
        ("nothing", "", "unknown ? a route of 'out' has no target that can be read"),
    ],
)
def test_a_target_that_nobody_described_is_a_hole(name, value, said):
    props = {"routeTableId": "table", "destinationCidrBlock": "10.9.0.0/16", name: value}
    found = network(NET, TABLE, node(t.ROUTE, "out", props))
    assert routes(table(found)) == {LOCAL, f"10.9.0.0/16 > {said}"}


def test_a_route_with_two_targets_leads_nobody_knows_where():
    both = {"natGatewayId": "nat-1", "transitGatewayId": "tgw-1"}
    props = {"routeTableId": "table", "destinationCidrBlock": "10.9.0.0/16", **both}
    (route,) = (
        r for r in table(network(NET, TABLE, node(t.ROUTE, "out", props))).routes if r.target.of
    )
    assert isinstance(route.target.of, Hole) and "more than one" in route.target.of.what


def test_two_gateways_among_the_sources_leave_the_kind_open():
    props = {"routeTableId": "table", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN}
    either = node(t.ROUTE, "out", props, {"gatewayId": ["igw", "vgw"]})
    found = network(NET, TABLE, node(t.GATEWAY, "igw"), node(t.VPN_GATEWAY, "vgw"), either)
    (route,) = (r for r in table(found).routes if r.target.of is not None)
    assert route.target.kind.value == "unknown"


def test_a_gateway_is_meant_through_its_attachment():
    attachment = node(
        t.GATEWAY_ATTACHMENT, "attached", {"internetGatewayId": "igw", "vpcId": "net"}
    )
    props = {"routeTableId": "table", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN}
    route = node(t.ROUTE, "out", props, {"gatewayId": ["attached"]})
    found = network(NET, TABLE, node(t.GATEWAY, "igw"), attachment, route)
    assert routes(table(found)) == {LOCAL, "0.0.0.0/0 > internet gateway igw"}


def test_destinations_are_of_either_family_and_unknown_ones_may_be_any():
    def with_destination(**destination: object) -> set[str]:
        props = {"routeTableId": "table", "natGatewayId": "nat-1", **destination}
        return routes(table(network(NET, TABLE, node(t.ROUTE, "out", props))))

    nat = "NAT gateway ? nat-1"
    assert with_destination(destinationIpv6CidrBlock="::/0") == {LOCAL, f"::/0 > {nat}"}
    assert with_destination(destinationIpv6CidrBlock=UNKNOWN) == {LOCAL, f"? > {nat}"}
    assert with_destination(destinationCidrBlock=UNKNOWN) == {LOCAL, f"? > {nat}"}
    assert with_destination() == {LOCAL, f"? > {nat}"}
    assert with_destination(destinationPrefixListId="pl-1") == {LOCAL, f"? > {nat}"}


def test_a_prefix_list_is_resolved_to_its_entries_wherever_they_are_written():
    props = {"routeTableId": "table", "natGatewayId": "nat-1", "destinationPrefixListId": "list"}
    inline = node(t.LIST, "list", {"entries": [{"cidr": "10.1.0.0/16"}, {"cidr": "fd00::/8"}]})
    bare = node(t.LIST, "list")
    entry = node(t.LIST_ENTRY, "one", {"prefixListId": "list", "cidr": "10.1.0.0/16"})
    both = "10.1.0.0/16, fd00::/8"
    for where, listed in ((both, [inline]), ("10.1.0.0/16", [bare, entry])):
        found = network(NET, TABLE, *listed, node(t.ROUTE, "out", props))
        assert routes(table(found)) == {LOCAL, f"{where} > NAT gateway ? nat-1"}
        assert [route.prefix_list for route in table(found).routes] == [False, True]


@pytest.mark.parametrize(
    "listed",
    [
        [node(t.LIST, "list", {"entries": UNKNOWN})],
        [node(t.LIST, "list", {"entries": [{"cidr": UNKNOWN}]})],
        [node(t.LIST, "list"), node(t.LIST_ENTRY, "e", {"prefixListId": "list", "cidr": UNKNOWN})],
        [
            node(t.LIST, "list"),
            node(t.LIST, "other"),
            node(
                t.LIST_ENTRY,
                "e",
                {"prefixListId": UNKNOWN, "cidr": "10.1.0.0/16"},
                {"prefixListId": ["list", "other"]},
            ),
        ],
        [node(t.ENDPOINT, "s3", {"vpcId": "net"}, prefixListId="list")],
    ],
    ids=["unknown", "unknown entry", "unknown separate entry", "doubtful entry", "kept by AWS"],
)
def test_a_prefix_list_that_nobody_knows_may_hold_any_address(listed):
    props = {"routeTableId": "table", "natGatewayId": "nat-1", "destinationPrefixListId": "list"}
    found = network(NET, TABLE, *listed, node(t.ROUTE, "out", props))
    assert "? > NAT gateway ? nat-1" in routes(table(found))


def test_each_block_of_a_vpc_has_its_local_route():
    more = node(t.BLOCK, "more", {"vpcId": "net", "cidrBlock": "10.1.0.0/16"})
    found = network(NET, TABLE, more)
    assert routes(table(found)) == {LOCAL, "10.1.0.0/16 > local"}  # not one of 10.0.0.0/15
    assert found.vpcs["net"].addresses.count == 2 * 65536
    unknown = network(NET, TABLE, node(t.BLOCK, "more", {"vpcId": "net"}))
    assert routes(table(unknown)) == {LOCAL, "? > local"}
    assert unknown.vpcs["net"].addresses.count == 2**32


def test_a_route_of_the_same_destination_takes_the_place_of_the_local_one():
    props = {"routeTableId": "table", "destinationCidrBlock": "10.0.0.0/16"}
    elsewhere = node(t.ROUTE, "r", {**props, "networkInterfaceId": "eni-1"})
    found = network(NET, TABLE, elsewhere)
    assert routes(table(found)) == {"10.0.0.0/16 > network interface ? eni-1"}
    stays = node(t.ROUTE, "r", {**props, "gatewayId": "local"})
    assert routes(table(network(NET, TABLE, stays))) == {LOCAL}


def test_a_table_of_a_supplied_vpc_has_local_routes_of_unknown_reach():
    found = network(node(t.TABLE, "table", {"vpcId": "vpc-1"}))
    assert routes(table(found)) == {"? > local"} and table(found).complete


@pytest.mark.parametrize("type_", [t.TABLE, t.DEFAULT_TABLE])
def test_routes_that_are_unknown_as_a_whole_leave_the_table_incomplete(type_):
    whole = network(node(type_, "table", {"vpcId": "vpc-1", "routes": UNKNOWN}))
    assert not table(whole).complete
    one = network(NET, node(t.TABLE, "table", {"vpcId": "net", "routes": [UNKNOWN]}))
    said = "? > unknown ? a route of 'table' that is unknown"
    assert routes(table(one)) == {LOCAL, said} and table(one).complete


def test_a_vpc_comes_with_a_main_table_of_local_routes_that_may_be_taken_over():
    bare = table(network(NET), "net#main-route-table")
    assert routes(bare) == {LOCAL} and bare.complete and bare.vpc == "net"
    way = {"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}
    taken = node(t.DEFAULT_TABLE, "d", {"defaultRouteTableId": "rtb-main", "routes": [way]})
    found = network(NET, taken)
    assert list(found.route_tables) == ["net#main-route-table"]
    assert "0.0.0.0/0 > internet gateway ? igw-1" in routes(table(found, "net#main-route-table"))


def test_a_route_may_be_added_to_the_main_table_by_what_the_vpc_gives_out():
    for value, sources in (("rtb-main", {}), (UNKNOWN, {"routeTableId": ["net"]})):
        props = {"routeTableId": value, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}
        found = network(NET, node(t.ROUTE, "out", props, sources))
        main = table(found, "net#main-route-table")
        assert "0.0.0.0/0 > internet gateway ? igw-1" in routes(main)


def test_a_route_whose_table_is_in_doubt_leaves_each_of_them_incomplete():
    props = {"routeTableId": UNKNOWN, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}
    other = node(t.TABLE, "other", {"vpcId": "net"})
    found = network(
        NET, TABLE, other, node(t.ROUTE, "out", props, {"routeTableId": ["table", "other"]})
    )
    assert not table(found).complete and not table(found, "other").complete
    assert table(found, "net#main-route-table").complete


def test_a_route_into_a_supplied_table_is_kept_under_its_id():
    props = {"routeTableId": "rtb-9", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}
    supplied = table(network(node(t.ROUTE, "out", props)), "rtb-9")
    assert "0.0.0.0/0 > internet gateway ? igw-1" in routes(supplied)
    assert not supplied.complete


def test_a_subnet_has_its_own_table_or_the_main_one():
    place = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.1.0/24"})
    own = node(t.ASSOCIATION, "as", {"subnetId": "a", "routeTableId": "table"})
    assert network(NET, TABLE, place).subnets["a"].route_table == "net#main-route-table"
    assert network(NET, TABLE, place, own).subnets["a"].route_table == "table"
    main = node(t.MAIN, "m", {"vpcId": "net", "routeTableId": "table"})
    assert network(NET, TABLE, place, main).subnets["a"].route_table == "table"
    supplied = node(t.SUBNET, "a", {"vpcId": "vpc-1", "cidrBlock": "10.0.1.0/24"})
    assert network(supplied).subnets["a"].route_table == Hole("main route table of vpc-1")


def test_a_subnet_of_two_tables_or_of_a_doubtful_one_has_a_hole():
    place = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.1.0/24"})
    other = node(t.SUBNET, "b", {"vpcId": "net", "cidrBlock": "10.0.2.0/24"})
    one = node(t.ASSOCIATION, "1", {"subnetId": "a", "routeTableId": "table"})
    two = node(t.ASSOCIATION, "2", {"subnetId": "a", "routeTableId": "rtb-main"})
    assert isinstance(network(NET, TABLE, place, one, two).subnets["a"].route_table, Hole)
    props = {"subnetId": UNKNOWN, "routeTableId": "table"}
    doubt = node(t.ASSOCIATION, "1", props, {"subnetId": ["a", "b"]})
    found = network(NET, TABLE, place, other, doubt)
    assert all(isinstance(found.subnets[name].route_table, Hole) for name in "ab")


def test_a_table_may_route_what_a_gateway_brings_in():
    edge = node(t.ASSOCIATION, "as", {"gatewayId": "igw", "routeTableId": "table"})
    found = network(NET, TABLE, node(t.GATEWAY, "igw"), edge)
    assert names(table(found).gateways) == ["igw"] and routes(table(found)) == {LOCAL}


def test_what_a_virtual_private_gateway_learns_may_lead_anywhere():
    gateway = node(t.VPN_GATEWAY, "vgw", {"vpcId": "net"})
    inline = node(t.TABLE, "table", {"vpcId": "net", "propagatingVgws": ["vgw"]})
    separate = node(t.PROPAGATION, "p", {"routeTableId": "table", "vpnGatewayId": "vgw"})
    learnt = "? > virtual private gateway vgw (propagated)"
    for given in ([inline], [TABLE, separate]):
        assert routes(table(network(NET, gateway, *given))) == {LOCAL, learnt}


def test_a_gateway_endpoint_adds_a_route_to_what_aws_keeps_of_the_service():
    inline = node(t.ENDPOINT, "s3", {"vpcId": "net", "routeTableIds": ["table"]})
    bare = node(t.ENDPOINT, "s3", {"vpcId": "net"})
    joined = node(t.ENDPOINT_TABLE, "j", {"vpcEndpointId": "s3", "routeTableId": "table"})
    for given in ([inline], [bare, joined]):
        found = network(NET, TABLE, *given)
        assert routes(table(found)) == {LOCAL, "? > gateway endpoint s3"}
        assert names(found.endpoints["s3"].route_tables) == ["table"]


def test_a_table_of_a_gateway_says_whose_packets_it_routes():
    """Of those that come in; the subnet has a table of its own all the same."""
    place = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.1.0/24"})
    edge = node(t.TABLE, "edge", {"vpcId": "net"})
    card = {"routeTableId": "edge", "networkInterfaceId": "eni-1"}
    steered = node(t.ROUTE, "steered", {**card, "destinationCidrBlock": "10.0.1.0/24"})
    for type_ in (t.GATEWAY, t.VPN_GATEWAY):
        for value, sources in (("gw", {}), (UNKNOWN, {"gatewayId": ["gw"]})):
            joined = {"routeTableId": "edge", "gatewayId": value}
            joint = node(t.ASSOCIATION, "edge", joined, sources)
            found = network(NET, place, edge, steered, node(type_, "gw"), joint)
            assert names(table(found, "edge").gateways) == ["gw"]
            assert called(found.subnets["a"].route_table) == "net#main-route-table"


def test_an_endpoint_that_may_have_fewer_tables_than_sources_has_none_for_sure():
    """The route to it would take packets away from others: more is not worse here."""
    props = {"vpcId": "net", "routeTableIds": UNKNOWN}
    other = node(t.TABLE, "other", {"vpcId": "net"})
    doubt = node(t.ENDPOINT, "s3", props, {"routeTableIds": ["table", "other"]})
    found = network(NET, TABLE, other, doubt)
    assert routes(table(found)) == routes(table(found, "other")) == {LOCAL}
    assert not table(found).complete and called(found.endpoints["s3"].route_tables[0])[0] == "?"


def test_the_account_s_default_vpc_has_a_way_out_that_nobody_declared():
    found = network(node(t.DEFAULT_VPC, "given", cidrBlock="172.31.0.0/16"))
    assert not table(found, "given#main-route-table").complete
    assert [called(g.vpc) for g in found.internet_gateways.values()] == ["given"]
    assert found.vpcs["given"].addresses.count == 65536


@pytest.mark.parametrize(
    "given",
    [
        [node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16", "assignGeneratedIpv6CidrBlock": True})],
        [node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16", "ipv6IpamPoolId": UNKNOWN})],
        [NET, node(t.BLOCK_V6, "six", {"vpcId": "net"})],
        [NET, node(t.SUBNET, "a", {"vpcId": "net", "ipv6CidrBlock": "2001:db8::/64"})],
        [NET, node(t.SUBNET, "a", {"vpcId": "net", "assignIpv6AddressOnCreation": True})],
    ],
)
def test_ipv6_is_seen_in_any_form(given):
    assert network(*given).vpcs["net"].ipv6


def test_ipv6_is_not_seen_where_it_is_refused():
    off = {
        "cidrBlock": "10.0.0.0/16",
        "assignGeneratedIpv6CidrBlock": False,
        "ipv6NetmaskLength": 0,
    }
    closed = node(t.SUBNET, "a", {"vpcId": "net", "assignIpv6AddressOnCreation": False})
    assert not network(node(t.VPC, "net", off), closed).vpcs["net"].ipv6
