"""What an EC2 instance type can carry. The limits are data: facts/instance_types.csv."""

import csv
from functools import cache
from typing import NamedTuple

from plan.errors import PlanError
from plan.fact_files import FOLDER
from spec.errors import Fault

MANY_VCPUS = 30  # from here on the calculator of AWS allows 250 pods instead of 110


class InstanceType(NamedTuple):
    """Limits of one type; network interfaces are those of the default network card."""

    name: str
    architecture: str  # "x86_64" | "arm64"
    vcpus: int
    memory_mib: int
    network_interfaces: int
    ipv4_addresses_per_interface: int


@cache
def _table() -> dict[str, InstanceType]:
    with (FOLDER / "instance_types.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(line for line in file if not line.startswith("#"))
        next(rows)
        return {r[0]: InstanceType(r[0], r[1], *(int(number) for number in r[2:])) for r in rows}


def instance_type(name: str, *, path: str) -> InstanceType:
    """The limits of a type; PlanError for a type that the table does not know.

    path: the YAML path that names it. The nodes' own fallback for an unknown type is a silent
    110 pods, so ours is to refuse.
    """
    if (found := _table().get(name)) is not None:
        return found
    family = name.split(".")[0]
    close = [n for n in _table() if n.startswith(family + ".")] or ["m7i.large", "m7g.large"]
    raise PlanError(
        [Fault(path, f"is no known instance type; known: {', '.join(close)}", repr(name))]
    )


def max_pods(limits: InstanceType, *, vpc_cni: bool = True) -> int:
    """Pods that a node takes: capped as AWS advises, and by the addresses of the VPC CNI.

    Source: max-pods calculator of awslabs/amazon-eks-ami (81fec2e).
    """
    cap = 110 if limits.vcpus <= MANY_VCPUS else 250
    addresses = limits.network_interfaces * (limits.ipv4_addresses_per_interface - 1) + 2
    return min(addresses, cap) if vpc_cni else cap
