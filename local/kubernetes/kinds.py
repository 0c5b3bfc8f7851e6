"""The kinds of Kubernetes: which are namespaced, how they are named, what they hold.

Sources: the resource types of pulumi-kubernetes 4.34.2; scopes as in
https://kubernetes.io/docs/reference/kubernetes-api/, names as in
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ (Kubernetes 1.36). What
replaces: provider/pkg/provider/diff.go of github.com/pulumi/pulumi-kubernetes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from local.provider_answers import ProviderError


@dataclass(frozen=True)
class NameRule:
    words: str
    pattern: re.Pattern[str]
    longest: int

    def admits(self, name: str) -> bool:
        return len(name) <= self.longest and self.pattern.fullmatch(name) is not None


_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN: Final = NameRule(
    "an RFC 1123 subdomain: lower-case letters, digits, '-' and '.', up to 253 characters, "
    "beginning and ending with a letter or digit",
    re.compile(rf"{_LABEL}(\.{_LABEL})*"),
    253,
)
LABEL: Final = NameRule(
    "an RFC 1123 label: lower-case letters, digits and '-', up to 63 characters, beginning and "
    "ending with a letter or digit",
    re.compile(_LABEL),
    63,
)
SERVICE_LABEL: Final = NameRule(
    "an RFC 1035 label: lower-case letters, digits and '-', up to 63 characters, beginning with a "
    "letter and ending with a letter or digit",
    re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?"),
    63,
)
PATH_SEGMENT: Final = NameRule(
    "one segment of a path: without '/' and '%', and neither '.' nor '..'",
    re.compile(r"(?!\.{1,2}\Z)[^/%\x00-\x1f]+"),
    253,
)


@dataclass(frozen=True)
class Kind:
    """What is known of a kind without asking a server.

    Attributes:
        fields: what may stand beside apiVersion, kind and metadata; None when not known.
        replacing: dotted paths whose change replaces the object.
    """

    namespaced: bool = True
    name: NameRule = SUBDOMAIN
    fields: frozenset[str] | None = None
    replacing: tuple[str, ...] = ()


def _kind(
    fields: str,
    *,
    namespaced: bool = True,
    name: NameRule = SUBDOMAIN,
    replacing: tuple[str, ...] = (),
) -> Kind:
    return Kind(namespaced, name, frozenset(fields.split()), replacing)


_CUSTOM: Final = Kind()
_SPEC: Final = _kind("spec")
_CLUSTER_SPEC: Final = _kind("spec", namespaced=False)
_CLUSTER: Final = Kind(namespaced=False)
_WORKLOAD: Final = _kind("spec", replacing=("spec.selector",))

KINDS: Final[Mapping[str, Mapping[str, Kind]]] = MappingProxyType(
    {
        "v1": {
            "ConfigMap": _kind("data binaryData immutable"),
            "Endpoints": _kind("subsets"),
            "LimitRange": _SPEC,
            "Namespace": _kind("spec", namespaced=False, name=LABEL),
            "Node": _CLUSTER_SPEC,
            "PersistentVolume": _CLUSTER_SPEC,
            "PersistentVolumeClaim": _kind(
                "spec",
                replacing=(
                    "spec.accessModes",
                    "spec.selector",
                    "spec.storageClassName",
                    "spec.volumeName",
                ),
            ),
            "PodTemplate": _kind("template"),
            "ResourceQuota": _kind("spec", replacing=("spec.scopes",)),
            "Secret": _kind("data stringData immutable type", replacing=("type",)),
            "Service": _kind("spec", name=SERVICE_LABEL, replacing=("spec.clusterIP",)),
            "ServiceAccount": _kind("automountServiceAccountToken imagePullSecrets secrets"),
        },
        "apps/v1": {
            "ControllerRevision": _kind("data revision"),
            "DaemonSet": _WORKLOAD,
            "Deployment": _WORKLOAD,
            "ReplicaSet": _SPEC,
            "StatefulSet": _kind(
                "spec",
                replacing=(
                    "spec.podManagementPolicy",
                    "spec.revisionHistoryLimit",
                    "spec.selector",
                    "spec.serviceName",
                    "spec.volumeClaimTemplates",
                ),
            ),
        },
        "autoscaling/v1": {"HorizontalPodAutoscaler": _SPEC},
        "autoscaling/v2": {"HorizontalPodAutoscaler": _SPEC},
        "batch/v1": {
            "CronJob": _SPEC,
            "Job": _kind(
                "spec",
                replacing=(
                    "spec.completions",
                    "spec.parallelism",
                    "spec.selector",
                    "spec.template",
                ),
            ),
        },
        "coordination.k8s.io/v1": {"Lease": _SPEC},
        "networking.k8s.io/v1": {
            "Ingress": _SPEC,
            "IngressClass": _CLUSTER_SPEC,
            "NetworkPolicy": _SPEC,
        },
        "node.k8s.io/v1": {"RuntimeClass": _kind("handler overhead scheduling", namespaced=False)},
        "policy/v1": {"PodDisruptionBudget": _SPEC},
        "rbac.authorization.k8s.io/v1": {
            "ClusterRole": _kind("aggregationRule rules", namespaced=False, name=PATH_SEGMENT),
            "ClusterRoleBinding": _kind(
                "roleRef subjects", namespaced=False, name=PATH_SEGMENT, replacing=("roleRef",)
            ),
            "Role": _kind("rules", name=PATH_SEGMENT),
            "RoleBinding": _kind("roleRef subjects", name=PATH_SEGMENT, replacing=("roleRef",)),
        },
        "scheduling.k8s.io/v1": {
            "PriorityClass": _kind(
                "description globalDefault preemptionPolicy value", namespaced=False
            )
        },
        "storage.k8s.io/v1": {
            "CSIDriver": _CLUSTER_SPEC,
            "StorageClass": Kind(namespaced=False, replacing=("parameters", "provisioner")),
        },
        "admissionregistration.k8s.io/v1": {
            "MutatingWebhookConfiguration": _CLUSTER,
            "ValidatingAdmissionPolicy": _CLUSTER_SPEC,
            "ValidatingAdmissionPolicyBinding": _CLUSTER_SPEC,
            "ValidatingWebhookConfiguration": _CLUSTER,
        },
    }
)


def api_of(token: str) -> tuple[str, str]:
    """apiVersion and kind: kubernetes:core/v1:ConfigMap is v1, ConfigMap."""
    package, _, rest = token.partition(":")
    group_version, _, kind = rest.rpartition(":")
    if package != "kubernetes" or group_version.count("/") != 1 or not kind:
        raise ProviderError(
            f"{token} is not a type of the kubernetes provider; write "
            "kubernetes:<group>/<version>:<Kind>, such as kubernetes:core/v1:ConfigMap"
        )
    return group_version.removeprefix("core/"), kind


def kind_for(token: str) -> Kind:
    """ProviderError for what the local provider does not know; any kind of a custom group passes,
    and is taken for namespaced, as pulumi-kubernetes does where no server tells."""
    api_version, kind = api_of(token)
    group = api_version.rpartition("/")[0]
    if api_version not in KINDS:
        if _is_custom(group):
            return _CUSTOM
        raise ProviderError(
            f"the local kubernetes provider does not know {token}; it knows the kinds of "
            f"{', '.join(KINDS)}, and custom resources"
        )
    if kind not in KINDS[api_version]:
        raise ProviderError(
            f"the local kubernetes provider does not know {token}; of {api_version} it knows "
            f"{', '.join(sorted(KINDS[api_version]))}"
        )
    return KINDS[api_version][kind]


def _is_custom(group: str) -> bool:
    """Names under k8s.io and kubernetes.io are kept for Kubernetes itself, and helm.sh and yaml
    are not groups of any server but parts of pulumi-kubernetes."""
    reserved = (".k8s.io", ".kubernetes.io")
    return "." in group and not group.endswith(reserved) and group != "helm.sh"
