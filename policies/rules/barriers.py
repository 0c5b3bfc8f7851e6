"""The account's and a bucket's own barriers against sharing in public: managed means closed."""

from collections.abc import Iterator

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import listed, says, true

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
    for key in _BLOCKS:
        value = resource.props.get(key)
        if not true(value):
            yield f"{key} is {says(value)}, not true"


CHECKS: dict[str, Check] = {"CN-150": _sharing, "CN-151": _public_access}
