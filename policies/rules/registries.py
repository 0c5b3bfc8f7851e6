"""ECR: where images are copied to, and where they are taken from."""

import re
from collections.abc import Iterator

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import ACCOUNT, REGION, UNKNOWN, at, each, listed, says

# The suffixes of botocore's partitions.json; nothing may follow them.
OWN_HOST = re.compile(
    r"(?P<account>\d{12})\.(?:"
    r"dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\."
    r"(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov"
    r"|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
    r"|dkr-ecr(?:-fips)?\.(?P<dual>[a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))"
)


def _replication(resource: Resource, boundary: Boundary) -> Iterator[str]:
    configuration = resource.props.get("replicationConfiguration")
    rules = at(configuration, "rules")
    if configuration is UNKNOWN or rules is UNKNOWN:
        yield "replicates to registries that are unknown in preview"
        return
    for index, rule in each(rules):
        for inner, target in each(at(rule, "destinations")):
            account, region = at(target, "registryId"), at(target, "region")
            where = f"rules{index}.destinations{inner}"
            if not listed(account, boundary.accounts):
                yield f"{where}.registryId is {says(account, ACCOUNT)}, not an own account"
            elif boundary.regions and not listed(region, boundary.regions):
                yield f"{where}.region is {says(region, REGION)}, not a declared region"


def _upstream(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("upstreamRegistryUrl")
    host = value.removeprefix("https://") if isinstance(value, str) else ""
    own = OWN_HOST.fullmatch(host)
    if not own or own["account"] not in boundary.accounts:
        yield f"upstreamRegistryUrl is {says(value)}, not an own private registry"


CHECKS: dict[str, Check] = {"CN-134": _replication, "CN-135": _upstream}
