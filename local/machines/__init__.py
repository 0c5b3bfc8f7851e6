"""Machines on this machine: namespaces that boot real user data under real systemd.

A world is one VPC with machines in it, and the AWS that they ask is the embedded one.
"""

from local.machines.description import (
    Allow,
    EndpointsSpec,
    InterfaceSpec,
    MachineSpec,
    Subnet,
    VolumeSpec,
    WorldSpec,
)
from local.machines.errors import MachinesError
from local.machines.handle import Event, MachineHandle, MachineStatus
from local.machines.world import World

__all__ = [
    "Allow",
    "EndpointsSpec",
    "Event",
    "InterfaceSpec",
    "MachineHandle",
    "MachineSpec",
    "MachineStatus",
    "MachinesError",
    "Subnet",
    "VolumeSpec",
    "World",
    "WorldSpec",
]
