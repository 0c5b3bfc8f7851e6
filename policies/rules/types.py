"""Which types, packages and regions may occur at all."""

from collections.abc import Iterator
from functools import cache

from rules.boundary import Boundary
from rules.deliveries import elsewhere
from rules.known_types import HARMLESS_TYPES, PACKAGES
from rules.model import Check, Resource, same_type
from rules.table import RULES
from rules.unknowns import REGION, at, each, is_set, listed, says

_EVERYTHING = {"aws:*", "*"}
# Packages that make the same things of AWS as `aws`, under types of their own. Whoever lists one
# lists gateways and routes with it, and no rule would see them.
_SAME_THINGS = frozenset({"aws-native", "awscc"})


@cache
def inspected(resource_type: str) -> bool:
    """Whether a rule that names this type, or its family, judges it."""
    token = same_type(resource_type)
    return any(rule.covers(token) for rule in RULES if not _EVERYTHING & set(rule.types))


def _unlisted_type(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type not in HARMLESS_TYPES and not inspected(resource.type):
        yield f"is of type {resource.type}, which no rule here has judged"


def _unlisted_package(resource: Resource, boundary: Boundary) -> Iterator[str]:
    package = resource.type.split(":", 1)[0]
    if resource.component:
        return  # its program has chosen the name, and what it holds is judged by itself
    if package in _SAME_THINGS:
        yield f"comes from package {package}, which makes what aws makes where no rule here sees it"
    elif package not in PACKAGES and package not in boundary.package_names:
        yield f"comes from package {package}, which no rule here has judged"


def _unlisted_region(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if not boundary.regions:
        return
    region = resource.props.get("region")
    if is_set(region) and not listed(region, boundary.regions):
        yield f"lies in a region, {says(region, REGION)}, that boundary.regions does not list"
    named = "regionName" if resource.type.startswith("aws:dynamodb/") else "region"
    for index, replica in each(resource.props.get("replicas")):  # of a secret, of a table
        copied = at(replica, named) if isinstance(replica, dict) else replica
        if is_set(copied) and not listed(copied, boundary.regions):
            yield (
                f"replicas{index} lies in a region, {says(copied, REGION)}, that boundary.regions "
                "does not list"
            )
    witness = at(resource.props, "globalTableWitness", "regionName")
    if is_set(witness) and not listed(witness, boundary.regions):
        yield (
            f"globalTableWitness lies in a region, {says(witness, REGION)}, that boundary.regions "
            "does not list"
        )
    for path, named in elsewhere(resource, boundary):
        yield (
            f"{path} lies in a region, {says(named, REGION)}, that boundary.regions does not list"
        )
    for index, offered in each(resource.props.get("supportedRegions")):  # of an endpoint service
        if is_set(offered) and not listed(offered, boundary.regions):
            yield (
                f"supportedRegions{index} is a region, {says(offered, REGION)}, that "
                "boundary.regions does not list"
            )


CHECKS: dict[str, Check] = {
    "CN-001": _unlisted_type,
    "CN-002": _unlisted_package,
    "CN-003": _unlisted_region,
}
