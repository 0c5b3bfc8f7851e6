"""Every resource type that the local aws provider knows, by token."""

from local.aws.resources import (
    autoscaling,
    ec2_compute,
    ec2_network,
    ecr,
    eks,
    endpoints,
    gateways,
    iam,
    instances,
    kms,
    launch_templates,
    load_balancers,
    logs,
    network_acls,
    peering,
    resolver,
    route53,
    route_tables,
    s3,
    security_groups,
    ssm,
    transit_gateway,
)
from local.aws.translate.table import Resource

__all__ = ["RESOURCES"]

_ROOMS = (
    autoscaling,
    ec2_compute,
    ec2_network,
    ecr,
    eks,
    endpoints,
    gateways,
    iam,
    instances,
    kms,
    launch_templates,
    load_balancers,
    logs,
    network_acls,
    peering,
    resolver,
    route53,
    route_tables,
    s3,
    security_groups,
    ssm,
    transit_gateway,
)

RESOURCES: dict[str, Resource] = {row.token: row for room in _ROOMS for row in room.TABLE}
