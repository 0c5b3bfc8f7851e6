"""Flow logs of a VPC that we make."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.log_groups import LogGroup
from plan.tags import Tags
from spec.network import FlowLogsSpec


class FlowLogs(pulumi.ComponentResource):
    """All traffic of the VPCs, accepted and rejected, in one encrypted log group.

    Args:
        vpc_ids: by name, each of a VPC that we make.
        role_arn: what the service writes as.
    """

    def __init__(
        self,
        name: str,
        spec: FlowLogsSpec,
        *,
        vpc_ids: Mapping[str, pulumi.Input[str]],
        log_group: LogGroup,
        role_arn: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(
            name,
            name=log_group.name,
            kms_key_id=key_arn,
            retention_in_days=spec.retention_days,
            tags=tags.named(name),
            opts=child,
        )
        for vpc, vpc_id in vpc_ids.items():
            aws.ec2.FlowLog(
                f"{name}-{vpc}",
                vpc_id=vpc_id,
                traffic_type="ALL",
                log_destination_type="cloud-watch-logs",
                log_destination=log_group.arn,
                iam_role_arn=role_arn,
                max_aggregation_interval=spec.maximum_aggregation_seconds,
                tags=tags.named(f"{name}-{vpc}"),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[group]),
            )
        self.register_outputs({})
