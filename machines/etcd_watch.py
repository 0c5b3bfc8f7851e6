"""Who looks whether a member's etcd is well: a timer of its machine, and a step of the agent's.

The step, `watch-etcd`, is told by a file of its own, since a boot's steps are done once.
docs/adr/0036 says what a member says of itself, and what is refused by it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from machines.bundle import Head, agent_configuration
from machines.etcd import FOLDER, METRICS_PORT, EtcdCluster
from machines.host_files import HostFile

TIMER = "heiiki-etcd-watch.timer"
SERVICE = "heiiki-etcd-watch.service"
CONFIGURATION = f"{FOLDER}/watch.json"
STATE = "/var/lib/heiiki/watch"
# In the folder that the agent is asked for its state of.
REPORT = "/var/lib/heiiki/agent/etcd.json"

UNIT = f"""\
[Unit]
Description=Looks whether etcd is well
After=etcd.service
# It has failed while something is wrong, and looks again all the same.
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -I /opt/heiiki/current/agent.pyz once \\
  --config {CONFIGURATION} --state {STATE}
# A look, and a restart of etcd where it hangs.
TimeoutStartSec=300
OOMScoreAdjust=-500
UMask=0077
NoNewPrivileges=true
ProtectSystem=strict
ReadWritePaths=/var/lib/heiiki
ProtectHome=true
PrivateTmp=true
"""

TIMER_UNIT = """\
[Unit]
Description=Looks every minute whether etcd is well

[Timer]
OnActiveSec=60s
OnUnitInactiveSec=60s
# Members do not look, and restart, at the same moment.
RandomizedDelaySec=10s
AccuracySec=1s

[Install]
WantedBy=multi-user.target
"""


def watch_files(
    cluster: EtcdCluster, head: Head, client: Mapping[str, Any], bucket: str
) -> tuple[HostFile, ...]:
    """The timer, its service and what that is told. client: how the member's agent asks etcd."""
    kept = ("member", "members", "data", "ca", "certificate", "key")
    step = {"step": "watch-etcd", "bucket": bucket, "cluster": cluster.bootstrap,
            "http": f"http://127.0.0.1:{METRICS_PORT}/livez", "unit": "etcd.service",
            "path": REPORT, **{name: client[name] for name in kept}}  # fmt: skip
    told = agent_configuration(replace(head, signal=None), [step]).decode()
    return (
        HostFile(CONFIGURATION, told),
        HostFile(f"/etc/systemd/system/{SERVICE}", UNIT),
        HostFile(f"/etc/systemd/system/{TIMER}", TIMER_UNIT),
    )
