"""Snapshots of etcd, and the generation of it that begins with one."""

from dataclasses import dataclass

from plan.errors import Faults
from plan.self_hosted.places import Scope
from spec.etcd import CreateEtcd
from spec.etcd_snapshots import NoSnapshots

SNAPSHOTS = "snapshots"  # the folder of the cluster's bucket
FIRST = 1  # the generation that begins with nothing


@dataclass(frozen=True, slots=True)
class SnapshotsPlan:
    """minutes, days: None where nobody makes any. generation: how often this etcd has begun.
    restored_from: the key of the snapshot that this generation begins with."""

    minutes: int | None
    days: int | None
    generation: int
    restored_from: str | None

    def token(self, cluster: str) -> str:
        """What members of one generation know each other by."""
        return f"{cluster}-{self.generation}"

    def bootstrap(self, cluster: str) -> str:
        """What the objects are called by which a generation begins once."""
        return cluster if self.restored_from is None else self.token(cluster)


def plan_snapshots(
    asked: CreateEtcd, scope: Scope, path: str, faults: Faults, warnings: list[str]
) -> SnapshotsPlan:
    """path: the YAML path of etcd's keys."""
    kept, restore = asked.snapshots, asked.restore
    minutes = days = None
    if isinstance(kept, NoSnapshots):
        warnings.append(f"{path}.snapshots: nobody makes snapshots of etcd ({kept.reason}); when "
                        "the disks of most members are gone, all is gone")  # fmt: skip
    else:
        minutes, days = kept.interval_minutes, kept.retention_days
    if restore is None:
        return SnapshotsPlan(minutes, days, FIRST, None)
    _, cluster, of, _ = restore.snapshot.split("/")
    earlier = int(of.rpartition("-")[2])
    if cluster != scope.cluster or of != f"{cluster}-{earlier}":
        faults.add(f"{path}.restore.snapshot", f"is of cluster {cluster}, whose keys, addresses "
                   f"and machines are others; choose one of {scope.cluster}",
                   restore.snapshot)  # fmt: skip
    elif restore.generation <= earlier:
        faults.add(f"{path}.restore.generation", f"must be above {earlier}, in which the snapshot "
                   "was made", restore.generation)  # fmt: skip
    return SnapshotsPlan(minutes, days, restore.generation, restore.snapshot)
