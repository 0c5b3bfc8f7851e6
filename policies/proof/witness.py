"""One concrete packet for a set of packets, and its way in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from model.sets import EVERY_IPV4, EVERY_IPV6, Ranges, address, addresses
from model.traffic import TCP, UDP, Box, Traffic
from proof.places import Hop
from rules.addresses import PRIVATE_RANGES

NAMES = {TCP: "tcp", UDP: "udp", 1: "icmp", 58: "icmpv6"}
HTTPS = 443
# Of IPv4 nobody has these, so no packet comes from or goes to one: this network, loopback,
# link-local, multicast and reserved (RFC 6890).
_NOBODYS = addresses(
    IPv4Network(block) for block in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
)
_PRIVATE = addresses(network for network in PRIVATE_RANGES if network.version == 4)
_KNOWN = (EVERY_IPV4 - _NOBODYS) | addresses(
    [IPv6Network("2000::/3")]
)  # of IPv6 all that is given out so far


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
    """One of the packets; what people know best, where there is a choice: from a private address
    to a public one."""
    box = traffic.boxes[0]
    protocol = next((p for p in (TCP, UDP) if p in box.protocols), box.protocols.spans[0][0])
    port = (
        (HTTPS if HTTPS in box.ports else box.ports.spans[0][0]) if protocol in (TCP, UDP) else None
    )
    sources, destinations = _of_one_family(box)
    source = _host(sources & _PRIVATE or sources)
    other = destinations - Ranges(((source, source),)) or destinations
    return Packet(source, _host(other - _PRIVATE or other), protocol, port)


def _of_one_family(box: Box) -> tuple[Ranges, Ranges]:
    """Sources and destinations between which there are packets; of IPv6 what people know best."""
    for family in (EVERY_IPV4, EVERY_IPV6):
        sources, destinations = box.sources & family, box.addresses & family
        if sources and destinations:
            return sources & _KNOWN or sources, destinations & _KNOWN or destinations
    return box.sources, box.addresses


def _host(addresses: Ranges) -> int:
    """The first address that is not a network's own, if there is a choice."""
    first, last = max(addresses.spans, key=lambda span: span[1] - span[0] > 0)
    return min(first + 1, last)


def holds(traffic: Traffic, packet: Packet) -> bool:
    """Whether the packet is one of these."""
    for box in traffic.boxes:
        if (
            packet.destination in box.addresses
            and packet.protocol in box.protocols
            and (packet.port is None or packet.port in box.ports)
            and packet.source in box.sources
        ):
            return True
    return False


def told(traffic: Traffic, path: Sequence[Hop]) -> str:
    """A packet and the hops that it makes, in one line."""
    return f"{packet_of(traffic)}: " + " -> ".join(str(hop) for hop in path)
