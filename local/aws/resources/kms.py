"""Keys and their aliases."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import CHOSEN, CHOSEN_ONCE, LOCAL, NEVER_TOLD_ONCE
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.aws.translate.tags import ServiceTags
from local.provider_answers import Failure
from local.provider_values import Properties

# The default window before KMS destroys a key (ScheduleKeyDeletion).
DELETION_WINDOW_DAYS: Final = 30


def _read_key(call: Call) -> Mapping[str, Any] | None:
    found = call.find("describe_key", "KeyMetadata", KeyId=call.id)
    if not found or found.get("KeyState") in ("PendingDeletion", "PendingReplicaDeletion"):
        return None
    answer = {**found, "Policy": _policy(call)}
    if found.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT":
        rotation = call.find("get_key_rotation_status", "@", KeyId=call.id) or {}
        answer["EnableKeyRotation"] = rotation.get("KeyRotationEnabled", False)
        answer["RotationPeriodInDays"] = rotation.get("RotationPeriodInDays")
    return answer


def _policy(call: Call) -> str | None:
    policy: str | None = call.find("get_key_policy", "Policy", KeyId=call.id, PolicyName="default")
    return policy


def _change_key(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """A disabled key takes no rotation change, so it is enabled first and disabled last."""
    enabled = call.inputs.get("isEnabled", True)
    if "isEnabled" in changed and enabled:
        call.send("enable_key", KeyId=call.id)
    if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
        if call.inputs.get("enableKeyRotation"):
            days = call.inputs.get("rotationPeriodInDays")
            period = {"RotationPeriodInDays": int(days)} if days else {}
            call.send("enable_key_rotation", KeyId=call.id, **period)
        elif "enableKeyRotation" in changed:
            call.send("disable_key_rotation", KeyId=call.id)
    if "isEnabled" in changed and not enabled:
        call.send("disable_key", KeyId=call.id)


def _first_settings(call: Call) -> None:
    differing = {"enableKeyRotation"} if call.inputs.get("enableKeyRotation") else set()
    if call.inputs.get("isEnabled") is False:
        differing.add("isEnabled")
    _change_key(call, {}, frozenset(differing))


def _schedule_deletion(call: Call) -> None:
    days = int(call.inputs.get("deletionWindowInDays") or DELETION_WINDOW_DAYS)
    if _read_key(call) is not None:
        call.send("schedule_key_deletion", KeyId=call.id, PendingWindowInDays=days)


def _check_key(inputs: Properties) -> Sequence[Failure]:
    days = inputs.get("deletionWindowInDays")
    if isinstance(days, int) and not 7 <= days <= 30:  # API reference, ScheduleKeyDeletion
        return [Failure("deletionWindowInDays", f"{days} where 7 to 30 are allowed")]
    return []


KEY = Resource(
    token="aws:kms/key:Key",
    service="kms",
    create="create_key",
    id_path="KeyMetadata.KeyId",
    id_member="KeyId",
    read=_read_key,
    after_create=_first_settings,
    update=_change_key,
    updates=(
        Update("update_key_description", ("description",)),
        Update("put_key_policy", ("policy",), fixed={"PolicyName": "default"}),
    ),
    delete=_schedule_deletion,
    missing=("NotFoundException",),
    tags=ServiceTags(
        "tag_resource",
        "untag_resource",
        "KeyId",
        key="TagKey",
        value="TagValue",
        list_operation="list_resource_tags",
    ),
    properties={
        "description": CHOSEN,
        "policy": Property(computed=True, kind="policy"),
        "keyUsage": Property(default="ENCRYPT_DECRYPT", replaces=True),
        "customerMasterKeySpec": Property(default="SYMMETRIC_DEFAULT", replaces=True),
        "multiRegion": CHOSEN_ONCE,
        "customKeyStoreId": Property(replaces=True),
        "xksKeyId": NEVER_TOLD_ONCE,
        "bypassPolicyLockoutSafetyCheck": Property(default=False, unread=True),
        "enableKeyRotation": Property(default=False, hooked=True),
        "rotationPeriodInDays": Property(computed=True, hooked=True),
        "isEnabled": Property(default=True, hooked=True, read="Enabled"),
        "deletionWindowInDays": LOCAL,
    },
    computed={"arn": "Arn", "keyId": "KeyId"},
    volatile=("rotationPeriodInDays",),
    check=_check_key,
)


def _read_alias(call: Call) -> Mapping[str, Any] | None:
    """Aliases are told by list only, with the id of the key whatever form the program gave."""
    name = call.inputs["name"]
    found = next(
        (
            alias
            for page in call.client().get_paginator("list_aliases").paginate()
            for alias in page["Aliases"]
            if alias["AliasName"] == name and alias.get("TargetKeyId")
        ),
        None,
    )
    if found is None:
        return None
    arn = call.arn("kms", f"key/{found['TargetKeyId']}")
    wanted = call.inputs.get("targetKeyId")
    target = wanted if wanted in (arn, found["TargetKeyId"]) else found["TargetKeyId"]
    return {**found, "TargetKeyId": target, "TargetKeyArn": arn}


ALIAS = Resource(
    token="aws:kms/alias:Alias",
    service="kms",
    create="create_alias",
    identity=("name",),
    read=_read_alias,
    updates=(Update("update_alias", ("targetKeyId",)),),
    delete="delete_alias",
    missing=("NotFoundException",),
    auto_name="name",
    name_start="alias/",
    properties={
        "name": Property(member="AliasName", replaces=True),
        "namePrefix": Property(local=True, replaces=True),
        "targetKeyId": Property(required=True),
    },
    computed={"arn": "AliasArn", "targetKeyArn": "TargetKeyArn"},
    volatile=("targetKeyArn",),
)

TABLE = (KEY, ALIAS)
