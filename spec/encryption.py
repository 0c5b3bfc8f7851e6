"""What may be asked of the encryption of Secrets in etcd; they are always encrypted."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from spec.base import Spec, default_kind
from spec.fields import Text
from spec.pki import Generations

ResourceName = Annotated[
    str,
    Text(
        r"[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9.-]*)?",
        "must be a resource as the API names it, such as secrets or widgets.example.com",
    ),
]
# What the API server refuses to start with: apiserver, validation_encryption.go, 1.34 (read
# 2026-11-29). Events are one resource in two groups, and extensions has been no group since 1.22.
_OF_NO_GROUP = {"events.k8s.io": "write events", "extensions": "write the group of today"}
# Resources that are kept, of Kubernetes' own groups without a domain (API reference of 1.34, read
# 2026-11-29). Groups of definitions of one's own have a domain, and nobody knows their resources.
_KEPT = {
    "": ("configmaps", "endpoints", "events", "limitranges", "namespaces", "nodes",
         "persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates",
         "replicationcontrollers", "resourcequotas", "secrets", "serviceaccounts", "services"),
    "apps": ("controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"),
    "autoscaling": ("horizontalpodautoscalers",),
    "batch": ("cronjobs", "jobs"),
    "policy": ("poddisruptionbudgets",),
}  # fmt: skip
_NOT_BY_THE_API = ("apiserveripinfo", "serviceipallocations", "servicenodeportallocations")


def _can_be_encrypted(resource: str) -> str:
    _, _, group = resource.partition(".")
    if group in _OF_NO_GROUP:
        raise ValueError(
            f"is of the group {group}, by which the API server encrypts nothing; "
            f"{_OF_NO_GROUP[group]}"
        )
    if resource in _NOT_BY_THE_API:
        raise ValueError("is what the API server keeps for itself and never encrypts; leave it out")
    return _known(resource)


def _known(resource: str) -> str:
    """What the API server does not know it encrypts nothing of, and says nothing."""
    name, _, group = resource.partition(".")
    if "." in group or name in _KEPT.get(group, ()):
        return resource
    meant = [f"{kept}.{of}".rstrip(".") for of, names in _KEPT.items() for kept in names
             if kept in (name, f"{name}s", f"{name}es")]  # fmt: skip
    if meant:
        raise ValueError(f"is nothing that the API keeps; is {' or '.join(meant)} meant?")
    known = _KEPT.get(group, _KEPT[""])
    raise ValueError(
        f"is nothing that the API keeps; known here: {', '.join(known)}; of a definition of your "
        "own write the group too, such as widgets.example.com"
    )


EncryptedResource = Annotated[ResourceName, AfterValidator(_can_be_encrypted)]
LocalProvider = Literal["secretbox", "aescbc"]


class _Encryption(Spec):
    more_resources: tuple[EncryptedResource, ...] = Field(
        (),
        description="What is encrypted beside Secrets, such as configmaps. For the cluster's life: "
        "an API server reads nothing in the clear of what it encrypts.",
    )


class KmsEncryption(_Encryption):
    """By the cluster's KMS key, through the KMS v2 plugin on each controller.

    Keys of data are made anew by the API server and wrapped by KMS, whose yearly rotation needs
    nothing of us.
    """

    kind: Literal["kms"] = "kms"


class LocalKeyEncryption(_Encryption):
    """By a key that lies on the controllers, where the KMS plugin is not wanted.

    Rotation is three updates, as of an authority: read by the next key too, write by it, and,
    when every Secret has been written anew, forget the former one.
    """

    kind: Literal["localKeys"]
    provider: LocalProvider = Field(
        "secretbox",
        description="secretbox (XSalsa20 and Poly1305) notices a changed Secret; aescbc does not, "
        "and is for rules that name AES.",
    )
    key: Generations = Field(
        default_factory=Generations,
        description="The generation that writes, and a neighbour that is read too.",
    )


EncryptionSpec = Annotated[
    KmsEncryption | LocalKeyEncryption, Field(discriminator="kind"), default_kind("kms")
]
