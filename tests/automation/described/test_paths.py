"""What the paths of the tables say of answers that the embedded AWS does not give."""

import json
from typing import Any

import pytest

from automation.described.paths import at
from automation.described.tables import KINDS
from tests.automation.described.messages_of_aws import usual

GROUP = [{"Key": "aws:autoscaling:groupName", "Value": "nodes"}]
OF_EKS = [{"Key": "aws:eks:cluster-name", "Value": "dev"}]
OUT = {"IsEgress": True, "IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0", "GroupId": "sg-1"}


@pytest.mark.parametrize(
    ("path", "thing", "found"),
    [
        ("tags(T)", {"T": [{"Key": "a", "Value": "b"}, {"key": "c", "value": "d"}]},
         {"a": "b", "c": "d"}),
        ("tags(T)", {"T": {"a": "b"}}, {"a": "b"}),
        ("tags(T)", {}, {}),
        ("json(D)", {"D": {"a": 1}}, '{"a": 1}'),
        ("json(D)", {"D": "text"}, "text"),
        ("json(D)", {}, None),
        ("name(A)", {"A": "arn:aws:iam::1:instance-profile/path/nodes"}, "nodes"),
        ("name(A)", {}, None),
        ("split(Z, ',')", {"Z": "subnet-1,subnet-2"}, ["subnet-1", "subnet-2"]),
        ("split(Z, ',')", {}, []),
        ("begins(G, 'vpce-')", {}, False),
        ("others(G, O)", {"G": [{"Grantee": {"ID": "1"}}, {"Grantee": {"URI": "all"}}], "O": "1"},
         [{"Grantee": {"URI": "all"}}]),
        ("unless(R, _here.region)", {"R": "eu-west-1", "_here": {"region": "eu-west-1"}}, None),
        ("unless(R, _here.region)", {"R": "us-east-1", "_here": {"region": "eu-west-1"}},
         "us-east-1"),
        ("relative(D)", {"D": ["example.com.", "*"]}, ["example.com", "*"]),
        ("attached(V, D, `true`)[].E",
         {"V": [{"E": 1, "Attachments": [{"Device": "/dev/xvda"}]}, {"E": 2}], "D": "/dev/xvda"},
         [1]),
        ("attached(V, D, `false`)[].E",
         {"V": [{"E": 1, "Attachments": [{"Device": "/dev/xvda"}]}, {"E": 2}], "D": "/dev/xvda"},
         [2]),
    ],
)  # fmt: skip
def test_a_function_says_what_lies_between_two_forms(path, thing, found):
    assert at(path, thing) == found


def of(noun: str, name: str, thing: dict[str, Any]) -> Any:
    kind = next(kind for kind in KINDS if kind.token.endswith(f":{noun}"))
    return at(kind.inputs[name], thing)


def told(noun: str, thing: dict[str, Any]) -> bool:
    """Whether one of the rows of a type tells of a thing, also where nobody has recorded it."""
    rows = [k for k in KINDS if k.token.endswith(f":{noun}") and k.where and not k.restates]
    return any(at(row.where, thing) for row in rows)


@pytest.mark.parametrize(
    ("state", "there"),
    [("associating", True), ("associated", True), ("disassociating", True),
     ("disassociated", False), ("failing", False), ("failed", False)],
)  # fmt: skip
def test_a_block_is_there_until_it_is_gone(state, there):
    six = {"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": {"State": state}}
    four = {"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": state},
            "_of": {"CidrBlock": "10.0.0.0/16"}}  # fmt: skip
    for noun in ("Vpc", "Subnet"):
        found = of(noun, "ipv6CidrBlock", {"Ipv6CidrBlockAssociationSet": [six]})
        assert found == ("2001:db8::/56" if there else None)
        new = {"Ipv6CidrBlock": "2001:db8:9::/56", "Ipv6CidrBlockState": {"State": "associated"}}
        found = of(noun, "ipv6CidrBlock", {"Ipv6CidrBlockAssociationSet": [six, new]})
        assert found == ("2001:db8::/56" if state == "associated" else "2001:db8:9::/56")
    assert told("VpcIpv6CidrBlockAssociation", six) is there
    assert told("VpcIpv4CidrBlockAssociation", four) is there


def test_a_machine_with_a_prefix_may_have_any_address_of_its_subnet():
    card = {"Attachment": {"DeviceIndex": 0}}
    machine = {"PrivateIpAddress": "10.0.0.9", "NetworkInterfaces": [card]}
    assert of("Instance", "privateIp", machine) == "10.0.0.9"
    prefixed = {**machine, "NetworkInterfaces": [{**card, "Ipv4Prefixes": ["10.0.0.16/28"]}]}
    assert of("Instance", "privateIp", prefixed) is None
    assert not of("Instance", "secondaryPrivateIps", prefixed)


def test_a_public_address_that_aws_gave_at_the_start_is_told():
    def machine(owner: str) -> dict[str, Any]:
        association = {"IpOwnerId": owner, "PublicIp": "198.51.100.7"}
        card = {"Attachment": {"DeviceIndex": 0}, "Association": association}
        return {"NetworkInterfaces": [card]}

    assert of("Instance", "associatePublicIpAddress", machine("amazon")) is True
    assert of("Instance", "associatePublicIpAddress", machine("123456789012")) is False


@pytest.mark.parametrize(
    ("card", "here"),
    [
        ({"InterfaceType": "interface"}, True),
        ({"InterfaceType": "lambda", "RequesterManaged": True}, True),
        ({"InterfaceType": "interface", "Description": "Amazon EKS dev"}, True),
        ({"InterfaceType": "interface", "Description": "ELB app/web/1"}, True),
        ({"InterfaceType": "interface", "Description": "ELB app/web/1", "RequesterManaged": True},
         False),
        ({"InterfaceType": "nat_gateway", "RequesterManaged": True}, False),
        ({"InterfaceType": "vpc_endpoint", "RequesterManaged": True}, False),
        ({"InterfaceType": "interface", "Attachment": {"InstanceId": "i-1"}}, False),
    ],
)  # fmt: skip
def test_an_interface_is_told_by_itself_unless_what_has_it_is(card, here):
    """Whoever may write a description is not believed that the interface is a service's."""
    kind = next(k for k in KINDS if k.call.operation == "describe_network_interfaces")
    assert at(kind.where, card) is here


@pytest.mark.parametrize(
    ("rule", "of_group", "here"),
    [
        (OUT, {"Tags": OF_EKS}, False),
        (OUT, {"Tags": []}, True),
        ({**OUT, "CidrIpv4": "10.0.0.0/8"}, {"Tags": OF_EKS}, True),
        ({**OUT, "IpProtocol": "tcp"}, {"Tags": OF_EKS}, True),
        ({**OUT, "IsEgress": False}, {"Tags": OF_EKS}, True),
        (OUT, {"GroupName": "default", "Tags": []}, False),
    ],
)
def test_of_the_group_that_eks_makes_only_what_others_add_is_told(rule, of_group, here):
    """The model knows the rest of the cluster itself; the default group tells its rules inline."""
    noun = "SecurityGroupEgressRule" if rule["IsEgress"] else "SecurityGroupIngressRule"
    assert told(noun, {**rule, "_of": {"GroupName": "eks", **of_group}}) is here


ORDERS = "arn:aws:sns:eu-central-1:123456789012:orders"


def topic_policy(**other: Any) -> str:
    """What SNS gives a topic, with something else in it; None takes it away."""
    (statement,) = json.loads(usual(ORDERS))["Statement"]
    changed = {name: value for name, value in {**statement, **other}.items() if value is not None}
    return json.dumps({"Version": "2008-10-17", "Statement": [changed]})


def test_what_sns_gives_every_topic_is_no_policy_that_anybody_asked_for():
    path = "unless_usual(p, t)"
    assert at(path, {"p": topic_policy(), "t": ORDERS}) is None
    assert at(path, {"p": None, "t": ORDERS}) is None


@pytest.mark.parametrize(
    "other",
    [
        {"Condition": None},
        {"Condition": {"StringEquals": {"AWS:SourceOwner": "999988887777"}}},
        {"Condition": {"StringLike": {"AWS:SourceOwner": "123456789012"}}},
        {"Principal": {"Service": "s3.amazonaws.com"}},
        {"Resource": "*"},
        {"Sid": "of somebody"},
        {"NotAction": "sns:Publish"},
        {"Action": []},
    ],
)
def test_a_topic_s_policy_that_differs_from_that_in_anything_is_told(other):
    policy = topic_policy(**other)
    assert at("unless_usual(p, t)", {"p": policy, "t": ORDERS}) == policy


@pytest.mark.parametrize("policy", ["", "[]", "{}", '{"Statement": []}', '{"Statement": ["x"]}'])
def test_a_topic_s_policy_that_cannot_be_read_is_told(policy):
    assert at("unless_usual(p, t)", {"p": policy, "t": ORDERS}) == policy
