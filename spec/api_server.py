"""What may be asked of the API servers themselves. Flags are heiiki's own: there is no list of more
flags, since one of them could undo what the others keep closed."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from spec.base import Spec
from spec.fields import Text
from spec.issuers import IssuerName, IssuerSpec

AdmissionPlugin = Literal[
    "ExtendedResourceToleration",
    "LimitPodHardAntiAffinityTopology",
    "NamespaceExists",
    "OwnerReferencesPermissionEnforcement",
    "PodNodeSelector",
    "PodTolerationRestriction",
]
_ON_ALREADY = (
    "AlwaysPullImages", "CertificateApproval", "CertificateSigning",
    "CertificateSubjectRestriction", "ClusterTrustBundleAttest", "DefaultIngressClass",
    "DefaultStorageClass", "DefaultTolerationSeconds", "DenyServiceExternalIPs", "EventRateLimit",
    "LimitRanger", "MutatingAdmissionPolicy", "MutatingAdmissionWebhook", "NamespaceLifecycle",
    "NodeRestriction", "PersistentVolumeClaimResize", "PodSecurity", "PodTopologyLabels",
    "Priority", "ResourceQuota", "RuntimeClass", "ServiceAccount", "StorageObjectInUseProtection",
    "TaintNodesByCondition", "ValidatingAdmissionPolicy", "ValidatingAdmissionWebhook",
)  # fmt: skip
# Why the others of Kubernetes 1.34 are not to be had (kube-apiserver --help, read 2026-11-29).
_REFUSED = {
    **dict.fromkeys(_ON_ALREADY, "is on already; leave it out"),
    "AlwaysAdmit": "lets everything in and is deprecated; leave it out",
    "AlwaysDeny": "lets nothing in, heiiki's own pods neither; leave it out",
    "ImagePolicyWebhook": "asks a host of every image, by a file of its own; write a "
    "ValidatingWebhookConfiguration, whose host the policy pack reads",
    "NamespaceAutoProvision": "makes namespaces without a default deny of egress; make each with "
    "its own",
}


def _plugin(value: Any) -> Any:
    if isinstance(value, str) and value in _REFUSED:
        raise ValueError(_REFUSED[value])
    return value


def _gate(name: Any) -> Any:
    if name in ("AllAlpha", "AllBeta"):
        raise ValueError(
            "turns on what nobody has looked at, and more with each version; name each gate"
        )
    return name


GateName = Annotated[
    str,
    Text(
        r"[A-Z][A-Za-z0-9]{0,63}",
        "must be the name of a feature gate, such as MutableCSINodeAllocatableCount",
    ),
    BeforeValidator(_gate),
]


class ApiServerSpec(Spec):
    """Switches of the API servers."""

    bootstrap_tokens: bool = Field(
        False,
        description="Machines may also join by a bootstrap token, which heiiki bootstrap-token "
        "makes and which ends within a day. Who holds one may join as any node.",
    )
    static_tokens: bool = Field(
        False,
        description="API servers read a file of tokens that never end, each with its user and "
        "groups. It stands in no stack file and no state: /heiiki/<cluster>/controller/tokens.csv "
        "of Systems Manager, a SecureString that is there before they start.",
    )
    aggregation_layer: bool = Field(
        True,
        description="API servers pass requests on to extension API servers in the cluster, such as "
        "that of metrics.",
    )
    admission_plugins: tuple[Annotated[AdmissionPlugin, BeforeValidator(_plugin)], ...] = Field(
        (), description="Admission plugins beside those that are on."
    )
    feature_gates: dict[GateName, bool] = Field(
        default_factory=dict,
        description="Feature gates of API server, controller manager and scheduler, by name. "
        "Kubelets keep theirs.",
    )
    issuers: dict[IssuerName, IssuerSpec] = Field(
        default_factory=dict,
        max_length=8,
        description="Issuers of OpenID Connect tokens inside the network, by which people log in "
        "beside IAM. The name is the prefix of their users and groups.",
    )
