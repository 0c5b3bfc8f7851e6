"""EC2: endpoints, security groups, launch templates, flow logs, gateways, images, dependencies."""

from local.aws.extensions.ec2 import (
    dependencies,
    endpoint_services,
    endpoints,
    flow_logs,
    gateways,
    images,
    instance_types,
    instances,
    launch_templates,
    nat_gateways,
    security_groups,
)

__all__ = [
    "dependencies",
    "endpoint_services",
    "endpoints",
    "flow_logs",
    "gateways",
    "images",
    "instance_types",
    "instances",
    "launch_templates",
    "nat_gateways",
    "security_groups",
]
