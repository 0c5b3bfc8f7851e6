"""Transit gateways, their attachments, route tables and routes."""

from collections.abc import Mapping
from typing import Any, Final

from local.aws.resources.forms import NAMING, ec2_arn, owner_id
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags
from local.provider_values import Properties

PENDING: Final = ("State", frozenset({"pending", "modifying", "initiating"}))
ALIVE: Final = "?State!='deleted' && State!='deleting'"


def _option(name: str, default: str, replaces: bool = False) -> Property:
    return Property(default=default, replaces=replaces, read=f"Options.{name[0].upper()}{name[1:]}")


GATEWAY_OPTIONS: Final = {
    "amazonSideAsn": Property(default=64512, read="Options.AmazonSideAsn"),
    "autoAcceptSharedAttachments": _option("autoAcceptSharedAttachments", "disable"),
    "defaultRouteTableAssociation": _option("defaultRouteTableAssociation", "enable"),
    "defaultRouteTablePropagation": _option("defaultRouteTablePropagation", "enable"),
    "dnsSupport": _option("dnsSupport", "enable"),
    "multicastSupport": _option("multicastSupport", "disable", replaces=True),
    "securityGroupReferencingSupport": _option("securityGroupReferencingSupport", "disable"),
    "transitGatewayCidrBlocks": Property(kind="set", read="Options.TransitGatewayCidrBlocks"),
    "vpnEcmpSupport": _option("vpnEcmpSupport", "enable"),
}
ATTACHMENT_OPTIONS: Final = {
    "applianceModeSupport": _option("applianceModeSupport", "disable"),
    "dnsSupport": _option("dnsSupport", "enable"),
    "ipv6Support": _option("ipv6Support", "disable"),
    "securityGroupReferencingSupport": _option("securityGroupReferencingSupport", "enable"),
}


def _modify_gateway(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    request, _ = call.request("modify_transit_gateway", changed - {"transitGatewayCidrBlocks"})
    if "transitGatewayCidrBlocks" in changed:
        before = set(olds.get("transitGatewayCidrBlocks") or ())
        after = set(call.inputs.get("transitGatewayCidrBlocks") or ())
        request.setdefault("Options", {}).update(
            AddTransitGatewayCidrBlocks=sorted(after - before),
            RemoveTransitGatewayCidrBlocks=sorted(before - after),
        )
    if "description" in changed:
        request["Description"] = call.inputs.get("description", "")
    if request:
        call.send("modify_transit_gateway", TransitGatewayId=call.id, **request)


TRANSIT_GATEWAY = Resource(
    token="aws:ec2transitgateway/transitGateway:TransitGateway",
    service="ec2",
    create="create_transit_gateway",
    within="Options",
    id_path="TransitGateway.TransitGatewayId",
    id_member="TransitGatewayId",
    describe="describe_transit_gateways",
    described=f"TransitGateways[{ALIVE}] | [0]",
    update=_modify_gateway,
    delete="delete_transit_gateway",
    missing=("InvalidTransitGatewayID.NotFound",),
    tags=Ec2Tags("transit-gateway"),
    pending=PENDING,
    properties={"description": Property(), **GATEWAY_OPTIONS},
    computed={
        "arn": "TransitGatewayArn",
        "ownerId": owner_id,
        "associationDefaultRouteTableId": "Options.AssociationDefaultRouteTableId",
        "propagationDefaultRouteTableId": "Options.PropagationDefaultRouteTableId",
    },
)


def _modify_attachment(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    request, _ = call.request("modify_transit_gateway_vpc_attachment", changed - {"subnetIds"})
    if "subnetIds" in changed:
        before, after = set(olds.get("subnetIds") or ()), set(call.inputs["subnetIds"])
        request |= {
            "AddSubnetIds": sorted(after - before),
            "RemoveSubnetIds": sorted(before - after),
        }
    sent = {key: value for key, value in request.items() if value}
    if sent:
        call.send(
            "modify_transit_gateway_vpc_attachment", TransitGatewayAttachmentId=call.id, **sent
        )


VPC_ATTACHMENT = Resource(
    token="aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    service="ec2",
    create="create_transit_gateway_vpc_attachment",
    within="Options",
    id_path="TransitGatewayVpcAttachment.TransitGatewayAttachmentId",
    id_member="TransitGatewayAttachmentId",
    describe="describe_transit_gateway_vpc_attachments",
    described=f"TransitGatewayVpcAttachments[{ALIVE}] | [0]",
    update=_modify_attachment,
    delete="delete_transit_gateway_vpc_attachment",
    missing=("InvalidTransitGatewayAttachmentID.NotFound",),
    tags=Ec2Tags("transit-gateway-attachment"),
    pending=PENDING,
    properties={
        "transitGatewayId": NAMING,
        "vpcId": NAMING,
        "subnetIds": Property(required=True, kind="set"),
        # AWS decides these by the gateway's settings where they are not given.
        "transitGatewayDefaultRouteTableAssociation": Property(local=True, computed=True),
        "transitGatewayDefaultRouteTablePropagation": Property(local=True, computed=True),
        **ATTACHMENT_OPTIONS,
    },
    computed={"arn": ec2_arn("transit-gateway-attachment"), "vpcOwnerId": "VpcOwnerId"},
)

ROUTE_TABLE = Resource(
    token="aws:ec2transitgateway/routeTable:RouteTable",
    service="ec2",
    create="create_transit_gateway_route_table",
    id_path="TransitGatewayRouteTable.TransitGatewayRouteTableId",
    id_member="TransitGatewayRouteTableId",
    describe="describe_transit_gateway_route_tables",
    described=f"TransitGatewayRouteTables[{ALIVE}] | [0]",
    delete="delete_transit_gateway_route_table",
    missing=("InvalidRouteTableID.NotFound",),
    tags=Ec2Tags("transit-gateway-route-table"),
    pending=PENDING,
    properties={"transitGatewayId": NAMING},
    computed={
        "arn": ec2_arn("transit-gateway-route-table"),
        "defaultAssociationRouteTable": "DefaultAssociationRouteTable",
        "defaultPropagationRouteTable": "DefaultPropagationRouteTable",
    },
)


def _read_route(call: Call) -> Mapping[str, Any] | None:
    inputs = call.inputs
    table, cidr = inputs["transitGatewayRouteTableId"], inputs["destinationCidrBlock"]
    found = call.find(
        "search_transit_gateway_routes",
        "Routes[0]",
        TransitGatewayRouteTableId=table,
        Filters=[
            {"Name": "type", "Values": ["static"]},
            {"Name": "route-search.exact-match", "Values": [cidr]},
        ],
    )
    if not found or found.get("State") in ("deleted", "deleting"):
        return None
    attachments = found.get("TransitGatewayAttachments") or [{}]
    return {
        "TransitGatewayRouteTableId": table,
        "DestinationCidrBlock": found["DestinationCidrBlock"],
        "TransitGatewayAttachmentId": attachments[0].get("TransitGatewayAttachmentId"),
        "Blackhole": found.get("State") == "blackhole",
    }


ROUTE = Resource(
    token="aws:ec2transitgateway/route:Route",
    service="ec2",
    create="create_transit_gateway_route",
    identity=("transitGatewayRouteTableId", "destinationCidrBlock"),
    separator="_",
    read=_read_route,
    delete="delete_transit_gateway_route",
    missing=("InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"),
    properties={
        "transitGatewayRouteTableId": NAMING,
        "destinationCidrBlock": Property(required=True, replaces=True, kind="cidr"),
        "transitGatewayAttachmentId": Property(replaces=True),
        "blackhole": Property(default=False, replaces=True),
    },
)


TABLE = (TRANSIT_GATEWAY, VPC_ATTACHMENT, ROUTE_TABLE, ROUTE)
