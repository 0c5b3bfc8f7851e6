"""Routes: every form in which one can be written, every target, every way to hide a destination."""

from collections.abc import Iterator

from model.deployment import Node
from tests.policies.mutations.mutation import Change, build, opens
from tests.policies.mutations.parts import (
    ASSOCIATION,
    BLOCK,
    DEFAULT_TABLE,
    EVERYWHERE,
    INTERFACE,
    MORE,
    PREFIX_LIST,
    ROUTE_TABLE,
    SUBNET,
    cluster_subnets,
    cluster_table,
    cluster_vpc,
    connection,
    free_block,
    leads,
    route,
    way_by_nat,
)
from tests.policies.mutations.stacks import REGION, Of, Stack

NAT_DOORS = "CN-010 CN-012 CN-014 CN-030 CN-032"  # what a way by NAT is made of


def _by_nat(stack: Stack, *destinations: str) -> list[Node]:
    nodes = way_by_nat(stack)
    table, nat = cluster_table(stack), Of(nodes[-1])
    ways = [
        route(stack, table, f"door-{i}", destinationCidrBlock=d, natGatewayId=nat)
        for i, d in enumerate(destinations)
    ]
    return [*nodes, *ways]


def _inline(stack: Stack) -> list[Node]:
    nodes = way_by_nat(stack)
    inline = [{"cidrBlock": EVERYWHERE, "natGatewayId": Of(nodes[-1])}]
    return [*nodes, stack.edited(cluster_table(stack), {"routes": inline})]


def _main(stack: Stack) -> Iterator[Stack]:
    """The main table leads out, and a subnet loses its association and falls back to it."""
    nodes, subnet = way_by_nat(stack), cluster_subnets(stack)[0]
    of_cluster = cluster_vpc(stack).resource.urn  # another VPC may have a main table, too
    main = stack.first(
        DEFAULT_TABLE, lambda node: of_cluster in node.sources["defaultRouteTableId"]
    )
    inline = [{"cidrBlock": EVERYWHERE, "natGatewayId": Of(nodes[-1])}]
    (joint,) = (a for a in stack.each(ASSOCIATION) if subnet.resource.urn in a.sources["subnetId"])
    yield stack.having(*nodes, stack.edited(main, {"routes": inline})).lacking(joint)


def _unjoined(stack: Stack) -> list[Node]:
    """A new subnet that is joined to no table, and so takes the main one."""
    vpc = cluster_vpc(stack)
    block = free_block(stack, vpc)
    props = {"vpcId": Of(vpc), "cidrBlock": block, "availabilityZone": f"{REGION}a"}
    more = {"vpcId": Of(vpc), "cidrBlock": MORE}
    blocks = [stack.makes(BLOCK, "door", more)] if block == MORE else []
    return [stack.makes(SUBNET, "door", props), *blocks]


def _another_main(stack: Stack) -> Iterator[Stack]:
    """Another table is made the main one."""
    nodes, subnet = way_by_nat(stack), cluster_subnets(stack)[0]
    vpc = cluster_vpc(stack)
    table = stack.makes(ROUTE_TABLE, "main", {"vpcId": Of(vpc)})
    (joint,) = (a for a in stack.each(ASSOCIATION) if subnet.resource.urn in a.sources["subnetId"])
    type_ = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
    main = stack.makes(type_, "main", {"vpcId": Of(vpc), "routeTableId": Of(table)})
    way = route(stack, table, natGatewayId=Of(nodes[-1]))
    yield stack.having(*nodes, table, main, way).lacking(joint)


def _another_table(stack: Stack) -> list[Node]:
    """A subnet of the control plane is joined to the table of a public subnet's NAT gateway."""
    nodes, subnet = way_by_nat(stack), cluster_subnets(stack)[0]
    table = stack.makes(ROUTE_TABLE, "other", {"vpcId": Of(cluster_vpc(stack))})
    (joint,) = (a for a in stack.each(ASSOCIATION) if subnet.resource.urn in a.sources["subnetId"])
    way = route(stack, table, natGatewayId=Of(nodes[-1]))
    return [*nodes, table, way, stack.edited(joint, {"routeTableId": Of(table)})]


def _foreign_table(stack: Stack) -> list[Node]:
    subnet = cluster_subnets(stack)[0]
    (joint,) = (a for a in stack.each(ASSOCIATION) if subnet.resource.urn in a.sources["subnetId"])
    return [stack.edited(joint, {"routeTableId": "rtb-0a1b2c3d4e5f60718"})]


def _list(stack: Stack, *blocks: str) -> Node:
    entries = [{"cidr": block} for block in blocks]
    props = {"addressFamily": "IPv4", "maxEntries": 5, "entries": entries, "name": "door"}
    return stack.makes(PREFIX_LIST, "door-list", props)


def _by_list(stack: Stack) -> list[Node]:
    """An own prefix list holds what the route does not say."""
    nodes, own = way_by_nat(stack), _list(stack, EVERYWHERE)
    way = leads(stack, "natGatewayId", nodes[-1], destinationPrefixListId=Of(own))
    return [*nodes, own, way]


def _by_entry(stack: Stack) -> list[Node]:
    """The list is empty, and its entry a resource of its own."""
    nodes, own = way_by_nat(stack), _list(stack)
    type_ = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
    entry = stack.makes(type_, "door-entry", {"cidr": EVERYWHERE, "prefixListId": Of(own)})
    way = leads(stack, "natGatewayId", nodes[-1], destinationPrefixListId=Of(own))
    return [*nodes, stack.edited(own, {"entries": None}), entry, way]


def _by_list_of_aws(stack: Stack) -> list[Node]:
    nodes = way_by_nat(stack)
    listed = "pl-0a1b2c3d4e5f60718"
    return [*nodes, leads(stack, "natGatewayId", nodes[-1], destinationPrefixListId=listed)]


def _to(target: str, value: str, **given: object) -> Change:
    """A default route to something that this program has not made."""
    return build(lambda s: [route(s, cluster_table(s), **{target: value}, **given)])


def _to_interface(stack: Stack) -> list[Node]:
    """A router of one's own: an interface that passes on what is not for it, and has an address."""
    nodes = way_by_nat(stack)
    shore = nodes[1]
    group = stack.makes(
        "aws:ec2/securityGroup:SecurityGroup", "router", {"vpcId": Of(cluster_vpc(stack))}
    )
    rules = {"securityGroupId": Of(group), "ipProtocol": "-1", "cidrIpv4": EVERYWHERE}
    card = {"subnetId": Of(shore), "securityGroups": [Of(group)], "sourceDestCheck": False}
    router = stack.makes(INTERFACE, "router", card)
    address = stack.makes("aws:ec2/eip:Eip", "router", {"networkInterface": Of(router)})
    return [
        *nodes[:-2], group, router, address,
        stack.makes("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "router", rules),
        stack.makes("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "router", rules),
        leads(stack, "networkInterfaceId", router),
    ]  # fmt: skip


def _within(stack: Stack) -> list[Node]:
    """A route that is longer than the local one: packets to a neighbour pass somebody's machine."""
    subnet = cluster_subnets(stack)[-1]
    card = stack.makes(INTERFACE, "router", {"subnetId": Of(subnet)})
    block = subnet.resource.props["cidrBlock"]
    return [card, leads(stack, "networkInterfaceId", card, destinationCidrBlock=block)]


def _beyond(stack: Stack) -> Iterator[Stack]:
    """A connection that somebody answers for, and a route that goes beyond its ranges."""
    gateway = stack.makes(
        "aws:ec2/vpnGateway:VpnGateway", "to-hq", {"vpcId": Of(cluster_vpc(stack))}
    )
    if list(stack.each("aws:ec2/vpnGateway:VpnGateway")):
        return
    way = route(
        stack,
        cluster_table(stack),
        "to-hq",
        destinationCidrBlock="10.0.0.0/8",
        gatewayId=Of(gateway),
    )
    named = (*stack.boundary.connections, connection("to-hq", "10.99.0.0/16"))
    yield stack.having(gateway, way).declaring(connections=named)


def _wider(stack: Stack) -> Iterator[Stack]:
    """The route of a connection is made wider than what the connection is declared for."""
    for node in stack.each("aws:ec2/route:Route"):
        if node.resource.props.get("destinationCidrBlock") == "192.168.0.0/17":
            yield stack.having(stack.edited(node, {"destinationCidrBlock": "192.168.0.0/16"}))


def _unknown_destination(stack: Stack) -> list[Node]:
    """The destination comes from another resource, and nobody knows it."""
    nodes = way_by_nat(stack)
    source = stack.makes("random:index/randomId:RandomId", "block", {"byteLength": 4})
    way = leads(stack, "natGatewayId", nodes[-1], destinationCidrBlock=Of(source, "hex"))
    return [*nodes, source, way]


IGW, VGW = "igw-0a1b2c3d4e5f60718", "vgw-0a1b2c3d4e5f60718"
LISTS = f"{NAT_DOORS} CN-104 reach"
MUTATIONS = (
    opens("a default route", f"{NAT_DOORS} reach", build(lambda s: _by_nat(s, EVERYWHERE))),
    opens(
        "a default route in two halves",
        f"{NAT_DOORS} reach",
        build(lambda s: _by_nat(s, "0.0.0.0/1", "128.0.0.0/1")),
    ),
    opens(
        "half of a default route", f"{NAT_DOORS} reach", build(lambda s: _by_nat(s, "128.0.0.0/1"))
    ),
    opens(
        "a route to one public address",
        f"{NAT_DOORS} reach",
        build(lambda s: _by_nat(s, "198.51.100.7/32")),
    ),
    opens("a default route written in its table", f"{NAT_DOORS} reach", build(_inline)),
    opens(
        "a default route in the main table, and a subnet that falls back to it",
        f"{NAT_DOORS} CN-220 reach",
        _main,
    ),
    opens("a subnet that is joined to no table", "CN-220", build(_unjoined)),
    opens("another main table", f"{NAT_DOORS} CN-220 reach", _another_main),
    opens("a subnet joined to another table", f"{NAT_DOORS} reach", build(_another_table)),
    opens(
        "a subnet joined to a table that nobody describes", "CN-004 reach", build(_foreign_table)
    ),
    opens("a route for an own prefix list", LISTS, build(_by_list)),
    opens("a route for an own prefix list with an entry of its own", LISTS, build(_by_entry)),
    opens(
        "a route for a prefix list that nobody describes",
        f"CN-004 {NAT_DOORS} reach",
        build(_by_list_of_aws),
    ),
    opens("a route of unknown destination", f"{NAT_DOORS} reach", build(_unknown_destination)),
    opens(
        "a route for IPv6",
        "CN-004 CN-030 CN-032",
        _to("egressOnlyGatewayId", "eigw-0a1b2c3d4e5f60718", destinationIpv6CidrBlock="::/0"),
    ),
    opens(
        "a route to an internet gateway that is not this program's",
        "CN-004 CN-030 CN-032",
        _to("gatewayId", IGW),
        "reach",
    ),
    opens(
        "a route to a NAT gateway that is not this program's",
        "CN-004 CN-030 CN-032 reach",
        _to("natGatewayId", "nat-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a route to a virtual private gateway that is not this program's",
        "CN-004 CN-031 CN-032 reach",
        _to("gatewayId", VGW),
    ),
    opens(
        "a route to an interface that is not this program's",
        "CN-004 CN-030 CN-032 reach",
        _to("networkInterfaceId", "eni-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a route to a Gateway Load Balancer's endpoint",
        "CN-004 CN-030 CN-032 reach",
        _to("vpcEndpointId", "vpce-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a route to a core network",
        "CN-030 CN-032 reach",
        _to(
            "coreNetworkArn",
            "arn:aws:networkmanager::123456789012:core-network/core-network-0a1b2c3d4e5f60718",
        ),
    ),
    opens(
        "a route to an ODB network",
        "CN-030 CN-032 reach",
        _to("odbNetworkArn", "arn:aws:odb:ap-northeast-1:123456789012:odb-network/odbnet_x"),
    ),
    opens(
        "a route to a local gateway",
        "CN-004 CN-030 CN-032 reach",
        _to("localGatewayId", "lgw-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a route to a carrier gateway that is not this program's",
        "CN-004 CN-030 CN-032 reach",
        _to("carrierGatewayId", "cagw-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a route to a transit gateway that is not this program's",
        "CN-004 CN-031 CN-032 reach",
        _to("transitGatewayId", "tgw-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a route to a peering that is not this program's",
        "CN-004 CN-031 CN-032 reach",
        _to("vpcPeeringConnectionId", "pcx-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a route to a router of one's own",
        "CN-010 CN-014 CN-030 CN-032 CN-100 CN-101 CN-102 reach",
        build(_to_interface),
    ),
    opens("a route longer than the local one, to an interface", "CN-030", build(_within)),
    opens("a route beyond its connection's ranges", "CN-032 reach", _beyond),
    opens("a route of a connection made wider", "CN-032 reach", _wider),
)
