"""Launch templates, images, Auto Scaling groups and the instances they start."""

import base64
import hashlib

import pytest
from botocore.exceptions import ClientError

from local.aws.booting import BOOTING

DATA = {
    "InstanceType": "m5.large",
    "MetadataOptions": {
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
        "HttpEndpoint": "enabled",
    },
    "BlockDeviceMappings": [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {
                "VolumeSize": 50,
                "VolumeType": "gp3",
                "Encrypted": True,
                "DeleteOnTermination": True,
            },
        }
    ],
    "UserData": base64.b64encode(b"hello").decode(),
    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "pool", "Value": "a"}]}],
}


def image_id(aws, version="1.34"):
    name = (
        f"/aws/service/eks/optimized-ami/{version}/amazon-linux-2023/x86_64/standard/"
        "recommended/image_id"
    )
    return aws("ssm").get_parameter(Name=name)["Parameter"]["Value"]


@pytest.fixture
def template(aws, network):
    ec2 = aws("ec2")
    group_id = ec2.create_security_group(GroupName="n", Description="n", VpcId=network.vpc_id)
    interface = {
        "DeviceIndex": 0,
        "AssociatePublicIpAddress": False,
        "Groups": [group_id["GroupId"]],
        "DeleteOnTermination": True,
    }
    data = DATA | {"ImageId": image_id(aws), "NetworkInterfaces": [interface]}
    made = ec2.create_launch_template(
        LaunchTemplateName="t",
        LaunchTemplateData=data,
        VersionDescription="first",
        TagSpecifications=[
            {"ResourceType": "launch-template", "Tags": [{"Key": "own", "Value": "1"}]}
        ],
    )["LaunchTemplate"]
    assert made["Tags"] == [{"Key": "own", "Value": "1"}]
    return made["LaunchTemplateId"], data


def versions(aws, template_id):
    answer = aws("ec2").describe_launch_template_versions(LaunchTemplateId=template_id)
    return answer["LaunchTemplateVersions"]


def test_a_version_gives_back_what_was_given(aws, template):
    template_id, data = template
    (version,) = versions(aws, template_id)
    assert version["LaunchTemplateData"] == data
    assert version["VersionDescription"] == "first" and version["DefaultVersion"]


def test_a_version_inherits_from_its_source_and_can_go(aws, template):
    ec2, (template_id, data) = aws("ec2"), template
    made = ec2.create_launch_template_version(
        LaunchTemplateId=template_id,
        SourceVersion="1",
        LaunchTemplateData={"InstanceType": "m6i.large"},
    )["LaunchTemplateVersion"]
    assert made["LaunchTemplateData"] == data | {"InstanceType": "m6i.large"}
    ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion="2")
    answer = ec2.delete_launch_template_versions(LaunchTemplateId=template_id, Versions=["1", "2"])
    done = answer["SuccessfullyDeletedLaunchTemplateVersions"]
    assert [entry["VersionNumber"] for entry in done] == [1]
    assert len(answer["UnsuccessfullyDeletedLaunchTemplateVersions"]) == 1
    next_one = ec2.create_launch_template_version(
        LaunchTemplateId=template_id, LaunchTemplateData={"InstanceType": "m7i.large"}
    )["LaunchTemplateVersion"]
    assert next_one["VersionNumber"] == 3
    assert [v["VersionNumber"] for v in versions(aws, template_id)] == [2, 3]
    latest = ec2.describe_launch_template_versions(
        LaunchTemplateId=template_id, Versions=["$Latest", "$Default"]
    )["LaunchTemplateVersions"]
    assert [v["VersionNumber"] for v in latest] == [3, 2]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"MetadataOptions": {"HttpPutResponseHopLimit": 0}}, "InvalidParameterValue"),
        ({"MetadataOptions": {"HttpPutResponseHopLimit": 65}}, "InvalidParameterValue"),
        (
            {"NetworkInterfaces": [{"DeviceIndex": 0}], "SecurityGroupIds": ["sg-1"]},
            "InvalidParameterCombination",
        ),
    ],
)
def test_what_a_launch_template_may_not_hold(aws, data, code):
    with pytest.raises(ClientError) as caught:
        aws("ec2").create_launch_template(LaunchTemplateName="x", LaunchTemplateData=data)
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("name", "architecture", "owner_id"),
    [
        (
            "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/arm64/standard/recommended/"
            "image_id",
            "arm64",
            "602401143452",
        ),
        ("/aws/service/bottlerocket/aws-k8s-1.35/x86_64/latest/image_id", "x86_64", "092701018921"),
        ("/aws/service/bottlerocket/aws-k8s-1.36-fips/arm64/latest/image_id", "arm64", None),
        (
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
            "arm64",
            "137112412989",
        ),
    ],
)
def test_the_image_of_a_parameter_exists(aws, name, architecture, owner_id):
    parameter = aws("ssm").get_parameter(Name=name)["Parameter"]
    assert parameter["ARN"].endswith(f"::parameter{name}")
    (image,) = aws("ec2").describe_images(ImageIds=[parameter["Value"]])["Images"]
    assert image["Architecture"] == architecture
    assert owner_id in (None, image["OwnerId"])
    assert image["State"] == "available" and image["Public"]


def test_image_ids_differ_by_region_and_stay_the_same(aws):
    first = image_id(aws)
    name = "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard"
    found = aws("ssm").get_parameters_by_path(Path=name, Recursive=True)["Parameters"]
    assert first in {parameter["Value"] for parameter in found}
    other = aws("ssm", "eu-west-1").get_parameter(Name=f"{name}/recommended/image_id")
    assert other["Parameter"]["Value"] != first
    assert first == "ami-0da91e11bce526c65"  # a lock file keeps it: it may never change


def test_an_unknown_version_has_no_image(aws):
    with pytest.raises(ClientError) as caught:
        image_id(aws, "1.19")
    assert caught.value.response["Error"]["Code"] == "ParameterNotFound"


def group(aws, network, **settings):
    asked = {
        "AutoScalingGroupName": "g",
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": 3,
        "VPCZoneIdentifier": ",".join(network.subnet_ids),
        "Tags": [{"Key": "kubernetes.io/cluster/c1", "Value": "owned", "PropagateAtLaunch": True}],
    } | settings
    aws("autoscaling").create_auto_scaling_group(**asked)
    return described(aws)


def described(aws):
    return aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]


def instances(aws):
    reservations = aws("ec2").describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
    )["Reservations"]
    return [instance for entry in reservations for instance in entry["Instances"]]


def test_instances_are_spread_and_are_what_the_template_says(aws, network, template):
    template_id, data = template
    group(aws, network, LaunchTemplate={"LaunchTemplateId": template_id, "Version": "$Latest"})
    started = instances(aws)
    assert sorted(i["SubnetId"] for i in started).count(network.subnet_ids[0]) == 2
    assert {i["SubnetId"] for i in started} == set(network.subnet_ids)
    first = started[0]
    groups = data["NetworkInterfaces"][0]["Groups"]
    assert [g["GroupId"] for g in first["SecurityGroups"]] == groups
    assert first["MetadataOptions"]["HttpTokens"] == "required"
    assert first["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert first["ImageId"] == data["ImageId"] and "PublicIpAddress" not in first
    tags = {tag["Key"]: tag["Value"] for tag in first["Tags"]}
    assert tags["pool"] == "a" and tags["kubernetes.io/cluster/c1"] == "owned"
    devices = [mapping["DeviceName"] for mapping in first["BlockDeviceMappings"]]
    assert devices == ["/dev/xvda"]


def test_instances_have_the_tenancy_and_the_volume_of_their_template(aws, network, template):
    template_id, data = template
    ebs = {"VolumeSize": 100, "VolumeType": "io2", "Iops": 9000, "Encrypted": True}
    changed = {
        **data, "Placement": {"Tenancy": "dedicated"},
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}],
    }  # fmt: skip
    ec2 = aws("ec2")
    ec2.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData=changed)
    group(aws, network, LaunchTemplate={"LaunchTemplateId": template_id, "Version": "2"})
    assert {i["Placement"]["Tenancy"] for i in instances(aws)} == {"dedicated"}
    volumes = ec2.describe_volumes()["Volumes"]
    assert {(v["VolumeType"], v["Size"], v["Iops"]) for v in volumes} == {("io2", 100, 9000)}


def test_a_deleted_group_leaves_no_interface_and_no_volume(aws, network, template):
    ec2 = aws("ec2")
    group(aws, network, LaunchTemplate={"LaunchTemplateId": template[0], "Version": "1"})
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 3
    aws("autoscaling").delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
    assert instances(aws) == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_volumes()["Volumes"] == []


def test_settings_and_hooks_are_kept(aws, network, template):
    hook = {
        "LifecycleHookName": "drain",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "HeartbeatTimeout": 300,
        "DefaultResult": "CONTINUE",
    }
    made = group(
        aws,
        network,
        LaunchTemplate={"LaunchTemplateId": template[0], "Version": "1"},
        MaxInstanceLifetime=604800,
        DefaultInstanceWarmup=30,
        CapacityRebalance=True,
        InstanceMaintenancePolicy={"MinHealthyPercentage": 90, "MaxHealthyPercentage": 110},
        LifecycleHookSpecificationList=[hook],
    )
    assert made["MaxInstanceLifetime"] == 604800 and made["DefaultInstanceWarmup"] == 30
    assert made["CapacityRebalance"] is True
    assert made["InstanceMaintenancePolicy"]["MaxHealthyPercentage"] == 110
    (kept,) = aws("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName="g")[
        "LifecycleHooks"
    ]
    assert kept | hook == kept and "RoleARN" not in kept
    aws("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="g", MaxSize=2, DefaultCooldown=60
    )
    changed = described(aws)
    assert (changed["DesiredCapacity"], changed["DefaultCooldown"]) == (2, 60)
    assert len(instances(aws)) == 2


def test_a_mixed_group_keeps_its_policy_through_other_updates(aws, network, template):
    specification = {"LaunchTemplateId": template[0], "Version": "$Latest"}
    policy = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": specification,
            "Overrides": [{"InstanceType": "m5.large"}, {"InstanceType": "m6i.large"}],
        },
        "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 100},
    }
    group(aws, network, MixedInstancesPolicy=policy)
    aws("autoscaling").update_auto_scaling_group(AutoScalingGroupName="g", MaxSize=6)
    kept = described(aws)["MixedInstancesPolicy"]
    assert [o["InstanceType"] for o in kept["LaunchTemplate"]["Overrides"]] == [
        "m5.large",
        "m6i.large",
    ]
    assert len(instances(aws)) == 3


def test_a_refresh_replaces_every_instance(aws, network, template):
    template_id, _ = template
    group(aws, network, LaunchTemplate={"LaunchTemplateId": template_id, "Version": "$Latest"})
    before = {instance["InstanceId"] for instance in instances(aws)}
    aws("ec2").create_launch_template_version(
        LaunchTemplateId=template_id,
        SourceVersion="1",
        LaunchTemplateData={"InstanceType": "m6i.large"},
    )
    asg = aws("autoscaling")
    refresh_id = asg.start_instance_refresh(AutoScalingGroupName="g")["InstanceRefreshId"]
    (refresh,) = asg.describe_instance_refreshes(
        AutoScalingGroupName="g", InstanceRefreshIds=[refresh_id]
    )["InstanceRefreshes"]
    assert refresh["Status"] == "Successful"
    after = instances(aws)
    assert len(after) == 3 and not before & {instance["InstanceId"] for instance in after}
    assert {instance["InstanceType"] for instance in after} == {"m6i.large"}


def test_a_machine_says_which_version_it_was_started_from(aws, network, template):
    """One that is ended by its group is replaced, from the group's version."""
    autoscaling, (template_id, _) = aws("autoscaling"), template
    first = {"LaunchTemplateId": template_id, "Version": "1"}
    group(aws, network, DesiredCapacity=1, LaunchTemplate=first)
    aws("ec2").create_launch_template_version(
        LaunchTemplateId=template_id, SourceVersion="1",
        LaunchTemplateData={"InstanceType": "m6i.large"},
    )  # fmt: skip
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="g",
        LaunchTemplate={"LaunchTemplateId": template_id, "Version": "2"},
    )

    def only():
        (one,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"]
        return one

    old = only()
    assert old["LaunchTemplate"]["Version"] == "1"
    autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=old["InstanceId"], ShouldDecrementDesiredCapacity=False
    )
    assert only()["InstanceId"] != old["InstanceId"]
    assert only()["LaunchTemplate"]["Version"] == "2"


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"DesiredCapacity": 9}, "ValidationError"), ({}, "AlreadyExists")],
)
def test_what_a_group_may_not_be(aws, network, template, settings, code):
    specification = {"LaunchTemplateId": template[0], "Version": "1"}
    if not settings:
        group(aws, network, LaunchTemplate=specification)
    with pytest.raises(ClientError) as caught:
        group(aws, network, LaunchTemplate=specification, **settings)
    assert caught.value.response["Error"]["Code"] == code


def test_an_instance_takes_its_interface_along_unless_it_is_protected(aws, network):
    ec2 = aws("ec2")
    (started,) = ec2.run_instances(
        ImageId=image_id(aws),
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=network.subnet_ids[0],
        DisableApiTermination=True,
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
    )["Instances"]
    instance_id = started["InstanceId"]
    with pytest.raises(ClientError) as caught:
        ec2.terminate_instances(InstanceIds=[instance_id])
    assert caught.value.response["Error"]["Code"] == "OperationNotPermitted"
    options = ec2.modify_instance_metadata_options(
        InstanceId=instance_id, HttpPutResponseHopLimit=2
    )["InstanceMetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 2)
    ec2.modify_instance_attribute(InstanceId=instance_id, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[instance_id])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_an_instance_moves_to_other_groups(aws, network):
    ec2 = aws("ec2")
    first, second = (
        ec2.create_security_group(GroupName=n, Description=n, VpcId=network.vpc_id)["GroupId"]
        for n in "ab"
    )
    (started,) = ec2.run_instances(
        ImageId=image_id(aws),
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=network.subnet_ids[0],
        SecurityGroupIds=[first],
    )["Instances"]
    ec2.modify_instance_attribute(InstanceId=started["InstanceId"], Groups=[second])
    (moved,) = instances(aws)
    assert [g["GroupId"] for g in moved["SecurityGroups"]] == [second]
    assert [g["GroupId"] for g in moved["NetworkInterfaces"][0]["Groups"]] == [second]
    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        ec2.modify_instance_attribute(InstanceId=started["InstanceId"], Groups=["sg-0"])


def test_parameters_of_one_kind_do_not_hide_those_of_another(aws):
    """moto loads its own images of Amazon Linux when they are first asked for, later than ours."""
    names = [
        "/aws/service/bottlerocket/aws-k8s-1.35/x86_64/latest/image_id",
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    ]
    found = aws("ssm").get_parameters(Names=names)["Parameters"]
    ids = [parameter["Value"] for parameter in found]
    assert len(aws("ec2").describe_images(ImageIds=ids)["Images"]) == len(names)


def test_prefix_lists_of_aws_have_the_same_id_in_every_process(aws):
    region = aws("ec2").meta.region_name
    name = f"com.amazonaws.{region}.s3"
    where = [{"Name": "prefix-list-name", "Values": [name]}]
    (found,) = aws("ec2").describe_managed_prefix_lists(Filters=where)["PrefixLists"]
    expected = "pl-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    assert found["PrefixListId"] == expected and expected in found["PrefixListArn"]


HOOK = {
    "LifecycleHookName": "ready",
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
    "HeartbeatTimeout": 300,
    "DefaultResult": "ABANDON",
}
NEVER = [{"Key": "embedded-aws:never-ready", "Value": "", "PropagateAtLaunch": True}]


def states(aws):
    return {i["InstanceId"]: i["LifecycleState"] for i in described(aws)["Instances"]}


def gated(aws, network, template, **settings):
    specification = {"LaunchTemplateId": template[0], "Version": "1"}
    hooks = [HOOK]
    group(aws, network, LaunchTemplate=specification, LifecycleHookSpecificationList=hooks,
          DesiredCapacity=2, **settings)  # fmt: skip


def complete(aws, instance_id, result="CONTINUE", hook="ready"):
    aws("autoscaling").complete_lifecycle_action(
        AutoScalingGroupName="g", LifecycleHookName=hook, InstanceId=instance_id,
        LifecycleActionResult=result,
    )  # fmt: skip


def test_machines_behind_a_launch_hook_are_in_service_since_none_of_them_boots(
    aws, network, template
):
    gated(aws, network, template)
    assert set(states(aws).values()) == {"InService"}
    activities = aws("autoscaling").describe_scaling_activities(AutoScalingGroupName="g")
    assert {a["StatusCode"] for a in activities["Activities"]} == {"Successful"}
    with pytest.raises(ClientError, match="No active Lifecycle Action found with instance ID i-"):
        complete(aws, next(iter(states(aws))))


def test_machines_that_are_never_ready_wait_until_they_are_told(aws, network, template):
    gated(aws, network, template, Tags=NEVER)
    first, second = states(aws)
    assert set(states(aws).values()) == {"Pending:Wait"}
    activities = aws("autoscaling").describe_scaling_activities(AutoScalingGroupName="g")
    assert [(a["StatusCode"], a["Description"]) for a in activities["Activities"]] == [
        ("MidLifecycleAction", f"Launching a new EC2 instance: {i}") for i in (second, first)
    ]
    console = aws("ec2").get_console_output(InstanceId=first, Latest=True)["Output"]
    assert "gave up: node is not Ready" in console
    with pytest.raises(ClientError, match="No active Lifecycle Action"):
        complete(aws, first, hook="another")
    complete(aws, first)
    assert states(aws) == {first: "InService", second: "Pending:Wait"}
    complete(aws, second, "ABANDON")
    assert len(states(aws)) == 2 and second not in states(aws)
    assert second not in {instance["InstanceId"] for instance in instances(aws)}


def test_machines_of_a_vpc_whose_machines_boot_wait_for_their_hook(aws, network, template):
    def announced(vpc_id):
        aws("ssm").put_parameter(Name=BOOTING, Value=vpc_id, Type="String", Overwrite=True)

    announced("vpc-of-others")
    gated(aws, network, template)
    assert set(states(aws).values()) == {"InService"}
    aws("autoscaling").delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
    announced(network.vpc_id)
    gated(aws, network, template)
    first, second = states(aws)
    assert set(states(aws).values()) == {"Pending:Wait"}
    complete(aws, first)
    assert states(aws) == {first: "InService", second: "Pending:Wait"}
    aws("ec2").terminate_instances(InstanceIds=[first])
    assert set(states(aws).values()) == {"Pending:Wait"}, "so does the one in its place"
    aws("autoscaling").delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
    specification = {"LaunchTemplateId": template[0], "Version": "1"}
    group(aws, network, LaunchTemplate=specification, DesiredCapacity=1)
    assert set(states(aws).values()) == {"InService"}, "nobody would complete a hook"


def test_a_group_that_is_refused_leaves_no_hook(aws, network, template):
    with pytest.raises(ClientError):
        group(aws, network, LifecycleHookSpecificationList=[HOOK], DesiredCapacity=1,
              LaunchTemplate={"LaunchTemplateId": "lt-0", "Version": "1"})  # fmt: skip
    found = aws("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName="g")
    assert found["LifecycleHooks"] == []


def test_the_console_of_a_record_says_that_nothing_boots(aws, network, template):
    gated(aws, network, template)
    (first, *_) = states(aws)
    console = aws("ec2").get_console_output(InstanceId=first)["Output"]
    assert console == (
        f"heiiki: {first} is a record of the embedded AWS, and no machine boots here\r\n"
    )


def started(aws, network, instance_type, **settings):
    """The id of an instance of the type."""
    (one,) = aws("ec2").run_instances(
        ImageId=image_id(aws), InstanceType=instance_type, MinCount=1, MaxCount=1,
        SubnetId=network.subnet_ids[0], **settings,
    )["Instances"]  # fmt: skip
    return one["InstanceId"]


def cpu_credits(aws, *instance_ids):
    found = aws("ec2").describe_instance_credit_specifications(InstanceIds=list(instance_ids))
    return {r["InstanceId"]: r["CpuCredits"] for r in found["InstanceCreditSpecifications"]}


def test_cpu_credits_are_as_asked_or_as_the_family_has_them(aws, network):
    asked = started(aws, network, "t3.small", CreditSpecification={"CpuCredits": "standard"})
    t3, t2 = (started(aws, network, f"{family}.small") for family in ("t3", "t2"))
    assert cpu_credits(aws, asked, t3, t2) == {asked: "standard", t3: "unlimited", t2: "standard"}
    assert cpu_credits(aws) == {t3: "unlimited"}, "unasked, EC2 tells of unlimited ones only"
    row = {"InstanceId": t3, "CpuCredits": "standard"}
    answer = aws("ec2").modify_instance_credit_specification(InstanceCreditSpecifications=[row])
    assert answer["SuccessfulInstanceCreditSpecifications"] == [{"InstanceId": t3}]
    assert cpu_credits(aws, t3) == {t3: "standard"}


def test_a_type_without_cpu_credits_takes_none(aws, network):
    ec2, plain = aws("ec2"), started(aws, network, "m5.large")
    with pytest.raises(ClientError, match=r"InstanceCreditSpecification\.NotSupported"):
        cpu_credits(aws, plain)
    row = {"InstanceId": plain, "CpuCredits": "standard"}
    answer = ec2.modify_instance_credit_specification(InstanceCreditSpecifications=[row])
    assert answer["SuccessfulInstanceCreditSpecifications"] == []
    (failed,) = answer["UnsuccessfulInstanceCreditSpecifications"]
    assert failed["Error"]["Code"] == "InstanceCreditSpecification.NotSupported"
    with pytest.raises(ClientError, match="does not support CreditSpecification"):
        started(aws, network, "m5.large", CreditSpecification={"CpuCredits": "standard"})


def test_an_address_that_was_given_back_is_handed_out_last(aws):
    """A machine in the place of another would have the name of its node."""
    ec2, image = aws("ec2"), image_id(aws)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/28")["Subnet"]["SubnetId"]

    def machine() -> tuple[str, str]:
        made = ec2.run_instances(
            ImageId=image, InstanceType="m5.large", SubnetId=subnet, MinCount=1, MaxCount=1
        )["Instances"][0]
        return made["InstanceId"], made["PrivateIpAddress"]

    first, address = machine()
    ec2.terminate_instances(InstanceIds=[first])
    given = [machine()[1] for _ in range(5)]
    assert address not in given and len({*given}) == 5
    while len(given) < 16 and given[-1] != address:
        given.append(machine()[1])
    assert given[-1] == address, "when there is no other"
