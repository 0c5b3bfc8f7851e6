"""A plain program, none of ours: a closed VPC beside one with a way to the internet.

Somebody answers for every resource of it by itself, so only the graph tells whether it is closed.
"""

from collections.abc import Iterable
from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN

from tests.policies.analyzer import ACCOUNT, SOON
from tests.policies.deployed import Shown
from tests.policies.engine import Item

WHO = {"owner": "net team", "reason": "theirs, looked at"}
EC2, TGW = "aws:ec2/", "aws:ec2transitgateway/"


def excepted(rule: str, *names: str) -> list[dict[str, str]]:
    return [{"rule": rule, "name": name, "expires": SOON, **WHO} for name in names]


def of_urn(kind: str, name: str, inputs: dict[str, Any] | None = None, **sources: str) -> Shown:
    """A resource of a first preview; each source is unknown, and comes from that resource."""
    known = {key: [UNKNOWN] if key.endswith("Ids") else UNKNOWN for key in sources}
    return Shown(
        kind, f"urn:pulumi:s::p::{kind}::{name}", {**(inputs or {}), **known},
        {key: [source] for key, source in sources.items()},
    )  # fmt: skip


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:s::p::{kind}::{name}"


VPC, SUBNET = f"{EC2}vpc:Vpc", f"{EC2}subnet:Subnet"
TABLE, ROUTE = f"{EC2}routeTable:RouteTable", f"{EC2}route:Route"
JOINED = f"{EC2}routeTableAssociation:RouteTableAssociation"
MACHINE, GATEWAY = f"{EC2}instance:Instance", f"{EC2}internetGateway:InternetGateway"
NAT, HUB = f"{EC2}natGateway:NatGateway", f"{TGW}transitGateway:TransitGateway"
ATTACHED, HUB_TABLE = f"{TGW}vpcAttachment:VpcAttachment", f"{TGW}routeTable:RouteTable"
GROUP = f"{EC2}securityGroup:SecurityGroup"
NODE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/nodes"
PRIVATE = {
    "associatePublicIpAddress": False,
    "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
    "rootBlockDevice": {"encrypted": True},
}


def subnet(vpc: str, name: str, block: str) -> list[Shown]:
    """A subnet with a route table of its own."""
    return [
        of_urn(SUBNET, name, {"cidrBlock": block, "availabilityZone": "eu-west-1a"},
               vpcId=urn(VPC, vpc)),
        of_urn(TABLE, name, {}, vpcId=urn(VPC, vpc)),
        of_urn(JOINED, name, {}, subnetId=urn(SUBNET, name), routeTableId=urn(TABLE, name)),
    ]  # fmt: skip


def route(name: str, table: str, to: str, **target: str) -> Shown:
    return of_urn(ROUTE, name, {"destinationCidrBlock": to}, routeTableId=urn(TABLE, table),
                  **target)  # fmt: skip


def attached(name: str, vpc: str, in_subnet: str) -> Shown:
    off = {"transitGatewayDefaultRouteTableAssociation": False,
           "transitGatewayDefaultRouteTablePropagation": False}  # fmt: skip
    return of_urn(ATTACHED, name, off, vpcId=urn(VPC, vpc), subnetIds=urn(SUBNET, in_subnet),
                  transitGatewayId=urn(HUB, "tgw"))  # fmt: skip


R53 = "aws:route53/resolverFirewall"
LIST = f"{R53}DomainList:ResolverFirewallDomainList"
RULES = f"{R53}RuleGroup:ResolverFirewallRuleGroup"


def filtered(*vpcs: str) -> list[Shown]:
    """A DNS Firewall that blocks every name, joined to VPCs."""
    block = {"name": "block", "priority": 100, "action": "BLOCK", "blockResponse": "NXDOMAIN"}
    joined = {"name": "dns", "priority": 101, "mutationProtection": "ENABLED"}
    return [
        of_urn(RULES, "dns", {"name": "dns"}),
        of_urn(LIST, "every", {"name": "every", "domains": ["*"]}),
        of_urn(f"{R53}Rule:ResolverFirewallRule", "block", block,
               firewallDomainListId=urn(LIST, "every"), firewallRuleGroupId=urn(RULES, "dns")),
        *(of_urn(f"{R53}RuleGroupAssociation:ResolverFirewallRuleGroupAssociation", vpc, joined,
                 vpcId=urn(VPC, vpc), firewallRuleGroupId=urn(RULES, "dns"))
          for vpc in vpcs),
    ]  # fmt: skip


def two_vpcs(*more: Shown) -> list[Shown]:
    """A closed VPC with a machine, and an egress VPC, both attached to one transit gateway."""
    known = {"ingress": [], "egress": [
        {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]}  # fmt: skip
    listed = [
        of_urn(VPC, "spoke", {"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": True}),
        of_urn(VPC, "far", {"cidrBlock": "10.2.0.0/16", "enableDnsHostnames": True}),
        *filtered("spoke", "far"),
        *subnet("spoke", "nodes-1a", "10.1.0.0/24"),
        *subnet("far", "hub-1a", "10.2.0.0/24"),
        *subnet("far", "public-1a", "10.2.1.0/24"),
        of_urn(GROUP, "node", known, vpcId=urn(VPC, "spoke")),
        of_urn(MACHINE, "pod", PRIVATE, subnetId=urn(SUBNET, "nodes-1a"),
               vpcSecurityGroupIds=urn(GROUP, "node")),
        of_urn(HUB, "tgw", {"defaultRouteTableAssociation": "disable",
                            "defaultRouteTablePropagation": "disable"}),
        attached("att-spoke", "spoke", "nodes-1a"),
        attached("att-far", "far", "hub-1a"),
        of_urn(HUB_TABLE, "spokes", {}, transitGatewayId=urn(HUB, "tgw")),
        of_urn(f"{TGW}routeTableAssociation:RouteTableAssociation", "spokes", {},
               transitGatewayAttachmentId=urn(ATTACHED, "att-spoke"),
               transitGatewayRouteTableId=urn(HUB_TABLE, "spokes")),
        of_urn(GATEWAY, "igw", {}, vpcId=urn(VPC, "far")),
        of_urn(NAT, "nat", {}, subnetId=urn(SUBNET, "public-1a")),
        route("hub-nat", "hub-1a", "0.0.0.0/0", natGatewayId=urn(NAT, "nat")),
        route("public", "public-1a", "0.0.0.0/0", gatewayId=urn(GATEWAY, "igw")),
    ]  # fmt: skip
    return [*listed, *more]


def nodes_without_endpoints(*more: Shown) -> list[Shown]:
    """A closed VPC with managed nodes in it, and nothing by which they could call AWS."""
    group = "aws:eks/nodeGroup:NodeGroup"
    return [
        of_urn(VPC, "spoke", {"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": True}),
        *filtered("spoke"),
        *subnet("spoke", "nodes-1a", "10.1.0.0/24"),
        of_urn(group, "workers", {"clusterName": "c", "nodeRoleArn": NODE_ROLE},
               subnetIds=urn(SUBNET, "nodes-1a")),
        *more,
    ]  # fmt: skip


def to_far(destination: str) -> Shown:
    """The transit gateway's route from the spoke to the egress VPC."""
    return of_urn(f"{TGW}route:Route", "everything", {"destinationCidrBlock": destination},
                  transitGatewayAttachmentId=urn(ATTACHED, "att-far"),
                  transitGatewayRouteTableId=urn(HUB_TABLE, "spokes"))  # fmt: skip


def through_hub(table: str, to: str = "0.0.0.0/0") -> Shown:
    return route("nodes-out", table, to, transitGatewayId=urn(HUB, "tgw"))


def bare(*more: Shown) -> list[Shown]:
    """A subnet without a route table of its own, a machine in it, and a table to the hub."""
    return [
        of_urn(SUBNET, "bare-1a", {"cidrBlock": "10.1.9.0/24", "availabilityZone": "eu-west-1a"},
               vpcId=urn(VPC, "spoke")),
        of_urn(MACHINE, "job", PRIVATE, subnetId=urn(SUBNET, "bare-1a"),
               vpcSecurityGroupIds=urn(GROUP, "node")),
        of_urn(TABLE, "hub", {}, vpcId=urn(VPC, "spoke")),
        through_hub("hub"),
        *more,
    ]  # fmt: skip


def listed(block: str) -> list[Shown]:
    """A route to the hub for what a prefix list holds."""
    kind = f"{EC2}managedPrefixList:ManagedPrefixList"
    entries = {"addressFamily": "IPv4", "maxEntries": 1, "entries": [{"cidr": block}]}
    return [
        of_urn(kind, "hub-list", entries),
        of_urn(ROUTE, "nodes-out", {}, routeTableId=urn(TABLE, "nodes-1a"),
               destinationPrefixListId=urn(kind, "hub-list"), transitGatewayId=urn(HUB, "tgw")),
    ]  # fmt: skip


def peered() -> list[Shown]:
    """The same default route by a peering: AWS carries nothing beyond the other VPC."""
    kind = f"{EC2}vpcPeeringConnection:VpcPeeringConnection"
    return [
        of_urn(kind, "att-peering", {"autoAccept": True}, vpcId=urn(VPC, "spoke"),
               peerVpcId=urn(VPC, "far")),
        route("nodes-out", "nodes-1a", "0.0.0.0/0",
              vpcPeeringConnectionId=urn(kind, "att-peering")),
    ]  # fmt: skip


MAIN = of_urn(
    f"{EC2}mainRouteTableAssociation:MainRouteTableAssociation", "hub", {},
    vpcId=urn(VPC, "spoke"), routeTableId=urn(TABLE, "hub"),
)  # fmt: skip
EVERYTHING = to_far("0.0.0.0/0")
# What opens the network, with the first hops; and what looks like it and does not.
OPEN = {
    "a transit gateway": (
        two_vpcs(through_hub("nodes-1a"), EVERYTHING),
        "interface pod (nodes-1a, 10.1.0.0/24) -> route table nodes-1a (0.0.0.0/0)",
    ),
    "the main table of a subnet without one": (
        two_vpcs(EVERYTHING, *bare(MAIN)),
        "interface job (bare-1a, 10.1.9.0/24) -> route table hub (0.0.0.0/0)",
    ),
    "half of all addresses in a prefix list": (
        two_vpcs(EVERYTHING, *listed("0.0.0.0/1")),
        "interface pod (nodes-1a, 10.1.0.0/24) -> route table nodes-1a (0.0.0.0/1)",
    ),
}
CLOSED = {
    "a transit gateway that leads to the other VPC alone": two_vpcs(
        through_hub("nodes-1a"), to_far("10.2.0.0/16")
    ),
    "a peering with a VPC that has a NAT gateway": two_vpcs(EVERYTHING, *peered()),
    "a table that is not the main one": two_vpcs(EVERYTHING, *bare()),
    "the other VPC in a prefix list": two_vpcs(EVERYTHING, *listed("10.2.0.0/16")),
}

# Every single resource has somebody who answers for it: the hub team for its egress VPC, the net
# team for the default route to a hub that is said to be closed, and for a subnet that takes the
# main table on purpose.
BY_ITSELF = (
    "CN-010",
    "CN-012",
    "CN-020",
    "CN-022",
    "CN-030",
    "CN-031",
    "CN-032",
    "CN-100",
    "CN-102",
    "CN-104",
)
NAMES = ("igw", "nat", "tgw", "att-*", "hub-*", "public*", "nodes-*", "everything", "node")
ANSWERED = {
    "accounts": [ACCOUNT],
    "exceptions": [
        *(e for rule in BY_ITSELF for e in excepted(rule, *NAMES)),
        *excepted("CN-220", "bare-1a"),
    ],
}


def as_program(resources: Iterable[Shown]) -> list[Item]:
    """The same for the real engine: unknown ids are those of what the program makes."""
    return [(shown.type, shown.urn.rsplit("::", 1)[-1], _inputs(shown)) for shown in resources]


def _inputs(shown: Shown) -> dict[str, Any]:
    inputs = dict(shown.inputs)
    for key, (source,) in shown.sources.items():
        named = {"idOf": "::".join(source.split("::")[-2:])}
        inputs[key] = [named] if isinstance(inputs[key], list) else named
    return inputs
