"""What S3's calls ask for: objects and buckets, and of KMS for those that are encrypted.

Actions and resources: service authorization reference, Amazon S3 (read 2026-11-29).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from moto.s3.models import s3_backends

from local.aws.authorization.calls import Call, Keys, by_service, row
from local.aws.authorization.keys import key_of
from local.aws.authorization.statements import Asked

ON_BUCKETS = {"ListObjects": "ListBucket", "ListObjectsV2": "ListBucket",
              "HeadBucket": "ListBucket", "ListObjectVersions": "ListBucketVersions",
              "ListMultipartUploads": "ListBucketMultipartUploads"}  # fmt: skip
KMS = "aws:kms"


def _bucket(call: Call) -> Any:
    """moto's record; None where there is none, or nobody has it."""
    owner = s3_backends.bucket_accounts.get(call.params["Bucket"])
    if owner is None:
        return None
    partition, account = owner
    return s3_backends[account][partition].buckets.get(call.params["Bucket"])


def _object(call: Call) -> Any:
    """The version that is asked for; None where there is none, or it was deleted."""
    bucket, version = _bucket(call), call.params.get("VersionId")
    if bucket is None:
        return None
    if version is None:
        found = bucket.keys.get(call.params["Key"])
    else:
        found = next((one for one in bucket.keys.getlist(call.params["Key"], default=[])
                      if str(one.version_id) == version), None)  # fmt: skip
    return found if hasattr(found, "encryption") else None


def asks(call: Call, action: str, key: str | None = None, keys: Keys | None = None) -> Asked:
    """Of the bucket, or of a key in it."""
    bucket = _bucket(call)
    name, owner = call.params["Bucket"], call.caller.account
    if bucket is not None:
        owner = bucket.account_id
    text = None if bucket is None or bucket.policy is None else bucket.policy
    return call.asks(
        f"s3:{action}",
        f"arn:{call.partition}:s3:::{name}" + ("" if key is None else f"/{key}"),
        keys=keys or {}, account=owner, policy=None if text is None else json.loads(text),
    )  # fmt: skip


def _crypt(call: Call, action: str, key_id: str | None, bucket_key: bool) -> Iterator[Asked]:
    """With the bucket's ARN as context where the bucket has a key of its own, else the object's."""
    arn = f"arn:{call.partition}:s3:::{call.params['Bucket']}"
    named = arn if bucket_key else f"{arn}/{call.params['Key']}"
    asked = key_of(call, action, key_id or "alias/aws/s3", {"aws:s3:arn": named}, via="s3")
    yield by_service(asked, "s3.amazonaws.com")


@row("s3:GetObject", "s3:HeadObject", "s3:GetObjectAttributes")
def _read(call: Call) -> Iterator[Asked]:
    """Who may not list the bucket is not told that a key is missing, but refused."""
    versioned = "VersionId" in call.params
    yield asks(call, "GetObjectVersion" if versioned else "GetObject", call.params["Key"])
    found = _object(call)
    if found is None:
        if _bucket(call) is not None:
            yield asks(call, "ListBucket", keys={"s3:prefix": (), "s3:delimiter": ()})
    elif found.encryption == KMS and call.operation == "GetObject":
        yield from _crypt(call, "kms:Decrypt", found.kms_key_id, bool(found.bucket_key_enabled))


@row("s3:PutObject", "s3:CreateMultipartUpload", "s3:UploadPart", "s3:CompleteMultipartUpload")
def _write(call: Call) -> Iterator[Asked]:
    """Parts of one object are decrypted again when they are put together."""
    heads: Mapping[str, str] = {name.lower(): value for name, value in call.headers.items()}
    once = {f"s3:{name}": (heads[name],) if name in heads else ()
            for name in ("if-none-match", "if-match")}  # fmt: skip
    yield asks(call, "PutObject", call.params["Key"], once)
    bucket = _bucket(call)
    rule = {} if bucket is None or not bucket.encryption else bucket.encryption["Rule"]
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    if call.params.get("ServerSideEncryption", default.get("SSEAlgorithm")) != KMS:
        return
    key_id = call.params.get("SSEKMSKeyId", default.get("KMSMasterKeyID"))
    bucket_key = str(call.params.get("BucketKeyEnabled", rule.get("BucketKeyEnabled", False)))
    for action in ("GenerateDataKey", *(() if call.operation == "PutObject" else ("Decrypt",))):
        yield from _crypt(call, f"kms:{action}", key_id, bucket_key.lower() == "true")


@row("s3:CopyObject")
def _copy(call: Call) -> Iterator[Asked]:
    source = unquote(str(call.params["CopySource"])).removeprefix("/").partition("?versionId=")
    bucket, _, key = source[0].partition("/")
    version = {"VersionId": source[2]} if source[2] else {}
    yield from _read(_with(call, {"Bucket": bucket, "Key": key, **version}, "GetObject"))
    yield from _write(_with(call, call.params, "PutObject"))


def _with(call: Call, params: Mapping[str, Any], operation: str) -> Call:
    return Call(call.caller, call.service, operation, params, call.headers, call.region,
                call.partition, call.way)  # fmt: skip


@row("s3:DeleteObject")
def _delete(call: Call) -> Iterator[Asked]:
    versioned = "VersionId" in call.params
    yield asks(call, "DeleteObjectVersion" if versioned else "DeleteObject", call.params["Key"])


@row("s3:DeleteObjects")
def _delete_all(call: Call) -> Iterator[Asked]:
    """All or none here, where S3 tells of each by itself."""
    for one in call.params["Delete"]["Objects"]:
        action = "DeleteObjectVersion" if one.get("VersionId") else "DeleteObject"
        yield asks(call, action, one["Key"])


@row("s3:AbortMultipartUpload")
def _abort(call: Call) -> Iterator[Asked]:
    yield asks(call, call.operation, call.params["Key"])


@row(*(f"s3:{operation}" for operation in ON_BUCKETS))
def _list(call: Call) -> Iterator[Asked]:
    told = {f"s3:{key}": (str(call.params[name]),) if call.params.get(name) is not None else ()
            for key, name in (("prefix", "Prefix"), ("delimiter", "Delimiter"),
                              ("max-keys", "MaxKeys"))}  # fmt: skip
    yield asks(call, ON_BUCKETS[call.operation], keys=told)


@row("s3:ListBuckets")
def _list_all(call: Call) -> Iterator[Asked]:
    yield call.asks("s3:ListAllMyBuckets", "*", tags={}, asks_tags={})


@row("s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:GetBucketLocation", "s3:GetBucketPolicy",
     "s3:PutBucketPolicy")  # fmt: skip
def _bucket_s_own(call: Call) -> Iterator[Asked]:
    yield asks(call, call.operation)
