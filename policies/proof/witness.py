"""One concrete packet for a set of packets, and its way in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from model.sets import Ranges, address
from model.traffic import TCP, UDP, Traffic
from proof.places import Hop

NAMES = {TCP: "tcp", UDP: "udp", 1: "icmp", 58: "icmpv6"}
HTTPS = 443


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet; port None where the protocol has none."""

    source: int
    destination: int
    protocol: int
    port: int | None

    def __str__(self) -> str:
        protocol = NAMES.get(self.protocol, f"protocol {self.protocol}")
        port = "" if self.port is None else f"/{self.port}"
        return f"{address(self.source)} to {address(self.destination)} by {protocol}{port}"


def packet_of(traffic: Traffic) -> Packet:
    """One of the packets; what people know best, where there is a choice."""
    box = traffic.boxes[0]
    protocol = next((p for p in (TCP, UDP) if p in box.protocols), box.protocols.spans[0][0])
    port = (
        (HTTPS if HTTPS in box.ports else box.ports.spans[0][0]) if protocol in (TCP, UDP) else None
    )
    return Packet(_host(box.sources), _host(box.addresses), protocol, port)


def _host(addresses: Ranges) -> int:
    """The first address that is not a network's own, if there is a choice."""
    first, last = max(addresses.spans, key=lambda span: span[1] - span[0] > 0)
    return min(first + 1, last)


def holds(traffic: Traffic, packet: Packet) -> bool:
    """Whether the packet is one of these."""
    return any(
        packet.destination in box.addresses
        and packet.protocol in box.protocols
        and (packet.port is None or packet.port in box.ports)
        and packet.source in box.sources
        for box in traffic.boxes
    )


def told(traffic: Traffic, path: Sequence[Hop]) -> str:
    """A packet and the hops that it makes, in one line."""
    return f"{packet_of(traffic)}: " + " -> ".join(str(hop) for hop in path)
