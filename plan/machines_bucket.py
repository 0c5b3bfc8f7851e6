"""The bucket that the machines of a control plane of our own boot from, and write little to."""

from dataclasses import dataclass
from typing import Any

from plan.carry_in_policies import S3_READS, S3_WRITES
from plan.endpoint_keys import Condition, not_through_our_endpoints
from plan.etcd_snapshots import SNAPSHOTS
from plan.partitions import Partition
from plan.self_hosted.iam import BOOTSTRAP, BUNDLES
from spec.cluster import ClusterSpec


@dataclass(frozen=True, slots=True)
class MachinesBucket:
    """Its bundles are written by the engine; members of etcd claim their first start in it and
    keep snapshots. Name and policy are known before it exists.

    snapshot_days: until a snapshot is deleted; None where there are none.
    """

    name: str
    policy: dict[str, Any]
    snapshot_days: int | None
    snapshot_prefix: str = f"{SNAPSHOTS}/"


def plan_machines_bucket(
    name: str, spec: ClusterSpec, partition: Partition, account_id: str,
    snapshot_days: int | None,
) -> MachinesBucket:  # fmt: skip
    """Nobody of another account reaches it, whatever a role there may do, and nobody in clear.

    All but bundles is read through own endpoints alone. They hold no key, and are read by the
    engine too, which looks whether an object is still what it wrote, from wherever `up` runs.
    """
    everything = [partition.arn("s3", name), partition.arn("s3", f"{name}/*")]
    kept = [partition.arn("s3", f"{name}/{prefix}/*") for prefix in (BOOTSTRAP, SNAPSHOTS)]
    others = {"StringNotEquals": {"aws:PrincipalAccount": account_id}}
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    bundles = partition.arn("s3", f"{name}/{BUNDLES}/*")
    ways = not_through_our_endpoints("s3", spec, partition, account_id)
    statements = [
        _deny("OtherAccounts", "s3:*", everything, others),
        _deny("PlainHttp", "s3:*", everything, plain),
        *(
            _deny(f"ReadsBut{n}", S3_READS, bundles, held, "NotResource")
            for n, held in ways.items()
        ),
        *(_deny(f"WritesBut{n}", [*S3_WRITES], kept, held) for n, held in ways.items()),
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    return MachinesBucket(name, policy, snapshot_days)


def _deny(
    sid: str,
    action: str | list[str],
    resource: str | list[str],
    condition: Condition,
    named: str = "Resource",
) -> dict[str, Any]:
    return {"Sid": f"Deny{sid}", "Effect": "Deny", "Principal": "*", "Action": action,
            named: resource, "Condition": condition}  # fmt: skip
