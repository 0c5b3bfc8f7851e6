"""Who looks whether a member's etcd is well: a timer of its machine, and a step of the agent's,
`watch-etcd`. docs/adr/0036 says what a member says of itself, and what is refused by it."""

from collections.abc import Mapping
from typing import Any

from machines.bundle import Head
from machines.etcd import DATA_VOLUME, METRICS_PORT, EtcdCluster
from machines.etcd_timers import Timed, timed_files
from machines.host_files import HostFile

# In the folder that the agent is asked for its state of.
REPORT = "/var/lib/heiiki/agent/etcd.json"
WATCH = Timed(
    "watch",
    description="Looks whether etcd is well",
    looks="Looks every minute whether etcd is well",
    after="etcd.service",
    # It has failed while something is wrong, and looks again all the same.
    unit=("StartLimitIntervalSec=0",),
    service=("OOMScoreAdjust=-500",),
    most_seconds=300,  # a look, and a restart of etcd where it hangs
    every_seconds=60,
    spread_seconds=10,  # members do not look, and restart, at the same moment
    writes=(DATA_VOLUME,),  # a file system is grown by who may write to it
)
TIMER, CONFIGURATION = WATCH.timer, WATCH.configuration


def watch_files(
    cluster: EtcdCluster, head: Head, client: Mapping[str, Any], bucket: str
) -> tuple[HostFile, ...]:
    """client: how the member's agent asks etcd."""
    kept = ("member", "members", "data", "ca", "certificate", "key")
    step = {"step": "watch-etcd", "bucket": bucket, "cluster": cluster.bootstrap,
            "http": f"http://127.0.0.1:{METRICS_PORT}/livez", "unit": "etcd.service",
            "path": REPORT, **{name: client[name] for name in kept}}  # fmt: skip
    return timed_files(WATCH, head, step)
