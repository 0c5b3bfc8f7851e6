"""What the steps stand on: the things of a network by their references, and their filters."""

from collections.abc import Iterable
from functools import cached_property

from model.network import (
    Hole,
    Interface,
    Key,
    Network,
    Reference,
    Subnet,
    Target,
    TransitGatewayAttachment,
    Vpc,
)
from model.sets import EVERY_ADDRESS, EVERY_IPV4, EVERY_IPV6, NOTHING, Ranges
from proof.filters import OPEN, Filters, Passages, both, described
from proof.places import Exit


class Ground:
    """A network with its filters. What is not told of an address is any that it may be."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.filters = Filters(network)

    def subnets(self, references: Iterable[Reference]) -> list[Subnet]:
        """Those that are described."""
        found = (described(self.network.subnets, reference) for reference in references)
        return [subnet for subnet in found if subnet is not None]

    def sources(self, interface: Interface, subnet: Subnet) -> Ranges:
        """The addresses that an interface may have in one of its subnets.

        One of IPv4 wherever the subnet has any: what it is given and does not lie there is no word.
        """
        own = interface.addresses & subnet.addresses
        if not own & EVERY_IPV4:
            own = own | (subnet.addresses & EVERY_IPV4)
        return own or subnet.addresses or EVERY_IPV4

    def surely_in(self, subnet: Subnet) -> Ranges:
        """The addresses of a subnet that are known to be its own; packets there are not routed."""
        found = NOTHING
        for family in (EVERY_IPV4, EVERY_IPV6):
            own = subnet.addresses & family
            found = found if own == family else found | own
        return found

    def addresses(self, vpc: Vpc | None) -> Ranges:
        """The addresses of a VPC."""
        if vpc is None:
            return EVERY_ADDRESS
        return vpc.addresses | (NOTHING if vpc.addresses & EVERY_IPV4 else EVERY_IPV4)

    def leaving(self, subnet: Subnet) -> Passages:
        return self.filters.leaving(subnet.network_acl)

    def entering(self, subnet: Subnet) -> Passages:
        return self.filters.entering(subnet.network_acl)

    def crossing(self, here: Subnet, there: Subnet) -> Passages:
        """The ACLs between two subnets; there is none within one."""
        if here.key == there.key:
            return OPEN
        return both(self.leaving(here), self.entering(there))

    def exit(self, target: Target) -> Exit:
        """A target as the last thing that is described."""
        of = target.of
        if of is None:
            return Exit(target.kind, target.kind.value, target.kind.value)
        if isinstance(of, Hole):
            return Exit(target.kind, of.what, of.what)
        # What the network has no noun for (a transit gateway) is called as its resource is.
        return Exit(target.kind, of, self._names.get(of) or of.rsplit("::", 1)[-1])

    def attachments(self, transit_gateway: Reference | None, vpc: Reference) -> list[Key]:
        """How a VPC is attached to a transit gateway; AWS allows one attachment."""
        return [a.key for a in self._attachments.get(transit_gateway, ()) if a.vpc == vpc]

    def machine(self, interface: Interface) -> list[Interface]:
        """All interfaces of the machine that this one belongs to."""
        return self._machines.get(interface.instance, [interface])

    @cached_property
    def tables(self) -> dict[Reference, list[Key]]:
        """The transit gateway's tables that an attachment is associated with; AWS allows one."""
        found: dict[Reference, list[Key]] = {}
        for table in self.network.transit_gateway_tables.values():
            for attachment in table.associations:
                found.setdefault(attachment, []).append(table.key)
        return found

    @cached_property
    def _names(self) -> dict[Key, str]:
        kept = self.network
        targets = (
            kept.internet_gateways,
            kept.nat_gateways,
            kept.peerings,
            kept.vpn_gateways,
            kept.endpoints,
            kept.interfaces,
        )
        return {key: thing.name for things in targets for key, thing in things.items()}

    @cached_property
    def _attachments(self) -> dict[Reference | None, list[TransitGatewayAttachment]]:
        found: dict[Reference | None, list[TransitGatewayAttachment]] = {}
        for attachment in self.network.attachments.values():
            found.setdefault(attachment.transit_gateway, []).append(attachment)
        return found

    @cached_property
    def _machines(self) -> dict[Key | None, list[Interface]]:
        found: dict[Key | None, list[Interface]] = {}
        for interface in self.network.interfaces.values():
            if interface.instance is not None:
                found.setdefault(interface.instance, []).append(interface)
        return found
