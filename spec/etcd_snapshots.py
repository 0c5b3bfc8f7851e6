"""What may be asked of snapshots of etcd, and which one a cluster begins with again."""

from typing import Annotated, Literal

from pydantic import Field

from spec.base import Spec, default_kind
from spec.fields import Text, WholeNumber

# As machines name them (machines/agent/snapshots.py; a test holds the two together).
SnapshotKey = Annotated[
    str,
    Text(
        r"snapshots/[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9][A-Za-z0-9-]*-[1-9][0-9]{0,3}/"
        r"[0-9]{8}T[0-9]{6}Z-r[0-9]+-[0-9a-f]{64}\.db",
        "must be the whole key of a snapshot, as `heiiki snapshots` shows it",
    ),
]
Reason = Annotated[str, Text(r"(?=.*\S.*\S.*\S)[^\x00-\x1f\x7f]{10,200}", "must be a sentence")]


class BucketSnapshots(Spec):
    """Into the cluster's own bucket, encrypted by its key; machines of members alone read them."""

    kind: Literal["bucket"] = "bucket"
    interval_minutes: WholeNumber = Field(
        60,
        ge=5,
        le=1440,
        description="How old the newest may be before a member makes another: what is written "
        "after it is lost with the last disk.",
    )
    retention_days: WholeNumber = Field(
        30, ge=2, le=3650, description="Days until S3 deletes a snapshot."
    )


class NoSnapshots(Spec):
    """Nobody makes any: with the disks of most members goes all that the cluster knows."""

    kind: Literal["none"]
    reason: Reason = Field(
        description="Why that is right here, such as who else keeps snapshots; each plan shows it."
    )


SnapshotsSpec = Annotated[
    BucketSnapshots | NoSnapshots, Field(discriminator="kind"), default_kind("bucket")
]


class RestoreSpec(Spec):
    """The snapshot that this generation of etcd has begun with. It stays as long as that lives."""

    snapshot: SnapshotKey = Field(
        description="Its key in the cluster's bucket, which holds its digest."
    )
    generation: WholeNumber = Field(
        ge=2,
        le=9999,
        description="Which life of this etcd begins with it: 2 the first time, then always one "
        "more. Members that have begun in it, or have data, are left as they are.",
    )
