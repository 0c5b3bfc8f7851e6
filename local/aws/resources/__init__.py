"""Every resource type that the local aws provider knows, by token."""

from local.aws.resources import (
    ec2_network,
    endpoints,
    gateways,
    peering,
    route_tables,
    security_groups,
    transit_gateway,
)
from local.aws.translate.table import Resource

__all__ = ["RESOURCES"]

_TABLES = (
    ec2_network.TABLE,
    route_tables.TABLE,
    security_groups.TABLE,
    gateways.TABLE,
    endpoints.TABLE,
    peering.TABLE,
    transit_gateway.TABLE,
)

RESOURCES: dict[str, Resource] = {row.token: row for table in _TABLES for row in table}
