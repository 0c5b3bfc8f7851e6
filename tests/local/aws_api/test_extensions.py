"""The table of extensions, and the guards around every row of it."""

import concurrent.futures
from functools import cache

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from local.aws.extensions import EXTENSIONS
from local.aws.extensions.conformance import request_faults, unmodelled
from local.aws.extensions.guards import GUARDS
from local.aws.extensions.registry import Extension


@cache
def service_model(service):
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def model(service, operation):
    return service_model(service).operation_model(operation)


def test_every_row_names_an_operation_once_and_says_why():
    assert len(EXTENSIONS) > 100
    named = [(row.service, row.operation) for row in EXTENSIONS]
    assert len(named) == len(set(named))
    for row in EXTENSIONS:
        assert model(row.service, row.operation).name == row.operation
        assert row.why


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({}, "Missing required parameter clusterName"),
        ({"clusterName": "c", "nodegroupName": "n", "taints": [{"effect": "X"}]}, "NO_SCHEDULE"),
        ({"clusterName": "c", "diskSize": 1, "scalingConfig": {"minSize": -1}}, "greater than"),
        ({"tags": {}}, "Missing"),
    ],
)
def test_a_request_is_held_against_the_model(params, fault):
    faults = request_faults(params, model("eks", "CreateNodegroup").input_shape)
    assert any(fault in found for found in faults), faults


def test_an_answer_is_held_against_the_model():
    shape = model("eks", "DescribeCluster").output_shape
    assert unmodelled({"cluster": {"name": "c", "status": "ACTIVE"}}, shape) == ()
    assert unmodelled({"cluster": {"nmae": "c"}}, shape) == (".cluster.nmae",)
    assert unmodelled({"cluster": {"name": 1}}, shape) != ()
    assert unmodelled({"cluster": {"status": "FINE"}}, shape) != ()
    assert unmodelled({"cluster": {"tags": ["a"]}}, shape) != ()


@pytest.mark.filterwarnings("ignore:Exception.Refused. with code NotImplemented")
def test_an_answer_that_the_model_does_not_know_never_leaves(aws, monkeypatch):
    from local.aws.extensions import catalogue, registry

    service = catalogue.SERVICES["eks"]
    monkeypatch.setattr(service.response, "describe_cluster", service.response.describe_cluster)
    wrong = Extension("eks", "DescribeCluster", "a mutation", lambda call: {"cluster": {"a": 1}})
    registry.install(wrong, service)
    with pytest.raises(ClientError, match="not in the service model"):
        aws("eks").describe_cluster(name="c")


REQUESTS = {
    "CreateTransitGatewayPeeringAttachment": {
        "PeerTransitGatewayId": "tgw-1",
        "PeerAccountId": "123456789012",
        "PeerRegion": "eu-west-1",
    },
    "CreateTransitGatewayRoute": {"DestinationCidrBlock": "10.0.0.0/8"},
    "CreateGrant": {"GranteePrincipal": "arn:aws:iam::123456789012:role/x"},
    "DescribeImageAttribute": {"Attribute": "description"},
    "ReplaceNetworkAclAssociation": {"NetworkAclId": "acl-1"},
    "SetDesiredCapacity": {"DesiredCapacity": 1},
    "EnableMetricsCollection": {"Granularity": "1Minute"},
    "DeleteWarmPool": {"ForceDelete": True},
}


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.operation)
def test_what_is_not_there_is_refused_as_aws_refuses_it(aws, guard):
    needed = model(guard.service, guard.operation).input_shape.required_members
    request = dict.fromkeys(needed, "missing-0")
    request |= {guard.parameter: "missing-0"} | REQUESTS.get(guard.operation, {})
    if guard.operation in ("CreateGrant",):
        request["Operations"] = ["Encrypt"]
    with pytest.raises(ClientError) as caught:
        getattr(aws(guard.service), xform_name(guard.operation))(**request)
    assert caught.value.response["Error"]["Code"] == guard.code


def test_sixteen_at_a_time_lose_nothing(aws, network):
    aws("eks"), aws("ec2"), aws("route53resolver")

    def create(number):
        group = aws("ec2").create_security_group(
            GroupName=f"g{number}", Description="d", VpcId=network.vpc_id
        )
        aws("route53resolver").create_firewall_rule_group(
            CreatorRequestId=str(number), Name=f"n{number}"
        )
        return group["GroupId"]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(create, range(64)))
    assert len(ids) == 64
    groups = aws("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [network.vpc_id]}]
    )["SecurityGroups"]
    assert ids < {group["GroupId"] for group in groups}
    resolver = aws("route53resolver")
    assert len(resolver.list_firewall_rule_groups()["FirewallRuleGroups"]) == 64
