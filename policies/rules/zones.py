"""Route 53 hosted zones: the names of a closed network are answered inside only."""

from collections.abc import Iterator

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import is_set


def _public(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if is_set(resource.props.get("delegationSetId")):
        yield "is public: it sets delegationSetId"
    elif not is_set(resource.props.get("vpcs")):
        yield "is public: it names no vpcs"


CHECKS: dict[str, Check] = {"CN-155": _public}
