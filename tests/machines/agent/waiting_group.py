"""An Auto Scaling group of one machine in the embedded AWS, which waits to be told of it."""

from collections.abc import Callable

import boto3

REGION = "ap-northeast-1"
GROUP, HOOK = "dev-etcd-1a", "boot"


def client(address: str, service: str):
    return boto3.client(
        service, REGION, endpoint_url=address,
        aws_access_key_id="a", aws_secret_access_key="b", aws_session_token="c",
    )  # fmt: skip


def waiting_group(address: str) -> Callable[[], list[tuple[str, str]]]:
    """What tells the group's machines and their states."""
    ec2, groups = client(address, "ec2"), client(address, "autoscaling")
    image = ec2.register_image(Name="test", RootDeviceName="/dev/xvda")["ImageId"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{REGION}a"
    )["Subnet"]["SubnetId"]  # fmt: skip
    template = ec2.create_launch_template(
        LaunchTemplateName="t", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    groups.create_auto_scaling_group(
        AutoScalingGroupName=GROUP, MinSize=1, MaxSize=1, VPCZoneIdentifier=subnet,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        Tags=[{"Key": "embedded-aws:never-ready", "Value": "", "PropagateAtLaunch": True}],
        LifecycleHookSpecificationList=[{
            "LifecycleHookName": HOOK, "DefaultResult": "ABANDON",
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}],
    )  # fmt: skip

    def machines() -> list[tuple[str, str]]:
        (group,) = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
        return [(i["InstanceId"], i["LifecycleState"]) for i in group["Instances"]]

    return machines
