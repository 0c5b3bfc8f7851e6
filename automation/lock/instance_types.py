"""Where the region offers the stack file's instance types, and the limits of new ones."""

from collections.abc import Iterable
from typing import Any

from automation.lock.facts import Aws
from plan.instance_offers import wanted_types
from plan.instance_types import ARCHITECTURES, has_limits, similar_types
from spec.cluster import ClusterSpec
from spec.lock import InstanceTypeLimits, OfferedInstanceType


def offered_types(aws: Aws, spec: ClusterSpec) -> dict[str, OfferedInstanceType]:
    """Types by name. Faults: one that the region does not offer, one that boots none of our images.

    Local Zones and Wavelength Zones are left out: EKS nodes there are another matter.
    """
    wanted = wanted_types(spec)
    aws.hear("instance types")
    names = sorted(set(wanted.values()))
    rows = aws.paged("ec2", "describe_instance_type_offerings", "InstanceTypeOfferings",
                     LocationType="availability-zone", Filters=_named(names))  # fmt: skip
    zones: dict[str, set[str]] = {}
    for row in rows:
        if row["Location"][:-1] == aws.region:
            zones.setdefault(row["InstanceType"], set()).add(row["Location"])
    limits = _limits(aws, [name for name in names if name in zones and not has_limits(name)])
    for path, name in wanted.items():
        if name not in zones:
            close = ", ".join(similar_types(name))
            aws.faults.add(path, f"is offered nowhere in {aws.region}; of its kind there are "
                           f"{close}, perhaps elsewhere", name)  # fmt: skip
        elif not has_limits(name) and name not in limits:
            aws.faults.add(path, f"is neither {' nor '.join(ARCHITECTURES)}, so no image boots "
                           "on it; choose another type", name)  # fmt: skip
    return {
        name: OfferedInstanceType(availabilityZones=tuple(sorted(found)), limits=limits.get(name))
        for name, found in sorted(zones.items())
    }


def _limits(aws: Aws, names: list[str]) -> dict[str, InstanceTypeLimits]:
    """What AWS says of types that the shipped table lacks."""
    if not names:
        return {}
    rows = aws.paged("ec2", "describe_instance_types", "InstanceTypes", Filters=_named(names))
    found = {row["InstanceType"]: _limits_of(row) for row in rows}
    return {name: limits for name, limits in found.items() if limits is not None}


def _named(names: Iterable[str]) -> list[dict[str, Any]]:
    """By filter: asked for by name, AWS answers one unknown type with an error for all."""
    return [{"Name": "instance-type", "Values": list(names)}]


def _limits_of(row: Any) -> InstanceTypeLimits | None:
    """None for a type that boots no image of ours."""
    supported = row["ProcessorInfo"]["SupportedArchitectures"]
    architecture = next((a for a in ARCHITECTURES if a in supported), None)
    if architecture is None:
        return None
    network = row["NetworkInfo"]
    card = network["NetworkCards"][network["DefaultNetworkCardIndex"]]
    return InstanceTypeLimits.model_validate(
        {
            "architecture": architecture,
            "vcpus": row["VCpuInfo"]["DefaultVCpus"],
            "memoryMib": row["MemoryInfo"]["SizeInMiB"],
            "networkInterfaces": card["MaximumNetworkInterfaces"],
            "ipv4AddressesPerInterface": network["Ipv4AddressesPerInterface"],
        }
    )
