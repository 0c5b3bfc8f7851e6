"""Gateways, public addresses and public fronts: what a closed network does not have."""

from collections.abc import Iterator

from rules import apis, data_services
from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import at, is_set, says


def _exists(what: str) -> Check:
    def check(resource: Resource, boundary: Boundary) -> Iterator[str]:
        yield what

    return check


def _public_front(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type not in apis.PRIVATE:
        yield "stands at the public edge"
    elif apis.faces(resource):
        kind = at(resource.props, "endpointConfiguration", "types")
        yield f"answers the internet: endpointConfiguration.types is {says(kind)}, not PRIVATE"


def _public_nat(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "NatGatewayEipAssociation":
        yield "gives a NAT gateway a public address"
        return
    kind = resource.props.get("connectivityType")
    if kind != "private":
        yield f"is public: connectivityType is {says(kind)}, not private"
        return
    for key in ("allocationId", "secondaryAllocationIds", "availabilityZoneAddresses"):
        if is_set(resource.props.get(key)):
            yield f"sets {key}, a public address"


def _one_sided_block(resource: Resource, boundary: Boundary) -> Iterator[str]:
    mode = resource.props.get("internetGatewayBlockMode")
    if mode != "block-bidirectional":
        yield f"does not block both directions: internetGatewayBlockMode is {says(mode)}"


def _default_network(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type in data_services.PLACED:
        yield from data_services.in_default_vpc(resource)
    elif resource.noun != "LoadBalancer":
        yield "adopts a network that is open by default"
    elif is_set(resource.props.get("availabilityZones")) and not is_set(
        resource.props.get("subnets")
    ):
        yield "names zones and no subnets, so it stands in the default VPC"


CHECKS: dict[str, Check] = {
    "CN-010": _exists("is a way to and from the internet"),
    "CN-011": _exists("is a way to the internet over IPv6"),
    "CN-012": _public_nat,
    "CN-013": _exists("leads into a carrier's or an on-premises network"),
    "CN-014": _exists("is, or uses, a public address"),
    "CN-015": _public_front,
    "CN-016": _default_network,
    "CN-017": _exists("takes the account's barrier away"),
    "CN-018": _one_sided_block,
}
