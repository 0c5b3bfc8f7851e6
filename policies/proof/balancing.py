"""What leaves by load balancers: they send on what they are asked, from their own subnets, by their
own groups, to wherever their targets are.

Such packets are the load balancer's own, whoever asked; which machines may ask is told beside them.
"""

from collections.abc import Iterator, Set
from dataclasses import replace

from model.network import Forwarding, Interface, Key, Network, TargetKind
from model.traffic import Traffic
from proof.doubts import Doubt
from proof.places import Hop
from proof.reach import Leak, Meeting, Reach, ways_out
from proof.ways import joined


def every_way_out(network: Network, ignored: Set[TargetKind]) -> Iterator[tuple[Leak, ...]]:
    """The ways out of all that runs workload, each sender's together, and by load balancers."""
    yield from ways_out(network, ignored).values()
    if network.forwardings:
        balancing = Balancing(Reach(network, ignored))
        yield from (balancing.passed_on(sent) for sent in network.forwardings)


class Balancing:
    """The answers for one network's load balancers. What does not hang on a target is asked once
    for each of them: groups of hundreds of targets are common."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._interfaces = reach.network.interfaces
        self._out: dict[tuple[Key, bool], tuple[Leak, ...]] = {}
        self._met: dict[tuple[Key, Interface], tuple[Meeting, ...]] = {}
        self._clients: dict[tuple[Key, Traffic], list[tuple[Key, tuple[Hop, ...]]]] = {}

    def passed_on(self, sent: Forwarding) -> tuple[Leak, ...]:
        """The ways out of what is sent to a target, and of who may have it sent so."""
        leaks = list(self._ways(sent))
        if leaks:
            by_exit = {leak.key: leak for leak in reversed(leaks)}
            leaks += [
                replace(leak, interface=client, path=(*way, *leak.path))
                for leak in by_exit.values()
                for client, way in self._asking(sent)
            ]
        return tuple(leaks)

    def _ways(self, sent: Forwarding) -> Iterator[Leak]:
        """In its own name, as checks of health are at the least, and in those of its clients."""
        group = Hop(sent.key, sent.name, "target group", sent.target)
        doubts = (Doubt(sent.unknown, sent.about),) if sent.unknown else ()
        for own in (True, False) if sent.keeps_sources else (True,):
            for leak in self._ways_of(sent.balancer, own):
                if traffic := leak.traffic & sent.traffic:
                    first, *rest = leak.path
                    path = (replace(first, kind="load balancer"), group, *rest)
                    why = joined(leak.doubts, doubts)
                    yield replace(leak, traffic=traffic, path=path, doubts=why)

    def _ways_of(self, balancer: Key, own: bool) -> tuple[Leak, ...]:
        """Every way out of a load balancer, whatever it sends."""
        if (balancer, own) not in self._out:
            found = self._reach.ways_out(self._interfaces[balancer], own)
            self._out[balancer, own] = found
        return self._out[balancer, own]

    def _asking(self, sent: Forwarding) -> list[tuple[Key, tuple[Hop, ...]]]:
        """Each machine that surely reaches the load balancer where it listens, with its way there,
        without the end."""
        asked = (sent.balancer, sent.asked)
        if asked not in self._clients:
            self._clients[asked] = [
                (client.key, way)
                for client in self._interfaces.values()
                if client.workload and (way := self._way(client, sent))
            ]
        return self._clients[asked]

    def _way(self, client: Interface, sent: Forwarding) -> tuple[Hop, ...]:
        """The way of a client to a load balancer; nothing where there is none."""
        for meeting in self._meetings(client, sent.balancer):
            if not meeting.doubts and meeting.traffic & sent.asked:
                here, *hops = meeting.path[:-1]
                return (replace(here, key=client.key, name=client.name), *hops)
        return ()

    def _meetings(self, client: Interface, balancer: Key) -> tuple[Meeting, ...]:
        """The ways of whoever stands as a client does: who it is makes no difference."""
        alike = replace(client, key="", name="", instance=None)
        if (balancer, alike) not in self._met:
            found = self._reach.meetings(client, self._interfaces[balancer])
            self._met[balancer, alike] = found
        return self._met[balancer, alike]
