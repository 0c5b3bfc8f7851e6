"""All members of etcd, side by side: none waits for another."""

from collections.abc import Mapping, Sequence

import pulumi

from components.etcd.member import Member
from plan.etcd import EtcdPlan
from plan.tags import Tags


class Members(pulumi.ComponentResource):
    """Every member of the plan. They are made at once; which of them begins is theirs to settle.

    Args:
        subnet_ids: by name. user_data, files_marks: by member. security_group_ids,
            instance_profile_arns: by role.
        target_group_arns: of the API's endpoints, where members live on controllers.
        zone_id: of the private zone that their names stand in.
    Outputs:
        volume_ids, addresses, group_names: by member.
    """

    volume_ids: dict[str, pulumi.Output[str]]
    addresses: dict[str, pulumi.Output[str]]
    group_names: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        plan: EtcdPlan,
        *,
        image_id: pulumi.Input[str],
        subnet_ids: Mapping[str, pulumi.Input[str]],
        zone_id: pulumi.Input[str],
        security_group_ids: Mapping[str, pulumi.Input[str]],
        key_arn: pulumi.Input[str],
        instance_profile_arns: Mapping[str, pulumi.Input[str]],
        user_data: Mapping[str, pulumi.Input[str]],
        files_marks: Mapping[str, pulumi.Input[str]],
        target_group_arns: Sequence[pulumi.Input[str]] = (),
        protected: bool,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:etcd:Members", name, None, opts)
        made = {
            member.name: Member(
                member.role,
                member,
                plan,
                image_id=image_id,
                subnet_id=subnet_ids[member.subnet],
                zone_id=zone_id,
                security_group_id=security_group_ids[member.role],
                machine_security_group_id=security_group_ids[member.machine_wall],
                key_arn=key_arn,
                instance_profile_arn=instance_profile_arns[member.machine_role],
                user_data=user_data[member.name],
                files_mark=files_marks[member.name],
                target_group_arns=target_group_arns,
                protected=protected,
                tags=tags,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for member in plan.members.values()
        }
        self.volume_ids = {name: member.volume_id for name, member in made.items()}
        self.addresses = {name: member.address for name, member in made.items()}
        self.group_names = {name: member.group_name for name, member in made.items()}
        self.register_outputs(
            {"volumeIds": self.volume_ids, "addresses": self.addresses,
             "groupNames": self.group_names}
        )  # fmt: skip
