"""The proof in the pack: what only the graph tells, each fault once, and never a silent pass."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN

from proof import in_pack
from rules.table import BY_ID
from sources import preview
from tests.policies.analyzer import (
    ACCOUNT,
    ADVISORY,
    CONFIG,
    MANDATORY,
    REGION,
    SOON,
    configured,
)
from tests.policies.deployed import Said, Shown, example, whole
from tests.policies.plain_program import (
    ANSWERED,
    CLOSED,
    EC2,
    GATEWAY,
    GROUP,
    HUB,
    JOINED,
    MACHINE,
    NAT,
    OPEN,
    SUBNET,
    TABLE,
    TGW,
    VPC,
    WHO,
    excepted,
    filtered,
    nodes_without_endpoints,
    of_urn,
    route,
    subnet,
    two_vpcs,
    urn,
)
from tests.policies.told_cases import encoded
from tests.scenarios import ALIKE, EXAMPLES, SCENARIOS

STACK = "pulumi:pulumi:Stack"
SUPPLIED_VPC = "vpc-0a1b2c3d4e5f60718"


def declaration(scenario: str) -> dict[str, Any]:
    text = (EXAMPLES / scenario / f"heiiki.{scenario}.policy.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["boundary"])


def refused(said: list[Said]) -> list[Said]:
    return [each for each in said if each.level == MANDATORY]


@pytest.mark.parametrize("scenario", (*SCENARIOS, *ALIKE))
def test_an_example_is_closed_as_a_whole_with_the_declaration_beside_it(scenario):
    said = whole(configured(declaration(scenario)), example(scenario))
    assert len(example(scenario)) > 40 and refused(said) == []
    assert all(each.text.rpartition(". Answered for by ")[1] for each in said)


def test_who_answers_for_a_gateway_is_shown_with_the_way_through_it():
    (said,) = whole(configured(declaration("open")), example("open"))
    assert said.level == ADVISORY and said.rule == "CN-005"
    assert "InternetGateway 'gateways' lets packets of arm, general, control-plane out" in said.text
    assert ": network interface arm (private-2a, " in said.text
    for hop in ("route table private-2a (0.0.0.0/0) -> NAT gateway nat-2a (public-2a)",
                "-> route table public-2a (0.0.0.0/0) -> internet gateway gateways",
                "(1 other way by it, of general, control-plane)",
                "Answered for by platform network team: "):  # fmt: skip
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
    assert {(each.level, each.rule) for each in said} == {
        (ADVISORY, "CN-006"), (ADVISORY, "CN-196"),
    }  # fmt: skip
    said = [each for each in said if each.rule == "CN-006"]
    assert {each.text.partition(" out: ")[2].split(" is not")[0] for each in said} == {
        f"subnet subnet-0a1b2c3d4e5f6071{n}" for n in "12"
    }
    group_only = {**declared, "supplied": declared["supplied"][1:]}
    said = refused(whole(configured(group_only), example("existing")))
    assert {each.rule for each in said} == {"CN-004"}, "the same missing id is not told twice"
    known = {**group_only, "exceptions": excepted("CN-004", "control-plane", "workers", "node*")}
    said = refused(whole(configured(known), example("existing")))
    assert {each.rule for each in said} == {"CN-006", "CN-196"}, (
        "an exception for the id decides no way"
    )


def test_names_do_not_leave_by_the_bastions_vpc_either():
    """Its internet gateway is answered for, and would answer for every name without this."""

    def names(resources):
        return [
            (each.rule, each.urn.rsplit("::")[-1])
            for each in whole(configured(declaration("two-vpc")), resources)
            if each.rule in ("CN-126", "CN-127")
        ]  # fmt: skip

    built = example("two-vpc")
    joined = [r for r in built if r.urn.endswith("RuleGroupAssociation::dns-firewall-bastion")]
    assert len(joined) == 1 and names(built) == []
    assert names([r for r in built if r not in joined]) == [("CN-126", "bastion")]


HUB_ON = (
    " -> transit gateway tgw -> attachment att-spoke -> transit gateway route table spokes "
    "(0.0.0.0/0) -> attachment att-far (hub-1a) -> route table hub-1a (0.0.0.0/0) -> NAT gateway "
    "nat (public-1a) -> route table public-1a (0.0.0.0/0) -> internet gateway igw. "
)


def packets(said: list[Said]) -> list[Said]:
    """Without what is said of a subnet that takes its VPC's main table, wherever that leads."""
    return [each for each in said if each.rule != "CN-220"]


@pytest.mark.parametrize("what", OPEN)
def test_a_way_through_another_vpc_is_told_hop_by_hop(what):
    """Whoever answers for the gateway of the egress VPC has not answered for this one."""
    resources, begins = OPEN[what]
    (way,) = refused(packets(whole(configured(ANSWERED), resources)))
    assert way.rule == "CN-005" and way.urn == urn(GATEWAY, "igw")
    assert begins + HUB_ON in way.text and way.text.endswith(BY_ID["CN-005"].remedy)


@pytest.mark.parametrize("what", CLOSED)
def test_what_only_looks_like_it_is_closed(what):
    said = packets(whole(configured(ANSWERED), CLOSED[what]))
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


def test_the_way_of_a_machine_is_shown_though_a_place_for_one_is_nearer_to_the_door():
    """Nobody stands in the hub's subnet, whose way is the shorter one."""
    declared = {**ANSWERED, "exceptions": []}
    resources, begins = OPEN["a transit gateway"]
    (way,) = [e for e in whole(configured(declared), resources) if e.rule == "CN-005"]
    assert "lets packets of pod, any machine out by internet gateway igw" in way.text
    other = " (1 other way by it, of any machine in hub-1a). "
    assert begins + HUB_ON.removesuffix(". ") + other in way.text


def test_where_machines_are_a_place_for_one_is_shown_before_one_elsewhere():
    declared = {**ANSWERED, "exceptions": []}
    resources = [e for e in OPEN["a transit gateway"][0] if not e.type.endswith(":Instance")]
    job = of_urn(MACHINE, "job", {}, subnetId=urn(SUBNET, "job-1a"))
    resources += [*subnet("spoke", "job-1a", "10.1.7.0/24"), job]
    (way,) = [e for e in whole(configured(declared), resources) if e.rule == "CN-005"]
    assert "interface any machine (nodes-1a, 10.1.0.0/24) -> route table nodes-1a" in way.text
    assert "(1 other way by it, of any machine in hub-1a)" in way.text


def test_the_way_passes_by_an_exception_of_its_own_and_stays_visible():
    own = {**ANSWERED, "exceptions": [*ANSWERED["exceptions"], *excepted("CN-005", "igw")]}
    (said,) = whole(configured(own), OPEN["a transit gateway"][0])
    assert (said.level, said.rule) == (ADVISORY, "CN-005")
    assert f"Answered for by net team: theirs, looked at (until {SOON})." in said.text


SPOKE = [of_urn(VPC, "spoke", {"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": True}),
         *subnet("spoke", "nodes-1a", "10.1.0.0/24")]  # fmt: skip


def test_a_vpc_whose_resolver_answers_everything_is_open_until_somebody_blocks_it():
    (said,) = whole(configured({"accounts": [ACCOUNT]}), SPOKE)
    assert (said.level, said.rule, said.urn) == (MANDATORY, "CN-126", urn(VPC, "spoke"))
    assert (
        "Vpc 'spoke' lets every name be asked outside: no DNS Firewall rule group, since none is "
        "joined to it: data.example (A): resolver of VPC spoke" in said.text
    )
    assert said.text.endswith(BY_ID["CN-126"].remedy)
    assert whole(configured({"accounts": [ACCOUNT]}), [*SPOKE, *filtered("spoke")]) == []
    own = {"accounts": [ACCOUNT], "exceptions": excepted("CN-126", "spoke")}
    (said,) = whole(configured(own), SPOKE)
    assert (said.level, said.rule) == (ADVISORY, "CN-126")


def test_who_answers_for_an_internet_gateway_answers_for_names_where_every_subnet_leads_there():
    """A machine that may send any packet gains nothing by a name; others in the VPC do."""
    out = [of_urn(GATEWAY, "igw", {}, vpcId=urn(VPC, "spoke")),
           route("out", "nodes-1a", "0.0.0.0/0", gatewayId=urn(GATEWAY, "igw"))]  # fmt: skip
    answered = {"accounts": [ACCOUNT], "exceptions": excepted("CN-010", "igw")}
    (said,) = [s for s in whole(configured(answered), [*SPOKE, *out]) if s.rule == "CN-126"]
    assert said.level == ADVISORY and "theirs, looked at" in said.text
    inner = subnet("spoke", "inner-1a", "10.1.1.0/24")
    resolver = of_urn("aws:route53/resolverEndpoint:ResolverEndpoint", "in",
                      {"direction": "INBOUND", "ipAddresses": [{}]},
                      securityGroupIds=urn(GROUP, "node"))  # fmt: skip
    asked = Shown(resolver.type, resolver.urn,
                  {**resolver.inputs, "ipAddresses": [{"subnetId": UNKNOWN}] * 2},
                  {"ipAddresses": [urn(SUBNET, "nodes-1a")]})  # fmt: skip
    for more in (inner, [asked]):
        found = refused(whole(configured(answered), [*SPOKE, *out, *more]))
        assert "CN-126" in {each.rule for each in found}


def test_an_exception_of_parts_of_a_gateway_answers_neither_for_packets_nor_for_names():
    """What the gateway is called says nothing of which packets and which names leave by it."""
    out = [of_urn(GATEWAY, "igw", {}, vpcId=urn(VPC, "spoke")),
           route("out", "nodes-1a", "0.0.0.0/0", gatewayId=urn(GATEWAY, "igw"))]  # fmt: skip
    every = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
    out += [
        of_urn(GROUP, "job", {"egress": [every]}, vpcId=urn(VPC, "spoke")),
        of_urn(MACHINE, "job", {"associatePublicIpAddress": True},
               subnetId=urn(SUBNET, "nodes-1a"), vpcSecurityGroupIds=urn(GROUP, "job")),
    ]  # fmt: skip
    own = excepted("CN-010", "igw")
    levels = {}
    for only in ((), ("igw",)):
        given = [{**each, "only": list(only)} if only else each for each in own]
        found = whole(configured({"accounts": [ACCOUNT], "exceptions": given}), [*SPOKE, *out])
        levels[only] = {s.rule: s.level for s in found}
    assert levels[()] == {"CN-005": ADVISORY, "CN-126": ADVISORY}
    assert levels[("igw",)] == {"CN-005": MANDATORY, "CN-126": MANDATORY}


def _to_gateway(*blocks: str) -> list[Shown]:
    """A gateway of the VPC, and a route to it for each block."""
    by = {"gatewayId": urn(GATEWAY, "igw")}
    routes = [route(f"out-{i}", "nodes-1a", block, **by) for i, block in enumerate(blocks)]
    return [of_urn(GATEWAY, "igw", {}, vpcId=urn(VPC, "spoke")), *routes]


HALVES = ("0.0.0.0/1", "128.0.0.0/1")


@pytest.mark.parametrize(
    ("blocks", "aside", "level"),
    [
        (("0.0.0.0/0",), (), ADVISORY),
        (HALVES, (), ADVISORY),
        (("0.0.0.0/0",), ("10.0.0.0/8",), ADVISORY),
        (("203.0.113.0/24",), (), MANDATORY),
        (HALVES[:1], (), MANDATORY),
        (("0.0.0.0/0",), HALVES, MANDATORY),
    ],
)
def test_a_gateway_s_answer_covers_names_where_anything_may_be_sent_by_it(blocks, aside, level):
    elsewhere = [
        route(f"aside-{i}", "nodes-1a", block, transitGatewayId=urn(HUB, "tgw"))
        for i, block in enumerate(aside)
    ]
    answered = {"accounts": [ACCOUNT], "exceptions": excepted("CN-010", "igw")}
    out = [*SPOKE, *_to_gateway(*blocks), *elsewhere, of_urn(HUB, "tgw", {})]
    said = [s for s in whole(configured(answered), out) if s.rule == "CN-126"]
    assert [s.level for s in said] == [level]


def test_of_a_machine_in_two_vpcs_nobody_answers_by_the_gateway_of_one():
    """What one card takes from the closed VPC, the other one sends."""
    plain = CLOSED["a transit gateway that leads to the other VPC alone"]
    unfiltered = [s for s in plain if not ("ResolverFirewall" in s.type and s.urn.endswith("far"))]
    card = of_urn(f"{EC2}networkInterface:NetworkInterface", "nodes-card",
                  {"attachments": [{"instance": UNKNOWN, "deviceIndex": 1}]},
                  subnetId=urn(SUBNET, "hub-1a"), securityGroups=urn(GROUP, "node"))  # fmt: skip
    joined = replace(card, sources={**card.sources, "attachments": [urn(MACHINE, "pod")]})
    alone = replace(card, inputs={**card.inputs, "attachments": []})
    ways = ("CN-005", "CN-126")
    assert [s.rule for s in refused(whole(configured(ANSWERED), [*unfiltered, alone]))
            if s.rule in ways] == []  # fmt: skip
    found = refused(whole(configured(ANSWERED), [*unfiltered, joined]))
    assert sorted({s.rule for s in found if s.rule in ways}) == ["CN-005", "CN-126"]


def test_names_in_a_supplied_vpc_are_its_owners_word():
    own = of_urn(SUBNET, "own", {"cidrBlock": "10.1.0.0/24", "vpcId": SUPPLIED_VPC})
    table = [of_urn(TABLE, "own", {"vpcId": SUPPLIED_VPC}),
             of_urn(JOINED, "own", {}, subnetId=urn(SUBNET, "own"),
                    routeTableId=urn(TABLE, "own"))]  # fmt: skip
    for named, level in (([SUPPLIED_VPC], ADVISORY), ([], None)):
        declared = {"accounts": [ACCOUNT], "supplied": [{"ids": named or ["other-1"], **WHO}]}
        found = [s for s in whole(configured(declared), [own, *table]) if s.rule == "CN-127"]
        assert [s.level for s in found] == ([] if level is None else [level]), "CN-004 has said it"


def test_what_would_break_is_told_once_for_each_thing_that_is_missing():
    declared = {"accounts": [ACCOUNT]}
    found = [s for s in refused(whole(configured(declared), nodes_without_endpoints()))
             if s.rule.startswith("CN-19")]  # fmt: skip
    assert {each.rule for each in found} == {"CN-190"} and len(found) == 4
    assert {each.urn for each in found} == {urn(VPC, "spoke")}
    services = [each.text.partition("has no endpoint for ")[2].split(";")[0] for each in found]
    assert services == ["ec2", "ecr.api", "ecr.dkr", "s3"]
    own = {**declared, "exceptions": excepted("CN-190", "spoke")}
    said = [s for s in whole(configured(own), nodes_without_endpoints()) if s.rule == "CN-190"]
    assert [each.level for each in said] == [ADVISORY] * 4
    out = [of_urn(GATEWAY, "igw", {}, vpcId=urn(VPC, "spoke")),
           *subnet("spoke", "public-1a", "10.1.1.0/24"),
        of_urn(NAT, "nat", {}, subnetId=urn(SUBNET, "public-1a")),
        route("public", "public-1a", "0.0.0.0/0", gatewayId=urn(GATEWAY, "igw")),
           route("out", "nodes-1a", "0.0.0.0/0", natGatewayId=urn(NAT, "nat"))]  # fmt: skip
    found = {s.rule for s in whole(configured(declared), nodes_without_endpoints(*out))}
    assert "CN-190" not in found, "they call by the NAT gateway"


def test_the_whole_is_read_once_however_many_rules_judge_it(monkeypatch):
    """The SDK reads every resource anew for every stack policy: a thousand times forty, half a
    minute."""
    read = []
    once = preview.read_struct
    monkeypatch.setattr(preview, "read_struct", lambda sent: read.append(1) or once(sent))
    assert refused(whole(configured(ANSWERED), two_vpcs())) == []
    assert 5 < len(read) <= len(two_vpcs())


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


@pytest.mark.parametrize("key", ["content", "contentBase64", "source"])
@pytest.mark.parametrize("type_", ["bucketObject:BucketObject", "bucketObjectv2:BucketObjectv2"])
def test_an_object_that_nobody_knows_waits_for_whatever_it_comes_from(type_, key):
    """And what comes from nothing nobody ever tells."""
    table = of_urn(TABLE, "table")
    given = of_urn(f"aws:s3/{type_}", "told", {key: UNKNOWN, "bucket": "own"})

    def found(**sources):
        said = refused(whole(configured(CONFIG), [table, replace(given, sources=sources)]))
        return [each.rule for each in said if each.urn == given.urn and each.rule != "CN-004"]

    assert found(**{key: [table.urn]}) == [] and found() == ["CN-210"]


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


PARAMETER = "aws:ssm/parameter:Parameter"


@pytest.mark.parametrize(
    ("given", "sources", "found"),
    [
        ({"type": "String", "value": UNKNOWN}, [], ["CN-225"]),
        ({"type": "StringList", "insecureValue": UNKNOWN}, [], ["CN-225"]),
        ({"type": "String", "value": UNKNOWN}, ["made"], []),
        ({"type": "String", "value": "a text"}, [], []),
        ({"type": "SecureString", "value": UNKNOWN}, [], []),
        ({"type": "String", "value": UNKNOWN, "name": "/x/ca.key"}, [], ["CN-182"]),
    ],
)
def test_a_text_in_clear_that_nobody_tells_is_undecided_unless_it_is_made_here(
    given, sources, found
):
    made = of_urn("tls:index/selfSignedCert:SelfSignedCert", "made")
    urns = {"value": [made.urn for _ in sources]}
    parameter = replace(of_urn(PARAMETER, "p", given), sources=urns if sources else {})
    said = refused(whole(configured(CONFIG), [made, parameter]))
    assert [each.rule for each in said if each.urn == parameter.urn] == [
        rule for rule in found if rule != "CN-182"
    ]
