"""What any machine in a group is started from: encrypted, without a way to its role for pods."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from machines.user_data import encode_user_data
from plan.volumes import Volume

TAGGED = ("instance", "volume", "network-interface")
FILES_TAG = "heiiki:files"


def launch_template(
    name: str,
    *,
    description: str,
    image_id: pulumi.Input[str],
    instance_type: str,
    key_name: str | None = None,
    instance_profile_arn: pulumi.Input[str] | None,
    user_data: pulumi.Input[str],
    volumes: Sequence[Volume],
    key_arn: pulumi.Input[str],
    dedicated: bool = False,
    public_addresses: bool = False,
    security_group_ids: Sequence[pulumi.Input[str]],
    machine_tags: Mapping[str, str],
    files_mark: pulumi.Input[str] | None = None,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> aws.ec2.LaunchTemplate:
    """A launch template whose default version is always its latest.

    user_data: as text. machine_tags: of machines, their volumes and their interfaces; tags: of
    the template itself. files_mark: what changes with files that machines read when they boot,
    beside their user data, so that other files are another version. instance_profile_arn: None
    where EKS makes the profile.
    """
    profile = (
        None
        if instance_profile_arn is None
        else aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=instance_profile_arn)
    )
    return aws.ec2.LaunchTemplate(
        name,
        description=description,
        image_id=image_id,
        instance_type=instance_type,
        key_name=key_name,
        iam_instance_profile=profile,
        user_data=pulumi.Output.from_input(user_data).apply(
            lambda text: encode_user_data(user_data=text)
        ),
        block_device_mappings=[_mapping(volume, key_arn) for volume in volumes],
        placement={"tenancy": "dedicated"} if dedicated else None,
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,  # pods do not reach the machine's credentials
            "instance_metadata_tags": "disabled",
        },
        network_interfaces=[
            {
                "device_index": 0,
                "associate_public_ip_address": "true" if public_addresses else "false",
                "delete_on_termination": "true",
                "security_groups": list(security_group_ids),
            }
        ],
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(
                resource_type=kind, tags=_marked(kind, machine_tags, files_mark)
            )
            for kind in TAGGED
        ],
        update_default_version=True,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def latest_version(template: aws.ec2.LaunchTemplate) -> pulumi.Output[str]:
    """Its number, which changes with every change of content."""
    return template.latest_version.apply(lambda version: str(int(version)))


def _marked(
    kind: str, tags: Mapping[str, str], files_mark: pulumi.Input[str] | None
) -> Mapping[str, pulumi.Input[str]]:
    return tags if files_mark is None or kind != "instance" else {**tags, FILES_TAG: files_mark}


def _mapping(
    volume: Volume, key_arn: pulumi.Input[str]
) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict:
    ebs: aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgsDict = {
        "encrypted": "true",
        "kms_key_id": key_arn,
        "volume_size": volume.size_gib,
        "volume_type": volume.volume_type,
        "delete_on_termination": "true",
    }
    if volume.iops is not None:
        ebs["iops"] = volume.iops
    if volume.throughput_mibps is not None:
        ebs["throughput"] = volume.throughput_mibps
    return {"device_name": volume.device, "ebs": ebs}
