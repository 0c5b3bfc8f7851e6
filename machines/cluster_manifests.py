"""What controllers deliver into the cluster themselves: the operator's machine need not reach it.

Files in the order in which they are applied; each may be applied again at any time, and is at every
boot of a controller (machines/apply_manifests_program.py says by whom).
"""

from pathlib import Path

from machines.authenticator import ADMINISTRATORS
from machines.bootstrap_tokens import bootstrap_manifests
from machines.cloud_controller import cloud_controller_manifests
from machines.core_dns import core_dns_manifests
from machines.host_files import HostFile
from machines.kube_apiserver import ApiServerSwitches
from machines.kube_proxy import CONFIGURATION, FOLDER, kube_proxy_data
from machines.manifests import (
    Document,
    account,
    cluster_role_binding,
    config_map,
    daemon_set,
    group,
    service_account,
    user,
)
from machines.overlay import flannel_manifests, host_pod
from machines.self_hosted_cluster import FOLDER as HOME
from machines.self_hosted_cluster import PKI, SelfHostedCluster, check_self_hosted_cluster
from machines.service_types import service_type_manifests
from machines.serving_approver import CSR, serving_approver_manifests
from machines.yaml_text import to_yaml

MANIFESTS = "/etc/kubernetes/cluster"
APPLY_PROGRAM = f"{HOME}/apply-manifests.py"
APPLY_UNIT = "heiiki-manifests.service"
KUBECTL = "/opt/heiiki/bin/kubectl"
_PROGRAM = Path(__file__).with_name("apply_manifests_program.py")
_UNIT = f"""\
[Unit]
Description=What controllers deliver into their cluster

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/python3 -I {APPLY_PROGRAM} {MANIFESTS} {PKI} {KUBECTL}
"""


def cluster_manifest_files(
    cluster: SelfHostedCluster, switches: ApiServerSwitches
) -> tuple[HostFile, ...]:
    """Rights come first, then what nodes need to be Ready, then the rest."""
    check_self_hosted_cluster(cluster)
    groups = {
        "10-rights": rights(switches),
        "20-kube-proxy": kube_proxy_manifests(cluster),
        "30-flannel": flannel_manifests(cluster),
        "40-cloud-controller": cloud_controller_manifests(cluster),
        "50-coredns": core_dns_manifests(cluster),
        "60-serving-approver": serving_approver_manifests(cluster),
        "70-service-types": service_type_manifests(),
    }
    return tuple(
        HostFile(f"{MANIFESTS}/{name}.yaml", "---\n".join(to_yaml(d) for d in documents))
        for name, documents in groups.items()
    )


def applying_files() -> tuple[HostFile, ...]:
    """The program that applies them, and its unit."""
    return (
        HostFile(APPLY_PROGRAM, _PROGRAM.read_text(encoding="utf-8")),
        HostFile(f"/etc/systemd/system/{APPLY_UNIT}", _UNIT),
    )


def rights(switches: ApiServerSwitches) -> list[Document]:
    """Who may what beyond what Kubernetes gives on its own."""
    documents = [
        cluster_role_binding("heiiki:administrators", "cluster-admin", group(ADMINISTRATORS)),
        # The API server asks kubelets for logs and shells as this user.
        cluster_role_binding(
            "heiiki:kube-apiserver-kubelet-client",
            "system:kubelet-api-admin",
            user("kube-apiserver-kubelet-client"),
        ),
        # A machine that is a node already, by IAM or by its certificate, asks for one of its own.
        cluster_role_binding(
            "heiiki:nodes-ask-for-themselves",
            f"system:{CSR}:certificatesigningrequests:selfnodeclient",
            group("system:nodes"),
        ),
    ]
    return documents + (bootstrap_manifests() if switches.bootstrap_tokens else [])


def kube_proxy_manifests(cluster: SelfHostedCluster) -> list[Document]:
    """On every node, with the rights that Kubernetes keeps for it."""
    name = "kube-proxy"
    container = {
        "name": name,
        "image": cluster.images[name],
        "imagePullPolicy": "IfNotPresent",
        "command": [name, f"--config={CONFIGURATION}", "--hostname-override=$(NODE_NAME)"],
        "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        "livenessProbe": {"httpGet": {"host": "127.0.0.1", "path": "/livez", "port": 10256}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]},
            "readOnlyRootFilesystem": True,
            "runAsUser": 0,
        },
        "volumeMounts": [{"name": "config", "mountPath": FOLDER, "readOnly": True}],
    }
    pod = host_pod(name, container, [{"name": "config", "configMap": {"name": name}}])
    return [
        service_account(name),
        cluster_role_binding("heiiki:kube-proxy", "system:node-proxier", account(name)),
        config_map(name, kube_proxy_data(cluster)),
        daemon_set(name, pod),
    ]
