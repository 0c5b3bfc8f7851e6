"""Which names a machine can resolve, and to what. Pure; name_server.py serves it.

There is nobody to ask further: a name that is not here does not exist. (The resolver of a real VPC
answers for the whole internet unless a DNS Firewall stands before it.)
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address

from local.machines.description import MachineSpec, WorldSpec
from local.machines.metadata import host_name

Records = Mapping[str, tuple[IPv4Address, ...]]
DOMAIN = "amazonaws.com"


def endpoint_names(world: WorldSpec) -> list[str]:
    """Of the services that have an endpoint, with * for what stands before some."""
    if world.endpoints is None:
        return []
    region, names = world.region, []
    for service in world.endpoints.services:
        match service:
            case "ecr.dkr":
                names.append(f"*.dkr.ecr.{region}.{DOMAIN}")
            case "ecr.api":
                names.append(f"api.ecr.{region}.{DOMAIN}")
            case "s3":
                names += [f"s3.{region}.{DOMAIN}", f"*.s3.{region}.{DOMAIN}"]
            case _:
                names.append(f"{service}.{region}.{DOMAIN}")
    return names


def records_of(world: WorldSpec, machines: Iterable[MachineSpec], private: Records) -> Records:
    """Endpoints, machines and the private zones' records; the last word is the private zones'."""
    found: dict[str, tuple[IPv4Address, ...]] = {}
    if world.endpoints is not None:
        found |= {name: (world.endpoints.address,) for name in endpoint_names(world)}
    found |= {host_name(world, machine): (machine.private_ip,) for machine in machines}
    return found | {name.lower().rstrip("."): there for name, there in private.items()}


def addresses_of(name: str, records: Records) -> tuple[IPv4Address, ...] | None:
    """None: there is no such name. A * stands for one label or more, as in Route 53."""
    asked = name.lower().rstrip(".")
    if asked in records:
        return records[asked]
    labels = asked.split(".")
    for i in range(1, len(labels)):
        below = ".".join(labels[i:])
        if (found := records.get(f"*.{below}")) is not None:
            return found
        if below in records:
            return None
    return None
