"""Ways through a network, found backwards: from where they end to every place that leads there.

So the work grows with the network and not with the pairs of interfaces in it, and each way is at
hand with the exact set of packets that take it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property

from model.network import Interface, TargetKind
from model.sets import EVERY_IPV4, EVERY_IPV6, Ranges, shown
from model.traffic import EVERYTHING, NO_TRAFFIC, Traffic
from proof.filters import Passages, both
from proof.places import Arrived, Exit, Hop, InSubnet, Place, Step, between, stand
from proof.steps import Steps


@dataclass(frozen=True, slots=True)
class Way:
    """From a place to an end: the packets that take it, and all the hops that they make."""

    end: Exit
    traffic: Traffic
    hops: tuple[Hop, ...]
    doubts: tuple[str, ...]


Ways = Mapping[Place, list[Way]]


class Map:
    """A network's steps, walked backwards. ignored: kinds of ends that nobody asks about; of each
    there may be one in every VPC, with a way from all others.
    """

    def __init__(self, steps: Steps, ignored: Set[TargetKind] = frozenset()) -> None:
        self.steps = steps
        self._ignored = ignored

    @cached_property
    def out(self) -> Ways:
        """The ways out of the network."""
        return self._leading_to(
            (place, Way(step.to, step.passes, step.hops, step.doubts))
            for place in self._places
            for step in self.steps.of(place)
            if isinstance(step.to, Exit) and step.to.kind not in self._ignored
        )

    def to(self, interface: Interface) -> Ways:
        """The ways to an interface of the network."""
        return self._leading_to(self._before(interface))

    def outward(self, interface: Interface) -> Passages:
        """What its groups let an interface send."""
        return self.steps.ground.filters.outward(interface)

    def starts(self, interface: Interface) -> Iterator[tuple[InSubnet, Hop, Traffic]]:
        """Where an interface's packets set out, and all that it may send from there."""
        for subnet in self.steps.ground.subnets(interface.subnets):
            what = f"{subnet.name}, {shown(interface.addresses & subnet.addresses, 1)}"
            hop = Hop(interface.key, interface.name, "network interface", what)
            sent = _of_one_family(self.steps.ground.sources(interface, subnet))
            if sent:
                yield InSubnet(subnet.key, stand(interface)), hop, sent

    def _before(self, interface: Interface) -> Iterator[tuple[Place, Way]]:
        """The last step to an interface: its subnet's ACL, unless from within, and its groups."""
        end = Exit(TargetKind.LOCAL, interface.key, interface.name)
        for subnet in self.steps.ground.subnets(interface.subnets):
            if not isinstance(subnet.vpc, str):
                continue
            own = EVERYTHING.to(self.steps.ground.sources(interface, subnet))
            hops = (Hop(interface.key, interface.name, "network interface", subnet.name),)
            for across in (False, True):
                accepts = self.steps.ground.filters.inward(interface, across)
                enters = both(self.steps.ground.entering(subnet), accepts)
                for place, passages in (
                    (Arrived(subnet.vpc, subnet.key, across), accepts),
                    (Arrived(subnet.vpc, None, across), enters),
                ):
                    for passage in passages:
                        yield place, Way(end, passage.traffic & own, hops, passage.doubts)

    def _leading_to(self, ends: Iterable[tuple[Place, Way]]) -> Ways:
        """For each place its ways, sure and short ones first; no packet twice to one end."""
        ways: dict[Place, list[Way]] = {}
        known: dict[tuple[Place, Exit, bool], Traffic] = {}
        sure: deque[tuple[Place, Way]] = deque()
        unsure: deque[tuple[Place, Way]] = deque()
        for place, way in ends:
            (unsure if way.doubts else sure).append((place, way))
        while sure or unsure:
            place, way = (sure or unsure).popleft()
            fresh = way.traffic
            for doubtful in (False, True) if way.doubts else (False,):
                fresh -= known.get((place, way.end, doubtful), NO_TRAFFIC)
            if not fresh:
                continue
            asked = (place, way.end, bool(way.doubts))
            known[asked] = known.get(asked, NO_TRAFFIC) | fresh
            ways.setdefault(place, []).append(replace(way, traffic=fresh))
            for origin, step in self._into.get(place, ()):
                if before := step.before(fresh):
                    doubts = joined(step.doubts, way.doubts)
                    longer = Way(way.end, before, step.hops + way.hops, doubts)
                    (unsure if doubts else sure).append((origin, longer))
        return ways

    @cached_property
    def _places(self) -> dict[Place, None]:
        """Every place that packets of the network's own interfaces may come to."""
        found: dict[Place, None] = {}
        for interface in self.steps.network.interfaces.values():
            found.update((place, None) for place, _, _ in self.starts(interface))
        waiting = list(found)
        while waiting:
            for step in self.steps.of(waiting.pop()):
                if not isinstance(step.to, Exit) and step.to not in found:
                    found[step.to] = None
                    waiting.append(step.to)
        return found

    @cached_property
    def _into(self) -> dict[Place, list[tuple[Place, Step]]]:
        found: dict[Place, list[tuple[Place, Step]]] = {}
        for place in self._places:
            for step in self.steps.of(place):
                if not isinstance(step.to, Exit):
                    found.setdefault(step.to, []).append((place, step))
        return found


def joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Both, each once."""
    return tuple(dict.fromkeys(first + second)) if first and second else first or second


def _of_one_family(sources: Ranges) -> Traffic:
    """Every packet from these addresses to one of the same family."""
    return between(sources & EVERY_IPV4, EVERY_IPV4) | between(sources & EVERY_IPV6, EVERY_IPV6)
