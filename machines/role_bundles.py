"""What each role's machines do when they boot, in order: the bundles that their user data names.

A machine is in service when what it is for answers. A member's is when its own process is alive,
since the first of three has no majority to wait for; a controller's when its API server is ready,
which needs etcd's, and has been given what controllers deliver; a worker's when the API server
knows its node.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from machines import checks
from machines.agent.steps.wait_for import HOSTNAME
from machines.bundle import Bundle, Head, render_bundle
from machines.bundle_files import Additions, BundleFile
from machines.cluster_manifests import APPLY_UNIT, KUBECTL
from machines.encryption import CONFIGURATION as ENCRYPTION
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
from machines.first_stage import FirstStage, render_first_stage
from machines.host_files import HostFile
from machines.kms_plugin import kms_plugin_parameter
from machines.kube_apiserver import TOKENS, ApiServerSwitches
from machines.overlay import CNI_PLUGINS
from machines.self_hosted_cluster import API_PORT, PKI, SelfHostedCluster, authority
from machines.self_hosted_files import Controller, controller_files, worker_files
from machines.self_hosted_kubelet import BINARIES, SelfHostedKubelet
from machines.static_pods import MANIFESTS

CNI_FOLDER = "/opt/cni/bin"
BOOTSTRAP_FILE = f"{ETCD_FOLDER}/bootstrap.json"
DATA_DEVICE = "/dev/sdf"
ENCRYPTION_PARAMETER = "encryption-config.yaml"
READY_SECONDS = 900  # for what waits for others; the time of the whole boot is the delivery's
KUBELET_CERTIFICATE = "/var/lib/kubelet/pki/kubelet-client-current.pem"  # with its key
AUTHORITIES = ("kubernetes-ca", "kubelet-ca", "etcd-ca", "front-proxy-ca", "client-ca",
               "kubelet-signing-ca")  # fmt: skip
ETCD_PROGRAMS = {"etcd": PROGRAM}
RESTORE_PROGRAMS = {"etcdutl": RESTORE_PROGRAM}  # beside it, where a snapshot is restored
NODE_PROGRAMS = {
    "kubelet": f"{BINARIES}/kubelet",
    "aws-iam-authenticator": f"{BINARIES}/aws-iam-authenticator",
    **{name: f"{CNI_FOLDER}/{name}" for name in CNI_PLUGINS},
}
CONTROLLER_PROGRAMS = {"kubectl": KUBECTL}  # beside those of every node
# Beside those, where images come from ECR.
ECR_PROGRAMS = {"ecr-credential-provider": f"{BINARIES}/ecr-credential-provider"}
CONTROLLER = "controller"
_PUBLIC, _SECRET = "0644", "0600"


@dataclass(frozen=True, slots=True)
class Program:
    """An object of the bucket, `binaries/<sha256>`. unpacked_sha256: of what a gzip holds."""

    sha256: str
    unpacked_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where one role's machines take what they run, and who waits for them.

    secrets: the role's path of the secret store. programs: by name, those of the role at least.
    programs_bucket: that holds them; by default the one that all else is in.
    signal: group and hook, or None where no group waits. custom: of the stack file.
    """

    bucket: str
    dns_suffix: str
    secrets: str
    programs: Mapping[str, Program]
    signal: Mapping[str, str] | None = None
    custom: Additions = field(default_factory=Additions)
    deadline_seconds: int = 1800
    programs_bucket: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives a member's machines. tags: that its volume and its interface alone have.

    subnet_cidr: of the subnet that the interface lies in.
    """

    tags: Mapping[str, str]
    subnet_cidr: str
    device: str = DATA_DEVICE


def etcd_bundle(cluster: EtcdCluster, member: str, kept: Kept, delivery: Delivery) -> Bundle:
    """A member's: it takes over its volume and its address, and begins, with a snapshot where one
    is named, or joins. From then on it looks after snapshots."""
    steps = [
        _fetch(delivery, _etcd_programs(cluster)),
        *_member_steps(
            cluster, member, kept, delivery,
            _secrets(delivery.secrets, ETCD_PKI, etcd_secrets(member), OWNER),
        ),
        *_signal(delivery),
    ]  # fmt: skip
    head = _head(cluster.name, f"etcd-{member}", cluster.region, delivery)
    files = _member_files(cluster, head, member, delivery)
    return render_bundle(head, steps, files=_bundled(files), custom=delivery.custom)


def _etcd_programs(cluster: EtcdCluster) -> dict[str, str]:
    return ETCD_PROGRAMS | (RESTORE_PROGRAMS if cluster.restored_from is not None else {})


def _member_files(
    cluster: EtcdCluster, head: Head, member: str, delivery: Delivery
) -> tuple[HostFile, ...]:
    client = _etcd_client(cluster, member)
    return (*etcd_member_files(cluster, member),
            *snapshot_files(cluster, head, client, delivery.bucket))  # fmt: skip


def _member_steps(
    cluster: EtcdCluster, member: str, kept: Kept, delivery: Delivery, secrets: dict[str, Any]
) -> list[dict[str, Any]]:
    """From an empty machine with its programs to a member that counts. secrets: how it takes its
    keys."""
    client = _etcd_client(cluster, member)
    snapshot = {} if cluster.restored_from is None else {"snapshot": cluster.restored_from}
    return [
        {"step": "attach-volume", "tags": dict(kept.tags), "device": kept.device},
        {"step": "attach-interface", "tags": dict(kept.tags), "subnetCidr": kept.subnet_cidr},
        {"step": "mount", "volume": "attach-volume", "path": DATA_VOLUME,
         "cluster": cluster.name, "member": member},
        {"step": "claim-bootstrap", "bucket": delivery.bucket, "cluster": cluster.bootstrap,
         "member": member, "members": _peer_urls(cluster), "token": cluster.token,
         "path": BOOTSTRAP_FILE, "volume": "attach-volume", "environment": STATE_FILE,
         **snapshot},
        secrets,
        *restore_steps(cluster, client, _peer_urls(cluster), delivery.bucket),
        {"step": "join-etcd", "peers": _peer_urls(cluster), **client},
        {"step": "start-units", "name": "start-etcd",
         "units": ["etcd.service", *timer_units(cluster)]},
        {"step": "wait-for", "name": "wait-for-member",
         "http": f"http://127.0.0.1:{METRICS_PORT}/livez", "timeoutSeconds": READY_SECONDS},
        {"step": "settle-etcd", "bucket": delivery.bucket, "cluster": cluster.bootstrap, **client},
    ]  # fmt: skip


def controller_bundle(
    cluster: SelfHostedCluster, controller: Controller, delivery: Delivery
) -> Bundle:
    """A controller's: a kubelet that runs the API server and what stands beside it."""
    steps = [
        _fetch(delivery, _node_programs(cluster) | CONTROLLER_PROGRAMS),
        *_controller_steps(delivery, controller),
        *_signal(delivery),
    ]
    head = _head(cluster.name, CONTROLLER, cluster.region, delivery)
    files = controller_files(cluster, controller)
    return render_bundle(head, steps, files=_bundled(files), custom=delivery.custom)


def etcd_controller_bundle(
    cluster: SelfHostedCluster, controller: Controller, etcd: EtcdCluster, member: str, kept: Kept,
    delivery: Delivery, member_secrets: str,
) -> Bundle:  # fmt: skip
    """A controller's that a member lives on: the member first, since its API server asks it.

    It waits for no other machine before its own member runs, so members that begin find each other
    while each of their machines still waits for its API server, and nobody waits in a ring.
    member_secrets: the member's path of the secret store, beside the controllers' in `delivery`.
    """
    programs = _etcd_programs(etcd) | _node_programs(cluster) | CONTROLLER_PROGRAMS
    keys = _secrets(member_secrets, ETCD_PKI, etcd_secrets(member), OWNER)
    steps = [
        _fetch(delivery, programs),
        *_member_steps(etcd, member, kept, delivery, {**keys, "name": "take-member-secrets"}),
        *_controller_steps(delivery, controller),
        *_signal(delivery),
    ]
    head = _head(cluster.name, f"{CONTROLLER}-{member}", cluster.region, delivery)
    files = (*_member_files(etcd, head, member, delivery), *controller_files(cluster, controller))
    return render_bundle(head, steps, files=_bundled(files), custom=delivery.custom)


def _controller_steps(delivery: Delivery, controller: Controller) -> list[dict[str, Any]]:
    """From a machine with its programs to an API server that answers and has what it delivers."""
    return [
        _controller_secrets(delivery, controller),
        *_node_units(),
        {"step": "wait-for", "name": "wait-for-api-server",
         "https": f"https://127.0.0.1:{API_PORT}/readyz", "ca": authority("kubernetes"),
         "timeoutSeconds": READY_SECONDS},
        {"step": "start-units", "name": "apply-manifests", "units": [APPLY_UNIT]},
    ]  # fmt: skip


def worker_bundle(
    cluster: SelfHostedCluster, kubelet: SelfHostedKubelet, delivery: Delivery,
    *, role: str = "worker", restrict_oom_score_adj: bool = False,
) -> Bundle:  # fmt: skip
    """A worker's. role: what the machines of its pool are called.

    restrict_oom_score_adj: as for containerd (machines/containerd.py).
    """
    files = worker_files(cluster, kubelet, restrict_oom_score_adj=restrict_oom_score_adj)
    steps = [
        _fetch(delivery, _node_programs(cluster)),
        _secrets(delivery.secrets, PKI, ["kubernetes-ca.crt"]),
        *_node_units(),
        {"step": "wait-for", "name": "wait-for-node",
         "https": f"{cluster.api_server}/api/v1/nodes/{HOSTNAME}", "ca": authority("kubernetes"),
         "certificate": KUBELET_CERTIFICATE, "key": KUBELET_CERTIFICATE,
         "timeoutSeconds": READY_SECONDS},
        *_signal(delivery),
    ]  # fmt: skip
    head = _head(cluster.name, role, cluster.region, delivery)
    return render_bundle(head, steps, files=_bundled(files), custom=delivery.custom)


def role_user_data(bundle: Bundle, region: str, delivery: Delivery) -> str:
    """What a launch template says: the first stage, which names the bundle by its digest."""
    return render_first_stage(
        FirstStage(region, delivery.dns_suffix, delivery.bucket, bundle.sha256, delivery.signal)
    )


def etcd_secrets(member: str) -> list[str]:
    """The parameters that a member reads, each a file of this name."""
    pairs = [f"etcd-{use}-{member}" for use in ("server", "peer", "health-client")]
    return ["etcd-ca.crt", *(f"{name}.{kind}" for name in pairs for kind in ("crt", "key"))]


def controller_secrets(switches: ApiServerSwitches) -> list[str]:
    """Those that a controller reads into its folder of keys."""
    pairs = ["kube-apiserver", "kube-apiserver-kubelet-client", "kube-apiserver-etcd-client"]
    if switches.client_certificates:
        pairs += ["kube-controller-manager", "kube-scheduler"]
    if switches.aggregation:
        pairs.append("front-proxy-client")
    if switches.webhook:
        pairs.append("authenticator")
    names = [f"{name}.crt" for name in AUTHORITIES]
    names += [f"{name}.{kind}" for name in pairs for kind in ("crt", "key")]
    names += ["kubelet-ca.key", "service-account.key", "service-account.pub"]
    if switches.static_tokens:
        names.append(TOKENS.rpartition("/")[2])
    if not switches.client_certificates:
        names += ["kube-controller-manager.token", "kube-scheduler.token"]
    return names


def _controller_secrets(delivery: Delivery, controller: Controller) -> dict[str, Any]:
    switches = controller.api_server.switches
    step = _secrets(delivery.secrets, PKI, controller_secrets(switches))
    late = (kms_plugin_parameter(name) for name, arn in controller.kms_keys.items() if arn is None)
    step["files"] += [
        {"name": name, "path": f"{MANIFESTS}/{name}", "mode": _SECRET} for name in late
    ]  # fmt: skip
    if switches.encryption == "local":  # that with a key of KMS is no secret, and in the bundle
        step["files"].append(
            {"name": ENCRYPTION_PARAMETER, "path": ENCRYPTION, "mode": _SECRET}
        )  # fmt: skip
    return step


def _node_programs(cluster: SelfHostedCluster) -> dict[str, str]:
    return NODE_PROGRAMS | (ECR_PROGRAMS if ".dkr.ecr" in cluster.registry else {})


def _node_units() -> list[dict[str, Any]]:
    return [
        {"step": "start-units", "name": "start-containerd", "units": ["containerd.service"]},
        {"step": "start-units", "name": "start-kubelet", "units": ["kubelet.service"]},
    ]


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


def _fetch(delivery: Delivery, wanted: Mapping[str, str]) -> dict[str, Any]:
    """wanted: name to path."""
    if missing := sorted(wanted.keys() - delivery.programs.keys()):
        raise checks.fault(
            "programs", ", ".join(missing), "are missing; carry them in, and name each by its "
            "digest"
        )  # fmt: skip
    rows = []
    for name, path in sorted(wanted.items()):
        program = delivery.programs[name]
        row = {"sha256": program.sha256, "path": path}
        if program.unpacked_sha256 is not None:
            row["unpackedSha256"] = program.unpacked_sha256
        rows.append(row)
    bucket = delivery.programs_bucket or delivery.bucket
    return {"step": "fetch-binaries", "bucket": bucket, "binaries": rows}


def _secrets(
    parameters: str, folder: str, names: Iterable[str], owner: str = "root:root"
) -> dict[str, Any]:
    """parameters: the path of the secret store that they lie in."""
    rows = [
        {"name": name, "path": f"{folder}/{name}", "owner": owner,
         "mode": _PUBLIC if name.endswith((".crt", ".pub")) else _SECRET}
        for name in names
    ]  # fmt: skip
    return {"step": "take-secrets", "parameters": parameters, "files": rows}


def _signal(delivery: Delivery) -> Sequence[dict[str, Any]]:
    return () if delivery.signal is None else ({"step": "signal"},)


def _head(cluster: str, role: str, region: str, delivery: Delivery) -> Head:
    return Head(cluster, role, region, delivery.dns_suffix, delivery.signal,
                delivery.deadline_seconds)  # fmt: skip


def _bundled(files: Iterable[HostFile]) -> list[BundleFile]:
    return [
        BundleFile(file.path, file.content.encode(), f"{file.mode:04o}", file.owner)
        for file in files
    ]
