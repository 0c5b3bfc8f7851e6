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
    """As many pods, each on a node of its own, in as many zones as there are.

    replicas: as many as there are nodes at the least; one more waits for the next node.
    """
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
    """A zone may be lacking. Of nodes a wish would not do: all pods would go to the first node of a
    new cluster, and nobody moves them when others come. So two pods share a node only where every
    node has one, and while there is one node alone (minDomains) it takes one. Pods of the former
    template are not counted (matchLabelKeys): they go, and would be in the way of the new ones.
    """
    zones = {"topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
    nodes = {
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "minDomains": 2,
        "matchLabelKeys": ["pod-template-hash"],
    }
    return [{"maxSkew": 1, **where, "labelSelector": _selector(name)} for where in (zones, nodes)]


def _metadata(name: str) -> Document:
    return {"name": name, "namespace": SYSTEM, "labels": {"app.kubernetes.io/name": name}}


def _selector(name: str) -> Document:
    return {"matchLabels": {"app.kubernetes.io/name": name}}


def _template(name: str, pod: Document) -> Document:
    return {"metadata": {"labels": {"app.kubernetes.io/name": name}}, "spec": pod}
