"""What AWS delivers to any host there is; whose account an ARN names is judged in arns.py."""

from collections.abc import Iterator

from rules.boundary import Boundary
from rules.identities import parse_arn
from rules.model import Check, Resource


def _api_destination(resource: Resource, boundary: Boundary) -> Iterator[str]:
    arn = parse_arn(resource.props.get("arn"))
    if arn is not None and arn.service == "events" and arn.resource.startswith("api-destination/"):
        yield "sends events to an API destination, any URL there is"


CHECKS: dict[str, Check] = {"CN-171": _api_destination}
