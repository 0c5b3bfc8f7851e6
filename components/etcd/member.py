"""One member of etcd: what is kept, and the machine that comes and goes."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.machines.group import Refresh, auto_scaling_group
from components.machines.launch_template import latest_version, launch_template
from plan.etcd import EtcdMember, EtcdPlan
from plan.tags import Tags

RECORD_TTL_SECONDS = 60


class Member(pulumi.ComponentResource):
    """A member that keeps its name, its address and its data when its machine goes.

    Creates   a volume, a network interface, a record, a launch template, a group of exactly one.
    Never     a public address; a second machine beside the first; a volume that is deleted by us.
    Args:
        user_data: of its machines, as text; it takes the volume and the interface over by their
            tags. files_mark: what changes with their keys and certificates.
        security_group_id: of the interface that outlives its machines.
        machine_security_group_id: of its machines' own; the same where they are a member's alone.
        target_group_arns: of the API's endpoints, where its machines are controllers too; each
            known only when its load balancer listens.
        protected: the engine refuses to delete or replace the volume. It is kept in AWS even then,
            when this is false and the stack is destroyed.
    Outputs:
        volume_id, interface_id, address: of what outlives its machines.
        group_name: known only when its machine has passed the gate.
    Replaces: another zone or key, the volume, which is refused. Size and performance change in
        place; what a machine is started from makes a version of the template.
    """

    volume_id: pulumi.Output[str]
    interface_id: pulumi.Output[str]
    address: pulumi.Output[str]
    group_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        member: EtcdMember,
        plan: EtcdPlan,
        *,
        image_id: pulumi.Input[str],
        subnet_id: pulumi.Input[str],
        zone_id: pulumi.Input[str],
        security_group_id: pulumi.Input[str],
        machine_security_group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        instance_profile_arn: pulumi.Input[str],
        user_data: pulumi.Input[str],
        files_mark: pulumi.Input[str],
        target_group_arns: Sequence[pulumi.Input[str]] = (),
        protected: bool,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:etcd:Member", name, None, opts)
        self._member, self._plan = member, plan
        groups = [security_group_id, *plan.security_group_ids]
        machine_name = member.machine_role
        volume = self._volume(key_arn, protected)
        interface, record = self._address(subnet_id, groups, zone_id)
        template = launch_template(
            machine_name,
            description=f"Machine of etcd member {member.name} of {tags.cluster}",
            image_id=image_id,
            instance_type=plan.instance_type,
            instance_profile_arn=instance_profile_arn,
            user_data=user_data,
            volumes=[plan.root_volume],
            key_arn=key_arn,
            security_group_ids=[machine_security_group_id, *plan.machine_security_group_ids],
            machine_tags=member.machine_tags,
            files_mark=files_mark,
            tags=tags.named(machine_name),
            parent=self,
        )
        group = auto_scaling_group(
            machine_name,
            group_name=member.group_name,
            min_size=1,
            max_size=1,
            desired_size=1,
            subnet_ids=[subnet_id],
            template_id=template.id,
            template_version=latest_version(template),
            gate=plan.readiness,
            # The old machine goes first: the volume and the interface are with one at a time.
            refresh=Refresh(0, 100) if plan.refreshed else None,
            measured=True,
            grace_seconds=plan.grace_seconds,
            target_group_arns=target_group_arns,
            tags=member.machine_tags,
            parent=self,
            depends_on=[volume, interface, record],  # which a machine looks for when it boots
        )
        self.volume_id, self.interface_id = volume.id, interface.id
        self.address, self.group_name = interface.private_ip, group.name
        self.register_outputs(
            {"volumeId": self.volume_id, "interfaceId": self.interface_id,
             "address": self.address, "groupName": self.group_name}
        )  # fmt: skip

    def _volume(self, key_arn: pulumi.Input[str], protected: bool) -> aws.ebs.Volume:
        asked = self._plan.data_volume
        return aws.ebs.Volume(
            self._member.role,
            availability_zone=self._member.availability_zone,
            type=asked.volume_type,
            size=asked.size_gib,
            iops=asked.iops,
            throughput=asked.throughput_mibps,
            encrypted=True,
            kms_key_id=key_arn,
            tags=self._member.kept_tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protected, retain_on_delete=True),
        )

    def _address(
        self,
        subnet_id: pulumi.Input[str],
        group_ids: list[pulumi.Input[str]],
        zone_id: pulumi.Input[str],
    ) -> tuple[aws.ec2.NetworkInterface, aws.route53.Record]:
        child = pulumi.ResourceOptions(parent=self)
        interface = aws.ec2.NetworkInterface(
            self._member.role,
            subnet_id=subnet_id,
            description=f"etcd member {self._member.name}, whichever its machine",
            security_groups=group_ids,
            tags=self._member.kept_tags,
            opts=child,
        )
        record = aws.route53.Record(
            self._member.role,
            zone_id=zone_id,
            name=self._member.fqdn,
            type="A",
            ttl=RECORD_TTL_SECONDS,
            records=[interface.private_ip],
            opts=child,
        )
        return interface, record
