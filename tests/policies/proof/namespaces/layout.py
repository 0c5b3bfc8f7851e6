"""A world as Linux namespaces: which there are, how they are wired, and what each of them is told.

Every interface, NAT gateway, transit gateway and far end is a namespace of its own, every VPC a
router. A subnet is a bridge in its VPC's router: what stays within it meets no ACL, as in AWS.
Security groups are nft rules with connection tracking in the interface's own namespace, ACLs are
rules without any in the router. The VPC's local route runs through a pair of links of the router to
itself, so that a route can be more specific than it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from model.network import Public, TargetKind
from tests.policies.proof.worlds import WEntry, World, WRoute, WRule, address_of

# Whoever is at the other end of a link; its MAC is told, never asked for.
NEXT, NEXT_OF_IPV6 = "169.254.100.2", "fe80::ffff:2"
EVERY = {4: "0.0.0.0/0", 6: "::/0"}
LOCAL = 5000  # the routing table of a VPC's own subnets
LAST = 4294967295
PROTOCOLS = {6: "tcp", 17: "udp"}


@dataclass
class Space:
    """A namespace: lines for `ip -batch`, then six for `ip -6 -batch`, rules for nft. end: what
    arrives here has left, or is at an interface."""

    name: str
    ip: list[str] = field(default_factory=list)
    six: list[str] = field(default_factory=list)
    nft: str = ""
    end: bool = False
    forwards: bool = False

    def told(self, line: str, block: str) -> None:
        """A line about a block, among those of its family."""
        (self.six if ":" in block else self.ip).append(line)

    def of_both(self, *lines: str) -> None:
        self.ip += lines
        self.six += lines


@dataclass
class Layout:
    """All namespaces, and the links between them: (space, device) twice."""

    spaces: dict[str, Space] = field(default_factory=dict)
    links: list[tuple[str, str, str, str]] = field(default_factory=list)

    def space(self, name: str, **what: bool) -> Space:
        return self.spaces.setdefault(name, Space(name, **what))

    def link(self, one: str, device: str, other: str, far: str) -> None:
        """Two ends that know each other's MAC, so that nobody needs an address on the link."""
        n = 2 * len(self.links)
        self.links.append((one, device, other, far))
        for name, own, mine, theirs in ((one, device, n, n + 1), (other, far, n + 1, n)):
            self.spaces[name].ip += [
                f"link set dev {own} address {mac(mine)}",
                f"link set dev {own} up",
                f"neigh replace {NEXT} lladdr {mac(theirs)} dev {own} nud permanent",
            ]
            neighbour = f"neigh replace {NEXT_OF_IPV6} lladdr {mac(theirs)} dev {own} nud permanent"
            self.spaces[name].six.append(neighbour)


def mac(n: int) -> str:
    return f"02:00:00:00:{n // 256:02x}:{n % 256:02x}"


def layout_of(world: World) -> Layout:
    layout = Layout()
    for vpc in world.vpcs:
        layout.space(vpc, forwards=True)
        layout.link(vpc, "local0", vpc, "local1")
        for subnet in _subnets(world, vpc):
            base = world.subnets[subnet].block
            layout.spaces[vpc].ip += [
                f"link add name {subnet} type bridge",
                f"link set dev {subnet} up",
                f"addr add {_router(base)}/26 dev {subnet}",
            ]
            if six := world.subnets[subnet].six:
                layout.spaces[vpc].six.append(f"addr add {_router(six)}/64 dev {subnet} nodad")
    for name, it in world.interfaces.items():
        _machine(world, layout, name, it.subnet, it.address, it.six)
        layout.spaces[name].nft = _groups(world, it.groups)
        layout.spaces[name].end = True
    for name, nat in world.nats.items():
        _machine(world, layout, name, nat.subnet, nat.address)
        layout.spaces[name].forwards = True
        layout.spaces[name].nft = NAT
    for gateways in (world.internet_gateways, world.egress_only_gateways, world.vpn_gateways):
        for name, vpc in gateways.items():
            _far_end(layout, name, vpc, name)
    for name, (one, other) in world.peerings.items():
        layout.link(one, name, other, name)
    _transit_gateway(world, layout)
    for vpc in world.vpcs:
        _router_of(world, layout.spaces[vpc], vpc)
    return layout


NAT = """
table ip nat {
 chain only { type filter hook forward priority 0; policy drop;
  meta l4proto { tcp, udp, icmp } accept
 }
 chain translate { type nat hook postrouting priority 100;
  masquerade
 }
}
"""


def _router(block: str) -> str:
    if ":" in block:
        return block.replace("/64", "1")
    first, last = block.split("/")[0].rsplit(".", 1)
    return f"{first}.{int(last) + 1}"


def _subnets(world: World, vpc: str) -> list[str]:
    return [name for name, subnet in world.subnets.items() if subnet.vpc == vpc]


def _machine(
    world: World, layout: Layout, name: str, subnet: str, address: str, six: str = ""
) -> None:
    """Something with an address in a subnet, of IPv6 too or not, and the router as its way out."""
    where = world.subnets[subnet]
    space = layout.space(name)
    layout.link(name, "eth0", where.vpc, name)
    layout.spaces[where.vpc].ip.append(f"link set dev {name} master {subnet}")
    space.ip += [
        f"addr add {address}/26 dev eth0",
        f"route add default via {_router(where.block)} dev eth0",
    ]
    if six:
        space.six += [
            f"addr add {six}/64 dev eth0 nodad",
            f"route add default via {_router(where.six)} dev eth0",
        ]


def _far_end(layout: Layout, name: str, router: str, device: str) -> None:
    """Where every address is at home."""
    space = layout.space(name, end=True)
    layout.link(name, "eth0", router, device)
    for block in EVERY.values():
        space.told(f"route add local {block} dev lo table local", block)


def _transit_gateway(world: World, layout: Layout) -> None:
    if not world.attachments:
        return
    space = layout.space("tgw", forwards=True)
    for name, attachment in world.attachments.items():
        if attachment.vpc is None:
            _far_end(layout, name, "tgw", name)
        else:
            layout.link("tgw", name, attachment.vpc, "tgw")
    for number, table in enumerate(world.transit_tables.values(), 100):
        space.of_both(f"route add blackhole default table {number} metric {LAST}")
        for name in table.associations:
            space.of_both(f"rule add iif {name} lookup {number} priority 100")
        for route in table.routes:
            line = f"route add blackhole {route.block} table {number} metric 10"
            if route.attachment is not None:
                line = _by(route.block, route.attachment, number, 10)
            space.told(line, route.block)
    space.of_both("route add blackhole default")


def _by(block: str, device: str, table: int, metric: int, via: str = "") -> str:
    via = via or (NEXT_OF_IPV6 if ":" in block else NEXT)
    return f"route add {block} via {via} dev {device} onlink table {table} metric {metric}"


def _router_of(world: World, space: Space, vpc: str) -> None:
    entered = {a.subnets[0] for a in world.attachments.values() if a.vpc == vpc}
    for name in _subnets(world, vpc):
        for block in _blocks(world, name):
            space.told(f"route add {block} dev {name} table {LOCAL}", block)
    space.of_both(
        f"route add blackhole default table {LOCAL} metric {LAST}",
        f"rule add iif local1 lookup {LOCAL} priority 90",
        *(f"rule add iif {p} lookup {LOCAL} priority 90" for p, e in _peered(world, vpc) if e),
    )
    tables = [name for name, (of, _) in world.tables.items() if of == vpc]
    for number, table in enumerate(tables, 100):
        space.of_both(f"route add blackhole default table {number} metric {LAST}")
        space.ip.append(f"route add blackhole 169.254.168.0/22 table {number} metric 1")
        for block in world.blocks(vpc):
            space.told(_by(block, "local0", number, 1), block)
        for route in world.tables[table][1]:
            for block in route.blocks:
                space.told(_route(world, route, block, number), block)
        for name in _subnets(world, vpc):
            if world.subnets[name].table == table:
                space.of_both(f"rule add iif {name} lookup {number} priority 100")
                if name in entered:
                    space.of_both(f"rule add iif tgw lookup {number} priority 100")
                    for block in _blocks(world, name):
                        line = f"rule add iif tgw to {block} lookup {LOCAL} priority 80"
                        space.told(line, block)
    space.nft = "table inet acl {\n" + "\n".join(_acls(world, vpc, entered)) + "\n}\n"


def _blocks(world: World, subnet: str) -> list[str]:
    return [block for block in (world.subnets[subnet].block, world.subnets[subnet].six) if block]


def _peered(world: World, vpc: str) -> Iterator[tuple[str, bool]]:
    for name, ends in world.peerings.items():
        yield name, vpc in ends


def _route(world: World, route: WRoute, block: str, number: int) -> str:
    metric = 20 if route.prefix_list else 10
    if route.kind is TargetKind.BLACKHOLE:
        return f"route add blackhole {block} table {number} metric {metric}"
    if route.kind is TargetKind.NAT_GATEWAY:
        nat = world.nats[route.to]
        return _by(block, nat.subnet, number, metric, nat.address)
    return _by(block, route.to, number, metric)


def _acls(world: World, vpc: str, entered: set[str]) -> Iterator[str]:
    subnets = _subnets(world, vpc)
    for name in subnets:
        acl = sorted(world.acls[world.subnets[name].acl], key=lambda entry: entry.number)
        yield f" chain out-{name} {{"
        yield from (_entry(e, "daddr", "return") for e in acl if e.egress)
        yield "  drop\n }"
        yield f" chain in-{name} {{"
        yield from (_entry(e, "saddr", "accept") for e in acl if not e.egress)
        yield "  drop\n }"
    public = [
        address_text
        for address_text, subnet, is_public in (
            *((i.address, i.subnet, i.public is Public.YES) for i in world.interfaces.values()),
            *((n.address, n.subnet, n.public) for n in world.nats.values()),
        )
        if is_public and subnet in subnets
    ]
    yield " chain forward { type filter hook forward priority 0; policy drop;"
    for name in subnets:
        yield f'  iifname "{name}" oifname "{name}" accept'
    for name in entered:
        yield f'  iifname "tgw" oifname "{name}" accept'
    for gateway, of in world.internet_gateways.items():
        if of == vpc:
            yield f'  iifname "tgw" oifname "{gateway}" drop'
            yield f'  oifname "{gateway}" meta nfproto ipv4 {_among(public, "!= ")} drop'
    for gateway, of in world.egress_only_gateways.items():
        if of == vpc:
            yield f'  iifname "tgw" oifname "{gateway}" drop'
            yield f'  oifname "{gateway}" meta nfproto ipv4 drop'
    for peering, ends in _peered(world, vpc):
        if ends:
            yield f'  oifname "{peering}" ip saddr != {world.vpcs[vpc]} drop'
            yield f'  oifname "{peering}" meta nfproto ipv6 {_but(world.sixes.get(vpc))} drop'
    for name in subnets:
        yield f'  iifname "{name}" jump out-{name}'
    for name in entered:
        yield f'  iifname "tgw" jump out-{name}'
    for name in subnets:
        yield f'  oifname "{name}" goto in-{name}'
    for name in entered:
        yield f'  oifname "tgw" goto in-{name}'
    yield "  accept\n }"


def _among(addresses: list[str], compared: str) -> str:
    return f"ip saddr {compared}{{ {', '.join(addresses)} }}" if addresses else ""


def _but(block: str | None) -> str:
    return f"ip6 saddr != {block}" if block else ""


def _entry(entry: WEntry, far: str, verdict: str) -> str:
    said = _said(entry.protocol, entry.ports)
    return f"  {_family(entry.block)} {far} {entry.block} {said} " + (
        verdict if entry.allows else "drop"
    )


def _family(block: str) -> str:
    return "ip6" if ":" in block else "ip"


def _said(protocol: int, ports: tuple[int, int]) -> str:
    if protocol == -1:
        return ""
    if protocol in PROTOCOLS:
        return f"{PROTOCOLS[protocol]} dport {ports[0]}-{ports[1]}"
    return f"meta l4proto {protocol}"


def _groups(world: World, groups: Iterable[str]) -> str:
    if not groups:
        return ""
    rules = [rule for name in groups for rule in world.groups[name][1]]
    lines = ["table inet groups {"]
    for chain, egress, far in (("output", True, "daddr"), ("input", False, "saddr")):
        lines += [
            f" chain {chain} {{ type filter hook {chain} priority 0; policy drop;",
            "  ct state established,related accept",
            "  icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
            *(
                _rule(rule, where, far)
                for rule in rules
                if rule.egress is egress
                for where in _wheres(world, rule)
            ),
            " }",
        ]
    return "\n".join([*lines, "}\n"])


def _wheres(world: World, rule: WRule) -> Iterator[str]:
    """A rule's block, or the addresses of those who carry its group, family by family."""
    if rule.peer is None:
        yield rule.block
        return
    carriers = [i for i in world.interfaces.values() if rule.peer in i.groups]
    for carried in ([i.address for i in carriers], [i.six for i in carriers if i.six]):
        if carried:
            yield "{ " + ", ".join(carried) + " }"


def _rule(rule: WRule, where: str, far: str) -> str:
    return f"  {_family(where)} {far} {where} {_said(rule.protocol, rule.ports)} accept"


__all__ = ["Layout", "Space", "address_of", "layout_of"]
