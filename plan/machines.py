"""Machines for people: the bastion and the operator's."""

from typing import Literal

from plan.errors import Faults, PlanError
from plan.instance_types import instance_type
from spec.cluster import ClusterSpec
from spec.connections import BastionVpcConnection, MachineSpec
from spec.lock import Lock

MACHINE_ARCHITECTURE = "x86_64"  # of the image that the lock file holds for them

# What has CPU credits. EC2 user guide, burstable performance instances (read 2026-11-28)
BURSTABLE_FAMILIES = ("t2", "t3", "t3a", "t4g")


def cpu_credits(instance_type: str) -> Literal["standard"] | None:
    """How a machine for people uses CPU credits; None for types that have none.

    AWS's own default is unlimited for all but t2: whoever is in, or breaks in, then computes for
    money without an end. A machine that only carries commands does well without.
    """
    return "standard" if instance_type.split(".")[0] in BURSTABLE_FAMILIES else None


def machines_for_people(spec: ClusterSpec) -> dict[str, MachineSpec]:
    """The operator's machine and the bastions, by YAML path."""
    machines: dict[str, MachineSpec] = {}
    if spec.access.operator is not None:
        machines["access.operator.machine"] = spec.access.operator.machine
    for name, connection in spec.network.connections.items():
        if isinstance(connection, BastionVpcConnection):
            machines[f"network.connections.{name}.machine"] = connection.machine
    return machines


def check_machines(spec: ClusterSpec, lock: Lock, faults: Faults) -> None:
    """Note instance types that no table knows, and such as cannot boot the default image."""
    for path, machine in machines_for_people(spec).items():
        try:
            limits = instance_type(
                machine.instance_type, lock.instance_types, path=f"{path}.instanceType"
            )
        except PlanError as error:
            faults.extend(error)
            continue
        if machine.image_id is None and limits.architecture != MACHINE_ARCHITECTURE:
            message = f"is {limits.architecture}, and the default image {MACHINE_ARCHITECTURE}; "
            message += "write a type of that, such as t3.small, or an imageId"
            faults.add(f"{path}.instanceType", message, machine.instance_type)
