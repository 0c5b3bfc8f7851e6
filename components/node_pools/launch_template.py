"""The launch template of a pool: image, user data, encrypted volumes, no public address."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

import pulumi
import pulumi_aws as aws

from machines.node_user_data import render_node_user_data
from machines.user_data import encode_user_data
from plan.control_plane import ControlPlane
from plan.node_pools import NodePool
from plan.tags import Tags

TAGGED = ("instance", "volume", "network-interface")


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
            lambda values: encode_user_data(
                user_data=render_node_user_data(
                    pool,
                    control_plane,
                    cluster_name=tags.cluster,
                    region=region,
                    api_server_endpoint=values[0],
                    certificate_authority_base64=values[1],
                )
            )
        )
        profile = (
            None
            if instance_profile_arn is None
            else aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=instance_profile_arn)
        )
        template = aws.ec2.LaunchTemplate(
            name,
            description=f"Nodes of pool {pool.name} of {tags.cluster}",
            image_id=pool.image_id,
            instance_type=pool.spec.instance_type,
            key_name=pool.spec.key_name,
            iam_instance_profile=profile,
            user_data=user_data,
            block_device_mappings=_volumes(pool, key_arn),
            placement={"tenancy": "dedicated"} if pool.spec.tenancy == "dedicated" else None,
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,  # pods do not reach the node's credentials
                "instance_metadata_tags": "disabled",
            },
            network_interfaces=[
                {
                    "device_index": 0,
                    "associate_public_ip_address": "true" if pool.public_addresses else "false",
                    "delete_on_termination": "true",
                    "security_groups": [*security_group_ids, *pool.spec.security_group_ids],
                }
            ],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=pool.tags)
                for kind in TAGGED
            ],
            update_default_version=True,
            tags=tags.named(f"{pool.name}-node"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.template_id = template.id
        self.latest_version = template.latest_version.apply(lambda version: str(int(version)))
        self.register_outputs({"templateId": self.template_id})


def _volumes(
    pool: NodePool, key_arn: pulumi.Input[str]
) -> list[aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict]:
    mappings: list[aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict] = []
    for volume in pool.volumes:
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
        mappings.append({"device_name": volume.device, "ebs": ebs})
    return mappings
