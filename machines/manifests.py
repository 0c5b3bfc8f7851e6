"""Parts of Kubernetes manifests that several of ours share."""

from collections.abc import Sequence
from typing import Any

RBAC = "rbac.authorization.k8s.io"
SYSTEM = "kube-system"
Document = dict[str, Any]


def config_map(name: str, data: dict[str, str]) -> Document:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(name), "data": data}


def service_account(name: str) -> Document:
    """Mounted only by the pod that asks for it."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(name),
        "automountServiceAccountToken": False,
    }


def rule(
    groups: Sequence[str], resources: Sequence[str], verbs: Sequence[str], **more: Any
) -> Document:
    return {"apiGroups": list(groups), "resources": list(resources), **more, "verbs": list(verbs)}


def cluster_role(name: str, rules: Sequence[Document]) -> Document:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": list(rules),
    }


def group(name: str) -> Document:
    return {"apiGroup": RBAC, "kind": "Group", "name": name}


def user(name: str) -> Document:
    return {"apiGroup": RBAC, "kind": "User", "name": name}


def account(name: str) -> Document:
    return {"kind": "ServiceAccount", "name": name, "namespace": SYSTEM}


def cluster_role_binding(name: str, role: str, subject: Document) -> Document:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }


def role_binding(name: str, role: str, subject: Document) -> Document:
    """In the system's namespace."""
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": SYSTEM},  # a label takes no colon
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": role},
        "subjects": [subject],
    }


def daemon_set(name: str, pod: Document) -> Document:
    """One pod a node, replaced one node at a time."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": _metadata(name),
        "spec": {
            "selector": _selector(name),
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "template": _template(name, pod),
        },
    }


def deployment(name: str, replicas: int, pod: Document) -> Document:
    """As many pods, on as many nodes and in as many zones as there are."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(name),
        "spec": {
            "replicas": replicas,
            "selector": _selector(name),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "template": _template(name, pod | {"topologySpreadConstraints": _spread(name)}),
        },
    }


def _spread(name: str) -> list[Document]:
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": _selector(name),
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _metadata(name: str) -> Document:
    return {"name": name, "namespace": SYSTEM, "labels": {"app.kubernetes.io/name": name}}


def _selector(name: str) -> Document:
    return {"matchLabels": {"app.kubernetes.io/name": name}}


def _template(name: str, pod: Document) -> Document:
    return {"metadata": {"labels": {"app.kubernetes.io/name": name}}, "spec": pod}
