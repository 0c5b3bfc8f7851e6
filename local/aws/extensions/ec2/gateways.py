"""Virtual private gateways that propagate routes, and transit gateways as they are asked for."""

from typing import Any

from moto.ec2.models.transit_gateway_attachments import TransitGatewayAttachment

from local.aws.extensions.ec2.kept import Record, ec2, require, tags_of
from local.aws.extensions.registry import Call, Refused, extends, patch


def install() -> None:
    """An attachment is associated with the route table that says so, not with the default one."""
    patch(TransitGatewayAttachment, association=property(_association))


def _association(attachment: TransitGatewayAttachment) -> Record | None:
    for table in attachment.ec2_backend.transit_gateways_route_tables.values():
        found = table.route_table_associations.get(attachment.id)
        if found is not None and attachment.state == "available":
            return {"State": found.state, "TransitGatewayRouteTableId": table.id}
    return None


def _route_table(call: Call) -> tuple[Any, str]:
    table: Any = ec2(call).get_route_table(call.params["RouteTableId"])
    gateway_id = str(call.params["GatewayId"])
    gateway = ec2(call).vpn_gateways.get(gateway_id)
    if gateway is None:
        raise Refused(
            "InvalidVpnGatewayID.NotFound", f"The gateway ID '{gateway_id}' does not exist"
        )
    return table, gateway_id


@extends("ec2", "EnableVgwRoutePropagation", "absent from moto")
def enable_vgw_route_propagation(call: Call) -> Record:
    table, gateway_id = _route_table(call)
    attachment = ec2(call).vpn_gateways[gateway_id].attachments.get(table.vpc_id)
    if attachment is None or attachment.state != "attached":
        raise Refused(
            "Gateway.NotAttached",
            f"resource {gateway_id} is not attached to network {table.vpc_id}",
        )
    propagating = getattr(table, "propagating_vgws", [])
    table.propagating_vgws = [g for g in propagating if g["GatewayId"] != gateway_id]
    table.propagating_vgws.append({"GatewayId": gateway_id})
    return {}


@extends("ec2", "DisableVgwRoutePropagation", "absent from moto")
def disable_vgw_route_propagation(call: Call) -> Record:
    table, gateway_id = _route_table(call)
    propagating = getattr(table, "propagating_vgws", [])
    table.propagating_vgws = [g for g in propagating if g["GatewayId"] != gateway_id]
    return {}


@extends(
    "ec2",
    "CreateTransitGateway",
    "moto names a default route table where none is asked for, and leaves an option out",
)
def create_transit_gateway(call: Call) -> Record:
    gateway: Any = call.moto()["TransitGateway"]
    options = {"SecurityGroupReferencingSupport": "disable"} | gateway.options
    if options["DefaultRouteTableAssociation"] == "disable":
        options.pop("AssociationDefaultRouteTableId", None)
    if options["DefaultRouteTablePropagation"] == "disable":
        options.pop("PropagationDefaultRouteTableId", None)
    gateway.options = options
    return {"TransitGateway": gateway}


@extends(
    "ec2",
    "CreateTransitGatewayVpcAttachment",
    "moto drops the tags, associates although the gateway says not to, and never propagates",
)
def create_transit_gateway_vpc_attachment(call: Call) -> Record:
    vpc_id = call.params["VpcId"]
    for subnet_id in call.params["SubnetIds"]:
        if ec2(call).get_subnet(subnet_id).vpc_id != vpc_id:
            raise Refused("InvalidParameterValue", f"Subnet {subnet_id} is not in VPC {vpc_id}")
    attachment: Any = call.moto()["TransitGatewayVpcAttachment"]
    attachment.add_tags(tags_of(call.params, "transit-gateway-attachment"))
    gateway: Any = ec2(call).transit_gateways[call.params["TransitGatewayId"]]
    table_id = gateway.default_route_table.id
    if gateway.options["DefaultRouteTableAssociation"] == "disable":
        ec2(call).unset_route_table_association(table_id, attachment.id)
    if gateway.options["DefaultRouteTablePropagation"] == "enable":
        ec2(call).set_route_table_propagation(attachment.id, table_id)
    return {"TransitGatewayVpcAttachment": attachment}


@extends("ec2", "SearchTransitGatewayRoutes", "moto leaves the attachments out, and propagations")
def search_transit_gateway_routes(call: Call) -> Record:
    table_id = call.params["TransitGatewayRouteTableId"]
    tables = ec2(call).transit_gateways_route_tables
    require(tables, table_id, "InvalidRouteTableID.NotFound", "Transit Gateway Route Table")
    table: Any = tables[table_id]
    routes = [_static(route) for route in table.routes.values()]
    for entry in table.route_table_propagation:
        routes += _propagated(call, entry)
    for wanted in call.params["Filters"]:
        routes = [route for route in routes if _matches(route, wanted)]
    return {"Routes": routes, "AdditionalRoutesAvailable": False}


def _static(route: Record) -> Record:
    attachment = route.get("transitGatewayAttachments")
    told = {key[0].upper() + key[1:]: value for key, value in (attachment or {}).items()}
    return {
        "DestinationCidrBlock": route["destinationCidrBlock"],
        "Type": route["type"],
        "State": route["state"],
        "TransitGatewayAttachments": [told] if told else [],
    }


def _propagated(call: Call, entry: Any) -> list[Record]:
    vpc = ec2(call).vpcs.get(entry.resourceId)
    attachment = {
        "ResourceId": entry.resourceId,
        "ResourceType": entry.resourceType,
        "TransitGatewayAttachmentId": entry.transitGatewayAttachmentId,
    }
    return [
        {
            "DestinationCidrBlock": block["cidr_block"],
            "Type": "propagated",
            "State": "active",
            "TransitGatewayAttachments": [attachment],
        }
        for block in (vpc.get_cidr_block_association_set() if vpc else [])
    ]


def _matches(route: Record, wanted: Record) -> bool:
    attachments = route["TransitGatewayAttachments"]
    by_name = {
        "type": [route["Type"]],
        "state": [route["State"]],
        "route-search.exact-match": [route["DestinationCidrBlock"]],
        "attachment.transit-gateway-attachment-id": [
            a["TransitGatewayAttachmentId"] for a in attachments
        ],
        "attachment.resource-id": [a["ResourceId"] for a in attachments],
        "attachment.resource-type": [a["ResourceType"] for a in attachments],
    }
    if wanted["Name"] not in by_name:
        raise Refused("InvalidFilter", f"The filter '{wanted['Name']}' is invalid")
    return bool(set(by_name[wanted["Name"]]) & set(wanted["Values"]))


@extends("ec2", "DeleteTransitGatewayRoute", "moto fails on an unknown route")
def delete_transit_gateway_route(call: Call) -> Record:
    table_id, cidr = call.params["TransitGatewayRouteTableId"], call.params["DestinationCidrBlock"]
    tables = ec2(call).transit_gateways_route_tables
    require(tables, table_id, "InvalidRouteTableID.NotFound", "Transit Gateway Route Table")
    routes = tables[table_id].routes
    require(routes, cidr, "InvalidRoute.NotFound", f"In {table_id} the route to")
    gone: Any = routes.pop(cidr)
    return {"Route": _static(gone) | {"State": "deleted"}}


@extends("ec2", "ModifyManagedPrefixList", "moto drops the name where none is sent")
def modify_managed_prefix_list(call: Call) -> Record:
    params, lists = call.params, ec2(call).managed_prefix_lists
    list_id = params["PrefixListId"]
    require(lists, list_id, "InvalidPrefixListID.NotFound", "The prefix list ID")
    entry = lists[list_id]
    current = params.get("CurrentVersion")
    if current is not None and current != entry.version:
        raise Refused(
            "PrefixListVersionMismatch",
            f"The prefix list has the incorrect version number {current}, it is at {entry.version}",
        )
    name = entry.prefix_list_name
    answer = dict(call.moto())
    entry.prefix_list_name = params.get("PrefixListName") or name
    if params.get("MaxEntries"):
        entry.max_entries = params["MaxEntries"]
    return answer
