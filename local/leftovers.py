"""What the embedded AWS holds beyond what a new account holds, asked through boto3.

Shares nothing with the providers, so that it can judge them.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

import boto3
import jmespath  # type: ignore[import-untyped]
from botocore.config import Config

# noun, service, operation, and where the names of those stand that a new account does not have
# and that are not gone already (JMESPath).
_REGIONAL: Final = (
    ("VPC", "ec2", "describe_vpcs", "Vpcs[?!IsDefault].VpcId"),
    ("subnet", "ec2", "describe_subnets", "Subnets[?!DefaultForAz].SubnetId"),
    (
        "route table",
        "ec2",
        "describe_route_tables",
        "RouteTables[?!(Associations[?Main])].RouteTableId",
    ),
    ("network ACL", "ec2", "describe_network_acls", "NetworkAcls[?!IsDefault].NetworkAclId"),
    (
        "security group",
        "ec2",
        "describe_security_groups",
        "SecurityGroups[?GroupName != 'default'].GroupId",
    ),
    (
        "prefix list",
        "ec2",
        "describe_managed_prefix_lists",
        "PrefixLists[?OwnerId != 'AWS'].PrefixListId",
    ),
    (
        "peering connection",
        "ec2",
        "describe_vpc_peering_connections",
        "VpcPeeringConnections[?!contains(['deleted', 'rejected'], Status.Code)]"
        ".VpcPeeringConnectionId",
    ),
    (
        "VPC endpoint",
        "ec2",
        "describe_vpc_endpoints",
        "VpcEndpoints[?State != 'deleted'].VpcEndpointId",
    ),
    (
        "NAT gateway",
        "ec2",
        "describe_nat_gateways",
        "NatGateways[?State != 'deleted'].NatGatewayId",
    ),
    (
        "internet gateway",
        "ec2",
        "describe_internet_gateways",
        "InternetGateways[].InternetGatewayId",
    ),
    (
        "egress-only internet gateway",
        "ec2",
        "describe_egress_only_internet_gateways",
        "EgressOnlyInternetGateways[].EgressOnlyInternetGatewayId",
    ),
    (
        "transit gateway",
        "ec2",
        "describe_transit_gateways",
        "TransitGateways[?State != 'deleted'].TransitGatewayId",
    ),
    (
        "transit gateway attachment",
        "ec2",
        "describe_transit_gateway_attachments",
        "TransitGatewayAttachments[?State != 'deleted'].TransitGatewayAttachmentId",
    ),
    (
        "virtual private gateway",
        "ec2",
        "describe_vpn_gateways",
        "VpnGateways[?State != 'deleted'].VpnGatewayId",
    ),
    ("flow log", "ec2", "describe_flow_logs", "FlowLogs[].FlowLogId"),
    ("Elastic IP", "ec2", "describe_addresses", "Addresses[].AllocationId"),
    (
        "network interface",
        "ec2",
        "describe_network_interfaces",
        "NetworkInterfaces[].NetworkInterfaceId",
    ),
    ("DHCP options set", "ec2", "describe_dhcp_options", "DhcpOptions[].DhcpOptionsId"),
    (
        "instance",
        "ec2",
        "describe_instances",
        "Reservations[].Instances[?State.Name != 'terminated'].InstanceId[]",
    ),
    (
        "launch template",
        "ec2",
        "describe_launch_templates",
        "LaunchTemplates[].LaunchTemplateName",
    ),
    ("volume", "ec2", "describe_volumes", "Volumes[].VolumeId"),
    ("key pair", "ec2", "describe_key_pairs", "KeyPairs[].KeyName"),
    (
        "Auto Scaling group",
        "autoscaling",
        "describe_auto_scaling_groups",
        "AutoScalingGroups[].AutoScalingGroupName",
    ),
    ("load balancer", "elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn"),
    ("target group", "elbv2", "describe_target_groups", "TargetGroups[].TargetGroupArn"),
    ("EKS cluster", "eks", "list_clusters", "clusters"),
    ("log group", "logs", "describe_log_groups", "logGroups[].logGroupName"),
    (
        "KMS alias",
        "kms",
        "list_aliases",
        "Aliases[?!starts_with(AliasName, 'alias/aws/')].AliasName",
    ),
    (
        "DNS Firewall rule group",
        "route53resolver",
        "list_firewall_rule_groups",
        "FirewallRuleGroups[].Id",
    ),
    (
        "DNS Firewall rule group association",
        "route53resolver",
        "list_firewall_rule_group_associations",
        "FirewallRuleGroupAssociations[].Id",
    ),
    (
        "DNS Firewall domain list",
        "route53resolver",
        "list_firewall_domain_lists",
        "FirewallDomainLists[?!ManagedOwnerName].Id",
    ),
    (
        "resolver query log configuration",
        "route53resolver",
        "list_resolver_query_log_configs",
        "ResolverQueryLogConfigs[].Id",
    ),
    (
        "resolver query log association",
        "route53resolver",
        "list_resolver_query_log_config_associations",
        "ResolverQueryLogConfigAssociations[].Id",
    ),
    (
        "resolver endpoint",
        "route53resolver",
        "list_resolver_endpoints",
        "ResolverEndpoints[].Id",
    ),
    (
        "resolver rule",
        "route53resolver",
        "list_resolver_rules",
        "ResolverRules[?RuleType != 'RECURSIVE'].Id",
    ),
    ("queue", "sqs", "list_queues", "QueueUrls"),
    ("event rule", "events", "list_rules", "Rules[].Name"),
    # Those of AWS itself begin with /aws/, and nobody else's may.
    (
        "parameter",
        "ssm",
        "describe_parameters",
        "Parameters[?!starts_with(Name, '/aws/')].Name",
    ),
    ("secret", "secretsmanager", "list_secrets", "SecretList[].Name"),
    ("repository", "ecr", "describe_repositories", "repositories[].repositoryName"),
)
_GLOBAL: Final = (
    (
        "IAM role",
        "iam",
        "list_roles",
        "Roles[?!starts_with(Path, '/aws-service-role/')].RoleName",
    ),
    ("instance profile", "iam", "list_instance_profiles", "InstanceProfiles[].InstanceProfileName"),
    ("user", "iam", "list_users", "Users[].UserName"),
    (
        "OIDC provider",
        "iam",
        "list_open_id_connect_providers",
        "OpenIDConnectProviderList[].Arn",
    ),
    ("bucket", "s3", "list_buckets", "Buckets[].Name"),
    ("hosted zone", "route53", "list_hosted_zones", "HostedZones[].Name"),
)
_HOME_REGION: Final = "us-east-1"


def leftovers(endpoint_url: str, regions: Iterable[str]) -> Iterator[str]:
    """A line for each, such as `eu-central-1 subnet subnet-0a1b`; none when it is empty."""
    for region in regions:
        clients: dict[str, Any] = {}
        for noun, service, operation, path in _REGIONAL:
            if service not in clients:
                clients[service] = _client(service, region, endpoint_url)
            for name in _names(clients[service], operation, path):
                yield f"{region} {noun} {name}"
        for key_id in _customer_keys(clients["kms"]):
            yield f"{region} KMS key {key_id}"
    for noun, service, operation, path in _GLOBAL:
        client = _client(service, _HOME_REGION, endpoint_url)
        for name in _names(client, operation, path):
            yield f"{noun} {name}"
    iam = _client("iam", _HOME_REGION, endpoint_url)
    for name in _names(iam, "list_policies", "Policies[].PolicyName", Scope="Local"):
        yield f"IAM policy {name}"


def _customer_keys(kms: Any) -> Iterator[str]:
    """AWS keeps a key for days after its deletion was asked for: that one is not left over."""
    for key_id in _names(kms, "list_keys", "Keys[].KeyId"):
        key = kms.describe_key(KeyId=key_id)["KeyMetadata"]
        if key["KeyManager"] == "CUSTOMER" and key["KeyState"] != "PendingDeletion":
            yield key_id


def _names(client: Any, operation: str, path: str, **arguments: str) -> list[str]:
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate(**arguments)
    else:
        pages = [getattr(client, operation)(**arguments)]
    return [name for page in pages for name in jmespath.search(path, page) or ()]


@cache
def _client(service: str, region: str, endpoint_url: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )
