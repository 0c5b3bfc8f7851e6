"""Route 53 Resolver: what is forwarded where, and what DNS Firewall lets through."""

from collections.abc import Iterator

from rules.addresses import is_private_address
from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, each, is_set, says

# Both only answer whoever asks them from a connected network, of zones that are the VPC's own
# (Route 53 Resolver API reference, ResolverEndpoint; read 2026-11-29).
_INWARDS = ("INBOUND", "INBOUND_DELEGATION")


def _outbound(resource: Resource, boundary: Boundary) -> Iterator[str]:
    direction = resource.props.get("direction")
    if direction not in _INWARDS and not boundary.connections_named(resource.name):
        yield f"direction is {says(direction)}, not inbound, and no connection names it"


def _forwarding(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.props.get("ruleType") == "SYSTEM":
        return
    named = boundary.connections_named(resource.name)
    if not named:
        yield "forwards questions, and boundary.connections does not name it"
        return
    domain = resource.props.get("domainName")
    if domain is UNKNOWN or not is_set(domain) or domain == ".":
        yield f"forwards {'every domain' if domain == '.' else 'a domain that is ' + says(domain)}"
    targets = list(each(resource.props.get("targetIps")))
    if resource.props.get("ruleType") == "DELEGATE":
        yield "delegates questions to whatever servers are named in NS records"
    elif not targets:
        yield "names no targetIps"
    ranges = [cidr for connection in named for cidr in connection.cidrs]
    for index, target in targets:
        if not is_private_address(at(target, "ip"), ranges) or is_set(at(target, "ipv6")):
            yield f"targetIps{index} is not within the connection's cidrs"


def _fail_open(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("firewallFailOpen")
    if is_set(value) and value != "DISABLED":
        yield f"firewallFailOpen is {says(value)}, not DISABLED"


def _mutation_protection(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("mutationProtection")
    if value != "ENABLED":
        yield f"mutationProtection is {says(value)}, not ENABLED"


def _redirection(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("firewallDomainRedirectionAction")
    if is_set(value) and value != "INSPECT_REDIRECTION_DOMAIN":
        yield f"firewallDomainRedirectionAction is {says(value)}, not INSPECT_REDIRECTION_DOMAIN"


def _refusal(resource: Resource, boundary: Boundary) -> Iterator[str]:
    action = resource.props.get("action")
    if action == "BLOCK":
        response = resource.props.get("blockResponse")
        if response not in ("NXDOMAIN", "NODATA"):
            yield f"blockResponse is {says(response)}, neither NXDOMAIN nor NODATA"
    elif action != "ALLOW":
        yield f"action is {says(action)}, neither ALLOW nor BLOCK"


CHECKS: dict[str, Check] = {
    "CN-120": _outbound,
    "CN-121": _forwarding,
    "CN-122": _fail_open,
    "CN-123": _mutation_protection,
    "CN-124": _redirection,
    "CN-125": _refusal,
}
