"""A pool that EKS runs: a managed node group over our launch template."""

import pulumi
import pulumi_aws as aws

from plan.node_pools import NodePool
from plan.tags import Tags


class ManagedPool(pulumi.ComponentResource):
    """An EKS managed node group. Its image and user data are in the launch template, all of them.

    Outputs:
        group_name: known only after creation.
    Replaces: changing subnets or the instance type replaces the group, the new one first.
    """

    group_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        pool: NodePool,
        *,
        cluster_name: pulumi.Input[str],
        role_arn: pulumi.Input[str],
        template_id: pulumi.Input[str],
        template_version: pulumi.Input[str],
        subnet_ids: list[pulumi.Output[str]],
        scaled_by_others: bool,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:nodePools:ManagedPool", name, None, opts)
        group = aws.eks.NodeGroup(
            name,
            cluster_name=cluster_name,
            node_role_arn=role_arn,
            subnet_ids=subnet_ids,
            scaling_config={
                "min_size": pool.spec.min_size,
                "max_size": pool.spec.max_size,
                "desired_size": pool.desired_size,
            },
            launch_template={"id": template_id, "version": template_version},
            update_config={"max_unavailable_percentage": pool.spec.max_unavailable_percentage},
            labels=pool.labels,
            taints=[
                {"key": t.key, "value": t.value, "effect": _EFFECTS[t.effect]} for t in pool.taints
            ],
            node_repair_config={"enabled": True},
            tags=tags.named(pool.name),
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=["scalingConfig.desiredSize"] if scaled_by_others else None,
            ),
        )
        self.group_name = group.node_group_name
        self.register_outputs({"groupName": self.group_name})


_EFFECTS = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}
