"""Supplied buckets and repositories that material is carried in through: who may read and write."""

import json
from typing import Any

from botocore.exceptions import ClientError

from automation.aws_calls import asking, iam_action
from automation.lock.facts import Aws
from automation.lock.lookup import not_there
from plan.carry_in import BUCKETS, REPOSITORIES
from spec.carry_in import ExistingBucket, ExistingRepository
from spec.cluster import ClusterSpec

# What S3 and ECR answer where there is no such thing, or where nothing is set.
_MISSING = ("404", "NoSuchBucket", "RepositoryNotFoundException")
# HeadBucket has no body to say why: another account's bucket and a missing permission look alike.
_CLOSED = ("403", "AccessDenied")
_NOT_SET = (
    "NoSuchBucketPolicy",
    "NoSuchPublicAccessBlockConfiguration",
    "RepositoryPolicyNotFoundException",
    "ServerSideEncryptionConfigurationNotFoundError",
)


class _ClosedError(Exception):
    """S3 says neither whose the bucket is nor what is missing."""


def read_stores(aws: Aws, spec: ClusterSpec, account_id: str) -> dict[str, Any]:
    """The lock file's keys for supplied buckets and repositories; faults for those not found."""
    carried = spec.carry_in
    if carried is None:
        return {}
    buckets = {
        bucket.bucket_name: f"{BUCKETS}.{name}.bucketName"
        for name, bucket in carried.buckets.items()
        if isinstance(bucket, ExistingBucket)
    }
    repositories = {
        repository.repository_name: f"{REPOSITORIES}.{name}.repositoryName"
        for name, repository in carried.repositories.items()
        if isinstance(repository, ExistingRepository)
    }
    found: dict[str, Any] = {"buckets": {}, "repositories": {}}
    for kind, read, paths in (
        ("buckets", _bucket, buckets),
        ("repositories", _repository, repositories),
    ):
        for name in sorted(paths):
            try:
                row = read(aws, name, account_id)
            except _ClosedError:
                aws.faults.add(paths[name], "S3 answers 403: the bucket is another account's, or "
                               "your credentials lack s3:ListBucket on it; correct the name, or "
                               "ask for that permission", name)  # fmt: skip
                continue
            if row is None:
                not_there(aws, paths[name], name)
            else:
                found[kind][name] = row
    return found


def _bucket(aws: Aws, name: str, account_id: str) -> dict[str, Any] | None:
    ours = {"Bucket": name, "ExpectedBucketOwner": account_id}
    head = _asked(aws, "s3", "head_bucket", _MISSING, **ours)
    if head is None:
        return None
    block = _asked(aws, "s3", "get_public_access_block", _NOT_SET, **ours) or {}
    encryption = _asked(aws, "s3", "get_bucket_encryption", _NOT_SET, **ours) or {}
    policy = _asked(aws, "s3", "get_bucket_policy", _NOT_SET, **ours)
    versioning = _asked(aws, "s3", "get_bucket_versioning", (), **ours) or {}
    blocks = block.get("PublicAccessBlockConfiguration", {})
    rules = encryption.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    algorithms = [
        rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        for rule in rules
        if "ApplyServerSideEncryptionByDefault" in rule
    ]
    return {
        "region": head.get("BucketRegion") or aws.region,
        "publicAccessBlocked": len(blocks) == 4 and all(blocks.values()),
        "encryption": next(iter(algorithms), None),
        "versioned": versioning.get("Status") == "Enabled",
        "policy": json.loads(policy["Policy"]) if policy else None,
    }


def _repository(aws: Aws, name: str, account_id: str) -> dict[str, Any] | None:
    found = _asked(
        aws, "ecr", "describe_repositories", _MISSING, registryId=account_id,
        repositoryNames=[name],
    )  # fmt: skip
    row = next(iter(found["repositories"]), None) if found else None
    if row is None:
        return None
    policy = _asked(
        aws, "ecr", "get_repository_policy", _NOT_SET, registryId=account_id, repositoryName=name
    )
    return {
        "encryption": row.get("encryptionConfiguration", {}).get("encryptionType", "AES256"),
        "tagMutability": row["imageTagMutability"],
        "policy": json.loads(policy["policyText"]) if policy else None,
    }


def _asked(
    aws: Aws, service: str, operation: str, nothing: tuple[str, ...], **arguments: Any
) -> dict[str, Any] | None:
    """The answer; None where AWS says by one of these codes that there is none."""
    with asking(iam_action(service, operation)):
        try:
            return dict(getattr(aws.client(service), operation)(**arguments))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if operation == "head_bucket" and code in _CLOSED:
                raise _ClosedError from None
            if code not in nothing:
                raise
            return None
