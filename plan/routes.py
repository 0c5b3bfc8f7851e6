"""Every route beyond the local one, each with the name of what it leads to."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from plan.connections import Connection
from plan.subnets import SubnetLayout

EVERYWHERE = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, slots=True)
class Via:
    """What a route leads to. The kind keeps apart what a stack file calls by the same name."""

    kind: Literal["internetGateway", "natGateway", "connection"]
    name: str


INTERNET_GATEWAY = Via("internetGateway", "internet-gateway")


@dataclass(frozen=True, slots=True)
class Route:
    """A route in one of our tables. target: an argument of aws.ec2.Route; via: whose id it gets."""

    name: str
    route_table: str
    destination: IPv4Network
    target: str
    via: Via


def plan_routes(layout: SubnetLayout, connections: dict[str, Connection]) -> tuple[Route, ...]:
    """Default routes of public and private subnets, and the connections' routes.

    A supplied table gets none: its owner prepares it. With egress none there is no default route,
    since no subnet is then public or private.
    """
    routes: dict[tuple[str, IPv4Network], Route] = {}
    for subnet in layout.subnets.values():
        table = subnet.route_table
        if subnet.subnet_id or layout.route_tables[table].route_table_id:
            continue
        if subnet.exposure == "public":
            name, target, via = f"{table}-internet", "gateway_id", INTERNET_GATEWAY
        elif subnet.exposure == "private":
            via = Via("natGateway", subnet.nat_gateway or "")
            name, target = f"{table}-nat", "nat_gateway_id"
        else:
            continue
        routes.setdefault((table, EVERYWHERE), Route(name, table, EVERYWHERE, target, via))
    for connection in connections.values():
        for table in layout.tables_of(connection.subnets):
            if layout.route_tables[table].route_table_id:
                continue
            for cidr in connection.far_cidrs:
                name = f"{table}-{connection.name}-{str(cidr).replace('/', '-')}"
                via = Via("connection", connection.name)
                route = Route(name, table, cidr, connection.target, via)
                routes.setdefault((table, cidr), route)
    return tuple(routes.values())
