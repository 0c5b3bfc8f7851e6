"""What may be asked of flow logs: where they go, and how long they stay there."""

from typing import Annotated, Literal

from pydantic import Field

from spec.base import Spec, default_kind
from spec.fields import BucketArn, NewBucketName

# What a log group takes (CloudWatch Logs API reference, PutRetentionPolicy, read 2026-11-22).
RetentionDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365, 400, 731, 1096, 1827, 3653]


class LogGroupDestination(Spec):
    """A log group of its own, encrypted with the cluster's key."""

    kind: Literal["logGroup"] = "logGroup"


class CreateBucket(Spec):
    """A bucket of its own: private, over TLS only, encrypted with the cluster's key."""

    kind: Literal["create"] = "create"
    name: NewBucketName | None = Field(
        None, description="Its name. Default: `<cluster>-<account>-<region>-flow-logs`."
    )


class ExistingBucket(Spec):
    """A supplied bucket of the own account. Nothing of it is changed: its owner lets the log
    delivery service write there, and decides how long what is written stays."""

    kind: Literal["existing"]
    bucket_arn: BucketArn = Field(description="ARN of the bucket.")


BucketSpec = Annotated[
    CreateBucket | ExistingBucket, Field(discriminator="kind"), default_kind("create")
]


class BucketDestination(Spec):
    """An S3 bucket, where the log delivery service writes below AWSLogs/<account>/."""

    kind: Literal["bucket"]
    bucket: BucketSpec = Field(
        default_factory=CreateBucket, description="The bucket, created or supplied."
    )


DestinationSpec = Annotated[
    LogGroupDestination | BucketDestination,
    Field(discriminator="kind"),
    default_kind("logGroup"),
]


class FlowLogsSpec(Spec):
    """Flow logs of every VPC that heiiki makes."""

    enabled: bool = Field(True, description="Record all traffic, accepted and rejected.")
    destination: DestinationSpec = Field(
        default_factory=LogGroupDestination, description="Where they go: a log group or a bucket."
    )
    retention_days: RetentionDays = Field(
        365,
        description="How long the log group, or the bucket that heiiki makes, keeps them.",
    )
    maximum_aggregation_seconds: Literal[60, 600] = Field(
        600, description="The longest time over which a record sums up."
    )
