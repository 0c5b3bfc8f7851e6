"""Load balancers, and which machines of a group stand behind them."""

import pytest
from botocore.exceptions import ClientError

from tests.local.aws_api import test_launching
from tests.local.aws_api.test_launching import NEVER, complete, gated, group

launch_template = test_launching.template  # a fixture, under a name of its own here


@pytest.fixture
def balancer(aws, network):
    made = aws("elbv2").create_load_balancer(
        Name="api", Type="network", Scheme="internal", Subnets=network.subnet_ids
    )
    return made["LoadBalancers"][0]["LoadBalancerArn"]


@pytest.fixture
def target_group(aws, network):
    made = aws("elbv2").create_target_group(
        Name="api", Protocol="TCP", Port=6443, VpcId=network.vpc_id,
        HealthCheckProtocol="HTTPS", HealthCheckPath="/readyz",
    )  # fmt: skip
    return made["TargetGroups"][0]["TargetGroupArn"]


def targets(aws, target_group):
    rows = aws("elbv2").describe_target_health(TargetGroupArn=target_group)
    return {
        row["Target"]["Id"]
        for row in rows["TargetHealthDescriptions"]
        if row["TargetHealth"]["State"] == "healthy"
    }


def members(aws):
    (found,) = aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return {i["InstanceId"] for i in found["Instances"]}


def test_what_is_protected_is_not_deleted_until_it_is_not(aws, balancer):
    elb, key = aws("elbv2"), "deletion_protection.enabled"
    protect = {"LoadBalancerArn": balancer, "Attributes": [{"Key": key, "Value": "true"}]}
    elb.modify_load_balancer_attributes(**protect)
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        elb.delete_load_balancer(LoadBalancerArn=balancer)
    assert len(elb.describe_load_balancers()["LoadBalancers"]) == 1
    protect["Attributes"][0]["Value"] = "false"
    elb.modify_load_balancer_attributes(**protect)
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    assert elb.describe_load_balancers()["LoadBalancers"] == []


def test_a_target_group_forgets_a_load_balancer_that_is_gone(aws, balancer, target_group):
    elb = aws("elbv2")
    forward = [{"Type": "forward", "TargetGroupArn": target_group}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="TCP", Port=443, DefaultActions=forward)

    def named():
        (found,) = elb.describe_target_groups()["TargetGroups"]
        return found.get("LoadBalancerArns")

    assert named() == [balancer]
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    assert not named()


def test_status_codes_of_an_https_check_change_where_traffic_is_tcp(aws, target_group):
    aws("elbv2").modify_target_group(
        TargetGroupArn=target_group, HealthCheckPath="/livez", Matcher={"HttpCode": "200-299"}
    )
    (found,) = aws("elbv2").describe_target_groups()["TargetGroups"]
    assert (found["HealthCheckPath"], found["Matcher"]) == ("/livez", {"HttpCode": "200-299"})


def test_a_group_keeps_its_targets_through_a_refresh(aws, network, launch_template, target_group):
    group(aws, network, TargetGroupARNs=[target_group],
          LaunchTemplate={"LaunchTemplateId": launch_template[0], "Version": "1"})  # fmt: skip
    other = aws("ec2").run_instances(
        ImageId=launch_template[1]["ImageId"],
        MinCount=1,
        MaxCount=1,
        SubnetId=network.subnet_ids[0],
    )["Instances"][0]["InstanceId"]
    aws("elbv2").register_targets(TargetGroupArn=target_group, Targets=[{"Id": other}])
    before = members(aws)
    assert before and targets(aws, target_group) == {*before, other}
    aws("autoscaling").start_instance_refresh(AutoScalingGroupName="g")
    after = members(aws)
    assert not before & after
    assert targets(aws, target_group) == {*after, other}, "what others registered stays"


def test_a_machine_that_waits_is_no_target_until_it_is_in_service(
    aws,
    network,
    launch_template,
    target_group,
):
    gated(aws, network, launch_template, TargetGroupARNs=[target_group], Tags=NEVER)
    waiting = members(aws)
    assert waiting and targets(aws, target_group) == set()
    for instance_id in waiting:
        complete(aws, instance_id)
    assert targets(aws, target_group) == waiting


def test_a_volume_grows_and_never_shrinks(aws):
    ec2 = aws("ec2")
    made = ec2.create_volume(AvailabilityZone="eu-central-1a", Size=50, VolumeType="gp3")
    ec2.modify_volume(VolumeId=made["VolumeId"], Size=60)
    with pytest.raises(ClientError, match="cannot be smaller than existing size"):
        ec2.modify_volume(VolumeId=made["VolumeId"], Size=50)
    (found,) = ec2.describe_volumes(VolumeIds=[made["VolumeId"]])["Volumes"]
    assert found["Size"] == 60
