"""What a member's machine does by a timer: a step of the agent's, told by a file of its own, since
a boot's steps are done once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from machines.bundle import Head, agent_configuration
from machines.etcd import FOLDER
from machines.host_files import HostFile

STATE = "/var/lib/heiiki"  # what its service may write to in any case


@dataclass(frozen=True, slots=True)
class Timed:
    """name: of its units, `heiiki-etcd-<name>`, of its file and of its folder below STATE.

    description, looks: what the service does, and the timer. after: units that it comes after.
    service: more of its section [Service], and unit of its section [Unit], line by line.
    most_seconds: how long it may take. every_seconds: the pause between two. spread_seconds: by
    which members differ, so that they do not look at the same moment.
    writes: further folders that it may write to, whether they are there or not.
    """

    name: str
    description: str
    looks: str
    after: str
    service: Sequence[str]
    most_seconds: int
    every_seconds: int
    spread_seconds: int
    unit: Sequence[str] = ()
    writes: Sequence[str] = ()

    @property
    def timer(self) -> str:
        return f"heiiki-etcd-{self.name}.timer"

    @property
    def configuration(self) -> str:
        return f"{FOLDER}/{self.name}.json"


def timed_files(timed: Timed, head: Head, step: Mapping[str, Any]) -> tuple[HostFile, ...]:
    """The timer, its service and what that is told. head: of the bundle that they are in."""
    told = agent_configuration(replace(head, signal=None), [step]).decode()
    units = "/etc/systemd/system"
    return (
        HostFile(timed.configuration, told),
        HostFile(f"{units}/heiiki-etcd-{timed.name}.service", _service(timed)),
        HostFile(f"{units}/{timed.timer}", _timer(timed)),
    )


def _service(timed: Timed) -> str:
    writes = " ".join([STATE, *(f"-{folder}" for folder in timed.writes)])
    return "\n".join([
        "[Unit]",
        f"Description={timed.description}",
        f"After={timed.after}",
        *timed.unit,
        "",
        "[Service]",
        "Type=oneshot",
        "ExecStart=/usr/bin/python3 -I /opt/heiiki/current/agent.pyz once \\",
        f"  --config {timed.configuration} --state {STATE}/{timed.name}",
        f"TimeoutStartSec={timed.most_seconds}",
        *timed.service,
        "UMask=0077",
        "NoNewPrivileges=true",
        "ProtectSystem=strict",
        f"ReadWritePaths={writes}",
        "ProtectHome=true",
        "PrivateTmp=true",
        "",
    ])  # fmt: skip


def _timer(timed: Timed) -> str:
    return f"""\
[Unit]
Description={timed.looks}

[Timer]
OnActiveSec={timed.every_seconds}s
OnUnitInactiveSec={timed.every_seconds}s
RandomizedDelaySec={timed.spread_seconds}s
AccuracySec=1s

[Install]
WantedBy=multi-user.target
"""
