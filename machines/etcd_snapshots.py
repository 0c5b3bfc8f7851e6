"""Snapshots of etcd on a member's machine: who looks after them, and how one is restored.

A timer of every member's looks; what it does is a step of the agent's, `snapshot-etcd`, told by a
file of its own, since a boot's steps are done once. docs/adr/0030 says why so.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from machines.bundle import Head, agent_configuration
from machines.etcd import FOLDER, OWNER, EtcdCluster
from machines.host_files import HostFile

RESTORE_PROGRAM = "/opt/heiiki/bin/etcdutl"
TIMER = "heiiki-etcd-snapshot.timer"
SERVICE = "heiiki-etcd-snapshot.service"
CONFIGURATION = f"{FOLDER}/snapshots.json"
STATE = "/var/lib/heiiki/snapshots"
FILE = f"{STATE}/etcd.db"
# Above what clients may have seen since the snapshot: a week at 1,500 writes a second (etcd 3.6,
# operations guide, disaster recovery: restoring with revision bump; read 2026-11-29).
BUMP_REVISION = 1_000_000_000
Step = dict[str, Any]

UNIT = f"""\
[Unit]
Description=A snapshot of etcd, where the newest is old
Wants=network-online.target
After=network-online.target etcd.service

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -I /opt/heiiki/current/agent.pyz once \
  --config {CONFIGURATION} --state {STATE}
TimeoutStartSec=3600
# etcd and its disk come first.
Nice=10
IOSchedulingClass=idle
OOMScoreAdjust=500
UMask=0077
NoNewPrivileges=true
ProtectSystem=strict
ReadWritePaths=/var/lib/heiiki
ProtectHome=true
PrivateTmp=true
"""


def render_timer(minutes: int) -> str:
    """Four looks in an interval: what a member missed, or the leader, is late by a fourth of it."""
    return f"""\
[Unit]
Description=Looks whether etcd's newest snapshot is old

[Timer]
OnActiveSec={minutes * 15}s
OnUnitInactiveSec={minutes * 15}s
# Members do not look at the same moment: of two that are late, one finds the other's.
RandomizedDelaySec={minutes * 3}s
AccuracySec=1s

[Install]
WantedBy=multi-user.target
"""


def snapshot_files(
    cluster: EtcdCluster, head: Head, client: Mapping[str, Any], bucket: str
) -> tuple[HostFile, ...]:
    """The timer, its service and what that is told; none where nobody makes snapshots.

    client: how the member's agent asks etcd.
    """
    minutes = cluster.snapshot_minutes
    if minutes is None:
        return ()
    kept = ("member", "members", "ca", "certificate", "key")
    step = {"step": "snapshot-etcd", "bucket": bucket, "prefix": cluster.snapshots, "path": FILE,
            "intervalMinutes": minutes, **{name: client[name] for name in kept}}  # fmt: skip
    told = agent_configuration(replace(head, signal=None), [step]).decode()
    return (
        HostFile(CONFIGURATION, told),
        HostFile(f"/etc/systemd/system/{SERVICE}", UNIT),
        HostFile(f"/etc/systemd/system/{TIMER}", render_timer(minutes)),
    )


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
    return [] if cluster.snapshot_minutes is None else [TIMER]
