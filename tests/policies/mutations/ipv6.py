"""Doors that IPv6 alone opens: a gateway of its own, translation to IPv4, and filters that let it
pass beside an IPv4 that is kept in. In a network of others no rule says so, and its ways do.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from model.deployment import Node
from rules.boundary import Supply
from tests.policies.mutations.mutation import Change, build, opens
from tests.policies.mutations.parts import (
    ASSOCIATION,
    DEFAULT_TABLE,
    PREFIX_LIST,
    ROUTE,
    ROUTE_TABLE,
    SUBNET,
    VPC,
    cluster_subnets,
    cluster_table,
    cluster_vpc,
    gateway,
    leads,
    machine,
    route,
    way_by_nat,
)
from tests.policies.mutations.stacks import Of, Stack
from tests.policies.mutations.transit import CUSTOMER, VPN, joined_transit, onwards

EGRESS_ONLY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
EVERY_IPV6 = "::/0"
BLOCK, OWN = "2600:1f18:100::/56", "2600:1f18:100::/64"
NETWORK = (VPC, SUBNET, ROUTE, ROUTE_TABLE, DEFAULT_TABLE, ASSOCIATION)
DUAL = "CN-041 CN-043"  # a VPC and a subnet with IPv6
MORE = f"{DUAL} CN-011 CN-030 CN-032"  # and a way by an egress-only gateway
# Nobody can answer for what others made while its ids are unknown, which they never are.
OF_OTHERS = "CN-004"

Doors = Callable[[Stack], list[Node]]


def dual(stack: Stack) -> list[Node]:
    """The cluster's VPC, and a subnet of the control plane, with IPv6 beside IPv4."""
    vpc, subnet = cluster_vpc(stack), cluster_subnets(stack)[0]
    given = {"ipv6CidrBlock": OWN, "assignIpv6AddressOnCreation": True}
    chosen = {"ipv6CidrBlock": BLOCK, "ipv6IpamPoolId": "ipam-pool-0a1b2c3d4e5f60718"}
    return [stack.edited(vpc, chosen), stack.edited(subnet, given)]


def _outward(stack: Stack) -> Node:
    return stack.makes(EGRESS_ONLY, "door", {"vpcId": Of(cluster_vpc(stack))})


def _by(*destinations: str) -> Doors:
    """Ways by an egress-only internet gateway."""

    def doors(stack: Stack) -> list[Node]:
        door = _outward(stack)
        table, to = cluster_table(stack), Of(door)
        ways = [
            route(stack, table, f"door-{i}", destinationIpv6CidrBlock=where, egressOnlyGatewayId=to)
            for i, where in enumerate(destinations)
        ]
        return [*dual(stack), door, *ways]

    return doors


def _by_list(stack: Stack) -> list[Node]:
    door = _outward(stack)
    entries = [{"cidr": "2600:9000::/28"}, {"cidr": "2a05:d000::/25"}]
    props = {"addressFamily": "IPv6", "maxEntries": 5, "entries": entries, "name": "door"}
    listed = stack.makes(PREFIX_LIST, "door-list", props)
    way = leads(stack, "egressOnlyGatewayId", door, destinationPrefixListId=Of(listed))
    return [*dual(stack), door, listed, way]


def _by_internet_gateway(stack: Stack) -> list[Node]:
    """No machine has a public address, and none is needed."""
    door = gateway(stack)
    way = leads(stack, "gatewayId", door, destinationIpv6CidrBlock=EVERY_IPV6)
    return [*dual(stack), door, way]


def _by_nat64(stack: Stack) -> list[Node]:
    """Nothing of IPv4 is routed to the NAT gateway, and it makes IPv4 of what it gets."""
    nodes = way_by_nat(stack)
    way = leads(stack, "natGatewayId", nodes[-1], destinationIpv6CidrBlock="64:ff9b::/96")
    return [*dual(stack), *nodes, way]


def _over_transit(stack: Stack) -> list[Node]:
    """To a VPN, by routes of IPv6 alone, in the cluster's table and the transit gateway's."""
    gateway, _, table, (*nodes, way) = joined_transit(stack)
    customer = stack.makes(CUSTOMER, "branch", {"bgpAsn": "65000", "ipAddress": "203.0.113.9"})
    props = {"transitGatewayId": Of(gateway), "customerGatewayId": Of(customer), "type": "ipsec.1"}
    vpn = stack.makes(VPN, "branch", props)
    on = onwards(stack, table, vpn, destinationCidrBlock=EVERY_IPV6)
    joined = {"transitGatewayAttachmentId": Of(vpn, "transitGatewayAttachmentId")}
    six = {"destinationCidrBlock": None, "destinationIpv6CidrBlock": EVERY_IPV6}
    way = stack.edited(way, six)
    return [*dual(stack), *nodes, way, customer, vpn, stack.edited(on, joined)]


def _of_a_group(stack: Stack) -> list[Node]:
    """A machine in another subnet, whose group lets out IPv6 and nothing of IPv4."""
    subnet = cluster_subnets(stack)[0]
    group, rule, host = machine(stack, subnet)
    rule = stack.edited(rule, {"cidrIpv4": None, "cidrIpv6": EVERY_IPV6})
    return [*_by(EVERY_IPV6)(stack), group, rule, host]


def _of_others(doors: Doors) -> Change:
    """The same in a network that others made, and that is only described."""

    def change(stack: Stack) -> Iterator[Stack]:
        opened = stack.having(*doors(stack))
        nodes = {
            urn: replace(node, described=True)
            for urn, node in opened.deployment.nodes.items()
            if node.resource.type in (*NETWORK, EGRESS_ONLY, PREFIX_LIST)
        }
        of = [n for n in nodes.values() if n.resource.type in (VPC, SUBNET, ROUTE_TABLE)]
        ids = [id_ for node in of if isinstance(id_ := node.outputs().get("id"), str)]
        supplied = Supply(tuple(ids), (), "net team", "described")
        changed = opened.having(*nodes.values()).declaring(supplied=(supplied,))
        yield replace(changed, touched=frozenset())  # whatever refers to it is concerned

    return change


MUTATIONS = (
    opens("IPv6 to everywhere by an egress-only gateway", f"{MORE} reach", build(_by(EVERY_IPV6))),
    opens("IPv6 in two halves", f"{MORE} reach", build(_by("::/1", "8000::/1"))),
    opens("IPv6 to one block", f"{MORE} reach", build(_by("2600:9000::/28"))),
    opens("IPv6 by a prefix list", f"{MORE} CN-104 reach", build(_by_list)),
    opens(
        "IPv6 by an internet gateway, without a public address",
        f"{DUAL} CN-010 CN-030 CN-032 reach",
        build(_by_internet_gateway),
    ),
    opens(
        "IPv6 that a NAT gateway makes IPv4 of",
        f"{DUAL} CN-010 CN-012 CN-014 CN-030 CN-032 reach",
        build(_by_nat64),
    ),
    opens(
        "IPv6 over a transit gateway to a VPN",
        f"{DUAL} CN-022 CN-024 CN-031 CN-032 reach",
        build(_over_transit),
    ),
    opens(
        "a machine whose group lets out IPv6 alone",
        f"{MORE} CN-100 reach",
        build(_of_a_group),
    ),
    opens("IPv6 out of a network of others", "reach", _of_others(_by(EVERY_IPV6)), OF_OTHERS),
    opens(
        "IPv6 in two halves in a network of others",
        "reach",
        _of_others(_by("::/1", "8000::/1")),
        OF_OTHERS,
    ),
    opens("IPv6 by a prefix list in a network of others", "reach", _of_others(_by_list), OF_OTHERS),
)
