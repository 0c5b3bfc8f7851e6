"""A volume or an interface is with one machine at a time, in its zone, and free when that ends."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.aws_api.conftest import REGION, Aws, Network


@pytest.fixture
def machines(aws: Aws, network: Network) -> list[str]:
    """One in each zone."""
    made = [
        aws("ec2").run_instances(
            ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="m5.large"
        )["Instances"][0]["InstanceId"]
        for subnet in network.subnet_ids
    ]
    return made


@pytest.fixture
def volume(aws: Aws) -> str:
    return str(aws("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"])


@pytest.fixture
def interface(aws: Aws, network: Network) -> str:
    made = aws("ec2").create_network_interface(SubnetId=network.subnet_ids[0])
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


def refused(call: Any, **asked: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**asked)
    return str(caught.value.response["Error"]["Code"])


def second(aws: Aws, network: Network) -> str:
    made = aws("ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=network.subnet_ids[0],
        InstanceType="m5.large",
    )  # fmt: skip
    return str(made["Instances"][0]["InstanceId"])


def test_a_volume_is_with_one_machine(
    aws: Aws, network: Network, machines: list[str], volume: str
) -> None:
    attach = aws("ec2").attach_volume
    asked = {"VolumeId": volume, "Device": "/dev/sdf"}
    assert refused(attach, InstanceId=machines[1], **asked) == "InvalidVolume.ZoneMismatch"
    attach(InstanceId=machines[0], **asked)
    other = second(aws, network)
    assert refused(attach, InstanceId=other, **asked) == "VolumeInUse"
    assert refused(attach, InstanceId=machines[0], **asked) == "VolumeInUse"
    more = aws("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    taken = {"VolumeId": more, "InstanceId": machines[0], "Device": "/dev/sdf"}
    assert refused(attach, **taken) == "InvalidParameterValue"
    aws("ec2").terminate_instances(InstanceIds=[machines[0]])
    assert refused(attach, InstanceId=machines[0], **asked) == "IncorrectState"
    attach(InstanceId=other, **asked)
    (found,) = aws("ec2").describe_volumes(VolumeIds=[volume])["Volumes"]
    assert [one["InstanceId"] for one in found["Attachments"]] == [other]


def test_an_interface_is_with_one_machine(
    aws: Aws, network: Network, machines: list[str], interface: str
) -> None:
    attach = aws("ec2").attach_network_interface
    asked = {"NetworkInterfaceId": interface, "DeviceIndex": 1}
    assert refused(attach, InstanceId=machines[1], **asked) == "InvalidParameterCombination"
    first = {"NetworkInterfaceId": interface, "DeviceIndex": 0, "InstanceId": machines[0]}
    assert refused(attach, **first) == "InvalidParameterValue"
    attach(InstanceId=machines[0], **asked)
    other = second(aws, network)
    assert refused(attach, InstanceId=other, **asked) == "InvalidNetworkInterface.InUse"


def test_what_outlives_a_machine_is_free_when_it_ends(
    aws: Aws, network: Network, machines: list[str], interface: str
) -> None:
    """Its own first interface goes with it."""
    ec2 = aws("ec2")
    ec2.attach_network_interface(
        NetworkInterfaceId=interface, InstanceId=machines[0], DeviceIndex=1
    )
    (found,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert found["Status"] == "in-use"
    ec2.terminate_instances(InstanceIds=[machines[0]])
    there = ec2.describe_network_interfaces()["NetworkInterfaces"]
    by_id = {one["NetworkInterfaceId"]: one for one in there}
    assert by_id[interface]["Status"] == "available" and "Attachment" not in by_id[interface]
    assert all(one.get("Attachment", {}).get("InstanceId") != machines[0] for one in there)
    ec2.attach_network_interface(
        NetworkInterfaceId=interface, InstanceId=second(aws, network), DeviceIndex=1
    )
