"""What every kind of network interface is made of: subnets, addresses, groups, a public address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from model.build_security_groups import groups_or_default
from model.deployment import Node
from model.network import Hole, Interface, Key, Public, Reference, Subnet
from model.nouns import DEFAULT_SUBNET, SUBNET
from model.reading import Reader, union
from model.sets import EVERY_ADDRESS, EVERY_IPV4, EVERY_IPV6, NOTHING, Ranges
from rules.unknowns import UNKNOWN, each, false, is_set, true


@dataclass(frozen=True)
class Places:
    """The subnets of a deployment, as whoever puts an interface into one wants them."""

    reader: Reader
    subnets: Mapping[Key, Subnet]
    gives_public: Mapping[Key, Public] = field(default_factory=dict)

    @classmethod
    def of(cls, reader: Reader, subnets: Mapping[Key, Subnet]) -> "Places":
        gives = {
            key: public_if(node.resource.props.get("mapPublicIpOnLaunch"))
            for key, node in reader.each(SUBNET)
        }
        # AWS's own default subnets give a public address unless they are told otherwise.
        for key, node in reader.each(DEFAULT_SUBNET):
            given = node.resource.props.get("mapPublicIpOnLaunch")
            gives[key] = public_if(given) if is_set(given) else Public.YES
        return cls(reader, subnets, gives)

    def addresses(
        self, subnets: Iterable[Reference], given: Iterable[Any] = (), six: Iterable[Any] = ()
    ) -> Ranges:
        """What an interface may have: the addresses that it is given, else all of its subnets.

        given, six: of IPv4 and of IPv6; empty where they are not told.
        """
        within = NOTHING
        for subnet in subnets:
            known = self.subnets.get(subnet) if isinstance(subnet, str) else None
            within = within | (EVERY_ADDRESS if known is None else known.addresses)
        own = union(iter(given)) or within & EVERY_IPV4
        return own | (union(iter(six), EVERY_IPV6) or within & EVERY_IPV6)

    def vpc(self, subnets: Iterable[Reference]) -> Reference:
        """The VPC that subnets lie in; a hole where none of them is described."""
        holes = ["no subnet"]
        for subnet in subnets:
            known = self.subnets.get(subnet) if isinstance(subnet, str) else None
            if known is not None:
                return known.vpc
            holes = [subnet.what if isinstance(subnet, Hole) else subnet]
        return Hole(f"the VPC of {holes[-1]}")

    def public(self, asked: Public | None, subnets: Iterable[Reference]) -> Public:
        """Whether a machine gets a public address: as asked, else as its subnets say."""
        if asked is not None:
            return asked
        said = {
            self.gives_public.get(subnet, Public.UNKNOWN)
            if isinstance(subnet, str)
            else Public.UNKNOWN
            for subnet in subnets
        }
        for worst in (Public.YES, Public.UNKNOWN):
            if worst in said:
                return worst
        return Public.NO

    def groups(self, node: Node, path: str, subnets: Iterable[Reference]) -> tuple[Reference, ...]:
        """The security groups of a list, else the default one of the subnets' VPC."""
        return groups_or_default(self.reader, node, path, self.vpc(subnets))


def public_if(value: Any) -> Public:
    """Whether a Boolean or its text says that an address is public."""
    if value is UNKNOWN:
        return Public.UNKNOWN
    if true(value):
        return Public.YES
    return Public.NO if not is_set(value) or false(value) else Public.UNKNOWN


def asked_public(value: Any) -> Public | None:
    """What a machine asks of a public address; None where the subnet is left to decide."""
    return public_if(value) if is_set(value) else None


def given_addresses(props: Mapping[str, Any], *names: str) -> list[Any]:
    """The addresses that inputs give; empty where one of them is for AWS to choose."""
    found = [value for name in names for _, value in each(props.get(name))]
    return [] if any(value is UNKNOWN for value in found) else found


def forwards(value: Any) -> bool:
    """Whether sourceDestCheck lets packets of others pass: it is on unless said otherwise."""
    return is_set(value) and not true(value)


def with_public(interface: Interface, public: Public) -> Interface:
    """The interface with a further word on its public address; the worst word counts."""
    order = (Public.NO, Public.UNKNOWN, Public.YES)
    worst = max(interface.public, public, key=order.index)
    return replace(interface, public=worst)


def with_group(interface: Interface, group: Reference) -> Interface:
    """The interface with a further security group."""
    groups = dict.fromkeys((*interface.security_groups, group))
    return replace(interface, security_groups=tuple(groups))
