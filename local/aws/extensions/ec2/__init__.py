"""EC2: endpoints, groups, launch templates, flow logs, gateways, images, instances, and more."""

from local.aws.extensions.ec2 import (
    attachments,
    cidrs,
    cpu_credits,
    dependencies,
    elastic_ips,
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
    volumes,
)

__all__ = [
    "attachments",
    "cidrs",
    "cpu_credits",
    "dependencies",
    "elastic_ips",
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
    "volumes",
]
