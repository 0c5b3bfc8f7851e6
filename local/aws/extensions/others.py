"""Single operations of services that moto otherwise answers well: KMS, logs, IAM, STS, ECR, ECS."""

import json
from datetime import timedelta
from typing import Any, cast

from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend
from moto.iam.models import IAMBackend
from moto.kms.models import KmsBackend
from moto.logs.models import LogGroup, LogsBackend

from local.aws.arriving import registry_token
from local.aws.authorization.callers import session_of
from local.aws.extensions.registry import Call, Refused, extends

Record = dict[str, Any]
ROTATION_PERIOD_DAYS = 365


class Rotation(dict[str, int]):
    """Days between rotations, by key id, where the request says so."""


class LogClasses(dict[str, Record]):
    """What moto does not keep of a log group, by name."""


def _key_id(call: Call) -> str:
    return str(cast(KmsBackend, call.backend).get_key_id(call.params["KeyId"]))


@extends("kms", "CreateKey", "moto leaves out what a key is for, where the request says nothing")
def create_key(call: Call) -> Record:
    answer: Record = json.loads(call.moto())
    key: Any = cast(KmsBackend, call.backend).keys[answer["KeyMetadata"]["KeyId"]]
    key.key_usage = key.key_usage or "ENCRYPT_DECRYPT"
    answer["KeyMetadata"]["KeyUsage"] = key.key_usage
    return answer


@extends("kms", "EnableKeyRotation", "moto drops the rotation period")
def enable_key_rotation(call: Call) -> Record:
    call.moto()
    days = call.params.get("RotationPeriodInDays") or ROTATION_PERIOD_DAYS
    call.state(Rotation)[_key_id(call)] = days
    return {}


@extends("kms", "GetKeyRotationStatus", "moto leaves the period and the next date out")
def get_key_rotation_status(call: Call) -> Record:
    answer: Record = json.loads(call.moto())
    key_id = _key_id(call)
    answer["KeyId"] = key_id
    if answer["KeyRotationEnabled"]:
        days = call.state(Rotation).get(key_id, ROTATION_PERIOD_DAYS)
        answer["RotationPeriodInDays"] = days
        answer["NextRotationDate"] = utcnow() + timedelta(days=days)
    return answer


def _log_group(call: Call) -> LogGroup:
    name = call.params.get("logGroupName")
    identifier = call.params.get("resourceIdentifier") or ""
    name = name or identifier.partition(":log-group:")[2].removesuffix(":*")
    groups = cast(LogsBackend, call.backend).groups
    if name not in groups:
        raise Refused("ResourceNotFoundException", "The specified log group does not exist.")
    return groups[name]


@extends("logs", "AssociateKmsKey", "absent from moto")
def associate_kms_key(call: Call) -> Record:
    _log_group(call).kms_key_id = call.params["kmsKeyId"]
    return {}


@extends("logs", "DisassociateKmsKey", "absent from moto")
def disassociate_kms_key(call: Call) -> Record:
    _log_group(call).kms_key_id = None
    return {}


@extends("logs", "CreateLogGroup", "moto drops the class and the deletion protection")
def create_log_group(call: Call) -> Record:
    call.moto()
    call.state(LogClasses)[call.params["logGroupName"]] = {
        "logGroupClass": call.params.get("logGroupClass") or "STANDARD",
        "deletionProtectionEnabled": call.params.get("deletionProtectionEnabled", False),
    }
    return {}


@extends("logs", "DescribeLogGroups", "moto leaves the class and the deletion protection out")
def describe_log_groups(call: Call) -> Record:
    answer: Record = json.loads(call.moto())
    unset = {"logGroupClass": "STANDARD", "deletionProtectionEnabled": False}
    for group in answer["logGroups"]:
        group |= call.state(LogClasses).get(group["logGroupName"], unset)
    return answer


@extends("logs", "PutLogGroupDeletionProtection", "absent from moto")
def put_log_group_deletion_protection(call: Call) -> Record:
    name = call.params["logGroupIdentifier"].partition(":log-group:")[2].removesuffix(":*")
    name = name or call.params["logGroupIdentifier"]
    kept = call.state(LogClasses).setdefault(name, {"logGroupClass": "STANDARD"})
    kept["deletionProtectionEnabled"] = call.params["deletionProtectionEnabled"]
    return {}


@extends("logs", "DeleteLogGroup", "deletion protection")
def delete_log_group(call: Call) -> Record:
    name = _log_group(call).name
    if call.state(LogClasses).get(name, {}).get("deletionProtectionEnabled"):
        raise Refused("ValidationException", f"Log group {name} is protected from deletion.")
    call.moto()
    call.state(LogClasses).pop(name, None)
    return {}


@extends("iam", "ListInstanceProfileTags", "absent from moto")
def list_instance_profile_tags(call: Call) -> Record:
    profile: Any = cast(IAMBackend, call.backend).get_instance_profile(
        call.params["InstanceProfileName"]
    )
    return {"Tags": list(profile.tags), "IsTruncated": False}


@extends(
    "sts",
    "GetCallerIdentity",
    "moto's default caller has an ARN of no form that IAM knows (arn:aws:sts::…:user/moto)",
)
def get_caller_identity(call: Call) -> Record:
    answer: Record = call.moto()
    arn = answer["Arn"]
    return answer | {"Arn": arn.replace(":sts:", ":iam:") if ":user/" in arn else arn}


@extends("ecr", "GetAuthorizationToken", "moto gives everybody the same token")
def get_authorization_token(call: Call) -> Record:
    answer: Record = call.moto()
    if (session := session_of(call.access_key)) is not None:
        own = registry_token(session.access_key_id, session.session_token)
        answer["authorizationData"] = [
            one | {"authorizationToken": own} for one in answer["authorizationData"]
        ]
    return answer


def _client_ids(call: Call) -> list[str]:
    provider: Any = cast(IAMBackend, call.backend).get_open_id_connect_provider(
        call.params["OpenIDConnectProviderArn"]
    )
    return cast(list[str], provider.client_id_list)


@extends("iam", "AddClientIDToOpenIDConnectProvider", "absent from moto")
def add_client_id_to_open_id_connect_provider(call: Call) -> Record:
    client_ids = _client_ids(call)
    if call.params["ClientID"] not in client_ids:
        client_ids.append(call.params["ClientID"])
    return {}


@extends("iam", "RemoveClientIDFromOpenIDConnectProvider", "absent from moto")
def remove_client_id_from_open_id_connect_provider(call: Call) -> Record:
    client_ids = _client_ids(call)
    if call.params["ClientID"] in client_ids:
        client_ids.remove(call.params["ClientID"])
    return {}


@extends("ecs", "DescribeCapacityProviders", "moto tells of none where none is named; AWS of all")
def describe_capacity_providers(call: Call) -> Record:
    backend = cast(EC2ContainerServiceBackend, call.backend)
    names = call.params.get("capacityProviders") or list(backend.capacity_providers)
    providers, failures = backend.describe_capacity_providers(names)
    return {"capacityProviders": providers, "failures": failures}
