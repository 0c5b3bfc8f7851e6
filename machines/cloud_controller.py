"""The cloud controller: what AWS knows of nodes, and which of them have no machine any more.

Of Services it makes no load balancers, and no routes: docs/adr/0034.

A pod of the cluster on controllers, and not a static pod: it has an account of its own there, so no
further certificate has to be made, carried and renewed. It asks the API server beside it.
"""

from machines.component_kubeconfig import OWN_API_SERVER
from machines.host_files import HostFile
from machines.manifests import (
    Document,
    account,
    cluster_role,
    cluster_role_binding,
    daemon_set,
    role_binding,
    rule,
    service_account,
)
from machines.overlay import host_pod
from machines.self_hosted_cluster import API_PORT, FOLDER, SelfHostedCluster, trusted

NAME = "cloud-controller-manager"
CONFIGURATION = f"{FOLDER}/cloud.conf"
PORT = 10258
CONTROLLERS = ("cloud-node-controller", "cloud-node-lifecycle-controller")


def cloud_configuration_file(cluster: SelfHostedCluster) -> HostFile:
    lines = ["[Global]", f"KubernetesClusterID={cluster.name}"]
    return HostFile(CONFIGURATION, "\n".join(lines) + "\n")


def cloud_controller_manifests(cluster: SelfHostedCluster) -> list[Document]:
    return [
        service_account(NAME),
        cluster_role(f"heiiki:{NAME}", _rules()),
        cluster_role_binding(f"heiiki:{NAME}", f"heiiki:{NAME}", account(NAME)),
        role_binding(f"heiiki:{NAME}", "extension-apiserver-authentication-reader", account(NAME)),
        daemon_set(NAME, _pod(cluster)),
    ]


def _rules() -> list[Document]:
    return [
        rule([""], ["events"], ["create", "patch", "update"]),
        rule([""], ["nodes"], ["get", "list", "watch", "patch", "update", "delete"]),
        rule([""], ["nodes/status"], ["patch"]),
        rule([""], ["serviceaccounts"], ["create", "get", "list", "watch"]),
        rule([""], ["serviceaccounts/token"], ["create"]),
        rule([""], ["configmaps"], ["get", "list", "watch"],
             resourceNames=["extension-apiserver-authentication"]),
        rule(["coordination.k8s.io"], ["leases"], ["create", "get", "list", "watch", "update"]),
    ]  # fmt: skip


def _pod(cluster: SelfHostedCluster) -> Document:
    host = OWN_API_SERVER.removeprefix("https://").split(":")[0]
    files = {CONFIGURATION: ("config", CONFIGURATION)}
    files |= {there: ("authorities", seen) for there, seen in trusted(cluster).items()}
    mounts = [{"name": n, "mountPath": seen, "readOnly": True} for n, seen in files.values()]
    volumes: list[Document] = [
        {"name": name, "hostPath": {"path": path, "type": "File"}}
        for path, (name, _) in files.items()
    ]
    container = {
        "name": NAME,
        "image": cluster.images[NAME],
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "--cloud-provider=aws",
            f"--cloud-config={CONFIGURATION}",
            f"--cluster-name={cluster.name}",
            f"--controllers={','.join(CONTROLLERS)}",
            "--use-service-account-credentials=true",
            "--bind-address=127.0.0.1",
            f"--secure-port={PORT}",
            "--profiling=false",
        ],
        "env": [
            {"name": "KUBERNETES_SERVICE_HOST", "value": host},
            {"name": "KUBERNETES_SERVICE_PORT", "value": str(API_PORT)},
            {"name": "AWS_REGION", "value": cluster.region},
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "livenessProbe": {
            "httpGet": {"host": "127.0.0.1", "path": "/healthz", "port": PORT, "scheme": "HTTPS"}
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsUser": 0,
        },
        "volumeMounts": mounts,
    }
    pod = host_pod(NAME, container, volumes)
    return pod | {"nodeSelector": {"node-role.kubernetes.io/control-plane": ""}}
