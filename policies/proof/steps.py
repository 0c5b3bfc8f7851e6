"""The steps from each place, as AWS takes them. What AWS promises: docs/proof/reach.md."""

from collections.abc import Iterator
from functools import cached_property

from model.network import (
    Hole,
    Interface,
    Network,
    Reference,
    Subnet,
    Target,
    TargetKind,
    TransitGatewayAttachment,
    Vpc,
)
from model.sets import EVERY_ADDRESS, EVERY_IPV4, EVERY_IPV6, EVERY_PORT, NOTHING, Ranges
from model.traffic import EVERYTHING, ICMP, TCP, UDP, Box, Traffic
from proof.filters import OPEN, Filters, Passages, both, described, named
from proof.places import (
    Arrived,
    AtForwarder,
    AtTransitGateway,
    Exit,
    Hop,
    InSubnet,
    Place,
    Sender,
    Step,
    between,
    stand,
)
from proof.routing import Choice, routed, routed_between

NEVER_ROUTED = Ranges(((0xA9FEA800, 0xA9FEABFF),))  # 169.254.168.0/22, AWS's own
ROUTABLE = EVERY_ADDRESS - NEVER_ROUTED
TRANSLATED = Traffic(
    (Box(EVERY_IPV4, Ranges.of((p, p) for p in (ICMP, TCP, UDP)), EVERY_PORT),)
)  # what a NAT gateway carries; its IPv6 is judged apart
NAT64 = Ranges(((2**32 + (0x64FF9B << 96), 2**32 + (0x64FF9B << 96) + 2**32 - 1),))
AWAY = (  # whatever goes there has left what is described
    TargetKind.CARRIER_GATEWAY,
    TargetKind.LOCAL_GATEWAY,
    TargetKind.VPN_GATEWAY,
    TargetKind.CORE_NETWORK,
    TargetKind.ODB_NETWORK,
    TargetKind.GATEWAY_ENDPOINT,
)


class Steps:
    """The map of a network, drawn where it is walked."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.filters = Filters(network)
        self._known: dict[Place, tuple[Step, ...]] = {}
        self._routed: dict[str, list[Choice[Target]]] = {}

    def of(self, place: Place) -> tuple[Step, ...]:
        """The steps that packets at this place may take."""
        if place not in self._known:
            self._known[place] = tuple(step for step in self._drawn(place) if step.passes)
        return self._known[place]

    def sources(self, interface: Interface, subnet: Subnet) -> Ranges:
        """The addresses that an interface may send from in one of its subnets."""
        own = interface.addresses & subnet.addresses
        vpc = self.vpc(subnet.vpc)
        if vpc is not None and not vpc.ipv6:
            return own
        return own if own & EVERY_IPV6 else own | (subnet.addresses & EVERY_IPV6 or EVERY_IPV6)

    def vpc(self, reference: Reference) -> Vpc | None:
        return described(self.network.vpcs, reference)

    def subnet(self, reference: Reference) -> Subnet | None:
        return described(self.network.subnets, reference)

    def subnets(self, references: tuple[Reference, ...]) -> list[Subnet]:
        """Those that are described."""
        found = (self.subnet(reference) for reference in references)
        return [subnet for subnet in found if subnet is not None]

    def _drawn(self, place: Place) -> Iterator[Step]:
        match place:
            case InSubnet():
                yield from self._from_subnet(place, self.network.subnets[place.subnet])
            case AtTransitGateway():
                yield from self._from_transit_gateway(place)
            case AtForwarder():
                yield from self._from_forwarder(place)
            case Arrived():
                pass

    # In a subnet

    def _from_subnet(self, place: InSubnet, subnet: Subnet) -> Iterator[Step]:
        """Within the subnet at once, without its ACL; all else by its table."""
        across = place.sender is Sender.ELSEWHERE
        if not isinstance(subnet.vpc, Hole):
            yield Step(Arrived(subnet.vpc, subnet.key, across), EVERYTHING.to(subnet.addresses))
        outside = ROUTABLE - subnet.addresses
        table = described(self.network.route_tables, subnet.route_table)
        if table is None:
            name = named(subnet.route_table)
            hop = Hop(name, name, "route table")
            lost = Exit(TargetKind.UNKNOWN, name, name)
            yield from self._out(
                subnet, lost, outside, (hop,), (f"route table {name} is not described",)
            )
            return
        if not table.complete:
            hop = Hop(table.key, table.name, "route table", "what is not described of it")
            lost = Exit(TargetKind.UNKNOWN, table.key, table.name)
            why = f"not all routes of route table {table.name} are described"
            yield from self._out(subnet, lost, outside, (hop,), (why,))
        if table.key not in self._routed:
            self._routed[table.key] = routed(table)
        for choice in self._routed[table.key]:
            doubts: tuple[str, ...] = ()
            if choice.contested:
                doubts = (f"which of equal routes of route table {table.name} AWS prefers",)
            if not choice.written:
                doubts = (f"which destinations a route of route table {table.name} has",)
                if choice.target.kind is TargetKind.GATEWAY_ENDPOINT:
                    doubts = ()  # its service's own addresses, which AWS alone knows
            hop = Hop(table.key, table.name, "route table", str(choice))
            goes = choice.destinations & outside
            if goes:
                yield from self._by_route(place, subnet, choice.target, goes, hop, doubts)

    def _by_route(
        self,
        place: InSubnet,
        subnet: Subnet,
        target: Target,
        goes: Ranges,
        hop: Hop,
        doubts: tuple[str, ...],
    ) -> Iterator[Step]:
        match target.kind:
            case TargetKind.BLACKHOLE:
                return
            case TargetKind.LOCAL:
                if not isinstance(subnet.vpc, Hole):
                    to = Arrived(subnet.vpc, None, place.sender is Sender.ELSEWHERE)
                    yield from self._on(
                        to, EVERYTHING.to(goes), self._leaving(subnet), (hop,), doubts
                    )
            case TargetKind.INTERNET_GATEWAY | TargetKind.EGRESS_ONLY_INTERNET_GATEWAY:
                yield from self._by_internet_gateway(place, subnet, target, goes, hop, doubts)
            case TargetKind.NAT_GATEWAY:
                yield from self._by_nat_gateway(subnet, target, goes, hop, doubts)
            case TargetKind.VPC_PEERING_CONNECTION:
                yield from self._by_peering(subnet, target, goes, hop, doubts)
            case TargetKind.TRANSIT_GATEWAY:
                yield from self._by_transit_gateway(subnet, target, goes, hop, doubts)
            case TargetKind.NETWORK_INTERFACE:
                yield from self._by_interface(place, subnet, target, goes, hop, doubts)
            case kind if kind in AWAY:
                yield from self._out(subnet, self._exit(target), goes, (hop,), doubts)
            case _:
                why = f"what lies behind {self._exit(target).name} is not described"
                yield from self._out(subnet, self._exit(target), goes, (hop,), (*doubts, why))

    def _by_internet_gateway(
        self,
        place: InSubnet,
        subnet: Subnet,
        target: Target,
        goes: Ranges,
        hop: Hop,
        doubts: tuple[str, ...],
    ) -> Iterator[Step]:
        """IPv4 needs a public address, IPv6 is one; nobody's packets from elsewhere pass."""
        if place.sender is Sender.ELSEWHERE:
            return
        exit_ = self._exit(target)
        yield from self._out(subnet, exit_, goes & EVERY_IPV6, (hop,), doubts)
        if target.kind is TargetKind.EGRESS_ONLY_INTERNET_GATEWAY:
            return
        if place.sender is Sender.PERHAPS:
            doubts = (*doubts, "whether the sender has a public address")
        if place.sender is not Sender.PRIVATE:
            yield from self._out(subnet, exit_, goes & EVERY_IPV4, (hop,), doubts)

    def _by_nat_gateway(
        self, subnet: Subnet, target: Target, goes: Ranges, hop: Hop, doubts: tuple[str, ...]
    ) -> Iterator[Step]:
        nat = described(self.network.nat_gateways, target.of)
        stands_in = None if nat is None else self.subnet(nat.subnet)
        if nat is None or stands_in is None:
            why = f"where {self._exit(target).name} translates is not described"
            yield from self._out(subnet, self._exit(target), goes, (hop,), (*doubts, why))
            return
        hops = (hop, Hop(nat.key, nat.name, TargetKind.NAT_GATEWAY.value, stands_in.name))
        to = InSubnet(stands_in.key, Sender.PUBLIC if nat.public else Sender.PRIVATE)
        yield from self._on(
            to,
            TRANSLATED.to(goes),
            self._crossing(subnet, stands_in),
            hops,
            doubts,
            (nat.addresses or stands_in.addresses) & EVERY_IPV4,
        )
        why = "where NAT64 leads is not followed"
        yield from self._out(subnet, self._exit(target), goes & NAT64, hops[:1], (*doubts, why))

    def _by_peering(
        self, subnet: Subnet, target: Target, goes: Ranges, hop: Hop, doubts: tuple[str, ...]
    ) -> Iterator[Step]:
        """From this VPC's own addresses to the other's own, and no further."""
        exit_ = self._exit(target)
        peering = described(self.network.peerings, target.of)
        ends = () if peering is None else (peering.requester, peering.accepter)
        others = [end for end in ends if end != subnet.vpc]
        other = self.vpc(others[0]) if len(others) == 1 else None
        if other is None:
            why = f"the VPC behind {exit_.name} is not described"
            yield from self._out(subnet, exit_, goes, (hop,), (*doubts, why))
            return
        here = self.vpc(subnet.vpc)
        packets = between(_reach_of(here), goes & _reach_of(other))
        hops = (
            hop,
            Hop(exit_.key, exit_.name, exit_.kind.value),
            Hop(other.key, other.name, "VPC"),
        )
        yield from self._on(
            Arrived(other.key, None, False), packets, self._leaving(subnet), hops, doubts
        )

    def _by_transit_gateway(
        self, subnet: Subnet, target: Target, goes: Ranges, hop: Hop, doubts: tuple[str, ...]
    ) -> Iterator[Step]:
        """Through the attachment's subnet in the zone, as the table says that it is bound to."""
        exit_ = self._exit(target)
        known = False
        for attachment in self._attachments.get(target.of, ()):
            if attachment.vpc != subnet.vpc:
                continue
            tables = self._tables_of.get(attachment.key, [])
            stand_in = self.subnets(attachment.subnets)
            near = [s for s in stand_in if s.availability_zone == subnet.availability_zone]
            known = bool(tables) and len(stand_in) == len(attachment.subnets) > 0
            for table in tables if known else ():
                hops = (
                    hop,
                    Hop(exit_.key, exit_.name, exit_.kind.value),
                    Hop(attachment.key, attachment.name, "attachment"),
                )
                for entered in near or stand_in:
                    yield from self._on(
                        AtTransitGateway(table),
                        EVERYTHING.to(goes),
                        both(self._leaving(subnet), self._entering(entered)),
                        hops,
                        doubts,
                    )
        if not known:
            why = f"where transit gateway {exit_.name} leads is not described"
            yield from self._out(subnet, exit_, goes, (hop,), (*doubts, why))

    def _by_interface(
        self,
        place: InSubnet,
        subnet: Subnet,
        target: Target,
        goes: Ranges,
        hop: Hop,
        doubts: tuple[str, ...],
    ) -> Iterator[Step]:
        interface = described(self.network.interfaces, target.of)
        stand_in = [] if interface is None else self.subnets(interface.subnets)
        if interface is None or len(stand_in) < len(interface.subnets):
            why = f"what network interface {self._exit(target).name} does is not described"
            yield from self._out(subnet, self._exit(target), goes, (hop,), (*doubts, why))
            return
        across = place.sender is Sender.ELSEWHERE
        for entered in stand_in:
            passes = both(self._crossing(subnet, entered), self.filters.inward(interface, across))
            hops = (hop, Hop(interface.key, interface.name, "network interface", entered.name))
            own = interface.addresses & entered.addresses
            if interface.forwards:
                to: Place = AtForwarder(interface.key, entered.key, place.sender)
                yield from self._on(to, EVERYTHING.to(goes - own), passes, hops, doubts)
            if isinstance(entered.vpc, str) and goes & own:
                arrived = Arrived(entered.vpc, None, across)
                yield from self._on(
                    arrived,
                    EVERYTHING.to(goes & own),
                    self._crossing(subnet, entered),
                    (hop,),
                    doubts,
                )

    # At a transit gateway, at a forwarder

    def _from_transit_gateway(self, place: AtTransitGateway) -> Iterator[Step]:
        table = self.network.transit_gateway_tables[place.table]
        kind = "transit gateway route table"
        if not table.complete:
            hop = Hop(table.key, table.name, kind, "what is not described of it")
            why = f"not all routes of transit gateway route table {table.name} are described"
            exit_ = Exit(TargetKind.TRANSIT_GATEWAY, table.key, table.name)
            yield Step(exit_, EVERYTHING, (hop,), None, (why,))
        for choice in routed_between(table):
            hop = Hop(table.key, table.name, kind, str(choice))
            doubts: tuple[str, ...] = ()
            if choice.contested:
                doubts = (f"which of equal routes of {kind} {table.name} AWS prefers",)
            if choice.target is not None:
                yield from self._into_attachment(
                    choice.target, EVERYTHING.to(choice.destinations), hop, doubts
                )

    def _into_attachment(
        self, reference: Reference, packets: Traffic, hop: Hop, doubts: tuple[str, ...]
    ) -> Iterator[Step]:
        """Into the subnets of a VPC's attachment; any other kind leads to somebody else's."""
        attachment = described(self.network.attachments, reference)
        if attachment is None:
            name = named(reference)
            why = f"attachment {name} is not described"
            exit_ = Exit(TargetKind.TRANSIT_GATEWAY, name, name)
            yield Step(exit_, packets, (hop,), None, (*doubts, why))
            return
        exit_ = Exit(TargetKind.TRANSIT_GATEWAY, attachment.key, attachment.name)
        if attachment.kind != "vpc":
            yield Step(exit_, packets, (hop,), None, doubts)
            return
        stand_in = self.subnets(attachment.subnets)
        if not stand_in or len(stand_in) < len(attachment.subnets):
            why = f"the subnets of attachment {attachment.name} are not described"
            yield Step(exit_, packets, (hop,), None, (*doubts, why))
        for subnet in stand_in:
            hops = (hop, Hop(attachment.key, attachment.name, "attachment", subnet.name))
            yield Step(InSubnet(subnet.key, Sender.ELSEWHERE), packets, hops, None, doubts)

    def _from_forwarder(self, place: AtForwarder) -> Iterator[Step]:
        """On from every interface of the machine, as a router or in its own name."""
        entered = self.network.interfaces[place.interface]
        for interface in self._machines.get(entered.instance, [entered]):
            for subnet in self.subnets(interface.subnets):
                if interface is entered and subnet.key != place.subnet:
                    continue
                hops = (
                    ()
                    if interface is entered
                    else (Hop(interface.key, interface.name, "network interface", subnet.name),)
                )
                for passage in self.filters.outward(interface):
                    on = InSubnet(subnet.key, place.sender)
                    yield Step(on, passage.traffic, hops, None, passage.doubts)
                    on = InSubnet(subnet.key, stand(interface))
                    own = self.sources(interface, subnet)
                    for family in (EVERY_IPV4, EVERY_IPV6):
                        sent = passage.traffic & between(EVERY_ADDRESS, family)
                        if own & family:
                            yield Step(on, sent, hops, own & family, passage.doubts)

    # What steps are made of

    def _out(
        self, subnet: Subnet, to: Exit, goes: Ranges, hops: tuple[Hop, ...], doubts: tuple[str, ...]
    ) -> Iterator[Step]:
        if goes:
            yield from self._on(to, EVERYTHING.to(goes), self._leaving(subnet), hops, doubts)

    def _on(
        self,
        to: Place | Exit,
        packets: Traffic,
        passes: Passages,
        hops: tuple[Hop, ...],
        doubts: tuple[str, ...],
        translated: Ranges | None = None,
    ) -> Iterator[Step]:
        for passage in passes:
            why = tuple(dict.fromkeys(doubts + passage.doubts))
            yield Step(to, packets & passage.traffic, hops, translated, why)

    def _leaving(self, subnet: Subnet) -> Passages:
        return self.filters.leaving(subnet.network_acl)

    def _entering(self, subnet: Subnet) -> Passages:
        return self.filters.entering(subnet.network_acl)

    def _crossing(self, here: Subnet, there: Subnet) -> Passages:
        """The ACLs between two subnets; there is none within one."""
        if here.key == there.key:
            return OPEN
        return both(self._leaving(here), self._entering(there))

    def _exit(self, target: Target) -> Exit:
        of = target.of
        if of is None:
            return Exit(target.kind, target.kind.value, target.kind.value)
        if isinstance(of, Hole):
            return Exit(target.kind, of.what, of.what)
        return Exit(target.kind, of, self._names.get(of, of))

    @cached_property
    def _names(self) -> dict[str, str]:
        kept = self.network
        named_things = (
            kept.internet_gateways,
            kept.nat_gateways,
            kept.peerings,
            kept.vpn_gateways,
            kept.endpoints,
            kept.interfaces,
        )
        return {key: thing.name for things in named_things for key, thing in things.items()}

    @cached_property
    def _attachments(self) -> dict[Reference | None, list[TransitGatewayAttachment]]:
        found: dict[Reference | None, list[TransitGatewayAttachment]] = {}
        for attachment in self.network.attachments.values():
            found.setdefault(attachment.transit_gateway, []).append(attachment)
        return found

    @cached_property
    def _tables_of(self) -> dict[Reference, list[str]]:
        """The tables that an attachment is associated with; AWS allows one."""
        found: dict[Reference, list[str]] = {}
        for table in self.network.transit_gateway_tables.values():
            for attachment in table.associations:
                found.setdefault(attachment, []).append(table.key)
        return found

    @cached_property
    def _machines(self) -> dict[str | None, list[Interface]]:
        found: dict[str | None, list[Interface]] = {}
        for interface in self.network.interfaces.values():
            if interface.instance is not None:
                found.setdefault(interface.instance, []).append(interface)
        return found


def _reach_of(vpc: Vpc | None) -> Ranges:
    """The addresses of a VPC; those of one that nobody has described may be any."""
    if vpc is None:
        return EVERY_ADDRESS
    unknown = EVERY_IPV6 if vpc.ipv6 and not vpc.addresses & EVERY_IPV6 else NOTHING
    return vpc.addresses | unknown
