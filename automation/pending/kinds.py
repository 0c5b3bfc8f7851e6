"""How each kind of resource that the components declare is found again in AWS.

By its name where it has one of ours, by the tags Name and heiiki:cluster where AWS chooses the id,
and by what it joins where it has neither. The ids are those that the provider itself gives
(pulumi-aws 7.51.1 and the provider beneath it, each resource's page and source, 2026-11-28), which
of these kinds are also what an import takes, but for three: a route is imported as
<table>_<destination>, an association of a table as <subnet>/<table>, and a hook as <group>/<hook>.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind is asked for, and which row of the answer it is.

    arguments: member of the question to input; a list of one where the member is in LISTS.
    fixed: further members, whatever the inputs.
    rows: JMESPath of the answer to its rows.
    same: JMESPath of a row to the input that it must be equal to, where that is given.
    id: of the record, from inputs in braces, or the JMESPath of a row.
    tags: where the marks stand: "row", "filter" (there too, and AWS looks for them), "tagging" (it
        looks, through the tagging API), a service to ask for them, "" for what has none.
    """

    service: str
    action: str
    rows: str
    id: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    tags: str = ""


LISTS: Final = (
    "AllocationIds", "AutoScalingGroupNames", "LifecycleHookNames", "Names", "RouteTableIds",
    "VpcIds", "repositoryNames",
)  # fmt: skip


def _ec2(noun: str, id_member: str, rows: str = "") -> Kind:
    """Found by its tags. noun: of its Describe action."""
    key = "".join(part.title() for part in noun.split("_"))
    return Kind("ec2", f"describe_{noun}", rows or f"{key}[]", id_member, tags="filter")


def _resolver(noun: str, **more: Mapping[str, str]) -> Kind:
    """One row of a list of Route 53 Resolver's. noun: of its List action."""
    key = "".join(part.title() for part in noun.split("_"))
    return Kind("route53resolver", f"list_{noun}", f"{key}[]", "Id", **more)  # type: ignore[arg-type]


_BY_TAGS: Final = {
    "aws:ebs/volume:Volume": _ec2("volumes", "VolumeId"),
    "aws:ec2/networkInterface:NetworkInterface": _ec2(
        "network_interfaces", "NetworkInterfaceId",
        "NetworkInterfaces[].{NetworkInterfaceId: NetworkInterfaceId, Tags: TagSet}",
    ),
    "aws:ec2/eip:Eip": _ec2("addresses", "AllocationId"),
    "aws:ec2/flowLog:FlowLog": _ec2("flow_logs", "FlowLogId"),
    "aws:ec2/instance:Instance":
        _ec2("instances", "InstanceId", "Reservations[].Instances[]"),
    "aws:ec2/internetGateway:InternetGateway": _ec2("internet_gateways", "InternetGatewayId"),
    "aws:ec2/launchTemplate:LaunchTemplate": _ec2("launch_templates", "LaunchTemplateId"),
    "aws:ec2/natGateway:NatGateway": _ec2("nat_gateways", "NatGatewayId"),
    "aws:ec2/routeTable:RouteTable": _ec2("route_tables", "RouteTableId"),
    "aws:ec2/securityGroup:SecurityGroup": _ec2("security_groups", "GroupId"),
    "aws:ec2/subnet:Subnet": _ec2("subnets", "SubnetId"),
    "aws:ec2/vpc:Vpc": _ec2("vpcs", "VpcId"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2("vpc_endpoints", "VpcEndpointId"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection":
        _ec2("vpc_peering_connections", "VpcPeeringConnectionId"),
    "aws:ec2/vpnGateway:VpnGateway": _ec2("vpn_gateways", "VpnGatewayId"),
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment":
        _ec2("transit_gateway_vpc_attachments", "TransitGatewayAttachmentId"),
    "aws:kms/key:Key": Kind(
        "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList[]", "KeyId",
        tags="tagging",
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":
        _ec2("security_group_rules", "SecurityGroupRuleId"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
        _ec2("security_group_rules", "SecurityGroupRuleId"),
}  # fmt: skip
_BY_NAME: Final = {
    "aws:autoscaling/group:Group": Kind(
        "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[]", "{name}",
        {"AutoScalingGroupNames": "name"}, tags="row",
    ),
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        "logs", "describe_log_groups", "logGroups[]", "{name}", {"logGroupNamePrefix": "name"},
        same={"logGroupName": "name"}, tags="logs",
    ),
    "aws:ecr/repository:Repository": Kind(
        "ecr", "describe_repositories", "repositories[]", "{name}", {"repositoryNames": "name"},
        tags="ecr",
    ),
    "aws:eks/accessEntry:AccessEntry": Kind(
        "eks", "describe_access_entry", "[accessEntry]", "{clusterName}:{principalArn}",
        {"clusterName": "clusterName", "principalArn": "principalArn"}, tags="row",
    ),
    "aws:eks/addon:Addon": Kind(
        "eks", "describe_addon", "[addon]", "{clusterName}:{addonName}",
        {"clusterName": "clusterName", "addonName": "addonName"}, tags="row",
    ),
    "aws:eks/cluster:Cluster": Kind(
        "eks", "describe_cluster", "[cluster]", "{name}", {"name": "name"}, tags="row"
    ),
    "aws:eks/nodeGroup:NodeGroup": Kind(
        "eks", "describe_nodegroup", "[nodegroup]", "{clusterName}:{nodeGroupName}",
        {"clusterName": "clusterName", "nodegroupName": "nodeGroupName"}, tags="row",
    ),
    "aws:iam/instanceProfile:InstanceProfile": Kind(
        "iam", "get_instance_profile", "[InstanceProfile]", "{name}",
        {"InstanceProfileName": "name"}, tags="row",
    ),
    "aws:iam/role:Role": Kind(
        "iam", "get_role", "[Role]", "{name}", {"RoleName": "name"}, tags="row"
    ),
    "aws:lb/loadBalancer:LoadBalancer": Kind(
        "elbv2", "describe_load_balancers", "LoadBalancers[]", "LoadBalancerArn",
        {"Names": "name"}, tags="elbv2",
    ),
    "aws:lb/targetGroup:TargetGroup": Kind(
        "elbv2", "describe_target_groups", "TargetGroups[]", "TargetGroupArn", {"Names": "name"},
        tags="elbv2",
    ),
    "aws:route53/zone:Zone": Kind(
        "route53", "list_hosted_zones", "HostedZones[]", "Id", same={"Name": "name"},
        tags="route53",
    ),
    "aws:ssm/parameter:Parameter": Kind(
        "ssm", "get_parameter", "[Parameter]", "{name}", {"Name": "name"}, tags="ssm"
    ),
    # Lists of Route 53 Resolver tell no tags; their names begin with the cluster's.
    "aws:route53/resolverEndpoint:ResolverEndpoint":
        _resolver("resolver_endpoints", same={"Name": "name", "Direction": "direction"}),
    "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList":
        _resolver("firewall_domain_lists", same={"Name": "name"}),
    "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup":
        _resolver("firewall_rule_groups", same={"Name": "name"}),
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig":
        _resolver("resolver_query_log_configs", same={"Name": "name"}),
    "aws:s3/bucket:Bucket": Kind(
        "s3", "get_bucket_tagging", "[@][?TagSet != `null`].{Tags: TagSet}", "{bucket}",
        {"Bucket": "bucket"}, tags="row",
    ),
}  # fmt: skip
# What stands on something of ours, or joins two such things: nobody else's fits.
_BY_ENDS: Final = {
    "aws:ec2/eipAssociation:EipAssociation": Kind(
        "ec2", "describe_addresses", "Addresses[?AssociationId]", "AssociationId",
        {"AllocationIds": "allocationId"}, same={"InstanceId": "instanceId"},
    ),
    "aws:ec2/route:Route": Kind(
        "ec2", "describe_route_tables", "RouteTables[].Routes[?Origin=='CreateRoute'][]",
        "r-{routeTableId}{destination}", {"RouteTableIds": "routeTableId"},
        same={
            "DestinationCidrBlock": "destinationCidrBlock",
            "DestinationIpv6CidrBlock": "destinationIpv6CidrBlock",
            "DestinationPrefixListId": "destinationPrefixListId",
            "GatewayId": "gatewayId",
            "NatGatewayId": "natGatewayId",
            "TransitGatewayId": "transitGatewayId",
            "VpcPeeringConnectionId": "vpcPeeringConnectionId",
        },
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Kind(
        "ec2", "describe_route_tables", "RouteTables[].Associations[]", "RouteTableAssociationId",
        {"RouteTableIds": "routeTableId"}, same={"SubnetId": "subnetId"},
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": Kind(
        "ec2", "describe_vpcs", "Vpcs[].CidrBlockAssociationSet[]", "AssociationId",
        {"VpcIds": "vpcId"}, same={"CidrBlock": "cidrBlock"},
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Kind(
        "eks", "list_associated_access_policies", "associatedAccessPolicies[]",
        "{clusterName}#{principalArn}#{policyArn}",
        {"clusterName": "clusterName", "principalArn": "principalArn"},
        same={"policyArn": "policyArn"},
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        "iam", "list_role_policies", "PolicyNames[].{name: @}", "{role}:{name}",
        {"RoleName": "role"}, same={"name": "name"},
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(
        "iam", "list_attached_role_policies", "AttachedPolicies[]", "{role}/{policyArn}",
        {"RoleName": "role"}, same={"PolicyArn": "policyArn"},
    ),
    "aws:kms/alias:Alias": Kind(
        "kms", "list_aliases", "Aliases[]", "{name}", {"KeyId": "targetKeyId"},
        same={"AliasName": "name"},
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Kind(
        "autoscaling", "describe_lifecycle_hooks", "LifecycleHooks[]", "{name}",
        {"AutoScalingGroupName": "autoscalingGroupName", "LifecycleHookNames": "name"},
    ),
    "aws:lb/listener:Listener": Kind(
        "elbv2", "describe_listeners", "Listeners[].{ListenerArn: ListenerArn, "
        "LoadBalancerArn: LoadBalancerArn, Protocol: Protocol, Port: to_string(Port)}",
        "ListenerArn", {"LoadBalancerArn": "loadBalancerArn"},
        same={"Protocol": "protocol", "Port": "port"},
    ),
    "aws:route53/record:Record": Kind(
        "route53", "list_resource_record_sets", "ResourceRecordSets[]", "{zoneId}_{name}_{type}",
        {"HostedZoneId": "zoneId"}, same={"Name": "name", "Type": "type"},
    ),
    "aws:route53/resolverFirewallRule:ResolverFirewallRule": Kind(
        "route53resolver", "list_firewall_rules", "FirewallRules[]",
        "{firewallRuleGroupId}:{firewallDomainListId}",
        {"FirewallRuleGroupId": "firewallRuleGroupId"},
        same={"FirewallDomainListId": "firewallDomainListId"},
    ),
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation":
        _resolver(
            "firewall_rule_group_associations",
            arguments={"FirewallRuleGroupId": "firewallRuleGroupId", "VpcId": "vpcId"},
        ),
    "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation":
        _resolver(
            "resolver_query_log_config_associations",
            same={"ResolverQueryLogConfigId": "resolverQueryLogConfigId",
                  "ResourceId": "resourceId"},
        ),
}  # fmt: skip
KINDS: Final[Mapping[str, Kind]] = {**_BY_TAGS, **_BY_NAME, **_BY_ENDS}

_SETTING = "a setting of {}, which is made again whether or not it was made, and goes with it"
_TAKEN_OVER = "AWS makes it with the VPC, and to create it is to take it over"
# Kinds that need not be found: to ask for them a second time is what an update would ask for too.
HARMLESS: Final[Mapping[str, str]] = {
    "aws:ec2/defaultRouteTable:DefaultRouteTable": _TAKEN_OVER,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _TAKEN_OVER,
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": _SETTING.format("the peering"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _SETTING.format("the repository"),
    "aws:route53/resolverFirewallConfig:ResolverFirewallConfig": _SETTING.format("the VPC"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration":
        _SETTING.format("the bucket"),
    "aws:s3/bucketObjectv2:BucketObjectv2":
        "put anew, it is the same: its key names it by its digest",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _SETTING.format("the bucket"),
    "aws:s3/bucketPolicy:BucketPolicy": _SETTING.format("the bucket"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _SETTING.format("the bucket"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
        _SETTING.format("the bucket"),
    "aws:s3/bucketVersioning:BucketVersioning": _SETTING.format("the bucket"),
}  # fmt: skip
# Kinds outside AWS, which nothing here can ask, and what the operator does where one is there.
ELSEWHERE: Final[Mapping[str, str]] = {
    "kubernetes:core/v1:ConfigMap":
        "whether it was made only the cluster knows; where the engine now says that it exists, "
        "look whether it is this stack's, and delete it in the cluster if it is",
}  # fmt: skip
