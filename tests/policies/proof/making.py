"""Random worlds, the same for the same seed."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from random import Random
from typing import TypeVar

from model.network import Public, TargetKind
from tests.policies.proof.worlds import (
    ANY_PORT,
    WAttachment,
    WEntry,
    WInterface,
    WNat,
    World,
    WRoute,
    WRule,
    WSubnet,
    WTransitRoute,
    WTransitTable,
)

T = TypeVar("T")
WHERE = (
    "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1",
    "10.0.0.0/8", "10.0.0.0/24", "10.1.0.0/24", "10.2.0.0/24",
    "10.0.0.64/26", "10.1.0.0/26", "192.0.2.0/24", "192.0.2.128/25", "198.51.100.7/32",
)  # fmt: skip
WHERE_OF_IPV6 = (
    "::/0", "::/0", "::/0", "::/1", "8000::/1", "2000::/3", "2001:db8::/32",
    "2001:db8::/56", "2001:db8:0:100::/56", "2001:db8:0:1::/64", "2001:db8:0:100::/64",
    "2600::/12", "2001:db8:ffff::7/128", "64:ff9b::/96", "64:ff9b::c000:200/120",
)  # fmt: skip
SPOKEN = (
    (-1, ANY_PORT), (-1, ANY_PORT), (6, (443, 443)), (6, (80, 443)), (6, (1024, 65535)),
    (6, ANY_PORT), (17, (53, 53)), (17, ANY_PORT), (1, ANY_PORT), (58, ANY_PORT),
)  # fmt: skip
EVERYBODY = ("0.0.0.0/0", "::/0")
OPEN = tuple(
    WEntry(100 + n, True, egress, -1, ANY_PORT, where)
    for n, where in enumerate(EVERYBODY)
    for egress in (True, False)
)


def one(choose: Random, these: Sequence[T]) -> T:
    return these[choose.randint(0, len(these) - 1)]


def some(choose: Random, these: Sequence[T], most: int, least: int = 0) -> tuple[T, ...]:
    """Between least and most of them, none twice."""
    left, found = list(these), []
    for _ in range(choose.randint(least, min(most, len(left)))):
        found.append(left.pop(choose.randint(0, len(left) - 1)))
    return tuple(found)


def chance(choose: Random, percent: int) -> bool:
    return choose.randint(1, 100) > 100 - percent


def somewhere(choose: Random) -> str:
    """A block of either family."""
    return one(choose, WHERE_OF_IPV6 if chance(choose, 40) else WHERE)


def make(choose: Random, real: bool = False) -> World:
    """A world. real: only what namespaces can be built as, and nothing that AWS may choose."""
    world = World()
    for v in range(one(choose, (2, 1) if real else (2, 3, 1))):
        _make_vpc(choose, world, v, real)
    _make_groups(choose, world, real)
    _make_interfaces(choose, world, real)
    for v, vpc in enumerate(world.vpcs):
        subnets = [name for name, s in world.subnets.items() if s.vpc == vpc]
        if chance(choose, 75):
            world.internet_gateways[f"igw-{v}"] = vpc
        if vpc in world.sixes and chance(choose, 60):
            world.egress_only_gateways[f"eigw-{v}"] = vpc
        if chance(choose, 30):
            world.vpn_gateways[f"vgw-{v}"] = vpc
        if chance(choose, 50):
            base = world.subnets[nat_in := one(choose, subnets)].block.rsplit(".", 1)[0]
            last = int(world.subnets[nat_in].block.rsplit(".", 1)[1].split("/")[0]) + 60
            world.nats[f"nat-{v}"] = WNat(nat_in, f"{base}.{last}", chance(choose, 70))
    if len(world.vpcs) > 1:
        _make_connections(choose, world, real)
    _make_tables(choose, world, real)
    return world


def _make_vpc(choose: Random, world: World, v: int, real: bool) -> None:
    vpc = f"vpc-{v}"
    world.vpcs[vpc] = f"10.{v}.0.0/24"
    if chance(choose, 65):
        world.sixes[vpc] = _six(v, 0, 56)
    for t in range(choose.randint(1, 2)):
        world.tables[f"rt-{v}{t}"] = (vpc, ())
    for a in range(2):
        world.acls[f"acl-{v}{a}"] = OPEN if a == 0 else _make_acl(choose)
    for s in range(choose.randint(2 if real else 1, 2 if real else 3)):
        tables = [name for name, (of, _) in world.tables.items() if of == vpc]
        acl = f"acl-{v}{int(chance(choose, 35))}"
        zone = one(choose, ("a", "b"))
        block = f"10.{v}.0.{64 * s}/26"
        six = _six(v, s, 64) if vpc in world.sixes and chance(choose, 80) else ""
        world.subnets[f"subnet-{v}{s}"] = WSubnet(vpc, zone, block, one(choose, tables), acl, six)


def _six(vpc: int, subnet: int, length: int) -> str:
    """A block of IPv6 as everybody writes it."""
    return str(ip_network(f"2001:db8:0:{vpc * 256 + subnet:x}::/{length}"))


def _make_acl(choose: Random) -> tuple[WEntry, ...]:
    entries = []
    for n in range(choose.randint(0, 5)):
        protocol, ports = one(choose, SPOKEN)
        entries.append(
            WEntry(
                choose.randint(1, 40) * 10 + n,
                chance(choose, 60),
                chance(choose, 50),
                protocol,
                ports,
                somewhere(choose),
            )
        )
    if chance(choose, 60):
        entries += [replace(entry, number=entry.number + 800) for entry in OPEN]
    return tuple(entries)


def _make_groups(choose: Random, world: World, real: bool) -> None:
    names = [f"sg-{v}{g}" for v in range(len(world.vpcs)) for g in range(2)]
    for name in names:
        rules = []
        for _ in range(choose.randint(1, 4)):
            protocol, ports = one(choose, SPOKEN)
            peer = one(choose, names) if chance(choose, 30) else None
            rules.append(WRule(chance(choose, 50), protocol, ports, somewhere(choose), peer))
        for where in EVERYBODY:
            if chance(choose, 70):
                rules.append(WRule(True, -1, ANY_PORT, where))
            if chance(choose, 40):
                rules.append(WRule(False, -1, ANY_PORT, where))
        world.groups[name] = (f"vpc-{name[3]}", tuple(rules))


def _make_interfaces(choose: Random, world: World, real: bool) -> None:
    kinds = (Public.NO, Public.NO, Public.YES) if real else tuple(Public)
    for i in range(choose.randint(2, 5)):
        subnet = one(choose, list(world.subnets))
        at = world.subnets[subnet].block.split("/")[0].rsplit(".", 1)
        six = world.subnets[subnet].six.replace("/64", f"{4 + i}") if chance(choose, 85) else ""
        groups = [
            name for name, (vpc, _) in world.groups.items() if vpc == world.subnets[subnet].vpc
        ]
        world.interfaces[f"eni-{i}"] = WInterface(
            subnet,
            f"{at[0]}.{int(at[1]) + 4 + i}",
            some(choose, groups, 2, 0 if chance(choose, 10) else 1),
            one(choose, kinds),
            not real and chance(choose, 40),
            six,
        )


def _make_connections(choose: Random, world: World, real: bool) -> None:
    if chance(choose, 60):
        world.peerings["pcx-01"] = ("vpc-0", "vpc-1")
    if not chance(choose, 70):
        return
    for v, vpc in enumerate(world.vpcs):
        subnets = [name for name, s in world.subnets.items() if s.vpc == vpc]
        if chance(choose, 90):
            world.attachments[f"att-{v}"] = WAttachment(
                vpc, some(choose, subnets, 1 if real else 2, 1)
            )
    world.attachments["att-vpn"] = WAttachment(None)
    names = list(world.attachments)
    for t in range(2):
        mine = tuple(name for i, name in enumerate(names) if i % 2 == t)
        if not real and chance(choose, 10):
            mine = mine[1:]
        routes: dict[tuple[str, bool], WTransitRoute] = {}
        for _ in range(choose.randint(2, 6)):
            where, propagated = somewhere(choose), chance(choose, 40)
            to = None if chance(choose, 15) else one(choose, [*names, "att-vpn"])
            if real:
                propagated = False
            routes[where, propagated] = WTransitRoute(where, to, propagated)
        world.transit_tables[f"tgw-rt-{t}"] = WTransitTable(mine, tuple(routes.values()))


def _make_tables(choose: Random, world: World, real: bool) -> None:
    for name, (vpc, _) in world.tables.items():
        targets = _targets(world, vpc, real)
        routes: dict[tuple[str, int], WRoute] = {}
        for _ in range(choose.randint(2, 6)):
            kind, to = one(choose, targets)
            six = chance(choose, 40) and not (real and kind is TargetKind.NAT_GATEWAY)
            six = six or (real and kind is TargetKind.EGRESS_ONLY_INTERNET_GATEWAY)
            where = WHERE_OF_IPV6 if six else WHERE
            blocks: tuple[str, ...] = (one(choose, where),)
            listed = propagated = False
            if not real and kind is TargetKind.VPN_GATEWAY:
                propagated = chance(choose, 60)
            if not real and not propagated and chance(choose, 20):
                listed, blocks = True, some(choose, where, 3, 1)
            if {*world.blocks(vpc)} & {*blocks} and not (listed or propagated):
                continue  # AWS takes no second route for the VPC's own blocks
            if real and listed:  # of equal blocks in two lists AWS may choose either
                taken = {b for r in routes.values() if r.prefix_list for b in r.blocks}
                blocks = tuple(b for b in dict.fromkeys(blocks) if b not in taken)
            if not blocks:
                continue
            rank = 0 if not (listed or propagated) else len(routes) + 1
            routes[blocks[0], rank] = WRoute(blocks, kind, to, propagated, listed)
        world.tables[name] = (vpc, tuple(routes.values()))
        if not real and chance(choose, 5):
            world.holed.add(name)


def _targets(world: World, vpc: str, real: bool) -> list[tuple[TargetKind, str]]:
    found = [(TargetKind.BLACKHOLE, "")]
    for name, of in world.internet_gateways.items():
        found += [(TargetKind.INTERNET_GATEWAY, name)] * 2 * (of == vpc)
    for name, of in world.egress_only_gateways.items():
        found += [(TargetKind.EGRESS_ONLY_INTERNET_GATEWAY, name)] * 2 * (of == vpc)
    for name, of in world.vpn_gateways.items():
        found += [(TargetKind.VPN_GATEWAY, name)] * (of == vpc)
    for name, nat in world.nats.items():
        found += [(TargetKind.NAT_GATEWAY, name)] * 2 * (world.subnets[nat.subnet].vpc == vpc)
    for name, ends in world.peerings.items():
        found += [(TargetKind.VPC_PEERING_CONNECTION, name)] * 2 * (vpc in ends)
    if any(a.vpc == vpc for a in world.attachments.values()):
        found += [(TargetKind.TRANSIT_GATEWAY, "tgw")] * 2
    if real:
        return found
    for name, it in world.interfaces.items():
        found += [(TargetKind.NETWORK_INTERFACE, name)] * (world.subnets[it.subnet].vpc == vpc)
    found *= 2
    found += [(TargetKind.NAT_GATEWAY, "nat-elsewhere"), (TargetKind.UNKNOWN, "who-knows")]
    return [*found, (TargetKind.GATEWAY_ENDPOINT, "vpce-s3"), (TargetKind.CORE_NETWORK, "core")]
