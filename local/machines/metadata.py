"""What the instance metadata service answers, version 2 only. Pure; metadata_server.py serves it.

Paths and forms: docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html,
refusals: configuring-instance-metadata-service.html (read 2026-11-28).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from local.machines.description import InterfaceSpec, MachineSpec, WorldSpec, mac_of

TOKEN_PATH = "/latest/api/token"
TOKEN, TOKEN_SECONDS = "x-aws-ec2-metadata-token", "x-aws-ec2-metadata-token-ttl-seconds"
LONGEST_SECONDS = 21600
VERSIONS = ("2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest")
TAGS_SINCE = "2021-03-23"
# What is told of a machine, by its path; credentials are made when somebody asks for them.
Fact = str | bytes | Callable[[], bytes]
Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Answer:
    status: HTTPStatus
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Tokens:
    """Tokens of one machine, each with the time that it ends. `make` gives a new secret."""

    make: Callable[[], str]
    ends: dict[str, float] = field(default_factory=dict)

    def new(self, headers: Mapping[str, str], now: float) -> Answer:
        if "x-forwarded-for" in headers:  # through a proxy that somebody left open
            return Answer(HTTPStatus.FORBIDDEN)
        asked = headers.get(TOKEN_SECONDS, "")
        if not asked.isdecimal() or not 1 <= int(asked) <= LONGEST_SECONDS:
            return Answer(HTTPStatus.BAD_REQUEST)
        token = self.make()
        self.ends = {kept: end for kept, end in self.ends.items() if end > now}
        self.ends[token] = now + int(asked)
        return Answer(HTTPStatus.OK, token.encode(), {TOKEN_SECONDS: asked})

    def hold(self, headers: Mapping[str, str], now: float) -> bool:
        return self.ends.get(headers.get(TOKEN, ""), 0.0) > now


def answer(path: str, facts: Facts) -> Answer:
    """To a request with a token. A path between leaves lists what is below it."""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return Answer(HTTPStatus.OK, "\n".join(VERSIONS).encode())
    if parts[0] not in VERSIONS:
        return Answer(HTTPStatus.NOT_FOUND)
    asked = "/".join(parts[1:])
    if asked.startswith("meta-data/tags") and parts[0] < TAGS_SINCE:
        return Answer(HTTPStatus.NOT_FOUND)
    if asked in facts:
        value = facts[asked]
        said = value() if callable(value) else value
        return Answer(HTTPStatus.OK, said if isinstance(said, bytes) else said.encode())
    below = f"{asked}/" if asked else ""
    listed = _children(facts, below)
    if not listed:
        return Answer(HTTPStatus.NOT_FOUND)
    return Answer(HTTPStatus.OK, "\n".join(listed).encode())


def _children(facts: Facts, below: str) -> list[str]:
    """Names, with a slash behind those that have names below them."""
    found: dict[str, None] = {}
    for path in facts:
        if path.startswith(below):
            name, slash, _ = path.removeprefix(below).partition("/")
            found.setdefault(name + slash)
    return sorted(found)


def facts_of(
    world: WorldSpec,
    machine: MachineSpec,
    attached: Mapping[int, tuple[str, InterfaceSpec]],
    credentials: Callable[[], bytes],
) -> Facts:
    """Path to value. attached: device index to interface, the primary one at 0."""
    zone = world.subnets[machine.subnet].zone
    host = host_name(world, machine)
    mac = mac_of(machine.primary_interface)
    meta: dict[str, Fact] = {
        "ami-id": machine.image_id,
        "ami-launch-index": "0",
        "hostname": host,
        "instance-action": "none",
        "instance-id": machine.id,
        "instance-life-cycle": "on-demand",
        "instance-type": machine.instance_type,
        "local-hostname": host,
        "local-ipv4": str(machine.private_ip),
        "mac": mac,
        "placement/availability-zone": zone,
        "placement/region": world.region,
        "reservation-id": "r-" + machine.id[2:],
        "security-groups": "\n".join(machine.groups),
        "services/domain": "amazonaws.com",
        "services/partition": "aws",
    }
    for index, (interface_id, interface) in sorted(attached.items()):
        meta |= _interface_facts(world, index, interface_id, interface)
    if machine.role:
        meta["iam/info"] = json.dumps(
            {"Code": "Success", "InstanceProfileArn":
             f"arn:aws:iam::{world.account}:instance-profile/{machine.role}"}
        )  # fmt: skip
        meta[f"iam/security-credentials/{machine.role}"] = credentials
    if machine.tags_in_metadata:
        meta |= {f"tags/instance/{name}": value for name, value in machine.tags.items()}
    found: dict[str, Fact] = {f"meta-data/{path}": value for path, value in meta.items()}
    found["dynamic/instance-identity/document"] = _identity(world, machine, zone)
    if machine.user_data:
        found["user-data"] = machine.user_data
    return found


def host_name(world: WorldSpec, machine: MachineSpec) -> str:
    domain = "ec2.internal" if world.region == "us-east-1" else f"{world.region}.compute.internal"
    return f"ip-{str(machine.private_ip).replace('.', '-')}.{domain}"


def _interface_facts(
    world: WorldSpec, index: int, interface_id: str, interface: InterfaceSpec
) -> dict[str, str]:
    subnet = world.subnets[interface.subnet]
    mac = interface.mac or mac_of(interface_id)
    facts = {
        "device-number": str(index),
        "interface-id": interface_id,
        "local-ipv4s": str(interface.address),
        "mac": mac,
        "owner-id": world.account,
        "security-groups": "\n".join(interface.groups),
        "subnet-id": interface.subnet,
        "subnet-ipv4-cidr-block": str(subnet.cidr),
        "vpc-id": world.vpc_id or f"vpc-{world.name}",
        "vpc-ipv4-cidr-block": str(world.vpc),
        "vpc-ipv4-cidr-blocks": str(world.vpc),
    }
    return {f"network/interfaces/macs/{mac}/{name}": value for name, value in facts.items()}


def _identity(world: WorldSpec, machine: MachineSpec, zone: str) -> str:
    return json.dumps(
        {
            "accountId": world.account,
            "architecture": "x86_64",
            "availabilityZone": zone,
            "imageId": machine.image_id,
            "instanceId": machine.id,
            "instanceType": machine.instance_type,
            "pendingTime": "2026-01-01T00:00:00Z",
            "privateIp": str(machine.private_ip),
            "region": world.region,
            "version": "2017-09-30",
        },
        indent=2,
    )
