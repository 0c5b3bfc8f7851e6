"""Everything that one stack has in AWS, row by row, in words that do not depend on the run.

`inventory` tells nouns; this also tells what joins them: routes, rules, associations, policies,
aliases, the settings of buckets. Ids are replaced by the names of what they stand for, so that two
runs can be compared, and what was made twice stands twice.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jmespath
from botocore.exceptions import ClientError

from tests.engine.aws_side import client, inventory
from tests.engine.world import World

Clients = Callable[[str], Any]
Rows = dict[str, list[str]]

_ID = re.compile(
    r"\b(?:[a-z]+-){1,3}[0-9a-f]{8,17}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
)
_CHOSEN = re.compile(r"-[0-9a-f]{7}\b|-\d+(?=>)")  # a name's end, by the engine or EKS
_EC2 = {
    "route table": ("describe_route_tables", (
        "RouteTables[].{id: RouteTableId, vpc: VpcId, to: Associations[].[SubnetId, Main], "
        "routes: Routes[].[DestinationCidrBlock, DestinationPrefixListId, GatewayId, NatGatewayId, "
        "VpcPeeringConnectionId, TransitGatewayId, Origin]}"
    )),
    "security group rule": ("describe_security_group_rules", (
        "SecurityGroupRules[].[GroupId, IsEgress, IpProtocol, FromPort, ToPort, CidrIpv4, "
        "PrefixListId, ReferencedGroupInfo.GroupId, Description]"
    )),
    "endpoint": ("describe_vpc_endpoints", (
        "VpcEndpoints[?State != 'deleted'].[ServiceName, PolicyDocument, PrivateDnsEnabled, "
        "SubnetIds, RouteTableIds, Groups[].GroupId]"
    )),
    "address": ("describe_addresses", "Addresses[].[AllocationId, InstanceId, Tags]"),
    "gateway's VPC": ("describe_internet_gateways", (
        "InternetGateways[].[InternetGatewayId, Attachments[].VpcId]"
    )),
    "VPN gateway's VPC": ("describe_vpn_gateways", (
        "VpnGateways[?State != 'deleted'].[VpnGatewayId, VpcAttachments[].VpcId]"
    )),
    "peering": ("describe_vpc_peering_connections", (
        "VpcPeeringConnections[?Status.Code == 'active'].[VpcPeeringConnectionId, "
        "RequesterVpcInfo.PeeringOptions, AccepterVpcInfo.PeeringOptions]"
    )),
    "CIDR block": ("describe_vpcs", "Vpcs[].[VpcId, CidrBlockAssociationSet[].CidrBlock]"),
    "flow log": ("describe_flow_logs", "FlowLogs[].[ResourceId, LogDestination, LogGroupName]"),
    "launch template": ("describe_launch_templates", (
        "LaunchTemplates[].[LaunchTemplateName, LatestVersionNumber]"
    )),
    "bastion": ("describe_instances", (
        "Reservations[].Instances[?State.Name == 'running'][].[SubnetId, IamInstanceProfile.Arn, "
        "SecurityGroups[].GroupId]"
    )),
}  # fmt: skip
_RESOLVER = {
    "firewall rule group": "list_firewall_rule_groups",
    "domain list": "list_firewall_domain_lists",
    "query log": "list_resolver_query_log_configs",
    "resolver endpoint": "list_resolver_endpoints",
}
_BUCKET = {  # operation to the member of its answer
    "get_bucket_policy": "Policy",
    "get_bucket_versioning": "Status",
    "get_bucket_encryption": "ServerSideEncryptionConfiguration",
    "get_bucket_lifecycle_configuration": "Rules",
    "get_bucket_ownership_controls": "OwnershipControls",
    "get_public_access_block": "PublicAccessBlockConfiguration",
}


def whole_aws(world: World, region: str, cluster: str) -> Rows:
    """All of it by noun. The world's AWS holds this one stack."""

    def clients(service: str) -> Any:
        return client(world, service, region)

    rows = {noun: list(jmespath.search(path, getattr(clients("ec2"), operation)()))
            for noun, (operation, path) in _EC2.items()}  # fmt: skip
    for noun, row in (
        *_resolver(clients), *_iam(clients), *_stores(clients), *_eks(clients, cluster),
        *_pools(clients), *_keys(clients),
    ):  # fmt: skip
        rows.setdefault(noun, []).append(row)
    names = _names(clients)
    told = {noun: sorted(_told(row, names) for row in found) for noun, found in rows.items()}
    return {**inventory(world, region, cluster), **{f"whole {n}": t for n, t in told.items() if t}}


def _told(row: Any, names: dict[str, str]) -> str:
    """Ids by name, and only then what lies below the row's own places in order: ids have none."""
    text = _ID.sub(lambda m: names.get(m[0], m[0].rsplit("-", 1)[0]), json.dumps(row, default=str))
    named = json.loads(_CHOSEN.sub("-*", text))
    whole = [_sorted(v) for v in named] if isinstance(named, list) else _sorted(named)
    return json.dumps(whole, sort_keys=True)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(map(_sorted, value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def _names(clients: Clients) -> dict[str, str]:
    """Id to the name of what it stands for."""
    tags = clients("ec2").get_paginator("describe_tags").paginate().build_full_result()["Tags"]
    names = {t["ResourceId"]: f"<{t['Value']}>" for t in tags if t["Key"] == "Name"}
    for operation in _RESOLVER.values():
        (found,) = (v for v in getattr(clients("route53resolver"), operation)().values()
                    if isinstance(v, list))  # fmt: skip
        names |= {row["Id"]: f"<{row['Name']}>" for row in found if row.get("Name")}
    for key in clients("kms").list_keys()["Keys"]:
        told = clients("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        names[key["KeyId"]] = f"<{told['Description']}>"
    return names


def _resolver(clients: Clients) -> Iterator[tuple[str, Any]]:
    resolver = clients("route53resolver")
    for group in resolver.list_firewall_rule_groups()["FirewallRuleGroups"]:
        for rule in resolver.list_firewall_rules(FirewallRuleGroupId=group["Id"])["FirewallRules"]:
            yield "firewall rule", [
                rule[k] for k in ("FirewallRuleGroupId", "FirewallDomainListId", "Priority",
                                  "Action")
            ]  # fmt: skip
    for row in resolver.list_firewall_rule_group_associations()["FirewallRuleGroupAssociations"]:
        yield "firewall", [row[k] for k in ("FirewallRuleGroupId", "VpcId", "MutationProtection")]
    there = {vpc["VpcId"] for vpc in clients("ec2").describe_vpcs()["Vpcs"]}
    for row in resolver.list_firewall_configs()["FirewallConfigs"]:
        if row["ResourceId"] in there:  # those of VPCs that are gone stay listed
            yield "firewall setting", [row["ResourceId"], row["FirewallFailOpen"]]
    for row in resolver.list_firewall_domain_lists()["FirewallDomainLists"]:
        if not row.get("ManagedOwnerName"):
            yield (
                "domains",
                [
                    row["Name"],
                    sorted(
                        resolver.list_firewall_domains(FirewallDomainListId=row["Id"])["Domains"]
                    ),
                ],
            )
    for row in resolver.list_resolver_query_log_config_associations()[
        "ResolverQueryLogConfigAssociations"
    ]:
        yield "query log's VPC", [row["ResolverQueryLogConfigId"], row["ResourceId"]]
    for row in resolver.list_resolver_endpoints()["ResolverEndpoints"]:
        yield "resolver endpoint", [row["Name"], row["Direction"], row["SecurityGroupIds"]]


def _iam(clients: Clients) -> Iterator[tuple[str, Any]]:
    iam = clients("iam")
    for role in iam.list_roles()["Roles"]:
        if role["Path"].startswith("/aws-service-role/"):
            continue
        name = role["RoleName"]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        own = iam.list_role_policies(RoleName=name)["PolicyNames"]
        yield "role", [
            name, role["AssumeRolePolicyDocument"], sorted(p["PolicyArn"] for p in attached),
            [iam.get_role_policy(RoleName=name, PolicyName=p)["PolicyDocument"] for p in own],
        ]  # fmt: skip
    for profile in iam.list_instance_profiles()["InstanceProfiles"]:
        roles = [role["RoleName"] for role in profile["Roles"]]
        yield "instance profile", [profile["InstanceProfileName"], roles]


def _stores(clients: Clients) -> Iterator[tuple[str, Any]]:
    s3, ecr = clients("s3"), clients("ecr")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        asked = {o: _or_none(partial(getattr(s3, o), Bucket=name)) or {} for o in _BUCKET}
        yield "bucket", [name, {o: told.get(_BUCKET[o]) for o, told in asked.items()}]
    for repository in ecr.describe_repositories()["repositories"]:
        name = repository["repositoryName"]
        policy = _or_none(partial(ecr.get_repository_policy, repositoryName=name)) or {}
        yield "repository", [name, policy.get("policyText")]


def _or_none(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except ClientError:
        return None


def _eks(clients: Clients, cluster: str) -> Iterator[tuple[str, Any]]:
    eks = clients("eks")
    told = _or_none(lambda: eks.describe_cluster(name=cluster)["cluster"])
    if told is None:
        return
    yield "cluster", [told[k] for k in ("name", "version", "kubernetesNetworkConfig",
                                        "deletionProtection", "encryptionConfig")]  # fmt: skip
    for name in eks.list_addons(clusterName=cluster)["addons"]:
        add_on = eks.describe_addon(clusterName=cluster, addonName=name)["addon"]
        yield (
            "add-on",
            [name, add_on["addonVersion"], len(add_on.get("podIdentityAssociations", ()))],
        )
    for arn in eks.list_access_entries(clusterName=cluster)["accessEntries"]:
        policies = eks.list_associated_access_policies(clusterName=cluster, principalArn=arn)
        entry = eks.describe_access_entry(clusterName=cluster, principalArn=arn)["accessEntry"]
        yield "access", [
            arn, entry["type"], entry["kubernetesGroups"],
            [[p["policyArn"], p["accessScope"]] for p in policies["associatedAccessPolicies"]],
        ]  # fmt: skip


def _pools(clients: Clients) -> Iterator[tuple[str, Any]]:
    scaling = clients("autoscaling")
    for group in scaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
        name = group["AutoScalingGroupName"]
        hooks = scaling.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
        yield "pool", [
            name, sorted(h["LifecycleHookName"] for h in hooks), group["MaxSize"],
            sorted(group["VPCZoneIdentifier"].split(",")),
        ]  # fmt: skip


def _keys(clients: Clients) -> Iterator[tuple[str, Any]]:
    kms = clients("kms")
    for key in kms.list_keys()["Keys"]:
        told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if told["KeyManager"] == "CUSTOMER" and told["KeyState"] == "Enabled":
            policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
            aliases = kms.list_aliases(KeyId=key["KeyId"])["Aliases"]
            yield "key", [
                told["Description"], policy,
                sorted(alias["AliasName"] for alias in aliases),
            ]  # fmt: skip
