"""Node pools: images, sizes, and what each node is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from plan.errors import Faults, PlanError
from plan.images import accelerator_of, has_image, image_key
from plan.instance_types import InstanceType, instance_type, max_pods
from plan.names import group_name, shortened
from plan.readiness import Readiness, readiness_of
from plan.subnets import SubnetLayout
from plan.tags import Tags
from plan.upgrades import check_kubelet, known_versions
from plan.volumes import Volume, volume_of
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.node_pools import (
    CustomImage,
    NodePoolSpec,
    TaintSpec,
)

SMALLEST_MEMORY_MIB = 4096  # t3.medium: what the cluster's own pods leave room on
HIGHLY_AVAILABLE_NODES = 2
BOTTLEROCKET_SYSTEM_GIB = 2
POOL_LABEL, GROUP_LABEL = "heiiki/pool", "heiiki/group"
LABEL_VALUE_MAX = 63
# Of a managed node group: labels' and taints' keys with their prefix (EKS API reference,
# CreateNodegroup and Taint, read 2026-11-29), and the prefix that no label may have
# (kubernetes/cloud-provider-aws issue 242).
MANAGED_KEY_MAX = 63
# EKS user guide, "Node taints on managed node groups" (read 2026-11-29); no model says it.
MANAGED_TAINTS_MAX = 50
MANAGED_RESERVED = "eks.amazonaws.com/"
# What --node-labels takes of Kubernetes' own names: pkg/apis/core and kubelet's well_known_labels
# of Kubernetes 1.35, IsKubeletLabel (read 2026-11-22).
KUBELET_PREFIXES = (".kubelet.kubernetes.io", ".node.kubernetes.io")
HOSTNAME_LABEL = "kubernetes.io/hostname"
KUBELET_LABELS = frozenset(
    {
        HOSTNAME_LABEL, "kubernetes.io/os", "kubernetes.io/arch",
        "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
        "beta.kubernetes.io/instance-type", "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NodePool:
    """One pool, decided."""

    name: str
    spec: NodePoolSpec
    family: str  # "al2023" | "bottlerocket" | "script"
    image_id: str
    architecture: str
    accelerator: str | None  # "nvidia" | "neuron"
    subnets: tuple[str, ...]
    desired_size: int
    max_pods: int
    labels: dict[str, str]
    taints: tuple[TaintSpec, ...]
    script: str  # of family script; "" for the others
    volumes: tuple[Volume, ...]
    tags: dict[str, str]
    group_name: str  # of the Auto Scaling group of a self-managed pool
    readiness: Readiness | None  # the gate that a new machine has to pass; None: there is none
    public_addresses: bool  # nodes have one each, since they lie in public subnets


def plan_node_pools(
    spec: ClusterSpec, lock: Lock, layout: SubnetLayout, tags: Tags, faults: Faults,
    warnings: list[str],
) -> dict[str, NodePool]:  # fmt: skip
    """Pools by name; faults for unknown types, missing images and floors not met."""
    pools = {}
    for name, asked in spec.node_pools.items():
        path = f"nodePools.{name}"
        try:
            limits = instance_type(
                asked.instance_type, lock.instance_types, path=f"{path}.instanceType"
            )
        except PlanError as error:
            faults.extend(error)
            continue
        _check_floor(spec, name, asked, limits, faults, warnings)
        check_labels(f"{path}.labels", asked.labels, faults)
        if asked.kind == "managed":
            _check_managed(path, asked, faults)
        version = spec.control_plane.version or lock.kubernetes_version
        check_kubelet(name, asked, version, faults, warnings)
        _check_autoscaled(spec, path, asked, layout, faults)
        if spec.access.session_manager and asked.image.family == "bottlerocket":
            warnings.append(f"{path}.image.family: Session Manager does not reach these nodes, "
                            "since Bottlerocket's control container stays off; look at them with "
                            "kubectl debug, or take family al2023")  # fmt: skip
        image_id = _image(asked, spec, lock, limits, path, faults)
        pods = max_pods(limits, vpc_cni=spec.add_ons.vpc_cni)
        if asked.max_pods is not None and asked.max_pods > pods:
            message = f"{asked.instance_type} takes {pods} pods; write at most {pods}"
            faults.add(f"{path}.maxPods", message, asked.max_pods)
        pools[name] = NodePool(
            name=name,
            spec=asked,
            family=asked.image.family,
            image_id=image_id,
            architecture=limits.architecture,
            accelerator=accelerator_of(limits),
            subnets=asked.subnets or layout.nodes,
            desired_size=asked.min_size if asked.desired_size is None else asked.desired_size,
            max_pods=asked.max_pods or pods,
            labels={POOL_LABEL: name, **asked.labels},
            taints=asked.taints,
            script=(asked.image.script or "") if isinstance(asked.image, CustomImage) else "",
            volumes=_volumes(asked),
            tags=tags.for_kubernetes(f"{name}-node", "owned", **{"heiiki:pool": name}),
            group_name=group_name(spec.name, spec.region, name),
            readiness=readiness_of(spec, asked),
            public_addresses=_lie_in_public(path, asked, layout, faults),
        )
        if pools[name].readiness is not None and not spec.add_ons.vpc_cni:
            warnings.append(
                f"{path}.readiness: with addOns.vpcCni false no node is Ready, and `up` "
                "waits, until you have installed a network plug-in of your own"
            )
    _check_zones(spec, layout, faults, warnings)
    return pools


def _lie_in_public(path: str, asked: NodePoolSpec, layout: SubnetLayout, faults: Faults) -> bool:
    """Whether the pool's subnets are public. One launch template says yes or no for all."""
    names = [name for name in asked.subnets or layout.nodes if name in layout.subnets]
    public = [name for name in names if layout.subnets[name].exposure == "public"]
    if public and len(public) < len(names):
        faults.add(f"{path}.subnets", f"mix public ones ({', '.join(public)}) with others, and "
                   "all nodes of a pool have a public address or none has; make a pool for each "
                   "kind")  # fmt: skip
    return bool(public)


def _volumes(asked: NodePoolSpec) -> tuple[Volume, ...]:
    """Bottlerocket keeps its system on a small volume and all data on a second one.

    Source: bottlerocket README, "Default volumes" (read 2026-11-22).
    """
    image = asked.image
    device = image.root_device if isinstance(image, CustomImage) else "/dev/xvda"
    if image.family == "bottlerocket":
        system = Volume(device, "gp3", BOTTLEROCKET_SYSTEM_GIB, 3000, 125)
        return (system, volume_of("/dev/xvdb", asked.root_volume))
    return (volume_of(device, asked.root_volume),)


def _image(
    asked: NodePoolSpec, spec: ClusterSpec, lock: Lock, limits: InstanceType, path: str,
    faults: Faults,
) -> str:  # fmt: skip
    if isinstance(asked.image, CustomImage):
        if asked.kind == "managed" and asked.image.family == "script":
            faults.add(f"{path}.image.family", "a managed node group joins by nodeadm or "
                       "Bottlerocket; use kind selfManaged", asked.image.family)  # fmt: skip
        return asked.image.image_id
    if not has_image(asked.image.family, limits):
        faults.add(f"{path}.image.family", f"AWS makes no {asked.image.family} image with the "
                   f"drivers of {limits.name} ({accelerator_of(limits)}); write al2023, or an "
                   "image of your own", asked.image.family)  # fmt: skip
        return ""
    version = spec.control_plane.version or lock.kubernetes_version
    key = image_key(asked.image.family, version, limits)
    if key not in lock.images and version in known_versions():  # else that is told
        faults.add(f"{path}.image", f"the lock file has no image {key}; run heiiki lock")
    return lock.images.get(key, "")


def _check_floor(
    spec: ClusterSpec, name: str, asked: NodePoolSpec, limits: InstanceType, faults: Faults,
    warnings: list[str],
) -> None:  # fmt: skip
    """Too little is refused with profile highlyAvailable, and said with profile development."""
    path = f"nodePools.{name}"
    found = []
    if limits.memory_mib < SMALLEST_MEMORY_MIB:
        found.append((f"{path}.instanceType", f"{limits.name} has {limits.memory_mib} MiB; the "
                      f"cluster's own pods want {SMALLEST_MEMORY_MIB} MiB"))  # fmt: skip
    if asked.min_size < HIGHLY_AVAILABLE_NODES:
        found.append((f"{path}.minSize", f"a pool of {asked.min_size} survives no failure; "
                      f"{HIGHLY_AVAILABLE_NODES} do"))  # fmt: skip
    for where, message in found:
        _too_little(spec, where, message, faults, warnings)


def _check_zones(
    spec: ClusterSpec, layout: SubnetLayout, faults: Faults, warnings: list[str]
) -> None:
    """All pools together must outlive a zone."""
    zones = set[str]().union(*(_zones(pool, layout) for pool in spec.node_pools.values()))
    if len(zones) == 1:
        message = f"all nodes lie in {zones.pop()}, and none is left when that zone fails; name "
        message += "subnets of two zones"
        _too_little(spec, "nodePools", message, faults, warnings)


def _too_little(
    spec: ClusterSpec, where: str, message: str, faults: Faults, warnings: list[str]
) -> None:
    if spec.profile == "highlyAvailable":
        faults.add(where, f"{message} (profile highlyAvailable)")
    else:
        warnings.append(f"{where}: {message}")


def _check_autoscaled(
    spec: ClusterSpec, path: str, asked: NodePoolSpec, layout: SubnetLayout, faults: Faults
) -> None:
    zones = _zones(asked, layout)
    if spec.add_ons.cluster_autoscaler and asked.min_size < asked.max_size and len(zones) > 1:
        faults.add(f"{path}.subnets", "must lie in one zone: the Cluster Autoscaler cannot choose "
                   "one, so a pool over several is filled in the wrong one; make a pool for each "
                   f"of {', '.join(sorted(zones))}")  # fmt: skip


def _zones(asked: NodePoolSpec, layout: SubnetLayout) -> set[str]:
    names = asked.subnets or layout.nodes
    return {layout.subnets[n].availability_zone for n in names if n in layout.subnets}


def group_label(name: str) -> dict[str, str]:
    """Of nodes, the name of the Auto Scaling group that started them, as far as a label takes it:
    where it is longer, its beginning and a hash."""
    return {GROUP_LABEL: shortened(name, LABEL_VALUE_MAX)}


def check_labels(path: str, labels: Mapping[str, str], faults: Faults) -> None:
    """The kubelet does not start with labels of Kubernetes' own that it may not set itself, and all
    nodes of a group would have one name."""
    for key, value in labels.items():
        prefix = key.rsplit("/", 1)[0] if "/" in key else ""
        kubernetes = f".{prefix}".endswith((".kubernetes.io", ".k8s.io"))
        allowed = key in KUBELET_LABELS or f".{prefix}".endswith(KUBELET_PREFIXES)
        who = "heiiki sets it" if key in (POOL_LABEL, GROUP_LABEL) else ""
        if key == HOSTNAME_LABEL:
            who = "each node has a name of its own there, by which pods are spread"
        elif kubernetes and not allowed:
            who = "the kubelet refuses to start with it"
        if who:
            faults.add(f"{path}.{key}", f"is reserved: {who}; choose another key", value)


def _check_managed(path: str, asked: NodePoolSpec, faults: Faults) -> None:
    """EKS takes fewer labels and taints of a managed node group than Kubernetes does."""
    for key, value in asked.labels.items():
        if key.startswith(MANAGED_RESERVED):
            faults.add(f"{path}.labels.{key}", f"is reserved: EKS takes no label under "
                       f"{MANAGED_RESERVED} of a managed node group; choose another key",
                       value)  # fmt: skip
        if not value:
            faults.add(f"{path}.labels.{key}", "is empty, which EKS takes of no label of a managed "
                       "node group; write a value", value)  # fmt: skip
    if len(asked.taints) > MANAGED_TAINTS_MAX:
        faults.add(f"{path}.taints", f"are {len(asked.taints)}, and EKS takes {MANAGED_TAINTS_MAX} "
                   "of a managed node group; write fewer")  # fmt: skip
    keys = {f"{path}.labels.{key}": key for key in asked.labels}
    keys |= {f"{path}.taints.{i}.key": taint.key for i, taint in enumerate(asked.taints)}
    for at, key in keys.items():
        if len(key) > MANAGED_KEY_MAX:
            faults.add(at, f"is a key of {len(key)} characters with its prefix, and EKS takes "
                       f"{MANAGED_KEY_MAX} of a managed node group; choose a shorter one",
                       key)  # fmt: skip
