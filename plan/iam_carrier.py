"""What who carries in needs: to look for what machines run, and to write it, in its places."""

from typing import Any

from plan.carry_in_policies import ECR_IMPORTS
from plan.iam import document
from plan.partitions import Partition
from plan.self_hosted.iam import BINARIES
from spec.self_hosted import ArtifactsSpec


def carrier_policy(asked: ArtifactsSpec, partition: Partition, account_id: str) -> dict[str, Any]:
    """The policy of `heiiki carry-in` for one stack. Programs and images that come later have the
    same places, so that it stays as it is.

    s3:ListBucket: without it S3 calls a program that is not there one that may not be read. KMS:
    for a bucket that a key of the account encrypts. Whose credentials they are is asked of STS, for
    which nobody needs a permission.
    """
    region = partition.region
    repositories = {image.partition("@")[0] for image in asked.images.values()}
    bucket = partition.arn("s3", asked.bucket)
    objects = f"{bucket}/{BINARIES}/*"
    owned = {"aws:ResourceAccount": account_id}
    s3 = f"s3.{region}.{partition.dns_suffix}"
    return document(
        (
            {
                "Sid": "Programs",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": objects,
                "Condition": {"StringEquals": owned},
            },
            {
                "Sid": "WhatIsThere",
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": bucket,
                "Condition": {"StringEquals": owned},
            },
            {
                "Sid": "EncryptPrograms",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": partition.arn("kms", "key/*", account_id=account_id, region=region),
                "Condition": {
                    "StringEquals": {"kms:ViaService": s3},
                    "ArnLike": {"kms:EncryptionContext:aws:s3:arn": [bucket, objects]},
                },
            },
            {
                "Sid": "Images",
                "Effect": "Allow",
                "Action": list(ECR_IMPORTS),
                "Resource": [
                    partition.arn("ecr", f"repository/{name}", account_id=account_id, region=region)
                    for name in sorted(repositories)
                ],
            },
            {
                "Sid": "Token",
                "Effect": "Allow",
                "Action": "ecr:GetAuthorizationToken",
                "Resource": "*",
            },
        )
    )
