"""What each role's machines do when they boot, in order: the bundles that their user data names.

A machine is in service when what it is for answers. A member's is when its own process is alive,
since the first of three has no majority to wait for; a controller's when its API server is ready,
which needs etcd's, and has been given what controllers deliver; a worker's when the API server
knows its node.
"""

from typing import Any

from machines.agent.steps.wait_for import HOSTNAME
from machines.bundle import Bundle, render_bundle
from machines.bundle_parts import (
    READY_SECONDS,
    SECRET,
    Delivery,
    Kept,
    bundled,
    fetch_step,
    head_of,
    secrets_step,
    signal_steps,
)
from machines.cluster_manifests import APPLY_UNIT, KUBECTL
from machines.encryption import CONFIGURATION as ENCRYPTION
from machines.etcd import OWNER, EtcdCluster
from machines.etcd import PKI as ETCD_PKI
from machines.first_stage import DEADLINE_SECONDS, FirstStage, render_first_stage
from machines.kms_plugin import kms_plugin_parameter
from machines.kube_apiserver import TOKENS, ApiServerSwitches
from machines.member_bundles import etcd_programs, etcd_secrets, member_files, member_steps
from machines.overlay import CNI_PLUGINS
from machines.self_hosted_cluster import API_PORT, PKI, SelfHostedCluster, authority
from machines.self_hosted_files import Controller, controller_files, worker_files
from machines.self_hosted_kubelet import (
    BINARIES,
    KUBECONFIG,
    SelfHostedKubelet,
    await_controllers,
)
from machines.static_pods import MANIFESTS

CNI_FOLDER = "/opt/cni/bin"
ENCRYPTION_PARAMETER = "encryption-config.yaml"
KUBELET_PKI = "/var/lib/kubelet/pki"
KUBELET_CERTIFICATE = f"{KUBELET_PKI}/kubelet-client-current.pem"  # with its key
AUTHORITIES = ("kubernetes-ca", "kubelet-ca", "etcd-ca", "front-proxy-ca", "client-ca",
               "kubelet-signing-ca")  # fmt: skip
NODE_PROGRAMS = {
    "kubelet": f"{BINARIES}/kubelet",
    "aws-iam-authenticator": f"{BINARIES}/aws-iam-authenticator",
    **{name: f"{CNI_FOLDER}/{name}" for name in CNI_PLUGINS},
}
CONTROLLER_PROGRAMS = {"kubectl": KUBECTL}  # beside those of every node
# Beside those, where images come from ECR.
ECR_PROGRAMS = {"ecr-credential-provider": f"{BINARIES}/ecr-credential-provider"}
CONTROLLER = "controller"


def controller_bundle(
    cluster: SelfHostedCluster, controller: Controller, delivery: Delivery
) -> Bundle:
    """A controller's: a kubelet that runs the API server and what stands beside it."""
    steps = [
        fetch_step(delivery, _node_programs(cluster) | CONTROLLER_PROGRAMS),
        *_controller_steps(delivery, controller),
        *signal_steps(delivery),
    ]
    head = head_of(cluster.name, CONTROLLER, cluster.region, delivery)
    files = controller_files(cluster, controller)
    return render_bundle(head, steps, files=bundled(files), custom=delivery.custom)


def etcd_controller_bundle(
    cluster: SelfHostedCluster, controller: Controller, etcd: EtcdCluster, member: str, kept: Kept,
    delivery: Delivery, member_secrets: str,
) -> Bundle:  # fmt: skip
    """A controller's that a member lives on: the member first, since its API server asks it.

    It waits for no other machine before its own member runs, so members that begin find each other
    while each of their machines still waits for its API server, and nobody waits in a ring.
    member_secrets: the member's path of the secret store, beside the controllers' in `delivery`.
    """
    programs = etcd_programs(etcd) | _node_programs(cluster) | CONTROLLER_PROGRAMS
    keys = secrets_step(member_secrets, ETCD_PKI, etcd_secrets(member), OWNER)
    steps = [
        fetch_step(delivery, programs),
        *member_steps(etcd, member, kept, delivery, {**keys, "name": "take-member-secrets"}),
        *_controller_steps(delivery, controller),
        *signal_steps(delivery),
    ]
    head = head_of(cluster.name, f"{CONTROLLER}-{member}", cluster.region, delivery)
    files = (*member_files(etcd, head, member, delivery), *controller_files(cluster, controller))
    return render_bundle(head, steps, files=bundled(files), custom=delivery.custom)


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
        fetch_step(delivery, _node_programs(cluster)),
        secrets_step(delivery.secrets, PKI, ["kubernetes-ca.crt", "kubelet-signing-ca.crt"]),
        {"step": "start-units", "name": "start-containerd", "units": ["containerd.service"]},
        {"step": "wait-for", "name": "await-controllers", "command": await_controllers(cluster),
         "timeoutSeconds": READY_SECONDS},
        {"step": "start-units", "name": "start-kubelet", "units": ["kubelet.service"]},
        {"step": "require-signer", "certificate": KUBELET_CERTIFICATE,
         "authority": authority("kubelet-signing"), "unit": "kubelet.service",
         "forget": [KUBELET_PKI, KUBECONFIG], "timeoutSeconds": READY_SECONDS},
        {"step": "wait-for", "name": "wait-for-node",
         "https": f"{cluster.api_server}/api/v1/nodes/{HOSTNAME}", "ca": authority("kubernetes"),
         "certificate": KUBELET_CERTIFICATE, "key": KUBELET_CERTIFICATE,
         "timeoutSeconds": READY_SECONDS},
        *signal_steps(delivery),
    ]  # fmt: skip
    head = head_of(cluster.name, role, cluster.region, delivery)
    return render_bundle(head, steps, files=bundled(files), custom=delivery.custom)


def role_user_data(bundle: Bundle, region: str, delivery: Delivery) -> str:
    """What a launch template says: the first stage, which names the bundle by its digest. It gives
    up when the boot's time is over, at the latest."""
    return render_first_stage(
        FirstStage(
            region, delivery.dns_suffix, delivery.bucket, bundle.sha256, delivery.signal,
            deadline_seconds=min(DEADLINE_SECONDS, delivery.deadline_seconds),
        )
    )  # fmt: skip


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
    step = secrets_step(delivery.secrets, PKI, controller_secrets(switches))
    late = (kms_plugin_parameter(name) for name, arn in controller.kms_keys.items() if arn is None)
    step["files"] += [
        {"name": name, "path": f"{MANIFESTS}/{name}", "mode": SECRET} for name in late
    ]  # fmt: skip
    if switches.encryption == "local":  # that with a key of KMS is no secret, and in the bundle
        step["files"].append(
            {"name": ENCRYPTION_PARAMETER, "path": ENCRYPTION, "mode": SECRET}
        )  # fmt: skip
    return step


def _node_programs(cluster: SelfHostedCluster) -> dict[str, str]:
    return NODE_PROGRAMS | (ECR_PROGRAMS if ".dkr.ecr" in cluster.registry else {})


def _node_units() -> list[dict[str, Any]]:
    return [
        {"step": "start-units", "name": "start-containerd", "units": ["containerd.service"]},
        {"step": "start-units", "name": "start-kubelet", "units": ["kubelet.service"]},
    ]
