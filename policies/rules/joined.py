"""What one resource alone does not tell of VPCs, subnets and endpoints: what is joined to them.

A subnet is closed by the route table that it is joined to, an endpoint by the groups that it
carries, and the two endpoints of the registry by one and the same policy. What a VPC has carried,
its flow logs tell.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from model.deployment import Node
from rules.documents import DocumentError, Statement, parse_document
from rules.endpoints import service_of
from rules.model import Resource
from rules.security_groups import permissions
from rules.unknowns import UNKNOWN, at, each, is_set

_VPC: Final = "aws:ec2/vpc:Vpc"
_FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
_SUBNET: Final = "aws:ec2/subnet:Subnet"
_ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_ENDPOINT_POLICY: Final = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_GROUP_RULES: Final = (
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)
# ACCEPT leaves out what was refused: who has tried a way that is closed.
_RECORDED: Final = ("ALL", "REJECT")
_TCP: Final = ("tcp", "6", 6)
_HTTPS: Final = (443, "443")
# The two halves of a registry: names and logins, and images.
_FIRST, _SECOND = "ecr.api", "ecr.dkr"
# What pulls and pushes call. Other actions (lists, descriptions) have a name of the first alone.
_OF_IMAGES: Final = frozenset(
    f"ecr:{action}".lower()
    for action in (
        "BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload",
        "GetAuthorizationToken", "GetDownloadUrlForLayer", "InitiateLayerUpload", "PutImage",
        "UploadLayerPart",
    )
)  # fmt: skip


def unjoined_subnets(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """Subnets that nothing here joins to a route table: they take the main one of their VPC."""
    subnets = list(_of_type(nodes, _SUBNET))
    joined = _named_by(_of_type(nodes, _ASSOCIATION), "subnetId")
    for subnet in subnets:
        if not _is_among(subnet, joined):
            yield subnet.resource, "has no RouteTableAssociation in this deployment"


def unlogged_vpcs(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """VPCs that no flow log here covers: neither one of the VPC, nor one of each of its subnets."""
    logs = [
        node
        for node in _of_type(nodes, _FLOW_LOG)
        if node.resource.props.get("trafficType") in _RECORDED
    ]
    of_vpcs, of_subnets = _named_by(logs, "vpcId"), _named_by(logs, "subnetId")
    subnets = list(_of_type(nodes, _SUBNET))
    logged = _named_by((s for s in subnets if _is_among(s, of_subnets)), "vpcId")
    others = _named_by((s for s in subnets if not _is_among(s, of_subnets)), "vpcId")
    for vpc in _of_type(nodes, _VPC):
        in_parts = _is_among(vpc, logged) and not _is_among(vpc, others)
        if not (_is_among(vpc, of_vpcs) or in_parts):
            yield (
                vpc.resource,
                "has no FlowLog of all or of rejected traffic in this deployment, nor has each of "
                "its subnets",
            )


def wide_endpoint_groups(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """What groups of interface endpoints let in besides tcp/443. From where: CN-101."""
    interfaces = [
        node
        for node in _of_type(nodes, _ENDPOINT)
        if node.resource.props.get("vpcEndpointType") in ("Interface", UNKNOWN)
    ]
    carried = _named_by(interfaces, "securityGroupIds")
    for group in _of_type(nodes, _DEFAULT_GROUP):
        if _is_among(group, carried):
            yield group.resource, "is the default group of a VPC, and an endpoint carries it"
    groups = [group for group in _of_type(nodes, _GROUP) if _is_among(group, carried)]
    for group in groups:
        yield from ((group.resource, fault) for fault in _wide(group.resource))
    urns = {group.resource.urn for group in groups}
    ids = {group.outputs().get("id") for group in groups} - {UNKNOWN, None}
    for rule in _of_type(nodes, *_GROUP_RULES):
        named, sources = _names(rule, "securityGroupId")
        if not (urns.isdisjoint(sources) and ids.isdisjoint(named)):
            yield from ((rule.resource, fault) for fault in _wide(rule.resource))


def _wide(resource: Resource) -> Iterator[str]:
    for where, rule in permissions(resource, "ingress"):
        protocol = at(rule, "protocol") if is_set(at(rule, "protocol")) else at(rule, "ipProtocol")
        ports = (at(rule, "fromPort"), at(rule, "toPort"))
        if protocol not in _TCP or any(port not in _HTTPS for port in ports):
            yield f"{where}lets more than tcp/443 in at an endpoint"


def halved_registries(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """Endpoints of the registry whose policy says something else than that of its other half."""
    endpoints = list(_of_type(nodes, _ENDPOINT))
    apart = list(_of_type(nodes, _ENDPOINT_POLICY))
    for one in _of_service(endpoints, _FIRST):
        for other in _of_service(endpoints, _SECOND):
            if not _in_one_vpc(one, other):
                continue
            said = [_said(_policy(node, apart)) for node in (one, other)]
            if None not in said and said[0] != said[1]:
                yield other.resource, f"has another policy than the endpoint of {_FIRST}"


def _of_service(endpoints: Iterable[Node], name: str) -> Iterator[Node]:
    for node in endpoints:
        service = service_of(node.resource)
        if service is not None and service.name == name:
            yield node


def _in_one_vpc(one: Node, other: Node) -> bool:
    named, sources = _names(one, "vpcId")
    more, others = _names(other, "vpcId")
    return bool(named & more or sources & others)


def _policy(endpoint: Node, apart: Iterable[Node]) -> Any:
    """The policy of an endpoint: its own, or that of a resource beside it."""
    for policy in apart:
        if _is_among(endpoint, _named_by([policy], "vpcEndpointId")):
            return policy.resource.props.get("policy")
    return endpoint.resource.props.get("policy")


def _said(policy: Any) -> frozenset[Any] | None:
    """What a policy says of images, in whatever order; None where it cannot be read (CN-083)."""
    try:
        read = parse_document(policy)
    except DocumentError:
        return None
    return frozenset(
        _without_order(statement)
        for statement in read
        if statement.not_actions or any(_of_images(action) for action in statement.actions)
    )


def _without_order(statement: Statement) -> Any:
    actions = frozenset(action for action in statement.actions if _of_images(action))
    conditions = frozenset((c.operator, c.key, frozenset(c.values)) for c in statement.conditions)
    lists = (statement.principals, statement.resources, statement.not_principals,
             statement.not_actions, statement.not_resources)  # fmt: skip
    return (statement.allows, actions, conditions, *(frozenset(listed) for listed in lists))


def _of_images(action: Any) -> bool:
    """Whether an action is, or may be, one that pulls and pushes call."""
    if not isinstance(action, str):
        return True
    return not {"*", "?"}.isdisjoint(action) or action.lower() in _OF_IMAGES


def _of_type(nodes: Mapping[str, Node], *types: str) -> Iterator[Node]:
    return (node for node in nodes.values() if node.resource.type in types)


_Named = tuple[set[str], set[str]]


def _named_by(nodes: Iterable[Node], key: str) -> _Named:
    """The ids that an input of these resources has, and the URNs that unknown ones come from."""
    ids: set[str] = set()
    urns: set[str] = set()
    for node in nodes:
        named, sources = _names(node, key)
        ids |= named
        urns |= sources
    return ids, urns


def _names(node: Node, key: str) -> _Named:
    value = node.resource.props.get(key)
    found = {item for _, item in each(value) if isinstance(item, str)}
    return found, set(node.sources.get(key, frozenset()))


def _is_among(node: Node, named: Collection[set[str]]) -> bool:
    ids, urns = named
    return node.resource.urn in urns or node.outputs().get("id") in ids
