"""What a role of machines may do to read its own secrets, and nobody else's."""

from collections.abc import Sequence
from typing import Any

from plan.partitions import Partition
from plan.pki.files import parameter_path

Statement = dict[str, Any]


def secret_statements(
    cluster: str, role: str, partition: Partition, account_id: str, *, also: Sequence[str] = ()
) -> tuple[Statement, ...]:
    """Read what lies in the role's path, and decrypt what was encrypted for that path.

    also: further roles of the same machine, each with a path, where a member of etcd lives on a
    controller.

    GetParametersByPath is asked for the path itself, GetParameters for each name in it. The slash
    before the star keeps `etcd-1a` out of `etcd-1a-2`. Parameter Store names the parameter in the
    encryption context, so that the key opens nothing else of the cluster for this role, whichever
    key of the account it is: the cluster's is not known before it is made.
    Source: KMS developer guide, how Parameter Store uses KMS; Systems Manager user guide,
    restricting access to parameters (read 2026-11-28).
    """
    paths = [
        partition.arn("ssm", f"parameter{parameter_path(cluster, role)}",
                      account_id=account_id, region=partition.region)
        for role in (role, *also)
    ]  # fmt: skip
    below = [f"{path}/*" for path in paths]
    return (
        {
            "Sid": "OwnFiles",
            "Effect": "Allow",
            "Action": ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
            "Resource": sorted([*paths, *below]),
        },
        {
            "Sid": "OwnKeys",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": partition.arn(
                "kms", "key/*", account_id=account_id, region=partition.region
            ),
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": f"ssm.{partition.region}.{partition.dns_suffix}"
                },
                "ArnLike": {
                    "kms:EncryptionContext:PARAMETER_ARN": below if len(below) > 1 else below[0]
                },
            },
        },
    )
