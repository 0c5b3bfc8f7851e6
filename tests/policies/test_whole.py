"""The proof in the pack: what only the graph tells, each fault once, and never a silent pass."""

import json
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN

from proof import in_pack
from rules.table import BY_ID
from tests.policies.analyzer import ACCOUNT, ADVISORY, MANDATORY, SOON, configured
from tests.policies.deployed import Said, Shown, example, whole
from tests.scenarios import EXAMPLES, SCENARIOS

WHO = {"owner": "net team", "reason": "theirs, looked at"}
EC2, TGW = "aws:ec2/", "aws:ec2transitgateway/"
STACK = "pulumi:pulumi:Stack"


def declaration(scenario: str) -> dict[str, Any]:
    text = (EXAMPLES / scenario / f"heiiki.{scenario}.policy.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["boundary"])


def refused(said: list[Said]) -> list[Said]:
    return [each for each in said if each.level == MANDATORY]


def excepted(rule: str, *names: str) -> list[dict[str, str]]:
    return [{"rule": rule, "name": name, "expires": SOON, **WHO} for name in names]


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


def of_urn(kind: str, name: str, inputs: dict[str, Any] | None = None, **sources: str) -> Shown:
    """A resource of a first preview; each source is unknown, and comes from that resource."""
    known = {key: [UNKNOWN] if key.endswith("Ids") else UNKNOWN for key in sources}
    return Shown(
        kind, f"urn:pulumi:s::p::{kind}::{name}", {**(inputs or {}), **known},
        {key: [source] for key, source in sources.items()},
    )  # fmt: skip


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:s::p::{kind}::{name}"


VPC, SUBNET = f"{EC2}vpc:Vpc", f"{EC2}subnet:Subnet"
TABLE, ROUTE = f"{EC2}routeTable:RouteTable", f"{EC2}route:Route"
JOINED = f"{EC2}routeTableAssociation:RouteTableAssociation"
MACHINE, GATEWAY = f"{EC2}instance:Instance", f"{EC2}internetGateway:InternetGateway"
NAT, HUB = f"{EC2}natGateway:NatGateway", f"{TGW}transitGateway:TransitGateway"
ATTACHED, HUB_TABLE = f"{TGW}vpcAttachment:VpcAttachment", f"{TGW}routeTable:RouteTable"
GROUP = f"{EC2}securityGroup:SecurityGroup"


def subnet(vpc: str, name: str, block: str) -> list[Shown]:
    """A subnet with a route table of its own."""
    return [
        of_urn(SUBNET, name, {"cidrBlock": block, "availabilityZone": "eu-west-1a"},
               vpcId=urn(VPC, vpc)),
        of_urn(TABLE, name, {}, vpcId=urn(VPC, vpc)),
        of_urn(JOINED, name, {}, subnetId=urn(SUBNET, name), routeTableId=urn(TABLE, name)),
    ]  # fmt: skip


def route(name: str, table: str, to: str, **target: str) -> Shown:
    return of_urn(ROUTE, name, {"destinationCidrBlock": to}, routeTableId=urn(TABLE, table),
                  **target)  # fmt: skip


def attached(name: str, vpc: str, in_subnet: str) -> Shown:
    off = {"transitGatewayDefaultRouteTableAssociation": False,
           "transitGatewayDefaultRouteTablePropagation": False}  # fmt: skip
    return of_urn(ATTACHED, name, off, vpcId=urn(VPC, vpc), subnetIds=urn(SUBNET, in_subnet),
                  transitGatewayId=urn(HUB, "tgw"))  # fmt: skip


def two_vpcs(*more: Shown, egress: bool = True) -> list[Shown]:
    """A closed VPC with a machine, and an egress VPC, both attached to one transit gateway."""
    known = {"ingress": [], "egress": [
        {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]}  # fmt: skip
    listed = [
        of_urn(VPC, "spoke", {"cidrBlock": "10.1.0.0/16"}),
        of_urn(VPC, "far", {"cidrBlock": "10.2.0.0/16"}),
        *subnet("spoke", "nodes-1a", "10.1.0.0/24"),
        *subnet("far", "hub-1a", "10.2.0.0/24"),
        *subnet("far", "public-1a", "10.2.1.0/24"),
        of_urn(GROUP, "node", known, vpcId=urn(VPC, "spoke")),
        of_urn(MACHINE, "pod", {}, subnetId=urn(SUBNET, "nodes-1a"),
               vpcSecurityGroupIds=urn(GROUP, "node")),
        of_urn(HUB, "tgw", {"defaultRouteTableAssociation": "disable",
                            "defaultRouteTablePropagation": "disable"}),
        attached("att-spoke", "spoke", "nodes-1a"),
        attached("att-far", "far", "hub-1a"),
        of_urn(HUB_TABLE, "spokes", {}, transitGatewayId=urn(HUB, "tgw")),
        of_urn(f"{TGW}routeTableAssociation:RouteTableAssociation", "spokes", {},
               transitGatewayAttachmentId=urn(ATTACHED, "att-spoke"),
               transitGatewayRouteTableId=urn(HUB_TABLE, "spokes")),
        route("nodes-out", "nodes-1a", "0.0.0.0/0", transitGatewayId=urn(HUB, "tgw")),
        of_urn(GATEWAY, "igw", {}, vpcId=urn(VPC, "far")),
        of_urn(NAT, "nat", {}, subnetId=urn(SUBNET, "public-1a")),
        route("hub-nat", "hub-1a", "0.0.0.0/0", natGatewayId=urn(NAT, "nat")),
        route("public", "public-1a", "0.0.0.0/0", gatewayId=urn(GATEWAY, "igw")),
    ]  # fmt: skip
    return [*listed, *([to_far()] if egress else []), *more]


def to_far(**more: str) -> Shown:
    return of_urn(f"{TGW}route:Route", "everything", {"destinationCidrBlock": "0.0.0.0/0"},
                  transitGatewayAttachmentId=urn(ATTACHED, "att-far"),
                  transitGatewayRouteTableId=urn(HUB_TABLE, "spokes"))  # fmt: skip


# Every single resource has somebody who answers for it: the hub team for its egress VPC, the net
# team for the default route to a hub that is said to be closed.
BY_ITSELF = (
    "CN-010",
    "CN-012",
    "CN-020",
    "CN-022",
    "CN-030",
    "CN-031",
    "CN-032",
    "CN-100",
    "CN-102",
)
NAMES = ("igw", "nat", "tgw", "att-*", "hub-*", "public*", "nodes-*", "everything", "node")
ANSWERED = {
    "accounts": [ACCOUNT],
    "exceptions": [e for rule in BY_ITSELF for e in excepted(rule, *NAMES)],
}


def test_a_transit_gateway_leads_to_another_vpcs_nat_hop_by_hop():
    """Whoever answers for the gateway of the egress VPC has not answered for this one."""
    said = refused(whole(configured(ANSWERED), two_vpcs()))
    (way,) = said
    assert way.rule == "CN-005" and way.urn == urn(GATEWAY, "igw")
    assert (
        "network interface pod (nodes-1a, 10.1.0.0/24) -> route table nodes-1a (0.0.0.0/0) -> "
        "transit gateway tgw -> attachment att-spoke -> transit gateway route table spokes "
        "(0.0.0.0/0) -> attachment att-far (hub-1a) -> route table hub-1a (0.0.0.0/0) -> NAT "
        "gateway nat (public-1a) -> route table public-1a (0.0.0.0/0) -> internet gateway igw. "
    ) in way.text
    assert way.text.endswith(BY_ID["CN-005"].remedy)


def test_without_the_transit_gateways_route_the_same_deployment_is_closed():
    assert whole(configured(ANSWERED), two_vpcs(egress=False)) == []


def test_the_way_passes_by_an_exception_of_its_own_and_stays_visible():
    own = {**ANSWERED, "exceptions": [*ANSWERED["exceptions"], *excepted("CN-005", "igw")]}
    (said,) = whole(configured(own), two_vpcs())
    assert (said.level, said.rule) == (ADVISORY, "CN-005")
    assert f"Answered for by net team: theirs, looked at (until {SOON})." in said.text


def test_a_proof_that_fails_is_no_pass_and_echoes_nothing(monkeypatch):
    def broken(deployment: Any, boundary: Any) -> Any:
        raise ValueError("the text of a secret")

    stack = Shown(STACK, "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s", {})
    assert whole(configured(ANSWERED), [stack, *two_vpcs(egress=False)]) == []
    monkeypatch.setattr(in_pack, "prove_whole", broken)
    (said,) = whole(configured(ANSWERED), [stack, *two_vpcs(egress=False)])
    assert (said.level, said.rule, said.urn) == (MANDATORY, "CN-006", stack.urn)
    assert (
        "could not be proved, so nothing is known of it: ValueError in test_whole.py" in said.text
    )
    assert "secret" not in said.text


def test_a_solver_that_is_not_installed_is_named(monkeypatch):
    def missing(deployment: Any, boundary: Any) -> Any:
        raise ModuleNotFoundError("No module named 'z3'", name="z3")

    monkeypatch.setattr(in_pack, "prove_whole", missing)
    (said,) = whole(configured(ANSWERED), two_vpcs(egress=False))
    assert said.level == MANDATORY and "the module z3 is missing" in said.text
    assert "Install requirements.txt where the pack runs" in said.text
