"""Nodes of a control plane of our own: groups whose machines join by their agent."""

from collections.abc import Mapping

import pulumi

from components.machines.launch_template import latest_version, launch_template
from components.node_pools.self_managed import SelfManagedPool
from plan.node_pools import NodePool
from plan.self_hosted.roles import pool_role
from plan.tags import Tags


class Workers(pulumi.ComponentResource):
    """A launch template and a group of each pool.

    Never     a public address beside what the pool's subnets ask for; a machine in service that is
              no Ready node.
    Args:
        user_data: by the pool's role, as text. instance_profile_arns: by the same.
        files_mark: what changes with the certificates that they read.
        security_group_id: of nodes.
    Outputs:
        group_names: by pool.
    """

    group_names: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        pools: Mapping[str, NodePool],
        *,
        user_data: Mapping[str, str],
        files_mark: pulumi.Input[str],
        subnet_ids: Mapping[str, pulumi.Input[str]],
        security_group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        instance_profile_arns: Mapping[str, pulumi.Input[str]],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:nodePools:Workers", name, None, opts)
        self.group_names = {}
        for pool in pools.values():
            role = pool_role(pool.name)
            template = launch_template(
                pool.name,
                description=f"Nodes of pool {pool.name} of {tags.cluster}",
                image_id=pool.image_id,
                instance_type=pool.spec.instance_type,
                key_name=pool.spec.key_name,
                instance_profile_arn=instance_profile_arns[role],
                user_data=user_data[role],
                volumes=pool.volumes,
                key_arn=key_arn,
                dedicated=pool.spec.tenancy == "dedicated",
                public_addresses=pool.public_addresses,
                security_group_ids=[security_group_id, *pool.spec.security_group_ids],
                machine_tags=pool.tags,
                files_mark=files_mark,
                tags=tags.named(f"{pool.name}-node"),
                parent=self,
            )
            self.group_names[pool.name] = SelfManagedPool(
                pool.name,
                pool,
                template_id=template.id,
                template_version=latest_version(template),
                subnet_ids=[pulumi.Output.from_input(subnet_ids[s]) for s in pool.subnets],
                scaled_by_others=False,
                opts=pulumi.ResourceOptions(parent=self),
            ).group_name
        self.register_outputs({"groupNames": self.group_names})
