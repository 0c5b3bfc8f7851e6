"""What mutations are put together from: the VPC, tables and interfaces that matter, and doors."""

from functools import cache
from ipaddress import ip_network
from typing import Any

from model.deployment import Node
from rules.boundary import Connection, Supply
from tests.policies.mutations.stacks import REGION, Of, Stack

EVERYWHERE = "0.0.0.0/0"
MORE = "100.64.0.0/28"  # one more block of a VPC
BLOCK = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
CLUSTER = "aws:eks/cluster:Cluster"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
DEFAULT_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
EIP = "aws:ec2/eip:Eip"
EIP_ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation"
INSTANCE = "aws:ec2/instance:Instance"
INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
POOL = "aws:autoscaling/group:Group"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
RULE_GROUP = "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup"
RULE_GROUP_ASSOCIATION = (
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
)
KEY = "aws:kms/key:Key"
ROLE = "aws:iam/role:Role"


def cluster_vpc(stack: Stack) -> Node:
    """The VPC of the cluster."""
    return stack.first(VPC, lambda node: node.resource.name == "cluster")


def filtered(stack: Stack, vpc: Node) -> Node:
    """Another VPC behind the stack's own DNS Firewall."""
    joined = {
        "name": "far", "priority": 101, "mutationProtection": "ENABLED", "vpcId": Of(vpc),
        "firewallRuleGroupId": Of(stack.first(RULE_GROUP)),
    }  # fmt: skip
    return stack.makes(RULE_GROUP_ASSOCIATION, vpc.resource.name, joined)


def cluster_subnets(stack: Stack) -> list[Node]:
    """The subnets that the control plane has its interfaces in."""
    sources = stack.first(CLUSTER).sources["vpcConfig"]
    joined = [a for a in stack.each(ASSOCIATION) if a.resource.urn in sources]
    urns = sources.union(*(a.sources["subnetId"] for a in joined))
    return [subnet for subnet in stack.each(SUBNET) if subnet.resource.urn in urns]


def table_of(stack: Stack, subnet: Node) -> Node:
    """The route table that a subnet is joined to."""
    (found,) = (a for a in stack.each(ASSOCIATION) if subnet.resource.urn in a.sources["subnetId"])
    return stack.first(ROUTE_TABLE, lambda t: t.resource.urn in found.sources["routeTableId"])


def cluster_table(stack: Stack) -> Node:
    """A table by which the control plane sends: no group of its own keeps its packets back."""
    return table_of(stack, cluster_subnets(stack)[0])


def free_block(stack: Stack, vpc: Node) -> str:
    """A block of the VPC that no subnet has."""
    taken = frozenset(s.resource.props["cidrBlock"] for s in stack.each(SUBNET))
    return _first_free(vpc.resource.props["cidrBlock"], taken)


@cache
def _first_free(within: str, taken: frozenset[str]) -> str:
    """Looked for once: most mutations find the same subnets."""
    others = [ip_network(text) for text in taken]
    for block in ip_network(within).subnets(new_prefix=28):
        if not any(block.overlaps(other) for other in others):
            return str(block)
    return MORE  # every address is in a subnet


def gateway(stack: Stack, vpc: Node | None = None) -> Node:
    return stack.makes(INTERNET_GATEWAY, "door", {"vpcId": Of(vpc or cluster_vpc(stack))})


def route(stack: Stack, table: Node, name: str = "door", **given: Any) -> Node:
    """A route; its destination is everything unless one is given."""
    ends = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
    where = {} if set(ends) & set(given) else {"destinationCidrBlock": EVERYWHERE}
    return stack.makes(ROUTE, name, {"routeTableId": Of(table), **where, **given})


def leads(stack: Stack, target: str, node: Node, **given: Any) -> Node:
    """A route by which the control plane reaches a thing."""
    return route(stack, cluster_table(stack), **{target: Of(node)}, **given)


def public_subnet(stack: Stack, door: Node, vpc: Node | None = None) -> list[Node]:
    """A subnet with a table of its own, whose default route leads to an internet gateway."""
    at = vpc or cluster_vpc(stack)
    props = {"vpcId": Of(at), "cidrBlock": free_block(stack, at), "availabilityZone": f"{REGION}a"}
    subnet = stack.makes(SUBNET, "shore", props)
    table = stack.makes(ROUTE_TABLE, "shore", {"vpcId": Of(at)})
    joined = {"subnetId": Of(subnet), "routeTableId": Of(table)}
    more = {"vpcId": Of(at), "cidrBlock": MORE}
    block = [stack.makes(BLOCK, "shore", more)] if props["cidrBlock"] == MORE else []
    way = route(stack, table, "shore", gatewayId=Of(door))
    return [subnet, table, stack.makes(ASSOCIATION, "shore", joined), way, *block]


def translator(stack: Stack, subnet: Node, **given: Any) -> list[Node]:
    """A public NAT gateway with its address."""
    address = stack.makes(EIP, "door", {"domain": "vpc"})
    props = {"subnetId": Of(subnet), "allocationId": Of(address, "allocationId"), **given}
    return [address, stack.makes(NAT_GATEWAY, "door", props)]


def way_by_nat(stack: Stack, vpc: Node | None = None) -> list[Node]:
    """An internet gateway, a public subnet and a NAT gateway in it: all that a way out needs."""
    door = gateway(stack, vpc)
    subnet, *rest = public_subnet(stack, door, vpc)
    return [door, subnet, *rest, *translator(stack, subnet)]


def machine(stack: Stack, subnet: Node, **given: Any) -> list[Node]:
    """A machine whose group lets everything out, sound in every other respect."""
    (vpc,) = (v for v in stack.each(VPC) if v.resource.urn in subnet.sources["vpcId"])
    group = stack.makes(GROUP, "machine", {"vpcId": Of(vpc)})
    everything = {"securityGroupId": Of(group), "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    props = {
        "ami": "ami-0a1b2c3d4e5f60718",
        "subnetId": Of(subnet),
        "vpcSecurityGroupIds": [Of(group)],
        "associatePublicIpAddress": False,
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {"encrypted": True},
    }
    return [
        group,
        stack.makes(EGRESS, "machine", {**everything, "cidrIpv4": EVERYWHERE}),
        stack.makes(INSTANCE, "machine", {**props, **given}),
    ]


def connection(name: str, *cidrs: str) -> Connection:
    """A connection that somebody answers for."""
    blocks = tuple(ip_network(cidr) for cidr in cidrs)
    return Connection(name, blocks, "net team", "agreed")


def supply(id_: str) -> Supply:
    """Something of others that somebody answers for."""
    return Supply((id_,), (), "net team", "judged elsewhere")
