"""Who answers for what in the proof: for what leads on, never for what only keeps back."""

import json
from typing import Any

import pytest

from model.deployment import Deployment, Node
from proof.prove import prove
from rules.boundary_reader import parse_boundary
from rules.model import Resource
from tests.policies.analyzer import ACCOUNT, ADVISORY, MANDATORY, TODAY, configured
from tests.policies.deployed import Said, Shown, whole
from tests.policies.plain_program import (
    EC2,
    GROUP,
    JOINED,
    MACHINE,
    PRIVATE,
    SUBNET,
    TABLE,
    TGW,
    VPC,
    WHO,
    excepted,
    of_urn,
    route,
    subnet,
    urn,
)

SUPPLIED_SUBNET, SUPPLIED_GROUP = "subnet-0a1b2c3d4e5f60711", "sg-0a1b2c3d4e5f60720"
SUPPLIED_TABLE, SUPPLIED_VPC = "rtb-0a1b2c3d4e5f60719", "vpc-0a1b2c3d4e5f60718"
SUPPLIED_HUB = "tgw-0a1b2c3d4e5f60751"
NAMES = ("CN-126", "CN-127")  # of names test_whole.py speaks
OPEN_RULES = {
    "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]
}
REFERENCE = "urn:pulumi:s::p::pulumi:pulumi:StackReference::network"


def said(*resources: Shown, **more: Any) -> list[tuple[int, str]]:
    """Level and rule of all that the pack says of the whole, by the ways alone."""
    return [(each.level, each.rule) for each in _said(*resources, **more)]


def _said(*resources: Shown, **more: Any) -> list[Said]:
    found = whole(configured({"accounts": [ACCOUNT], **more}), resources)
    return [each for each in found if each.rule not in NAMES]


def supplied(*ids: str) -> dict[str, Any]:
    return {"supplied": [{"ids": list(ids), **WHO}]}


def machine(inputs: dict[str, Any], **sources: str) -> Shown:
    return of_urn(MACHINE, "pod", {**PRIVATE, **inputs}, **sources)


IN_SUPPLIED = machine({"subnetId": SUPPLIED_SUBNET, "vpcSecurityGroupIds": [SUPPLIED_GROUP]})


def test_a_supplied_subnet_is_answered_for_and_a_supplied_group_is_not_enough():
    both = supplied(SUPPLIED_SUBNET, SUPPLIED_GROUP)
    assert said(IN_SUPPLIED, **both) == [(ADVISORY, "CN-006")]
    subnet_only = said(IN_SUPPLIED, **supplied(SUPPLIED_SUBNET))
    assert sorted(subnet_only) == [(ADVISORY, "CN-006"), (MANDATORY, "CN-004")]
    group_only = said(IN_SUPPLIED, **supplied(SUPPLIED_GROUP))
    assert group_only == [(MANDATORY, "CN-004")], "the subnet is missing, and that is said once"


def test_a_supplied_group_never_answers_for_a_way():
    """The owner of a group says nothing of where the deployment's own routes lead."""
    off = [
        of_urn(VPC, "vpc", {"cidrBlock": "10.1.0.0/16"}),
        *subnet("vpc", "nodes-1a", "10.1.0.0/24"),
        of_urn(f"{EC2}vpnGateway:VpnGateway", "dc", {}, vpcId=urn(VPC, "vpc")),
        route("out", "nodes-1a", "10.9.0.0/16", gatewayId=urn(f"{EC2}vpnGateway:VpnGateway", "dc")),
        machine({"vpcSecurityGroupIds": [SUPPLIED_GROUP]}, subnetId=urn(SUBNET, "nodes-1a")),
    ]
    assert said(*off, **supplied(SUPPLIED_GROUP)) == [(MANDATORY, "CN-006")]
    connection = {"name": "dc", "cidrs": ["10.9.0.0/16"], **WHO}
    assert said(*off, **supplied(SUPPLIED_GROUP), connections=[connection]) == []


def test_what_comes_with_a_supplied_vpc_is_answered_for_by_its_owner():
    own = of_urn(SUBNET, "own", {"cidrBlock": "10.1.0.0/24", "vpcId": SUPPLIED_VPC})
    group = of_urn(GROUP, "node", {**OPEN_RULES, "vpcId": SUPPLIED_VPC})
    pod = machine({}, subnetId=urn(SUBNET, "own"), vpcSecurityGroupIds=urn(GROUP, "node"))
    unjoined, way = _said(own, group, pod, **supplied(SUPPLIED_VPC))
    assert (unjoined.level, unjoined.rule) == (MANDATORY, "CN-220"), "its table is the own one's"
    assert (way.level, way.rule) == (ADVISORY, "CN-006")
    assert f"route table main route table of {SUPPLIED_VPC} is not described" in way.text
    main = of_urn(f"{EC2}mainRouteTableAssociation:MainRouteTableAssociation", "main",
                  {"vpcId": SUPPLIED_VPC, "routeTableId": SUPPLIED_TABLE})  # fmt: skip
    found = said(own, group, pod, main, **supplied(SUPPLIED_VPC, SUPPLIED_TABLE))
    assert found == [(MANDATORY, "CN-220"), (MANDATORY, "CN-006")], (
        "not the table that its owner has looked at"
    )


def test_nobody_answers_for_a_supplied_subnet_that_gets_another_table_here():
    joined = of_urn(JOINED, "own", {"subnetId": SUPPLIED_SUBNET}, routeTableId=urn(TABLE, "own"))
    table = of_urn(TABLE, "own", {"vpcId": SUPPLIED_VPC})
    everything = supplied(SUPPLIED_SUBNET, SUPPLIED_GROUP, SUPPLIED_VPC)
    assert said(IN_SUPPLIED, table, **everything) == [(ADVISORY, "CN-006")]
    assert said(IN_SUPPLIED, table, joined, **everything) == [(MANDATORY, "CN-006")]


def test_routes_that_are_added_to_a_supplied_table_are_followed():
    own = of_urn(VPC, "vpc", {"cidrBlock": "10.1.0.0/16"})
    gateway = f"{EC2}vpnGateway:VpnGateway"
    resources = [
        own,
        of_urn(SUBNET, "own", {"cidrBlock": "10.1.0.0/24"}, vpcId=urn(VPC, "vpc")),
        of_urn(JOINED, "own", {"routeTableId": SUPPLIED_TABLE}, subnetId=urn(SUBNET, "own")),
        of_urn(GROUP, "node", OPEN_RULES, vpcId=urn(VPC, "vpc")),
        of_urn(gateway, "dc", {}, vpcId=urn(VPC, "vpc")),
        of_urn(f"{EC2}route:Route", "out",
               {"destinationCidrBlock": "10.9.0.0/16", "routeTableId": SUPPLIED_TABLE},
               gatewayId=urn(gateway, "dc")),
        machine({}, subnetId=urn(SUBNET, "own"), vpcSecurityGroupIds=urn(GROUP, "node")),
    ]  # fmt: skip
    found = said(*resources, **supplied(SUPPLIED_TABLE))
    assert sorted(found) == [(ADVISORY, "CN-006"), (MANDATORY, "CN-005")]


@pytest.mark.parametrize(("vpcs", "level"), [(1, ADVISORY), (2, MANDATORY)])
def test_a_supplied_transit_gateway_is_answered_for_until_two_vpcs_meet_there(vpcs, level):
    resources: list[Shown] = []
    for n in range(1, vpcs + 1):
        resources += [
            of_urn(VPC, f"vpc{n}", {"cidrBlock": f"10.{n}.0.0/16"}),
            *subnet(f"vpc{n}", f"nodes{n}", f"10.{n}.0.0/24"),
            of_urn(f"{TGW}vpcAttachment:VpcAttachment", f"to-hub{n}",
                   {"transitGatewayId": SUPPLIED_HUB}, vpcId=urn(VPC, f"vpc{n}"),
                   subnetIds=urn(SUBNET, f"nodes{n}")),
        ]  # fmt: skip
    resources += [
        of_urn(GROUP, "node", OPEN_RULES, vpcId=urn(VPC, "vpc1")),
        machine({}, subnetId=urn(SUBNET, "nodes1"), vpcSecurityGroupIds=urn(GROUP, "node")),
        of_urn(f"{EC2}route:Route", "to-hub",
               {"destinationCidrBlock": "10.9.0.0/16", "transitGatewayId": SUPPLIED_HUB},
               routeTableId=urn(TABLE, "nodes1")),
    ]  # fmt: skip
    assert said(*resources, **supplied(SUPPLIED_HUB)) == [(level, "CN-006")]


OUT_OF_STACK = {"subnetId": REFERENCE, "vpcSecurityGroupIds": REFERENCE}


def test_what_an_earlier_stack_does_not_tell_is_refused_though_its_way_is_answered_for():
    stacks = {"supplied": [{"stacks": ["network"], **WHO}]}
    found = said(machine({}, **OUT_OF_STACK), **stacks)
    assert sorted(found) == [(ADVISORY, "CN-006"), (MANDATORY, "CN-004"), (MANDATORY, "CN-004")]


def test_what_an_earlier_stack_puts_out_is_answered_for_with_that_stack():
    inputs = {"subnetId": SUPPLIED_SUBNET, "vpcSecurityGroupIds": [SUPPLIED_GROUP]}
    sources = {key: [REFERENCE] for key in OUT_OF_STACK}
    pod = machine({})
    pod = Shown(pod.type, pod.urn, {**PRIVATE, **inputs}, sources)
    stacks = {"supplied": [{"stacks": ["network"], **WHO}]}
    assert said(pod, **stacks) == [(ADVISORY, "CN-006")]
    assert {rule for _, rule in said(pod)} == {"CN-004"}
    other = {"supplied": [{"stacks": ["another"], **WHO}]}
    assert {rule for _, rule in said(pod, **other)} == {"CN-004"}


KEY = "aws:kms/key:Key"


def key(*statements: dict[str, Any]) -> Shown:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return of_urn(KEY, "mine", {"policy": json.dumps(policy)})


def allow(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", **parts}


OWN = allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
FOREIGN = allow(Principal={"AWS": "arn:aws:iam::999988887777:root"})


def test_a_document_that_a_rule_refuses_is_not_refused_again():
    assert said(key(OWN)) == []
    assert said(key(OWN, FOREIGN)) == []  # CN-131 has said it of the resource


def test_an_opening_that_no_rule_has_named_is_told_with_a_request(monkeypatch):
    from rules import judge

    monkeypatch.setitem(judge.CHECKS, "CN-131", lambda resource, boundary: iter(()))
    (found,) = _said(key(OWN, FOREIGN))
    assert (found.level, found.rule, found.urn) == (MANDATORY, "CN-007", urn(KEY, "mine"))
    assert "Key 'mine' lets a principal of another account pass, by statement [1]: " in found.text
    assert "arn:aws:iam::999988887777:" in found.text and "calls kms:decrypt on" in found.text
    undecided = key(allow(Principal={"CanonicalUser": "x"}, Action="kms:*"))
    assert said(undecided) == [(MANDATORY, "CN-008")]


@pytest.mark.parametrize(
    ("rule", "answered"), [("CN-131", True), ("CN-007", True), ("CN-160", False)]
)
def test_an_exception_for_the_same_opening_answers_for_it(rule, answered):
    found = said(key(OWN, FOREIGN), exceptions=excepted(rule, "mine"))
    assert found == ([(ADVISORY, "CN-007")] if answered else [])


@pytest.mark.parametrize(
    ("only", "answered"),
    [(["statement [1]"], False), (["statement [1]", "statement Partner"], True), (["mine"], False)],
)
def test_an_exception_of_statements_answers_where_nothing_else_is_open(only, answered):
    """Of two openings a proof shows one, so that one which is answered for may hide another."""
    partner = {**FOREIGN, "Sid": "Partner", "Principal": {"AWS": "arn:aws:iam::888877776666:root"}}
    shown = key(OWN, FOREIGN, partner)
    given = [{**each, "only": only} for each in excepted("CN-131", "mine")]
    made = Node(Resource(shown.type, "mine", shown.urn, shown.inputs), {}, dict)
    boundary = parse_boundary({"accounts": [ACCOUNT], "exceptions": given}, TODAY)
    found = prove(Deployment.of([made]), boundary).findings
    assert [bool(f.answered) for f in found if f.claim == "perimeter"] == [answered]
    by_rule = [bool(f.answered) for f in found if f.rule == "CN-131"]
    assert by_rule == ["statement [1]" in only, "statement Partner" in only]
