"""What a NAT gateway makes of IPv6: packets to 64:ff9b::/96 go on as IPv4 to the address in them.

Every NAT gateway does so, with or without DNS64, whose names only lead there.
"""

from collections.abc import Iterator
from ipaddress import IPv6Network

from model.sets import EVERY_IPV4, EVERY_PORT, Ranges, addresses
from model.traffic import ICMP, ICMP_V6, PORTED, Box, Traffic

NAT64 = addresses([IPv6Network("64:ff9b::/96")])
_ASIDE = NAT64.spans[0][0]  # how far on the line an IPv4 address lies from its twin
_ICMP_V6 = Ranges(((ICMP_V6, ICMP_V6),))
_PORTED = Ranges.of((protocol, protocol) for protocol in PORTED)


def before_nat64(packets: Traffic) -> Traffic:
    """Of packets of IPv4: what they were as IPv6."""
    return Traffic(tuple(part for box in packets.boxes for part in _before(box)))


def _before(box: Box) -> Iterator[Box]:
    spans = (box.addresses & EVERY_IPV4).spans
    to = Ranges(tuple((first + _ASIDE, last + _ASIDE) for first, last in spans))
    if kept := Box(to, box.protocols & _PORTED, box.ports, box.sources):
        yield kept
    if to and ICMP in box.protocols:
        yield Box(to, _ICMP_V6, EVERY_PORT, box.sources)
