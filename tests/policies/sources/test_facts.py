"""What is described of a supplied network: it closes holes, opens what it shows to be open, and is
refused as a whole where it cannot be relied on."""

import datetime
import json
from typing import Any

import pytest

from model.deployment import Deployment
from model.nouns import (
    DEFAULT_ROUTE_TABLE,
    ENDPOINT,
    INTERFACE,
    INTERNET_GATEWAY,
    SECURITY_GROUP,
    SUBNET,
    VPC,
)
from proof.prove import prove
from rules.boundary import FACTS_COUNT_DAYS, Boundary
from rules.boundary_reader import parse_boundary
from sources.facts import read_facts, read_facts_file
from sources.faults import SourceError
from tests.policies.model.deployments import node

TODAY = datetime.date(2026, 11, 28)
ACCOUNT = "123456789012"
IDS = {VPC: "vpc-0a1b2c3d", SUBNET: "subnet-0a1b2c3d", DEFAULT_ROUTE_TABLE: "rtb-0a1b2c3d",
       SECURITY_GROUP: "sg-0a1b2c3d", INTERNET_GATEWAY: "igw-0a1b2c3d",
       ENDPOINT: "vpce-0a1b2c3d"}  # fmt: skip
ROUTE = "aws:ec2/route:Route"


def boundary(**more: Any) -> Boundary:
    supplied = {"ids": [*IDS.values()], "owner": "net team", "reason": "leads nowhere outside"}
    return parse_boundary({"accounts": [ACCOUNT], "supplied": [supplied], **more}, TODAY)


def thing(type_: str, inputs: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    """One resource of a facts file."""
    id_ = outputs.pop("id", IDS.get(type_, "r-0a1b2c3d"))
    return {"urn": f"urn:pulumi:live::heiiki::{type_}::{id_}", "type": type_, "name": id_,
            "described": True, "inputs": inputs, "outputs": {"id": id_, **outputs}}  # fmt: skip


def supplied(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """A VPC with one subnet whose table has local routes alone, and a group that lets all out."""
    vpc, table = IDS[VPC], IDS[DEFAULT_ROUTE_TABLE]
    everywhere = {"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}
    return [
        thing(VPC, {"cidrBlock": "10.40.0.0/16"}, defaultRouteTableId=table),
        thing(SUBNET, {"vpcId": vpc, "cidrBlock": "10.40.0.0/20"}),
        thing(DEFAULT_ROUTE_TABLE, {"defaultRouteTableId": table}),
        thing(SECURITY_GROUP, {"vpcId": vpc, "egress": [everywhere]}),
        *more,
    ]


def door(**route: Any) -> list[dict[str, Any]]:
    table = {"routeTableId": IDS[DEFAULT_ROUTE_TABLE], "destinationCidrBlock": "0.0.0.0/0"}
    return [
        thing(INTERNET_GATEWAY, {"vpcId": IDS[VPC]}),
        thing(ROUTE, {**table, "gatewayId": IDS[INTERNET_GATEWAY]}),
    ]


def facts(resources: Any, **more: Any) -> dict[str, Any]:
    return {"facts": 1, "read": "2026-11-28", "account": ACCOUNT, "region": "eu-central-1",
            "resources": resources, **more}  # fmt: skip


def machine() -> Deployment:
    """One machine with a public address in the supplied subnet."""
    inputs = {"subnetId": IDS[SUBNET], "securityGroups": [IDS[SECURITY_GROUP]]}
    address = {"networkInterface": "eni-1", "domain": "vpc"}
    return Deployment.of(
        [
            node(INTERFACE, "machine", inputs, id="eni-1"),
            node("aws:ec2/eip:Eip", "address", address, id="eipalloc-1"),
        ]
    )


def found(*resources: dict[str, Any]) -> set[tuple[str, str, bool, bool]]:
    """What the proof finds about ways, with these facts."""
    nodes = read_facts(facts([*resources]), boundary(), TODAY, "facts") if resources else []
    proof = prove(machine().with_described(nodes), boundary())
    return {(f.rule, f.resource, f.decided, bool(f.answered)) for f in proof.findings
            if f.claim == "reach"}  # fmt: skip


def test_a_hole_that_is_described_needs_nobody_to_answer_for_it():
    assert found() == {("CN-006", "machine", False, True)}
    assert found(*supplied()) == set()


def test_what_facts_show_to_be_open_is_open_whoever_has_signed_for_it():
    assert found(*supplied(*door())) == {("CN-005", "machine", True, False)}


def test_what_is_supplied_is_judged_by_no_rule_and_found_by_what_refers_to_it():
    nodes = read_facts(facts(supplied(*door())), boundary(), TODAY, "facts")
    deployment = machine().with_described(nodes)
    assert len(deployment.nodes) == 8 and len(deployment.made) == 2
    proof = prove(deployment, boundary())
    told = {f.resource for f in proof.findings if f.claim != "names"}
    assert told and told <= {"machine", "address"}
    assert {f.resource for f in proof.findings if f.claim == "names"} == {IDS[VPC]}


def test_a_subnet_of_others_that_nothing_here_uses_is_theirs_to_prove():
    away = {"routeTableId": IDS[DEFAULT_ROUTE_TABLE], "destinationCidrBlock": "0.0.0.0/0",
            "transitGatewayId": "tgw-0a1b2c3d"}  # fmt: skip
    resources = supplied(thing(ROUTE, away))
    assert ("CN-006", "machine", False, False) in found(*resources), "a machine here would take it"
    nodes = read_facts(facts(resources), boundary(), TODAY, "facts")
    alone = Deployment.of([node("heiiki:index:Cluster", "cluster", {})]).with_described(nodes)
    assert [f for f in prove(alone, boundary()).findings if f.claim == "reach"] == []


def test_what_others_made_alone_proves_nothing():
    nodes = read_facts(facts(supplied()), boundary(), TODAY, "facts")
    assert prove(Deployment().with_described(nodes), boundary()).verdict == "undecided"


def test_a_supplied_endpoint_is_asked_whom_its_policy_lets_through():
    inputs = {"vpcId": IDS[VPC], "serviceName": "com.amazonaws.eu-central-1.ecr.api",
              "vpcEndpointType": "Interface", "subnetIds": [IDS[SUBNET]]}  # fmt: skip
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    nodes = read_facts(
        facts(supplied(thing(ENDPOINT, {**inputs, "policy": policy}))), boundary(), TODAY, "f"
    )
    proof = prove(machine().with_described(nodes), boundary())
    assert ("CN-007", IDS[ENDPOINT]) in {(f.rule, f.resource) for f in proof.findings}


def dual(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """The same with IPv6 in the VPC and its subnet, and a group that lets it out."""
    vpc, subnet, table, group, *others = supplied(*more)
    vpc["inputs"]["ipv6CidrBlock"] = "2001:db8::/56"
    subnet["inputs"]["ipv6CidrBlock"] = "2001:db8::/64"
    group["inputs"]["egress"].append({"protocol": "-1", "ipv6CidrBlocks": ["::/0"]})
    return [vpc, subnet, table, group, *others]


def door_of_ipv6(*destinations: str) -> list[dict[str, Any]]:
    table, vpc = IDS[DEFAULT_ROUTE_TABLE], IDS[VPC]
    gateway = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
    routes = [
        {"routeTableId": table, "destinationIpv6CidrBlock": d, "egressOnlyGatewayId": "eigw-0a1b"}
        for d in destinations
    ]
    return [
        thing(gateway, {"vpcId": vpc}, id="eigw-0a1b"),
        *(thing(ROUTE, route, id=f"r-{i}") for i, route in enumerate(routes)),
    ]


def test_a_supplied_vpc_with_ipv6_is_closed_where_its_ways_stay_inside():
    assert found(*dual()) == set()
    assert found(*dual(*door_of_ipv6())) == set(), "a gateway that nothing leads to"
    assert found(*supplied(*door_of_ipv6("::/0"))) == set(), "nothing has an address of IPv6"


@pytest.mark.parametrize("destinations", [("::/0",), ("::/1", "8000::/1"), ("2600::/12",)])
def test_a_way_of_ipv6_out_of_a_supplied_vpc_is_told_hop_by_hop(destinations):
    resources = dual(*door_of_ipv6(*destinations))
    assert found(*resources) == {("CN-005", "machine", True, False)}
    nodes = read_facts(facts(resources), boundary(), TODAY, "facts")
    proof = prove(machine().with_described(nodes), boundary())
    (way,) = (f for f in proof.findings if f.claim == "reach")
    sender, table, gateway = way.witness.partition(": ")[2].split(" -> ")
    assert sender.startswith("network interface machine (")
    assert table.startswith(f"route table {IDS[DEFAULT_ROUTE_TABLE]} (")
    assert gateway == "egress-only internet gateway eigw-0a1b"
    assert way.witness.startswith("2001:db8::1 to 2")


@pytest.mark.parametrize(
    ("cidrs", "expected"),
    [
        (["10.0.0.0/8"], {("CN-005", "machine", True, False)}),
        (["10.0.0.0/8", "fd00::/8"], set()),
    ],
)
def test_a_connection_is_answered_for_by_its_ranges_of_ipv6_too(cidrs, expected):
    route = {"routeTableId": IDS[DEFAULT_ROUTE_TABLE], "destinationIpv6CidrBlock": "fd00::/8",
             "gatewayId": "vgw-0a1b2c3d"}  # fmt: skip
    named = {"name": "vgw-0a1b2c3d", "cidrs": cidrs, "owner": "net team", "reason": "to hq"}
    vpn = thing("aws:ec2/vpnGateway:VpnGateway", {"vpcId": IDS[VPC]}, id="vgw-0a1b2c3d")
    resources = dual(vpn, thing(ROUTE, route, id="r-hq"))
    declared = boundary(connections=[named])
    nodes = read_facts(facts(resources), declared, TODAY, "facts")
    proof = prove(machine().with_described(nodes), declared)
    ways = [f for f in proof.findings if f.claim == "reach"]
    assert {(f.rule, f.resource, f.decided, bool(f.answered)) for f in ways} == expected


def test_what_the_deployment_has_made_itself_is_not_described_again():
    own = node(SECURITY_GROUP, "own", {"vpcId": IDS[VPC]}, id=IDS[SECURITY_GROUP])
    nodes = read_facts(facts(supplied()), boundary(), TODAY, "facts")
    deployment = Deployment.of([own]).with_described(nodes)
    groups = [n.resource.name for n in deployment.of_type(SECURITY_GROUP)]
    assert groups == ["own"] and len(deployment.nodes) == 4


def days_ago(days: int) -> str:
    return (TODAY - datetime.timedelta(days=days)).isoformat()


@pytest.mark.parametrize("read", [days_ago(0), days_ago(FACTS_COUNT_DAYS), days_ago(-1)])
def test_facts_count_for_a_while(read):
    assert read_facts(facts(supplied(), read=read), boundary(), TODAY, "f")


@pytest.mark.parametrize("days", [1, 7, 90])
def test_for_how_long_is_the_policy_files_to_say(days):
    declared = boundary(factsMaxAgeDays=days)
    assert read_facts(facts(supplied(), read=days_ago(days)), declared, TODAY, "f")
    with pytest.raises(SourceError, match=f"more than {days} days ago"):
        read_facts(facts(supplied(), read=days_ago(days + 1)), declared, TODAY, "f")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "f: is no object of facts, read, account, region, resources; run heiiki facts again"),
        ({**facts([]), "more": 1}, "f: is no object of"),
        (facts([], facts=2), "facts must be 1, the form that is read here"),
        (facts([], facts=True), "facts must be 1"),
        (facts([], read="soon"), "read must be a date such as 2026-11-28"),
        (facts([], read=20261128), "read must be a date"),
        (facts([], read=days_ago(31)), "was read on 2026-10-28, more than 30 days ago"),
        (facts([], read=days_ago(-2)), "read is 2026-11-30, which has not come"),
        (facts([], account="210987654321"), "account is none that boundary.accounts lists"),
        (facts([], account=1), "account must be a text"),
        (facts([], region="eu-west-1"), "region is none that boundary.regions lists"),
        (facts({}), "f: resources: is no list of resources"),
        (facts([{}]), "f: resources[0]: cannot read urn, type, name"),
        (facts([{**thing(VPC, {}), "described": "yes"}]), "cannot read described"),
        (facts([{**thing(VPC, {}), "described": False}]), "vpc-0a1b2c3d is not described by an id"),
        (facts([{**thing(VPC, {}), "outputs": {}}]), "is not described by an id"),
    ],
)  # fmt: skip
def test_facts_that_cannot_be_relied_on_are_refused(document, said):
    with pytest.raises(SourceError) as raised:
        read_facts(document, boundary(regions=["eu-central-1"]), TODAY, "f")
    assert said in str(raised.value)


def test_every_fault_is_told_at_once():
    with pytest.raises(SourceError) as raised:
        read_facts(facts({}, read="x", account="1"), boundary(), TODAY, "f")
    assert len(str(raised.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "said"), [("{", "f.json: is not JSON"), ("[" * 100_000, "f.json: is not JSON")]
)
def test_a_file_that_is_no_facts_says_so(tmp_path, text, said):
    path = tmp_path / "f.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as raised:
        read_facts_file(path, boundary(), TODAY)
    assert said in str(raised.value)
    with pytest.raises(SourceError) as raised:
        read_facts_file(tmp_path, boundary(), TODAY)
    assert "cannot be read" in str(raised.value)
