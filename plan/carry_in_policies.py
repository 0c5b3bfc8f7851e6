"""The policies of the buckets and repositories that material is carried in through, as data.

The Denies hold everybody, administrators too; but they name only what reads, writes or lists
contents. So whoever administers the account changes or deletes a policy, empties and deletes a
bucket, from wherever `up` runs. s3:ListBucket is left free for the same reason: S3 asks it of
HeadBucket, by which the provider looks whether a bucket is there.
"""

from typing import Any

from plan.endpoint_keys import Condition, not_through_our_endpoints
from plan.partitions import Partition
from spec.carry_in import CarryInSpec
from spec.cluster import ClusterSpec

Statement = dict[str, Any]
# Every action that answers with an object or with what is written beside it, replication's own
# among them. Service Authorization Reference, Amazon S3 (read 2026-11-28).
S3_READS = "s3:GetObject*"
# Every action that puts something into an object or beside it. Deleting is left to IAM: it
# carries nothing in or out, and whoever winds a bucket up must be able to empty it.
S3_WRITES = ("s3:PutObject*", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags")
# What an upload calls, in parts or whole; not HeadObject, which S3 takes for a read.
S3_IMPORTS = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
# ECR user guide, IAM permissions for pushing an image (read 2026-11-28): pushers ask for the
# manifest under the tag before they put theirs. A manifest names layers and holds none.
ECR_MANIFESTS, ECR_LAYERS = "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"
ECR_WRITES = ("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage",
              "ecr:UploadLayerPart")  # fmt: skip
ECR_IMPORTS = ("ecr:BatchCheckLayerAvailability", ECR_MANIFESTS, *ECR_WRITES)


def bucket_policy(
    bucket: str, asked: CarryInSpec, spec: ClusterSpec, partition: Partition, account_id: str
) -> dict[str, Any]:
    """Who may do what with a bucket and the objects in it."""
    objects = partition.arn("s3", f"{bucket}/*")
    everything = [partition.arn("s3", bucket), objects]
    importers = list(asked.importer_arns)
    statements = [
        _deny("OtherAccounts", "s3:*", _not_own(account_id), everything),
        _deny("PlainHttp", "s3:*", {"Bool": {"aws:SecureTransport": "false"}}, everything),
    ]
    if asked.through_endpoints_only:
        ways = not_through_our_endpoints("s3", spec, partition, account_id)
        statements += [_deny(f"ReadsBut{n}", S3_READS, c, objects) for n, c in ways.items()]
    if asked.one_way:
        statements += [
            _deny("WritesButImporters", list(S3_WRITES), _but(importers), objects),
            _deny("ReadsByImporters", S3_READS, _only(importers), objects),
        ]
    statements.append(_allow("ImportersWrite", importers, list(S3_IMPORTS), objects))
    return _document(statements)


def repository_policy(
    asked: CarryInSpec, spec: ClusterSpec, partition: Partition, account_id: str
) -> dict[str, Any]:
    """Who may do what with a repository; ECR takes no Resource in it.

    Where it is one way, importers read manifests from outside too: nobody else has written any.
    """
    importers = list(asked.importer_arns)
    statements = [_deny("OtherAccounts", "ecr:*", _not_own(account_id))]
    if asked.through_endpoints_only:
        ways = not_through_our_endpoints("ecr", spec, partition, account_id)
        for name, condition in ways.items():
            statements.append(_deny(f"LayersBut{name}", ECR_LAYERS, condition))
            others = _both(condition, _but(importers)) if asked.one_way else condition
            statements.append(_deny(f"ManifestsBut{name}", ECR_MANIFESTS, others))
    if asked.one_way:
        statements += [
            _deny("WritesButImporters", list(ECR_WRITES), _but(importers)),
            _deny("LayersByImporters", ECR_LAYERS, _only(importers)),
        ]
    statements.append(_allow("ImportersPush", importers, list(ECR_IMPORTS)))
    return _document(statements)


def key_statement(
    buckets: list[str], asked: CarryInSpec, partition: Partition, account_id: str
) -> Statement:
    """What of the key importers need: S3 encrypts for them, and decrypts between parts of one
    upload. Only by way of S3, and only for these buckets; the bucket policy lets them read none."""
    return {
        "Sid": "CarryIn",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": account_id,
                "aws:PrincipalAccount": account_id,
                **_via_s3(partition),
            },
            "ArnEquals": {"aws:PrincipalArn": list(asked.importer_arns)},
            "ArnLike": _contexts(buckets, partition),
        },
    }


def reader_statements(
    buckets: list[str], partition: Partition, account_id: str
) -> tuple[Statement, ...]:
    """What a role needs to read these buckets, whichever key of the account encrypts them."""
    if not buckets:
        return ()
    return (
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": [partition.arn("s3", name) for b in buckets for name in (b, f"{b}/*")],
            "Condition": {"StringEquals": {"aws:ResourceAccount": account_id}},
        },
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": partition.arn(
                "kms", "key/*", account_id=account_id, region=partition.region
            ),
            "Condition": {
                "StringEquals": _via_s3(partition),
                "ArnLike": _contexts(buckets, partition),
            },
        },
    )


def _via_s3(partition: Partition) -> dict[str, str]:
    return {"kms:ViaService": f"s3.{partition.region}.{partition.dns_suffix}"}


def _contexts(buckets: list[str], partition: Partition) -> dict[str, list[str]]:
    """S3 names the bucket in the encryption context, without a bucket key the object."""
    arns = [partition.arn("s3", name) for b in buckets for name in (b, f"{b}/*")]
    return {"kms:EncryptionContext:aws:s3:arn": arns}


def _not_own(account_id: str) -> Condition:
    return {"StringNotEquals": {"aws:PrincipalAccount": account_id}}


def _but(arns: list[str]) -> Condition:
    return {"ArnNotEquals": {"aws:PrincipalArn": arns}}


def _only(arns: list[str]) -> Condition:
    return {"ArnEquals": {"aws:PrincipalArn": arns}}


def _both(one: Condition, other: Condition) -> Condition:
    """Conditions of which no operator stands in both."""
    return {**one, **other}


def _deny(
    sid: str, action: str | list[str], condition: Condition, resource: str | list[str] | None = None
) -> Statement:
    held = {} if resource is None else {"Resource": resource}
    return {"Sid": f"Deny{sid}", "Effect": "Deny", "Principal": "*", "Action": action, **held,
            "Condition": condition}  # fmt: skip


def _allow(sid: str, arns: list[str], action: list[str], resource: str | None = None) -> Statement:
    held = {} if resource is None else {"Resource": resource}
    return {"Sid": f"Allow{sid}", "Effect": "Allow", "Principal": {"AWS": arns}, "Action": action,
            **held}  # fmt: skip


def _document(statements: list[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
