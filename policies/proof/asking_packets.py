"""Whether packets of machines get to an endpoint, and answers back.

Routes and network ACLs are those of reach. Security groups are asked anew: reach takes a group's
members for whoever may have their addresses, which is right where a way must not be missed, and
wrong where one must not be made up.
"""

from collections.abc import Iterator
from typing import Final

from model.network import Endpoint, Hole, Interface, Key, Network, Reference, Subnet
from model.nouns import ENDPOINT_PREFIX_LIST
from model.sets import EVERY_IPV4, NOTHING, Ranges
from model.traffic import NO_TRAFFIC, TCP, Box, Traffic
from proof.asking import Asking, Stopped
from proof.doubts import Doubt
from proof.filters import Passages, described
from proof.reach import Reach
from rules.table import PACKETS_OF_CALL

HTTPS: Final = Ranges(((443, 443),))
BY_TCP: Final = Ranges(((TCP, TCP),))
_ANSWERS: Final = Ranges(((32768, 60999),))  # the ports that Linux calls from


class Packets:
    """The ways to the endpoints of a network, each found once for all machines of one kind."""

    def __init__(self, network: Network, reach: Reach) -> None:
        self._network = network
        self._ground = reach.map.steps.ground
        self._reach = reach
        self._known: dict[tuple[object, ...], bool] = {}
        self._let: dict[tuple[object, ...], bool | None] = {}
        self._back: dict[tuple[Key, Key], bool] = {}

    def to_interface(
        self, asking: Asking, endpoint: Endpoint, places: list[Subnet], stands: list[Subnet]
    ) -> Iterator[Stopped]:
        """From every address of the machines to every one of the endpoint, and back."""
        there, here = self._network.interfaces[endpoint.key], asking.interface
        wanted = Box(_of(there, stands), BY_TCP, HTTPS, _of(here, places))
        machines, name = asking.use.machines.key, asking.use.machines.name
        outward = self._admitted(here, there, wanted, egress=True)
        inward = self._admitted(there, here, wanted, egress=False)
        for admitted, about in ((outward, machines), (inward, endpoint.key)):
            if admitted is None:
                whose = name if about == machines else f"endpoint {endpoint.name}"
                why = f"what security groups of {whose} let pass"
                yield asking.doubted(about, Doubt(why))
        if outward is False:
            yield asking.stopped(
                PACKETS_OF_CALL, machines,
                f"has no security group that lets it reach endpoint {endpoint.name}",
                f"Let tcp/443 out to the security group of endpoint {endpoint.name}.",
            )  # fmt: skip
        if inward is False:
            yield asking.stopped(
                PACKETS_OF_CALL, endpoint.key, f"has no security group that lets {name} in",
                f"Let tcp/443 in from the security group of {name}.",
            )  # fmt: skip
        if outward and inward and not self._gets_there(here, there, wanted):
            yield self._filtered(asking, places[0])
        else:
            back = (p for p in places if not all(self._answered(s, p) for s in stands))
            yield from (self._filtered(asking, place) for place in back)

    def to_service(
        self, asking: Asking, endpoint: Endpoint, places: list[Subnet]
    ) -> Iterator[Stopped]:
        """To addresses that AWS alone knows: groups name its prefix list, or every address."""
        wanted = Traffic((Box(EVERY_IPV4, BY_TCP, HTTPS),))
        sure, maybe = self._to_list(asking.interface, endpoint, wanted)
        name, service = asking.use.machines.name, asking.call.service
        if maybe and not sure:
            why = f"whether security groups of {name} let it call {service}"
            yield asking.doubted(asking.use.machines.key, Doubt(why))
        elif not sure:
            yield asking.stopped(
                PACKETS_OF_CALL, asking.use.machines.key,
                f"has no security group that lets it call {service}",
                f"Let tcp/443 out to the prefix list of endpoint {endpoint.name}.",
            )  # fmt: skip
        for place in places:
            four = place.addresses & EVERY_IPV4
            back = Traffic((Box(four, BY_TCP, _ANSWERS, EVERY_IPV4),)) if four else NO_TRAFFIC
            leaves = _sure(self._ground.leaving(place)) & wanted
            if not leaves or not _sure(self._ground.entering(place)) & back:
                yield self._filtered(asking, place)

    def _to_list(
        self, interface: Interface, endpoint: Endpoint, wanted: Traffic
    ) -> tuple[bool, bool]:
        """Whether a rule surely lets calls to a gateway endpoint out, and whether one may."""
        own, sure, maybe = endpoint.key + ENDPOINT_PREFIX_LIST, False, False
        for reference in interface.security_groups:
            group = described(self._network.security_groups, reference)
            maybe = maybe or group is None or not group.complete
            for rule in group.rules if group is not None else ():
                if rule.egress and not rule.peers and wanted <= rule.traffic:
                    sure = sure or own in rule.prefix_lists or rule.told
                    maybe = maybe or any(isinstance(pl, Hole) for pl in rule.prefix_lists)
        return sure, maybe

    def _admitted(
        self, interface: Interface, other: Interface, wanted: Box, egress: bool
    ) -> bool | None:
        """Whether an interface's groups let packets to, or from, another; None: not known."""
        key = (interface.security_groups, other.security_groups, wanted, egress)
        if key not in self._let:
            self._let[key] = self._let_by(*key)
        return self._let[key]

    def _let_by(
        self,
        groups: tuple[Reference, ...],
        others: tuple[Reference, ...],
        wanted: Box,
        egress: bool,
    ) -> bool | None:
        passes, unsure = NO_TRAFFIC, False
        for reference in groups:
            group = described(self._network.security_groups, reference)
            unsure = unsure or group is None or not group.complete
            for rule in group.rules if group is not None else ():
                if rule.egress != egress:
                    continue
                if rule.peers and not set(rule.peers) & set(others):
                    unsure = unsure or any(isinstance(peer, Hole) for peer in rule.peers)
                elif not rule.told:  # AWS's own lists hold public addresses
                    own = [str(pl).endswith(ENDPOINT_PREFIX_LIST) for pl in rule.prefix_lists]
                    unsure = unsure or not own or not all(own)
                else:
                    passes = passes | (rule.traffic if egress else rule.traffic.mirrored())
        if not Traffic((wanted,)) - passes:
            return True
        return None if unsure else False

    def _gets_there(self, here: Interface, there: Interface, wanted: Box) -> bool:
        """Whether routes and network ACLs let all of it through."""
        # Only this counts: a hundred pools in the same subnets have the same ways, and so do all
        # endpoints that stand in the same ones.
        key = (
            here.subnets, here.addresses, here.security_groups, here.public,
            there.subnets, there.addresses, there.security_groups,
        )  # fmt: skip
        if key not in self._known:
            gets = NO_TRAFFIC
            for meeting in self._reach.meetings(here, there):
                gets = gets | meeting.traffic
            self._known[key] = not Traffic((wanted,)) - gets
        return self._known[key]

    def _answered(self, stand: Subnet, place: Subnet) -> bool:
        """Whether network ACLs let answers back."""
        key = (stand.key, place.key)
        if key not in self._back:
            self._back[key] = self._lets_back(stand, place)
        return self._back[key]

    def _lets_back(self, stand: Subnet, place: Subnet) -> bool:
        here, there = place.addresses & EVERY_IPV4, stand.addresses & EVERY_IPV4
        back = Traffic((Box(here, BY_TCP, _ANSWERS, there),)) if here and there else NO_TRAFFIC
        return back <= _sure(self._ground.crossing(stand, place))

    def _filtered(self, asking: Asking, place: Subnet) -> Stopped:
        return asking.stopped(
            PACKETS_OF_CALL, place.key, "has a route or a network ACL that stops calls of "
            f"{asking.call.service}, or their answers",
            "Let tcp/443 out, and tcp/32768-60999 back in, by the local route.",
        )  # fmt: skip


def _sure(passes: Passages) -> Traffic:
    """What surely passes."""
    found = NO_TRAFFIC
    for passage in passes:
        if not passage.doubts:
            found = found | passage.traffic
    return found


def _of(interface: Interface, subnets: list[Subnet]) -> Ranges:
    """The addresses that an interface may have, as endpoints are called: by IPv4."""
    found = NOTHING
    for subnet in subnets:
        found = found | (interface.addresses & subnet.addresses)
    return found & EVERY_IPV4
