"""Gateways, peerings, transit gateways, VPNs and VPC endpoints."""

from typing import Final

from automation.described.calls import Call, From, Kind

_TAGS: Final = {"tags": "tags(Tags)"}
_THERE: Final = "?State!='deleted' && State!='failed' && State!='rejected'"

INTERNET_GATEWAYS: Final = Call(
    "ec2", "describe_internet_gateways", "InternetGateways[]",
    ids="[InternetGatewayId]", within="Attachments[].VpcId",
)  # fmt: skip
EGRESS_ONLY: Final = Call(
    "ec2", "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways[]",
    ids="[EgressOnlyInternetGatewayId]", within="Attachments[].VpcId",
)  # fmt: skip
CARRIER_GATEWAYS: Final = Call(
    "ec2", "describe_carrier_gateways", f"CarrierGateways[{_THERE}]",
    ids="[CarrierGatewayId]", within="[VpcId]",
)  # fmt: skip
NAT_GATEWAYS: Final = Call(
    "ec2", "describe_nat_gateways", f"NatGateways[{_THERE}]", filter="vpc-id", filter_as="Filter",
    ids="[NatGatewayId]", within="[VpcId, SubnetId]",
)  # fmt: skip
ADDRESSES: Final = Call(
    "ec2", "describe_addresses", "Addresses[]",
    ids="[AllocationId]", within="[InstanceId, NetworkInterfaceId]",
)  # fmt: skip
VPN_GATEWAYS: Final = Call(
    "ec2", "describe_vpn_gateways", f"VpnGateways[{_THERE}]",
    ids="[VpnGatewayId]", within="VpcAttachments[?State!='detached'].VpcId",
)  # fmt: skip
VPN_CONNECTIONS: Final = Call(
    "ec2", "describe_vpn_connections", f"VpnConnections[{_THERE}]",
    ids="[VpnConnectionId]", within="[VpnGatewayId, TransitGatewayId, VpnConcentratorId]",
    more={
        "_attached": Call(
            "ec2", "describe_transit_gateway_attachments",
            "TransitGatewayAttachments[].TransitGatewayAttachmentId",
            {"Filters": [{"Name": "resource-id", "Values": [From("VpnConnectionId")]}]},
            when="present(TransitGatewayId)",
        ),
    },
)  # fmt: skip
CUSTOMER_GATEWAYS: Final = Call(
    "ec2", "describe_customer_gateways", f"CustomerGateways[{_THERE}]", ids="[CustomerGatewayId]"
)
PEERINGS: Final = Call(
    "ec2", "describe_vpc_peering_connections",
    "VpcPeeringConnections[?!contains(['deleted', 'deleting', 'rejected', 'failed', 'expired'], "
    "Status.Code)]",
    ids="[VpcPeeringConnectionId]", within="[RequesterVpcInfo.VpcId, AccepterVpcInfo.VpcId]",
)  # fmt: skip
TRANSIT_GATEWAYS: Final = Call(
    "ec2", "describe_transit_gateways", f"TransitGateways[{_THERE}]", ids="[TransitGatewayId]",
    within="[TransitGatewayId]",
)  # fmt: skip
VPC_ATTACHMENTS: Final = Call(
    "ec2", "describe_transit_gateway_vpc_attachments", f"TransitGatewayVpcAttachments[{_THERE}]",
    ids="[TransitGatewayAttachmentId]", within="[VpcId, TransitGatewayId]",
)  # fmt: skip
PEERING_ATTACHMENTS: Final = Call(
    "ec2", "describe_transit_gateway_peering_attachments",
    f"TransitGatewayPeeringAttachments[{_THERE}]", ids="[TransitGatewayAttachmentId]",
    within="[RequesterTgwInfo.TransitGatewayId, AccepterTgwInfo.TransitGatewayId]",
)  # fmt: skip
CONNECTS: Final = Call(
    "ec2", "describe_transit_gateway_connects", f"TransitGatewayConnects[{_THERE}]",
    ids="[TransitGatewayAttachmentId]", within="[TransitGatewayId]",
)  # fmt: skip
TRANSIT_TABLES: Final = Call(
    "ec2", "describe_transit_gateway_route_tables", f"TransitGatewayRouteTables[{_THERE}]",
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
ENDPOINTS: Final = Call(
    "ec2", "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted' && State!='Deleted']",
    filter="vpc-id", ids="[VpcEndpointId]", within="[VpcId]",
    more={
        "_list": Call(
            "ec2", "describe_prefix_lists", "PrefixLists[].PrefixListId",
            {"Filters": [{"Name": "prefix-list-name", "Values": [From("ServiceName")]}]},
            when="VpcEndpointType=='Gateway'",
        ),
    },
)  # fmt: skip

_ATTACHMENT: Final = "aws:ec2transitgateway"
_ENDPOINT_POLICY: Final = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
# Where AWS gives an endpoint the default group alone, nobody has named one.
_GROUPS: Final = "Groups[?GroupName!='default'] && Groups[].GroupId"
_ROW: Final = "_of._of"  # the table of an attachment of a route
_ALLOWS_DNS: Final = "PeeringOptions.AllowDnsResolutionFromRemoteVpc"
# Which tables an attachment belongs to is read from the tables, so none holds by default.
_EXPLICIT: Final = {
    "transitGatewayDefaultRouteTableAssociation": "`false`",
    "transitGatewayDefaultRouteTablePropagation": "`false`",
}

KINDS: Final = (
    Kind(
        "aws:ec2/internetGateway:InternetGateway", INTERNET_GATEWAYS, "InternetGatewayId",
        {"vpcId": "Attachments[0].VpcId", **_TAGS},
    ),
    Kind(
        "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", EGRESS_ONLY,
        "EgressOnlyInternetGatewayId", {"vpcId": "Attachments[0].VpcId", **_TAGS},
    ),
    Kind(
        "aws:ec2/carrierGateway:CarrierGateway", CARRIER_GATEWAYS, "CarrierGatewayId",
        {"vpcId": "VpcId", **_TAGS},
    ),
    Kind(
        "aws:ec2/natGateway:NatGateway", NAT_GATEWAYS, "NatGatewayId",
        {
            "subnetId": "SubnetId", "connectivityType": "ConnectivityType",
            "allocationId": "NatGatewayAddresses[?IsPrimary!=`false`].AllocationId | [0]",
            "privateIp": "NatGatewayAddresses[?IsPrimary!=`false`].PrivateIp | [0]",
            "secondaryAllocationIds": "NatGatewayAddresses[?IsPrimary==`false`].AllocationId",
            "secondaryPrivateIpAddresses": "NatGatewayAddresses[?IsPrimary==`false`].PrivateIp",
            "vpcId": "VpcId", "availabilityMode": "AvailabilityMode", **_TAGS,
        },
        {"networkInterfaceId": "NatGatewayAddresses[?IsPrimary!=`false`].NetworkInterfaceId | [0]"},
        silent=("availabilityZoneAddresses", "secondaryPrivateIpAddressCount"),
    ),
    Kind(
        "aws:ec2/eip:Eip", ADDRESSES, "AllocationId",
        {
            "instance": "InstanceId", "networkInterface": "NetworkInterfaceId",
            "domain": "Domain", "networkBorderGroup": "NetworkBorderGroup",
            "publicIpv4Pool": "PublicIpv4Pool", "customerOwnedIpv4Pool": "CustomerOwnedIpv4Pool",
            **_TAGS,
        },
        {"allocationId": "AllocationId", "publicIp": "PublicIp"},
        silent=("address", "associateWithPrivateIp", "ipamPoolId"),
    ),
    Kind(
        "aws:ec2/eipAssociation:EipAssociation", ADDRESSES, "AssociationId",
        {
            "allocationId": "AllocationId", "instanceId": "InstanceId",
            "networkInterfaceId": "NetworkInterfaceId", "publicIp": "PublicIp",
        },
        key=("allocationId",), where="present(AssociationId)", restates=True,
        silent=("allowReassociation", "privateIpAddress"),
    ),
    Kind(
        "aws:ec2/vpnGateway:VpnGateway", VPN_GATEWAYS, "VpnGatewayId",
        {
            "vpcId": "VpcAttachments[?State!='detached'].VpcId | [0]",
            "amazonSideAsn": "AmazonSideAsn && to_string(AmazonSideAsn)",
            "availabilityZone": "AvailabilityZone",
            **_TAGS,
        },
    ),
    Kind(
        "aws:ec2/vpnConnection:VpnConnection", VPN_CONNECTIONS, "VpnConnectionId",
        {
            "vpnGatewayId": "VpnGatewayId", "transitGatewayId": "TransitGatewayId",
            "vpnConcentratorId": "VpnConcentratorId", "customerGatewayId": "CustomerGatewayId",
            "type": "Type", "staticRoutesOnly": "Options.StaticRoutesOnly",
            "localIpv4NetworkCidr": "Options.LocalIpv4NetworkCidr",
            "remoteIpv4NetworkCidr": "Options.RemoteIpv4NetworkCidr",
            "outsideIpAddressType": "Options.OutsideIpAddressType", **_TAGS,
        },
        {"transitGatewayAttachmentId": "_attached[0]"},
        silent=(
            "enableAcceleration", "localIpv6NetworkCidr", "remoteIpv6NetworkCidr",
            "tunnelInsideIpVersion", "transportTransitGatewayAttachmentId", "presharedKeyStorage",
            "tunnelBandwidth", "tunnel1*", "tunnel2*",
        ),
    ),
    # AWS gives it no id; the provider makes one of both.
    Kind(
        "aws:ec2/vpnConnectionRoute:VpnConnectionRoute", VPN_CONNECTIONS,
        "join(':', [DestinationCidrBlock, _of.VpnConnectionId])",
        {
            "destinationCidrBlock": "DestinationCidrBlock",
            "vpnConnectionId": "_of.VpnConnectionId",
        },
        key=("destinationCidrBlock", "vpnConnectionId"),
        each="Routes[?State!='deleted' && State!='deleting']",
    ),
    Kind(
        "aws:ec2/customerGateway:CustomerGateway", CUSTOMER_GATEWAYS, "CustomerGatewayId",
        {
            "bgpAsn": "BgpAsn", "ipAddress": "IpAddress", "type": "Type",
            "certificateArn": "CertificateArn", "deviceName": "DeviceName", **_TAGS,
        },
        silent=("bgpAsnExtended",),
    ),
    Kind(
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", PEERINGS, "VpcPeeringConnectionId",
        {
            "vpcId": "RequesterVpcInfo.VpcId", "peerVpcId": "AccepterVpcInfo.VpcId",
            "peerOwnerId": "unless(AccepterVpcInfo.OwnerId, _here.account)",
            "peerRegion": "unless(AccepterVpcInfo.Region, _here.region)", **_TAGS,
        },
        unless="aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
        silent=("accepter", "autoAccept", "requester"),
    ),
    Kind(
        "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter", PEERINGS,
        "VpcPeeringConnectionId",
        {"vpcPeeringConnectionId": "VpcPeeringConnectionId", **_TAGS},
        {"vpcId": "AccepterVpcInfo.VpcId", "peerVpcId": "RequesterVpcInfo.VpcId"},
        restates=True, silent=("accepter", "autoAccept", "requester"),
    ),
    Kind(
        "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions", PEERINGS,
        "VpcPeeringConnectionId",
        {
            "vpcPeeringConnectionId": "VpcPeeringConnectionId",
            "accepter": f"{{allowRemoteVpcDnsResolution: AccepterVpcInfo.{_ALLOWS_DNS}}}",
            "requester": f"{{allowRemoteVpcDnsResolution: RequesterVpcInfo.{_ALLOWS_DNS}}}",
        },
        restates=True,
    ),
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
            "encryptionSupport": "Options.EncryptionSupport.EncryptionState", **_TAGS,
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
            **_EXPLICIT, **_TAGS,
        },
        unless=f"{_ATTACHMENT}/vpcAttachmentAccepter:VpcAttachmentAccepter",
    ),
    Kind(
        f"{_ATTACHMENT}/vpcAttachmentAccepter:VpcAttachmentAccepter", VPC_ATTACHMENTS,
        "TransitGatewayAttachmentId",
        {"transitGatewayAttachmentId": "TransitGatewayAttachmentId", **_EXPLICIT, **_TAGS},
        restates=True,
    ),
    Kind(
        f"{_ATTACHMENT}/peeringAttachment:PeeringAttachment", PEERING_ATTACHMENTS,
        "TransitGatewayAttachmentId",
        {
            "transitGatewayId": "RequesterTgwInfo.TransitGatewayId",
            "peerTransitGatewayId": "AccepterTgwInfo.TransitGatewayId",
            "peerAccountId": "AccepterTgwInfo.OwnerId", "peerRegion": "AccepterTgwInfo.Region",
            **_TAGS,
        },
        where="present(RequesterTgwInfo)", silent=("options",),
        unless=f"{_ATTACHMENT}/peeringAttachmentAccepter:PeeringAttachmentAccepter",
    ),
    Kind(
        f"{_ATTACHMENT}/peeringAttachmentAccepter:PeeringAttachmentAccepter", PEERING_ATTACHMENTS,
        "TransitGatewayAttachmentId",
        {"transitGatewayAttachmentId": "TransitGatewayAttachmentId", **_TAGS}, restates=True,
    ),
    Kind(
        f"{_ATTACHMENT}/connect:Connect", CONNECTS, "TransitGatewayAttachmentId",
        {
            "transitGatewayId": "TransitGatewayId",
            "transportAttachmentId": "TransportTransitGatewayAttachmentId",
            "protocol": "Options.Protocol", **_EXPLICIT, **_TAGS,
        },
    ),
    Kind(
        f"{_ATTACHMENT}/routeTable:RouteTable", TRANSIT_TABLES, "TransitGatewayRouteTableId",
        {"transitGatewayId": "TransitGatewayId", **_TAGS},
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
    Kind(
        "aws:ec2/vpcEndpoint:VpcEndpoint", ENDPOINTS, "VpcEndpointId",
        {
            "vpcId": "VpcId", "serviceName": "ServiceName", "vpcEndpointType": "VpcEndpointType",
            "policy": "PolicyDocument", "privateDnsEnabled": "PrivateDnsEnabled",
            "routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds",
            "securityGroupIds": _GROUPS, "ipAddressType": "IpAddressType",
            "serviceRegion": "unless(ServiceRegion, _here.region)",
            "resourceConfigurationArn": "ResourceConfigurationArn",
            "serviceNetworkArn": "ServiceNetworkArn", **_TAGS,
        },
        {
            "prefixListId": "_list[0]", "networkInterfaceIds": "NetworkInterfaceIds",
            "arn": "join('', ['arn:', _here.partition, ':ec2:', _here.region, ':', "
            "OwnerId || _here.account, ':vpc-endpoint/', VpcEndpointId])",
            "dnsEntries": "DnsEntries[].{dnsName: DnsName, hostedZoneId: HostedZoneId}",
        },
        apart={"policy": (_ENDPOINT_POLICY, "VpcEndpointId")},
        silent=("autoAccept", "dnsOptions", "subnetConfigurations"),
    ),
    Kind(
        _ENDPOINT_POLICY, ENDPOINTS, "VpcEndpointId",
        {"vpcEndpointId": "VpcEndpointId", "policy": "PolicyDocument"}, key=("vpcEndpointId",),
        restates=True,
    ),
)  # fmt: skip
