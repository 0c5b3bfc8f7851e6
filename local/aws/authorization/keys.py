"""What calls of KMS, Systems Manager and STS ask for: keys, parameters, roles.

Actions, resources and condition keys: service authorization reference of each, and KMS's developer
guide on encryption contexts and kms:ViaService (read 2026-11-29).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.ssm.models import ssm_backends

from local.aws.authorization.calls import Call, by_service, row
from local.aws.authorization.statements import Asked

CONTEXT = "kms:encryptioncontext:"
SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
SECURE, KEY_ID_BYTES = "SecureString", 36
_OF_ONE_KEY = (
    "CancelKeyDeletion", "CreateGrant", "Decrypt", "DescribeKey", "DisableKey",
    "DisableKeyRotation", "EnableKey", "EnableKeyRotation", "Encrypt", "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants",
    "ListKeyPolicies", "PutKeyPolicy", "RetireGrant", "RevokeGrant", "ScheduleKeyDeletion",
)  # fmt: skip


def key_of(
    call: Call, action: str, key_id: str, context: Mapping[str, str], *, via: str = ""
) -> Asked:
    """key_id: an id, an ARN or an alias. via: the service that asks for the caller."""
    backend = kms_backends[call.caller.account][call.region]
    found: Any = backend.keys.get(str(backend.any_id_to_key_id(key_id)))
    suffix = SUFFIXES.get(call.partition, "amazonaws.com")
    known = {
        "kms:calleraccount": (call.caller.account,),
        "kms:viaservice": (f"{via}.{call.region}.{suffix}",) if via else (),
        "kms:encryptioncontextkeys": tuple(context),
        "kms:grantisforawsresource": (str(bool(via)).lower(),),
    }
    arn = key_id if key_id.startswith("arn:") else call.arn("kms", f"key/{key_id}")
    asked = call.asks(
        action, arn if found is None else found.arn, keys=known,
        tags={} if found is None else backend.tagger.get_tag_dict_for_resource(found.id),
        policy=None if found is None else json.loads(found.policy), delegates=True,
    )  # fmt: skip
    return Asked(asked.action, asked.resource, asked.keys, {**asked.families, CONTEXT: context},
                 asked.policy, asked.delegates)  # fmt: skip


@row(*(f"kms:{operation}" for operation in _OF_ONE_KEY))
def _key(call: Call) -> Iterator[Asked]:
    """Whoever decrypts need not name the key: what was encrypted does."""
    key_id = call.params.get("KeyId") or _encrypted_with(call.params.get("CiphertextBlob", b""))
    context = call.params.get("EncryptionContext") or {}
    yield key_of(call, call.name, key_id, {str(k): str(v) for k, v in context.items()})


def _encrypted_with(blob: bytes) -> str:
    """moto writes the key's id before what it has encrypted (moto/kms/utils.py)."""
    return blob[:KEY_ID_BYTES].decode("ascii", "replace")


def _parameter(call: Call, name: str) -> Asked:
    """By its name, or by its ARN, with a version or a label behind it."""
    named = name.partition(":parameter/")[2] if name.startswith("arn:") else name
    resource = f"parameter/{named.partition(':')[0].strip('/')}"
    return call.asks(call.name, call.arn("ssm", resource), asks_tags={})


def _decrypted(call: Call, parameter: Any) -> Iterator[Asked]:
    if parameter is None or parameter.parameter_type != SECURE:
        return
    arn = call.arn("ssm", f"parameter/{parameter.name.lstrip('/')}")
    asked = key_of(call, "kms:Decrypt", parameter.keyid, {"PARAMETER_ARN": arn}, via="ssm")
    yield by_service(asked, "ssm.amazonaws.com")


@row("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory", "ssm:DeleteParameter",
     "ssm:DeleteParameters", "ssm:PutParameter")  # fmt: skip
def _parameters(call: Call) -> Iterator[Asked]:
    """Those that are written as a secret are encrypted by who writes them."""
    names = call.params.get("Names") or [call.params["Name"]]
    for name in names:
        yield _parameter(call, name)
    backend = ssm_backends[call.caller.account][call.region]
    if call.params.get("WithDecryption"):
        for name in names:
            yield from _decrypted(call, backend.get_parameter(name))
    if call.operation == "PutParameter" and call.params.get("Type") == SECURE:
        arn = call.arn("ssm", f"parameter/{call.params['Name'].lstrip('/')}")
        key_id = call.params.get("KeyId") or "alias/aws/ssm"
        asked = key_of(call, "kms:Encrypt", key_id, {"PARAMETER_ARN": arn}, via="ssm")
        yield by_service(asked, "ssm.amazonaws.com")


@row("ssm:GetParametersByPath")
def _by_path(call: Call) -> Iterator[Asked]:
    """The path is what is asked for; each parameter below it is decrypted by itself."""
    yield _parameter(call, call.params["Path"])
    if not call.params.get("WithDecryption"):
        return
    backend, below = ssm_backends[call.caller.account][call.region], call.params["Path"].rstrip("/")
    for name in list(backend._parameters):
        deep = "/" in name.removeprefix(f"{below}/")
        if name.startswith(f"{below}/") and (call.params.get("Recursive") or not deep):
            yield from _decrypted(call, backend.get_parameter(name))


@row("sts:AssumeRole")
def _role(call: Call) -> Iterator[Asked]:
    """By the role's trust, which may leave it to IAM."""
    arn = str(call.params["RoleArn"])
    account = arn.split(":")[4] if arn.count(":") >= 5 else call.caller.account
    roles = {one.arn: one for one in iam_backends[account][call.partition].get_roles()}
    trust = roles[arn].assume_role_policy_document if arn in roles else None
    known = {"sts:externalid": _given(call, "ExternalId"),
             "sts:rolesessionname": _given(call, "RoleSessionName")}  # fmt: skip
    yield call.asks(
        call.name, arn, keys=known, account=account, delegates=True,
        policy=None if trust is None else json.loads(trust),
    )  # fmt: skip


def _given(call: Call, name: str) -> tuple[str, ...]:
    return (str(call.params[name]),) if call.params.get(name) else ()
