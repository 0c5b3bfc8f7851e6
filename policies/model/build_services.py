"""Interfaces that AWS's own services hold in a VPC: balancers, endpoints, resolvers, file systems.

What runs behind them is AWS's; the proof asks who reaches them, not where they reach.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from model.deployment import Node
from model.interfaces import Places, public_if
from model.network import (
    Endpoint,
    Hole,
    Interface,
    Key,
    Public,
    Reference,
    SecurityGroup,
    SecurityGroupRule,
)
from model.nouns import BALANCERS, FIREWALL, Noun
from model.reading import text
from model.traffic import EVERYTHING
from rules.unknowns import UNKNOWN, at, each, false, is_set

CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"
RESOLVER_ENDPOINT: Final = "aws:route53/resolverEndpoint:ResolverEndpoint"
MOUNT_TARGET: Final = "aws:efs/mountTarget:MountTarget"
UNFILTERED: Final = "#no-security-group"
_FILTERED_BY_DEFAULT: Final = ("application", "classic")


def services(places: Places, endpoints: Mapping[Key, Endpoint]) -> Iterator[Interface]:
    """The interfaces of services."""
    reader = places.reader
    for key, node in reader.each(*BALANCERS, CLASSIC):
        yield _balancer(places, key, node)
    for endpoint in endpoints.values():
        if endpoint.kind != "Gateway":
            yield _endpoint(places, endpoint)
    for key, node in reader.each(RESOLVER_ENDPOINT):
        yield _resolver(places, key, node)
    for key, node in reader.each(FIREWALL):
        yield from _firewall(places, key, node)
    for key, node in reader.each(MOUNT_TARGET):
        subnets = reader.references.several(node, "subnetId", Noun.SUBNET)
        groups = places.groups(node, "securityGroups", subnets)
        given = [value for _, value in each(node.resource.props.get("ipAddress"))]
        yield _service(places, key, node, subnets, groups, Public.NO, given)


def _service(
    places: Places,
    key: Key,
    node: Node,
    subnets: tuple[Reference, ...],
    groups: tuple[Reference, ...],
    public: Public,
    given: list[Any],
) -> Interface:
    return Interface(
        key=key,
        name=node.resource.name,
        subnets=subnets or (Hole(f"the subnet of {node.resource.name!r}"),),
        addresses=places.addresses(subnets, [] if UNKNOWN in given else given),
        security_groups=groups,
        public=public,
        workload=False,
    )


def _balancer(places: Places, key: Key, node: Node) -> Interface:
    """A load balancer: facing the internet unless it is internal, filtered as its kind is."""
    props = node.resource.props
    subnets = places.reader.references.several(node, "subnets", Noun.SUBNET)
    mapped = list(each(props.get("subnetMappings")))
    for _, mapping in mapped:
        subnets += places.reader.references.values(
            node, "subnetMappings.subnetId", _of(mapping, "subnetId"), Noun.SUBNET
        )
    groups = places.reader.references.several(node, "securityGroups", Noun.SECURITY_GROUP)
    if not groups and _kind(node) in _FILTERED_BY_DEFAULT:
        groups = places.groups(node, "securityGroups", subnets)
    addressed = any(is_set(_of(mapping, "allocationId")) for _, mapping in mapped)
    internal = props.get("internal")
    public = Public.NO if false(not_(internal)) else public_if(not_(internal))
    return _service(
        places,
        key,
        node,
        tuple(dict.fromkeys(subnets)),
        groups or (key + UNFILTERED,),
        Public.YES if addressed else public,
        [],
    )


def not_(value: Any) -> Any:
    """The contrary of a Boolean; of what is absent, true; of what is unknown, unknown."""
    if value is UNKNOWN:
        return UNKNOWN
    return not (value is True or str(value).lower() == "true")


def _of(mapping: Any, name: str) -> Any:
    return UNKNOWN if mapping is UNKNOWN else at(mapping, name)


def _kind(node: Node) -> str:
    if node.resource.type == CLASSIC:
        return "classic"
    return text(node.resource.props.get("loadBalancerType"), "application")


def _endpoint(places: Places, endpoint: Endpoint) -> Interface:
    groups = endpoint.security_groups
    if endpoint.kind == "GatewayLoadBalancer":
        groups = groups or (endpoint.key + UNFILTERED,)
    return Interface(
        key=endpoint.key,
        name=endpoint.name,
        subnets=endpoint.subnets,
        addresses=places.addresses(endpoint.subnets),
        security_groups=groups,
        public=Public.NO,
        workload=False,
    )


def _resolver(places: Places, key: Key, node: Node) -> Interface:
    given = list(each(node.resource.props.get("ipAddresses")))
    subnets = places.reader.references.values(
        node, "ipAddresses.subnetId", [_of(item, "subnetId") for _, item in given], Noun.SUBNET
    )
    addresses = [_of(item, "ip") for _, item in given]
    known = addresses if all(is_set(address) for address in addresses) else []
    groups = places.groups(node, "securityGroupIds", subnets)
    return _service(places, key, node, subnets, groups, Public.NO, known)


def _firewall(places: Places, key: Key, node: Node) -> Iterator[Interface]:
    """A firewall passes on by the table of the subnet that it stands in, as an appliance does; what
    it drops is not asked. One that is attached to a transit gateway stands in no subnet."""
    listed = [_of(item, "subnetId") for _, item in each(node.resource.props.get("subnetMappings"))]
    subnets = places.reader.references.values(node, "subnetMappings.subnetId", listed, Noun.SUBNET)
    if subnets:
        stands = _service(places, key, node, subnets, (key + UNFILTERED,), Public.NO, [])
        yield replace(stands, forwards=True)


def unfiltered_groups(interfaces: Mapping[Key, Interface]) -> Iterator[SecurityGroup]:
    """What stands for the groups of interfaces that have none: everything passes."""
    for interface in interfaces.values():
        key = interface.key + UNFILTERED
        if key in interface.security_groups:
            name = f"{interface.name} (no security group)"
            rules = tuple(SecurityGroupRule(key, name, way, EVERYTHING) for way in (False, True))
            yield SecurityGroup(key, name, Hole(f"the VPC of {interface.name!r}"), rules)
