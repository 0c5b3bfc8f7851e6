"""What names and groups of certificates may do, given by bindings that can be taken back.

CIS Kubernetes Benchmark 1.12, 5.1.7: avoid the group system:masters. Its members are let through
before any rule is read, so what a certificate of it may do ends with the certificate alone.
"""

from dataclasses import dataclass
from typing import Any, Literal

from plan.pki.table import ADMINISTRATORS


@dataclass(frozen=True, slots=True)
class Binding:
    """A ClusterRoleBinding of one subject to a role that Kubernetes itself makes."""

    name: str
    role: str
    subject_kind: Literal["Group", "User"]
    subject: str
    why: str


BINDINGS = (
    Binding("heiiki:administrators", "cluster-admin", "Group", ADMINISTRATORS,
            "People who administer the cluster, by IAM or by a short-lived certificate"),
    Binding("heiiki:kube-apiserver-kubelet-client", "system:kubelet-api-admin", "User",
            "kube-apiserver-kubelet-client",
            "The API server asks kubelets for logs, exec and metrics; kubelets ask it in turn "
            "whether it may"),
)  # fmt: skip


def binding_manifest(binding: Binding) -> dict[str, Any]:
    """The object as the API takes it."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": binding.name, "annotations": {"heiiki/why": binding.why}},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": binding.role},
        "subjects": [{"apiGroup": group, "kind": binding.subject_kind, "name": binding.subject}],
    }
