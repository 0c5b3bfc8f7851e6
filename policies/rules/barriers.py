"""The account's and a bucket's own barriers against sharing in public: managed means closed."""

from collections.abc import Iterator

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, is_set, listed, says, true

# EC2 API reference, EnableImageBlockPublicAccess and EnableSnapshotBlockPublicAccess: every other
# state is `unblocked` (read 2026-11-22).
_CLOSED_STATES = ("block-new-sharing", "block-all-sharing")
# S3 API reference, PublicAccessBlockConfiguration: each is false where nothing is said.
_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _sharing(resource: Resource, boundary: Boundary) -> Iterator[str]:
    state = resource.props.get("state")
    if not listed(state, _CLOSED_STATES):
        yield f"does not block sharing in public: state is {says(state)}"


def _public_access(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "AccessPoint":
        yield from _of_access_point(resource)
        return
    for key in _BLOCKS:
        value = resource.props.get(key)
        if not true(value):
            yield f"{key} is {says(value)}, not true"


def _of_access_point(resource: Resource) -> Iterator[str]:
    """Of one, each is true where nothing is said (S3 user guide, access points and Block Public
    Access; read 2026-11-29)."""
    given = resource.props.get("publicAccessBlockConfiguration")
    for key in _BLOCKS if given is not UNKNOWN else ("publicAccessBlockConfiguration",):
        value = at(given, key)
        if is_set(value) and not true(value):
            yield f"{key} is {says(value)}, not true"


CHECKS: dict[str, Check] = {"CN-150": _sharing, "CN-151": _public_access}
