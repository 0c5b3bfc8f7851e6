"""etcd of our own: its members, each with a name, a zone and what outlives its machines."""

from collections import Counter
from dataclasses import dataclass, replace

from plan.controllers import ControllersPlan
from plan.errors import Faults
from plan.etcd_snapshots import SnapshotsPlan, plan_snapshots
from plan.fact_files import load_facts
from plan.instance_types import InstanceType
from plan.names import group_name, zone_suffix
from plan.readiness import Readiness
from plan.self_hosted.places import (
    CONTROLLER_PREFIX,
    ETCD_PREFIX,
    MEMBER_TAG,
    ROLE_TAG,
    Scope,
    known_subnets,
    limits_of,
    too_little,
)
from plan.subnets import Subnet
from plan.volumes import Volume, volume_of
from spec.etcd import CreateEtcd
from spec.machine_images import root_device

CLIENT_PORT, PEER_PORT = 2379, 2380
DATA_DEVICE = "/dev/sdf"
HOOK_NAME = "heiiki-member-ready"
GRACE_SECONDS = 600  # after a machine is in service, in which nobody asks
INTERFACES = 2  # its machine's own, and the one that outlives it


@dataclass(frozen=True, slots=True)
class EtcdMember:
    """One member. Its name, zone and address are for the cluster's life, its machine is not."""

    name: str  # "1a", "1a-2"
    role: str  # "etcd-1a": of the secret store, and the logical name of what it keeps
    fqdn: str
    subnet: str
    availability_zone: str
    machine_role: str  # of IAM, and of all that comes and goes: its own, or "controller-1a"
    machine_wall: str  # whose security group its machine's own interface has, by role
    group_name: str
    kept_tags: dict[str, str]  # of the volume and the interface, by which the machine finds them
    machine_tags: dict[str, str]

    @property
    def client_url(self) -> str:
        return f"https://{self.fqdn}:{CLIENT_PORT}"

    @property
    def peer_url(self) -> str:
        return f"https://{self.fqdn}:{PEER_PORT}"


@dataclass(frozen=True, slots=True)
class EtcdPlan:
    """All members, by name, and what their machines have in common.

    on_controllers: whether each lives on a controller; what its machine is, is then the
        controllers' to say. security_group_ids: further ones, of members' own interfaces;
        machine_security_group_ids: of their machines'.
    refreshed: whether `up` itself replaces machines when what they are started from changes.
    """

    version: str
    on_controllers: bool
    members: dict[str, EtcdMember]
    zone_name: str  # of the private zone that their names stand in
    instance_type: str
    architecture: str
    root_volume: Volume
    data_volume: Volume
    security_group_ids: tuple[str, ...]
    machine_security_group_ids: tuple[str, ...]
    readiness: Readiness
    grace_seconds: int
    refreshed: bool
    snapshots: SnapshotsPlan

    @property
    def endpoints(self) -> tuple[str, ...]:
        """What API servers are told."""
        return tuple(member.client_url for member in self.members.values())


def plan_etcd(
    asked: CreateEtcd, scope: Scope, path: str, faults: Faults, warnings: list[str],
    controllers: ControllersPlan | None = None,
) -> EtcdPlan:  # fmt: skip
    """The members; faults and warnings for what does not hold, or not for long.

    path: the YAML path of etcd's keys. controllers: what members live on, if not on machines of
    their own; whether those are large enough for both is told where they are planned.
    """
    version = asked.version or str(load_facts("etcd.yaml")["version"])
    _check_version(version, path, faults)
    limits = None
    if controllers is None:
        limits = limits_of(asked.instance_type, scope, f"{path}.instanceType", faults)
    if limits is not None:
        _check_machine(limits, scope, path, faults, warnings)
    _check_disk(asked, scope, path, faults, warnings)
    members = _members(_subnets(asked, scope, path, faults), scope, controllers)
    if len(members) == asked.members:  # else what is missing was told
        _check_zones(members, scope, path, faults, warnings)
    own = EtcdPlan(
        version=version,
        on_controllers=False,
        members={member.name: member for member in members},
        zone_name=scope.internal_domain,
        instance_type=asked.instance_type,
        architecture=limits.architecture if limits else "",
        root_volume=volume_of(root_device(asked.image), asked.root_volume),
        data_volume=volume_of(DATA_DEVICE, asked.data_volume),
        security_group_ids=asked.security_group_ids,
        machine_security_group_ids=asked.security_group_ids,
        readiness=Readiness(asked.rollout.timeout_seconds, HOOK_NAME),
        grace_seconds=GRACE_SECONDS,
        refreshed=asked.rollout.kind == "atOnce",
        snapshots=plan_snapshots(asked, scope, path, faults, warnings),
    )
    return own if controllers is None else _on(controllers, own)


def _on(controllers: ControllersPlan, own: EtcdPlan) -> EtcdPlan:
    """Members on controllers: the machines are those."""
    return replace(
        own,
        on_controllers=True,
        instance_type=controllers.instance_type,
        architecture=controllers.architecture,
        root_volume=controllers.root_volume,
        machine_security_group_ids=controllers.security_group_ids,
        readiness=controllers.readiness,
        grace_seconds=controllers.grace_seconds,
    )


def _subnets(asked: CreateEtcd, scope: Scope, path: str, faults: Faults) -> tuple[Subnet, ...]:
    """One for each member: those that are named, or zone by zone over again."""
    if asked.subnets:
        if len(asked.subnets) != asked.members:
            faults.add(f"{path}.subnets", f"are {len(asked.subnets)} for {asked.members} members; "
                       "name one for each, one twice where two lie in it")  # fmt: skip
        return known_subnets(asked.subnets, scope, f"{path}.subnets", faults)
    by_zone = scope.node_subnets()
    zones = [zone for zone in scope.first_zones if zone in by_zone] or list(by_zone)
    names = []
    for index in range(asked.members if zones else 0):
        round_, place = divmod(index, len(zones))
        inside = by_zone[zones[place]]
        names.append(inside[round_ % len(inside)])
    return tuple(scope.layout.subnets[name] for name in names)


def _members(
    subnets: tuple[Subnet, ...], scope: Scope, controllers: ControllersPlan | None
) -> list[EtcdMember]:
    """The name is the zone's suffix, with a number from the second of a zone on."""
    seen: Counter[str] = Counter()
    found = []
    for subnet in subnets:
        suffix = zone_suffix(subnet.availability_zone)
        seen[suffix] += 1
        name = suffix if seen[suffix] == 1 else f"{suffix}-{seen[suffix]}"
        role = f"{ETCD_PREFIX}{name}"
        machine = role if controllers is None else f"{CONTROLLER_PREFIX}{name}"
        mark = {ROLE_TAG: machine}
        found.append(
            EtcdMember(
                name=name,
                role=role,
                fqdn=f"{name}.{scope.members_domain}",
                subnet=subnet.name,
                availability_zone=subnet.availability_zone,
                machine_role=machine,
                machine_wall=role if controllers is None else controllers.role,
                group_name=group_name(scope.cluster, scope.region, machine),
                kept_tags=scope.tags.named(role, **{MEMBER_TAG: name}),
                machine_tags=scope.tags.named(machine, **mark)
                if controllers is None
                else scope.tags.for_kubernetes(machine, "owned", **mark),
            )
        )
    return found


def _check_version(version: str, path: str, faults: Faults) -> None:
    oldest = str(load_facts("etcd.yaml")["oldest"])
    if _parts(version) < _parts(oldest):
        faults.add(f"{path}.version", f"does not know the flags that heiiki writes; write {oldest} "
                   "or a later one", version)  # fmt: skip


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _check_machine(
    limits: InstanceType, scope: Scope, path: str, faults: Faults, warnings: list[str]
) -> None:
    smallest, where = load_facts("etcd.yaml")["smallest"], f"{path}.instanceType"
    if limits.network_interfaces < INTERFACES:
        faults.add(where, f"takes {limits.network_interfaces} network interface, and a member has "
                   "one more that outlives its machine; choose a larger type",
                   limits.name)  # fmt: skip
    if limits.vcpus < smallest["vcpus"] or limits.memory_mib < smallest["memory_mib"]:
        too_little(scope, where, f"{limits.name} has {limits.vcpus} vCPU and {limits.memory_mib} "
                   f"MiB; etcd wants {smallest['vcpus']} and {smallest['memory_mib']}",
                   faults, warnings)  # fmt: skip


def _check_disk(
    asked: CreateEtcd, scope: Scope, path: str, faults: Faults, warnings: list[str]
) -> None:
    iops, least = asked.data_volume.iops, int(load_facts("etcd.yaml")["iops"])
    if iops < least:
        too_little(scope, f"{path}.dataVolume.iops", f"{iops} are few: every write waits for the "
                   f"disks of most members, and under load etcd wants {least}",
                   faults, warnings)  # fmt: skip


def _check_zones(
    members: list[EtcdMember], scope: Scope, path: str, faults: Faults, warnings: list[str]
) -> None:
    """The loss of one zone must leave a majority; the loss of one machine too."""
    most = len(members) // 2 + 1
    if len(members) == 1:
        too_little(scope, f"{path}.members", "one member survives no failure; 3 do",
                   faults, warnings)  # fmt: skip
        return
    by_zone = Counter(member.availability_zone for member in members)
    for zone, lying in sorted(by_zone.items()):
        if len(members) - lying < most:
            too_little(scope, f"{path}.subnets", f"{lying} of {len(members)} members lie in "
                       f"{zone}, and without them there is no majority of {most}: when that zone "
                       "fails, nothing is written and the API stops; spread them over three zones "
                       "or more", faults, warnings)  # fmt: skip
