"""Where routes lead: their target, whether somebody answers for it, and how far they reach.

A resource policy sees no dependency edges, so a gateway id that is unknown in preview counts as
an internet gateway's. Such a route passes only when boundary.connections names it, and then only
towards the private ranges of that connection, where an internet gateway would lead nowhere.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rules.addresses import Network, outside_reason
from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import ID, UNKNOWN, each, is_set, says, true

OPEN_TARGETS = (
    "natGatewayId",
    "egressOnlyGatewayId",
    "carrierGatewayId",
    "localGatewayId",
    "networkInterfaceId",
    "instanceId",
    "vpcEndpointId",
    "coreNetworkArn",
    "odbNetworkArn",
)
# What passes packets on within the network: its own route decides where they go from there, and
# the proof follows them (CN-005, CN-006). Somebody answers for the route, as for a connection.
PASSED_ON = frozenset({"natGatewayId", "networkInterfaceId", "instanceId", "vpcEndpointId"})
CONNECTION_TARGETS = ("vpcPeeringConnectionId", "transitGatewayId", "transitGatewayAttachmentId")
DESTINATIONS = ("destinationCidrBlock", "cidrBlock")
WIDE_DESTINATIONS = ("destinationIpv6CidrBlock", "ipv6CidrBlock", "destinationPrefixListId")

Route = Mapping[str, Any]


def _routes(resource: Resource) -> Iterator[tuple[str, Route | None]]:
    """Each route with how to name it; None for one of which nothing is known."""
    if resource.noun in ("RouteTable", "DefaultRouteTable"):
        for index, route in each(resource.props.get("routes")):
            yield f"routes{index} ", route if isinstance(route, dict) else None
    else:
        yield "", resource.props


def _stays(route: Route) -> bool:
    """Whether it leads to the VPC itself, or of a transit gateway to nowhere."""
    nowhere = true(route.get("blackhole")) and not is_set(route.get("transitGatewayAttachmentId"))
    return nowhere or route.get("gatewayId") == "local"


def _open_targets(route: Route) -> Iterator[str]:
    for key in OPEN_TARGETS:
        if is_set(route.get(key)):
            yield key
    gateway = route.get("gatewayId")
    if isinstance(gateway, str) and gateway not in ("", "local") and gateway[:4] != "vgw-":
        yield f"gatewayId ({says(gateway, ID)})"


def _connection_target(route: Route) -> str | None:
    for key in CONNECTION_TARGETS:
        if is_set(route.get(key)):
            return f"sets {key}"
    gateway = route.get("gatewayId")
    if isinstance(gateway, str) and gateway.startswith("vgw-"):
        return f"leads to virtual private gateway {says(gateway, ID)}"
    return None


def _internet_target(resource: Resource, boundary: Boundary) -> Iterator[str]:
    named = boundary.connections_named(resource.name)
    for where, route in _routes(resource):
        if route is None:
            yield f"{where}is unknown in preview, so it may lead anywhere"
            continue
        for target in _open_targets(route):
            if not (named and target in PASSED_ON):
                yield f"{where}sets {target}"
        if route.get("gatewayId") is UNKNOWN and not named:
            yield f"{where}sets a gatewayId that is unknown in preview, maybe an internet gateway's"


def _unnamed_connection(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if boundary.connections_named(resource.name):
        return
    for where, route in _routes(resource):
        target = _connection_target(route) if route is not None else None
        if target:
            yield f"{where}{target}, and boundary.connections does not name it"


def _destination(resource: Resource, boundary: Boundary) -> Iterator[str]:
    named = boundary.connections_named(resource.name)
    ranges = [cidr for connection in named for cidr in connection.cidrs] or list(boundary.ranges)
    for where, route in _routes(resource):
        if route is not None and not _stays(route):
            yield from (f"{where}{fault}" for fault in _destination_faults(route, ranges))


def _destination_faults(route: Route, ranges: list[Network]) -> Iterator[str]:
    wide = [key for key in WIDE_DESTINATIONS if is_set(route.get(key))]
    yield from (f"has {key} as its destination" for key in wide)
    given = [key for key in DESTINATIONS if is_set(route.get(key))]
    if not given and not wide:
        yield "has no destination that can be read"
    for key in given:
        reason = outside_reason(route[key], ranges)
        if reason:
            yield f"{key} {reason}"


def _propagation(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "VpnGatewayRoutePropagation":
        yield "propagates a gateway's routes into a route table"
    elif is_set(resource.props.get("propagatingVgws")):
        yield "sets propagatingVgws"


CHECKS: dict[str, Check] = {
    "CN-030": _internet_target,
    "CN-031": _unnamed_connection,
    "CN-032": _destination,
    "CN-033": _propagation,
}
