"""From a subnet by one route: what AWS does with packets at each kind of target."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from model.network import Reference, Subnet, Target, TargetKind
from model.sets import EVERY_IPV4, EVERY_IPV6, EVERY_PORT, Ranges
from model.traffic import EVERYTHING, ICMP, TCP, UDP, Box, Traffic
from proof.doubts import Doubt
from proof.filters import Passages, both, described
from proof.ground import Ground
from proof.nat64 import before_nat64
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
)

# What a NAT gateway carries, of each family.
TRANSLATED = Traffic((Box(EVERY_IPV4, Ranges.of((p, p) for p in (ICMP, TCP, UDP)), EVERY_PORT),))
TRANSLATED_TO_IPV4 = before_nat64(TRANSLATED)
AWAY = (  # whatever goes there has left what is described
    TargetKind.CARRIER_GATEWAY,
    TargetKind.LOCAL_GATEWAY,
    TargetKind.VPN_GATEWAY,
    TargetKind.CORE_NETWORK,
    TargetKind.ODB_NETWORK,
    TargetKind.GATEWAY_ENDPOINT,
)


@dataclass(frozen=True, slots=True)
class Leg:
    """Packets that a route of a subnet's table takes. goes: to where; hop: the table."""

    sender: Sender
    subnet: Subnet
    target: Target
    goes: Ranges
    hop: Hop
    doubts: tuple[str, ...] = ()


def taken(ground: Ground, leg: Leg) -> Iterator[Step]:
    """The steps of a leg."""
    match leg.target.kind:
        case TargetKind.BLACKHOLE:
            return
        case TargetKind.LOCAL:
            yield from _local(ground, leg)
        case TargetKind.INTERNET_GATEWAY | TargetKind.EGRESS_ONLY_INTERNET_GATEWAY:
            yield from _internet_gateway(ground, leg)
        case TargetKind.NAT_GATEWAY:
            yield from _nat_gateway(ground, leg)
        case TargetKind.VPC_PEERING_CONNECTION:
            yield from _peering(ground, leg)
        case TargetKind.TRANSIT_GATEWAY:
            yield from _transit_gateway(ground, leg)
        case TargetKind.NETWORK_INTERFACE:
            yield from _network_interface(ground, leg)
        case kind if kind in AWAY:
            yield from out(ground, leg)
        case _:
            yield from lost(ground, leg, "what lies behind {} is not described")


def out(ground: Ground, leg: Leg, to: Exit | None = None) -> Iterator[Step]:
    """Out of the network; by default at the leg's target."""
    end = to or ground.exit(leg.target)
    hops: tuple[Hop, ...] = (leg.hop,)
    if end.key != leg.hop.key:
        hops = (leg.hop, Hop(end.key, end.name, end.kind.value))
    yield from passing(leg, end, EVERYTHING.to(leg.goes), ground.leaving(leg.subnet), hops)


def lost(ground: Ground, leg: Leg, why: str, about: Reference | None = None) -> Iterator[Step]:
    """To where nobody has described; that is the target's secret, unless it is another thing's."""
    doubt = Doubt(why.format(ground.exit(leg.target).name), about or leg.target.of)
    yield from out(ground, replace(leg, doubts=(*leg.doubts, doubt)))


def passing(
    leg: Leg,
    to: Place | Exit,
    packets: Traffic,
    passes: Passages,
    hops: tuple[Hop, ...],
    translated: Ranges | None = None,
) -> Iterator[Step]:
    """What of the packets passes, once for each set of doubts."""
    for passage in passes:
        doubts = tuple(dict.fromkeys(leg.doubts + passage.doubts))
        yield Step(to, packets & passage.traffic, hops, translated, doubts)


def _local(ground: Ground, leg: Leg) -> Iterator[Step]:
    if isinstance(leg.subnet.vpc, str):
        to = Arrived(leg.subnet.vpc, None, leg.sender is Sender.ELSEWHERE)
        yield from passing(leg, to, EVERYTHING.to(leg.goes), ground.leaving(leg.subnet), (leg.hop,))


def _internet_gateway(ground: Ground, leg: Leg) -> Iterator[Step]:
    """IPv4 needs a public address, IPv6 is one; nobody's packets from elsewhere pass."""
    if leg.sender is Sender.ELSEWHERE:
        return
    yield from out(ground, replace(leg, goes=leg.goes & EVERY_IPV6))
    if leg.target.kind is TargetKind.EGRESS_ONLY_INTERNET_GATEWAY:
        return
    four = replace(leg, goes=leg.goes & EVERY_IPV4)
    if leg.sender is Sender.PUBLIC:
        yield from out(ground, four)
    elif leg.sender is Sender.PERHAPS:
        why = "whether the sender has a public address"
        yield from out(ground, replace(four, doubts=(*leg.doubts, why)))


def _nat_gateway(ground: Ground, leg: Leg) -> Iterator[Step]:
    """On from its own subnet, in its own name."""
    nat = described(ground.network.nat_gateways, leg.target.of)
    place = None if nat is None else described(ground.network.subnets, nat.subnet)
    if nat is None or place is None:
        yield from lost(ground, leg, "where NAT gateway {} stands is not described")
        return
    hops = (leg.hop, Hop(nat.key, nat.name, leg.target.kind.value, place.name))
    to = InSubnet(place.key, Sender.PUBLIC if nat.public else Sender.PRIVATE)
    own = (nat.addresses or place.addresses) & EVERY_IPV4 or EVERY_IPV4
    for carried, nat64 in ((TRANSLATED, False), (TRANSLATED_TO_IPV4, True)):
        crosses = ground.crossing(leg.subnet, place)
        for step in passing(leg, to, carried.to(leg.goes), crosses, hops, own):
            yield replace(step, nat64=nat64)


def _peering(ground: Ground, leg: Leg) -> Iterator[Step]:
    """From this VPC's own addresses to the other's own, and no further."""
    peering = described(ground.network.peerings, leg.target.of)
    ends = () if peering is None else (peering.requester, peering.accepter)
    others = [end for end in ends if end != leg.subnet.vpc]
    other = described(ground.network.vpcs, others[0]) if len(others) == 1 else None
    if other is None:
        behind = others[0] if len(others) == 1 else None
        yield from lost(ground, leg, "the VPC behind {} is not described", behind)
        return
    here = ground.addresses(described(ground.network.vpcs, leg.subnet.vpc))
    end = ground.exit(leg.target)
    hops = (leg.hop, Hop(end.key, end.name, end.kind.value), Hop(other.key, other.name, "VPC"))
    packets = between(here, leg.goes & ground.addresses(other))
    yield from passing(
        leg, Arrived(other.key, None, False), packets, ground.leaving(leg.subnet), hops
    )


def _transit_gateway(ground: Ground, leg: Leg) -> Iterator[Step]:
    """Through the attachment's subnet in the sender's zone, on by the table it is bound to."""
    end = ground.exit(leg.target)
    attached = ground.attachments(leg.target.of, leg.subnet.vpc)
    known = bool(attached)
    for key in attached:
        attachment = ground.network.attachments[key]
        tables = ground.tables.get(key, [])
        subnets = ground.subnets(attachment.subnets)
        if not tables or not subnets or len(subnets) < len(attachment.subnets):
            known = False
        entries = list(_entries(leg, subnets))
        hops = (
            leg.hop,
            Hop(end.key, end.name, end.kind.value),
            Hop(attachment.key, attachment.name, "attachment"),
        )
        for table in tables:
            for by, entered in entries:
                passes = both(ground.leaving(leg.subnet), ground.entering(entered))
                packets = EVERYTHING.to(leg.goes)
                yield from passing(by, AtTransitGateway(table), packets, passes, hops)
    if not known:
        yield from lost(ground, leg, "where transit gateway {} leads is not described")


def _entries(leg: Leg, subnets: list[Subnet]) -> Iterator[tuple[Leg, Subnet]]:
    """The subnets of an attachment that packets may enter it by, each with what is doubted then.

    An attachment has one subnet of a zone at the most; where it has none of the sender's, any.
    """
    near = [s for s in subnets if _same_zone(s, leg.subnet)]
    unsure = [] if near else [s for s in subnets if _same_zone(s, leg.subnet) is None]
    # All alike where one ACL decides at each of them.
    sure = len({s.network_acl for s in subnets}) == 1 or not unsure
    for entered in near or unsure or subnets:
        why = f"whether {leg.subnet.name} and {entered.name} are in one availability zone"
        yield (leg if sure else replace(leg, doubts=(*leg.doubts, why))), entered


def _same_zone(one: Subnet, other: Subnet) -> bool | None:
    """Whether two subnets are in one zone; None where a zone is unknown, or named by its id in one
    and by its name in the other."""
    zones = (one.availability_zone, other.availability_zone)
    if not all(zones):
        return None
    ids = {zone.partition("-")[0][-1:].isdigit() for zone in zones}  # euw1-az1, not eu-west-1a
    return zones[0] == zones[1] if len(ids) == 1 else None


def _network_interface(ground: Ground, leg: Leg) -> Iterator[Step]:
    """To an interface, which keeps what is for itself and passes on the rest, if it does."""
    interface = described(ground.network.interfaces, leg.target.of)
    subnets = [] if interface is None else ground.subnets(interface.subnets)
    if interface is None or len(subnets) < len(interface.subnets):
        yield from lost(ground, leg, "what network interface {} does is not described")
        return
    across = leg.sender is Sender.ELSEWHERE
    for entered in subnets:
        crosses = ground.crossing(leg.subnet, entered)
        own = ground.sources(interface, entered)
        if interface.forwards:
            passes = both(crosses, ground.filters.inward(interface, across))
            hops = (leg.hop, Hop(interface.key, interface.name, "network interface", entered.name))
            to = AtForwarder(interface.key, entered.key, leg.sender)
            yield from passing(leg, to, EVERYTHING.to(leg.goes - own), passes, hops)
        if isinstance(entered.vpc, str):
            arrived = Arrived(entered.vpc, None, across)
            packets = EVERYTHING.to(leg.goes & own)
            yield from passing(leg, arrived, packets, crosses, (leg.hop,))
