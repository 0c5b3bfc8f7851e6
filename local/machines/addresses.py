"""Addresses that are the same in every VPC, and the `ip` commands that plug a machine in. Pure.

The router has a link to each interface and a route to its one address, and answers for every other
address of the subnet (proxy ARP), as the VPC's own mapping service does. So machines of one subnet
pass the router, and with it the security groups, too.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address

from local.machines.description import Subnet, WorldSpec

METADATA = IPv4Address("169.254.169.254")
LOCAL_RESOLVER = IPv4Address("169.254.169.253")
MTU = 9001  # as in a VPC
FIRST_DEVICE = 5  # ens5 is the first one on Nitro instances


def guest_device(index: int) -> str:
    return f"ens{FIRST_DEVICE + index}"


def router_sysctls() -> dict[str, str]:
    """Before any interface is made: they are what new ones begin with."""
    return {
        "net/ipv4/ip_forward": "1",
        "net/ipv4/conf/default/proxy_arp": "1",
        "net/ipv4/neigh/default/proxy_delay": "0",
        "net/ipv6/conf/default/disable_ipv6": "1",
    }


def machine_sysctls() -> dict[str, str]:
    return {"net/ipv6/conf/default/disable_ipv6": "1"}


def router_commands(world: WorldSpec) -> Iterator[str]:
    yield "link set lo up"
    for address in router_addresses(world):
        yield f"addr add {address}/32 dev lo"


def router_addresses(world: WorldSpec) -> list[IPv4Address]:
    """What answers in the VPC itself: gateways, resolver, metadata service, endpoints."""
    found = [METADATA, LOCAL_RESOLVER, world.resolver]
    found += [subnet.gateway for subnet in world.subnets.values()]
    if world.endpoints is not None:
        found.append(world.endpoints.address)
    return sorted(set(found))


def plug_commands(
    device: str, mac: str, address: IPv4Address, guest: str, network: str
) -> Iterator[str]:
    """Given in the router's namespace; `network` is a path to the machine's."""
    yield f"link add {device} mtu {MTU} type veth peer name {device}p mtu {MTU}"
    yield f"link set {device}p address {mac}"
    yield f"link set {device}p netns {network} name {guest}"
    yield f"link set {device} up"
    yield f"route add {address}/32 dev {device}"


def boot_commands(address: IPv4Address, subnet: Subnet) -> Iterator[str]:
    """Given in the machine's namespace before it boots, in place of DHCP."""
    yield "link set lo up"
    device = guest_device(0)
    yield f"link set {device} up"
    yield f"addr add {address}/{subnet.cidr.prefixlen} dev {device}"
    yield f"route add default via {subnet.gateway} dev {device}"
