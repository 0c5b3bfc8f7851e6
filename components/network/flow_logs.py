"""Flow logs of a VPC that we make."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.network.private_bucket import PrivateBucket
from plan.log_buckets import LogBucket
from plan.log_groups import LogGroup
from plan.tags import Tags
from spec.flow_logs import FlowLogsSpec


class FlowLogs(pulumi.ComponentResource):
    """All traffic of the VPCs, accepted and rejected, in one encrypted log group or one bucket.

    Args:
        vpc_ids: by name, each of a VPC that we make.
        bucket: where they go; None is the log group.
        role_arn: what the service writes to the log group as; None with a bucket.
    """

    def __init__(
        self,
        name: str,
        spec: FlowLogsSpec,
        *,
        vpc_ids: Mapping[str, pulumi.Input[str]],
        log_group: LogGroup,
        bucket: LogBucket | None,
        role_arn: pulumi.Input[str] | None,
        key_arn: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:FlowLogs", name, None, opts)
        self._tags, self._key_arn = tags, key_arn
        made: list[pulumi.Resource] = []
        if bucket is None:
            made.append(self._group(name, spec, log_group))
            destination: pulumi.Input[str] = log_group.arn
        else:
            destination = self._bucket(name, bucket)
        for vpc, vpc_id in vpc_ids.items():
            aws.ec2.FlowLog(
                f"{name}-{vpc}",
                vpc_id=vpc_id,
                traffic_type="ALL",
                log_destination_type="cloud-watch-logs" if bucket is None else "s3",
                log_destination=destination,
                iam_role_arn=role_arn,
                max_aggregation_interval=spec.maximum_aggregation_seconds,
                tags=tags.named(f"{name}-{vpc}"),
                opts=pulumi.ResourceOptions(parent=self, depends_on=made),
            )
        self.register_outputs({})

    def _group(self, name: str, spec: FlowLogsSpec, log_group: LogGroup) -> pulumi.Resource:
        return aws.cloudwatch.LogGroup(
            name,
            name=log_group.name,
            kms_key_id=self._key_arn,
            retention_in_days=spec.retention_days,
            tags=self._tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _bucket(self, name: str, bucket: LogBucket) -> pulumi.Input[str]:
        if bucket.supplied:
            return bucket.arn
        made = PrivateBucket(
            name, bucket_name=bucket.name, policy=bucket.policy, key_arn=self._key_arn,
            expiration_days=bucket.retention_days, tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self),
        )  # fmt: skip
        return made.arn
