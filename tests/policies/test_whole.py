"""The proof in the pack: what only the graph tells, each fault once, and never a silent pass."""

import json
from dataclasses import replace
from typing import Any

import pytest

from proof import in_pack
from rules.table import BY_ID
from tests.policies.analyzer import ADVISORY, CONFIG, MANDATORY, REGION, SOON, configured
from tests.policies.deployed import Said, Shown, example, whole
from tests.policies.plain_program import (
    ANSWERED,
    CLOSED,
    GATEWAY,
    OPEN,
    TGW,
    UNKNOWN,
    excepted,
    of_urn,
    two_vpcs,
    urn,
)
from tests.policies.told_cases import encoded
from tests.scenarios import EXAMPLES, SCENARIOS

STACK = "pulumi:pulumi:Stack"


def declaration(scenario: str) -> dict[str, Any]:
    text = (EXAMPLES / scenario / f"heiiki.{scenario}.policy.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["boundary"])


def refused(said: list[Said]) -> list[Said]:
    return [each for each in said if each.level == MANDATORY]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_example_is_closed_as_a_whole_with_the_declaration_beside_it(scenario):
    said = whole(configured(declaration(scenario)), example(scenario))
    assert len(example(scenario)) > 40 and refused(said) == []
    assert all(each.text.rpartition(". Answered for by ")[1] for each in said)


def test_who_answers_for_a_gateway_is_shown_with_the_way_through_it():
    (said,) = whole(configured(declaration("open")), example("open"))
    assert said.level == ADVISORY and said.rule == "CN-005"
    assert "InternetGateway 'gateways' lets packets of control-plane, general, arm out" in said.text
    for hop in ("route table private-2a (0.0.0.0/0) -> NAT gateway nat-2a (public-2a)",
                "-> route table public-2a (0.0.0.0/0) -> internet gateway gateways",
                "1 other way by it", "Answered for by platform network team: "):  # fmt: skip
        assert hop in said.text


def test_a_way_that_nobody_answers_for_is_told_once_whoever_may_take_it():
    declared = {**declaration("open"), "exceptions": []}
    ways = refused(whole(configured(declared), example("open")))
    (way,) = [each for each in ways if each.rule == "CN-005"]
    assert way.urn.endswith("::gateways") and way.text.endswith(BY_ID["CN-005"].remedy)
    assert not [each for each in ways if each.rule == "CN-006"]


def test_what_is_supplied_is_answered_for_by_name_or_undecided():
    declared = declaration("existing")
    said = whole(configured(declared), example("existing"))
    assert {(each.level, each.rule) for each in said} == {(ADVISORY, "CN-006")}
    assert {each.text.partition(" out: ")[2].split(" is not")[0] for each in said} == {
        f"subnet subnet-0a1b2c3d4e5f6071{n}" for n in "12"
    }
    group_only = {**declared, "supplied": declared["supplied"][1:]}
    said = refused(whole(configured(group_only), example("existing")))
    assert {each.rule for each in said} == {"CN-004"}, "the same missing id is not told twice"
    known = {**group_only, "exceptions": excepted("CN-004", "control-plane", "workers", "node*")}
    said = refused(whole(configured(known), example("existing")))
    assert {each.rule for each in said} == {"CN-006"}, "an exception for the id decides no way"


HUB_ON = (
    " -> transit gateway tgw -> attachment att-spoke -> transit gateway route table spokes "
    "(0.0.0.0/0) -> attachment att-far (hub-1a) -> route table hub-1a (0.0.0.0/0) -> NAT gateway "
    "nat (public-1a) -> route table public-1a (0.0.0.0/0) -> internet gateway igw. "
)


@pytest.mark.parametrize("what", OPEN)
def test_a_way_through_another_vpc_is_told_hop_by_hop(what):
    """Whoever answers for the gateway of the egress VPC has not answered for this one."""
    resources, begins = OPEN[what]
    (way,) = refused(whole(configured(ANSWERED), resources))
    assert way.rule == "CN-005" and way.urn == urn(GATEWAY, "igw")
    assert begins + HUB_ON in way.text and way.text.endswith(BY_ID["CN-005"].remedy)


@pytest.mark.parametrize("what", CLOSED)
def test_what_only_looks_like_it_is_closed(what):
    said = whole(configured(ANSWERED), CLOSED[what])
    assert refused(said) == []
    assert {each.urn for each in said} == {urn(GATEWAY, "igw")}, "the egress VPC's own way"


def test_a_network_in_which_nothing_stands_yet_is_judged_as_if_a_machine_did():
    """Another stack may put one there, and takes the subnet as supplied."""
    resources, _ = OPEN["a transit gateway"]
    network = [each for each in resources if not each.type.endswith(":Instance")]
    assert len(network) == len(resources) - 1
    (way,) = refused(whole(configured(ANSWERED), network))
    assert way.rule == "CN-005" and "lets packets of any machine out by" in way.text
    assert "interface any machine (nodes-1a, 10.1.0.0/24) -> route table nodes-1a" in way.text
    egress = [each for each in network if each.urn != urn(f"{TGW}route:Route", "everything")]
    assert refused(whole(configured(ANSWERED), egress)) == []


def test_the_way_passes_by_an_exception_of_its_own_and_stays_visible():
    own = {**ANSWERED, "exceptions": [*ANSWERED["exceptions"], *excepted("CN-005", "igw")]}
    (said,) = whole(configured(own), OPEN["a transit gateway"][0])
    assert (said.level, said.rule) == (ADVISORY, "CN-005")
    assert f"Answered for by net team: theirs, looked at (until {SOON})." in said.text


def test_a_proof_that_fails_is_no_pass_and_echoes_nothing(monkeypatch):
    def broken(deployment: Any, boundary: Any) -> Any:
        raise ValueError("the text of a secret")

    stack = Shown(STACK, "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s", {})
    assert refused(whole(configured(ANSWERED), [stack, *two_vpcs()])) == []
    monkeypatch.setattr(in_pack, "prove_whole", broken)
    (said,) = whole(configured(ANSWERED), [stack, *two_vpcs()])
    assert (said.level, said.rule, said.urn) == (MANDATORY, "CN-006", stack.urn)
    assert (
        "could not be proved, so nothing is known of it: ValueError in test_whole.py" in said.text
    )
    assert "secret" not in said.text


def test_a_solver_that_is_not_installed_is_named(monkeypatch):
    def missing(deployment: Any, boundary: Any) -> Any:
        raise ModuleNotFoundError("No module named 'z3'", name="z3")

    monkeypatch.setattr(in_pack, "prove_whole", missing)
    (said,) = whole(configured(ANSWERED), two_vpcs())
    assert said.level == MANDATORY and "the module z3 is missing" in said.text
    assert "Install requirements.txt where the pack runs" in said.text


TEMPLATE, CLUSTER = "aws:ec2/launchTemplate:LaunchTemplate", "aws:eks/cluster:Cluster"
TABLE = "aws:ec2/routeTable:RouteTable"


@pytest.mark.parametrize(
    ("sources", "passes"),
    [(["api"], True), (["api", "table"], False), (["table"], False), ([], False)],
)
def test_unknown_user_data_waits_for_a_cluster_and_for_nothing_else(sources, passes):
    made = {"api": of_urn(CLUSTER, "api"), "table": of_urn(TABLE, "table")}
    urns = [made[name].urn for name in sources]
    template = replace(of_urn(TEMPLATE, "nodes", {"userData": UNKNOWN}), sources={"userData": urns})
    said = refused(whole(configured(CONFIG), [*made.values(), template]))
    assert [each.rule for each in said if each.urn == template.urn] == (
        [] if passes else ["CN-210"]
    )


def test_a_host_of_aws_is_asked_for_where_the_deployment_makes_its_vpc():
    told = f"#!/bin/sh\ncurl https://sqs.{REGION}.amazonaws.com https://s3.{REGION}.amazonaws.com\n"
    template = of_urn(TEMPLATE, "nodes", {"userData": encoded(told)})
    endpoint = {"serviceName": f"com.amazonaws.{REGION}.s3", "vpcEndpointType": "Gateway"}
    gateway = of_urn("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", endpoint)
    vpc = of_urn("aws:ec2/vpc:Vpc", "own", {"cidrBlock": "10.0.0.0/16"})

    def hosts(*more):
        said = refused(whole(configured(CONFIG), [template, *more]))
        return [each.text.split("names ")[1].split(".")[0] for each in said
                if each.rule == "CN-211"]  # fmt: skip

    assert hosts(gateway) == []
    assert hosts(gateway, vpc) == ["sqs"]
    assert hosts(vpc) == ["sqs", "s3"]
