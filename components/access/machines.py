"""Machines for people: the operator's inside the network, the bastion outside of it."""

import pulumi
import pulumi_aws as aws

from plan.machines import cpu_credits
from plan.tags import Tags
from spec.connections import MachineSpec


class Machine(pulumi.ComponentResource):
    """One EC2 instance with an encrypted root volume and IMDSv2 of hop limit 1.

    Args:
        instance_profile_arn: None for a bastion: a machine that the internet reaches carries no
            role.
        public: gives it an Elastic IP; the bastion only.
    Outputs:
        private_ip, public_ip: public_ip is None without an Elastic IP.
    """

    private_ip: pulumi.Output[str]
    public_ip: pulumi.Output[str] | None
    instance_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        spec: MachineSpec,
        *,
        image_id: str,
        subnet_id: pulumi.Input[str],
        security_group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        instance_profile_arn: pulumi.Output[str] | None,
        public: bool,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:access:Machine", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        credits_of_cpu = cpu_credits(spec.instance_type)
        instance = aws.ec2.Instance(
            name,
            ami=spec.image_id or image_id,
            instance_type=spec.instance_type,
            subnet_id=subnet_id,
            vpc_security_group_ids=[security_group_id],
            associate_public_ip_address=False,
            key_name=spec.key_name,
            iam_instance_profile=None
            if instance_profile_arn is None
            else instance_profile_arn.apply(lambda arn: arn.rsplit("/", 1)[-1]),
            credit_specification={"cpu_credits": credits_of_cpu} if credits_of_cpu else None,
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
                "instance_metadata_tags": "disabled",
            },
            root_block_device={
                "encrypted": True,
                "kms_key_id": key_arn,
                "volume_size": spec.root_volume_gib,
                "volume_type": "gp3",
                "delete_on_termination": True,
                "tags": tags.named(name),
            },
            tags=tags.named(name),
            # With an Elastic IP AWS tells true, and a refresh would replace the machine for it
            # (hashicorp/terraform-provider-aws issues 37318 and 47100).
            opts=pulumi.ResourceOptions(
                parent=self, ignore_changes=["associatePublicIpAddress"] if public else None
            ),
        )
        self.instance_id, self.private_ip, self.public_ip = instance.id, instance.private_ip, None
        if public:
            address = aws.ec2.Eip(name, domain="vpc", tags=tags.named(name), opts=child)
            aws.ec2.EipAssociation(
                name, instance_id=instance.id, allocation_id=address.allocation_id, opts=child
            )
            self.public_ip = address.public_ip
        self.register_outputs({"instanceId": self.instance_id, "privateIp": self.private_ip})
