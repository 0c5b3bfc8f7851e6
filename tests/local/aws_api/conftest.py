"""One server for the run, emptied before each test; boto3 clients that talk to it over loopback."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import pytest

from local.aws.api import forget
from tests.embedded_aws import serving_aws

REGION = "eu-central-1"
Aws = Callable[..., Any]


@pytest.fixture(scope="session")
def endpoint_url() -> Iterator[str]:
    with serving_aws() as url:
        yield url


@pytest.fixture(scope="session")
def clients(endpoint_url: str) -> Aws:
    @cache
    def client(service: str, region: str = REGION) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    return client


@pytest.fixture
def aws(clients: Aws) -> Aws:
    forget()
    return clients


class Network:
    """A VPC with a subnet in two zones, and roles to choose from."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        ec2 = aws("ec2")
        self.vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet_ids = [
            ec2.create_subnet(
                VpcId=self.vpc_id,
                CidrBlock=f"10.0.{index}.0/24",
                AvailabilityZone=f"{REGION}{zone}",
            )["Subnet"]["SubnetId"]
            for index, zone in enumerate("ab")
        ]

    def role(self, name: str, service: str) -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        answer = self._aws("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(document)
        )
        return str(answer["Role"]["Arn"])


@pytest.fixture
def network(aws: Aws) -> Network:
    return Network(aws)


@pytest.fixture
def create_cluster(aws: Aws, network: Network) -> Callable[..., Any]:
    """Creates the cluster c1, closed, with whatever the test sets beside."""

    def create(**settings: Any) -> Any:
        role_arn = network.role("cluster", "eks.amazonaws.com")
        vpc_config = {
            "subnetIds": network.subnet_ids,
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        } | settings.pop("resourcesVpcConfig", {})
        asked = {
            "name": "c1",
            "version": "1.34",
            "roleArn": role_arn,
            "resourcesVpcConfig": vpc_config,
            "accessConfig": {"authenticationMode": "API"},
        } | settings
        return aws("eks").create_cluster(**asked)["cluster"]

    return create
