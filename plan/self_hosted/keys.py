"""Keys of the stack file that mean nothing with a control plane of our own, and what to write.

What EKS brings by default is taken out of what is asked, so that the rooms after this one plan
nothing of it: they need not know why.
"""

from plan.errors import Faults
from plan.self_hosted.needs import own_control_plane
from spec.access import AccessSpec
from spec.add_ons import AddOnsSpec
from spec.beside import additions
from spec.cluster import ClusterSpec
from spec.kubelets import KubeletSpec
from spec.node_pools import CustomImage, ExistingInstanceProfile, NodePoolSpec

_DELIVERED = "is delivered by the controllers themselves, from controlPlane.artifacts.images"
_POD_IDENTITY = "takes roles by Pod Identity, which only EKS has"
_NO_ROLES = (
    "so pods have no role of their own here; docs/self-hosted/README.md says what there is instead"
)
_ADD_ONS = {
    "vpc_cni": "is EKS's; pods have addresses of controlPlane.podCidr, in an overlay, since the "
    "VPC CNI would let every worker change network interfaces and their security groups "
    "(docs/adr/0033-put-pods-of-own-machines-into-an-overlay.md)",
    "core_dns": _DELIVERED,
    "kube_proxy": _DELIVERED,
    "pod_identity": f"is EKS's alone, {_NO_ROLES}",
    "irsa": "needs an issuer whose keys AWS reads from the internet, where a closed cluster shows "
    f"none, {_NO_ROLES}",
    "ebs_csi": _POD_IDENTITY,
    "cluster_autoscaler": _POD_IDENTITY,
}
_LEAVE_OUT = "; leave it out"


def without_eks(spec: ClusterSpec, version: str, faults: Faults) -> ClusterSpec:
    """What is asked without what only EKS means; a fault for each such key that was written.

    version: of Kubernetes.
    """
    asked = own_control_plane(spec)
    if asked is None:
        for key in additions(spec):
            faults.add(key, "is for machines that boot by heiiki's own agent, and nodes of EKS by "
                       "their image's; leave it out, or write an image of kind "
                       "custom")  # fmt: skip
        for name, pool in spec.node_pools.items():
            if pool.kubelet != KubeletSpec():
                faults.add(f"nodePools.{name}.kubelet", "is for kubelets that heiiki configures, "
                           "and those of EKS are their image's; leave it out, or write an image of "
                           "kind custom")  # fmt: skip
        return spec
    _check_add_ons(spec.add_ons, faults)
    _check_access(spec.access, faults)
    for name, pool in spec.node_pools.items():
        _check_pool(f"nodePools.{name}", pool, faults)
    off = dict.fromkeys((*_ADD_ONS,), False)
    return spec.model_copy(
        update={
            "add_ons": spec.add_ons.model_copy(update=off),
            "node_pools": {name: _plain(pool, version) for name, pool in spec.node_pools.items()},
        }
    )


def _plain(pool: NodePoolSpec, version: str) -> NodePoolSpec:
    """Readiness is told by the agent of its machines, and the kubelet is no part of the image."""
    image = pool.image
    if isinstance(image, CustomImage):
        image = image.model_copy(update={"kubernetes_version": version})
    return pool.model_copy(update={"readiness": None, "image": image})


def _check_add_ons(asked: AddOnsSpec, faults: Faults) -> None:
    for name, why in _ADD_ONS.items():
        if name in asked.model_fields_set and getattr(asked, name):
            key = AddOnsSpec.model_fields[name].alias or name
            faults.add(f"addOns.{key}", f"{why}{_LEAVE_OUT}", True)


def _check_access(asked: AccessSpec, faults: Faults) -> None:
    if asked.authentication_mode != "API":
        faults.add("access.authenticationMode", "is how EKS knows people; the authenticator of a "
                   f"control plane of your own is told by heiiki{_LEAVE_OUT}",
                   asked.authentication_mode)  # fmt: skip
    if asked.apply_config_map:
        faults.add("access.applyConfigMap", f"applies aws-auth, which only EKS reads{_LEAVE_OUT}",
                   True)  # fmt: skip
    for name, principal in asked.principals.items():
        at = f"access.principals.{name}"
        if principal.policy is not None:
            faults.add(f"{at}.policy", "is an access policy of EKS; write groups: "
                       "heiiki:administrators has cluster-admin", principal.policy)  # fmt: skip
        elif principal.namespaces:
            faults.add(f"{at}.namespaces", "limits an access policy of EKS; write groups, and bind "
                       "them in the namespaces")  # fmt: skip
        for i, group in enumerate(principal.groups):
            if group.startswith("system:"):
                faults.add(f"{at}.groups.{i}", "is a group of Kubernetes' own, whose rights nobody "
                           "could take back; write heiiki:administrators, or a group of your own",
                           group)  # fmt: skip


def _check_pool(path: str, pool: NodePoolSpec, faults: Faults) -> None:
    if pool.kind == "managed":
        faults.add(f"{path}.kind", "is a managed node group, which only EKS has; write selfManaged",
                   pool.kind)  # fmt: skip
    if pool.image.family != "al2023":
        faults.add(f"{path}.image.family", "does not boot by the agent of heiiki; write al2023",
                   pool.image.family)  # fmt: skip
    if isinstance(pool.image, CustomImage) and pool.image.kubernetes_version is not None:
        faults.add(f"{path}.image.kubernetesVersion", "says nothing here: the kubelet is that of "
                   f"controlPlane.artifacts.binaries{_LEAVE_OUT}",
                   pool.image.kubernetes_version)  # fmt: skip
    if isinstance(pool.instance_profile, ExistingInstanceProfile):
        faults.add(f"{path}.instanceProfile", "is supplied, and only a role of ours is sure to "
                   f"read what its machines boot from and no more{_LEAVE_OUT}")  # fmt: skip
