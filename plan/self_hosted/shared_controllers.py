"""Controllers that members of etcd live on: one machine for both, and who says what of it.

There are as many as members, each a group of exactly one machine, since a volume and an address
wait for it in one zone. etcd says how many there are, where, and what outlives them; controllers
say what the machines are. A key that the other one answers is refused, and not left unread.
"""

from collections.abc import Iterator

from plan.controllers import (
    HOOK_NAME,
    SMALLEST_MEMORY_MIB,
    SMALLEST_VCPUS,
    ControllersPlan,
)
from plan.errors import Faults
from plan.etcd import INTERFACES
from plan.fact_files import load_facts
from plan.instance_types import InstanceType
from plan.names import group_name
from plan.node_pools import check_labels
from plan.readiness import Readiness
from plan.self_hosted.places import CONTROLLER, ROLE_TAG, Scope, limits_of, too_little
from plan.volumes import volume_of
from spec.controllers import ControllersSpec, LoadBalancerHealth
from spec.etcd import CreateEtcd
from spec.machine_images import root_device

_LEAVE_OUT = "; leave it out"
_THEIRS = "is what controllers say, since members live on them; write {}"
# Keys of etcd that its machines would have, and those of controllers that are heard instead.
_OF_MACHINES = {
    "instance_type": "controllers.instanceType",
    "image": "controllers.image",
    "root_volume": "controllers.rootVolume",
    "custom": "controllers.custom",
}


def plan_shared_controllers(
    etcd: CreateEtcd, asked: ControllersSpec, scope: Scope, path: str, faults: Faults,
    warnings: list[str],
) -> ControllersPlan:  # fmt: skip
    """What the machines of all members are. path: of the keys `etcd` and `controllers`."""
    for key, fault, value in (*_unread(etcd), *_unfit(etcd, asked)):
        faults.add(f"{path}.{key}", fault, value)
    check_labels(f"{path}.controllers.labels", asked.labels, faults)
    where = f"{path}.controllers.instanceType"
    limits = limits_of(asked.instance_type, scope, where, faults)
    if limits is not None:
        _check_machine(limits, scope, where, faults, warnings)
    return ControllersPlan(
        role=CONTROLLER,
        group_name=group_name(scope.cluster, scope.region, CONTROLLER),
        min_size=etcd.members,
        max_size=etcd.members,
        min_healthy_percentage=100 * (etcd.members - 1) // etcd.members,
        subnets=(),
        instance_type=asked.instance_type,
        architecture=limits.architecture if limits else "",
        root_volume=volume_of(root_device(asked.image), asked.root_volume),
        security_group_ids=asked.security_group_ids,
        health_check_type="EC2",
        grace_seconds=asked.health.grace_seconds,
        readiness=Readiness(asked.timeout_seconds, HOOK_NAME),
        labels=dict(asked.labels),
        kubelet=asked.kubelet,
        tags=scope.tags.for_kubernetes(CONTROLLER, "owned", **{ROLE_TAG: CONTROLLER}),
    )


def _unread(etcd: CreateEtcd) -> Iterator[tuple[str, str, object]]:
    """Keys of etcd that were written and that nothing would follow from."""
    for name, instead in _OF_MACHINES.items():
        if name in etcd.model_fields_set and (value := getattr(etcd, name)) is not None:
            key = CreateEtcd.model_fields[name].alias or name
            shown = value if isinstance(value, str) else None
            yield f"etcd.{key}", f"{_THEIRS.format(instead)}{_LEAVE_OUT}", shown
    if "timeout_seconds" in etcd.rollout.model_fields_set:
        yield ("etcd.rollout.timeoutSeconds",
               f"{_THEIRS.format('controllers.timeoutSeconds')}{_LEAVE_OUT}",
               etcd.rollout.timeout_seconds)  # fmt: skip


def _unfit(etcd: CreateEtcd, asked: ControllersSpec) -> Iterator[tuple[str, str, object]]:
    """Keys of controllers that no group of members can keep."""
    for key, wanted, value in (
        ("minSize", etcd.members, _written(asked, "min_size")),
        ("maxSize", etcd.members, _written(asked, "max_size")),
        ("minInService", etcd.members - 1, _written(asked, "min_in_service")),
    ):
        if value is not None and value != wanted:
            yield (f"controllers.{key}",
                   f"must be {wanted} or left out: a member of etcd lives on each, so there are as "
                   f"many as etcd.members, {etcd.members} here, and they go one at a time",
                   value)  # fmt: skip
    if asked.subnets:
        yield ("controllers.subnets", "are those of members, which live on them; write "
               f"etcd.subnets{_LEAVE_OUT}", None)  # fmt: skip
    if "health" in asked.model_fields_set and isinstance(asked.health, LoadBalancerHealth):
        yield ("controllers.health.kind",
               "would end members that are well: without a majority no API server answers, and AWS "
               "would then replace the machines that are left, and their members with them; "
               f"write instance{_LEAVE_OUT.replace('; ', ', or ')}", asked.health.kind)  # fmt: skip


def _written(asked: ControllersSpec, name: str) -> int | None:
    return getattr(asked, name) if name in asked.model_fields_set else None


def _check_machine(
    limits: InstanceType, scope: Scope, where: str, faults: Faults, warnings: list[str]
) -> None:
    """Both at once: while API servers read all of etcd anew, etcd answers from the same machine."""
    of_etcd = load_facts("etcd.yaml")["smallest"]
    vcpus = of_etcd["vcpus"] + SMALLEST_VCPUS
    memory_mib = of_etcd["memory_mib"] + SMALLEST_MEMORY_MIB
    if limits.network_interfaces < INTERFACES:
        faults.add(where, f"takes {limits.network_interfaces} network interface, and a member has "
                   "one more that outlives its machine; choose a larger type",
                   limits.name)  # fmt: skip
    if limits.vcpus < vcpus or limits.memory_mib < memory_mib:
        too_little(scope, where, f"{limits.name} has {limits.vcpus} vCPU and {limits.memory_mib} "
                   f"MiB; an API server and a member of etcd beside it want {vcpus} and "
                   f"{memory_mib}", faults, warnings)  # fmt: skip
