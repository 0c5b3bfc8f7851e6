"""CloudWatch log groups and the policies of who may write to them."""

from collections.abc import Mapping
from typing import Any

from local.aws.resources.forms import CHOSEN, CHOSEN_ONCE
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.aws.translate.tags import ServiceTags
from local.provider_values import Properties

LOG_GROUP_ARN = "log-group:"


def group_arn(call: Call) -> str:
    return call.arn("logs", f"{LOG_GROUP_ARN}{call.inputs['name']}")


def _read_group(call: Call) -> Mapping[str, Any] | None:
    name = call.inputs["name"]
    path = f"logGroups[?logGroupName=='{name}'] | [0]"
    found: Mapping[str, Any] | None = call.find(
        "describe_log_groups", path, logGroupNamePrefix=name
    )
    return found


def _change_group(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    name = call.inputs["name"]
    if "retentionInDays" in changed:
        days = int(call.inputs.get("retentionInDays") or 0)
        if days:
            call.send("put_retention_policy", logGroupName=name, retentionInDays=days)
        else:
            call.send("delete_retention_policy", logGroupName=name)
    if "kmsKeyId" in changed:
        key = call.inputs.get("kmsKeyId")
        if key:
            call.send("associate_kms_key", logGroupName=name, kmsKeyId=key)
        else:
            call.send("disassociate_kms_key", logGroupName=name)


def _delete_group(call: Call) -> None:
    if not call.inputs.get("skipDestroy"):
        call.send("delete_log_group", logGroupName=call.inputs["name"])


LOG_GROUP = Resource(
    token="aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    create="create_log_group",
    identity=("name",),
    read=_read_group,
    after_create=lambda call: _change_group(
        call, {}, frozenset({"retentionInDays"} if call.inputs.get("retentionInDays") else ())
    ),
    update=_change_group,
    updates=(Update("put_log_group_deletion_protection", ("deletionProtectionEnabled",)),),
    delete=_delete_group,
    missing=("ResourceNotFoundException",),
    tags=ServiceTags(
        "tag_resource",
        "untag_resource",
        "resourceArn",
        owner_value=group_arn,
        form="map",
        member="tags",
        tags_member="tags",
        keys_member="tagKeys",
        list_operation="list_tags_for_resource",
        listed="tags",
    ),
    auto_name="name",
    properties={
        "name": Property(member="logGroupName", replaces=True),
        "namePrefix": Property(local=True, replaces=True),
        "retentionInDays": Property(default=0, hooked=True),
        "kmsKeyId": Property(),
        "logGroupClass": CHOSEN_ONCE,
        "deletionProtectionEnabled": CHOSEN,
        "skipDestroy": Property(local=True, default=False),
    },
    computed={"arn": lambda call, described: group_arn(call)},
)


def _read_policy(call: Call) -> Mapping[str, Any] | None:
    path = f"resourcePolicies[?policyName=='{call.inputs['policyName']}'] | [0]"
    found: Mapping[str, Any] | None = call.find("describe_resource_policies", path)
    return found


LOG_RESOURCE_POLICY = Resource(
    token="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    service="logs",
    create="put_resource_policy",
    identity=("policyName",),
    read=_read_policy,
    updates=(Update("put_resource_policy", ("policyDocument",)),),
    delete="delete_resource_policy",
    missing=("ResourceNotFoundException",),
    properties={
        "policyName": Property(required=True, replaces=True),
        "policyDocument": Property(required=True, kind="policy"),
    },
)

TABLE = (LOG_GROUP, LOG_RESOURCE_POLICY)
