"""What no longer works: endpoints, policies, packets, names and roles of features in use.

Nothing of this opens a network: the verdict stays what it was, and the network is not complete.
"""

import base64
from collections.abc import Callable, Iterator
from typing import Any

from model.deployment import Node
from tests.policies.mutations.kubernetes import DENIED, a_space
from tests.policies.mutations.mutation import Change, Mutation, opens, rewrite
from tests.policies.mutations.parts import (
    ASSOCIATION,
    EGRESS,
    ENDPOINT,
    INGRESS,
    SUBNET,
    VPC,
    table_of,
)
from tests.policies.mutations.stacks import ACCOUNT, Of, Stack

DOMAINS = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
NETWORK_ACL = "aws:ec2/networkAcl:NetworkAcl"
POOLS = ("aws:autoscaling/group:Group", "aws:eks/nodeGroup:NodeGroup")


def breaks(name: str, caught: str, change: Change, **more: Any) -> Mutation:
    """A mutation that opens nothing."""
    return opens(name, caught, change, verdict="closed", **more)


def _is(service: str) -> Callable[[Node], bool]:
    return lambda node: str(node.resource.props.get("serviceName")).endswith(f".{service}")


def no_endpoint(service: str) -> Change:
    def change(stack: Stack) -> Iterator[Stack]:
        for node in stack.each(ENDPOINT):
            if _is(service)(node):
                yield stack.lacking(node)

    return change


def without(type_: str, named: str) -> Change:
    """Without the resources whose logical name holds a text."""

    def change(stack: Stack) -> Iterator[Stack]:
        found = [node for node in stack.each(type_) if named in node.resource.name]
        if found:
            yield stack.lacking(*found)

    return change


def _nodes(stack: Stack) -> list[Node]:
    """The subnets that nodes stand in."""
    pools = [node for type_ in POOLS for node in stack.each(type_)]
    listed = ("vpcZoneIdentifiers", "subnetIds")
    urns = {urn for pool in pools for key in listed for urn in pool.sources.get(key, ())}
    joined = [a for a in stack.each(ASSOCIATION) if a.resource.urn in urns]
    urns = urns.union(*(a.sources["subnetId"] for a in joined))
    return [subnet for subnet in stack.each(SUBNET) if subnet.resource.urn in urns]


def _off_the_table(stack: Stack) -> Iterator[Stack]:
    """The endpoint of S3 on every route table but one of the nodes'."""
    left = table_of(stack, _nodes(stack)[0])
    (endpoint,) = (node for node in stack.each(ENDPOINT) if _is("s3")(node))
    urns = endpoint.sources["routeTableIds"] - {left.resource.urn}
    tables = [stack.deployment.nodes[urn] for urn in sorted(urns)]
    kept = [Of(t) for t in tables if t.resource.type.endswith("routeTable:RouteTable")]
    if kept:
        yield stack.having(stack.edited(endpoint, {"routeTableIds": kept}))


def _in_one_zone(stack: Stack) -> Iterator[Stack]:
    nodes = _nodes(stack)
    zones = {subnet.resource.props["availabilityZone"] for subnet in nodes}
    (endpoint,) = (node for node in stack.each(ENDPOINT) if _is("ec2")(node))
    if len(zones) > 1:
        yield stack.having(stack.edited(endpoint, {"subnetIds": [Of(nodes[0])]}))


def less(service: str, action: str) -> Change:
    """The endpoint's policy without one action."""

    def how(document: dict[str, Any]) -> dict[str, Any]:
        for statement in document["Statement"]:
            listed = statement["Action"]
            listed = listed if isinstance(listed, list) else [listed]
            statement["Action"] = [a for a in listed if a != action]
        kept = [s for s in document["Statement"] if s["Action"]]
        return {**document, "Statement": kept}

    return rewrite(ENDPOINT, "policy", how, _is(service))


def _of_both(change: Callable[[str], Change]) -> Change:
    """The same change at both endpoints of the registry, which say the same (CN-222)."""

    def both(stack: Stack) -> Iterator[Stack]:
        for half in change("ecr.api")(stack):
            yield from change("ecr.dkr")(half)

    return both


def _own_images_alone(document: dict[str, Any]) -> dict[str, Any]:
    """Without the statement for images of EKS's account."""
    kept = [s for s in document["Statement"] if s["Resource"] == "*"]
    assert len(kept) < len(document["Statement"])
    return {**document, "Statement": kept}


def _held(service: str, condition: dict[str, Any]) -> Change:
    """Every statement of the endpoint's policy with one more condition."""

    def how(document: dict[str, Any]) -> dict[str, Any]:
        for statement in document["Statement"]:
            held = statement.setdefault("Condition", {}).setdefault("StringEquals", {})
            held.update(condition)
        return document

    return rewrite(ENDPOINT, "policy", how, _is(service))


def unnamed(*beginnings: str) -> Change:
    """Without the allowed names that begin so."""

    def change(stack: Stack) -> Iterator[Stack]:
        for node in stack.each(DOMAINS):
            listed = node.resource.props["domains"]
            kept = [name for name in listed if not name.startswith(beginnings)]
            if kept != listed:
                yield stack.having(stack.edited(node, {"domains": kept}))

    return change


def _no_answers(stack: Stack) -> Iterator[Stack]:
    """A network ACL of the nodes' subnets that lets calls out and nothing back in."""
    nodes = _nodes(stack)
    every = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlock": "0.0.0.0/0"}
    to = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlock": "0.0.0.0/0"}
    vpc = stack.first(VPC, lambda node: node.resource.name == "cluster")
    yield stack.having(stack.makes(NETWORK_ACL, "door", {
        "vpcId": Of(vpc), "subnetIds": [Of(subnet) for subnet in nodes],
        "egress": [{**every, "ruleNo": 100, "action": "allow"}],
        "ingress": [{**to, "ruleNo": 100, "action": "allow"}],
    }))  # fmt: skip


def _as_sent(script: str) -> str:
    return base64.b64encode(script.encode()).decode()


def _reads(stack: Stack) -> Iterator[Stack]:
    """Machines whose user data reads a bucket that no endpoint policy lets through."""
    type_ = "aws:ec2/launchTemplate:LaunchTemplate"
    for node in list(stack.each(type_))[:1]:
        told = _as_sent("#!/bin/sh\naws s3 cp s3://material/agent .\n")
        yield stack.having(stack.edited(node, {"userData": told}))


MUTATIONS = (
    *(
        breaks(f"no endpoint for {service}", "CN-190", no_endpoint(service))
        for service in ("ec2", "ecr.api", "ecr.dkr", "autoscaling", "eks-auth", "ssm",
                        "ssmmessages")
    ),
    breaks("an S3 endpoint that is not on a route table of nodes", "CN-190", _off_the_table),
    breaks("an endpoint in one zone of two", "CN-191", _in_one_zone),
    breaks("an EC2 policy without what tells nodes their name", "CN-192",
           less("ec2", "ec2:DescribeInstances")),
    breaks("an EC2 policy without what the VPC CNI calls", "CN-192",
           less("ec2", "ec2:AssignPrivateIpAddresses")),
    breaks("a registry policy without reads", "CN-192",
           _of_both(lambda half: less(half, "ecr:BatchGetImage"))),
    breaks("a registry policy for own images alone", "CN-192",
           _of_both(lambda half: rewrite(ENDPOINT, "policy", _own_images_alone, _is(half)))),
    breaks("a policy for layers that asks for own principals", "CN-192",
           _held("s3", {"aws:PrincipalAccount": ACCOUNT})),
    breaks("a policy that asks for what is not known of a call", "CN-196",
           _held("eks-auth", {"aws:PrincipalTag/team": "x"})),
    breaks("nodes that may not send to endpoints", "CN-193",
           without(EGRESS, "node-to-endpoint-aws")),
    breaks("endpoints that take nothing of nodes", "CN-193",
           without(INGRESS, "endpoint-from-node-aws")),
    breaks("nodes that may not send to S3", "CN-193", without(EGRESS, "node-to-s3")),
    breaks("a network ACL that lets no answers in", "CN-193", _no_answers),
    breaks("a DNS Firewall that forgets EC2", "CN-194", unnamed("ec2.")),
    breaks("a DNS Firewall that forgets EKS's registry", "CN-194", unnamed("602401143452.dkr")),
    breaks("a DNS Firewall that forgets where S3 redirects to", "CN-194", unnamed("s3-r-w.ap")),
    breaks("nodes that are not given image pulls", "CN-195",
           without(ATTACHMENT, "AmazonEC2ContainerRegistryPullOnly")),
    breaks("a VPC CNI that is given nothing", "CN-195",
           without(ATTACHMENT, "AmazonEKS_CNI_Policy")),
    breaks("a namespace whose pods may not ask for names", "CN-216", a_space(DENIED)),
    breaks("user data that reads a bucket of which no policy knows", "CN-192 CN-194 CN-195",
           _reads),
)  # fmt: skip
