"""Where supplied route tables lead, route by route. Their owner's routes count like our own.

An isolated subnet has no route beyond the VPC but to the networks that network.connections names:
one unnamed route, or two halves of the internet, make an open network of a closed one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from plan.connections import Connection
from plan.errors import Faults
from plan.subnets import SubnetLayout
from spec.cluster import ClusterSpec
from spec.connections import (
    ExistingConnection,
    ExistingVpnGateway,
    TransitGatewayConnection,
    VirtualPrivateGatewayConnection,
    VpcPeeringConnection,
)
from spec.fields import PRIVATE_RANGES
from spec.lock import Lock
from spec.supplied import SuppliedRoute, SuppliedRouteTable

NOUNS = {
    "igw": "an internet gateway", "eigw": "an egress-only internet gateway",
    "nat": "a NAT gateway", "cagw": "a carrier gateway", "lgw": "a local gateway",
    "eni": "a network interface", "i": "an instance", "pcx": "a VPC peering connection",
    "tgw": "a transit gateway", "vgw": "a virtual private gateway", "vpce": "a VPC endpoint",
}  # fmt: skip
NAMEABLE = ("tgw", "pcx", "vgw")  # what network.connections has a kind for
GONE_FOR_GOOD = ("nat", "pcx")  # AWS deletes these; other targets may come back to life


@dataclass(frozen=True, slots=True)
class Way:
    """A named connection as a route's target: where it may lead, and from which subnets."""

    connection: str
    cidrs: tuple[IPv4Network, ...]
    subnets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A supplied route table in use. path: the key that names it; users: our subnets in it."""

    path: str
    route_table_id: str
    exposure: str
    users: tuple[str, ...]


def ways_of(
    spec: ClusterSpec, lock: Lock, connections: dict[str, Connection]
) -> dict[str, list[Way]]:
    """Targets of routes that the stack file names, by id."""
    ways: dict[str, list[Way]] = {}
    for connection in connections.values():
        for target in _targets(spec, lock, connection):
            way = Way(connection.name, connection.far_cidrs, connection.subnets)
            ways.setdefault(target, []).append(way)
    return ways


def _targets(spec: ClusterSpec, lock: Lock, connection: Connection) -> Iterator[str]:
    asked = connection.spec
    if isinstance(asked, ExistingConnection):
        yield asked.target_id
    elif isinstance(asked, TransitGatewayConnection):
        yield asked.transit_gateway_id
    elif isinstance(asked, VirtualPrivateGatewayConnection):
        if isinstance(asked.gateway, ExistingVpnGateway):
            yield asked.gateway.vpn_gateway_id
    else:  # peerings of our own: their ids are AWS's to give, their tag is ours
        for peering_id, peering in lock.supplied.peerings.items():
            same = isinstance(asked, VpcPeeringConnection) and (
                peering.peer_vpc_id == asked.peer_vpc_id
            )
            if same or (peering.made_by == spec.name and _is_bastion(connection)):
                yield peering_id


def _is_bastion(connection: Connection) -> bool:
    return connection.spec.kind == "bastionVpc"


def check_routes(
    table: Table, found: SuppliedRouteTable, spec: ClusterSpec, lock: Lock,
    connections: dict[str, Connection], faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    """Note every route that leads where the subnet's exposure and the connections do not."""
    ways = ways_of(spec, lock, connections)
    for route in found.routes:
        why = _unnamed(route, table, ways, spec, lock) if table.exposure == "isolated" else None
        lives = not route.blackhole or route.target.split("-")[0] not in GONE_FOR_GOOD
        if why and lives:
            faults.add(table.path, why, table.route_table_id)
        elif route.blackhole:
            warnings.append(
                f"{table.path}: {table.route_table_id} leads {route.destination} to "
                f"{route.target}, which is gone (blackhole): the route is dead; have its owner "
                "delete it"
            )
    if table.exposure != "isolated":
        _check_way_out(table, found, lock, faults)
    for gateway in found.propagating_gateways:
        named = ", ".join(way.connection for way in ways.get(gateway, ()))
        if table.exposure == "isolated" and not named:
            faults.add(table.path, f"takes over every route that {gateway} announces, and nothing "
                       "in network.connections names that gateway; have its owner switch route "
                       "propagation off, or name it as virtualPrivateGateway",
                       table.route_table_id)  # fmt: skip
        elif table.exposure == "isolated":
            warnings.append(
                f"{table.path}: {table.route_table_id} takes over every route that {gateway} of "
                f"network.connections.{named} announces, a default route too; have its owner "
                "write static routes and switch route propagation off"
            )


def _check_way_out(table: Table, found: SuppliedRouteTable, lock: Lock, faults: Faults) -> None:
    """A public subnet leads to the internet gateway, a private one outward by something else."""
    out = [r for r in found.routes if not r.blackhole and r.target != "local"
           and not r.target.startswith("vpce-") and _beyond(r, lock)]  # fmt: skip
    direct = [r for r in out if r.target.startswith("igw-")]
    leads = "public" if direct else "private" if out else "isolated"
    if leads == table.exposure:
        return
    way = "has no live route to the internet"
    if out:
        way = ", ".join(f"leads {r.destination} to {r.target}" for r in direct or out)
    faults.add(table.path, f"{way}, so the subnet is {leads}, not {table.exposure}; change one of "
               "the two", table.route_table_id)  # fmt: skip


def _unnamed(
    route: SuppliedRoute, table: Table, ways: dict[str, list[Way]], spec: ClusterSpec, lock: Lock
) -> str | None:
    """Why the route has no place in an isolated subnet's table, and what to do; None if it has."""
    kind = "arn" if route.target.startswith("arn:") else route.target.split("-")[0]
    dead = ", dead now (blackhole) and alive again with its target" if route.blackhole else ""
    says = f"leads {route.destination} to {route.target} ({NOUNS.get(kind, 'unknown here')}){dead}"
    if route.target == "local":
        return None
    if kind == "vpce" and route.destination.startswith("pl-"):
        if route.target in spec.network.endpoints.existing.values():
            return None
        return (
            f"{says}, a gateway endpoint that the stack file does not name; give it in "
            "network.endpoints.existing, so that its policy is read, or have its owner take the "
            "table off it"
        )
    delete = "have its owner delete the route, or take a table without it"
    if kind not in NAMEABLE:
        return f"{says}; an isolated subnet has no such way, {delete}"
    if _beyond(route, lock):
        return f"{says}, beyond the private ranges; {delete}"
    if not (named := ways.get(route.target, [])):
        return f"{says}, which nothing in network.connections names; name it there, or {delete}"
    names = ", ".join(way.connection for way in named)
    cidrs = tuple(collapse_addresses(cidr for way in named for cidr in way.cidrs))
    if not all(any(d.subnet_of(cidr) for cidr in cidrs) for d in _ipv4(route, lock)):
        inside = ", ".join(str(cidr) for cidr in cidrs)
        return (
            f"{says}, and network.connections.{names} lists {inside} only; list the destination "
            f"there, or {delete}"
        )
    strangers = [u for u in table.users if not any(u in way.subnets for way in named)]
    if strangers:
        return (
            f"{says}, which network.connections.{names} does not ask for subnet "
            f"{', '.join(strangers)}; list it in its subnets, or {delete}"
        )
    return None


def _ipv4(route: SuppliedRoute, lock: Lock) -> tuple[IPv4Network, ...]:
    """The route's IPv4 destinations; none for what is not IPv4 or was not read."""
    texts: tuple[str, ...] = (route.destination,)
    if route.destination.startswith("pl-"):
        texts = lock.supplied.prefix_lists.get(route.destination, ())
    return tuple(IPv4Network(t) for t in texts if "." in t)


def _beyond(route: SuppliedRoute, lock: Lock) -> bool:
    """Whether the route leads outside the private ranges; what is not known does, and IPv6."""
    if ":" in route.destination:
        return True
    entries = lock.supplied.prefix_lists.get(route.destination, ())
    if any(":" in entry for entry in entries):
        return True
    cidrs = _ipv4(route, lock)
    return not cidrs or any(not _private(cidr) for cidr in cidrs)


def _private(cidr: IPv4Network) -> bool:
    return any(cidr.subnet_of(block) for block in PRIVATE_RANGES)


def users_of(layout: SubnetLayout, route_table_id: str) -> tuple[str, ...]:
    """Our subnets whose table has this id."""
    return tuple(
        subnet.name
        for subnet in layout.subnets.values()
        if layout.route_tables[subnet.route_table].route_table_id == route_table_id
    )
