"""The machines that run the API servers: one group over the zones."""

from dataclasses import dataclass
from typing import Literal

from plan.errors import Faults
from plan.names import group_name
from plan.node_pools import check_labels, group_label
from plan.readiness import Readiness
from plan.self_hosted.places import (
    CONTROLLER,
    ROLE_TAG,
    Scope,
    known_subnets,
    limits_of,
    too_little,
)
from plan.volumes import Volume, volume_of
from spec.controllers import ControllersSpec, LoadBalancerHealth
from spec.kubelets import KubeletSpec
from spec.machine_images import root_device

API_SERVER_PORT = 6443
HOOK_NAME = "heiiki-controller-ready"
SMALLEST_VCPUS, SMALLEST_MEMORY_MIB = 2, 4096
HIGHLY_AVAILABLE = 2


@dataclass(frozen=True, slots=True)
class ControllersPlan:
    """The group, decided; or, where members of etcd live on them, what their groups of one machine
    each have in common. health_check_type: as EC2 Auto Scaling spells it."""

    role: str
    group_name: str
    min_size: int
    max_size: int
    min_healthy_percentage: int
    subnets: tuple[str, ...]
    instance_type: str
    architecture: str
    root_volume: Volume
    security_group_ids: tuple[str, ...]
    health_check_type: Literal["ELB", "EC2"]
    grace_seconds: int
    readiness: Readiness
    labels: dict[str, str]
    kubelet: KubeletSpec
    tags: dict[str, str]


def plan_controllers(
    asked: ControllersSpec, scope: Scope, path: str, faults: Faults, warnings: list[str]
) -> ControllersPlan:
    """The group; faults and warnings for what survives no failure. path: of its keys."""
    limits = limits_of(asked.instance_type, scope, f"{path}.instanceType", faults)
    if limits and (limits.vcpus < SMALLEST_VCPUS or limits.memory_mib < SMALLEST_MEMORY_MIB):
        too_little(scope, f"{path}.instanceType", f"{limits.name} has {limits.vcpus} vCPU and "
                   f"{limits.memory_mib} MiB; an API server and what stands beside it want "
                   f"{SMALLEST_VCPUS} and {SMALLEST_MEMORY_MIB}", faults, warnings)  # fmt: skip
    names = asked.subnets or scope.layout.nodes
    lying = known_subnets(names, scope, f"{path}.subnets", faults)
    zones = {subnet.availability_zone for subnet in lying}
    if len(zones) == 1:
        too_little(scope, f"{path}.subnets", f"all controllers lie in {zones.pop()}, and none is "
                   "left when that zone fails; name subnets of two zones",
                   faults, warnings)  # fmt: skip
    if asked.min_size < HIGHLY_AVAILABLE:
        too_little(scope, f"{path}.minSize", "one controller survives no failure; "
                   f"{HIGHLY_AVAILABLE} do", faults, warnings)  # fmt: skip
    check_labels(f"{path}.labels", asked.labels, faults)
    group = group_name(scope.cluster, scope.region, CONTROLLER)
    kept = asked.min_size - 1 if asked.min_in_service is None else asked.min_in_service
    return ControllersPlan(
        role=CONTROLLER,
        group_name=group,
        min_size=asked.min_size,
        max_size=asked.min_size + 1 if asked.max_size is None else asked.max_size,
        # AWS counts upwards, so what is rounded down here is exactly `kept` machines there.
        min_healthy_percentage=100 * kept // asked.min_size,
        subnets=tuple(subnet.name for subnet in lying),
        instance_type=asked.instance_type,
        architecture=limits.architecture if limits else "",
        root_volume=volume_of(root_device(asked.image), asked.root_volume),
        security_group_ids=asked.security_group_ids,
        health_check_type="ELB" if isinstance(asked.health, LoadBalancerHealth) else "EC2",
        grace_seconds=asked.health.grace_seconds,
        readiness=Readiness(asked.timeout_seconds, HOOK_NAME),
        labels={**group_label(group), **asked.labels},
        kubelet=asked.kubelet,
        tags=scope.tags.for_kubernetes(CONTROLLER, "owned", **{ROLE_TAG: CONTROLLER}),
    )
