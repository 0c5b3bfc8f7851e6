"""The bucket that flow logs go to, and what its policy lets the log delivery service do there."""

from dataclasses import dataclass
from typing import Any

from plan.names import bucket_name
from plan.partitions import Partition
from spec.cluster import ClusterSpec
from spec.connections import BastionVpcConnection
from spec.flow_logs import BucketDestination, ExistingBucket
from spec.network import CreateVpc

# In every partition (VPC user guide, flow-logs-s3-permissions, read 2026-11-28).
LOG_DELIVERY = "delivery.logs.amazonaws.com"
CLUSTER_VPC = "cluster"  # beside which a bastion's VPC has its connection's name


@dataclass(frozen=True, slots=True)
class LogBucket:
    """A bucket for logs. Name and policy are known before it exists, so that a preview shows both.

    supplied: nothing of it is made or changed. retention_days: of one that we make.
    """

    name: str
    arn: str
    supplied: bool
    policy: dict[str, Any]
    retention_days: int


def made_vpcs(spec: ClusterSpec) -> tuple[str, ...]:
    """The VPCs that we make, so whose traffic and queries we record: the cluster's, a bastion's."""
    cluster = (CLUSTER_VPC,) if isinstance(spec.network.vpc, CreateVpc) else ()
    connections = spec.network.connections.items()
    return (*cluster, *(n for n, c in connections if isinstance(c, BastionVpcConnection)))


def flow_logs_to(spec: ClusterSpec) -> str | None:
    """The kind of destination, None where no flow logs are made."""
    made = spec.network.flow_logs.enabled and made_vpcs(spec)
    return spec.network.flow_logs.destination.kind if made else None


def plan_flow_log_bucket(
    spec: ClusterSpec, partition: Partition, account_id: str
) -> LogBucket | None:
    """The bucket, None where flow logs go to a log group or nowhere."""
    asked = spec.network.flow_logs.destination
    if flow_logs_to(spec) is None or not isinstance(asked, BucketDestination):
        return None
    supplied = isinstance(asked.bucket, ExistingBucket)
    if isinstance(asked.bucket, ExistingBucket):
        name = asked.bucket.bucket_arn.rpartition(":")[2]
    else:
        usual = bucket_name(spec.name, spec.region, account_id, "flow-logs")
        name = asked.bucket.name or usual
    arn = partition.arn("s3", name)
    return LogBucket(
        name, arn, supplied,
        {
            "Version": "2012-10-17",
            "Statement": [
                *delivery_statements(arn, partition, account_id),
                _tls_only(arn),
                _services_write(arn),
            ],
        },
        spec.network.flow_logs.retention_days,
    )  # fmt: skip


def delivery_condition(partition: Partition, account_id: str) -> dict[str, Any]:
    """Holds the log delivery service to logs of the own account and region."""
    source = partition.arn("logs", "*", account_id=account_id, region=partition.region)
    return {
        "StringEquals": {"aws:SourceAccount": account_id},
        "ArnLike": {"aws:SourceArn": source},
    }


def delivery_statements(
    arn: str, partition: Partition, account_id: str
) -> tuple[dict[str, Any], ...]:
    """What the service must be let do. Where it finds this less, EC2 adds statements of its own to
    the policy as the flow log is made, or refuses to make it."""
    held = delivery_condition(partition, account_id)
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    service = {"Effect": "Allow", "Principal": {"Service": LOG_DELIVERY}}
    return (
        {
            "Sid": "AWSLogDeliveryWrite",
            **service,
            "Action": "s3:PutObject",
            "Resource": f"{arn}/AWSLogs/{account_id}/*",
            "Condition": {**held, "StringEquals": {**held["StringEquals"], **acl}},
        },
        {
            "Sid": "AWSLogDeliveryAclCheck",
            **service,
            "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
            "Resource": arn,
            "Condition": held,
        },
    )


def _tls_only(arn: str) -> dict[str, Any]:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _services_write(arn: str) -> dict[str, Any]:
    """Nobody adds to the logs or writes over them, and nothing leaves the network through them."""
    return {
        "Sid": "ServicesWrite",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:PutObject*", "s3:ReplicateObject"],
        "Resource": f"{arn}/*",
        "Condition": {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
    }
