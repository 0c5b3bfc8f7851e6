"""A pool of our own: an Auto Scaling group whose nodes join without any EKS call."""

import pulumi

from components.machines.group import Refresh, auto_scaling_group
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
        group = auto_scaling_group(
            name,
            group_name=pool.group_name,
            min_size=pool.spec.min_size,
            max_size=pool.spec.max_size,
            desired_size=pool.desired_size,
            subnet_ids=subnet_ids,
            template_id=template_id,
            template_version=template_version,
            gate=pool.readiness,
            refresh=Refresh(100 - pool.spec.max_unavailable_percentage),
            scaled_by_others=scaled_by_others,
            tags=pool.tags,
            parent=self,
        )
        self.group_name = group.name
        self.register_outputs({"groupName": self.group_name})
