"""The approver of serving certificates: without one, no kubelet answers for logs and shells.

A kubelet asks for the names and addresses that it serves under, and may write the Node that says
them; so the approver asks EC2 instead (docs/adr/0025). It is a pod of the cluster on controllers,
as the cloud controller is: its account has few rights, and its token is changed by the hour.
"""

from machines.component_kubeconfig import OWN_API_SERVER
from machines.flags import Flag, arguments
from machines.manifests import (
    Document,
    account,
    cluster_role,
    cluster_role_binding,
    daemon_set,
    rule,
    service_account,
)
from machines.overlay import host_pod
from machines.self_hosted_cluster import API_PORT, SelfHostedCluster, trusted

NAME = "serving-approver"
ROLE = "heiiki:serving-certificate-approver"
CSR = "certificates.k8s.io"
PORT = 8085


def serving_approver_flags(cluster: SelfHostedCluster) -> tuple[Flag, ...]:
    return (
        Flag("cluster", cluster.name, "machines with this cluster's tag, and no others"),
        Flag("region", cluster.region, "its endpoint is in the VPC"),
        Flag("health-port", f"127.0.0.1:{PORT}", "the kubelet of the same machine asks"),
    )


def serving_approver_manifests(cluster: SelfHostedCluster) -> list[Document]:
    return [
        service_account(NAME),
        cluster_role(ROLE, _rules()),
        cluster_role_binding(ROLE, ROLE, account(NAME)),
        daemon_set(NAME, _pod(cluster)),
    ]


def _rules() -> list[Document]:
    """It reads no nodes, and decides for one signer."""
    signer = ["kubernetes.io/kubelet-serving"]
    return [
        rule([CSR], ["certificatesigningrequests"], ["get", "list", "watch"]),
        rule([CSR], ["certificatesigningrequests/approval"], ["update"]),
        rule([CSR], ["signers"], ["approve"], resourceNames=signer),
    ]


def _pod(cluster: SelfHostedCluster) -> Document:
    """It asks the API server beside it; while that is away, another controller's decides."""
    host = OWN_API_SERVER.removeprefix("https://").split(":")[0]
    probe = {"host": "127.0.0.1", "port": PORT}
    authorities = trusted(cluster)
    container = {
        "name": NAME,
        "image": cluster.images[NAME],
        "imagePullPolicy": "IfNotPresent",
        "command": [f"/{NAME}", *arguments(serving_approver_flags(cluster))],
        "env": [
            {"name": "KUBERNETES_SERVICE_HOST", "value": host},
            {"name": "KUBERNETES_SERVICE_PORT", "value": str(API_PORT)},
        ],
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "livenessProbe": {"httpGet": {"path": "/livez", **probe}},
        "readinessProbe": {"httpGet": {"path": "/healthz", **probe}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsUser": 0,
        },
        "volumeMounts": [
            {"name": "authorities", "mountPath": seen, "readOnly": True}
            for seen in authorities.values()
        ],
    }
    volumes: list[Document] = [
        {"name": "authorities", "hostPath": {"path": path, "type": "File"}} for path in authorities
    ]
    pod = host_pod(NAME, container, volumes)
    return pod | {"nodeSelector": {"node-role.kubernetes.io/control-plane": ""}}
