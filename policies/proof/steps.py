"""The steps from each place, as AWS takes them. What AWS promises: docs/proof/reach.md."""

from collections.abc import Iterator
from dataclasses import replace

from model.network import Interface, Key, Network, Reference, Subnet, Target, TargetKind
from model.sets import EVERY_ADDRESS, EVERY_IPV4, EVERY_IPV6, Ranges
from model.traffic import EVERYTHING
from proof.doubts import Doubt
from proof.filters import described, named
from proof.ground import Ground
from proof.legs import Leg, out, taken
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


class Steps:
    """The map of a network, drawn where it is walked."""

    def __init__(self, network: Network) -> None:
        self.ground = Ground(network)
        self.network = network
        self._known: dict[Place, tuple[Step, ...]] = {}
        self._routed: dict[Key, list[Choice[Target]]] = {}

    def of(self, place: Place) -> tuple[Step, ...]:
        """The steps that packets at this place may take; there are none from where they arrived."""
        if place not in self._known:
            self._known[place] = tuple(step for step in self._drawn(place) if step.passes)
        return self._known[place]

    def _drawn(self, place: Place) -> Iterator[Step]:
        match place:
            case InSubnet():
                yield from self._in_subnet(place, self.network.subnets[place.subnet])
            case AtTransitGateway():
                yield from self._at_transit_gateway(place)
            case AtForwarder():
                yield from self._at_forwarder(place)

    def _in_subnet(self, place: InSubnet, subnet: Subnet) -> Iterator[Step]:
        """Within the subnet at once, without its ACL; all else by its table."""
        if isinstance(subnet.vpc, str):
            within = Arrived(subnet.vpc, subnet.key, place.sender is Sender.ELSEWHERE)
            yield Step(within, EVERYTHING.to(subnet.addresses))
        goes = ROUTABLE - self.ground.surely_in(subnet)
        key = named(subnet.route_table)
        table = self.network.route_tables.get(key)  # by its id, where routes are added to it here
        if table is None or not table.complete:
            name = key if table is None else table.name
            why = "route table {} is not described"
            if table is not None:
                why = "not all routes of route table {} are described"
            doubt = Doubt(why.format(name), subnet.route_table)
            hop = Hop(key, name, "route table", "" if table is None else "what nobody described")
            unknown = Target(TargetKind.UNKNOWN)
            leg = Leg(place.sender, subnet, unknown, goes, hop, (doubt,))
            yield from out(self.ground, leg, Exit(TargetKind.UNKNOWN, key, name))
        if table is None:
            return
        if table.key not in self._routed:
            self._routed[table.key] = routed(table)
        for choice in self._routed[table.key]:
            hop = Hop(table.key, table.name, "route table", str(choice))
            doubts = _doubts(choice, table.name)
            leg = Leg(place.sender, subnet, choice.target, choice.destinations & goes, hop, doubts)
            yield from taken(self.ground, leg)

    def _at_transit_gateway(self, place: AtTransitGateway) -> Iterator[Step]:
        table = self.network.transit_gateway_tables[place.table]
        kind = "transit gateway route table"
        if not table.complete:
            hop = Hop(table.key, table.name, kind, "what nobody described")
            why = f"not all routes of {kind} {table.name} are described"
            lost = Exit(TargetKind.TRANSIT_GATEWAY, table.key, table.name)
            yield Step(lost, EVERYTHING.to(table.untold), (hop,), None, (why,))
        for choice in routed_between(table):
            hop = Hop(table.key, table.name, kind, str(choice))
            doubts: tuple[str, ...] = ()
            if choice.contested:
                doubts = (f"which of equal routes of {kind} {table.name} AWS prefers",)
            if choice.target is not None:
                packets = EVERYTHING.to(choice.destinations)
                yield from self._into(choice.target, Step(place, packets, (hop,), None, doubts))

    def _into(self, reference: Reference, step: Step) -> Iterator[Step]:
        """Into the subnets of a VPC's attachment; any other kind leads to somebody else's."""
        attachment = described(self.network.attachments, reference)
        key = named(reference)
        name = key if attachment is None else attachment.name
        hop = Hop(key, name, "attachment")
        away = replace(step, to=Exit(TargetKind.TRANSIT_GATEWAY, key, name), hops=(*step.hops, hop))
        if attachment is None:
            why = Doubt(f"attachment {name} is not described", reference)
            yield replace(away, doubts=(*step.doubts, why))
            return
        if attachment.kind != "vpc":
            yield away
            return
        subnets = self.ground.subnets(attachment.subnets)
        if not subnets or len(subnets) < len(attachment.subnets):
            unseen = f"the subnets of attachment {name} are not described"
            yield replace(away, doubts=(*step.doubts, unseen))
        for subnet in subnets:
            to = InSubnet(subnet.key, Sender.ELSEWHERE)
            yield replace(step, to=to, hops=(*step.hops, replace(hop, what=subnet.name)))

    def _at_forwarder(self, place: AtForwarder) -> Iterator[Step]:
        """On from every interface of the machine, as a router and in its own name."""
        entered = self.network.interfaces[place.interface]
        here = self.network.subnets[place.subnet]
        for interface in self.ground.machine(entered):
            for subnet in self.ground.subnets(interface.subnets):
                if interface is entered and subnet is not here:
                    continue
                sender = place.sender if subnet.vpc == here.vpc else Sender.ELSEWHERE
                hop = Hop(interface.key, interface.name, "network interface", subnet.name)
                hops = () if interface is entered else (hop,)
                for passage in self.ground.filters.outward(interface):
                    on = InSubnet(subnet.key, sender)
                    step = Step(on, passage.traffic, hops, None, passage.doubts)
                    yield step
                    yield from self._renamed(interface, subnet, step)

    def _renamed(self, interface: Interface, subnet: Subnet, step: Step) -> Iterator[Step]:
        """The same in the forwarder's own name: it may translate what it passes on."""
        own = self.ground.sources(interface, subnet)
        for family in (EVERY_IPV4, EVERY_IPV6):
            if own & family:
                sent = step.passes & between(EVERY_ADDRESS, family)
                to = InSubnet(subnet.key, stand(interface))
                yield replace(step, to=to, passes=sent, translated=own & family)


def _doubts(choice: Choice[Target], table: str) -> tuple[str, ...]:
    """Of a gateway endpoint's own addresses there is none, though AWS alone knows them."""
    if choice.written:
        why = f"which of equal routes of route table {table} AWS prefers"
        return (why,) if choice.contested else ()
    if choice.target.kind is TargetKind.GATEWAY_ENDPOINT:
        return ()
    return (f"which destinations a route of route table {table} has",)
