"""What subnets and endpoints are joined to: each is asked for, and what is sound is not told."""

import json
from typing import Any

import pytest

from model.deployment import Deployment, Node
from rules.joined import (
    halved_registries,
    unjoined_subnets,
    unlogged_vpcs,
    wide_endpoint_groups,
)
from rules.model import Resource
from rules.unknowns import UNKNOWN

VPC = "aws:ec2/vpc:Vpc"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
SUBNET = "aws:ec2/subnet:Subnet"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
POLICY = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443}


def node(type_: str, name: str, props: dict[str, Any] | None = None, **sources: str) -> Node:
    """A resource whose id is its name; sources: the resources that its inputs come from."""
    urns = {key: frozenset(urn.split()) for key, urn in sources.items()}
    return Node(Resource(type_, name, name, props or {}), urns, lambda: {"id": name})


def told(ask: Any, *nodes: Node) -> list[tuple[str, str]]:
    return [(found.name, what) for found, what in ask(Deployment.of(nodes).nodes)]


def endpoint(name: str, **props: Any) -> Node:
    service = f"com.amazonaws.eu-west-1.{name}"
    given = {"vpcEndpointType": "Interface", "serviceName": service, "vpcId": "vpc", **props}
    return node(ENDPOINT, name, given)


def policy(*actions: str, **more: Any) -> str:
    said = {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [said]})


def test_a_subnet_is_joined_by_id_or_by_what_the_id_comes_from():
    subnet = node(SUBNET, "mine")
    assert told(unjoined_subnets, subnet) == [
        ("mine", "has no RouteTableAssociation in this deployment")
    ]
    assert told(unjoined_subnets, subnet, node(ASSOCIATION, "a", {"subnetId": "mine"})) == []
    unknown = node(ASSOCIATION, "a", {"subnetId": UNKNOWN}, subnetId="mine")
    assert told(unjoined_subnets, subnet, unknown) == []
    others = node(ASSOCIATION, "a", {"subnetId": "other"}, routeTableId="mine")
    assert len(told(unjoined_subnets, subnet, others)) == 1


UNLOGGED = "has no FlowLog of all or of rejected traffic in this deployment, nor has each of its"


def log(name: str, traffic: Any = "ALL", **of: Any) -> Node:
    return node(FLOW_LOG, name, {"trafficType": traffic, **of})


@pytest.mark.parametrize("traffic", ["ALL", "REJECT"])
def test_a_vpc_is_logged_by_id_or_by_what_the_id_comes_from(traffic):
    vpc, other = node(VPC, "mine"), node(VPC, "other")
    assert told(unlogged_vpcs, vpc) == [("mine", f"{UNLOGGED} subnets")]
    assert told(unlogged_vpcs, vpc, log("l", traffic, vpcId="mine")) == []
    unknown = node(FLOW_LOG, "l", {"trafficType": traffic, "vpcId": UNKNOWN}, vpcId="mine")
    assert told(unlogged_vpcs, vpc, unknown) == []
    (found,) = told(unlogged_vpcs, vpc, other, unknown)
    assert found[0] == "other"
    elsewhere = node(FLOW_LOG, "l", {"trafficType": traffic, "vpcId": "x"}, logDestination="mine")
    assert len(told(unlogged_vpcs, vpc, elsewhere)) == 1, "it goes there, and is not of it"


@pytest.mark.parametrize("traffic", ["ACCEPT", UNKNOWN, None])
def test_a_log_without_what_was_refused_is_none(traffic):
    vpc = node(VPC, "mine")
    assert len(told(unlogged_vpcs, vpc, log("l", traffic, vpcId="mine"))) == 1


def test_logs_of_every_subnet_are_one_of_the_vpc():
    vpc, other = node(VPC, "mine"), node(VPC, "other")
    subnets = [node(SUBNET, name, {"vpcId": "mine"}) for name in ("a", "b")]
    logs = [log(f"of-{name}", subnetId=name) for name in ("a", "b")]
    assert told(unlogged_vpcs, vpc, *subnets, *logs) == []
    assert len(told(unlogged_vpcs, vpc, *subnets, *logs[:1])) == 1, "one of two"
    assert len(told(unlogged_vpcs, vpc, *subnets, logs[0], log("x", "ACCEPT", subnetId="b"))) == 1
    assert len(told(unlogged_vpcs, vpc, *logs)) == 1, "of no subnet that is made here"
    (found,) = told(unlogged_vpcs, vpc, other, *subnets, *logs)
    assert found[0] == "other"
    interface = log("eni", eniId="mine")
    assert len(told(unlogged_vpcs, vpc, interface)) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"protocol": "-1"},
        {"protocol": "udp"},
        {"protocol": UNKNOWN},
        {"fromPort": 22, "toPort": 22},
        {"fromPort": 0},
        {"toPort": 65535},
        {"toPort": UNKNOWN},
    ],
)
def test_a_group_of_an_endpoint_lets_https_in_alone_however_it_is_written(given):
    carrier = endpoint("ec2", securityGroupIds=["group"])
    rule = {**HTTPS, **given}
    fault = "lets more than tcp/443 in at an endpoint"
    sound, wide = (node(GROUP, "group", {"ingress": [r]}) for r in (HTTPS, rule))
    assert told(wide_endpoint_groups, carrier, sound) == []
    assert told(wide_endpoint_groups, carrier, wide) == [("group", f"ingress[0] {fault}")]
    assert told(wide_endpoint_groups, wide) == [], "no endpoint carries it"
    group = node(GROUP, "group")
    classic = node(RULE, "r", {**rule, "type": "ingress", "securityGroupId": "group"})
    assert told(wide_endpoint_groups, carrier, group, classic) == [("r", fault)]
    out = node(RULE, "r", {**rule, "type": "egress", "securityGroupId": "group"})
    assert told(wide_endpoint_groups, carrier, group, out) == []
    ip = {"ipProtocol": rule["protocol"], "fromPort": rule["fromPort"], "toPort": rule["toPort"]}
    newer = node(INGRESS, "r", {**ip, "securityGroupId": UNKNOWN}, securityGroupId="group")
    assert told(wide_endpoint_groups, carrier, group, newer) == [("r", fault)]


def test_a_gateway_endpoint_carries_no_group_and_an_endpoint_not_the_default_one():
    wide = node(GROUP, "group", {"ingress": [{"protocol": "-1"}]})
    gateway = endpoint("s3", vpcEndpointType="Gateway", securityGroupIds=["group"])
    assert told(wide_endpoint_groups, gateway, wide) == []
    default = node(DEFAULT_GROUP, "group")
    carrier = endpoint("ec2", securityGroupIds=["group"])
    assert told(wide_endpoint_groups, gateway, default) == []
    assert told(wide_endpoint_groups, carrier, default) == [
        ("group", "is the default group of a VPC, and an endpoint carries it")
    ]


HALVED = [("ecr.dkr", "has another policy than the endpoint of ecr.api")]


@pytest.mark.parametrize(
    "other",
    [
        policy("ecr:BatchGetImage", "ecr:PutImage"),
        policy("ecr:*"),
        policy("ecr:BatchGetImage", Effect="Deny"),
        policy("ecr:BatchGetImage", Resource="arn:aws:ecr:eu-west-1:1:repository/x"),
        policy("ecr:BatchGetImage", Condition={"StringEquals": {"aws:PrincipalAccount": "1"}}),
    ],
)
def test_both_endpoints_of_the_registry_say_the_same_of_images(other):
    api = endpoint("ecr.api", policy=policy("ecr:BatchGetImage"))
    assert told(halved_registries, api, endpoint("ecr.dkr", policy=other)) == HALVED
    elsewhere = endpoint("ecr.dkr", policy=other, vpcId="another")
    assert told(halved_registries, api, elsewhere) == [], "of another VPC"


def test_what_images_do_not_need_and_in_which_order_it_is_written_does_not_matter():
    api = endpoint("ecr.api", policy=policy("ecr:ListImages", "ecr:PutImage", "ecr:BatchGetImage"))
    dkr = endpoint("ecr.dkr", policy=policy("ecr:BatchGetImage", "ecr:PutImage"))
    assert told(halved_registries, api, dkr) == []
    unread = endpoint("ecr.dkr", policy=UNKNOWN)
    assert told(halved_registries, api, unread) == [], "CN-083 says that it cannot be read"


def test_a_policy_that_is_a_resource_of_its_own_counts():
    same = policy("ecr:BatchGetImage")
    api, dkr = endpoint("ecr.api", policy=same), endpoint("ecr.dkr", policy=same)
    apart = node(POLICY, "p", {"vpcEndpointId": "ecr.dkr", "policy": policy("ecr:PutImage")})
    assert told(halved_registries, api, dkr) == []
    assert told(halved_registries, api, dkr, apart) == HALVED
