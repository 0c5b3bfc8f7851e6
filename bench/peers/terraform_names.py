"""What Terraform calls AWS's types and their blocks, where it is not what Pulumi's name says.

Pulumi's provider is made from Terraform's, so most names follow: aws:ec2/vpc:Vpc is aws_vpc, and
cidrBlock is cidr_block. Here stands what does not follow, by Terraform's documentation of its aws
provider (version 6), read on 2026-11-28.
"""

from collections.abc import Mapping
from typing import Final

# How the types of a module of Pulumi's begin; others begin with aws_<module>_.
MODULES: Final[Mapping[str, str]] = {
    "apigateway": "aws_api_gateway_",
    "cloudtrail": "aws_",
    "cloudwatch": "aws_cloudwatch_",
    "directconnect": "aws_dx_",
    "ec2": "aws_",
    "ec2clientvpn": "aws_ec2_client_vpn_",
    "ec2transitgateway": "aws_ec2_transit_gateway_",
    "elb": "aws_",
    "rds": "aws_",
    "vpc": "aws_vpc_",
}
TYPES: Final[Mapping[str, str]] = {
    "aws:cloudtrail/trail:Trail": "aws_cloudtrail",
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": "aws_ec2_image_block_public_access",
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults": (
        "aws_ec2_instance_metadata_defaults"
    ),
    "aws:ec2/localGatewayRoute:LocalGatewayRoute": "aws_ec2_local_gateway_route",
    "aws:ec2/localGatewayRouteTableVpcAssociation:LocalGatewayRouteTableVpcAssociation": (
        "aws_ec2_local_gateway_route_table_vpc_association"
    ),
    "aws:ec2/managedPrefixList:ManagedPrefixList": "aws_ec2_managed_prefix_list",
    "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry": "aws_ec2_managed_prefix_list_entry",
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": (
        "aws_vpc_peering_connection_options"
    ),
    "aws:ec2/trafficMirrorSession:TrafficMirrorSession": "aws_ec2_traffic_mirror_session",
    "aws:ec2/trafficMirrorTarget:TrafficMirrorTarget": "aws_ec2_traffic_mirror_target",
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": (
        "aws_vpc_endpoint_service_allowed_principal"
    ),
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": (
        "aws_ec2_instance_connect_endpoint"
    ),
    "aws:ec2transitgateway/transitGateway:TransitGateway": "aws_ec2_transit_gateway",
    "aws:elb/loadBalancer:LoadBalancer": "aws_elb",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "aws_iam_openid_connect_provider",
    "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
    "aws:rds/cluster:Cluster": "aws_rds_cluster",
    "aws:rds/clusterInstance:ClusterInstance": "aws_rds_cluster_instance",
    "aws:rds/instance:Instance": "aws_db_instance",
    "aws:rds/optionGroup:OptionGroup": "aws_db_option_group",
    "aws:rds/proxy:Proxy": "aws_db_proxy",
    "aws:rds/subnetGroup:SubnetGroup": "aws_db_subnet_group",
    "aws:route53/profilesAssociation:ProfilesAssociation": "aws_route53profiles_association",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": (
        "aws_s3_account_public_access_block"
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": (
        "aws_s3_bucket_replication_configuration"
    ),
    "aws:s3/inventory:Inventory": "aws_s3_bucket_inventory",
}
# Types that mutations make up, to show that what nobody knows is refused. AWS has none of them.
MADE_UP: Final = frozenset({"aws:newservice/door:Door", "aws:ec2/quantumLink:QuantumLink"})

# What Pulumi calls in the plural and Terraform does not, by Terraform's type.
SINGULAR: Final[Mapping[str, frozenset[str]]] = {
    "aws_autoscaling_group": frozenset({"initial_lifecycle_hooks", "tags", "vpc_zone_identifiers"}),
    "aws_default_route_table": frozenset({"routes"}),
    "aws_db_option_group": frozenset({"options"}),
    "aws_ec2_managed_prefix_list": frozenset({"entries"}),
    "aws_ecr_replication_configuration": frozenset({"rules", "destinations"}),
    "aws_ecr_repository": frozenset({"encryption_configurations"}),
    "aws_eks_addon": frozenset({"pod_identity_associations"}),
    "aws_elasticache_replication_group": frozenset({"log_delivery_configurations"}),
    "aws_iam_openid_connect_provider": frozenset({"client_id_lists"}),
    "aws_lb": frozenset({"subnet_mappings"}),
    "aws_lb_listener": frozenset({"default_actions"}),
    "aws_route53_resolver_endpoint": frozenset({"ip_addresses"}),
    "aws_route53_resolver_rule": frozenset({"target_ips"}),
    "aws_route53_zone": frozenset({"vpcs"}),
    "aws_route_table": frozenset({"routes"}),
    "aws_s3_bucket": frozenset({"grants"}),
    "aws_s3_bucket_lifecycle_configuration": frozenset({"rules"}),
    "aws_s3_bucket_notification": frozenset({"lambda_functions", "queues", "topics"}),
    "aws_s3_bucket_replication_configuration": frozenset({"rules"}),
    "aws_s3_bucket_server_side_encryption_configuration": frozenset({"rules"}),
}
# Names whose words Pulumi cuts in another way, or that it calls otherwise.
NAMES: Final[Mapping[str, str]] = {
    "entries": "entry",
    "ip_addresses": "ip_address",
}
# Values that are maps of somebody's own words, and no blocks.
MAPS: Final = frozenset({"labels", "tags", "tags_all"})
# What somebody has to say in Terraform and a mutation leaves out: the worst that it could be.
REQUIRED: Final[Mapping[str, Mapping[str, str]]] = {
    "aws_lambda_function_url": {"authorization_type": "NONE"},
}
