"""The launch template of a pool: image, user data, encrypted volumes, no public address."""

import pulumi

from components.machines.launch_template import latest_version, launch_template
from machines.node_user_data import render_node_user_data
from plan.control_plane import ControlPlane
from plan.node_pools import NodePool
from plan.tags import Tags


class LaunchTemplate(pulumi.ComponentResource):
    """What every node of the pool is started from.

    Args:
        instance_profile_arn: None for a managed node group, whose profile EKS makes.
    Outputs:
        template_id, latest_version: the version changes with every change of content.
    """

    template_id: pulumi.Output[str]
    latest_version: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        pool: NodePool,
        control_plane: ControlPlane,
        *,
        region: str,
        endpoint: pulumi.Input[str],
        certificate_authority: pulumi.Input[str],
        security_group_ids: list[pulumi.Input[str]],
        key_arn: pulumi.Input[str],
        instance_profile_arn: pulumi.Input[str] | None,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:nodePools:LaunchTemplate", name, None, opts)
        user_data = pulumi.Output.all(endpoint, certificate_authority).apply(
            lambda values: render_node_user_data(
                pool,
                control_plane,
                cluster_name=tags.cluster,
                region=region,
                api_server_endpoint=values[0],
                certificate_authority_base64=values[1],
            )
        )
        template = launch_template(
            name,
            description=f"Nodes of pool {pool.name} of {tags.cluster}",
            image_id=pool.image_id,
            instance_type=pool.spec.instance_type,
            key_name=pool.spec.key_name,
            instance_profile_arn=instance_profile_arn,
            user_data=user_data,
            volumes=pool.volumes,
            key_arn=key_arn,
            dedicated=pool.spec.tenancy == "dedicated",
            public_addresses=pool.public_addresses,
            security_group_ids=[*security_group_ids, *pool.spec.security_group_ids],
            machine_tags=pool.tags,
            tags=tags.named(f"{pool.name}-node"),
            parent=self,
        )
        self.template_id = template.id
        self.latest_version = latest_version(template)
        self.register_outputs({"templateId": self.template_id})
