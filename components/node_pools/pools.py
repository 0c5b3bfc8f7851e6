"""All node pools: a launch template each, and the group that starts machines from it."""

from typing import Any

import pulumi

from components.node_pools.launch_template import LaunchTemplate
from components.node_pools.managed import ManagedPool
from components.node_pools.self_managed import SelfManagedPool
from plan.cluster import ClusterPlan
from plan.node_pools import NodePool
from spec.node_pools import ExistingInstanceProfile


class NodePools(pulumi.ComponentResource):
    """Every pool of the plan.

    Args:
        eks: name, endpoint, certificate_authority, cluster_security_group_id.
        network: subnet_ids by name, security_group_ids by role.
        roles: arns and instance_profile_arns by logical name.
    Outputs:
        group_names: by pool, of the Auto Scaling group or the managed node group.
    """

    group_names: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        plan: ClusterPlan,
        *,
        eks: Any,
        network: Any,
        key_arn: pulumi.Input[str],
        roles: Any,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:nodePools:NodePools", name, None, opts)
        self._plan, self._eks, self._network = plan, eks, network
        self._key_arn, self._roles = key_arn, roles
        self.group_names = {pool.name: self._declare(pool) for pool in plan.node_pools.values()}
        self.register_outputs({"groupNames": self.group_names})

    def _declare(self, pool: NodePool) -> pulumi.Output[str]:
        managed = pool.spec.kind == "managed"
        supplied = pool.spec.instance_profile
        groups = [self._network.security_group_ids["node"]]
        profile: pulumi.Input[str] | None = None
        if managed:  # with groups of our own EKS does not attach the cluster's, so we do
            groups.append(self._eks.cluster_security_group_id)
        elif isinstance(supplied, ExistingInstanceProfile):
            profile = supplied.instance_profile_arn
        else:
            profile = self._roles.instance_profile_arns[f"node-{pool.name}"]
        child = pulumi.ResourceOptions(parent=self)
        template = LaunchTemplate(
            pool.name,
            pool,
            self._plan.eks,
            region=self._plan.spec.region,
            endpoint=self._eks.endpoint,
            certificate_authority=self._eks.certificate_authority,
            security_group_ids=groups,
            key_arn=self._key_arn,
            instance_profile_arn=profile,
            tags=self._plan.tags,
            opts=child,
        )
        subnet_ids = [self._network.subnet_ids[s] for s in pool.subnets]
        scaled_by_others = self._plan.spec.add_ons.cluster_autoscaler
        if managed:
            role = (
                supplied.role_arn
                if isinstance(supplied, ExistingInstanceProfile)
                else self._roles.arns[f"node-{pool.name}"]
            )
            return ManagedPool(
                pool.name, pool, cluster_name=self._eks.name, role_arn=role,
                template_id=template.template_id, template_version=template.latest_version,
                subnet_ids=subnet_ids, scaled_by_others=scaled_by_others, tags=self._plan.tags,
                opts=child,
            ).group_name  # fmt: skip
        return SelfManagedPool(
            pool.name, pool, template_id=template.template_id,
            template_version=template.latest_version, subnet_ids=subnet_ids,
            scaled_by_others=scaled_by_others, opts=child,
        ).group_name  # fmt: skip
