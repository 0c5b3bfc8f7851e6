"""The agent's calls against the embedded AWS: its protocols, its answers, and its refusals.

What it proves: the requests are of the form that moto parses as AWS's, and the answers are read.
Not that signatures are right, which moto does not look at: tests/machines/agent/test_sigv4.py.
"""

import pytest

from local.aws.api import forget
from machines.agent import aws_api
from machines.agent.aws_api import Aws, Region, digest_of, numbered
from machines.agent.clock import Clock
from machines.agent.errors import AwsError
from machines.agent.metadata import Metadata
from tests.embedded_aws import serving_aws
from tests.machines.agent.imds import serving_imds
from tests.machines.agent.waiting_group import GROUP, HOOK, REGION, client, waiting_group

pytestmark = pytest.mark.uncounted
SERVICES = ("s3", "ssm", "ec2", "autoscaling")


@pytest.fixture(scope="module")
def address():
    with serving_aws() as url:
        yield url


@pytest.fixture
def aws(address):
    forget()
    with serving_imds() as imds:
        clock = Clock()
        region = Region(REGION, "amazonaws.com", dict.fromkeys(SERVICES, address), True)
        yield Aws(region, Metadata(clock, imds.address), clock)


@pytest.fixture
def bucket(address, aws):
    client(address, "s3").create_bucket(
        Bucket="dev-cluster", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return "dev-cluster"


def test_an_object_is_written_for_the_first_writer_alone(aws, bucket):
    assert aws.put_new(bucket, "bootstrap/dev.json", b"first")
    assert not aws.put_new(bucket, "bootstrap/dev.json", b"second")
    assert aws.download(bucket, "bootstrap/dev.json", lambda p: b"".join(p)) == b"first"


def test_an_object_is_written_over_by_who_has_read_it_as_it_is(aws, bucket):
    key = "bootstrap/dev/well/1a.json"
    aws.put_new(bucket, key, b"first")
    content, tag = aws.read(bucket, key)
    assert content == b"first" and tag
    assert aws.put_over(bucket, key, b"second", tag)
    assert not aws.put_over(bucket, key, b"late", tag), "it has read the first"
    assert aws.read(bucket, key)[0] == b"second"


def test_an_object_is_looked_for_by_its_whole_name(aws, bucket):
    aws.put_new(bucket, "bootstrap/dev/begun/1a-2.json", b"{}")
    aws.put_new(bucket, "bootstrap/dev/begun/1a.json.old", b"{}")
    assert not aws.has_object(bucket, "bootstrap/dev/begun/1a.json")
    aws.put_new(bucket, "bootstrap/dev/begun/1a.json", b"{}")
    assert aws.has_object(bucket, "bootstrap/dev/begun/1a.json")
    with pytest.raises(AwsError, match="NoSuchBucket"):
        aws.has_object("another", "x")


def test_a_file_is_written_once_and_keys_are_listed_page_by_page(
    aws, bucket, address, tmp_path, monkeypatch
):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")  # instead of AWS's thousand
    file = tmp_path / "snapshot"
    file.write_bytes(b"x" * 3_000_000)
    digest = digest_of(file.read_bytes())
    assert aws.put_new_file(bucket, "snapshots/dev/b", file, digest)
    assert not aws.put_new_file(bucket, "snapshots/dev/b", file, digest)
    assert aws.download(bucket, "snapshots/dev/b", b"".join) == file.read_bytes()
    for number in range(21):
        client(address, "s3").put_object(Bucket=bucket, Key=f"many/{number:04d}", Body=b"")
    asked, exchange = [], aws_api.exchange
    monkeypatch.setattr(
        aws_api, "exchange", lambda *call, **more: asked.append(call) or exchange(*call, **more)
    )
    assert aws.keys(bucket, "many/") == [f"many/{number:04d}" for number in range(21)]
    assert len(asked) == 3, "the last page has one"
    assert aws.keys(bucket, "many/", "many/0018") == ["many/0019", "many/0020"]
    assert aws.keys(bucket, "none/") == []


def test_an_object_comes_in_pieces_and_whole(aws, bucket, address):
    content = bytes(range(256)) * 20_000
    client(address, "s3").put_object(Bucket=bucket, Key="binaries/a b+c~é", Body=content)
    pieces = aws.download(bucket, "binaries/a b+c~é", list)
    assert len(pieces) > 1 and digest_of(b"".join(pieces)) == digest_of(content)


def test_what_is_not_there_is_named(aws, bucket):
    with pytest.raises(AwsError, match=r"s3 GetObject binaries/none: NoSuchKey \(404\)"):
        aws.download(bucket, "binaries/none", list)
    with pytest.raises(AwsError, match="NoSuchBucket"):
        aws.put_new("another", "x", b"")


def test_parameters_come_page_by_page_and_decrypted(aws, address):
    ssm = client(address, "ssm")
    for number in range(12):
        ssm.put_parameter(
            Name=f"/heiiki/dev/etcd-1a/f{number}", Value=f"v{number}", Type="SecureString"
        )
    ssm.put_parameter(Name="/heiiki/dev/etcd-1c/g", Value="other", Type="SecureString")
    asked = {"Path": "/heiiki/dev/etcd-1a", "WithDecryption": True, "Recursive": False}
    page = aws.ssm("GetParametersByPath", asked)
    found = list(page["Parameters"])
    while page.get("NextToken"):
        page = aws.ssm("GetParametersByPath", {**asked, "NextToken": page["NextToken"]})
        found += page["Parameters"]
    assert {p["Name"].rpartition("/")[2]: p["Value"] for p in found} == {
        f"f{n}": f"v{n}" for n in range(12)
    }


def test_a_volume_is_found_by_its_tags_and_attached(aws, address):
    ec2 = client(address, "ec2")
    image = ec2.register_image(Name="test", RootDeviceName="/dev/xvda")["ImageId"]
    tags = [{"Key": "heiiki:member", "Value": "1a"}, {"Key": "heiiki:cluster", "Value": "dev"}]
    volume = ec2.create_volume(
        AvailabilityZone=f"{REGION}a", Size=8,
        TagSpecifications=[{"ResourceType": "volume", "Tags": tags}],
    )["VolumeId"]  # fmt: skip
    ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8)
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    wanted = numbered("Filter", {"heiiki:member": "1a", "heiiki:cluster": "dev"})

    def described():
        return aws.ec2("DescribeVolumes", wanted).findall("volumeSet/item")

    before = described()
    assert [item.findtext("volumeId") for item in before] == [volume]
    assert before[0].findtext("availabilityZone") == f"{REGION}a"
    aws.ec2(
        "AttachVolume",
        {"VolumeId": volume, "InstanceId": instance["InstanceId"], "Device": "/dev/sdf"},
    )
    attachment = described()[0].find("attachmentSet/item")
    assert attachment.findtext("instanceId") == instance["InstanceId"]
    assert attachment.findtext("device") == "/dev/sdf"
    assert attachment.findtext("status") == "attached"
    with pytest.raises(AwsError, match=r"ec2 AttachVolume: InvalidVolume.NotFound \(400\)"):
        aws.ec2(
            "AttachVolume",
            {"VolumeId": "vol-0", "InstanceId": instance["InstanceId"], "Device": "/dev/sdf"},
        )


def test_an_interface_is_found_and_attached(aws, address):
    ec2 = client(address, "ec2")
    image = ec2.register_image(Name="test", RootDeviceName="/dev/xvda")["ImageId"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(
        SubnetId=subnet, PrivateIpAddress="10.0.1.9",
        TagSpecifications=[{"ResourceType": "network-interface",
                            "Tags": [{"Key": "heiiki:member", "Value": "1a"}]}],
    )["NetworkInterface"]["NetworkInterfaceId"]  # fmt: skip
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)
    me = instance["Instances"][0]["InstanceId"]
    aws.ec2(
        "AttachNetworkInterface",
        {"NetworkInterfaceId": interface, "InstanceId": me, "DeviceIndex": "1"},
    )
    found = aws.ec2("DescribeNetworkInterfaces", numbered("Filter", {"heiiki:member": "1a"}))
    item = found.find("networkInterfaceSet/item")
    assert item.findtext("privateIpAddress") == "10.0.1.9" and item.findtext("macAddress")
    assert item.findtext("attachment/instanceId") == me


def test_a_group_takes_the_answer_of_a_machine(aws, address):
    machines = waiting_group(address)
    ((machine, state),) = machines()
    assert state == "Pending:Wait"
    told = {
        "AutoScalingGroupName": GROUP, "LifecycleHookName": HOOK, "InstanceId": machine,
        "LifecycleActionResult": "CONTINUE",
    }  # fmt: skip
    answer = aws.autoscaling("CompleteLifecycleAction", told)
    assert answer.tag == "CompleteLifecycleActionResponse"
    assert machines() == [(machine, "InService")]
    with pytest.raises(AwsError, match="No active Lifecycle Action"):
        aws.autoscaling("CompleteLifecycleAction", told)
