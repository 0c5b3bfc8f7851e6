"""Blocks and addresses of IPv6: as they are written, as AWS tells of them, and untold."""

import pytest

from model.deployment import Node
from model.network import Network
from model.sets import EVERY_IPV6, shown
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.test_transit_gateways import attachment
from tests.policies.model.test_transit_gateways import routes as transit_routes
from tests.policies.model.views import routes

FOUR, SIX, OTHER = "10.0.0.0/16", "2001:db8::/56", "2001:db8:9::/56"
TABLE = node(t.TABLE, "table", {"vpcId": "net"})
PLAIN = node(t.VPC, "net", {"cidrBlock": FOUR})
GIVEN = node(t.VPC, "net", {"cidrBlock": FOUR, "ipv6CidrBlock": SIX, "ipv6IpamPoolId": "ipam-1"})
AMAZONS = {"cidrBlock": FOUR, "assignGeneratedIpv6CidrBlock": True}
ASKED = node(t.VPC, "net", AMAZONS)
MORE = node(t.BLOCK_V6, "more", {"vpcId": "net", "ipv6CidrBlock": OTHER})
HERE = {"vpcId": "net", "cidrBlock": "10.0.0.0/24"}


def subnet(**props: object) -> Node:
    return node(t.SUBNET, "a", {**HERE, **props})


def vpc(*nodes: Node) -> str:
    return shown(network(*nodes).vpcs["net"].addresses)


def addresses(found: Network, name: str = "machine") -> str:
    return shown(found.interfaces[name].addresses)


@pytest.mark.parametrize(
    ("nodes", "local"),
    [
        ([PLAIN], {f"{FOUR} > local"}),
        ([GIVEN], {f"{FOUR} > local", f"{SIX} > local"}),
        ([node(t.VPC, "net", AMAZONS, ipv6CidrBlock=SIX)], {f"{FOUR} > local", f"{SIX} > local"}),
        ([node(t.VPC, "net", {"cidrBlock": FOUR}, ipv6CidrBlock="")], {f"{FOUR} > local"}),
        ([GIVEN, MORE], {f"{block} > local" for block in (FOUR, SIX, OTHER)}),
        ([PLAIN, node(t.BLOCK_V6, "more", {"vpcId": "net"})], {f"{FOUR} > local", "? > local"}),
        ([ASKED], {f"{FOUR} > local", "? > local"}),
    ],
)
def test_every_block_of_a_vpc_has_a_local_route(nodes, local):
    found = network(*nodes, TABLE)
    assert routes(found.route_tables["table"]) == local
    assert routes(found.route_tables["net#main-route-table"]) == local
    for route in found.route_tables["table"].routes:
        assert route.destinations is not None or route.family is EVERY_IPV6


def test_a_block_that_is_told_of_twice_is_one():
    again = node(t.BLOCK_V6, "again", {"vpcId": "net", "ipv6CidrBlock": SIX})
    found = network(GIVEN, again, TABLE, subnet(ipv6CidrBlock="2001:db8::/64"))
    assert len(found.route_tables["table"].routes) == 2 and vpc(GIVEN, again) == f"{FOUR}, {SIX}"


def test_a_route_for_the_vpcs_own_block_takes_the_local_ones_place():
    card = {"routeTableId": "table", "networkInterfaceId": "eni-1"}
    own = node(t.ROUTE, "own", {**card, "destinationIpv6CidrBlock": SIX})
    found = network(GIVEN, TABLE, own).route_tables["table"]
    assert routes(found) == {f"{FOUR} > local", f"{SIX} > network interface ? eni-1"}


def test_a_vpc_has_every_address_of_a_block_that_is_not_known():
    assert vpc(PLAIN) == FOUR and vpc(GIVEN) == f"{FOUR}, {SIX}"
    assert vpc(ASKED) == f"{FOUR}, ::/0" and not network(PLAIN).vpcs["net"].ipv6


@pytest.mark.parametrize(
    ("given", "outputs", "said"),
    [
        ({}, {}, "10.0.0.0/24"),
        ({}, {"ipv6CidrBlock": ""}, "10.0.0.0/24"),
        ({"ipv6CidrBlock": "2001:db8::/64"}, {}, "10.0.0.0/24, 2001:db8::/64"),
        ({}, {"ipv6CidrBlock": "2001:db8::/64"}, "10.0.0.0/24, 2001:db8::/64"),
        ({"ipv6CidrBlock": UNKNOWN}, {}, "10.0.0.0/24, ::/0"),
        ({"assignIpv6AddressOnCreation": True}, {}, "10.0.0.0/24, ::/0"),
        ({"cidrBlock": None, "ipv6Native": True, "ipv6CidrBlock": "2001:db8::/64"}, {},
         "2001:db8::/64"),
    ],
)  # fmt: skip
def test_a_subnet_has_ipv6_where_it_is_given_a_block(given, outputs, said):
    place = node(t.SUBNET, "a", {**HERE, **given}, **outputs)
    assert shown(network(GIVEN, place).subnets["a"].addresses) == said


@pytest.mark.parametrize(
    ("given", "six"),
    [
        ({}, "2001:db8::/64"),
        ({"ipv6Addresses": ["2001:db8::7"]}, "2001:db8::7/128"),
        ({"ipv6AddressLists": ["2001:db8::7"]}, "2001:db8::7/128"),
        ({"ipv6Addresses": [UNKNOWN]}, "2001:db8::/64"),
        ({"ipv6Addresses": ["2001:db8::7"], "ipv6AddressCount": 2}, "2001:db8::/64"),
        ({"ipv6Addresses": ["2001:db8::7"], "ipv6AddressCount": 0}, "2001:db8::7/128"),
        ({"ipv6Addresses": ["2001:db8::7"], "ipv6Prefixes": ["2001:db8::/80"]}, "2001:db8::/64"),
    ],
)
def test_an_interface_has_the_addresses_that_it_is_given_or_any_of_its_subnets(given, six):
    props = {"subnetId": "a", "privateIps": ["10.0.0.7"], **given}
    place = subnet(ipv6CidrBlock="2001:db8::/64")
    found = network(GIVEN, place, node(t.INTERFACE, "machine", props))
    assert addresses(found) == f"10.0.0.7/32, {six}"
    without = network(PLAIN, subnet(), node(t.INTERFACE, "machine", {"subnetId": "a"}))
    assert addresses(without) == "10.0.0.0/24"


def test_an_instance_has_the_addresses_that_it_is_given():
    props = {"subnetId": "a", "privateIp": "10.0.0.7", "ipv6Addresses": ["2001:db8::7"]}
    place = subnet(ipv6CidrBlock="2001:db8::/64")
    found = network(GIVEN, place, node(t.INSTANCE, "machine", props))
    assert addresses(found) == "10.0.0.7/32, 2001:db8::7/128"


@pytest.mark.parametrize(
    ("support", "blocks", "told"),
    [
        ({}, {FOUR}, True),
        ({"ipv6Support": "disable"}, {FOUR}, True),
        ({"ipv6Support": "enable"}, {FOUR, SIX}, True),
        ({"ipv6Support": UNKNOWN}, {FOUR}, False),
    ],
)
def test_an_attachment_sends_its_blocks_of_ipv6_where_it_has_ipv6(support, blocks, told):
    given = (subnet(), node(t.TRANSIT, "tgw"), attachment(**support))
    table = network(GIVEN, *given).transit_gateway_tables["tgw#default-route-table"]
    assert transit_routes(table) == {f"{block} > att (propagated)" for block in blocks}
    assert table.complete is told and table.untold <= EVERY_IPV6


@pytest.mark.parametrize(("support", "told"), [("enable", False), ("disable", True)])
def test_a_block_of_ipv6_that_is_not_known_leaves_open_only_where_ipv6_goes(support, told):
    given = (subnet(), node(t.TRANSIT, "tgw"), attachment(ipv6Support=support))
    table = network(ASKED, *given).transit_gateway_tables["tgw#default-route-table"]
    assert transit_routes(table) == {f"{FOUR} > att (propagated)"}
    assert table.untold <= EVERY_IPV6 and table.complete is told
