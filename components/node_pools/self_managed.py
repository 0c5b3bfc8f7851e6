"""A pool of our own: an Auto Scaling group whose nodes join without any EKS call."""

import pulumi
import pulumi_aws as aws

from plan.node_pools import NodePool


class SelfManagedPool(pulumi.ComponentResource):
    """An Auto Scaling group over the pool's subnets, rolled by instance refresh.

    Outputs:
        group_name: known only after creation.
    """

    group_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        pool: NodePool,
        *,
        template_id: pulumi.Input[str],
        template_version: pulumi.Input[str],
        subnet_ids: list[pulumi.Output[str]],
        scaled_by_others: bool,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:nodePools:SelfManagedPool", name, None, opts)
        group = aws.autoscaling.Group(
            name,
            min_size=pool.spec.min_size,
            max_size=pool.spec.max_size,
            desired_capacity=pool.desired_size,
            vpc_zone_identifiers=subnet_ids,
            health_check_type="EC2",
            health_check_grace_period=600,
            launch_template={"id": template_id, "version": template_version},
            instance_refresh={
                "strategy": "Rolling",
                "preferences": {
                    "min_healthy_percentage": 100 - pool.spec.max_unavailable_percentage,
                    "skip_matching": True,
                },
            },
            tags=[
                {"key": key, "value": value, "propagate_at_launch": True}
                for key, value in pool.tags.items()
            ],
            opts=pulumi.ResourceOptions(
                parent=self, ignore_changes=["desiredCapacity"] if scaled_by_others else None
            ),
        )
        self.group_name = group.name
        self.register_outputs({"groupName": self.group_name})
