"""Virtual private gateways: ways to the operator's own network."""

import zlib
from collections.abc import Mapping
from typing import Any

from local.aws.resources.forms import (
    CHOSEN_ONCE,
    NAMING,
    REPLACES,
    ec2_arn,
)
from local.aws.resources.gateways import attach_first, attached_to, detach_and_delete, move
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags

VPN_GATEWAY = Resource(
    token="aws:ec2/vpnGateway:VpnGateway",
    service="ec2",
    create="create_vpn_gateway",
    members=lambda call: {
        "Type": "ipsec.1",
        **({"AmazonSideAsn": int(asn)} if (asn := call.inputs.get("amazonSideAsn")) else {}),
    },
    id_path="VpnGateway.VpnGatewayId",
    id_member="VpnGatewayId",
    describe="describe_vpn_gateways",
    described="VpnGateways[?State!='deleted' && State!='deleting'] | [0]",
    after_create=attach_first,
    update=move,
    delete=detach_and_delete,
    missing=("InvalidVpnGatewayID.NotFound",),
    tags=Ec2Tags("vpn-gateway"),
    properties={
        "amazonSideAsn": CHOSEN_ONCE,
        "availabilityZone": REPLACES,
        "vpcId": Property(
            computed=True,
            when_asked=True,
            hooked=True,
            read="VpcAttachments[?State=='attached'] | [0].VpcId",
        ),
    },
    computed={"arn": ec2_arn("vpn-gateway")},
)


def _attach_vpn(call: Call) -> str:
    gateway, vpc = call.inputs["vpnGatewayId"], call.inputs["vpcId"]
    call.send("attach_vpn_gateway", VpnGatewayId=gateway, VpcId=vpc)
    return f"vpn-attachment-{zlib.crc32(f'{vpc}-{gateway}'.encode()):x}"


def _read_vpn_attachment(call: Call) -> Mapping[str, Any] | None:
    gateway, vpc = call.inputs["vpnGatewayId"], call.inputs["vpcId"]
    found = call.find("describe_vpn_gateways", "VpnGateways[0]", VpnGatewayIds=[gateway])
    if not found or attached_to(found) != vpc:
        return None
    return {"VpnGatewayId": gateway, "VpcId": vpc}


VPN_GATEWAY_ATTACHMENT = Resource(
    token="aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment",
    service="ec2",
    create=_attach_vpn,
    shape="attach_vpn_gateway",
    read=_read_vpn_attachment,
    delete=lambda call: _detach_vpn(call),
    missing=("InvalidVpnGatewayAttachment.NotFound", "InvalidVpnGatewayID.NotFound"),
    properties={"vpnGatewayId": NAMING, "vpcId": NAMING},
)


def _detach_vpn(call: Call) -> None:
    call.send(
        "detach_vpn_gateway", VpnGatewayId=call.inputs["vpnGatewayId"], VpcId=call.inputs["vpcId"]
    )


def _propagate(call: Call) -> str:
    gateway, table = call.inputs["vpnGatewayId"], call.inputs["routeTableId"]
    call.send("enable_vgw_route_propagation", GatewayId=gateway, RouteTableId=table)
    return f"{gateway}_{table}"


def _read_propagation(call: Call) -> Mapping[str, Any] | None:
    gateway, table = call.inputs["vpnGatewayId"], call.inputs["routeTableId"]
    path = f"RouteTables[0].PropagatingVgws[?GatewayId=='{gateway}'] | [0]"
    found = call.find("describe_route_tables", path, RouteTableIds=[table])
    return {"VpnGatewayId": gateway, "RouteTableId": table} if found else None


def _stop_propagation(call: Call) -> None:
    call.send(
        "disable_vgw_route_propagation",
        GatewayId=call.inputs["vpnGatewayId"],
        RouteTableId=call.inputs["routeTableId"],
    )


VPN_GATEWAY_ROUTE_PROPAGATION = Resource(
    token="aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation",
    service="ec2",
    create=_propagate,
    identity=("vpnGatewayId", "routeTableId"),
    separator="_",
    read=_read_propagation,
    delete=_stop_propagation,
    missing=("InvalidRouteTableID.NotFound", "InvalidVpnGatewayID.NotFound"),
    properties={"vpnGatewayId": NAMING, "routeTableId": NAMING},
)

TABLE = (
    VPN_GATEWAY,
    VPN_GATEWAY_ATTACHMENT,
    VPN_GATEWAY_ROUTE_PROPAGATION,
)
