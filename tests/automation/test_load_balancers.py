"""Load balancers of Services keep a destroy from ending, so they keep it from beginning."""

import pytest

from automation.errors import RefusedError
from automation.load_balancers import load_balancers_of, require_none
from automation.state import Resource, State
from tests.automation.conftest import REGION

ARN = f"arn:aws:eks:{REGION}:123456789012:cluster/dev"


@pytest.fixture
def balancers(account):
    """One classic, one network and one of another cluster, as controllers make and tag them."""
    ec2 = account.client("ec2", REGION)
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    account.client("elb", REGION).create_load_balancer(
        LoadBalancerName="classic", Subnets=[subnet], Scheme="internal",
        Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 80}],
        Tags=[{"Key": "kubernetes.io/cluster/dev", "Value": "owned"}],
    )  # fmt: skip
    for name, cluster in (("network", "dev"), ("foreign", "other")):
        account.client("elbv2", REGION).create_load_balancer(
            Name=name, Subnets=[subnet], Type="network", Scheme="internal",
            Tags=[{"Key": "elbv2.k8s.aws/cluster", "Value": cluster}],
        )  # fmt: skip


def test_both_generations_are_found_and_others_are_not(account, balancers):
    assert load_balancers_of("dev", REGION, account) == ("classic", "network")
    assert load_balancers_of("nobody", REGION, account) == ()


def test_a_cluster_with_some_is_not_destroyed(account, balancers):
    outputs = {"name": "dev", "arn": ARN}
    cluster = Resource("urn", "aws:eks/cluster:Cluster", "control-plane", "dev", {}, outputs)
    with pytest.raises(RefusedError) as raised:
        require_none(State((cluster,), (), ""), account)
    assert raised.value.details == ("classic", "network")
    assert "--force" in raised.value.advice


def test_a_stack_without_a_cluster_has_none(account, balancers):
    require_none(State.empty(), account)
