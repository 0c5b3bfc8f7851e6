"""Whether anything may have changed is told without reading all."""

import json

import boto3
import pytest

from local.cluster.records import Reader
from tests.embedded_aws import serving_aws

REGION = "sa-east-1"  # where no other test is


@pytest.fixture(scope="module")
def url():
    with serving_aws() as url:
        yield url


def client(url, service):
    return boto3.client(
        service, region_name=REGION, endpoint_url=url, aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )  # fmt: skip


BUCKET = "seen-by-who-follows"
PLACE = {"LocationConstraint": REGION}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
CHANGES = {  # of each protocol
    "ec2": lambda of: of("ec2").create_vpc(CidrBlock="10.0.0.0/16"),
    "query": lambda of: of("iam").create_role(RoleName="seen", AssumeRolePolicyDocument=TRUST),
    "json": lambda of: of("ssm").put_parameter(Name="/a", Value="b", Type="String", Overwrite=True),
    "rest": lambda of: of("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=PLACE),
    "refused": lambda of: refused(of),
}
QUESTIONS = {
    "ec2": lambda of: of("ec2").describe_vpcs(),
    "query": lambda of: of("sts").get_caller_identity(),
    "json": lambda of: of("ssm").describe_parameters(),
    "rest": lambda of: of("s3").list_buckets(),
}


def refused(of):
    """What fails may have done half of it."""
    ec2 = of("ec2")
    with pytest.raises(ec2.exceptions.ClientError):
        ec2.delete_vpc(VpcId="vpc-0")


@pytest.mark.parametrize("what", CHANGES)
def test_what_may_change_something_is_counted(url, what):
    reader = Reader(url, REGION)
    before = reader.changes()
    CHANGES[what](lambda service: client(url, service))
    assert reader.changes() == before + 1


@pytest.mark.parametrize("what", QUESTIONS)
def test_a_question_is_not(url, what):
    reader = Reader(url, REGION)
    before = reader.changes()
    QUESTIONS[what](lambda service: client(url, service))
    assert reader.changes() == before
