"""Routes, and how their destinations and targets are named."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import NAMING
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.provider_answers import Failure
from local.provider_values import Properties, Value

MISSING: Final = ("InvalidRouteTableID.NotFound", "InvalidRoute.NotFound", "InvalidVpcID.NotFound")


# Property of aws:ec2/route:Route to member of CreateRoute.
DESTINATIONS: Final = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}


TARGETS: Final = {
    "carrierGatewayId": "CarrierGatewayId",
    "coreNetworkArn": "CoreNetworkArn",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "gatewayId": "GatewayId",
    "localGatewayId": "LocalGatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "odbNetworkArn": "OdbNetworkArn",
    "transitGatewayId": "TransitGatewayId",
    "vpcEndpointId": "VpcEndpointId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
}


def find_route_table(call: Call, id_: str) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = call.find(
        "describe_route_tables", "RouteTables[0]", RouteTableIds=[id_]
    )
    return found


def route_members(block: Mapping[str, Value], destinations: Mapping[str, str]) -> dict[str, Any]:
    names = {**destinations, **TARGETS}
    return {names[key]: value for key, value in block.items() if key in names and value}


def destination_of(members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: members[key] for key in DESTINATIONS.values() if members.get(key)}


def told_target(route: Mapping[str, Any], member: str) -> Any:
    """A gateway endpoint's route has the endpoint's id as its GatewayId."""
    gateway = route.get("GatewayId") or ""
    is_endpoint = gateway.startswith("vpce-")
    if member == "VpcEndpointId":
        return gateway if is_endpoint else None
    return None if member == "GatewayId" and is_endpoint else route.get(member)


def exactly_one(
    block: Mapping[str, Value], names: Mapping[str, str], place: str, noun: str
) -> list[Failure]:
    given = [name for name in names if block.get(name)]
    if len(given) == 1:
        return []
    said = f"it has {', '.join(given)}" if given else "it has none"
    return [Failure(place, f"a route has exactly one {noun}: {', '.join(names)}; {said}")]


def _create_route(call: Call) -> str:
    members = route_members(call.inputs, DESTINATIONS)
    call.send("create_route", RouteTableId=call.inputs["routeTableId"], **members)
    return route_id(call.inputs)


def route_id(inputs: Properties) -> str:
    """r-<route table><crc32 of the destination>, as the real provider makes it."""
    destination = next(str(inputs[name]) for name in DESTINATIONS if inputs.get(name))
    return f"r-{inputs['routeTableId']}{zlib.crc32(destination.encode())}"


def _read_route(call: Call) -> Mapping[str, Any] | None:
    table = find_route_table(call, call.inputs["routeTableId"]) or {}
    wanted = destination_of(route_members(call.inputs, DESTINATIONS))
    for route in table.get("Routes", ()):
        if destination_of(route) == wanted:
            targets = {member: told_target(route, member) for member in TARGETS.values()}
            return {**route, **targets, "RouteTableId": table["RouteTableId"]}
    return None


def _replace_route(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    if changed & TARGETS.keys():
        members = route_members(call.inputs, DESTINATIONS)
        call.send("replace_route", RouteTableId=call.inputs["routeTableId"], **members)


def _delete_route(call: Call) -> None:
    members = destination_of(route_members(call.inputs, DESTINATIONS))
    call.send("delete_route", RouteTableId=call.inputs["routeTableId"], **members)


def _route_names(call: Call) -> Properties:
    """An import names a route <route table>_<destination>; later the id alone does not tell it."""
    table, _, destination = call.id.partition("_")
    if not destination:
        return {}
    if destination.startswith("pl-"):
        name = "destinationPrefixListId"
    else:
        name = "destinationIpv6CidrBlock" if ":" in destination else "destinationCidrBlock"
    names: Properties = {"routeTableId": table, name: destination}
    call.id = route_id(names)
    return names


def _check_route(inputs: Properties) -> Sequence[Failure]:
    faults = exactly_one(inputs, DESTINATIONS, "", "destination")
    return [*faults, *exactly_one(inputs, TARGETS, "", "target")]


ROUTE = Resource(
    token="aws:ec2/route:Route",
    service="ec2",
    create=_create_route,
    shape="create_route",
    read=_read_route,
    update=_replace_route,
    delete=_delete_route,
    missing=MISSING,
    parse_id=_route_names,
    properties={
        "routeTableId": NAMING,
        **{
            name: Property(member=member, replaces=True)
            if name != "destinationCidrBlock"
            else Property(member=member, replaces=True, kind="cidr")
            for name, member in DESTINATIONS.items()
        },
        **{name: Property(member=member) for name, member in TARGETS.items()},
    },
    computed={
        "origin": "Origin",
        "state": "State",
        "instanceId": "InstanceId",
        "instanceOwnerId": "InstanceOwnerId",
    },
    check=_check_route,
)

TABLE = (ROUTE,)
