"""Node pools: images, sizes, and what each node is told."""

from dataclasses import dataclass

from plan.errors import Faults, PlanError
from plan.instance_types import InstanceType, instance_type, max_pods
from plan.subnets import SubnetLayout
from plan.tags import Tags
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.node_pools import CustomImage, NodePoolSpec, TaintSpec

SMALLEST_MEMORY_MIB = 4096  # t3.medium: what the cluster's own pods leave room on
HIGHLY_AVAILABLE_NODES = 2
BOTTLEROCKET_SYSTEM_GIB = 2


@dataclass(frozen=True, slots=True)
class Volume:
    """An EBS volume of a node; always gp3, encrypted and gone with its instance."""

    device: str
    size_gib: int
    iops: int
    throughput_mibps: int


@dataclass(frozen=True, slots=True)
class NodePool:
    """One pool, decided."""

    name: str
    spec: NodePoolSpec
    family: str  # "al2023" | "bottlerocket" | "script"
    image_id: str
    architecture: str
    subnets: tuple[str, ...]
    desired_size: int
    max_pods: int
    labels: dict[str, str]
    taints: tuple[TaintSpec, ...]
    script: str  # of family script; "" for the others
    volumes: tuple[Volume, ...]
    tags: dict[str, str]


def plan_node_pools(
    spec: ClusterSpec, lock: Lock, layout: SubnetLayout, tags: Tags, faults: Faults,
    warnings: list[str],
) -> dict[str, NodePool]:  # fmt: skip
    """Pools by name; faults for unknown types, missing images and floors not met."""
    pools = {}
    for name, asked in spec.node_pools.items():
        path = f"nodePools.{name}"
        try:
            limits = instance_type(asked.instance_type, path=f"{path}.instanceType")
        except PlanError as error:
            faults.extend(error)
            continue
        _check_floor(spec, name, asked, limits, faults, warnings)
        image_id = _image(asked, spec, lock, limits.architecture, path, faults)
        pods = max_pods(limits)
        if asked.max_pods is not None and asked.max_pods > pods:
            message = f"{asked.instance_type} can address {pods} pods; write at most {pods}"
            faults.add(f"{path}.maxPods", message, asked.max_pods)
        pools[name] = NodePool(
            name=name,
            spec=asked,
            family=asked.image.family,
            image_id=image_id,
            architecture=limits.architecture,
            subnets=asked.subnets or layout.nodes,
            desired_size=asked.min_size if asked.desired_size is None else asked.desired_size,
            max_pods=asked.max_pods or pods,
            labels={"heiiki/pool": name, **asked.labels},
            taints=asked.taints,
            script=(asked.image.script or "") if isinstance(asked.image, CustomImage) else "",
            volumes=_volumes(asked),
            tags=tags.for_kubernetes(f"{name}-node", "owned", **{"heiiki:pool": name}),
        )
    return pools


def _volumes(asked: NodePoolSpec) -> tuple[Volume, ...]:
    """Bottlerocket keeps its system on a small volume and all data on a second one.

    Source: bottlerocket README, "Default volumes" (read 2026-11-22).
    """
    root = asked.root_volume
    data = Volume("/dev/xvdb", root.size_gib, root.iops, root.throughput_mibps)
    if asked.image.family == "bottlerocket":
        return (Volume("/dev/xvda", BOTTLEROCKET_SYSTEM_GIB, 3000, 125), data)
    return (Volume("/dev/xvda", root.size_gib, root.iops, root.throughput_mibps),)


def _image(
    asked: NodePoolSpec, spec: ClusterSpec, lock: Lock, architecture: str, path: str, faults: Faults
) -> str:
    if isinstance(asked.image, CustomImage):
        if asked.kind == "managed" and asked.image.family == "script":
            faults.add(f"{path}.image.family", "a managed node group joins by nodeadm or "
                       "Bottlerocket; use kind selfManaged", asked.image.family)  # fmt: skip
        return asked.image.image_id
    version = spec.control_plane.version or lock.kubernetes_version
    key = f"{asked.image.family}/{version}/{architecture}"
    if key not in lock.images:
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
        found.append((f"{path}.minSize", f"{asked.min_size} nodes survive no failure; "
                      f"{HIGHLY_AVAILABLE_NODES} do"))  # fmt: skip
    for where, message in found:
        if spec.profile == "highlyAvailable":
            faults.add(where, f"{message} (profile highlyAvailable)")
        else:
            warnings.append(f"{where}: {message}")
    if spec.add_ons.cluster_autoscaler and len(asked.subnets) != 1:
        faults.add(f"{path}.subnets", "name exactly one subnet: the Cluster Autoscaler cannot "
                   "choose a zone, so a pool over several is filled in the wrong one")  # fmt: skip
