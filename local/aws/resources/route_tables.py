"""Route tables, their inline routes and associations."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import NAMING, REPLACES, REQUIRED, ec2_arn, filters, owner_id
from local.aws.resources.routes import (
    MISSING,
    TARGETS,
    destination_of,
    exactly_one,
    find_route_table,
    route_members,
    told_target,
)
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags
from local.provider_answers import Failure
from local.provider_values import Properties

# Inline blocks spell the destinations otherwise.
INLINE_DESTINATIONS: Final = {
    "cidrBlock": "DestinationCidrBlock",
    "ipv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}


def _inline(route: Mapping[str, Any]) -> Properties:
    block = {key: route.get(member) for key, member in INLINE_DESTINATIONS.items()}
    block |= {key: told_target(route, member) for key, member in TARGETS.items()}
    return {key: value for key, value in block.items() if value}


def _added_routes(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Without the local route, propagated ones, and those that gateway endpoints keep."""
    return [
        route
        for route in table.get("Routes", ())
        if route.get("GatewayId") != "local"
        and route.get("Origin") not in ("CreateRouteTable", "EnableVgwRoutePropagation")
        and not (route.get("GatewayId") or "").startswith("vpce-")
    ]


def _inline_told(call: Call, table: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "InlineRoutes": [_inline(route) for route in _added_routes(table)],
        "Vgws": [vgw["GatewayId"] for vgw in table.get("PropagatingVgws", ())],
    }


def _set_inline(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    if "routes" in changed:
        _set_inline_routes(call)
    if "propagatingVgws" in changed:
        _set_propagation(call, set(olds.get("propagatingVgws") or ()))


def _set_inline_routes(call: Call) -> None:
    table = find_route_table(call, call.id) or {}
    there = {str(destination_of(route)): route for route in _added_routes(table)}
    wanted = [
        route_members(block, INLINE_DESTINATIONS) for block in call.inputs.get("routes") or ()
    ]
    for members in wanted:
        key = str(destination_of(members))
        operation = "replace_route" if key in there else "create_route"
        call.send(operation, RouteTableId=call.id, **members)
    for key in there.keys() - {str(destination_of(members)) for members in wanted}:
        call.send("delete_route", RouteTableId=call.id, **destination_of(there[key]))


def _set_propagation(call: Call, olds: set[str]) -> None:
    news = set(call.inputs.get("propagatingVgws") or ())
    for gateway in sorted(olds - news):
        call.send("disable_vgw_route_propagation", RouteTableId=call.id, GatewayId=gateway)
    for gateway in sorted(news - olds):
        call.send("enable_vgw_route_propagation", RouteTableId=call.id, GatewayId=gateway)


def _check_inline(inputs: Properties) -> Sequence[Failure]:
    blocks = inputs.get("routes")
    failures: list[Failure] = []
    for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
        if isinstance(block, Mapping):
            place = f"routes[{index}]"
            unknown = sorted(block.keys() - INLINE_DESTINATIONS.keys() - TARGETS.keys())
            failures += [
                Failure(f"{place}.{key}", "there is no such property of a route")
                for key in unknown
                if not key.startswith("__")
            ]
            failures += exactly_one(block, INLINE_DESTINATIONS, f"{place}", "destination")
            failures += exactly_one(block, TARGETS, f"{place}", "target")
    return failures


INLINE_PROPERTIES: Final = {
    "routes": Property(
        hooked=True, when_asked=True, computed=True, kind="set", read="InlineRoutes"
    ),
    "propagatingVgws": Property(
        hooked=True, when_asked=True, computed=True, kind="set", read="Vgws"
    ),
}


ROUTE_TABLE = Resource(
    token="aws:ec2/routeTable:RouteTable",
    service="ec2",
    create="create_route_table",
    id_path="RouteTable.RouteTableId",
    id_member="RouteTableId",
    describe="describe_route_tables",
    described="RouteTables[0]",
    enrich=_inline_told,
    update=_set_inline,
    after_create=lambda call: _set_inline(call, {}, frozenset(call.inputs)),
    delete="delete_route_table",
    missing=MISSING,
    tags=Ec2Tags("route-table"),
    properties={"vpcId": NAMING, **INLINE_PROPERTIES},
    computed={"arn": ec2_arn("route-table"), "ownerId": owner_id},
    check=_check_inline,
)


def _adopt_default_route_table(call: Call) -> str:
    """The VPC's main table: its own routes are taken over, those not named here are removed."""
    call.id = str(call.inputs["defaultRouteTableId"])
    return call.id


DEFAULT_ROUTE_TABLE = Resource(
    token="aws:ec2/defaultRouteTable:DefaultRouteTable",
    service="ec2",
    create=_adopt_default_route_table,
    id_member="RouteTableId",
    describe="describe_route_tables",
    described="RouteTables[0]",
    enrich=_inline_told,
    update=_set_inline,
    after_create=lambda call: _set_inline(call, {}, frozenset({"routes", "propagatingVgws"})),
    delete=None,  # it goes with its VPC
    missing=MISSING,
    tags=Ec2Tags("route-table", specified=False),
    parse_id=lambda call: {"defaultRouteTableId": call.id},
    properties={
        "defaultRouteTableId": Property(required=True, replaces=True, read="RouteTableId"),
        **INLINE_PROPERTIES,
    },
    computed={"arn": ec2_arn("route-table"), "ownerId": owner_id, "vpcId": "VpcId"},
    check=_check_inline,
)


def _read_association(call: Call) -> Mapping[str, Any] | None:
    path = f"RouteTables[].Associations[] | [?RouteTableAssociationId=='{call.id}'] | [0]"
    found: Mapping[str, Any] | None = call.find(
        "describe_route_tables",
        path,
        Filters=filters(**{"association.route_table_association_id": call.id}),
    )
    return found


def _association_names(call: Call) -> Properties:
    """An import names it <subnet or gateway>/<route table>."""
    target, _, table = call.id.partition("/")
    if not table:
        return {}
    name, member = (
        ("subnetId", "SubnetId") if target.startswith("subnet-") else ("gatewayId", "GatewayId")
    )
    path = f"RouteTables[0].Associations[?{member}=='{target}'] | [0].RouteTableAssociationId"
    found = call.find("describe_route_tables", path, RouteTableIds=[table])
    call.id = str(found or call.id)
    return {"routeTableId": table, name: target}


def _move_association(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """EC2 gives the association a new id when its table changes."""
    if "routeTableId" in changed:
        answer = call.send(
            "replace_route_table_association",
            AssociationId=call.id,
            RouteTableId=call.inputs["routeTableId"],
        )
        call.id = answer["NewAssociationId"]


ROUTE_TABLE_ASSOCIATION = Resource(
    token="aws:ec2/routeTableAssociation:RouteTableAssociation",
    service="ec2",
    create="associate_route_table",
    id_path="AssociationId",
    id_member="AssociationId",
    read=_read_association,
    update=_move_association,
    delete="disassociate_route_table",
    missing=("InvalidAssociationID.NotFound",),
    parse_id=_association_names,
    properties={"routeTableId": REQUIRED, "subnetId": REPLACES, "gatewayId": REPLACES},
)


def _main_association(call: Call) -> Mapping[str, Any] | None:
    vpc = [*filters(vpc_id=call.inputs["vpcId"]), {"Name": "association.main", "Values": ["true"]}]
    found: Mapping[str, Any] | None = call.find(
        "describe_route_tables",
        "RouteTables[].Associations[] | [?Main] | [0]",
        Filters=vpc,
    )
    return found


def _take_main(call: Call) -> str:
    before = _main_association(call) or {}
    answer = call.send(
        "replace_route_table_association",
        AssociationId=before["RouteTableAssociationId"],
        RouteTableId=call.inputs["routeTableId"],
    )
    call.outputs["originalRouteTableId"] = before["RouteTableId"]
    return str(answer["NewAssociationId"])


def _read_main(call: Call) -> Mapping[str, Any] | None:
    found = _main_association(call)
    if not found or found["RouteTableId"] != call.inputs["routeTableId"]:
        return None
    original = call.outputs.get("originalRouteTableId")
    return {**found, "VpcId": call.inputs["vpcId"], "OriginalRouteTableId": original}


def _give_main_back(call: Call) -> None:
    now = _main_association(call)
    if now is not None:
        call.send(
            "replace_route_table_association",
            AssociationId=now["RouteTableAssociationId"],
            RouteTableId=call.outputs["originalRouteTableId"],
        )


MAIN_ROUTE_TABLE_ASSOCIATION = Resource(
    token="aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
    service="ec2",
    create=_take_main,
    read=_read_main,
    delete=_give_main_back,
    missing=("InvalidAssociationID.NotFound", *MISSING),
    properties={"vpcId": NAMING, "routeTableId": NAMING},
    computed={"originalRouteTableId": "OriginalRouteTableId"},
)

TABLE = (
    ROUTE_TABLE,
    DEFAULT_ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    MAIN_ROUTE_TABLE_ASSOCIATION,
)
