"""One way to the API: a load balancer, and the name that leads to it."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.api_endpoints import HEALTH_PATH, Balancer, Record
from plan.api_endpoints import ApiEndpoint as ApiEndpointPlan
from plan.tags import Tags

# A machine that goes: what still asks it is let end, and then cut off, since watches never end.
LEAVING_SECONDS = 60
HEALTH_SECONDS, HEALTH_TIMEOUT_SECONDS, HEALTH_TIMES = 10, 8, 3


class ApiEndpoint(pulumi.ComponentResource):
    """A network load balancer before the controllers.

    Creates   a load balancer, a target group that asks the API servers' own readiness, a listener,
              a record.
    Never     an address that the internet reaches, unless the plan says so; a target before its
              load balancer listens.
    Args:
        endpoint: one whose load balancer is ours.
        zone_ids: of private zones that we make, by name.
        security_group_id: the load balancer's own; its rules are the firewall table's.
    Outputs:
        target_group_arn: what controllers are put into; known only when it is listened for.
        address: AWS's own name of it.
    """

    target_group_arn: pulumi.Output[str]
    address: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        endpoint: ApiEndpointPlan,
        balancer: Balancer,
        *,
        vpc_id: pulumi.Input[str],
        subnet_ids: Mapping[str, pulumi.Input[str]],
        zone_ids: Mapping[str, pulumi.Input[str]],
        security_group_id: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:controlPlane:ApiEndpoint", name, None, opts)
        self._name, self._tags, self._plan = name, tags, balancer
        made = aws.lb.LoadBalancer(
            name,
            name=balancer.name,
            internal=balancer.internal,
            load_balancer_type="network",
            ip_address_type="ipv4",
            subnets=[subnet_ids[subnet] for subnet in balancer.subnets],
            security_groups=[security_group_id],
            enable_cross_zone_load_balancing=balancer.cross_zone,
            enable_deletion_protection=balancer.deletion_protection,
            tags=tags.named(name),
            opts=pulumi.ResourceOptions(parent=self, protect=balancer.deletion_protection),
        )
        targets = self._target_group(vpc_id)
        listener = aws.lb.Listener(
            name,
            load_balancer_arn=made.arn,
            port=balancer.port,
            protocol="TCP",
            default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
            tags=tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        if endpoint.record is not None:
            self._record(endpoint.dns_name, endpoint.record, made, zone_ids)
        self.target_group_arn = pulumi.Output.all(targets.arn, listener.arn).apply(
            lambda arns: str(arns[0])
        )
        self.address = made.dns_name
        self.register_outputs({"targetGroupArn": self.target_group_arn, "address": self.address})

    def _target_group(self, vpc_id: pulumi.Input[str]) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            self._name,
            name=self._plan.name,
            vpc_id=vpc_id,
            port=self._plan.target_port,
            protocol="TCP",
            target_type="instance",
            preserve_client_ip="true" if self._plan.preserve_client_address else "false",
            proxy_protocol_v2=False,  # which an API server does not read
            deregistration_delay=LEAVING_SECONDS,
            connection_termination=True,
            health_check={
                "protocol": "HTTPS",
                "path": HEALTH_PATH,
                "port": "traffic-port",
                "matcher": "200",
                "interval": HEALTH_SECONDS,
                "timeout": HEALTH_TIMEOUT_SECONDS,
                "healthy_threshold": HEALTH_TIMES,
                "unhealthy_threshold": HEALTH_TIMES,
            },
            tags=self._tags.named(self._name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _record(
        self,
        dns_name: str,
        record: Record,
        made: aws.lb.LoadBalancer,
        zone_ids: Mapping[str, pulumi.Input[str]],
    ) -> None:
        zone = record.hosted_zone_id
        aws.route53.Record(
            self._name,
            zone_id=zone_ids[record.zone_name] if record.zone_name is not None else zone or "",
            name=dns_name,
            type="A" if record.ttl_seconds is None else "CNAME",
            ttl=record.ttl_seconds,
            records=None if record.ttl_seconds is None else [made.dns_name],
            aliases=[
                {"name": made.dns_name, "zone_id": made.zone_id, "evaluate_target_health": True}
            ]
            if record.ttl_seconds is None
            else None,
            opts=pulumi.ResourceOptions(parent=self),
        )
