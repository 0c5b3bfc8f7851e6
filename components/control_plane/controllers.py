"""The machines that run the API servers."""

from collections.abc import Mapping, Sequence

import pulumi

from components.machines.group import Refresh, auto_scaling_group
from components.machines.launch_template import latest_version, launch_template
from plan.controllers import ControllersPlan
from plan.tags import Tags


class Controllers(pulumi.ComponentResource):
    """A launch template and one group over the zones, behind every endpoint of the API.

    Never     a public address; a machine in service whose API server has not answered.
    Args:
        user_data: of its machines, as text. files_mark: what changes with their keys and
            certificates.
        target_group_arns: of all endpoints, ours and supplied; each known only when its load
            balancer listens, since before that nobody asks a machine how it is.
    Outputs:
        group_name: known only when as many machines as are wanted have passed the gate.
    """

    group_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        plan: ControllersPlan,
        *,
        image_id: pulumi.Input[str],
        subnet_ids: Mapping[str, pulumi.Input[str]],
        security_group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        instance_profile_arn: pulumi.Input[str],
        user_data: pulumi.Input[str],
        files_mark: pulumi.Input[str],
        target_group_arns: Sequence[pulumi.Input[str]],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:controlPlane:Controllers", name, None, opts)
        template = launch_template(
            name,
            description=f"Controllers of {tags.cluster}",
            image_id=image_id,
            instance_type=plan.instance_type,
            instance_profile_arn=instance_profile_arn,
            user_data=user_data,
            volumes=[plan.root_volume],
            key_arn=key_arn,
            security_group_ids=[security_group_id, *plan.security_group_ids],
            machine_tags=plan.tags,
            files_mark=files_mark,
            tags=tags.named(plan.role),
            parent=self,
        )
        group = auto_scaling_group(
            name,
            group_name=plan.group_name,
            min_size=plan.min_size,
            max_size=plan.max_size,
            desired_size=plan.min_size,
            subnet_ids=[subnet_ids[subnet] for subnet in plan.subnets],
            template_id=template.id,
            template_version=latest_version(template),
            gate=plan.readiness,
            refresh=Refresh(plan.min_healthy_percentage),
            health_check_type=plan.health_check_type,
            grace_seconds=plan.grace_seconds,
            target_group_arns=target_group_arns,
            measured=True,
            tags=plan.tags,
            parent=self,
        )
        self.group_name = group.name
        self.register_outputs({"groupName": self.group_name})
