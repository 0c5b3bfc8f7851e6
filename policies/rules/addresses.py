"""Which addresses lie inside a closed network: private ranges, or the ranges the boundary names.

A block is inside when it is a subset of one allowed range, so a default route cut into halves
(0.0.0.0/1 and 128.0.0.0/1) is outside like the whole one.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from typing import Any

from rules.unknowns import UNKNOWN

Network = IPv4Network | IPv6Network

# RFC 1918, RFC 6598 (shared space, which EKS documents for pods), RFC 2544 (which EKS documents
# for pods as 198.19.0.0/16), RFC 4193 (unique local addresses of IPv6).
PRIVATE_RANGES: tuple[Network, ...] = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("100.64.0.0/10"),
    IPv4Network("198.18.0.0/15"),
    IPv6Network("fc00::/7"),
)

_ADDRESS = re.compile(r"[0-9a-fA-F:.]+(/\d{1,3})?")


def parse_network(value: Any) -> Network | None:
    """The network a CIDR names, host bits ignored as AWS ignores them; None when it is no CIDR."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        return None
    try:
        return ip_network(value, strict=False)
    except ValueError:
        return None


def inside(network: Network, ranges: Iterable[Network]) -> bool:
    """Whether every address of the network lies in the ranges taken together."""
    if isinstance(network, IPv4Network):
        four = collapse_addresses(r for r in ranges if isinstance(r, IPv4Network))
        return any(network.subnet_of(r) for r in four)
    six = collapse_addresses(r for r in ranges if isinstance(r, IPv6Network))
    return any(network.subnet_of(r) for r in six)


def outside_reason(value: Any, ranges: Iterable[Network]) -> str | None:
    """Why an address block is not inside the ranges; None when it is."""
    if value is UNKNOWN:
        return "is unknown in preview, so it could be any address"
    network = parse_network(value)
    if network is None:
        return "is not a CIDR block"
    return None if inside(network, ranges) else f"is {network}, outside the boundary"


def is_private_address(value: Any, ranges: Iterable[Network]) -> bool:
    """Whether a single IP address is known and lies in the ranges."""
    try:
        address = ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return address is not None and inside(ip_network(address), ranges)
