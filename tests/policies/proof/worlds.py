"""Small networks in plain words: what all answers are computed from, each in its own way.

A world is texts and whole numbers, as somebody would write it in AWS's console. `network_of` turns
it into the model; the brute force and the namespaces read the world itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar

from model.network import (
    AclEntry,
    Hole,
    Interface,
    InternetGateway,
    NatGateway,
    Network,
    NetworkAcl,
    Public,
    Reference,
    Route,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Target,
    TargetKind,
    TransitGatewayAttachment,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
    Vpc,
    VpcPeeringConnection,
    VpnGateway,
)
from model.sets import EVERY_ADDRESS, Ranges, addresses, number
from model.traffic import Traffic, box

T = TypeVar("T")
ANY_PORT = (0, 65535)


@dataclass(frozen=True)
class WRule:
    """A security group's rule; protocol -1 is every one. peer: a group instead of a block."""

    egress: bool
    protocol: int
    ports: tuple[int, int]
    block: str = "0.0.0.0/0"
    peer: str | None = None


@dataclass(frozen=True)
class WEntry:
    """An ACL's entry."""

    number: int
    allows: bool
    egress: bool
    protocol: int
    ports: tuple[int, int]
    block: str


@dataclass(frozen=True)
class WRoute:
    """A route of a VPC. to: what it leads to, by name; it may be one that does not exist."""

    blocks: tuple[str, ...]
    kind: TargetKind
    to: str = ""
    propagated: bool = False
    prefix_list: bool = False


@dataclass(frozen=True)
class WTransitRoute:
    block: str
    attachment: str | None
    propagated: bool = False


@dataclass(frozen=True)
class WSubnet:
    vpc: str
    zone: str
    block: str
    table: str
    acl: str
    six: str = ""  # its block of IPv6, if it has one


@dataclass(frozen=True)
class WInterface:
    subnet: str
    address: str
    groups: tuple[str, ...]
    public: Public = Public.NO
    forwards: bool = False
    six: str = ""


@dataclass(frozen=True)
class WNat:
    subnet: str
    address: str
    public: bool


@dataclass(frozen=True)
class WAttachment:
    """Of a VPC, or of something else where vpc is None."""

    vpc: str | None
    subnets: tuple[str, ...] = ()


@dataclass(frozen=True)
class WTransitTable:
    associations: tuple[str, ...]
    routes: tuple[WTransitRoute, ...]


@dataclass
class World:
    """By name. groups: (vpc, rules); tables: (vpc, routes), without the local one; one transit
    gateway, called tgw, at most. holed: names of tables of which not everything is told. sixes: of
    VPCs that have IPv6, its block."""

    vpcs: dict[str, str] = field(default_factory=dict)
    subnets: dict[str, WSubnet] = field(default_factory=dict)
    tables: dict[str, tuple[str, tuple[WRoute, ...]]] = field(default_factory=dict)
    acls: dict[str, tuple[WEntry, ...]] = field(default_factory=dict)
    groups: dict[str, tuple[str, tuple[WRule, ...]]] = field(default_factory=dict)
    interfaces: dict[str, WInterface] = field(default_factory=dict)
    internet_gateways: dict[str, str] = field(default_factory=dict)
    egress_only_gateways: dict[str, str] = field(default_factory=dict)
    vpn_gateways: dict[str, str] = field(default_factory=dict)
    nats: dict[str, WNat] = field(default_factory=dict)
    peerings: dict[str, tuple[str, str]] = field(default_factory=dict)
    attachments: dict[str, WAttachment] = field(default_factory=dict)
    transit_tables: dict[str, WTransitTable] = field(default_factory=dict)
    holed: set[str] = field(default_factory=set)
    sixes: dict[str, str] = field(default_factory=dict)

    def blocks(self, vpc: str) -> tuple[str, ...]:
        """All of a VPC's blocks."""
        return (self.vpcs[vpc], *([self.sixes[vpc]] if vpc in self.sixes else ()))


def block(*texts: str) -> Ranges:
    """The addresses of blocks; of "" none."""
    return addresses(ip_network(text) for text in texts if text)


def packets(protocol: int, ports: tuple[int, int], where: str) -> Traffic:
    return box(block(where), _one(protocol), Ranges.of([ports]))


def _one(protocol: int) -> int | None:
    return None if protocol == -1 else protocol


def network_of(world: World) -> Network:
    """The same in the model's words."""
    return Network(
        vpcs={n: Vpc(n, n, block(*world.blocks(n))) for n in world.vpcs},
        subnets={
            n: Subnet(n, n, s.vpc, s.zone, block(s.block, s.six), s.table, s.acl)
            for n, s in world.subnets.items()
        },
        route_tables={
            n: RouteTable(n, n, vpc, _routes(world, n, vpc, routes), n not in world.holed)
            for n, (vpc, routes) in world.tables.items()
        },
        network_acls={n: NetworkAcl(n, n, _entries(acl)) for n, acl in world.acls.items()},
        security_groups={
            n: SecurityGroup(n, n, vpc, _rules(world, n, rules))
            for n, (vpc, rules) in world.groups.items()
        },
        interfaces={n: _interface(n, i) for n, i in world.interfaces.items()},
        internet_gateways={
            n: InternetGateway(n, n, vpc)
            for gateways in (world.internet_gateways, world.egress_only_gateways)
            for n, vpc in gateways.items()
        },
        vpn_gateways={n: VpnGateway(n, n, vpc) for n, vpc in world.vpn_gateways.items()},
        nat_gateways={
            n: NatGateway(n, n, nat.subnet, nat.public, block(nat.address))
            for n, nat in world.nats.items()
        },
        peerings={n: VpcPeeringConnection(n, n, a, b) for n, (a, b) in world.peerings.items()},
        attachments={
            n: TransitGatewayAttachment(n, n, "tgw", "vpc" if a.vpc else "vpn", a.vpc, a.subnets)
            for n, a in world.attachments.items()
        },
        transit_gateway_tables={
            n: TransitGatewayRouteTable(n, n, "tgw", t.associations, _between(n, t))
            for n, t in world.transit_tables.items()
        },
    )


def _interface(name: str, it: WInterface) -> Interface:
    return Interface(
        name,
        name,
        (it.subnet,),
        block(it.address, it.six),
        it.groups,
        it.public,
        forwards=it.forwards,
    )


def _routes(world: World, name: str, vpc: str, routes: Sequence[WRoute]) -> tuple[Route, ...]:
    own = world.blocks(vpc)
    local = [("local", (each,), Target(TargetKind.LOCAL), False, False) for each in own]
    written = [(name, r.blocks, _target(world, r), r.propagated, r.prefix_list) for r in routes]
    return tuple(
        Route(f"{key}", key, _destinations(blocks), target, propagated, prefix_list)
        for key, blocks, target, propagated, prefix_list in (*local, *written)
    )


def _target(world: World, route: WRoute) -> Target:
    if route.kind is TargetKind.BLACKHOLE:
        return Target(route.kind)
    known: dict[str, Any] = {
        **world.internet_gateways,
        **world.egress_only_gateways,
        **world.vpn_gateways,
        **world.nats,
        **world.peerings,
        **world.interfaces,
        "tgw": None,
    }
    return Target(route.kind, route.to if route.to in known else Hole(route.to))


def _destinations(blocks: Sequence[str]) -> tuple[tuple[Ranges, int], ...]:
    return tuple((block(b), ip_network(b).prefixlen) for b in blocks)


def _entries(acl: Sequence[WEntry]) -> tuple[AclEntry, ...]:
    return tuple(
        AclEntry(e.number, e.allows, e.egress, packets(e.protocol, e.ports, e.block)) for e in acl
    )


def _rules(world: World, name: str, rules: Sequence[WRule]) -> tuple[SecurityGroupRule, ...]:
    found = []
    for rule in rules:
        peers: tuple[Reference, ...] = ()
        if rule.peer is not None:
            peers = (rule.peer if rule.peer in world.groups else Hole(rule.peer),)
        traffic = packets(rule.protocol, rule.ports, rule.block)
        if peers:
            traffic = box(EVERY_ADDRESS, _one(rule.protocol), Ranges.of([rule.ports]))
        found.append(SecurityGroupRule(name, name, rule.egress, traffic, peers))
    return tuple(found)


def _between(name: str, table: WTransitTable) -> tuple[TransitGatewayRoute, ...]:
    return tuple(
        TransitGatewayRoute(
            name, name, (block(r.block), ip_network(r.block).prefixlen), r.attachment, r.propagated
        )
        for r in table.routes
    )


@lru_cache(maxsize=4096)
def address_of(text: str) -> int:
    return number(ip_address(text))
