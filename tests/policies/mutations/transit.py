"""Transit gateways: attachments, tables, propagation, blackholes, and what stands behind."""

from collections.abc import Iterator
from typing import Any

from model.deployment import Node
from tests.policies.mutations.connections import far_vpc
from tests.policies.mutations.mutation import add, build, opens
from tests.policies.mutations.parts import (
    EVERYWHERE,
    SUBNET,
    cluster_subnets,
    cluster_vpc,
    leads,
    supply,
)
from tests.policies.mutations.stacks import FOREIGN, REGION, Of, Stack

TRANSIT = "aws:ec2transitgateway/transitGateway:TransitGateway"
ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
TABLE = "aws:ec2transitgateway/routeTable:RouteTable"
TRANSIT_ROUTE = "aws:ec2transitgateway/route:Route"
ASSOCIATED = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
PROPAGATED = "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
TRANSIT_PEERING = "aws:ec2transitgateway/peeringAttachment:PeeringAttachment"
VPN = "aws:ec2/vpnConnection:VpnConnection"
CUSTOMER = "aws:ec2/customerGateway:CustomerGateway"
FAR_GATEWAY = "tgw-0a1b2c3d4e5f60718"


def attached(stack: Stack, gateway: Node, name: str, vpc: Node, subnet: Node) -> Node:
    props = {"transitGatewayId": Of(gateway), "vpcId": Of(vpc), "subnetIds": [Of(subnet)]}
    default = "transitGatewayDefaultRouteTable"
    off = {f"{default}Association": False, f"{default}Propagation": False}
    return stack.makes(ATTACHMENT, name, {**props, **off})


def joined_transit(stack: Stack) -> tuple[Node, Node, Node, list[Node]]:
    """A transit gateway with the cluster's VPC and a table of its own: (gateway, attachment,
    table, everything)."""
    off = {"defaultRouteTableAssociation": "disable", "defaultRouteTablePropagation": "disable"}
    gateway = stack.makes(TRANSIT, "door", off)
    attachment = attached(stack, gateway, "spoke", cluster_vpc(stack), cluster_subnets(stack)[0])
    table = stack.makes(TABLE, "spokes", {"transitGatewayId": Of(gateway)})
    joined = {"transitGatewayAttachmentId": Of(attachment), "transitGatewayRouteTableId": Of(table)}
    way = leads(stack, "transitGatewayId", gateway)
    nodes = [gateway, attachment, table, stack.makes(ASSOCIATED, "spoke", joined), way]
    return gateway, attachment, table, nodes


def _hub(stack: Stack, gateway: Node) -> tuple[Node, list[Node]]:
    """The attachment of a VPC with a way out, whose table sends by its NAT gateway."""
    far, nodes = far_vpc(stack)
    vpc_id = {"vpcId": Of(far), "cidrBlock": "10.77.9.0/24", "availabilityZone": f"{REGION}a"}
    subnet = stack.makes(SUBNET, "hub", vpc_id)
    table = stack.makes("aws:ec2/routeTable:RouteTable", "hub", {"vpcId": Of(far)})
    joined = {"subnetId": Of(subnet), "routeTableId": Of(table)}
    out = {
        "routeTableId": Of(table),
        "destinationCidrBlock": EVERYWHERE,
        "natGatewayId": Of(nodes[-1]),
    }
    attachment = attached(stack, gateway, "hub", far, subnet)
    return attachment, [
        *nodes, subnet, table,
        stack.makes("aws:ec2/routeTableAssociation:RouteTableAssociation", "hub", joined),
        stack.makes("aws:ec2/route:Route", "hub", out),
        attachment,
    ]  # fmt: skip


def onwards(stack: Stack, table: Node, attachment: Node, **given: Any) -> Node:
    props = {
        "transitGatewayRouteTableId": Of(table),
        "transitGatewayAttachmentId": Of(attachment),
        "destinationCidrBlock": EVERYWHERE,
        **given,
    }
    return stack.makes(TRANSIT_ROUTE, "onwards", props)


def _by_shared_egress(stack: Stack) -> list[Node]:
    gateway, _, table, nodes = joined_transit(stack)
    attachment, more = _hub(stack, gateway)
    return [*nodes, *more, onwards(stack, table, attachment)]


def _past_blackhole(stack: Stack) -> list[Node]:
    """A blackhole for everything, and a longer route past it."""
    gateway, _, table, nodes = joined_transit(stack)
    attachment, more = _hub(stack, gateway)
    hole = stack.makes(TRANSIT_ROUTE, "hole", {
        "transitGatewayRouteTableId": Of(table), "destinationCidrBlock": EVERYWHERE,
        "blackhole": True,
    })  # fmt: skip
    return [
        *nodes,
        *more,
        hole,
        onwards(stack, table, attachment, destinationCidrBlock="8.0.0.0/8"),
    ]


def _by_default_tables(stack: Stack) -> list[Node]:
    """Nothing is said of tables, so every attachment is in the default one."""
    gateway = stack.makes(TRANSIT, "door")
    spoke = attached(stack, gateway, "spoke", cluster_vpc(stack), cluster_subnets(stack)[0])
    spoke = stack.edited(spoke, dict.fromkeys(
        ("transitGatewayDefaultRouteTableAssociation", "transitGatewayDefaultRouteTablePropagation")
    ))  # fmt: skip
    customer = stack.makes(CUSTOMER, "branch", {"bgpAsn": "65000", "ipAddress": "203.0.113.9"})
    props = {"transitGatewayId": Of(gateway), "customerGatewayId": Of(customer), "type": "ipsec.1"}
    vpn = stack.makes(VPN, "branch", props)
    return [gateway, spoke, customer, vpn, leads(stack, "transitGatewayId", gateway)]


def _by_propagation(stack: Stack) -> list[Node]:
    gateway, _, table, nodes = joined_transit(stack)
    customer = stack.makes(CUSTOMER, "branch", {"bgpAsn": "65000", "ipAddress": "203.0.113.9"})
    props = {"transitGatewayId": Of(gateway), "customerGatewayId": Of(customer), "type": "ipsec.1"}
    vpn = stack.makes(VPN, "branch", props)
    told = {
        "transitGatewayAttachmentId": Of(vpn, "transitGatewayAttachmentId"),
        "transitGatewayRouteTableId": Of(table),
    }
    return [*nodes, customer, vpn, stack.makes(PROPAGATED, "branch", told)]


def _by_transit_peering(stack: Stack) -> Iterator[Stack]:
    gateway, _, table, nodes = joined_transit(stack)
    props = {
        "transitGatewayId": Of(gateway), "peerTransitGatewayId": FAR_GATEWAY,
        "peerRegion": REGION, "peerAccountId": FOREIGN,
    }  # fmt: skip
    far = stack.makes(TRANSIT_PEERING, "far", props)
    supplied = (*stack.boundary.supplied, supply(FAR_GATEWAY))
    yield stack.having(*nodes, far, onwards(stack, table, far)).declaring(supplied=supplied)


def _without_tables(stack: Stack) -> list[Node]:
    """A transit gateway of which only the attachment is described here."""
    vpc, subnet = cluster_vpc(stack), cluster_subnets(stack)[0]
    gateway = stack.makes(TRANSIT, "door", {"defaultRouteTableAssociation": "disable"})
    return [
        gateway,
        attached(stack, gateway, "spoke", vpc, subnet),
        leads(stack, "transitGatewayId", gateway),
    ]


def _says(type_: str) -> str:
    return type_.rsplit(":", 1)[-1]


JOINTS = (
    ATTACHMENT, TRANSIT_PEERING,
    "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
    "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter",
    "aws:ec2transitgateway/connect:Connect",
    "aws:ec2transitgateway/connectPeer:ConnectPeer",
)  # fmt: skip
VIA_TRANSIT = "CN-022 CN-031 CN-032"
HUB = f"{VIA_TRANSIT} CN-010 CN-012 CN-014 CN-030 reach"
MUTATIONS = (
    *(opens(f"a {_says(t)} of a transit gateway, unnamed", "CN-022", add(t)) for t in JOINTS),
    opens(
        "a transit gateway that takes whatever is attached",
        "CN-023",
        add(TRANSIT, {"autoAcceptSharedAttachments": "enable"}),
    ),
    opens("a shared egress VPC behind a transit gateway", HUB, build(_by_shared_egress)),
    opens("a route past a transit gateway's blackhole", HUB, build(_past_blackhole)),
    opens(
        "a VPN in a transit gateway's default table",
        "CN-022 CN-024 CN-031 CN-032 reach",
        build(_by_default_tables),
    ),
    opens(
        "what a VPN propagates into a transit gateway's table",
        "CN-022 CN-024 CN-031 CN-032 reach",
        build(_by_propagation),
    ),
    opens(
        "a peered transit gateway of a foreign account",
        f"{VIA_TRANSIT} CN-159 reach",
        _by_transit_peering,
    ),
    opens(
        "a transit gateway whose tables nobody describes",
        "CN-022 CN-031 CN-032 reach",
        build(_without_tables),
    ),
)
