"""What an EC2 instance type can carry. The limits are data: facts/instance_types.csv."""

import csv
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from plan.errors import PlanError
from plan.fact_files import FOLDER
from spec.errors import Fault
from spec.lock import OfferedInstanceType
from spec.shown import shown_value

ARCHITECTURES = ("x86_64", "arm64")  # of images of Linux; the table has EC2's Macs too
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


def instance_type(
    name: str, offered: Mapping[str, OfferedInstanceType], *, path: str
) -> InstanceType:
    """The limits of a type; PlanError for a type that neither table nor lock file knows.

    offered: the lock file's instanceTypes, for types that are newer than the table. path: the
    YAML path that names it. The nodes' own fallback for an unknown type is a silent 110 pods, so
    ours is to refuse.
    """
    if (found := _table().get(name)) is not None:
        if found.architecture not in ARCHITECTURES:
            message = f"is a Mac ({found.architecture}), on which no Linux boots; choose another "
            message += "type, such as m7i.large"
            raise PlanError([Fault(path, message, shown_value(name))])
        return found
    if name in offered and (limits := offered[name].limits) is not None:
        return InstanceType(name, **limits.model_dump())
    message = f"is no known instance type; known: {', '.join(similar_types(name))}; of a newer "
    message += "one the lock file tells, once it is written anew"
    raise PlanError([Fault(path, message, shown_value(name))])


def has_limits(name: str) -> bool:
    """Whether the shipped table has the type's limits."""
    return name in _table()


def similar_types(name: str) -> list[str]:
    """Known types of the same family, or two that most regions offer."""
    family = name.split(".")[0]
    return [n for n in _table() if n.startswith(family + ".")] or ["m7i.large", "m7g.large"]


def max_pods(limits: InstanceType, *, vpc_cni: bool = True) -> int:
    """Pods that a node takes: capped as AWS advises, and by the addresses of the VPC CNI.

    Source: max-pods calculator of awslabs/amazon-eks-ami (81fec2e).
    """
    cap = 110 if limits.vcpus <= MANY_VCPUS else 250
    addresses = limits.network_interfaces * (limits.ipv4_addresses_per_interface - 1) + 2
    return min(addresses, cap) if vpc_cni else cap
