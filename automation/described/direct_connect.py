"""Gateways of Direct Connect that are joined to a gateway of the network, whoever joined them."""

from typing import Final

from automation.described.calls import Call, From, Kind
from automation.described.gateways import VPN_GATEWAYS
from automation.described.transit import TRANSIT_GATEWAYS


def _joined(gateways: Call, name: str) -> Call:
    attached = [
        {"Name": "resource-id", "Values": [From("directConnectGatewayId")]},
        {"Name": "transit-gateway-id", "Values": [From("associatedGateway.id")]},
    ]
    return Call(
        "directconnect", "describe_direct_connect_gateway_associations",
        "directConnectGatewayAssociations[?associationState!='disassociated']",
        {"associatedGatewayId": From(name)}, of=gateways, ids="[associationId]",
        more={
            "_attached": Call(
                "ec2", "describe_transit_gateway_attachments",
                "TransitGatewayAttachments[].TransitGatewayAttachmentId", {"Filters": attached},
                when="associatedGateway.type=='transitGateway'",
            ),
        },
    )  # fmt: skip


KINDS: Final = tuple(
    Kind(
        "aws:directconnect/gatewayAssociation:GatewayAssociation", _joined(gateways, name),
        "associationId",
        {
            "dxGatewayId": "directConnectGatewayId", "associatedGatewayId": "associatedGateway.id",
            "associatedGatewayOwnerAccountId":
                "unless(associatedGateway.ownerAccount, _here.account)",
            "allowedPrefixes": "allowedPrefixesToDirectConnectGateway[].cidr",
        },
        {"transitGatewayAttachmentId": "_attached[0]"},
        key=("dxGatewayId", "associatedGatewayId"), silent=("proposalId",),
    )
    for gateways, name in ((VPN_GATEWAYS, "VpnGatewayId"), (TRANSIT_GATEWAYS, "TransitGatewayId"))
)  # fmt: skip
