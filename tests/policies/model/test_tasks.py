"""Tasks of ECS stand where their service says, and what ECS launches where its provider does."""

import pytest

from model.network import Public
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.views import names

A = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.0.0/24"})
GIVING = node(t.SUBNET, "giving", {
    "vpcId": "net", "cidrBlock": "10.0.1.0/24", "mapPublicIpOnLaunch": True,
})  # fmt: skip
BASE = (
    node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"}), A, GIVING,
    node(t.GROUP, "group", {"vpcId": "net"}),
)  # fmt: skip
DEFAULT = "net#default-security-group"
RUNNING = ("aws:ecs/service:Service", "aws:ecs/taskSet:TaskSet")
CAPACITY = "aws:ecs/capacityProvider:CapacityProvider"


@pytest.mark.parametrize("type_", RUNNING)
@pytest.mark.parametrize(
    ("where", "subnets", "groups", "public"),
    [
        ({"subnets": ["a"]}, ["a"], [DEFAULT], Public.NO),
        # A task has an address where it is asked to, whatever its subnet gives to machines.
        ({"subnets": ["a", "giving"], "securityGroups": ["group"]}, ["a", "giving"], ["group"],
         Public.NO),
        ({"subnets": ["a"], "assignPublicIp": True}, ["a"], [DEFAULT], Public.YES),
        ({"subnets": ["a"], "assignPublicIp": UNKNOWN}, ["a"], [DEFAULT], Public.UNKNOWN),
        ({"assignPublicIp": False}, ["? the subnet of 'it'"], None, Public.NO),
    ],
)  # fmt: skip
def test_tasks_stand_where_they_are_put(type_, where, subnets, groups, public):
    found = network(*BASE, node(type_, "it", {"networkConfiguration": where})).interfaces["it"]
    assert names(found.subnets) == subnets and found.public is public
    assert groups is None or names(found.security_groups) == groups
    assert (found.workload, found.forwards) == (True, False)


@pytest.mark.parametrize("type_", RUNNING)
def test_a_task_without_an_interface_of_its_own_has_its_machine_s(type_):
    assert "it" not in network(*BASE, node(type_, "it", {"launchType": "EC2"})).interfaces


@pytest.mark.parametrize(("subnet", "public"), [("a", Public.NO), ("giving", Public.YES)])
def test_a_machine_that_is_launched_for_them_has_what_its_subnet_gives(subnet, public):
    template = {"networkConfiguration": {"subnets": [subnet], "securityGroups": ["group"]}}
    launches = {"managedInstancesProvider": {"instanceLaunchTemplate": template}}
    found = network(*BASE, node(CAPACITY, "it", launches)).interfaces["it"]
    assert names(found.subnets) == [subnet] and names(found.security_groups) == ["group"]
    assert found.public is public
    pool = node(CAPACITY, "it", {"autoScalingGroupProvider": {"autoScalingGroupArn": "x"}})
    assert "it" not in network(*BASE, pool).interfaces
