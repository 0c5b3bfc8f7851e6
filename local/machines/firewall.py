"""What the VPC's router lets through: security groups, as nft reads them. Pure.

Stateful, as security groups are: answers pass. As in a VPC, nobody sends from an address that is
not its interface's, and DNS and the metadata service are filtered for nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from local.machines.addresses import LOCAL_RESOLVER, METADATA
from local.machines.description import Allow, WorldSpec

TABLE = "inet heiiki"
ALL = (0, 65535)


@dataclass(frozen=True, slots=True)
class Plugged:
    """An interface that is attached: the router's end of it, its address and its groups."""

    device: str
    address: IPv4Address
    groups: tuple[str, ...]


def ruleset(world: WorldSpec, rows: Iterable[Allow], plugged: Iterable[Plugged]) -> str:
    """All of it, to replace what was there in one step."""
    there = sorted(plugged, key=lambda one: one.device)
    groups = _members(world, there)
    named = sorted({name for row in rows for name in (row.source, row.target) if _is_group(name)})
    lines = [f"table {TABLE}", f"delete table {TABLE}", f"table {TABLE} {{"]
    for name in sorted({*groups, *named}):
        lines.append(f"  set {_set(name)} {{ type ipv4_addr; {_elements(groups.get(name, ()))}}}")
    lines += ["  chain from_its_own_address {",
              "    type filter hook prerouting priority raw; policy accept;",
              "    meta nfproto ipv6 drop"]  # fmt: skip
    lines += [f'    iifname "{p.device}" ip saddr != {p.address} drop' for p in there]
    lines += ["  }", "  chain through {",
              "    type filter hook forward priority filter; policy drop;",
              "    ct state established,related accept", "    jump allowed", "  }"]  # fmt: skip
    resolvers = f"{{ {world.resolver}, {LOCAL_RESOLVER} }}"
    lines += ["  chain to_the_vpc_itself {",
              "    type filter hook input priority filter; policy drop;",
              "    ct state established,related accept",
              f"    ip daddr {METADATA} tcp dport 80 accept",
              f"    ip daddr {resolvers} udp dport 53 accept",
              f"    ip daddr {resolvers} tcp dport 53 accept",
              "    jump allowed", "  }", "  chain allowed {"]  # fmt: skip
    lines += [f"    {_rule(row)}" for row in rows]
    return "\n".join([*lines, "  }", "}", ""])


def _members(world: WorldSpec, plugged: Iterable[Plugged]) -> Mapping[str, list[IPv4Address]]:
    members: dict[str, list[IPv4Address]] = {}
    for one in plugged:
        for group in one.groups:
            members.setdefault(group, []).append(one.address)
    if world.endpoints is not None:
        for group in world.endpoints.groups:
            members.setdefault(group, []).append(world.endpoints.address)
    return members


def _rule(row: Allow) -> str:
    within = f"ip saddr {row.within} " if row.within else ""
    ends = f"{within}ip saddr {_end(row.source)} ip daddr {_end(row.target)}"
    first, last = row.ports
    match row.protocol:
        case "-1":
            return f"{ends} accept"
        case "icmp":  # of one type, which stands in place of ports, or of all
            kind = "ip protocol icmp" if row.ports == ALL else f"icmp type {first}"
            return f"{ends} {kind} accept"
        case protocol:
            return f"{ends} {protocol} dport {first}-{last} accept"


def _end(name: str) -> str:
    return f"@{_set(name)}" if _is_group(name) else name


def _is_group(name: str) -> bool:
    return "/" not in name


def _set(group: str) -> str:
    return "group_" + group.replace("-", "_")


def _elements(addresses: Iterable[IPv4Address]) -> str:
    listed = ", ".join(str(address) for address in sorted(addresses))
    return f"elements = {{ {listed} }}; " if listed else ""
