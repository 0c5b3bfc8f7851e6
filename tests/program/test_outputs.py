"""What a stack puts out: ids and ARNs that others build on, of what it made and what it was given.

That the parts of a cluster put out together what the whole does: test_parts.py.
"""

import functools

import pytest

from tests.program.split import declared
from tests.scenarios import OF_EKS, planned

whole = functools.cache(lambda scenario: declared(scenario, None, {}))
MADE = {  # output to the type that it tells of by name
    "subnetIds": "aws:ec2/subnet:Subnet",
    "routeTableIds": "aws:ec2/routeTable:RouteTable",
    "endpointIds": "aws:ec2/vpcEndpoint:VpcEndpoint",
    "securityGroupIds": "aws:ec2/securityGroup:SecurityGroup",
    "roleArns": "aws:iam/role:Role",
}
GIVEN = {  # of `existing`, in its stack file
    "vpcId": "vpc-0a1b2c3d4e5f60718",
    "subnetIds": {
        "core-1a": "subnet-0a1b2c3d4e5f60711",
        "core-1b": "subnet-0a1b2c3d4e5f60712",
    },
    "routeTableIds": {"rtb-0a1b2c3d4e5f60719": "rtb-0a1b2c3d4e5f60719"},
    "endpointIds": {
        "ec2": "vpce-0a1b2c3d4e5f60731",
        "ecr.api": "vpce-0a1b2c3d4e5f60732",
        "ecr.dkr": "vpce-0a1b2c3d4e5f60733",
        "eks-auth": "vpce-0a1b2c3d4e5f60734",
        "s3": "vpce-0a1b2c3d4e5f60735",
    },
    "keyArn": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}


@pytest.mark.parametrize("scenario", OF_EKS)
def test_what_is_made_is_put_out_by_its_name(scenario):
    made = whole(scenario)
    for output, token in MADE.items():
        names = {r.name.replace(".", "-") for r in made.recorder.resources if r.typ == token}
        names -= {name for name in names if name.startswith("bastion")}  # a VPC of its own
        told = {name.replace(".", "-") for name in made.outputs[output]}
        assert names <= told, output
    vpcs = [r.name for r in made.recorder.resources if r.typ == "aws:ec2/vpc:Vpc"]
    assert ("cluster" in vpcs) == (made.outputs["vpcId"] == "cluster-id")


@pytest.mark.parametrize("scenario", OF_EKS)
def test_every_subnet_pool_and_endpoint_of_the_plan_is_put_out(scenario):
    plan, told = planned(scenario), whole(scenario).outputs
    assert set(told["subnetIds"]) == set(plan.layout.subnets)
    assert set(told["nodePools"]) == set(plan.node_pools)
    assert set(told["endpointIds"]) == set(plan.endpoints)
    assert all(told[key] for key in (*MADE, "vpcId", "keyArn", "clusterEndpoint", "clusterName",
                                     "clusterCertificateAuthority", "clusterSecurityGroupId",
                                     "kubernetesVersion", "kubeconfig"))  # fmt: skip


def test_what_was_given_is_put_out_too():
    told = whole("existing").outputs
    assert {key: told[key] for key in GIVEN} == GIVEN
    account = "arn:aws:iam::123456789012:role/"
    assert told["roleArns"]["cluster"] == f"{account}eks-cluster"
    assert told["roleArns"]["node-workers"] == f"{account}eks-nodes"
    assert told["securityGroupIds"]["endpoint"] == "sg-0a1b2c3d4e5f60720"


def test_machines_for_people_are_put_out_where_there_are_any():
    told = whole("two-vpc").outputs
    assert told["operatorInstanceId"] and told["operatorPrivateIp"] and told["bastionPublicIp"]
    assert "yoda-operator" in told["sshConfig"] and "awsAuthConfigMap" in told
    assert not [key for key in whole("dev").outputs if key.startswith(("operator", "bastion"))]
