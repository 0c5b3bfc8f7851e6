"""EKS: clusters, node groups, access, add-ons, pod identity, kept beside moto's own records."""

from local.aws.extensions.eks import (
    access,
    addons,
    clusters,
    identity_providers,
    node_groups,
    pod_identity,
    tags,
    updates,
)

__all__ = [
    "access",
    "addons",
    "clusters",
    "identity_providers",
    "node_groups",
    "pod_identity",
    "tags",
    "updates",
]
