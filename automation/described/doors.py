"""What joins a VPC to somebody outside it by being there: a rule of the pack is about each."""

from typing import Final

from automation.described.calls import TAGS, Call, From, Kind
from automation.described.network import VPCS

CLIENT_VPNS: Final = Call(
    "ec2", "describe_client_vpn_endpoints", "ClientVpnEndpoints[?Status.Code!='deleted']",
    ids="[ClientVpnEndpointId]", within="[VpcId]",
)  # fmt: skip
CONNECT_ENDPOINTS: Final = Call(
    "ec2", "describe_instance_connect_endpoints",
    "InstanceConnectEndpoints[?State!='delete-complete']", filter="vpc-id",
    ids="[InstanceConnectEndpointId]", within="[VpcId]",
)  # fmt: skip
LOCAL_GATEWAYS: Final = Call(
    "ec2", "describe_local_gateway_route_table_vpc_associations",
    "LocalGatewayRouteTableVpcAssociations[?State!='disassociated']", filter="vpc-id",
    ids="[LocalGatewayRouteTableVpcAssociationId]", within="[VpcId]",
)  # fmt: skip
MIRRORS: Final = Call(
    "ec2", "describe_traffic_mirror_sessions", "TrafficMirrorSessions[]",
    ids="[TrafficMirrorSessionId]", within="[NetworkInterfaceId]",
)  # fmt: skip
SERVICES: Final = Call(
    "ec2", "describe_vpc_endpoint_service_configurations",
    "ServiceConfigurations[?ServiceState!='Deleted']", ids="[ServiceId]",
    within="[NetworkLoadBalancerArns, GatewayLoadBalancerArns][][]",
    more={
        "_allowed": Call("ec2", "describe_vpc_endpoint_service_permissions", "AllowedPrincipals[]",
                         {"ServiceId": From("ServiceId")}),
    },
)  # fmt: skip
_LET_IN: Final = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
LATTICES: Final = Call(
    "vpc-lattice", "list_service_network_vpc_associations", "items[]",
    {"vpcIdentifier": From("VpcId")}, of=VPCS, ids="[id]",
    more={
        "_groups": Call(
            "vpc-lattice", "get_service_network_vpc_association", "securityGroupIds[]",
            {"serviceNetworkVpcAssociationIdentifier": From("id")},
        ),
    },
)  # fmt: skip
_AUTHENTICATION: Final = (
    "AuthenticationOptions[].{type: Type, activeDirectoryId: ActiveDirectory.DirectoryId, "
    "rootCertificateChainArn: MutualAuthentication.ClientRootCertificateChain, "
    "samlProviderArn: FederatedAuthentication.SamlProviderArn, "
    "selfServiceSamlProviderArn: FederatedAuthentication.SelfServiceSamlProviderArn}"
)

KINDS: Final = (
    Kind(
        "aws:ec2clientvpn/endpoint:Endpoint", CLIENT_VPNS, "ClientVpnEndpointId",
        {
            "vpcId": "VpcId", "clientCidrBlock": "ClientCidrBlock", "splitTunnel": "SplitTunnel",
            "securityGroupIds": "SecurityGroupIds", "dnsServers": "DnsServers",
            "description": "Description", "serverCertificateArn": "ServerCertificateArn", **TAGS,
            "authenticationOptions": _AUTHENTICATION,
            "clientConnectOptions":
                "ClientConnectOptions.{enabled: Enabled, lambdaFunctionArn: LambdaFunctionArn}",
            "connectionLogOptions": "ConnectionLogOptions.{enabled: Enabled, cloudwatchLogGroup: "
            "CloudwatchLogGroup, cloudwatchLogStream: CloudwatchLogStream}",
            "transitGatewayConfiguration":
                "TransitGatewayConfiguration.{transitGatewayId: TransitGatewayId}",
        },
        silent=(
            "clientLoginBannerOptions", "clientRouteEnforcementOptions",
            "disconnectOnSessionTimeout", "endpointIpAddressType", "selfServicePortal",
            "sessionTimeoutHours", "trafficIpAddressType", "transportProtocol", "vpnPort",
        ),
    ),
    Kind(
        "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint", CONNECT_ENDPOINTS,
        "InstanceConnectEndpointId",
        {
            "subnetId": "SubnetId", "securityGroupIds": "SecurityGroupIds",
            "preserveClientIp": "PreserveClientIp", "ipAddressType": "IpAddressType", **TAGS,
        },
    ),
    Kind(
        "aws:ec2/localGatewayRouteTableVpcAssociation:LocalGatewayRouteTableVpcAssociation",
        LOCAL_GATEWAYS, "LocalGatewayRouteTableVpcAssociationId",
        {"localGatewayRouteTableId": "LocalGatewayRouteTableId", "vpcId": "VpcId", **TAGS},
    ),
    Kind(
        "aws:ec2/trafficMirrorSession:TrafficMirrorSession", MIRRORS, "TrafficMirrorSessionId",
        {
            "networkInterfaceId": "NetworkInterfaceId",
            "trafficMirrorTargetId": "TrafficMirrorTargetId",
            "trafficMirrorFilterId": "TrafficMirrorFilterId", "description": "Description",
            "sessionNumber": "SessionNumber", "packetLength": "PacketLength",
            "virtualNetworkId": "VirtualNetworkId", **TAGS,
        },
    ),
    Kind(
        "aws:ec2/vpcEndpointService:VpcEndpointService", SERVICES, "ServiceId",
        {
            "acceptanceRequired": "AcceptanceRequired",
            "networkLoadBalancerArns": "NetworkLoadBalancerArns",
            "gatewayLoadBalancerArns": "GatewayLoadBalancerArns",
            "privateDnsName": "PrivateDnsName", "supportedRegions": "SupportedRegions[].Region",
            "allowedPrincipals": "_allowed[].Principal",
            "supportedIpAddressTypes": "SupportedIpAddressTypes", **TAGS,
        },
        apart={"allowedPrincipals": (_LET_IN, "parts(ServiceId, _allowed[].Principal)")},
    ),
    Kind(
        "aws:vpclattice/serviceNetworkVpcAssociation:ServiceNetworkVpcAssociation", LATTICES, "id",
        {
            "vpcIdentifier": "vpcId", "serviceNetworkIdentifier": "serviceNetworkId",
            "privateDnsEnabled": "privateDnsEnabled", "securityGroupIds": "_groups",
        },
        silent=("dnsOptions", "tags"),
    ),
)  # fmt: skip
