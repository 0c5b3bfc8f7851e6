"""Transit gateways: what is attached to them, and where their tables send it."""

from typing import Final

from automation.described.calls import TAGS, Call, From, Kind
from automation.described.gateways import THERE

TRANSIT_GATEWAYS: Final = Call(
    "ec2", "describe_transit_gateways", f"TransitGateways[{THERE}]", ids="[TransitGatewayId]",
    within="[TransitGatewayId]",
)  # fmt: skip
VPC_ATTACHMENTS: Final = Call(
    "ec2", "describe_transit_gateway_vpc_attachments", f"TransitGatewayVpcAttachments[{THERE}]",
    ids="[TransitGatewayAttachmentId]", within="[VpcId, TransitGatewayId]",
)  # fmt: skip
PEERING_ATTACHMENTS: Final = Call(
    "ec2", "describe_transit_gateway_peering_attachments",
    f"TransitGatewayPeeringAttachments[{THERE}]", ids="[TransitGatewayAttachmentId]",
    within="[RequesterTgwInfo.TransitGatewayId, AccepterTgwInfo.TransitGatewayId]",
)  # fmt: skip
CONNECTS: Final = Call(
    "ec2", "describe_transit_gateway_connects", f"TransitGatewayConnects[{THERE}]",
    ids="[TransitGatewayAttachmentId]", within="[TransitGatewayId]",
)  # fmt: skip
TRANSIT_TABLES: Final = Call(
    "ec2", "describe_transit_gateway_route_tables", f"TransitGatewayRouteTables[{THERE}]",
    ids="[TransitGatewayRouteTableId]", within="[TransitGatewayId]",
)  # fmt: skip
_TABLE: Final = {"TransitGatewayRouteTableId": From("TransitGatewayRouteTableId")}
_STATIC: Final = [{"Name": "type", "Values": ["static"]}]
ASSOCIATIONS: Final = Call(
    "ec2", "get_transit_gateway_route_table_associations", "Associations[]", _TABLE,
    of=TRANSIT_TABLES,
)  # fmt: skip
PROPAGATIONS: Final = Call(
    "ec2", "get_transit_gateway_route_table_propagations",
    "TransitGatewayRouteTablePropagations[]", _TABLE, of=TRANSIT_TABLES,
)  # fmt: skip
TRANSIT_ROUTES: Final = Call(
    "ec2", "search_transit_gateway_routes", "Routes[]", {**_TABLE, "Filters": _STATIC},
    of=TRANSIT_TABLES,
)  # fmt: skip
LIST_REFERENCES: Final = Call(
    "ec2", "get_transit_gateway_prefix_list_references", "TransitGatewayPrefixListReferences[]",
    _TABLE, of=TRANSIT_TABLES,
)  # fmt: skip

_ATTACHMENT: Final = "aws:ec2transitgateway"
_ROW: Final = "_of._of"  # the table of an attachment of a route
# Which tables an attachment belongs to is read from the tables, so none holds by default.
_EXPLICIT: Final = {
    "transitGatewayDefaultRouteTableAssociation": "`false`",
    "transitGatewayDefaultRouteTablePropagation": "`false`",
}

KINDS: Final = (
    Kind(
        f"{_ATTACHMENT}/transitGateway:TransitGateway", TRANSIT_GATEWAYS, "TransitGatewayId",
        {
            "description": "Description",
            "autoAcceptSharedAttachments": "Options.AutoAcceptSharedAttachments",
            "defaultRouteTableAssociation": "Options.DefaultRouteTableAssociation",
            "defaultRouteTablePropagation": "Options.DefaultRouteTablePropagation",
            "transitGatewayCidrBlocks": "Options.TransitGatewayCidrBlocks",
            "dnsSupport": "Options.DnsSupport", "vpnEcmpSupport": "Options.VpnEcmpSupport",
            "multicastSupport": "Options.MulticastSupport",
            "securityGroupReferencingSupport": "Options.SecurityGroupReferencingSupport",
            "encryptionSupport": "Options.EncryptionSupport.EncryptionState", **TAGS,
        },
        {
            "associationDefaultRouteTableId": "Options.AssociationDefaultRouteTableId",
            "propagationDefaultRouteTableId": "Options.PropagationDefaultRouteTableId",
        },
        silent=("amazonSideAsn",),
    ),
    Kind(
        f"{_ATTACHMENT}/vpcAttachment:VpcAttachment", VPC_ATTACHMENTS, "TransitGatewayAttachmentId",
        {
            "transitGatewayId": "TransitGatewayId", "vpcId": "VpcId", "subnetIds": "SubnetIds",
            "applianceModeSupport": "Options.ApplianceModeSupport",
            "dnsSupport": "Options.DnsSupport", "ipv6Support": "Options.Ipv6Support",
            "securityGroupReferencingSupport": "Options.SecurityGroupReferencingSupport",
            **_EXPLICIT, **TAGS,
        },
        unless=f"{_ATTACHMENT}/vpcAttachmentAccepter:VpcAttachmentAccepter",
    ),
    Kind(
        f"{_ATTACHMENT}/vpcAttachmentAccepter:VpcAttachmentAccepter", VPC_ATTACHMENTS,
        "TransitGatewayAttachmentId",
        {"transitGatewayAttachmentId": "TransitGatewayAttachmentId", **_EXPLICIT, **TAGS},
        restates=True,
    ),
    Kind(
        f"{_ATTACHMENT}/peeringAttachment:PeeringAttachment", PEERING_ATTACHMENTS,
        "TransitGatewayAttachmentId",
        {
            "transitGatewayId": "RequesterTgwInfo.TransitGatewayId",
            "peerTransitGatewayId": "AccepterTgwInfo.TransitGatewayId",
            "peerAccountId": "AccepterTgwInfo.OwnerId", "peerRegion": "AccepterTgwInfo.Region",
            **TAGS,
        },
        where="present(RequesterTgwInfo)", silent=("options",),
        unless=f"{_ATTACHMENT}/peeringAttachmentAccepter:PeeringAttachmentAccepter",
    ),
    Kind(
        f"{_ATTACHMENT}/peeringAttachmentAccepter:PeeringAttachmentAccepter", PEERING_ATTACHMENTS,
        "TransitGatewayAttachmentId",
        {"transitGatewayAttachmentId": "TransitGatewayAttachmentId", **TAGS}, restates=True,
    ),
    Kind(
        f"{_ATTACHMENT}/connect:Connect", CONNECTS, "TransitGatewayAttachmentId",
        {
            "transitGatewayId": "TransitGatewayId",
            "transportAttachmentId": "TransportTransitGatewayAttachmentId",
            "protocol": "Options.Protocol", **_EXPLICIT, **TAGS,
        },
    ),
    Kind(
        f"{_ATTACHMENT}/routeTable:RouteTable", TRANSIT_TABLES, "TransitGatewayRouteTableId",
        {"transitGatewayId": "TransitGatewayId", **TAGS},
    ),
    Kind(
        f"{_ATTACHMENT}/routeTableAssociation:RouteTableAssociation", ASSOCIATIONS,
        "join('_', [_of.TransitGatewayRouteTableId, TransitGatewayAttachmentId])",
        {
            "transitGatewayRouteTableId": "_of.TransitGatewayRouteTableId",
            "transitGatewayAttachmentId": "TransitGatewayAttachmentId",
        },
        where="State!='disassociated'", silent=("replaceExistingAssociation",),
    ),
    Kind(
        f"{_ATTACHMENT}/routeTablePropagation:RouteTablePropagation", PROPAGATIONS,
        "join('_', [_of.TransitGatewayRouteTableId, TransitGatewayAttachmentId])",
        {
            "transitGatewayRouteTableId": "_of.TransitGatewayRouteTableId",
            "transitGatewayAttachmentId": "TransitGatewayAttachmentId",
        },
        where="State!='disabled'",
    ),
    Kind(
        f"{_ATTACHMENT}/route:Route", TRANSIT_ROUTES,
        f"join('_', [{_ROW}.TransitGatewayRouteTableId, _of.DestinationCidrBlock])",
        {
            "transitGatewayRouteTableId": f"{_ROW}.TransitGatewayRouteTableId",
            "destinationCidrBlock": "_of.DestinationCidrBlock",
            "transitGatewayAttachmentId": "TransitGatewayAttachmentId",
        },
        each="TransitGatewayAttachments", where="!present(_of.PrefixListId)", silent=("blackhole",),
    ),
    Kind(
        f"{_ATTACHMENT}/route:Route", TRANSIT_ROUTES,
        "join('_', [_of.TransitGatewayRouteTableId, DestinationCidrBlock])",
        {
            "transitGatewayRouteTableId": "_of.TransitGatewayRouteTableId",
            "destinationCidrBlock": "DestinationCidrBlock", "blackhole": "`true`",
        },
        where="!present(PrefixListId) && !present(TransitGatewayAttachments[0])",
        silent=("transitGatewayAttachmentId",),
    ),
    Kind(
        f"{_ATTACHMENT}/prefixListReference:PrefixListReference", LIST_REFERENCES,
        "join('_', [_of.TransitGatewayRouteTableId, PrefixListId])",
        {
            "transitGatewayRouteTableId": "_of.TransitGatewayRouteTableId",
            "prefixListId": "PrefixListId", "blackhole": "Blackhole",
            "transitGatewayAttachmentId":
                "TransitGatewayAttachment.TransitGatewayAttachmentId",
        },
    ),
)  # fmt: skip
