"""The bucket that the machines of a control plane of our own boot from, and write little to."""

from dataclasses import dataclass
from typing import Any

from plan.partitions import Partition


@dataclass(frozen=True, slots=True)
class MachinesBucket:
    """Its bundles are written by the engine; members of etcd claim their first start in it and
    keep snapshots. Name and policy are known before it exists."""

    name: str
    policy: dict[str, Any]


def plan_machines_bucket(name: str, partition: Partition, account_id: str) -> MachinesBucket:
    """Nobody of another account reaches it, whatever a role there may do, and nobody in clear."""
    everything = [partition.arn("s3", name), partition.arn("s3", f"{name}/*")]
    conditions: dict[str, dict[str, Any]] = {
        "OtherAccounts": {"StringNotEquals": {"aws:PrincipalAccount": account_id}},
        "PlainHttp": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return MachinesBucket(
        name,
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": f"Deny{sid}",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": everything,
                    "Condition": condition,
                }
                for sid, condition in conditions.items()
            ],
        },
    )
