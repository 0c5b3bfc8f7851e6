"""The same question, answered for one packet at a time and by definition: no sets, no sharing.

Written apart from the model on purpose. It follows a packet through a world, taking every turn that
AWS may take, and says where it ends: (name of the end, whether it surely gets there).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_network

from model.network import Public, TargetKind
from tests.policies.proof.worlds import WNat, World, WRoute

AWAY = (TargetKind.VPN_GATEWAY, TargetKind.CORE_NETWORK, TargetKind.GATEWAY_ENDPOINT)
LINK_LOCAL = "169.254.168.0/22"
NAT64 = "64:ff9b::/96"
IPV6 = 2**32  # where its addresses begin, behind those of IPv4


@dataclass(frozen=True)
class Packet:
    source: int
    destination: int
    protocol: int
    port: int


@dataclass(frozen=True)
class At:
    """A packet that stands in a subnet. public: of whoever its source is; None where it came from
    outside the VPC, and "perhaps" where it is not told."""

    packet: Packet
    subnet: str
    public: str | None
    sure: bool


@lru_cache(maxsize=4096)
def _range(text: str) -> tuple[int, int, int]:
    network = ip_network(text)
    first = int(network.network_address) + (IPV6 if network.version == 6 else 0)
    return first, first + network.num_addresses - 1, network.prefixlen


def within(address: int, *texts: str) -> bool:
    """Whether an address lies in one of these blocks; "" is none."""
    for text in texts:
        if text:
            first, last, _ = _range(text)
            if first <= address <= last:
                return True
    return False


def ends(world: World, interface: str, packet: Packet) -> dict[str, bool]:
    """Where a packet of this interface may end: outside, or "to <interface>"."""
    found: dict[str, bool] = {}
    me = world.interfaces[interface]
    if not _group_lets(world, me.groups, packet, True, False):
        return found
    seen: set[At] = set()
    waiting = [At(packet, me.subnet, _publicness(me.public), True)]
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        for then in _next(world, at):
            if isinstance(then, At):
                waiting.append(then)
            else:
                name, sure = then
                found[name] = found.get(name, False) or sure
    return found


def _publicness(public: Public) -> str:
    return {"yes": "yes", "no": "no", "unknown": "perhaps"}[public.value]


def _next(world: World, at: At) -> Iterator[At | tuple[str, bool]]:
    subnet = world.subnets[at.subnet]
    packet = at.packet
    if within(packet.destination, subnet.block, subnet.six):
        yield from _deliver(world, at, [at.subnet], acl=False)
        return
    if within(packet.destination, LINK_LOCAL):
        return
    if subnet.table in world.holed and _acl_lets(world, at.subnet, packet, True):
        yield subnet.table, False
    routes = _matching(world, subnet.table, packet)
    for own in world.blocks(subnet.vpc):
        if within(packet.destination, own):
            routes = [r for r in routes if not r[0].propagated]
            routes.append((WRoute((own,), TargetKind.LOCAL), own))
    if not routes:
        return
    longest = max(_range(text)[2] for _, text in routes)
    routes = [(route, text) for route, text in routes if _range(text)[2] == longest]
    best = min(_precedence(route) for route, _ in routes)
    chosen = {(r.kind, r.to): r for r, _ in routes if _precedence(r) == best}
    here = At(packet, at.subnet, at.public, at.sure and len(chosen) == 1)
    for route in chosen.values():
        yield from _take(world, here, route)


def _matching(world: World, table: str, packet: Packet) -> list[tuple[WRoute, str]]:
    _, routes = world.tables[table]
    return [(r, b) for r in routes for b in r.blocks if within(packet.destination, b)]


def _precedence(route: WRoute) -> int:
    return 3 if route.propagated else 2 if route.prefix_list else 1


def _take(world: World, at: At, route: WRoute) -> Iterator[At | tuple[str, bool]]:
    subnet = world.subnets[at.subnet]
    packet = at.packet
    leaves = _acl_lets(world, at.subnet, packet, True)
    if route.kind is TargetKind.LOCAL and leaves:
        others = [n for n, s in world.subnets.items() if s.vpc == subnet.vpc]
        yield from _deliver(world, at, others, acl=True)
    elif route.kind is TargetKind.INTERNET_GATEWAY and leaves:
        if packet.destination >= IPV6 and at.public is not None:
            yield route.to, at.sure
        elif packet.destination < IPV6 and at.public in ("yes", "perhaps"):
            yield route.to, at.sure and at.public == "yes"
    elif route.kind is TargetKind.EGRESS_ONLY_INTERNET_GATEWAY and leaves:
        if packet.destination >= IPV6 and at.public is not None:
            yield route.to, at.sure
    elif route.kind is TargetKind.NAT_GATEWAY and route.to in world.nats:
        nat = world.nats[route.to]
        if _crosses(world, at, nat.subnet):
            yield from _translated(world, at, nat)
    elif route.kind is TargetKind.NETWORK_INTERFACE and route.to in world.interfaces:
        yield from _hand_over(world, at, route.to)
    elif route.kind is TargetKind.VPC_PEERING_CONNECTION and route.to in world.peerings and leaves:
        (other,) = {*world.peerings[route.to]} - {subnet.vpc}
        if within(packet.source, *world.blocks(subnet.vpc)):
            there = [n for n, s in world.subnets.items() if s.vpc == other]
            if within(packet.destination, *world.blocks(other)):
                yield from _deliver(world, replace(at, public="no"), there, acl=True)
    elif route.kind is TargetKind.TRANSIT_GATEWAY and leaves:
        yield from _transit(world, at)
    elif route.kind in AWAY and leaves:
        yield route.to, at.sure
    elif route.kind is not TargetKind.BLACKHOLE and leaves and not _exists(world, route.to):
        yield route.to, False


def _exists(world: World, name: str) -> bool:
    kinds = (
        world.nats,
        world.interfaces,
        world.peerings,
        world.internet_gateways,
        world.egress_only_gateways,
    )
    return name == "tgw" or any(name in kind for kind in kinds) or not name


def _translated(world: World, at: At, nat: WNat) -> Iterator[At]:
    """In the gateway's name; IPv6 becomes IPv4, if it is for an address that holds one."""
    packet = replace(at.packet, source=_range(nat.address)[0])
    carried = (1, 6, 17)
    if packet.destination >= IPV6:
        if not within(packet.destination, NAT64):
            return
        carried = (58, 6, 17)
        packet = replace(packet, destination=packet.destination - _range(NAT64)[0])
    if packet.protocol in carried:
        protocol = 1 if packet.protocol == 58 and carried[0] == 58 else packet.protocol
        public = "yes" if nat.public else "no"
        yield At(replace(packet, protocol=protocol), nat.subnet, public, at.sure)


def _hand_over(world: World, at: At, name: str) -> Iterator[At | tuple[str, bool]]:
    """To an interface that the route names: it passes on what is not for itself, if it does."""
    it = world.interfaces[name]
    across = at.public is None
    if not _crosses(world, at, it.subnet):
        return
    verdict = _group_verdict(world, it.groups, at.packet, False, across)
    if verdict is None:
        return
    sure = at.sure and verdict
    if within(at.packet.destination, it.address, it.six):
        yield f"to {name}", sure
    elif it.forwards and _group_lets(world, it.groups, at.packet, True, False):
        yield replace(at, subnet=it.subnet, sure=sure)
        mine = it.six if at.packet.destination >= IPV6 else it.address
        if mine:
            own = replace(at.packet, source=_range(mine)[0])
            yield At(own, it.subnet, _publicness(it.public), sure)


def _transit(world: World, at: At) -> Iterator[At | tuple[str, bool]]:
    subnet = world.subnets[at.subnet]
    mine = [n for n, a in world.attachments.items() if a.vpc == subnet.vpc]
    tables = [t for t in world.transit_tables.values() for m in mine if m in t.associations]
    if not tables:
        yield "tgw", False
        return
    (table,) = tables
    entered = world.attachments[mine[0]].subnets
    near = [s for s in entered if world.subnets[s].zone == subnet.zone] or entered
    if not any(_acl_lets(world, s, at.packet, False) for s in near):
        return
    matching = [r for r in table.routes if within(at.packet.destination, r.block)]
    if not matching:
        return
    longest = max(_range(r.block)[2] for r in matching)
    matching = [r for r in matching if _range(r.block)[2] == longest]
    if any(not r.propagated for r in matching):
        matching = [r for r in matching if not r.propagated]
    targets = {r.attachment for r in matching}
    for target in targets:
        sure = at.sure and len(targets) == 1
        if target is None:
            continue
        attachment = world.attachments[target]
        if attachment.vpc is None:
            yield target, sure
        for there in attachment.subnets:
            yield At(at.packet, there, None, sure)


def _deliver(
    world: World, at: At, subnets: list[str], acl: bool
) -> Iterator[At | tuple[str, bool]]:
    for name, it in world.interfaces.items():
        if it.subnet in subnets and within(at.packet.destination, it.address, it.six):
            if acl and not _acl_lets(world, it.subnet, at.packet, False):
                continue
            across = at.public is None
            verdict = _group_verdict(world, it.groups, at.packet, False, across)
            if verdict is not None:
                yield f"to {name}", at.sure and verdict


def _crosses(world: World, at: At, there: str) -> bool:
    if at.subnet == there:
        return True
    return _acl_lets(world, at.subnet, at.packet, True) and _acl_lets(
        world, there, at.packet, False
    )


def _acl_lets(world: World, subnet: str, packet: Packet, egress: bool) -> bool:
    far = packet.destination if egress else packet.source
    for entry in sorted(world.acls[world.subnets[subnet].acl], key=lambda e: e.number):
        if entry.egress is not egress or not within(far, entry.block):
            continue
        if _speaks_of(entry.protocol, entry.ports, packet):
            return entry.allows
    return False


def _speaks_of(protocol: int, ports: tuple[int, int], packet: Packet) -> bool:
    if protocol == -1:
        return True
    if protocol != packet.protocol:
        return False
    return protocol not in (6, 17) or ports[0] <= packet.port <= ports[1]


def _group_lets(
    world: World, groups: tuple[str, ...], packet: Packet, egress: bool, across: bool
) -> bool:
    return _group_verdict(world, groups, packet, egress, across) is True


def _group_verdict(
    world: World, groups: tuple[str, ...], packet: Packet, egress: bool, across: bool
) -> bool | None:
    """True: surely. False: perhaps. None: no."""
    if not groups:
        return True
    far = packet.destination if egress else packet.source
    best: bool | None = None
    for name in groups:
        vpc, rules = world.groups[name]
        for rule in rules:
            if rule.egress is not egress or not _speaks_of(rule.protocol, rule.ports, packet):
                continue
            if rule.peer is None:
                if within(far, rule.block):
                    return True
            else:
                carriers = [i for i in world.interfaces.values() if rule.peer in i.groups]
                if any(within(far, i.address, i.six) for i in carriers):
                    foreign = world.groups[rule.peer][0] != vpc
                    if not (across and foreign):
                        return True
                    best = False
    return best
