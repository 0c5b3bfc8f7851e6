"""Addresses, ports and protocols out of properties. An unknown value stands for every value."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from model.deployment import Deployment, Node
from model.network import Hole, Key
from model.references import References
from model.sets import EVERY_IPV4, EVERY_PORT, NOTHING, Destination, Ranges, addresses
from model.traffic import ICMP, ICMP_V6, PORTED, TCP, UDP, Traffic, box
from rules.addresses import parse_network
from rules.unknowns import UNKNOWN, is_set

ALL_PROTOCOLS: Final = ("-1", "all")
# Names that EC2 and the provider take for IANA protocol numbers.
_PROTOCOLS: Final = {
    "ah": 51,
    "esp": 50,
    "gre": 47,
    "icmp": ICMP,
    "icmpv6": ICMP_V6,
    "sctp": 132,
    "tcp": TCP,
    "udp": UDP,
}
_LAST_PORT: Final = 65535


@dataclass(frozen=True)
class Reader:
    """A deployment and its references, as every builder wants them."""

    deployment: Deployment
    references: References
    _called: dict[str, dict[Key, list[Node]]] = field(default_factory=dict)

    @classmethod
    def of(cls, deployment: Deployment) -> "Reader":
        return cls(deployment, References(deployment))

    def each(self, *types: str) -> Iterator[tuple[Key, Node]]:
        """The resources of these types, each with the key of what it declares."""
        for node in self.deployment.of_type(*types):
            yield self.references.key(node), node

    def called(self, key: object, type_: str) -> list[Node]:
        """The resources of a type that declare what has this key."""
        if type_ not in self._called:
            found: dict[Key, list[Node]] = {}
            self._called[type_] = found
            for own, node in self.each(type_):
                found.setdefault(own, []).append(node)
        return self._called[type_].get(key, []) if isinstance(key, str) else []


def block(value: Any, family: Ranges = EVERY_IPV4) -> Ranges | None:
    """The addresses of a CIDR block, or a single one; every one of its family where it is unknown.

    None where nothing is given, and of a block of the other family, which AWS refuses.
    """
    if not is_set(value):
        return None
    network = None if value is UNKNOWN else parse_network(value)
    if network is None:
        return family  # no CIDR block: AWS refuses it, and nobody knows what was meant
    return addresses([network]) & family or None


def prefix(value: Any) -> Destination | None:
    """A destination with its prefix length; None where it is unknown."""
    network = parse_network(value)
    return None if network is None else (addresses([network]), network.prefixlen)


def union(blocks: Iterator[Any], family: Ranges = EVERY_IPV4) -> Ranges:
    """The addresses of several blocks of one family."""
    found = NOTHING
    for value in blocks:
        found = found | (block(value, family) or NOTHING)
    return found


def number(value: Any) -> int | None:
    """A whole number, or its text; None of anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.removeprefix("-").isdecimal():
        return int(value)
    return value if isinstance(value, int) else None


def protocol(value: Any) -> int | None:
    """The protocol's number; None for every protocol, and for one that is not known."""
    text = str(value).lower()
    if text in _PROTOCOLS:
        return _PROTOCOLS[text]
    known = number(value)
    return known if known is not None and 0 <= known <= 255 else None


def ports(first: Any, last: Any) -> Ranges:
    """Ports from the first to the last. What is not a port (-1, unknown, absent) bounds nothing."""
    low, high = number(first), number(last)
    low = low if low is not None and low >= 0 else 0
    high = high if high is not None and high >= 0 else _LAST_PORT
    return Ranges.of([(low, high)]) if (low, high) != (0, _LAST_PORT) else EVERY_PORT


def traffic(to: Ranges, name: Any, first: Any, last: Any) -> Traffic:
    """Packets by a protocol as a property names it, to ports."""
    of = protocol(name)
    return box(to, of, ports(first, last) if of in PORTED else EVERY_PORT)


def text(value: Any, otherwise: str = "") -> str:
    """A text, or what stands for one that is absent or unknown."""
    return value if isinstance(value, str) and value else otherwise


def hole(value: Any, otherwise: str) -> Hole:
    """A hole for a value that refers to nothing described."""
    return value if isinstance(value, Hole) else Hole(text(value, otherwise))
