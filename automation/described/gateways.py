"""Gateways, peerings, VPNs and VPC endpoints."""

from typing import Final

from automation.described.calls import TAGS, Call, From, Kind

# EC2 tells for a while of what is gone or was refused.
THERE: Final = "?State!='deleted' && State!='failed' && State!='rejected'"

INTERNET_GATEWAYS: Final = Call(
    "ec2", "describe_internet_gateways", "InternetGateways[]",
    ids="[InternetGatewayId]", within="Attachments[].VpcId",
)  # fmt: skip
EGRESS_ONLY: Final = Call(
    "ec2", "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways[]",
    ids="[EgressOnlyInternetGatewayId]", within="Attachments[].VpcId",
)  # fmt: skip
CARRIER_GATEWAYS: Final = Call(
    "ec2", "describe_carrier_gateways", f"CarrierGateways[{THERE}]",
    ids="[CarrierGatewayId]", within="[VpcId]",
)  # fmt: skip
NAT_GATEWAYS: Final = Call(
    "ec2", "describe_nat_gateways", f"NatGateways[{THERE}]", filter="vpc-id", filter_as="Filter",
    ids="[NatGatewayId]", within="[VpcId, SubnetId]",
)  # fmt: skip
ADDRESSES: Final = Call(
    "ec2", "describe_addresses", "Addresses[]",
    ids="[AllocationId]", within="[InstanceId, NetworkInterfaceId]",
)  # fmt: skip
VPN_GATEWAYS: Final = Call(
    "ec2", "describe_vpn_gateways", f"VpnGateways[{THERE}]",
    ids="[VpnGatewayId]", within="VpcAttachments[?State!='detached'].VpcId",
)  # fmt: skip
VPN_CONNECTIONS: Final = Call(
    "ec2", "describe_vpn_connections", f"VpnConnections[{THERE}]",
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
    "ec2", "describe_customer_gateways", f"CustomerGateways[{THERE}]", ids="[CustomerGatewayId]"
)
PEERINGS: Final = Call(
    "ec2", "describe_vpc_peering_connections",
    "VpcPeeringConnections[?!contains(['deleted', 'deleting', 'rejected', 'failed', 'expired'], "
    "Status.Code)]",
    ids="[VpcPeeringConnectionId]", within="[RequesterVpcInfo.VpcId, AccepterVpcInfo.VpcId]",
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

_ENDPOINT_POLICY: Final = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
# Where AWS gives an endpoint the default group alone, nobody has named one.
_GROUPS: Final = "Groups[?GroupName!='default'] && Groups[].GroupId"
_ALLOWS_DNS: Final = "PeeringOptions.AllowDnsResolutionFromRemoteVpc"


def _logs_of_tunnel(number: int) -> str:
    """The provider counts tunnels by their addresses outside."""
    tunnel = f"sort_by(Options.TunnelOptions || `[]`, &to_string(OutsideIpAddress))[{number}]"
    groups = "{logGroupArn: LogGroupArn, bgpLogGroupArn: BgpLogGroupArn}"
    return f"{tunnel}.LogOptions.{{cloudwatchLogOptions: CloudWatchLogOptions.{groups}}}"


KINDS: Final = (
    Kind(
        "aws:ec2/internetGateway:InternetGateway", INTERNET_GATEWAYS, "InternetGatewayId",
        {"vpcId": "Attachments[0].VpcId", **TAGS},
    ),
    Kind(
        "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", EGRESS_ONLY,
        "EgressOnlyInternetGatewayId", {"vpcId": "Attachments[0].VpcId", **TAGS},
    ),
    Kind(
        "aws:ec2/carrierGateway:CarrierGateway", CARRIER_GATEWAYS, "CarrierGatewayId",
        {"vpcId": "VpcId", **TAGS},
    ),
    Kind(
        "aws:ec2/natGateway:NatGateway", NAT_GATEWAYS, "NatGatewayId",
        {
            "subnetId": "SubnetId", "connectivityType": "ConnectivityType",
            "allocationId": "NatGatewayAddresses[?IsPrimary!=`false`].AllocationId | [0]",
            "privateIp": "NatGatewayAddresses[?IsPrimary!=`false`].PrivateIp | [0]",
            "secondaryAllocationIds": "NatGatewayAddresses[?IsPrimary==`false`].AllocationId",
            "secondaryPrivateIpAddresses": "NatGatewayAddresses[?IsPrimary==`false`].PrivateIp",
            "vpcId": "VpcId", "availabilityMode": "AvailabilityMode", **TAGS,
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
            **TAGS,
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
            **TAGS,
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
            "outsideIpAddressType": "Options.OutsideIpAddressType", **TAGS,
            "tunnel1LogOptions": _logs_of_tunnel(0),
            "tunnel2LogOptions": _logs_of_tunnel(1),
        },
        {"transitGatewayAttachmentId": "_attached[0]"},
        silent=(
            "enableAcceleration", "localIpv6NetworkCidr", "remoteIpv6NetworkCidr",
            "tunnelInsideIpVersion", "transportTransitGatewayAttachmentId", "presharedKeyStorage",
            "tunnelBandwidth", "tunnel[12][!L]*",
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
            "certificateArn": "CertificateArn", "deviceName": "DeviceName", **TAGS,
        },
        silent=("bgpAsnExtended",),
    ),
    Kind(
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", PEERINGS, "VpcPeeringConnectionId",
        {
            "vpcId": "RequesterVpcInfo.VpcId", "peerVpcId": "AccepterVpcInfo.VpcId",
            "peerOwnerId": "unless(AccepterVpcInfo.OwnerId, _here.account)",
            "peerRegion": "unless(AccepterVpcInfo.Region, _here.region)", **TAGS,
        },
        unless="aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
        silent=("accepter", "autoAccept", "requester"),
    ),
    Kind(
        "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter", PEERINGS,
        "VpcPeeringConnectionId",
        {"vpcPeeringConnectionId": "VpcPeeringConnectionId", **TAGS},
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
        "aws:ec2/vpcEndpoint:VpcEndpoint", ENDPOINTS, "VpcEndpointId",
        {
            "vpcId": "VpcId", "serviceName": "ServiceName", "vpcEndpointType": "VpcEndpointType",
            "policy": "PolicyDocument", "privateDnsEnabled": "PrivateDnsEnabled",
            "routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds",
            "securityGroupIds": _GROUPS, "ipAddressType": "IpAddressType",
            "serviceRegion": "unless(ServiceRegion, _here.region)",
            "resourceConfigurationArn": "ResourceConfigurationArn",
            "serviceNetworkArn": "ServiceNetworkArn", **TAGS,
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
