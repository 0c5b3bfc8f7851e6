"""Lists of what nobody can make on the embedded AWS: they are empty, and whoever reads a whole
account needs to be told so instead of being refused."""

from typing import Any

from local.aws.extensions.registry import Call, extends

WHY = "absent from moto, and nothing here makes one"


@extends("ec2", "DescribeTransitGatewayConnects", WHY)
def describe_transit_gateway_connects(call: Call) -> dict[str, Any]:
    return {"TransitGatewayConnects": []}


@extends("ec2", "DescribeTransitGatewayConnectPeers", WHY)
def describe_transit_gateway_connect_peers(call: Call) -> dict[str, Any]:
    return {"TransitGatewayConnectPeers": []}


@extends("ec2", "DescribeVpcEndpointConnections", WHY)
def describe_vpc_endpoint_connections(call: Call) -> dict[str, Any]:
    return {"VpcEndpointConnections": []}


@extends("ec2", "DescribeVpnConcentrators", WHY)
def describe_vpn_concentrators(call: Call) -> dict[str, Any]:
    return {"VpnConcentrators": []}


@extends("ec2", "DescribeClientVpnEndpoints", WHY)
def describe_client_vpn_endpoints(call: Call) -> dict[str, Any]:
    return {"ClientVpnEndpoints": []}


@extends("ec2", "DescribeInstanceConnectEndpoints", WHY)
def describe_instance_connect_endpoints(call: Call) -> dict[str, Any]:
    return {"InstanceConnectEndpoints": []}


@extends("ec2", "DescribeLocalGatewayRouteTableVpcAssociations", WHY)
def describe_local_gateway_route_table_vpc_associations(call: Call) -> dict[str, Any]:
    return {"LocalGatewayRouteTableVpcAssociations": []}


@extends("ec2", "GetTransitGatewayPrefixListReferences", WHY)
def get_transit_gateway_prefix_list_references(call: Call) -> dict[str, Any]:
    return {"TransitGatewayPrefixListReferences": []}


@extends("ec2", "DescribeVpcBlockPublicAccessExclusions", WHY)
def describe_vpc_block_public_access_exclusions(call: Call) -> dict[str, Any]:
    return {"VpcBlockPublicAccessExclusions": []}


@extends("ec2", "DescribeNetworkInterfacePermissions", WHY)
def describe_network_interface_permissions(call: Call) -> dict[str, Any]:
    return {"NetworkInterfacePermissions": []}


@extends("autoscaling", "DescribeNotificationConfigurations", WHY)
def describe_notification_configurations(call: Call) -> dict[str, Any]:
    return {"NotificationConfigurations": []}


@extends("directconnect", "DescribeDirectConnectGatewayAssociations", WHY)
def describe_direct_connect_gateway_associations(call: Call) -> dict[str, Any]:
    return {"directConnectGatewayAssociations": []}


@extends("eks", "ListCapabilities", WHY)
def list_capabilities(call: Call) -> dict[str, Any]:
    return {"capabilities": []}


@extends("elasticache", "DescribeServerlessCaches", WHY)
def describe_serverless_caches(call: Call) -> dict[str, Any]:
    return {"ServerlessCaches": []}


@extends("route53", "ListVPCAssociationAuthorizations", WHY)
def list_vpc_association_authorizations(call: Call) -> dict[str, Any]:
    return {"HostedZoneId": call.params["HostedZoneId"], "VPCs": []}
