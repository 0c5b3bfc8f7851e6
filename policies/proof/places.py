"""Where packets may be on their way, and the steps between: the map that reach is asked of.

A place is where packets appear (in a subnet, at a transit gateway's table, at a forwarding
interface, before the interfaces of a VPC) with what is known of who sent them. A step says which
packets go on, to which place or out of the network, by which hops.
"""

from dataclasses import dataclass
from enum import Enum

from model.network import Interface, Key, Public, TargetKind
from model.sets import EVERY_ADDRESS, EVERY_PORT, Ranges
from model.traffic import EVERY_PROTOCOL, Box, Traffic
from proof.nat64 import before_nat64


class Sender(Enum):
    """What an internet gateway and a peering ask about a packet's source."""

    PRIVATE = "an interface of this VPC without a public address"
    PUBLIC = "an interface of this VPC with a public address"
    PERHAPS = "an interface of this VPC of which that is not known"
    ELSEWHERE = "somebody outside this VPC"


SENDERS = {
    Public.NO: Sender.PRIVATE,
    Public.YES: Sender.PUBLIC,
    Public.UNKNOWN: Sender.PERHAPS,
}


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing on the way. what: of it, the part that holds for these packets."""

    key: Key
    name: str
    kind: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" ({self.what})" if self.what else "")


@dataclass(frozen=True, slots=True)
class InSubnet:
    """In a subnet, about to be delivered in it or routed by its table."""

    subnet: Key
    sender: Sender


@dataclass(frozen=True, slots=True)
class AtTransitGateway:
    """At a transit gateway's route table."""

    table: Key


@dataclass(frozen=True, slots=True)
class AtForwarder:
    """Handed to an interface that is not where they go, in one of its subnets."""

    interface: Key
    subnet: Key
    sender: Sender


@dataclass(frozen=True, slots=True)
class Arrived:
    """Before the interfaces of a VPC, or of one subnet, if they came from within it.

    across: they came over a transit gateway.
    """

    vpc: Key
    subnet: Key | None
    across: bool


Place = InSubnet | AtTransitGateway | AtForwarder | Arrived


@dataclass(frozen=True, slots=True)
class Exit:
    """The last thing on a way out that is described: a gateway, a connection, or a hole."""

    kind: TargetKind
    key: Key
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """Packets that go on. translated: the sources that they have from then on, None for theirs.

    nat64: whether they also become IPv4.
    doubts: the missing facts without which it is not sure that they go on.
    """

    to: Place | Exit
    passes: Traffic
    hops: tuple[Hop, ...] = ()
    translated: Ranges | None = None
    doubts: tuple[str, ...] = ()
    nat64: bool = False

    def before(self, packets: Traffic) -> Traffic:
        """Of packets as they are after the step: what they may have been before."""
        if self.translated is not None:
            packets = resent(packets.sent_from(self.translated), EVERY_ADDRESS)
        return (before_nat64(packets) if self.nat64 else packets) & self.passes


def resent(packets: Traffic, sources: Ranges) -> Traffic:
    """The same packets from other sources."""
    return Traffic(
        tuple(dict.fromkeys(Box(b.addresses, b.protocols, b.ports, sources) for b in packets.boxes))
    )


def between(sources: Ranges, destinations: Ranges) -> Traffic:
    """Every packet from one to the other."""
    if not (sources and destinations):
        return Traffic()
    return Traffic((Box(destinations, EVERY_PROTOCOL, EVERY_PORT, sources),))


def stand(interface: Interface) -> Sender:
    """Whose packets an interface's are."""
    return SENDERS[interface.public]
