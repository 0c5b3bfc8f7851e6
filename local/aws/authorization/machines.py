"""What calls of EC2, Auto Scaling and ECR ask for: machines and what is attached, groups, images.

Actions, resources and condition keys: service authorization reference of each (read 2026-11-29).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends

from local.aws.authorization.calls import Call, by_service, row, tags_in
from local.aws.authorization.keys import key_of
from local.aws.authorization.statements import Asked

# The request's member, and the kind of resource that its ids are of.
RESOURCES = {"VolumeId": "volume", "NetworkInterfaceId": "network-interface",
             "InstanceId": "instance", "InstanceIds": "instance", "GroupId": "security-group",
             "SnapshotId": "snapshot"}  # fmt: skip
PREFIXES = {"vol-": "volume", "eni-": "network-interface", "i-": "instance",
            "sg-": "security-group", "snap-": "snapshot", "vpc-": "vpc",
            "subnet-": "subnet"}  # fmt: skip
_BY_MEMBERS = (
    "AttachNetworkInterface", "AttachVolume", "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress", "DeleteNetworkInterface", "DeleteSecurityGroup",
    "DeleteSnapshot", "DeleteVolume", "DetachVolume", "RebootInstances",
    "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress", "StartInstances", "StopInstances",
    "TerminateInstances",
)  # fmt: skip


def _backend(call: Call) -> Any:
    return ec2_backends[call.caller.account][call.region]


def _resource(call: Call, action: str, kind: str, resource_id: str, **more: Any) -> Asked:
    tags = dict(_backend(call).tags.get(resource_id, {}))
    asked = call.arn("ec2", f"{kind}/{resource_id}")
    return call.asks(action, asked, **{"tags": tags, "asks_tags": {}, **more})


@row(*(f"ec2:{operation}" for operation in _BY_MEMBERS))
def _members(call: Call) -> Iterator[Asked]:
    """Each end of an attachment by itself. An encrypted volume is opened by a grant."""
    for member, kind in RESOURCES.items():
        given = call.params.get(member) or ()
        for one in (given,) if isinstance(given, str) else given:
            yield _resource(call, call.name, kind, one)
    if call.operation == "AttachVolume":
        volume = _backend(call).volumes.get(call.params["VolumeId"])
        if volume is not None and volume.encrypted:
            key_id = volume.kms_key_id or "alias/aws/ebs"
            context = {"aws:ebs:id": volume.id}
            yield by_service(key_of(call, "kms:CreateGrant", key_id, context, via="ec2"),
                             "ec2.amazonaws.com")  # fmt: skip


@row("ec2:CreateSecurityGroup")
def _security_group(call: Call) -> Iterator[Asked]:
    """Its tags are set by a call of their own, which tells what made it."""
    tags = tags_in([tag for one in call.params.get("TagSpecifications") or ()
                  for tag in one.get("Tags", [])])  # fmt: skip
    yield _resource(call, call.name, "security-group", "*", tags={}, asks_tags=tags)
    if call.params.get("VpcId"):
        yield _resource(call, call.name, "vpc", call.params["VpcId"], asks_tags=tags)
    if tags:
        made = {"ec2:createaction": (call.operation,)}
        yield _resource(call, "ec2:CreateTags", "security-group", "*", tags={}, asks_tags=tags,
                        keys=made)  # fmt: skip


@row("ec2:CreateTags", "ec2:DeleteTags")
def _tagging(call: Call) -> Iterator[Asked]:
    tags = tags_in(call.params.get("Tags"))
    for one in call.params["Resources"]:
        kind = next((kind for prefix, kind in PREFIXES.items() if one.startswith(prefix)), None)
        if kind is None:
            yield call.asks(call.name, None, asks_tags=tags)
            continue
        yield _resource(call, call.name, kind, one, asks_tags=tags, keys={"ec2:createaction": ()})


@row("autoscaling:CompleteLifecycleAction", "autoscaling:DeleteAutoScalingGroup",
     "autoscaling:DetachInstances", "autoscaling:PutLifecycleHook",
     "autoscaling:RecordLifecycleActionHeartbeat", "autoscaling:SetDesiredCapacity",
     "autoscaling:UpdateAutoScalingGroup")  # fmt: skip
def _group(call: Call) -> Iterator[Asked]:
    name = str(call.params["AutoScalingGroupName"])
    groups = autoscaling_backends[call.caller.account][call.region].autoscaling_groups
    found = groups.get(name)
    missing = call.arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{name}")
    yield call.asks(
        call.name, missing if found is None else found.arn, asks_tags={},
        tags={} if found is None else tags_in(found.tags),
    )  # fmt: skip


@row("ecr:BatchCheckLayerAvailability", "ecr:BatchDeleteImage", "ecr:BatchGetImage",
     "ecr:CompleteLayerUpload", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer",
     "ecr:InitiateLayerUpload", "ecr:ListImages", "ecr:PutImage",
     "ecr:UploadLayerPart")  # fmt: skip
def _repository(call: Call) -> Iterator[Asked]:
    account = call.params.get("registryId") or call.caller.account
    arn = call.arn("ecr", f"repository/{call.params['repositoryName']}", account)
    yield call.asks(call.name, arn, account=account, policy=_policy(call, account))


def _policy(call: Call, account: str) -> Mapping[str, Any] | None:
    found = ecr_backends[account][call.region].repositories.get(call.params["repositoryName"])
    return json.loads(found.policy) if found is not None and found.policy else None
