"""Snapshots of a stack's etcd, as they lie in its bucket. Lists names alone: content is read by the
machines of members, and by nobody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from automation.aws_calls import Account
from automation.errors import RefusedError
from machines.agent.snapshots import snapshot_of
from plan.cluster import ClusterPlan
from plan.etcd import EtcdPlan
from plan.self_hosted.cluster import SelfHosted


@dataclass(frozen=True, slots=True)
class Kept:
    """One. revision: that etcd had reached at least. made: in UTC."""

    key: str
    generation: int
    made: datetime
    revision: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The newest first. trouble: why nobody should rely on them, or ""."""

    bucket: str
    found: tuple[Kept, ...]
    trouble: str


def snapshots_of(plan: ClusterPlan, account: Account, now: datetime) -> Snapshots:
    """RefusedError for a stack whose etcd is not its own."""
    own = plan.control_plane
    if not isinstance(own, SelfHosted) or not isinstance(own.etcd, EtcdPlan):
        raise RefusedError(
            "this stack has no etcd of its own",
            advice="Snapshots are of a control plane of kind selfHosted whose etcd is created.",
        )
    bucket, prefix = own.bucket.name, f"{own.bucket.snapshot_prefix}{plan.spec.name}/"
    rows = account.paged(
        "s3", plan.spec.region, "list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix,
        ExpectedBucketOwner=plan.account_id,
    )  # fmt: skip
    named = ((snapshot_of(row["Key"]), row["Size"]) for row in rows)
    found = [
        Kept(one.key, one.generation, one.made, one.revision, int(size))
        for one, size in named
        if one is not None
    ]
    found.sort(key=lambda one: one.made, reverse=True)
    return Snapshots(bucket, tuple(found), _trouble(own.etcd, found, now))


def _trouble(etcd: EtcdPlan, found: list[Kept], now: datetime) -> str:
    minutes, generation = etcd.snapshots.minutes, etcd.snapshots.generation
    if minutes is None:
        return ""  # the stack file says why
    newest = next((one for one in found if one.generation == generation), None)
    looks = "members say why in the journal of heiiki-etcd-snapshot.service and on their console"
    if newest is None:
        return f"there is no snapshot of generation {generation}; {looks}"
    age = now - newest.made
    if age > timedelta(minutes=2 * minutes):
        old = int(age.total_seconds() // 60)
        return f"the newest is {old} minutes old, and one is due every {minutes}; {looks}"
    return ""
