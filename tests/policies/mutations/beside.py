"""What any program may make beside a closed network and leave it closed: each a change of a stack.

heiiki itself makes none of it. So generated stacks have shapes that its own plan never draws.
"""

import datetime
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from ipaddress import ip_network
from random import Random

from model.deployment import Node
from rules.boundary import RuleException
from tests.policies.mutations.connections import PEERING
from tests.policies.mutations.endpoints import is_interface
from tests.policies.mutations.filters import ACL, ACL_ASSOCIATION, ACL_RULE, RULE
from tests.policies.mutations.fronts import sends_to
from tests.policies.mutations.ipv6 import BLOCK as BLOCK_OF_IPV6
from tests.policies.mutations.ipv6 import dual
from tests.policies.mutations.parts import (
    ASSOCIATION,
    EGRESS,
    ENDPOINT,
    GROUP,
    INTERFACE,
    PREFIX_LIST,
    ROUTE,
    ROUTE_TABLE,
    SUBNET,
    VPC,
    cluster_subnets,
    cluster_table,
    cluster_vpc,
    connection,
    filtered,
    machine,
    route,
    supply,
)
from tests.policies.mutations.stacks import ACCOUNT, Of, Stack
from tests.policies.mutations.stores import KINDS
from tests.policies.mutations.told import DIGEST
from tests.policies.mutations.transit import ASSOCIATED, attached, joined_transit, onwards

Beside = Callable[[Stack], Stack]
FAR, OTHERS = "10.99.0.0/24", "vpc-0fedcba9876543210"
HTTPS = {"fromPort": 443, "toPort": 443}
MAIN = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
YEARS = datetime.date(2027, 10, 31)


def block_of(stack: Stack) -> str:
    return str(cluster_vpc(stack).resource.props["cidrBlock"])


def prefix_list(stack: Stack) -> Stack:
    """A rule for the entries of an own prefix list."""
    halves = ip_network(block_of(stack)).subnets()
    entries = [{"cidr": str(half)} for half in halves]
    props = {"addressFamily": "IPv4", "maxEntries": 5, "entries": entries, "name": "inside"}
    listed = stack.makes(PREFIX_LIST, "inside", props)
    rule = {"securityGroupId": Of(stack.first(GROUP)), "ipProtocol": "tcp", **HTTPS}
    return stack.having(listed, stack.makes(EGRESS, "inside", {**rule, "prefixListId": Of(listed)}))


def network_acl(stack: Stack) -> Stack:
    """An ACL of its own around a subnet of the control plane."""
    acl = stack.makes(ACL, "around", {"vpcId": Of(cluster_vpc(stack))})
    rules = [
        stack.makes(ACL_RULE, f"around-{way}", {
            "networkAclId": Of(acl), "ruleNumber": 100, "egress": way == "out", "protocol": "-1",
            "ruleAction": "allow", "cidrBlock": block_of(stack),
        })
        for way in ("in", "out")
    ]  # fmt: skip
    joint = {"networkAclId": Of(acl), "subnetId": Of(cluster_subnets(stack)[-1])}
    return stack.having(acl, *rules, stack.makes(ACL_ASSOCIATION, "around", joint))


def inline_rules(stack: Stack) -> Stack:
    """An interface whose group has its rules written inline, and one of the older kind."""
    vpc, subnet = cluster_vpc(stack), cluster_subnets(stack)[0]
    inside = [{"protocol": "tcp", **HTTPS, "cidrBlocks": [block_of(stack)]}]
    group = stack.makes(GROUP, "inline", {"vpcId": Of(vpc), "egress": inside, "ingress": inside})
    older = stack.makes(GROUP, "older", {"vpcId": Of(vpc)})
    rule = {"type": "egress", "securityGroupId": Of(older), **inside[0]}
    card = {"subnetId": Of(subnet), "securityGroups": [Of(group), Of(older)]}
    rule_node, card_node = stack.makes(RULE, "older", rule), stack.makes(INTERFACE, "card", card)
    return stack.having(group, older, rule_node, card_node)


def main_table(stack: Stack) -> Stack:
    """A table that leads nowhere is made the VPC's main one."""
    vpc = cluster_vpc(stack)
    table = stack.makes(ROUTE_TABLE, "main", {"vpcId": Of(vpc)})
    props = {"vpcId": Of(vpc), "routeTableId": Of(table)}
    return stack.having(table, stack.makes(MAIN, "main", props))


def inline_routes(stack: Stack) -> Stack:
    """The routes of a table that are resources of their own are written inline instead."""
    table = cluster_table(stack)
    own = [r for r in stack.each(ROUTE) if table.resource.urn in r.sources["routeTableId"]]
    listed = []
    for node in own:
        given = {k: v for k, v in node.resource.props.items() if k != "routeTableId"}
        given["cidrBlock"] = given.pop("destinationCidrBlock")
        listed.append(given)
    if not listed:
        return stack.having(stack.edited(table, {"routes": []}))
    sources = frozenset(
        urn for r in own for k, urns in r.sources.items() if k != "routeTableId" for urn in urns
    )
    edited = stack.edited(table, {"routes": listed})
    edited = replace(edited, sources={**edited.sources, "routes": sources})
    named = connection(table.resource.name, *(given["cidrBlock"] for given in listed))
    inline = stack.lacking(*own).having(edited)
    return inline.declaring(connections=(*stack.boundary.connections, named))


def far_vpc(stack: Stack) -> tuple[Node, Node, Node, list[Node]]:
    """Another VPC of the same program without any way out: (VPC, subnet, table, everything)."""
    far = stack.makes(VPC, "far", {"cidrBlock": FAR, "enableDnsHostnames": True})
    zone = cluster_subnets(stack)[0].resource.props["availabilityZone"]
    props = {"vpcId": Of(far), "cidrBlock": FAR, "availabilityZone": zone}
    subnet = stack.makes(SUBNET, "far", props)
    table = stack.makes(ROUTE_TABLE, "far", {"vpcId": Of(far)})
    joint = {"subnetId": Of(subnet), "routeTableId": Of(table)}
    return far, subnet, table, [
        far, subnet, table, stack.makes(ASSOCIATION, "far", joint), filtered(stack, far),
    ]  # fmt: skip


def peered(stack: Stack) -> Stack:
    """Two VPCs of one program, peered by a connection that somebody answers for."""
    far, _, table, nodes = far_vpc(stack)
    ends = {"vpcId": Of(cluster_vpc(stack)), "peerVpcId": Of(far), "autoAccept": True}
    peering = stack.makes(PEERING, "near-far", ends)
    by = {"vpcPeeringConnectionId": Of(peering)}
    there = route(stack, cluster_table(stack), "near-far-there", destinationCidrBlock=FAR, **by)
    back = route(stack, table, "near-far-back", destinationCidrBlock=block_of(stack), **by)
    named = connection("near-far*", FAR, block_of(stack))
    opened = stack.having(*nodes, peering, there, back)
    return opened.declaring(connections=(*stack.boundary.connections, named))


def by_transit_gateway(stack: Stack) -> Stack:
    """Two VPCs of one program behind a transit gateway with a table of its own."""
    gateway, _, table, nodes = joined_transit(stack)
    *nodes, way = nodes
    far, subnet, _, others = far_vpc(stack)
    spoke = attached(stack, gateway, "far", far, subnet)
    joined = {"transitGatewayAttachmentId": Of(spoke), "transitGatewayRouteTableId": Of(table)}
    there = stack.edited(way, {"destinationCidrBlock": FAR})
    named = [connection(name, FAR) for name in ("door", "spoke", "far", "onwards")]
    opened = stack.having(
        *nodes, *others, spoke, stack.makes(ASSOCIATED, "far", joined), there,
        onwards(stack, table, spoke, destinationCidrBlock=FAR),
    )  # fmt: skip
    return opened.declaring(connections=(*stack.boundary.connections, *named))


def load_balancer(stack: Stack) -> Stack:
    """An internal load balancer in front of a target inside."""
    inside = str(ip_network(block_of(stack))[10])
    return stack.having(*sends_to(stack, inside))


def private_zone(stack: Stack) -> Stack:
    """Names of one's own, for the VPC alone."""
    vpc = {"vpcId": Of(cluster_vpc(stack))}
    zone = stack.makes("aws:route53/zone:Zone", "inside", {"name": "in.internal", "vpcs": [vpc]})
    inside = str(ip_network(block_of(stack))[10])
    record = {"zoneId": Of(zone), "name": "db", "type": "A", "ttl": 60, "records": [inside]}
    return stack.having(zone, stack.makes("aws:route53/record:Record", "db", record))


def mailboxes(stack: Stack) -> Stack:
    """A queue and a topic for own accounts."""
    owned = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    made = []
    for type_ in ("aws:sqs/queue:Queue", "aws:sns/topic:Topic"):
        key, action = KINDS[type_]
        statement = {
            "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*",
            "Condition": owned,
        }  # fmt: skip
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made.append(stack.makes(type_, "own", {key: text}))
    return stack.having(*made)


def another_endpoint(stack: Stack) -> Stack:
    """A service more, behind an endpoint like the others."""
    like = stack.first(ENDPOINT, is_interface)
    before, region, _ = re.split(
        r"([a-z-]+-\d)", str(like.resource.props["serviceName"]), maxsplit=1
    )
    props = {**like.resource.props, "serviceName": f"{before}{region}.secretsmanager"}
    made = stack.makes(ENDPOINT, "secretsmanager", props)
    named = stack.boundary.services | {"secretsmanager"}
    return stack.having(replace(made, sources=like.sources)).declaring(services=named)


def another_machine(stack: Stack) -> Stack:
    """A machine beside the control plane that talks to the VPC alone."""
    group, rule, it = machine(stack, cluster_subnets(stack)[0])
    return stack.having(group, stack.edited(rule, {"cidrIpv4": block_of(stack)}), it)


def described_peer(stack: Stack) -> Stack:
    """A VPC of others with IPv6 that a facts file describes, peered and answered for."""
    ends = {"vpcId": Of(cluster_vpc(stack)), "peerVpcId": OTHERS}
    peering = stack.makes(PEERING, "partner", ends)
    there = route(
        stack, cluster_table(stack), "partner-there", destinationCidrBlock=FAR,
        vpcPeeringConnectionId=Of(peering),
    )  # fmt: skip
    theirs = {"id": OTHERS, "cidrBlock": FAR, "ipv6CidrBlock": BLOCK_OF_IPV6}
    vpc = replace(stack.makes(VPC, OTHERS, theirs, **theirs), described=True)
    boundary = stack.boundary
    return stack.having(vpc, peering, there).declaring(
        connections=(*boundary.connections, connection("partner*", FAR)),
        supplied=(*boundary.supplied, supply(OTHERS)),
    )


def dual_stack(stack: Stack) -> Stack:
    """IPv6 beside IPv4 without a route for it, which somebody answers for."""
    named = [
        RuleException(rule, node.resource.name, None, "net team", "IPv6 within", YEARS)
        for rule, node in zip(("CN-043", "CN-041"), dual(stack), strict=True)
    ]
    return stack.having(*dual(stack)).declaring(exceptions=(*stack.boundary.exceptions, *named))


def idle_vpc(stack: Stack) -> Stack:
    """A group that lets nothing pass, and a VPC without a machine in it yet."""
    group = stack.makes(GROUP, "shut", {"vpcId": Of(cluster_vpc(stack))})
    return stack.having(group, *far_vpc(stack)[3])


def pods(stack: Stack) -> Stack:
    """Pods of an own image in a namespace with a policy for what they send."""
    here = {"namespace": "app"}
    image = f"{sorted(stack.boundary.registries)[0].partition('/')[0]}/app{DIGEST}"
    spec = {"containers": [{"name": "app", "image": image}]}
    sends = [{"to": [{"ipBlock": {"cidr": block_of(stack)}}]}]
    objects = {
        "core/v1:Namespace": {"metadata": {"name": "app"}},
        "apps/v1:Deployment": {"metadata": here, "spec": {"template": {"spec": spec}}},
        "core/v1:Service": {"metadata": here, "spec": {"type": "ClusterIP"}},
        "networking.k8s.io/v1:NetworkPolicy": {
            "metadata": here,
            "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": sends},
        },
    }
    made = [stack.makes(f"kubernetes:{kind}", "app", props) for kind, props in objects.items()]
    return stack.having(*made)


BESIDE: Mapping[str, Beside] = {
    "prefix list": prefix_list,
    "network ACL": network_acl,
    "inline rules": inline_rules,
    "main table": main_table,
    "inline routes": inline_routes,
    "peered VPCs": peered,
    "transit gateway": by_transit_gateway,
    "load balancer": load_balancer,
    "private zone": private_zone,
    "mailboxes": mailboxes,
    "another endpoint": another_endpoint,
    "another machine": another_machine,
    "described peer": described_peer,
    "dual stack": dual_stack,
    "idle VPC": idle_vpc,
    "pods": pods,
}
# Of what makes a VPC or routes of the same names one at the most.
APART = frozenset({"peered VPCs", "transit gateway", "idle VPC", "described peer"})


def with_beside(stack: Stack, names: Iterable[str]) -> Stack:
    """The stack with all of these."""
    for name in names:
        stack = BESIDE[name](stack)
    return stack


def drawn(draw: Random) -> tuple[str, ...]:
    """Up to five of them, in any order."""
    names = draw.sample(sorted(BESIDE), draw.randint(1, 5))
    apart = [name for name in names if name in APART][1:]
    return tuple(name for name in names if name not in apart)
