"""Streams of Firehose: where they send what they get.

Firehose runs in AWS's own network. It reaches a bucket by AWS's ways, a search domain of a VPC by
interfaces there, and everything else at public addresses: a Redshift cluster has to have one for
it. (Firehose developer guide, controlling-access and create-destination; read 2026-11-30.) Whose a
bucket or a function is, CN-004 asks (named_by_type.py).
"""

import re
from collections.abc import Iterator
from typing import Final

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import ACCOUNT, REGION, at, is_set, listed, says

STREAM: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
_IN_VPC: Final = {
    "elasticsearch": "elasticsearchConfiguration",
    "opensearch": "opensearchConfiguration",
    "opensearchserverless": "opensearchserverlessConfiguration",
}
_STORED: Final = {"extended_s3": "extendedS3Configuration", "iceberg": "icebergConfiguration"}
CONFIGURATIONS: Final = (*_STORED.values(), *_IN_VPC.values())
_KNOWN: Final = re.compile("splunk|http_endpoint|snowflake|redshift")
_SCHEMA: Final = ("extendedS3Configuration", "dataFormatConversionConfiguration",
                  "schemaConfiguration")  # fmt: skip
_CONNECTED: Final = ("mskSourceConfiguration", "authenticationConfiguration", "connectivity")


def _sends(resource: Resource, boundary: Boundary) -> Iterator[str]:
    props = resource.props
    to = props.get("destination")
    if isinstance(to, str) and to in _IN_VPC:
        where = at(props, _IN_VPC[to], "vpcConfig", "subnetIds")
        if not is_set(where):
            yield f"{_IN_VPC[to]} has no vpcConfig, so it sends to a public endpoint"
    elif not listed(to, _STORED):
        said = says(to, _KNOWN)
        yield f"destination is {said}, none that is reached by AWS's own ways or in a VPC"
    if at(props, *_CONNECTED) not in (None, "PRIVATE"):
        said = says(at(props, *_CONNECTED))
        yield f"{'.'.join(_CONNECTED)} is {said}, not PRIVATE: it reads at public addresses"
    region, catalog = (at(props, *_SCHEMA, key) for key in ("region", "catalogId"))
    if boundary.regions and is_set(region) and not listed(region, boundary.regions):
        yield f"{'.'.join(_SCHEMA)}.region is {says(region, REGION)}, which is not declared"
    if is_set(catalog) and not listed(catalog, boundary.accounts):
        yield f"{'.'.join(_SCHEMA)}.catalogId is {says(catalog, ACCOUNT)}, no account of its own"


CHECKS: dict[str, Check] = {"CN-252": _sends}
