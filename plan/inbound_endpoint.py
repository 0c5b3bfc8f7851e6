"""Who outside the VPC may ask its resolver, and at which addresses it listens for them.

The resolver itself answers inside the VPC only; elsewhere, names of the Kubernetes API may be
filtered out (answers with private addresses look like an attack to many resolvers), and names of
interface endpoints are answered with AWS's public addresses.
Source: docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-choose-vpc.html and
resolver-forwarding-inbound-queries-values.html (read 2026-11-22).
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from plan.connections import Connection
from plan.errors import Faults
from plan.subnets import Subnet, SubnetLayout
from spec.cluster import ClusterSpec
from spec.connections import (
    BastionVpcConnection,
    TransitGatewayConnection,
    VirtualPrivateGatewayConnection,
)
from spec.dns import InboundEndpointSpec

PATH = "network.dns.inboundEndpoint"
MOST_ADDRESSES = 20  # Route 53 Resolver API reference, CreateResolverEndpoint (read 2026-11-29)


@dataclass(frozen=True, slots=True)
class InboundEndpoint:
    """addresses: by subnet, None where AWS chooses. sources: who may ask, each with the names of
    the connections that lead there."""

    name: str
    addresses: dict[str, IPv4Address | None]
    sources: dict[IPv4Network, str]

    @property
    def fixed(self) -> bool:
        """Whether an address is fixed, so that no second endpoint could stand beside it."""
        return any(self.addresses.values())


def plan_inbound_endpoint(
    spec: ClusterSpec, layout: SubnetLayout, connections: dict[str, Connection], faults: Faults
) -> InboundEndpoint | None:
    """The endpoint where one is asked for. Faults: strangers as sources, subnets without a way
    back, fewer than two zones, addresses that are not the subnet's.
    """
    asked = spec.network.dns.inbound_endpoint
    if asked is None:
        return None
    behind = _sources(asked, connections, faults)
    subnets = _subnets(asked, layout, behind, faults)
    _check_addresses(asked, subnets, faults)
    return InboundEndpoint(
        name="dns-inbound",
        addresses={subnet.name: asked.addresses.get(subnet.name) for subnet in subnets},
        sources={cidr: ", ".join(c.name for c in leading) for cidr, leading in behind.items()},
    )


def _sources(
    asked: InboundEndpointSpec, connections: dict[str, Connection], faults: Faults
) -> dict[IPv4Network, list[Connection]]:
    """Source to the connections that lead there."""
    others = [c for c in connections.values() if not isinstance(c.spec, BastionVpcConnection)]
    on_premises = [
        cidr
        for c in others
        if isinstance(c.spec, TransitGatewayConnection | VirtualPrivateGatewayConnection)
        for cidr in c.far_cidrs
    ]
    known = ", ".join(f"{cidr} ({c.name})" for c in others for cidr in c.far_cidrs) or "nothing"
    if not (asked.source_cidrs or on_premises):
        faults.add(f"{PATH}.sourceCidrs", "is needed: no connection leads to an on-premises "
                   f"network; the connections lead to {known}")  # fmt: skip
    found = {}
    for i, cidr in enumerate(asked.source_cidrs or tuple(on_premises)):
        found[cidr] = [c for c in others if any(cidr.subnet_of(far) for far in c.far_cidrs)]
        if not found[cidr]:
            message = "lies behind no connection to another network, so nobody there could ask; "
            message += f"the connections lead to {known}"
            faults.add(f"{PATH}.sourceCidrs.{i}", message, cidr)
    return found


def _subnets(
    asked: InboundEndpointSpec, layout: SubnetLayout,
    behind: dict[IPv4Network, list[Connection]], faults: Faults,
) -> list[Subnet]:  # fmt: skip
    """Where it listens. Answers leave by the subnet's own table, which must lead to the source."""
    missing = {
        name: [cidr for cidr, leading in behind.items() if leading
               and not any(name in c.subnets for c in leading)]
        for name in layout.subnets
    }  # fmt: skip
    if asked.subnets:
        chosen = [layout.subnets[name] for name in asked.subnets if name in layout.subnets]
    else:
        leading = [subnet for name, subnet in layout.subnets.items() if not missing[name]]
        by_zone = {subnet.availability_zone: subnet for subnet in reversed(leading)}
        chosen = [subnet for subnet in leading if by_zone[subnet.availability_zone] is subnet]
    for subnet in chosen:
        for cidr in missing[subnet.name]:
            ways = " or ".join(f"network.connections.{c.name}.subnets" for c in behind[cidr])
            faults.add(f"{PATH}.subnets", f"has no route to {cidr}, so no answer would reach it; "
                       f"name the subnet in {ways} too", subnet.name)  # fmt: skip
    if len(chosen) > MOST_ADDRESSES:
        faults.add(f"{PATH}.subnets", f"are {len(chosen)}, and an endpoint has {MOST_ADDRESSES} "
                   "addresses at most; name fewer")  # fmt: skip
    zones = sorted({subnet.availability_zone for subnet in chosen})
    if len(zones) < 2 and any(behind.values()):
        faults.add(f"{PATH}.subnets", "must lie in two Availability Zones or more, and lead to "
                   f"every source; they lie in {', '.join(zones) or 'none'}. Name more subnets in "
                   "the connection's subnets")  # fmt: skip
    return chosen


def _check_addresses(asked: InboundEndpointSpec, subnets: list[Subnet], faults: Faults) -> None:
    chosen = {subnet.name: subnet for subnet in subnets}
    for name, address in asked.addresses.items():
        path = f"{PATH}.addresses.{name}"
        if name not in chosen:
            known = ", ".join(chosen) or "none"
            faults.add(path, f"is for a subnet of the endpoint; those are: {known}", address)
            continue
        cidr = chosen[name].cidr
        if address not in cidr or not 4 <= int(address) - int(cidr[0]) < cidr.num_addresses - 1:
            faults.add(path, f"is none of the subnet's own; write one of {cidr[4]} to {cidr[-2]}",
                       address)  # fmt: skip
