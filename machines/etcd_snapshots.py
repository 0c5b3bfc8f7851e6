"""Snapshots of etcd on a member's machine: who looks after them, and how one is restored.

A timer of every member's looks; what it does is a step of the agent's, `snapshot-etcd`.
docs/adr/0030 says why so.
"""

from collections.abc import Mapping
from typing import Any

from machines.bundle import Head
from machines.etcd import OWNER, EtcdCluster
from machines.etcd_timers import STATE, Timed, timed_files
from machines.host_files import HostFile

RESTORE_PROGRAM = "/opt/heiiki/bin/etcdutl"
FILE = f"{STATE}/snapshot/etcd.db"
# Above what clients may have seen since the snapshot: a week at 1,500 writes a second (etcd 3.6,
# operations guide, disaster recovery: restoring with revision bump; read 2026-11-29).
BUMP_REVISION = 1_000_000_000
Step = dict[str, Any]


def looks_after_snapshots(minutes: int) -> Timed:
    """Four looks in an interval: what a member missed, or the leader, is late by a fourth of it."""
    return Timed(
        "snapshot",
        description="A snapshot of etcd, where the newest is old",
        looks="Looks whether etcd's newest snapshot is old",
        after="network-online.target etcd.service",
        unit=("Wants=network-online.target",),
        # etcd and its disk come first.
        service=("Nice=10", "IOSchedulingClass=idle", "OOMScoreAdjust=500"),
        most_seconds=3600,
        every_seconds=minutes * 15,
        spread_seconds=minutes * 3,  # of two that are late, one finds the other's
    )


def snapshot_files(
    cluster: EtcdCluster, head: Head, client: Mapping[str, Any], bucket: str
) -> tuple[HostFile, ...]:
    """None where nobody makes snapshots. client: how the member's agent asks etcd."""
    minutes = cluster.snapshot_minutes
    if minutes is None:
        return ()
    kept = ("member", "members", "ca", "certificate", "key")
    step = {"step": "snapshot-etcd", "bucket": bucket, "prefix": cluster.snapshots, "path": FILE,
            "intervalMinutes": minutes, **{name: client[name] for name in kept}}  # fmt: skip
    return timed_files(looks_after_snapshots(minutes), head, step)


def restore_steps(
    cluster: EtcdCluster, client: Mapping[str, Any], peers: Mapping[str, str], bucket: str
) -> tuple[Step, ...]:
    """What a member does that begins with a snapshot."""
    if cluster.restored_from is None:
        return ()
    step = {"step": "restore-etcd", **client, "peers": dict(peers), "token": cluster.token,
            "bucket": bucket, "snapshot": cluster.restored_from, "program": RESTORE_PROGRAM,
            "owner": OWNER, "bumpRevision": BUMP_REVISION}  # fmt: skip
    return (step,)


def timer_units(cluster: EtcdCluster) -> list[str]:
    """Started beside etcd: the first look comes when a member has long begun."""
    minutes = cluster.snapshot_minutes
    return [] if minutes is None else [looks_after_snapshots(minutes).timer]
