"""VPCs, subnets and DHCP options: no IPv6, no public addresses, no outside resolver."""

from collections.abc import Iterator

from rules.addresses import is_private_address
from rules.asked_balancers import asked
from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import each, false, is_set, says, true

SUBNET_IPV6 = (
    "ipv6CidrBlock",
    "ipv6IpamPoolId",
    "ipv6NetmaskLength",
    "ipv6Native",
    "assignIpv6AddressOnCreation",
    "enableDns64",
)
VPC_IPV6 = (
    "ipv6CidrBlock",
    "ipv6IpamPoolId",
    "ipv6NetmaskLength",
    "assignGeneratedIpv6CidrBlock",
)


def _given(resource: Resource, keys: tuple[str, ...]) -> Iterator[str]:
    """Keys that are set to something: real providers write false, 0 and "" for nothing."""
    for key in keys:
        value = resource.props.get(key)
        if is_set(value) and not false(value) and value != 0:
            yield key


def _public_ip(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in _given(resource, ("mapPublicIpOnLaunch",)):
        yield f"gives public addresses: {key} is {says(resource.props[key])}, not false"


def _subnet_ipv6(resource: Resource, boundary: Boundary) -> Iterator[str]:
    yield from (f"has IPv6: it sets {key}" for key in _given(resource, SUBNET_IPV6))


def _customer_owned(resource: Resource, boundary: Boundary) -> Iterator[str]:
    owned = ("mapCustomerOwnedIpOnLaunch", "customerOwnedIpv4Pool", "customerOwnedIpEnabled")
    for key in _given(resource, owned):
        yield f"gives customer-owned addresses: it sets {key}"
    for one in asked(resource, "pool"):
        yield f"{one.where} gives customer-owned addresses"
    # The interface at that place is one on the premises' own network, past routes and groups.
    for key in _given(resource, ("enableLniAtDeviceIndex",)):
        yield f"gives machines interfaces outside the VPC: it sets {key}"


def _vpc_ipv6(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "VpcIpv6CidrBlockAssociation":
        yield "gives a VPC an IPv6 block"
    else:
        yield from (f"has IPv6: it sets {key}" for key in _given(resource, VPC_IPV6))


def _dns(resource: Resource, boundary: Boundary) -> Iterator[str]:
    names = resource.props.get("enableDnsHostnames")
    if not true(names):
        yield f"has no DNS host names: enableDnsHostnames is {says(names)}, not true"
    support = resource.props.get("enableDnsSupport")
    if is_set(support) and not true(support):
        yield f"has no DNS support: enableDnsSupport is {says(support)}, not true"


def _outside_resolver(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in ("domainNameServers", "ntpServers", "netbiosNameServers"):
        for index, server in each(resource.props.get(key)):
            amazon = key == "domainNameServers" and server == "AmazonProvidedDNS"
            link_local = server in ("169.254.169.253", "169.254.169.123")  # VPC resolver, time sync
            if not (amazon or link_local or is_private_address(server, boundary.ranges)):
                yield f"{key}{index} is not inside the boundary"


CHECKS: dict[str, Check] = {
    "CN-040": _public_ip,
    "CN-041": _subnet_ipv6,
    "CN-042": _customer_owned,
    "CN-043": _vpc_ipv6,
    "CN-044": _dns,
    "CN-045": _outside_resolver,
}
