"""A bucket of our own: private, encrypted, and under one policy."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from plan.tags import Tags

UNFINISHED_UPLOAD_DAYS = 7


class PrivateBucket(pulumi.ComponentResource):
    """A bucket that nobody but its policy's principals and the own account's IAM reaches.

    Creates   a bucket, its public access block (all four ways), its encryption with the cluster's
              key, its policy, and an expiration of its objects where days are given.
    Never     an ACL: a new bucket has them disabled.

    Args:
        bucket_name: known beforehand, so that a preview shows what the policy is about.
        expiration_days: None keeps objects for ever. expiration_prefix: of the keys of those that
            expire.
        protected: the engine refuses to delete it, and S3 while there are objects in it.
    Outputs:
        arn: known only when all of that is set, so that nothing is written there before.
    """

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        bucket_name: str,
        policy: dict[str, Any],
        key_arn: pulumi.Input[str],
        expiration_days: int | None,
        expiration_prefix: str = "",
        protected: bool = False,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:PrivateBucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            name,
            bucket=bucket_name,
            force_destroy=not protected,  # goes with its objects, as a log group does
            tags=tags.named(name),
            opts=pulumi.ResourceOptions(parent=self, protect=protected or None),
        )
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key_arn,
                    },
                    "bucket_key_enabled": True,  # else a call of KMS for every object
                }
            ],
            opts=child,
        )
        written = aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=json.dumps(policy, sort_keys=True),
            # S3 takes one change of a bucket's access at a time
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
        if expiration_days is not None:
            self._expire(name, bucket, expiration_days, expiration_prefix)
        earlier = [written.bucket, block.bucket, encryption.bucket]
        self.arn = pulumi.Output.all(bucket.arn, *earlier).apply(lambda values: str(values[0]))
        self.register_outputs({"arn": self.arn})

    def _expire(self, name: str, bucket: aws.s3.Bucket, days: int, prefix: str) -> None:
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.id,
            rules=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": prefix},  # "" is everything
                    "expiration": {"days": days},
                    "abort_incomplete_multipart_upload": {
                        "days_after_initiation": UNFINISHED_UPLOAD_DAYS
                    },
                }
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
