"""Whether every hop that a finding shows is true: the thing is there, and its own properties lead
to the next one.

It follows a packet by the properties as `plain.py` reads them, and knows neither the model nor the
proof: a table is the subnet's, its longest route for the packet leads to the target, the target is
attached, associated or peered as the next hop says. A kind of hop that it has never heard of is
untrue.
"""

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
)

from model.deployment import Node
from model.network import Public, TargetKind
from tests.policies.mutations.plain import Plain
from tests.policies.proof.worlds import World, WRoute

Address = IPv4Address | IPv6Address
Block = IPv4Network | IPv6Network
ANY_MACHINE, UNTOLD = "any machine", "what nobody described"
NAT64 = ip_network("64:ff9b::/96")
OTHERS = re.compile(r" \(\d+ other ways? by it[^()]*\)$")
NAMED = re.compile(r"(.+?)(?: \(([^()]*)\))?")
# What a route leads to: how the plain reader calls it, the property that names it, and how ids of
# it begin.
TARGETS = {
    "internet gateway": (TargetKind.INTERNET_GATEWAY, "gatewayId", "igw-"),
    "egress-only internet gateway": (
        TargetKind.EGRESS_ONLY_INTERNET_GATEWAY, "egressOnlyGatewayId", "eigw-",
    ),
    "virtual private gateway": (TargetKind.VPN_GATEWAY, "gatewayId", "vgw-"),
    "NAT gateway": (TargetKind.NAT_GATEWAY, "natGatewayId", "nat-"),
    "VPC peering connection": (
        TargetKind.VPC_PEERING_CONNECTION, "vpcPeeringConnectionId", "pcx-",
    ),
    "transit gateway": (TargetKind.TRANSIT_GATEWAY, "transitGatewayId", "tgw-"),
    "network interface": (TargetKind.NETWORK_INTERFACE, "networkInterfaceId", "eni-"),
    "carrier gateway": (TargetKind.CORE_NETWORK, "carrierGatewayId", "cagw-"),
    "local gateway": (TargetKind.CORE_NETWORK, "localGatewayId", "lgw-"),
    "core network": (TargetKind.CORE_NETWORK, "coreNetworkArn", "arn:aws:networkmanager:"),
    "ODB network": (TargetKind.CORE_NETWORK, "odbNetworkArn", "arn:aws:odb:"),
    "Gateway Load Balancer endpoint": (TargetKind.UNKNOWN, "vpcEndpointId", "vpce-"),
}  # fmt: skip
KINDS = sorted(
    (*TARGETS, "route table", "attachment", "transit gateway route table", "VPC"),
    key=len, reverse=True,
)  # fmt: skip


class Untrue(Exception):
    """A hop is not as the witness says."""


@dataclass(frozen=True)
class Hop:
    kind: str
    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} ({self.what})"


def hops_of(way: str) -> list[Hop]:
    """The hops of a way as people read it. Raises Untrue where one is of no known kind."""
    found = []
    for text in OTHERS.sub("", way).split(" -> "):
        kind = next((kind for kind in KINDS if text.startswith(f"{kind} ")), None)
        named = NAMED.fullmatch(text[len(kind) + 1 :]) if kind else None
        if kind is None or named is None:
            raise Untrue(f"nobody knows what {text} is")
        found.append(Hop(kind, named[1], named[2] or ""))
    return found


def fault_on_the_way(reader: Plain, witness: str, decided: bool) -> str:
    """The first hop that is not true, and why; nothing where all are."""
    packet, _, way = witness.partition(": network interface ")
    source, _, rest = packet.partition(" to ")
    ends = ip_address(source), ip_address(rest.partition(" by ")[0])
    try:
        _Walk(reader, reader.described, *ends, decided, hops_of(f"network interface {way}")).go()
    except Untrue as untrue:
        return str(untrue)
    return ""


@dataclass
class _Walk:
    """Where a packet is on its way. here: the subnet; public: whether an internet gateway takes it
    as IPv4; own: whether its sender is of the VPC that it is in."""

    reader: Plain
    world: World
    source: Address
    destination: Address
    decided: bool
    left: list[Hop]
    here: str = ""
    public: bool = False
    own: bool = True

    def go(self) -> None:
        self._starts()
        while self.left:
            table = self._next("route table")
            if not self.left:
                self._ends_in(table)
                return
            target = self.left[0]
            to = self._led(table, target)
            self._next(target.kind)
            self._beyond(target, to)

    def _next(self, kind: str) -> Hop:
        if not self.left or self.left[0].kind != kind:
            raise Untrue(f"no {kind} follows, but {[str(hop) for hop in self.left[:1]]}")
        return self.left.pop(0)

    def _holds(self, true: object, why: str) -> None:
        if not true:
            raise Untrue(why)

    def _unsure(self, why: str) -> None:
        """The way is lost here, so nothing may be sure of it, and nothing may follow."""
        self._holds(not self.decided and not self.left, f"{why}, and the way is told as sure")

    def _name(self, reference: str) -> str:
        """What a thing is called; a VPC's own main table as the resource that takes it over."""
        node = self.reader.stack.deployment.nodes.get(reference)
        for taken in self.reader.each("DefaultRouteTable") if node is None else ():
            of = self.reader.one(taken, "defaultRouteTableId", "#defaultRouteTableId")
            node = taken if of == reference else node
        return reference if node is None else node.resource.name

    def _subnet(self, name: str, among: list[str] | None = None) -> str:
        found = [urn for urn in self.world.subnets if self._name(urn) == name]
        found = [urn for urn in found if among is None or urn in among]
        self._holds(len(found) == 1, f"{len(found)} subnets here are called {name}")
        return found[0]

    def _starts(self) -> None:
        """The sender stands in the subnet, and has the packet's address there."""
        sender = self._next("network interface")
        stands: dict[str, list[Node]] = {}
        for node in self.reader.machines(sender.name):
            for urn in self.reader._subnets(node) or [""]:
                stands.setdefault(urn, []).append(node)
        if not sender.what:
            self._unsure(f"where {sender.name} stands is told")
            self._holds(set(stands) - set(self.world.subnets), f"{sender.name} is not lost")
            return
        name, _, blocks = sender.what.partition(", ")
        if sender.name == ANY_MACHINE and self._is_default_subnet(name):
            return
        self.here = self._subnet(name)
        if sender.name == ANY_MACHINE:
            every = (n for nodes in self.reader.by_noun.values() for n in nodes)
            beside = [n.resource.name for n in every if self._works_in(n, self.here)]
            self._holds(not beside, f"{beside} stand in {name}")
        else:
            self._holds(self.here in stands, f"{sender.name} does not stand in {name}")
            given = [self.reader._public(node, self.here) for node in stands[self.here]]
            self.public = Public.YES in given
        subnet = self.world.subnets[self.here]
        own = [ip_network(block) for block in (subnet.block, subnet.six) if block]
        self._holds(any(self.source in b for b in own), f"{self.source} is not of {name}")
        listed = ip_network(blocks.partition(" and ")[0])
        self._holds(any(_within(listed, b) for b in own), f"{listed} is not of {name}")

    def _works_in(self, node: Node, subnet: str) -> bool:
        kinds = ("Instance", "Group", "Cluster", "NodeGroup")
        return node.resource.noun in kinds and subnet in self.reader._subnets(node)

    def _is_default_subnet(self, name: str) -> bool:
        """AWS's own subnet of a zone, of which nobody describes so much as its VPC."""
        if not any(n.resource.name == name for n in self.reader.each("DefaultSubnet")):
            return False
        lost = self._next("route table")
        self._holds(lost.name == f"main route table of the VPC of '{name}'", str(lost))
        self._unsure(str(lost))
        return True

    def _led(self, table: Hop, target: Hop) -> str:
        """What the table of the subnet sends the packet to, which is the next hop."""
        of = self.world.subnets[self.here].table
        self._holds(self._name(of) == table.name, f"{table.name} is not the table of {self.here}")
        self._holds(target.kind in TARGETS, f"no route leads to {target}")
        taking = [
            (block.prefixlen, route)
            for route in self.world.tables[of][1]
            for block in map(ip_network, route.blocks)
            if self.destination in block
        ]
        longest = max((length for length, _ in taking), default=-1)
        best = [r for length, r in taking if length == longest and self._leads_to(r, target)]
        if not best and not table.what:
            return self._propagated(of, target)
        self._holds(best, f"{table.name} does not send {self.destination} to {target}")
        written = [b for _, route in taking if route.to == best[0].to for b in route.blocks]
        written += [b for r in self.world.tables[of][1] if r.to == best[0].to for b in r.blocks]
        for listed in filter(None, re.split(r", | and \d+ more", table.what)):
            self._holds(_covered(listed, written), f"{table.name} has no route for {listed}")
        if not table.what:
            self._unsure_of_destinations(of, table)
        return best[0].to

    def _leads_to(self, route: WRoute, target: Hop) -> bool:
        kind, _, begins = TARGETS[target.kind]
        known = route.to in self.reader.stack.deployment.nodes
        fits = route.kind is kind and self._name(route.to) == target.name
        return fits and (known or route.to.startswith(begins))

    def _unsure_of_destinations(self, of: str, table: Hop) -> None:
        """A route is shown without destinations: none may be told of it, and nothing be sure."""
        self._holds(not self.decided, f"destinations of {table.name} are not told")
        sure = Plain(self.reader.stack, generous=False).world().tables[of][1]
        told = [r for r in sure if any(self.destination in ip_network(b) for b in r.blocks)]
        self._holds(not told, f"{table.name} sends {self.destination} by {told}")

    def _propagated(self, table: str, target: Hop) -> str:
        """Routes that a virtual private gateway adds to the table, whatever they are."""
        self._holds(target.kind == "virtual private gateway", f"no route leads to {target}")
        self._holds(not self.decided, f"what {target} adds is not told")
        joints = [
            (self.reader.one(n, "routeTableId", "RouteTable"), n, "vpnGatewayId")
            for n in self.reader.each("VpnGatewayRoutePropagation")
        ]
        joints += [(n.resource.urn, n, "propagatingVgws") for n in self.reader.each("RouteTable")]
        for of, node, key in joints:
            given = self.reader.meant(node, key, node.resource.props.get(key), "VpnGateway")
            named = [urn for urn in given if self._name(urn) == target.name]
            if of == table and named:
                return named[0]
        raise Untrue(f"{target} adds no routes to {table}")

    def _ends_in(self, table: Hop) -> None:
        """Nobody tells what the subnet's table holds."""
        of = self.world.subnets[self.here].table
        self._holds(self._name(of) == table.name, f"{table.name} is not the table of {self.here}")
        self._unsure(str(table))
        self._holds(of in self.world.holed, f"all of {table.name} is described")

    def _beyond(self, target: Hop, to: str) -> None:
        """Past the target of a route: out, or into the next subnet."""
        vpc = self.world.subnets[self.here].vpc
        match target.kind:
            case "internet gateway" | "egress-only internet gateway" | "virtual private gateway":
                self._leaves_by(target, to, vpc)
            case "NAT gateway" if to in self.world.nats:
                nat = self.world.nats[to]
                self.here, self.public = self._subnet(target.what, [nat.subnet]), nat.public
                self.own = True
                if self.destination in NAT64:
                    self.destination = IPv4Address(int(self.destination) & 0xFFFFFFFF)
            case "transit gateway" if self.left:
                self._crosses(to, vpc)
            case "transit gateway":
                self._unsure(str(target))
                joined = {a for t in self.world.transit_tables.values() for a in t.associations}
                attached = self._attached(to, vpc)
                self._holds(not attached or attached - joined, f"{target} is described")
            case "network interface" if to in self.reader.stack.deployment.nodes:
                card = self.reader.stack.deployment.nodes[to]
                checked = card.resource.props.get("sourceDestCheck") is not False
                self._holds(not checked, f"{target} passes nothing on")
                self.here = self._subnet(target.what, self.reader._subnets(card))
                self.public = self.reader._public(card, self.here) is Public.YES
            case "VPC peering connection":
                ends = self.world.peerings.get(to, ())
                self._unsure(str(target))
                self._holds(vpc not in ends, f"both ends of {target} are described")
            case "carrier gateway" | "local gateway" | "core network" | "ODB network":
                self._last(target)
            case _:
                self._unsure(str(target))
                self._holds(to not in self.reader.stack.deployment.nodes, f"{target} is described")

    def _leaves_by(self, target: Hop, to: str, vpc: str) -> None:
        """Out by a gateway, which is attached to the VPC and takes such a packet."""
        attached = {
            "internet gateway": self.world.internet_gateways,
            "egress-only internet gateway": self.world.egress_only_gateways,
            "virtual private gateway": self.world.vpn_gateways,
        }[target.kind]
        known = to in self.reader.stack.deployment.nodes
        self._holds(not known or attached.get(to) == vpc, f"{target} is not attached to {vpc}")
        if target.kind != "virtual private gateway":
            self._holds(self.own, f"{target} takes nothing of another VPC")
            six = self.destination.version == 6
            four = target.kind == "internet gateway" and self.public
            self._holds(six or four, f"{target} takes no packet of a private address")
        self._last(target)

    def _last(self, target: Hop) -> None:
        self._holds(not self.left, f"{target} is out, and {[str(h) for h in self.left]} follow")

    def _attached(self, gateway: str, vpc: str) -> set[str]:
        """The attachments of a VPC to a transit gateway."""
        return {
            node.resource.urn
            for node in self.reader.each("TransitVpcAttachment")
            if self.reader.one(node, "transitGatewayId", "TransitTransitGateway") == gateway
            and self.reader.one(node, "vpcId", "Vpc") == vpc
        }

    def _crosses(self, gateway: str, vpc: str) -> None:
        """By the VPC's attachment to the gateway's table that it is associated with, and on."""
        entered, asked = self._next("attachment"), self._next("transit gateway route table")
        by = {a for a in self._attached(gateway, vpc) if self._name(a) == entered.name}
        self._holds(len(by) == 1, f"{entered} is not of {vpc} and {gateway}")
        tables = {t: w for t, w in self.world.transit_tables.items() if by & set(w.associations)}
        if asked.what == UNTOLD:
            self._unsure(str(asked))
            adding = {
                self.reader.one(n, "transitGatewayRouteTableId", "TransitRouteTable")
                for n in self.reader.each("TransitRouteTablePropagation")
            }
            own = [t for t in tables if self._name(t) == asked.name and t in adding]
            default = not tables and asked.name == f"{self._name(gateway)} (default)"
            self._holds(own or default, f"{asked} is described, or not the table of {entered}")
            return
        (table,) = [t for t in tables if self._name(t) == asked.name] or [""]
        self._holds(table, f"{asked} is not the table of {entered}")
        routes = [(ip_network(r.block), r.attachment) for r in tables[table].routes]
        taking = [(b.prefixlen, to) for b, to in routes if self.destination in b]
        target = self._next("attachment")
        longest = max((length for length, _ in taking), default=-1)
        best = [to for n, to in taking if n == longest and to and self._name(to) == target.name]
        self._holds(best, f"{asked.name} does not send {self.destination} to {target}")
        for listed in filter(None, re.split(r", | and \d+ more", asked.what)):
            written = [str(block) for block, to in routes if to == best[0]]
            self._holds(_covered(listed, written), f"{asked.name} has no route for {listed}")
        self._lands(target, best[0])

    def _lands(self, target: Hop, attachment: str) -> None:
        """In a subnet of the attachment's VPC, or with somebody else."""
        there = self.world.attachments.get(attachment)
        if there is not None and there.vpc is not None:
            self.here, self.own = self._subnet(target.what, list(there.subnets)), False
            return
        self._holds(there is not None or not self.decided, f"{target} is not described")
        self._last(target)


def _within(block: Block, other: Block) -> bool:
    return block.version == other.version and block.subnet_of(other)  # type: ignore[arg-type]


def _covered(listed: str, written: list[str]) -> bool:
    """Whether a block that is shown is written, as one or as several that are all of it."""
    block = ip_network(listed)
    inside = [each for each in map(ip_network, written) if _within(each, block)]
    return block in collapse_addresses(inside)
