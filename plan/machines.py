"""Machines for people: the bastion and the operator's."""

from plan.errors import Faults, PlanError
from plan.instance_types import instance_type
from spec.cluster import ClusterSpec
from spec.connections import BastionVpcConnection, MachineSpec

MACHINE_ARCHITECTURE = "x86_64"  # of the image that the lock file holds for them


def check_machines(spec: ClusterSpec, faults: Faults) -> None:
    """Note instance types that no table knows, and such as cannot boot the default image."""
    machines: dict[str, MachineSpec] = {}
    if spec.access.operator is not None:
        machines["access.operator.machine"] = spec.access.operator.machine
    for name, connection in spec.network.connections.items():
        if isinstance(connection, BastionVpcConnection):
            machines[f"network.connections.{name}.machine"] = connection.machine
    for path, machine in machines.items():
        try:
            limits = instance_type(machine.instance_type, path=f"{path}.instanceType")
        except PlanError as error:
            faults.extend(error)
            continue
        if machine.image_id is None and limits.architecture != MACHINE_ARCHITECTURE:
            message = f"is {limits.architecture}, and the default image {MACHINE_ARCHITECTURE}; "
            message += "write a type of that, such as t3.small, or an imageId"
            faults.add(f"{path}.instanceType", message, machine.instance_type)
