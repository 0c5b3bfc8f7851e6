"""A pool of our own: an Auto Scaling group whose nodes join without any EKS call."""

import pulumi
import pulumi_aws as aws

from plan.node_pools import NodePool


class SelfManagedPool(pulumi.ComponentResource):
    """An Auto Scaling group over the pool's subnets, rolled by instance refresh.

    With a gate, its first machines wait for it too, so the group is made with the hook. There a
    change of the hook would replace the group with all its machines, so from then on the hook is a
    resource of its own, under the same name, and the group's own mention of it is left alone.

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
        gate = pool.readiness
        ignored = ["initialLifecycleHooks", *(["desiredCapacity"] if scaled_by_others else [])]
        group = aws.autoscaling.Group(
            name,
            name=pool.group_name,
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
                    **({"instance_warmup": str(gate.warmup_seconds)} if gate else {}),
                },
            },
            initial_lifecycle_hooks=[
                {
                    "name": gate.hook_name,
                    "lifecycle_transition": gate.transition,
                    "heartbeat_timeout": gate.heartbeat_timeout_seconds,
                    "default_result": "ABANDON",
                }
            ]
            if gate
            else None,
            wait_for_capacity_timeout=f"{gate.capacity_timeout_seconds}s" if gate else None,
            tags=[
                {"key": key, "value": value, "propagate_at_launch": True}
                for key, value in pool.tags.items()
            ],
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=ignored),
        )
        if gate is not None:
            aws.autoscaling.LifecycleHook(
                name,
                name=gate.hook_name,
                autoscaling_group_name=group.name,
                lifecycle_transition=gate.transition,
                heartbeat_timeout=gate.heartbeat_timeout_seconds,
                default_result="ABANDON",
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.group_name = group.name
        self.register_outputs({"groupName": self.group_name})
