"""What a machine of a member of etcd does when it boots, alone or before a controller's part."""

from typing import Any

from machines.bundle import Bundle, Head, render_bundle
from machines.bundle_parts import (
    READY_SECONDS,
    Delivery,
    Kept,
    bundled,
    fetch_step,
    head_of,
    secrets_step,
    signal_steps,
)
from machines.etcd import (
    DATA,
    DATA_VOLUME,
    METRICS_PORT,
    OWNER,
    PROGRAM,
    STATE_FILE,
    EtcdCluster,
    etcd_member_files,
)
from machines.etcd import FOLDER as ETCD_FOLDER
from machines.etcd import PKI as ETCD_PKI
from machines.etcd_snapshots import RESTORE_PROGRAM, restore_steps, snapshot_files, timer_units
from machines.etcd_watch import TIMER as WATCH_TIMER
from machines.etcd_watch import watch_files
from machines.host_files import HostFile

BOOTSTRAP_FILE = f"{ETCD_FOLDER}/bootstrap.json"
ETCD_PROGRAMS = {"etcd": PROGRAM}
RESTORE_PROGRAMS = {"etcdutl": RESTORE_PROGRAM}  # beside it, where a snapshot is restored


def etcd_bundle(cluster: EtcdCluster, member: str, kept: Kept, delivery: Delivery) -> Bundle:
    """A member's: it takes over its volume and its address, and begins, with a snapshot where one
    is named, or joins. From then on it looks after snapshots."""
    steps = [
        fetch_step(delivery, etcd_programs(cluster)),
        *member_steps(
            cluster, member, kept, delivery,
            secrets_step(delivery.secrets, ETCD_PKI, etcd_secrets(member), OWNER),
        ),
        *signal_steps(delivery),
    ]  # fmt: skip
    head = head_of(cluster.name, f"etcd-{member}", cluster.region, delivery)
    files = member_files(cluster, head, member, delivery)
    return render_bundle(head, steps, files=bundled(files), custom=delivery.custom)


def etcd_programs(cluster: EtcdCluster) -> dict[str, str]:
    """By name, with the path of each."""
    return ETCD_PROGRAMS | (RESTORE_PROGRAMS if cluster.restored_from is not None else {})


def member_files(
    cluster: EtcdCluster, head: Head, member: str, delivery: Delivery
) -> tuple[HostFile, ...]:
    """head: of the bundle that they are in."""
    client = _etcd_client(cluster, member)
    return (*etcd_member_files(cluster, member),
            *snapshot_files(cluster, head, client, delivery.bucket),
            *watch_files(cluster, head, client, delivery.bucket))  # fmt: skip


def member_steps(
    cluster: EtcdCluster, member: str, kept: Kept, delivery: Delivery, secrets: dict[str, Any]
) -> list[dict[str, Any]]:
    """From an empty machine with its programs to a member that counts. secrets: how it takes its
    keys."""
    client = _etcd_client(cluster, member)
    place = {"bucket": delivery.bucket, "cluster": cluster.bootstrap}
    asking = {name: value for name, value in client.items() if name != "claim"}
    snapshot = {} if cluster.restored_from is None else {"snapshot": cluster.restored_from}
    return [
        {"step": "attach-volume", "tags": dict(kept.tags), "device": kept.device},
        {"step": "attach-interface", "tags": dict(kept.tags), "subnetCidr": kept.subnet_cidr},
        {"step": "mount", "volume": "attach-volume", "path": DATA_VOLUME,
         "cluster": cluster.name, "member": member},
        {"step": "claim-bootstrap", **place, "member": member, "members": _peer_urls(cluster),
         "token": cluster.token, "path": BOOTSTRAP_FILE, "volume": "attach-volume",
         "environment": STATE_FILE, **snapshot},
        secrets,
        *restore_steps(cluster, client, _peer_urls(cluster), delivery.bucket),
        {"step": "refuse-old-data", **place, **asking},
        {"step": "join-etcd", **place, "peers": _peer_urls(cluster), **client},
        {"step": "start-units", "name": "start-etcd",
         "units": ["etcd.service", WATCH_TIMER, *timer_units(cluster)]},
        {"step": "wait-for", "name": "wait-for-member",
         "http": f"http://127.0.0.1:{METRICS_PORT}/livez", "timeoutSeconds": READY_SECONDS},
        {"step": "settle-etcd", **place, **client},
    ]  # fmt: skip


def etcd_secrets(member: str) -> list[str]:
    """The parameters that a member reads, each a file of this name."""
    pairs = [f"etcd-{use}-{member}" for use in ("server", "peer", "health-client")]
    return ["etcd-ca.crt", *(f"{name}.{kind}" for name in pairs for kind in ("crt", "key"))]


def _etcd_client(cluster: EtcdCluster, member: str) -> dict[str, Any]:
    """How a member's agent asks the others."""
    pair = f"{ETCD_PKI}/etcd-health-client-{member}"
    return {
        "claim": "claim-bootstrap",
        "member": member,
        "members": dict(zip(cluster.members, cluster.endpoints, strict=True)),
        "data": DATA,
        "ca": f"{ETCD_PKI}/etcd-ca.crt",
        "certificate": f"{pair}.crt",
        "key": f"{pair}.key",
        "timeoutSeconds": READY_SECONDS,
    }


def _peer_urls(cluster: EtcdCluster) -> dict[str, str]:
    return dict(part.split("=", 1) for part in cluster.initial_cluster.split(","))
