"""The lock file: what only AWS knows, resolved once by `heiiki lock` and checked in."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from spec.base import Spec
from spec.errors import SpecError, parse
from spec.fields import (
    AccountId,
    AvailabilityZone,
    ImageId,
    InstanceType,
    KubernetesVersion,
    PrefixListId,
    Region,
    Text,
    WholeNumber,
)
from spec.supplied import Supplied
from spec.yaml_text import load_yaml


def _no_boolean(value: Any) -> Any:
    """To Python `true` is 1."""
    if isinstance(value, bool):
        raise ValueError("must be 1")
    return value


_RESTORE = "restore the file, which heiiki lock writes, from version control"
Count = Annotated[WholeNumber, Field(ge=1)]
AddOnVersion = Annotated[
    str,
    Text(
        r"v[0-9]+(?:\.[0-9]+){2}(?:-[a-z0-9]+)*-eksbuild\.[a-z0-9]+",
        "must be an EKS add-on's version, such as v1.20.4-eksbuild.2; run heiiki lock",
    ),
]


class EndpointService(Spec):
    """An endpoint service of the region, as EC2 describes it."""

    service_name: str = Field(description="Full name, com.amazonaws.<region>.<suffix> or another.")
    type: Literal["Interface", "Gateway"] = Field(description="Kind of endpoint.")
    policy_supported: bool = Field(description="Whether an endpoint policy may be attached.")
    availability_zones: tuple[AvailabilityZone, ...] = Field((), description="Zones that offer it.")
    prefix_list_id: PrefixListId | None = Field(
        None, description="For a gateway: the addresses that its routes lead to."
    )


class InstanceTypeLimits(Spec):
    """What a type can carry, where heiiki ships no row for it."""

    architecture: Literal["x86_64", "arm64"]
    vcpus: Count
    memory_mib: Count
    network_interfaces: Count = Field(description="Of the default network card.")
    ipv4_addresses_per_interface: Count


class OfferedInstanceType(Spec):
    """An instance type of the stack file, as the region offers it."""

    availability_zones: tuple[AvailabilityZone, ...] = Field(
        description="Zones that offer it, of all that the region has."
    )
    limits: InstanceTypeLimits | None = Field(
        None, description="For a type that is newer than heiiki's own table."
    )


class Lock(Spec):
    """Facts of one stack, in one account and region."""

    format: Annotated[Literal[1], BeforeValidator(_no_boolean)] = 1
    region: Region
    partition: str
    account_id: AccountId
    kubernetes_version: KubernetesVersion
    availability_zones: dict[AvailabilityZone, str] = Field(description="Zone name to zone id.")
    control_plane_zones: tuple[AvailabilityZone, ...] = Field(
        (),
        description="Zones that the control plane was first given; EKS never moves it to others.",
    )
    images: dict[str, ImageId] = Field(
        description="Image ids by family, version and architecture, "
        "such as al2023/1.35/x86_64, and of accelerated types by variant too, such as "
        "al2023/1.35/x86_64/nvidia; machines for people: al2023/x86_64."
    )
    instance_types: dict[InstanceType, OfferedInstanceType] = Field(
        default_factory=dict, description="Of pools, the operator's machine and the bastion."
    )
    endpoint_services: dict[str, EndpointService] = Field(description="By service suffix.")
    add_ons: dict[str, AddOnVersion] = Field(description="EKS add-on versions by add-on name.")
    supplied: Supplied = Field(default_factory=Supplied)


def parse_lock(text: str, *, where: str) -> Lock:
    """The lock in the file's text, or SpecError with every fault at once."""
    try:
        return parse(Lock, load_yaml(text, where=where), where=where)
    except SpecError as error:
        if any("heiiki lock" in fault.message for fault in error.faults):
            raise
        first, *others = error.faults
        # Nobody writes this file by hand: which key is wrong does not say what to do. Said once.
        told = replace(first, message=f"{first.message}; {_RESTORE}")
        raise SpecError(
            [told, *others], where=where, more=error.more, rest=error.rest, written=error.written,
            left_out=error.left_out, more_left_out=error.more_left_out,
        ) from None  # fmt: skip


def lock_file_name(stack: str) -> str:
    """The name of the lock file beside Pulumi.<stack>.yaml."""
    return f"heiiki.{stack}.lock.yaml"
