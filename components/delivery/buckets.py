"""S3 buckets that material is carried in through."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.carry_in import CarriedBucket
from plan.tags import Tags

_UNFINISHED_DAYS = 7  # after which parts of an upload that nobody finished go


class Buckets(pulumi.ComponentResource):
    """Every planned bucket with all that holds it; supplied ones are left as they are.

    Never     a public object, an ACL, an object that another key encrypts by default; a bucket
              that is deleted with objects in it.
    Outputs:
        bucket_names: by logical name; known only when the bucket's policy is in force, so that
        nobody is told of a bucket that does not hold yet.
    """

    bucket_names: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        buckets: Mapping[str, CarriedBucket],
        *,
        key_arn: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:delivery:Buckets", name, None, opts)
        self.bucket_names = {}
        for bucket in buckets.values():
            if bucket.supplied:
                self.bucket_names[bucket.name] = pulumi.Output.from_input(bucket.bucket_name)
            else:
                self.bucket_names[bucket.name] = self._declare(bucket, key_arn, tags)
        self.register_outputs({"bucketNames": self.bucket_names})

    def _declare(
        self, bucket: CarriedBucket, key_arn: pulumi.Input[str], tags: Tags
    ) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        created = aws.s3.Bucket(
            bucket.name, bucket=bucket.bucket_name, tags=tags.named(bucket.name), opts=child
        )
        aws.s3.BucketOwnershipControls(
            bucket.name,
            bucket=created.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        private = aws.s3.BucketPublicAccessBlock(
            bucket.name,
            bucket=created.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            bucket.name,
            bucket=created.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key_arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=child,
        )
        self._keep_versions(bucket, created)
        policy = aws.s3.BucketPolicy(
            bucket.name,
            bucket=created.id,
            policy=json.dumps(bucket.policy, sort_keys=True),
            # S3 takes one change of a bucket's access at a time.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[private]),
        )
        return policy.bucket

    def _keep_versions(self, bucket: CarriedBucket, created: aws.s3.Bucket) -> None:
        versioning = aws.s3.BucketVersioning(
            bucket.name,
            bucket=created.id,
            versioning_configuration={"status": "Enabled"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.s3.BucketLifecycleConfiguration(
            bucket.name,
            bucket=created.id,
            rules=[_until(bucket.old_version_days)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )


def _until(days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgsDict:
    return {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": days},
        "abort_incomplete_multipart_upload": {"days_after_initiation": _UNFINISHED_DAYS},
    }
