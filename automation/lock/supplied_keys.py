"""The supplied KMS key and the supplied bucket: their state, and whom their policies let in."""

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from automation.aws_calls import asking, iam_action
from automation.lock.facts import Aws
from automation.lock.lookup import answer, not_there
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingKey
from spec.flow_logs import BucketDestination, ExistingBucket

_NO_KEY, _CLOSED_KEY = "NotFoundException", ("AccessDeniedException",)
_NO_BUCKET, _CLOSED_BUCKET = ("404", "NoSuchBucket"), ("403", "AccessDenied")
_FOUR_WAYS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def read_keys_and_buckets(aws: Aws, spec: ClusterSpec, account_id: str) -> dict[str, Any]:
    """The lock file's keys for the KMS key and for the bucket of flow logs."""
    keys, buckets = {}, {}
    key = spec.control_plane.encryption_key
    if isinstance(key, ExistingKey) and key.key_arn.split(":")[3] == spec.region:
        keys = _there(aws, "controlPlane.encryptionKey.keyArn", key.key_arn,
                      lambda: _key(aws, key.key_arn, account_id))  # fmt: skip
    destination = spec.network.flow_logs.destination
    if isinstance(destination, BucketDestination) and isinstance(
        destination.bucket, ExistingBucket
    ):
        arn = destination.bucket.bucket_arn
        buckets = _there(aws, "network.flowLogs.destination.bucket.bucketArn", arn,
                         lambda: _bucket(aws, arn.rpartition(":")[2], account_id))  # fmt: skip
    return {"keys": keys, "logBuckets": buckets}


class _ClosedError(Exception):
    """AWS says by one answer whose a thing is and what is missing."""


def _there(
    aws: Aws, path: str, arn: str, read: Callable[[], dict[str, Any] | None]
) -> dict[str, Any]:
    try:
        row = read()
    except _ClosedError as error:
        aws.faults.add(path, str(error), arn)
        return {}
    if row is None:
        not_there(aws, path, arn)
        return {}
    return {arn: row}


def _key(aws: Aws, arn: str, account_id: str) -> dict[str, Any] | None:
    """KMS shows policy and rotation to the key's own account only."""
    aws.hear("KMS key")
    told = _asked(aws, "kms", "describe_key", (_NO_KEY,), _CLOSED_KEY,
                 "your credentials lack kms:DescribeKey on it, by IAM or by the key's own policy; "
                 "ask its owner for that permission", KeyId=arn)  # fmt: skip
    if told is None:
        return None
    key = told["KeyMetadata"]
    policy, rotation = None, True
    if key["AWSAccountId"] == account_id:
        with asking("kms:GetKeyPolicy"):
            text = aws.client("kms").get_key_policy(KeyId=arn, PolicyName="default")["Policy"]
        policy = json.loads(text)
        status = answer(aws, "kms", "get_key_rotation_status", "UnsupportedOperationException",
                        KeyId=arn)  # fmt: skip
        rotation = bool(status and status["KeyRotationEnabled"])
    return {
        "state": key["KeyState"],
        "usage": key["KeyUsage"],
        "spec": key.get("KeySpec", "unknown"),
        "manager": key["KeyManager"],
        "rotation": rotation,
        "policy": policy,
    }


def _asked(
    aws: Aws, service: str, operation: str, missing: tuple[str, ...], closed: tuple[str, ...],
    why: str, **arguments: Any,
) -> Any | None:  # fmt: skip
    """The answer, None where there is no such thing. _ClosedError with `why` where AWS denies it:
    what is there must not be told to be missing."""
    with asking(iam_action(service, operation)):
        try:
            return getattr(aws.client(service), operation)(**arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code in closed:
                raise _ClosedError(f"AWS answers {code}: {why}") from None
            if code not in missing:
                raise
            return None


def _bucket(aws: Aws, name: str, account_id: str) -> dict[str, Any] | None:
    """S3 compares the bucket's owner with ours."""
    aws.hear("bucket of the flow logs")
    owned = {"Bucket": name, "ExpectedBucketOwner": account_id}
    place = _asked(aws, "s3", "get_bucket_location", _NO_BUCKET, _CLOSED_BUCKET,
                  "the bucket is another account's, or your credentials lack s3:GetBucketLocation "
                  "on it; correct the name, or ask for that permission", **owned)  # fmt: skip
    if place is None:
        return None
    policy = answer(aws, "s3", "get_bucket_policy", "NoSuchBucketPolicy", **owned)
    block = answer(
        aws, "s3", "get_public_access_block", "NoSuchPublicAccessBlockConfiguration", **owned
    )
    ways = block["PublicAccessBlockConfiguration"] if block else {}
    return {
        "region": place["LocationConstraint"] or "us-east-1",  # which S3 does not name
        "policy": json.loads(policy["Policy"]) if policy else None,
        "publicAccessBlocked": all(ways.get(way) for way in _FOUR_WAYS),
    }
