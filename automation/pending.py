"""Creations that a killed run had begun: find out in AWS how they ended, and record it.

The engine notes each creation before it asks AWS, and its id afterwards. Killed in between, it
knows of a creation without an end. To create again may make a second VPC; to forget may leave one
that nobody will ever delete. So AWS is asked: by name where a kind of resource has one, by the tags
Name and heiiki:cluster elsewhere. What is found is recorded under its id, what is not found was
never made. For kinds with neither (routes, associations, attachments, rules of a security group)
nothing needs to be found: AWS refuses to make them twice.
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from automation.aws_calls import Account, asking
from automation.errors import RefusedError
from automation.identity import caller_of
from automation.state import Resource, State

_CLUSTER_TAG = "heiiki:cluster"
_GONE = (
    "deleted", "deleting", "expired", "failed", "rejected", "shutting-down", "terminated",
    "PendingDeletion", "PendingReplicaDeletion", "Unavailable",
)  # fmt: skip
# Kinds of EC2, found by their tags: the noun of their Describe action, and what names their id.
_EC2 = {
    "aws:ec2/eip:Eip": ("addresses", "AllocationId"),
    "aws:ec2/flowLog:FlowLog": ("flow_logs", "FlowLogId"),
    "aws:ec2/instance:Instance": ("instances", "InstanceId"),
    "aws:ec2/internetGateway:InternetGateway": ("internet_gateways", "InternetGatewayId"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("launch_templates", "LaunchTemplateId"),
    "aws:ec2/natGateway:NatGateway": ("nat_gateways", "NatGatewayId"),
    "aws:ec2/routeTable:RouteTable": ("route_tables", "RouteTableId"),
    "aws:ec2/securityGroup:SecurityGroup": ("security_groups", "GroupId"),
    "aws:ec2/subnet:Subnet": ("subnets", "SubnetId"),
    "aws:ec2/vpc:Vpc": ("vpcs", "VpcId"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("vpc_endpoints", "VpcEndpointId"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection":
        ("vpc_peering_connections", "VpcPeeringConnectionId"),
    "aws:ec2/vpnGateway:VpnGateway": ("vpn_gateways", "VpnGatewayId"),
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment":
        ("transit_gateway_vpc_attachments", "TransitGatewayAttachmentId"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":
        ("security_group_rules", "SecurityGroupRuleId"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
        ("security_group_rules", "SecurityGroupRuleId"),
}  # fmt: skip
_SINGULAR_FILTER = ("flow_logs", "nat_gateways")  # these call the member Filter
_KEY = "aws:kms/key:Key"
# Kinds of Route 53 Resolver, found by their name in the list of them: the noun of the List action.
_LISTED = {
    "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList": "firewall_domain_lists",
    "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup": "firewall_rule_groups",
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": "resolver_query_log_configs",
}


@dataclass(frozen=True, slots=True)
class _Named:
    """A kind that AWS keeps by a name of ours: the question, and the id that the engine knows."""

    service: str
    action: str
    arguments: Mapping[str, str]  # member of the question to input
    member: str  # of the answer, which holds the thing or a list of such things
    id: str  # from inputs


_NAMED = {
    "aws:autoscaling/group:Group": _Named(
        "autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroupNames": "name"},
        "AutoScalingGroups", "{name}",
    ),
    "aws:cloudwatch/logGroup:LogGroup": _Named(
        "logs", "describe_log_groups", {"logGroupNamePrefix": "name"}, "logGroups", "{name}"
    ),
    "aws:ecr/repository:Repository": _Named(
        "ecr", "describe_repositories", {"repositoryNames": "name"}, "repositories", "{name}"
    ),
    "aws:eks/accessEntry:AccessEntry": _Named(
        "eks", "describe_access_entry",
        {"clusterName": "clusterName", "principalArn": "principalArn"},
        "accessEntry", "{clusterName}:{principalArn}",
    ),
    "aws:eks/addon:Addon": _Named(
        "eks", "describe_addon", {"clusterName": "clusterName", "addonName": "addonName"},
        "addon", "{clusterName}:{addonName}",
    ),
    "aws:eks/cluster:Cluster": _Named(
        "eks", "describe_cluster", {"name": "name"}, "cluster", "{name}"
    ),
    "aws:eks/nodeGroup:NodeGroup": _Named(
        "eks", "describe_nodegroup",
        {"clusterName": "clusterName", "nodegroupName": "nodeGroupName"},
        "nodegroup", "{clusterName}:{nodeGroupName}",
    ),
    "aws:iam/instanceProfile:InstanceProfile": _Named(
        "iam", "get_instance_profile", {"InstanceProfileName": "name"}, "InstanceProfile", "{name}"
    ),
    "aws:iam/role:Role": _Named("iam", "get_role", {"RoleName": "name"}, "Role", "{name}"),
    "aws:s3/bucket:Bucket": _Named(
        "s3", "get_bucket_tagging", {"Bucket": "bucket"}, "TagSet", "{bucket}"
    ),
}  # fmt: skip
_LISTS = ("AutoScalingGroups", "repositories")  # their question takes a list of names
# All accounts share one space of bucket names, and a stranger may write our tags on his: so S3 is
# told whose it must be, and denies what it knows of another's.
_WHOSE = {"s3": "ExpectedBucketOwner"}
# A bucket without tags is another's, or was cut off before it got ours: it is not taken over then,
# and AWS says in the next `up` that the name is taken.
_NOT_THERE = ("AccessDenied", "NoSuchBucket", "NoSuchEntity", "NoSuchTagSet",
              "RepositoryNotFoundException", "ResourceNotFoundException")  # fmt: skip


class Finder:
    """Looks up in one region what an unfinished creation has made."""

    def __init__(self, account: Account, region: str, known_ids: frozenset[str]) -> None:
        self._account, self._region, self._known = account, region, known_ids

    def find(self, resource: Resource) -> str | None:
        """The id under which it exists, or None. RefusedError when several fit."""
        if resource.type in _NAMED:
            return self._by_name(_NAMED[resource.type], resource)
        if resource.type in _LISTED:
            found = self._listed_ids(resource.inputs.get("name"), _LISTED[resource.type])
        elif resource.type in _EC2:
            found = self._ec2_ids(_marks(resource), *_EC2[resource.type])
        elif resource.type == _KEY:
            found = self._key_ids(_marks(resource))
        else:
            return None
        fresh = sorted(found - self._known)
        if len(fresh) > 1:
            raise RefusedError(
                f"{resource.name} was being made when a run was killed, and {len(fresh)} fit it",
                details=fresh,
                advice="Delete those that are not in use, then run the command again.",
            )
        return fresh[0] if fresh else None

    def _client(self, service: str) -> Any:
        return self._account.client(service, self._region)

    def _by_name(self, kind: _Named, resource: Resource) -> str | None:
        """Only what carries our tags: another's of the same name is not to be taken over."""
        names = {k: v for k, v in resource.inputs.items() if isinstance(v, str)}
        arguments: dict[str, Any] = {m: names[i] for m, i in kind.arguments.items()}
        if kind.member in _LISTS:
            arguments = {member: [name] for member, name in arguments.items()}
        if kind.service in _WHOSE:
            arguments[_WHOSE[kind.service]], _ = caller_of(self._account, self._region)
        with asking(f"{kind.service}:{''.join(p.title() for p in kind.action.split('_'))}"):
            try:
                answer = getattr(self._client(kind.service), kind.action)(**arguments)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] in _NOT_THERE:
                    return None
                raise
        held = {"Tags": answer["TagSet"]} if kind.member == "TagSet" else answer[kind.member]
        rows = held if isinstance(held, list) else [held]
        marks = _marks(resource).items()
        ours = [row for row in rows if marks <= self._tags(kind, row).items()]
        return kind.id.format(**names) if ours else None

    def _tags(self, kind: _Named, row: Mapping[str, Any]) -> dict[str, str]:
        if kind.member == "logGroups":
            with asking("logs:ListTagsForResource"):
                arn = row["arn"].removesuffix(":*")
                answer = self._client("logs").list_tags_for_resource(resourceArn=arn)
            return dict(answer["tags"])
        if kind.member == "repositories":
            with asking("ecr:ListTagsForResource"):
                arn = row["repositoryArn"]
                row = self._client("ecr").list_tags_for_resource(resourceArn=arn)
        tags = row.get("tags", row.get("Tags", ()))
        return dict(tags) if isinstance(tags, Mapping) else {t["Key"]: t["Value"] for t in tags}

    def _ec2_ids(self, tags: Mapping[str, str], noun: str, id_key: str) -> set[str]:
        """Ids of what carries both tags and is not gone: some answer for an hour after that."""
        key = "Reservations" if noun == "instances" else "".join(
            part.title() for part in noun.split("_")
        )  # fmt: skip
        filters = [{"Name": f"tag:{k}", "Values": [v]} for k, v in tags.items()]
        name = "Filter" if noun in _SINGULAR_FILTER else "Filters"
        rows = self._account.paged("ec2", self._region, f"describe_{noun}", key, **{name: filters})
        if noun == "instances":
            rows = [instance for reservation in rows for instance in reservation["Instances"]]
        return {row[id_key] for row in rows if _state(row) not in _GONE}

    def _listed_ids(self, name: object, noun: str) -> set[str]:
        key = "".join(part.title() for part in noun.split("_"))
        rows = self._account.paged("route53resolver", self._region, f"list_{noun}", key)
        return {row["Id"] for row in rows if row["Name"] == name and _state(row) not in _GONE}

    def _key_ids(self, tags: Mapping[str, str]) -> set[str]:
        """Without keys of an earlier cluster of the same name that wait for their deletion."""
        filters = [{"Key": k, "Values": [v]} for k, v in tags.items()]
        rows = self._account.paged(
            "resourcegroupstaggingapi", self._region, "get_resources", "ResourceTagMappingList",
            ResourceTypeFilters=["kms:key"], TagFilters=filters,
        )  # fmt: skip
        with asking("kms:DescribeKey"):
            client = self._client("kms")
            keys = [client.describe_key(KeyId=r["ResourceARN"])["KeyMetadata"] for r in rows]
        return {key["KeyId"] for key in keys if key["KeyState"] not in _GONE}


def _state(row: Mapping[str, Any]) -> str:
    """The life-cycle word of a description, where it has one; each kind keeps it elsewhere."""
    state = row.get("State", row.get("Status", row.get("FlowLogStatus", "")))
    if isinstance(state, Mapping):
        state = state.get("Name", state.get("Code", ""))
    return str(state)


def _marks(resource: Resource) -> dict[str, str]:
    """The tags that make it findable. An Auto Scaling group lists its own in another form."""
    tags = resource.inputs.get("tags")
    if isinstance(tags, list):
        tags = {t["key"]: t["value"] for t in tags}
    pairs = dict(tags or {})
    return {key: str(pairs.get(key, "")) for key in ("Name", _CLUSTER_TAG)}


def settle(deployment_text: str, find: Callable[[Resource], str | None]) -> tuple[str, list[str]]:
    """The stack's record without open creations, and what was done about each, as sentences.

    deployment_text: what `pulumi stack export` writes. What `find` finds is recorded as the engine
    would have recorded it; the next refresh reads its other properties.
    """
    document = json.loads(deployment_text)
    deployment = document["deployment"]
    done = []
    resources = deployment.setdefault("resources", [])
    for entry, pending in zip(
        deployment.get("pending_operations") or (),
        State.parse(deployment_text).pending,
        strict=True,
    ):
        if pending.operation != "creating":
            done.append(
                f"{pending.resource.name}: {pending.operation} was cut off; reading it anew"
            )
            continue
        found = find(pending.resource)
        if found is None:
            done.append(f"{pending.resource.name}: was not made")
            continue
        record = copy.deepcopy(entry["resource"])
        # Some kinds are read by their properties and not by their id alone.
        resources.append({**record, "id": found, "outputs": record.get("inputs", {})})
        done.append(f"{pending.resource.name}: was made, and is recorded as {found}")
    deployment["pending_operations"] = []
    return json.dumps(document), done
