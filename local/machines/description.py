"""What a world of local machines consists of: one VPC, its rules and names, machines in it.

The same words in Python and, in camel case, in the file that `python -m local.machines up` reads.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.alias_generators import to_camel

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
VolumeId = Annotated[str, StringConstraints(pattern=r"^vol-[a-z0-9]{1,32}$")]
InterfaceId = Annotated[str, StringConstraints(pattern=r"^eni-[a-z0-9]{1,32}$")]
VpcId = Annotated[str, StringConstraints(pattern=r"^(vpc-[a-z0-9]{1,32})?$")]
InstanceId = Annotated[str, StringConstraints(pattern=r"^(i-[0-9a-f]{8,32})?$")]
MacAddress = Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5})?$")]
RoleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@-]{0,64}$")]
DeviceName = Annotated[str, StringConstraints(pattern=r"^/dev/(sd[b-z]|xvd[b-z])$")]
DnsName = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,252})$")]
_GROUP = re.compile(r"[a-z][a-z0-9-]{0,30}")
USER_DATA_BYTES = 16 * 1024  # EC2's own limit, before it is encoded
# AWS keeps the first four addresses of a subnet and its last one.
RESERVED_FIRST = 4


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True,
        ser_json_bytes="base64", val_json_bytes="base64",
    )  # fmt: skip


class Allow(_Model):
    """One row of the firewall: a group or CIDR may open connections to a group, or to a CIDR.

    within: of a group those alone whose address lies there; nothing is all of it.
    """

    source: str
    target: str
    within: str = ""
    protocol: Literal["tcp", "udp", "icmp", "-1"] = "tcp"
    ports: tuple[int, int] = (0, 65535)  # inclusive

    @field_validator("ports", mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        """A number, or text such as 2379-2380."""
        if isinstance(value, int):
            return (value, value)
        if isinstance(value, str):
            first, _, last = value.partition("-")
            return (int(first), int(last or first))
        return value

    @field_validator("ports")
    @classmethod
    def _in_order(cls, ports: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= ports[0] <= ports[1] <= 65535:
            raise ValueError("write a port from 0 to 65535, or a range such as 2379-2380")
        return ports

    @field_validator("source", "target")
    @classmethod
    def _group_or_cidr(cls, name: str) -> str:
        if "/" in name:
            return _cidr(name)
        if not _GROUP.fullmatch(name):
            raise ValueError("write the name of a group, such as etcd, or a CIDR")
        return name

    @field_validator("within")
    @classmethod
    def _cidr_or_nothing(cls, name: str) -> str:
        return _cidr(name) if name else name


def _cidr(name: str) -> str:
    return str(IPv4Network(name))


class Subnet(_Model):
    cidr: IPv4Network
    zone: str

    @property
    def gateway(self) -> IPv4Address:
        return self.cidr[1]


class EndpointsSpec(_Model):
    """One address for the AWS APIs in place of an endpoint for each."""

    address: IPv4Address
    groups: tuple[Name, ...] = ()
    services: tuple[str, ...] = ("s3", "sts", "ec2", "kms", "ssm")


class InterfaceSpec(_Model):
    """A network interface that can be attached, detached and attached elsewhere."""

    subnet: Name
    address: IPv4Address
    groups: tuple[Name, ...] = ()
    mac: MacAddress = ""  # made up of its id without


class VolumeSpec(_Model):
    """A disk that can be attached, detached and attached elsewhere in its zone. Blank at first."""

    zone: str
    size_mib: int = Field(ge=1, le=64 * 1024)


class MachineSpec(_Model):
    """An instance. `volumes` and `interfaces` name those of the world, by device and index."""

    name: Name
    subnet: Name
    private_ip: IPv4Address
    user_data: bytes = b""
    role: RoleName = ""  # of the instance profile; none without
    groups: tuple[Name, ...] = ()
    interfaces: dict[int, InterfaceId] = {}
    volumes: dict[DeviceName, VolumeId] = {}
    tags: dict[str, str] = {}
    tags_in_metadata: bool = False
    hop_limit: int = Field(default=1, ge=1, le=64)
    instance_type: str = "m7i.large"
    image_id: str = "ami-00000000000000000"
    instance_id: InstanceId = ""  # made up of the name without

    @property
    def id(self) -> str:
        return self.instance_id or f"i-{digest(self.name)[:17]}"

    @property
    def primary_interface(self) -> str:
        return f"eni-{digest(self.id)[:17]}"


class WorldSpec(_Model):
    name: Name = "local"
    region: str = "ap-northeast-1"
    account: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] = "123456789012"
    vpc: IPv4Network
    vpc_id: VpcId = ""  # of the embedded AWS's records; its endpoints' policies hold then
    subnets: dict[Name, Subnet]
    allow: tuple[Allow, ...] = ()
    endpoints: EndpointsSpec | None = None
    records: dict[DnsName, tuple[IPv4Address, ...]] = {}
    interfaces: dict[InterfaceId, InterfaceSpec] = {}
    volumes: dict[VolumeId, VolumeSpec] = {}

    @property
    def resolver(self) -> IPv4Address:
        return self.vpc[2]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def mac_of(interface_id: str) -> str:
    """Locally administered, and the same wherever the interface is attached."""
    found = digest(interface_id)
    return ":".join(["02", *(found[i : i + 2] for i in range(0, 10, 2))])


def world_faults(world: WorldSpec) -> Iterator[str]:
    """What no single value shows; each with its key and what to write instead."""
    for name, subnet in world.subnets.items():
        if not subnet.cidr.subnet_of(world.vpc):
            yield f"subnets.{name}.cidr: {subnet.cidr} is not in vpc, {world.vpc}"
    for interface_id, interface in world.interfaces.items():
        key = f"interfaces.{interface_id}"
        yield from _place_faults(world, key, interface.subnet, interface.address)
    if world.endpoints is not None and world.endpoints.address not in world.vpc:
        yield f"endpoints.address: {world.endpoints.address} is not in vpc, {world.vpc}"
    yield from _twice(
        [(f"interfaces.{name}.address", i.address) for name, i in world.interfaces.items()]
        + ([("endpoints.address", world.endpoints.address)] if world.endpoints else [])
    )


def machine_faults(
    world: WorldSpec, machine: MachineSpec, others: Iterable[MachineSpec]
) -> Iterator[str]:
    """Why this machine cannot be added to those which are there."""
    key = f"machines.{machine.name}"
    yield from _place_faults(world, key, machine.subnet, machine.private_ip, "privateIp")
    taken = {i.address: f"interface {name}" for name, i in world.interfaces.items()}
    if world.endpoints is not None:
        taken[world.endpoints.address] = "endpoints"
    for other in others:
        taken[other.private_ip] = f"machine {other.name}"
        if other.name == machine.name:
            yield f"{key}: there is a machine of this name; choose another, or terminate it first"
        elif other.id == machine.id:
            yield f"{key}.instanceId: machine {other.name} has {machine.id} too"
    if owner := taken.get(machine.private_ip):
        yield f"{key}.privateIp: {machine.private_ip} is the address of {owner}"
    if len(machine.user_data) > USER_DATA_BYTES:
        yield f"{key}.userData: {len(machine.user_data)} bytes; EC2 takes {USER_DATA_BYTES} at most"
    zone = world.subnets[machine.subnet].zone if machine.subnet in world.subnets else ""
    for device, volume_id in machine.volumes.items():
        if volume_id not in world.volumes:
            yield f"{key}.volumes.{device}: there is no volume {volume_id} under volumes"
        elif zone and world.volumes[volume_id].zone != zone:
            there = world.volumes[volume_id].zone
            yield f"{key}.volumes.{device}: {volume_id} is in {there}, the machine in {zone}"
    for index, interface_id in machine.interfaces.items():
        if index < 1:
            yield f"{key}.interfaces.{index}: indexes begin with 1; 0 is the machine's own"
        if interface_id not in world.interfaces:
            yield f"{key}.interfaces.{index}: there is no {interface_id} under interfaces"


def _place_faults(
    world: WorldSpec, key: str, subnet_name: str, address: IPv4Address, word: str = "address"
) -> Iterator[str]:
    subnet = world.subnets.get(subnet_name)
    if subnet is None:
        known = ", ".join(world.subnets) or "none"
        yield f"{key}.subnet: there is no subnet {subnet_name}; write one of {known}"
    elif address not in subnet.cidr:
        yield f"{key}.{word}: {address} is not in subnet {subnet_name}, {subnet.cidr}"
    elif address < subnet.cidr[RESERVED_FIRST] or address == subnet.cidr[-1]:
        first, last = subnet.cidr[RESERVED_FIRST], subnet.cidr[-2]
        yield f"{key}.{word}: AWS keeps {address} for itself; write one of {first} to {last}"


def _twice(addresses: list[tuple[str, IPv4Address]]) -> Iterator[str]:
    first: dict[IPv4Address, str] = {}
    for key, address in addresses:
        if address in first:
            yield f"{key}: {address} is written at {first[address]} too"
        first.setdefault(address, key)
