"""The door for questions: addresses in the VPC that resolvers of other networks forward to."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from plan.inbound_endpoint import InboundEndpoint as InboundEndpointPlan
from plan.tags import Tags


class InboundEndpoint(pulumi.ComponentResource):
    """A Route 53 Resolver inbound endpoint. It answers; it never asks another network.

    Outputs:
        addresses: IPv4 addresses in rising order, for the forwarders of other networks.
    Replaces: changing the security group. Changed subnets or addresses are added before the old
        ones go.
    """

    addresses: pulumi.Output[list[str]]

    def __init__(
        self,
        name: str,
        plan: InboundEndpointPlan,
        *,
        subnet_ids: Mapping[str, pulumi.Input[str]],
        security_group_id: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:InboundEndpoint", name, None, opts)
        endpoint = aws.route53.ResolverEndpoint(
            name,
            name=f"{tags.cluster}-{name}",
            direction="INBOUND",
            resolver_endpoint_type="IPV4",
            protocols=["Do53"],
            security_group_ids=[security_group_id],
            ip_addresses=[
                {"subnet_id": subnet_ids[subnet], "ip": None if ip is None else str(ip)}
                for subnet, ip in plan.addresses.items()
            ],
            tags=tags.named(name),
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=plan.fixed,  # two endpoints cannot hold one address
            ),
        )
        self.addresses = endpoint.ip_addresses.apply(_sorted)
        self.register_outputs({"addresses": self.addresses})


def _sorted(
    rows: Sequence[aws.route53.outputs.ResolverEndpointIpAddress],
) -> list[str]:
    """AWS tells them in no order; as numbers, so that 10.0.0.9 comes before 10.0.0.10."""
    found = [row.ip for row in rows if row.ip]
    return sorted(found, key=lambda ip: tuple(int(part) for part in ip.split(".")))
