"""Load balancers: internal, IPv4, without public addresses."""

from collections.abc import Iterator

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, each, is_set, says, true

_TYPES = {"authenticateOidc": "authenticate-oidc", "authenticateCognito": "authenticate-cognito"}


def _internal(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("internal")
    if not true(value):
        yield f"internal is {says(value)}, not true"


def _ipv6(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("ipAddressType")
    if is_set(value) and value != "ipv4":
        yield f"ipAddressType is {says(value)}, not ipv4"


def _elastic_ip(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for index, mapping in each(resource.props.get("subnetMappings")):
        if mapping is UNKNOWN or is_set(at(mapping, "allocationId")):
            yield f"subnetMappings{index} sets allocationId"


def _authentication(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in ("defaultActions", "actions"):
        for index, action in each(resource.props.get(key)):
            if action is UNKNOWN or at(action, "type") is UNKNOWN:
                yield f"{key}{index} is unknown in preview, so it may ask an issuer outside"
                continue
            for issuer in ("authenticateOidc", "authenticateCognito"):
                if is_set(at(action, issuer)) or at(action, "type") == _TYPES[issuer]:
                    yield f"{key}{index} has the load balancer ask an issuer: {issuer}"


CHECKS: dict[str, Check] = {
    "CN-110": _internal,
    "CN-111": _ipv6,
    "CN-112": _elastic_ip,
    "CN-178": _authentication,
}
