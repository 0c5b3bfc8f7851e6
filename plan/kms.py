"""The policy of the cluster's KMS key: the account decides; logs, volumes, importers may use it."""

from typing import Any

from plan.carry_in import bucket_names
from plan.carry_in_policies import key_statement
from plan.iam import document
from plan.log_buckets import LOG_DELIVERY, delivery_condition, flow_logs_to
from plan.partitions import Partition
from spec.cluster import ClusterSpec

SCALING_SIDS = ("AutoScalingVolumes", "AutoScalingGrants")


def key_policy(spec: ClusterSpec, partition: Partition, account_id: str) -> dict[str, Any]:
    """Who may use the key that encrypts Secrets, logs, root volumes and what is carried in.

    EC2 Auto Scaling starts instances with encrypted volumes as its service-linked role, which
    needs the key's own permission; the role may not exist yet in a fresh account, so it is named
    in a condition and not as a principal (a principal that does not exist is refused).
    """
    usage = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*",
             "kms:ReEncrypt*"]  # fmt: skip
    scaling_role = partition.arn(
        "iam",
        "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        account_id=account_id,
    )
    logs = partition.arn("logs", "*", account_id=account_id, region=spec.region)
    own_account = {"kms:CallerAccount": account_id, "aws:PrincipalAccount": account_id}
    scaling = {"StringEquals": own_account, "ArnEquals": {"aws:PrincipalArn": scaling_role}}
    to_bucket = flow_logs_to(spec) == "bucket"
    delivery = {
        "Sid": "LogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": LOG_DELIVERY},
        "Action": usage,
        "Resource": "*",
        "Condition": delivery_condition(partition, account_id),
    }
    root = {"AWS": partition.arn("iam", "root", account_id=account_id)}
    buckets = list(bucket_names(spec, account_id).values())
    carried = (
        (key_statement(buckets, spec.carry_in, partition, account_id),)
        if spec.carry_in is not None and buckets
        else ()
    )
    return document(
        (
            {
                "Sid": "AccountDecidesByIam",
                "Effect": "Allow",
                "Principal": root,
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "Logs",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{spec.region}.{partition.dns_suffix}"},
                "Action": usage,
                "Resource": "*",
                "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}},
            },
            {
                "Sid": "AutoScalingVolumes",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": usage,
                "Resource": "*",
                "Condition": scaling,
            },
            {
                "Sid": "AutoScalingGrants",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "kms:CreateGrant",
                "Resource": "*",
                "Condition": {**scaling, "Bool": {"kms:GrantIsForAWSResource": "true"}},
            },
            *((delivery,) if to_bucket else ()),
            *carried,
        )
    )
