"""What leaves by load balancers: they send on what they are asked, from their own subnets, by their
own groups, to wherever their targets are.

Such packets are the load balancer's own, whoever asked; which machines may ask is told beside them.
"""

from collections.abc import Iterator, Set
from dataclasses import replace

from model.network import Forwarding, Interface, Network, TargetKind
from proof.doubts import Doubt
from proof.places import Hop
from proof.reach import Leak, Reach, ways_out
from proof.ways import joined


def every_way_out(network: Network, ignored: Set[TargetKind]) -> Iterator[tuple[Leak, ...]]:
    """The ways out of all that runs workload, each sender's together, and by load balancers."""
    yield from ways_out(network, ignored).values()
    if network.forwardings:
        reach = Reach(network, ignored)
        yield from (passed_on(reach, sent) for sent in network.forwardings)


def passed_on(reach: Reach, sent: Forwarding) -> tuple[Leak, ...]:
    """The ways out of what a load balancer sends to a target, and of who may have it send so."""
    leaks = list(_ways(reach, sent))
    if leaks:
        by_exit = {leak.key: leak for leak in reversed(leaks)}
        leaks += [leak for exit_ in by_exit.values() for leak in _of_clients(reach, sent, exit_)]
    return tuple(leaks)


def _ways(reach: Reach, sent: Forwarding) -> Iterator[Leak]:
    """In its own name, as checks of health are sent at the least, and in those of its clients."""
    balancer = reach.network.interfaces[sent.balancer]
    group = Hop(sent.key, sent.name, "target group", sent.target)
    doubts = (Doubt(sent.unknown, sent.about),) if sent.unknown else ()
    for own in (True, False) if sent.keeps_sources else (True,):
        for leak in reach.ways_out(balancer, own):
            if traffic := leak.traffic & sent.traffic:
                first, *rest = leak.path
                path = (replace(first, kind="load balancer"), group, *rest)
                why = joined(leak.doubts, doubts)
                yield replace(leak, traffic=traffic, path=path, doubts=why)


def _of_clients(reach: Reach, sent: Forwarding, leak: Leak) -> Iterator[Leak]:
    """The same of each machine that surely reaches the load balancer where it listens."""
    balancer = reach.network.interfaces[sent.balancer]
    for client in reach.network.interfaces.values():
        if client.workload and (way := _asking(reach, client, balancer, sent)):
            yield replace(leak, interface=client.key, path=(*way, *leak.path))


def _asking(
    reach: Reach, client: Interface, balancer: Interface, sent: Forwarding
) -> tuple[Hop, ...]:
    """The way of a client to a load balancer, without its end; nothing where there is none."""
    for meeting in reach.meetings(client, balancer):
        if not meeting.doubts and meeting.traffic & sent.asked:
            return meeting.path[:-1]
    return ()
