"""What machines of a control plane of our own have in common: where they lie, and their marks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from plan.errors import Faults, PlanError
from plan.instance_types import InstanceType, instance_type
from plan.subnets import Subnet, SubnetLayout
from plan.tags import Tags
from spec.lock import OfferedInstanceType

# Marks by which a machine's role, and no other, is allowed what it does.
ROLE_TAG = "heiiki:role"
MEMBER_TAG = "heiiki:etcd-member"  # on what outlives a member's machines, and on nothing else
CONTROLLER = "controller"
ETCD_PREFIX = "etcd-"
CONTROLLER_PREFIX = f"{CONTROLLER}-"  # of controllers that a member of etcd lives on


@dataclass(frozen=True, slots=True)
class Scope:
    """The cluster that the machines are of.

    first_zones: those of the first lock file. Members are spread over these by default, so that a
    zone that comes later moves none.
    """

    cluster: str
    region: str
    profile: Literal["development", "highlyAvailable"]
    layout: SubnetLayout
    first_zones: tuple[str, ...]
    tags: Tags
    offered: Mapping[str, OfferedInstanceType]

    @property
    def internal_domain(self) -> str:
        """The private zone in which machines have names."""
        return f"{self.cluster}.heiiki.internal"

    @property
    def members_domain(self) -> str:
        """What the names of etcd's members end in, within that zone."""
        return f"etcd.{self.internal_domain}"

    def node_subnets(self) -> dict[str, list[str]]:
        """Subnets for nodes by zone, in the order of the stack file."""
        found: dict[str, list[str]] = {}
        for name in self.layout.nodes:
            found.setdefault(self.layout.subnets[name].availability_zone, []).append(name)
        return found

    def public_subnets(self) -> dict[str, list[str]]:
        """Public subnets by zone, in the order of the stack file."""
        found: dict[str, list[str]] = {}
        for name, subnet in self.layout.subnets.items():
            if subnet.exposure == "public":
                found.setdefault(subnet.availability_zone, []).append(name)
        return found


def known_subnets(
    names: Iterable[str], scope: Scope, path: str, faults: Faults
) -> tuple[Subnet, ...]:
    """The subnets of these names; a fault for each that there is not."""
    found = []
    for name in names:
        if name in scope.layout.subnets:
            found.append(scope.layout.subnets[name])
        else:
            known = ", ".join(scope.layout.subnets)
            faults.add(path, f"is no subnet; known: {known}", name)
    return tuple(found)


def limits_of(name: str, scope: Scope, path: str, faults: Faults) -> InstanceType | None:
    """What the type can carry; None with a fault where it is not known."""
    try:
        return instance_type(name, scope.offered, path=path)
    except PlanError as error:
        faults.extend(error)
        return None


def too_little(scope: Scope, where: str, message: str, faults: Faults, warnings: list[str]) -> None:
    """Refused with profile highlyAvailable, and said with profile development."""
    if scope.profile == "highlyAvailable":
        faults.add(where, f"{message} (profile highlyAvailable)")
    else:
        warnings.append(f"{where}: {message}")


def check_pool_names(pools: Iterable[str], faults: Faults, *, on_controllers: bool) -> None:
    """Pools called as machines of the control plane: their groups would have one name.

    on_controllers: whether members of etcd live there, so that each has a group of its own.
    """
    taken = (ETCD_PREFIX, *([CONTROLLER_PREFIX] if on_controllers else []))
    for name in pools:
        if name == CONTROLLER or name.startswith(taken):
            faults.add(f"nodePools.{name}", "is what machines of the control plane are called; "
                       "choose another name", name)  # fmt: skip
