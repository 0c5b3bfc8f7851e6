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
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from automation.aws_calls import SETTINGS, asking, new_session
from automation.errors import RefusedError
from automation.state import Resource, State

if TYPE_CHECKING:
    from boto3.session import Session

_CLUSTER_TAG = "heiiki:cluster"
_GONE = ("terminated", "shutting-down", "deleting", "deleted")
# Kinds of EC2 to the beginning of their ids: found by tags.
_EC2 = {
    "aws:ec2/eip:Eip": "eipalloc-",
    "aws:ec2/flowLog:FlowLog": "fl-",
    "aws:ec2/instance:Instance": "i-",
    "aws:ec2/internetGateway:InternetGateway": "igw-",
    "aws:ec2/launchTemplate:LaunchTemplate": "lt-",
    "aws:ec2/natGateway:NatGateway": "nat-",
    "aws:ec2/routeTable:RouteTable": "rtb-",
    "aws:ec2/securityGroup:SecurityGroup": "sg-",
    "aws:ec2/subnet:Subnet": "subnet-",
    "aws:ec2/vpc:Vpc": "vpc-",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce-",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "pcx-",
    "aws:ec2/vpnGateway:VpnGateway": "vgw-",
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": "tgw-attach-",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr-",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr-",
}
# Kinds of other services to their name in the tagging API; the id ends their ARN.
_TAGGED = {
    "aws:kms/key:Key": "kms:key",
    "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList":
        "route53resolver:firewall-domain-list",
    "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup":
        "route53resolver:firewall-rule-group",
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig":
        "route53resolver:resolver-query-log-config",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Named:
    """A kind that AWS keeps by a name of ours: the question, and the id that the engine knows."""

    service: str
    action: str
    arguments: Mapping[str, str]  # member to input
    id: str  # of inputs


_NAMED = {
    "aws:autoscaling/group:Group": _Named(
        "autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroupNames": "name"}, "{name}"
    ),
    "aws:cloudwatch/logGroup:LogGroup": _Named(
        "logs", "describe_log_groups", {"logGroupNamePrefix": "name"}, "{name}"
    ),
    "aws:eks/accessEntry:AccessEntry": _Named(
        "eks", "describe_access_entry",
        {"clusterName": "clusterName", "principalArn": "principalArn"},
        "{clusterName}:{principalArn}",
    ),
    "aws:eks/addon:Addon": _Named(
        "eks", "describe_addon", {"clusterName": "clusterName", "addonName": "addonName"},
        "{clusterName}:{addonName}",
    ),
    "aws:eks/cluster:Cluster": _Named("eks", "describe_cluster", {"name": "name"}, "{name}"),
    "aws:eks/nodeGroup:NodeGroup": _Named(
        "eks", "describe_nodegroup",
        {"clusterName": "clusterName", "nodegroupName": "nodeGroupName"},
        "{clusterName}:{nodeGroupName}",
    ),
    "aws:iam/instanceProfile:InstanceProfile": _Named(
        "iam", "get_instance_profile", {"InstanceProfileName": "name"}, "{name}"
    ),
    "aws:iam/role:Role": _Named("iam", "get_role", {"RoleName": "name"}, "{name}"),
    "aws:kms/alias:Alias": _Named("kms", "describe_key", {"KeyId": "name"}, "{name}"),
}  # fmt: skip
_NOT_THERE = ("NoSuchEntity", "ResourceNotFoundException", "NotFoundException")


class Finder:
    """Looks up in one region what an unfinished creation has made."""

    def __init__(self, region: str, known_ids: frozenset[str], session: "Session | None" = None):
        self._region, self._known = region, known_ids
        self._session = session or new_session()

    def find(self, resource: Resource) -> str | None:
        """The id under which it exists, or None. RefusedError when several fit."""
        if resource.type in _NAMED:
            return self._by_name(_NAMED[resource.type], resource)
        tags = resource.inputs.get("tags")
        if not isinstance(tags, Mapping) or not {"Name", _CLUSTER_TAG} <= set(tags):
            return None
        if resource.type in _EC2:
            found = self._ec2_ids(tags, _EC2[resource.type])
        elif resource.type in _TAGGED:
            found = self._tagged_ids(tags, _TAGGED[resource.type])
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
        return self._session.client(service, region_name=self._region, config=SETTINGS)  # type: ignore[call-overload]

    def _by_name(self, kind: _Named, resource: Resource) -> str | None:
        names = {k: v for k, v in resource.inputs.items() if isinstance(v, str)}
        if not set(kind.arguments.values()) <= set(names):
            return None  # a name that AWS is to choose
        arguments: dict[str, Any] = {m: names[i] for m, i in kind.arguments.items()}
        if "AutoScalingGroupNames" in arguments:
            arguments["AutoScalingGroupNames"] = [arguments["AutoScalingGroupNames"]]
        action = f"{kind.service}:{''.join(p.title() for p in kind.action.split('_'))}"
        with asking(action):
            try:
                answer = getattr(self._client(kind.service), kind.action)(**arguments)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] in _NOT_THERE:
                    return None
                raise
        return kind.id.format(**names) if _holds(answer, names.get("name")) else None

    def _ec2_ids(self, tags: Mapping[str, str], prefix: str) -> set[str]:
        with asking("ec2:DescribeTags"):
            pages = self._client("ec2").get_paginator("describe_tags")
            by_tag = [
                {
                    row["ResourceId"]
                    for page in pages.paginate(Filters=[{"Name": f"tag:{key}",
                                                         "Values": [tags[key]]}])
                    for row in page["Tags"]
                }
                for key in ("Name", _CLUSTER_TAG)
            ]  # fmt: skip
        found = {i for i in by_tag[0] & by_tag[1] if i.startswith(prefix)}
        return self._alive(found) if prefix in ("i-", "nat-") and found else found

    def _alive(self, ids: set[str]) -> set[str]:
        """Without instances and NAT gateways that are gone but still answer for an hour."""
        client = self._client("ec2")
        with asking("ec2:DescribeInstances and ec2:DescribeNatGateways"):
            if any(i.startswith("nat-") for i in ids):
                rows = client.describe_nat_gateways(NatGatewayIds=sorted(ids))["NatGateways"]
                return {r["NatGatewayId"] for r in rows if r["State"] not in _GONE}
            groups = client.describe_instances(InstanceIds=sorted(ids))["Reservations"]
        return {
            i["InstanceId"]
            for group in groups
            for i in group["Instances"]
            if i["State"]["Name"] not in _GONE
        }

    def _tagged_ids(self, tags: Mapping[str, str], kind: str) -> set[str]:
        with asking("tag:GetResources"):
            pages = self._client("resourcegroupstaggingapi").get_paginator("get_resources")
            return {
                row["ResourceARN"].rsplit("/", 1)[-1]
                for page in pages.paginate(
                    ResourceTypeFilters=[kind],
                    TagFilters=[{"Key": k, "Values": [tags[k]]} for k in ("Name", _CLUSTER_TAG)],
                )
                for row in page["ResourceTagMappingList"]
            }


def _holds(answer: Mapping[str, Any], name: str | None) -> bool:
    """Whether the answer has the thing itself: lists may be empty, or hold longer names."""
    rows = answer.get("logGroups", answer.get("AutoScalingGroups"))
    if rows is None:
        return True
    return any(name in (r.get("logGroupName"), r.get("AutoScalingGroupName")) for r in rows)


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
