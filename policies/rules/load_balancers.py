"""Load balancers: internal, IPv4, without public addresses, with targets inside."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Final

from model.deployment import Node
from rules.addresses import outside_reason, parse_network
from rules.asked_balancers import ASKS_NOBODY, asked
from rules.boundary import Boundary
from rules.hosts import outside_host
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, each, is_set, says, true

TARGET: Final = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
# What is told where it stands, so that an id or an address of it is known to be there.
_THINGS: Final = frozenset(
    (
        "aws:ec2/instance:Instance",
        "aws:ec2/networkInterface:NetworkInterface",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:alb/loadBalancer:LoadBalancer",
    )
)
_RESOURCE: Final = "resourceConfigurationDefinition"
# The blocks of what a listener does otherwise than by asking nobody.
_ISSUERS: Final = ("authenticateOidc", "authenticateCognito", "jwtValidation")


def _internal(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("internal")
    if not true(value):
        yield f"internal is {says(value)}, not true"


def _ipv6(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("ipAddressType")
    if is_set(value) and value != "ipv4":
        yield f"ipAddressType is {says(value)}, not ipv4"
    for one in asked(resource, "family"):
        if one.value != "ipv4":
            yield f"{one.where} is {says(one.value)}, not ipv4"


def _elastic_ip(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for index, mapping in each(resource.props.get("subnetMappings")):
        if mapping is UNKNOWN or is_set(at(mapping, "allocationId")):
            yield f"subnetMappings{index} sets allocationId"
    yield from (f"{one.where} gives an Elastic IP" for one in asked(resource, "address"))


def _authentication(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in ("defaultActions", "actions"):
        for index, action in each(resource.props.get(key)):
            if action is UNKNOWN or at(action, "type") is UNKNOWN:
                yield f"{key}{index} is unknown in preview, so it may ask an issuer outside"
                continue
            named = [issuer for issuer in _ISSUERS if is_set(at(action, issuer))]
            for issuer in named:
                yield f"{key}{index} has the load balancer ask an issuer: {issuer}"
            if not named and at(action, "type") not in ASKS_NOBODY:
                yield f"{key}{index} is not of type {', '.join(ASKS_NOBODY)}: it may ask an issuer"
    for one in asked(resource, "issuer"):
        yield f"{one.where} has, or may have, a load balancer ask an issuer"


def _outside_target(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("targetId")
    try:
        address = str(ip_address(value)) if isinstance(value, str) else None
    except ValueError:
        return  # an id or an ARN, of whose origin others judge
    if address is not None and (reason := outside_reason(address, boundary.ranges)):
        yield f"targetId {reason}"


def _behind_lattice(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """Addresses and hosts that VPC Lattice sends on to; an ARN or an id is judged elsewhere."""
    for path in (("target", "id"), (_RESOURCE, "ipResource", "ipAddress")):
        value = at(resource.props, *path)
        reason = outside_reason(value, boundary.ranges) if parse_network(value) else None
        if reason:
            yield f"{'.'.join(path)} {reason}"
    host = at(resource.props, _RESOURCE, "dnsResource", "domainName")
    if isinstance(host, str) and is_set(host) and (reason := outside_host(host, boundary)):
        yield f"{_RESOURCE}.dnsResource.domainName {reason}"


def unknown_targets(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """Targets that are unknown in preview, and come from nothing of which it is known where it is.

    What comes from things of others alone is said already (CN-004).
    """
    for node in nodes.values():
        if node.resource.type != TARGET or node.resource.props.get("targetId") is not UNKNOWN:
            continue
        sources = node.sources.get("targetId", frozenset())
        if (sources & nodes.keys() or not sources) and not comes_from_things(node, nodes):
            yield node.resource, "targetId is unknown in preview, so it could be any address"


def comes_from_things(node: Node, nodes: Mapping[str, Node]) -> bool:
    """Whether a target's id comes from machines, endpoints and load balancers alone."""
    sources = node.sources.get("targetId", frozenset())
    found = {nodes[urn].resource.type for urn in sources if urn in nodes}
    return bool(sources) and sources <= nodes.keys() and found <= _THINGS


CHECKS: dict[str, Check] = {
    "CN-110": _internal,
    "CN-111": _ipv6,
    "CN-112": _elastic_ip,
    "CN-212": _outside_target,
    "CN-178": _authentication,
    "CN-223": _behind_lattice,
}
