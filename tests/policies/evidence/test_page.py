"""The evidence page of the examples: all that was asked and found stands on it, and nothing else
can happen where it is opened."""

import datetime
import json
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

import pytest

from evidence.document import document
from evidence.marks import mark_of
from evidence.page import page
from model.deployment import Deployment
from proof.findings import Finding, Proof
from proof.prove import prove
from rules.boundary import Boundary
from rules.boundary_reader import parse_boundary
from rules.table import RULES, STACK_RULES
from tests.policies.model.deployments import example, node
from tests.scenarios import EXAMPLES

DAY = datetime.date(2026, 11, 28)
EVERY_RULE = (*RULES, *STACK_RULES)
VOID = {"meta", "br"}
USED = {"packages": "awsx", "apiGroups": "cert-manager.io"}


class Read(HTMLParser):
    """Tags in the order in which they close, attributes, and text by the innermost tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def texts_of(self, tag: str) -> list[str]:
        return [text for where, text in self.texts if where == tag]


def declared(scenario: str) -> Boundary:
    file = EXAMPLES / scenario / f"heiiki.{scenario}.policy.json"
    told = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"boundary": {}}
    return parse_boundary(told["boundary"], DAY)


def written(scenario: str) -> tuple[str, Proof]:
    deployment, boundary = example(scenario, True), declared(scenario)
    proof = prove(deployment, boundary)
    return page(scenario, deployment, boundary, proof, DAY), proof


@pytest.mark.parametrize("scenario", ["dev", "two-vpc", "on-premises", "open", "existing"])
def test_all_that_was_found_and_every_rule_stand_on_it(scenario):
    text, proof = written(scenario)
    read = Read(text)
    assert read.open == [], "every tag is closed"
    assert f"{scenario}: {proof.verdict}" in read.texts_of("title")
    for finding in proof.findings:
        assert escape(finding.resource) in text and escape(finding.what) in text
        assert escape(finding.witness) in text and escape(finding.answered) in text
    cells = read.texts_of("td")
    rules = [cell for cell in cells if re.fullmatch(r"CN-\d{3}", cell)]
    assert {rule.id for rule in EVERY_RULE} <= set(rules)
    assert all(escape(rule.title) in text for rule in EVERY_RULE)


def test_whom_a_connection_lets_in_stands_on_it():
    entry = {"name": "orders", "accounts": ["987654321098"], "owner": "net team", "reason": "API"}
    boundary = parse_boundary({"connections": [entry]}, DAY)
    deployment = example("dev", True)
    proof = prove(deployment, boundary)
    cells = Read(page("dev", deployment, boundary, proof, DAY)).texts_of("td")
    assert "orders: 987654321098" in cells and "net team: API" in cells
    told = document(proof, deployment, boundary)["boundary"]["connections"]
    assert told == [{**entry, "cidrs": []}]


def test_the_drawing_has_every_subnet_table_and_door_and_marks_the_doors():
    text, _ = written("open")
    names = Read(text).texts_of("text")
    for wanted in ("private-2a", "public-2b", "general", "arm", "s3", "gateways", "nat-2a", "ssm"):
        assert wanted in names, wanted
    assert "answered for: NAT gateway" in names
    assert "answered for: internet gateway" in names
    assert text.count('<path class="answered"') == 4, "two tables to NAT, two to the gateway"
    nothing_declared = Boundary()
    deployment = example("open", True)
    alone = page("open", deployment, nothing_declared, prove(deployment, nothing_declared), DAY)
    assert "OPEN: NAT gateway" in Read(alone).texts_of("text")
    assert alone.count('<path class="open"') == 4 and 'class="answered"' not in alone


def test_a_closed_network_has_no_marked_door():
    text, proof = written("dev")
    assert proof.verdict == "closed"
    assert "nodes-1a" in Read(text).texts_of("text") and "s3" in Read(text).texts_of("text")
    assert not re.search(r'<(g|path) class="(open|undecided|answered)', text)


def test_what_nobody_describes_is_drawn_with_a_dashed_border():
    text, _ = written("existing")
    assert re.search(r'<g class="sound hole"><title>subnet-0a1b2c3d4e5f60711: described by', text)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({}, "VPC net: 10.0.0.0/16"),
        ({"ipv6CidrBlock": "2001:db8::/56"}, "VPC net: 10.0.0.0/16, 2001:db8::/56"),
        ({"assignGeneratedIpv6CidrBlock": True}, "VPC net: 10.0.0.0/16 and IPv6"),
    ],
)
def test_a_vpc_is_drawn_with_its_blocks(block, said):
    deployment = Deployment.of(
        [
            node("aws:ec2/vpc:Vpc", "net", {"cidrBlock": "10.0.0.0/16", **block}),
            node("aws:ec2/subnet:Subnet", "a", {"vpcId": "net", "cidrBlock": "10.0.0.0/24"}),
        ]
    )
    text = page("net", deployment, Boundary(), prove(deployment, Boundary()), DAY)
    assert f">{said}<" in text


def test_a_page_loads_and_runs_nothing_whatever_things_are_called():
    name = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    vpc = node("aws:ec2/vpc:Vpc", name, {"cidrBlock": "10.0.0.0/16"})
    gateway = node("aws:ec2/internetGateway:InternetGateway", name + "2", {"vpcId": name})
    deployment = Deployment.of([vpc, gateway])
    proof = prove(deployment, Boundary())
    more = Finding("rule", "CN-010", name, name, name, witness=name, instead=name, urn=name)
    proof = Proof((*proof.findings, more), 2, 0, 0)
    read = Read(text := page(name, deployment, Boundary(), proof, DAY))
    assert escape(name) in text and name not in text
    assert not {"script", "img", "link", "iframe", "a"} & set(read.tags)
    assert not [key for key, _ in read.attributes if key.startswith(("on", "src", "href"))]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in read.attributes


def vpcs(count: int) -> Deployment:
    """So many, the last of them with a way out; and a load balancer that anybody may ask."""
    made = [
        node("aws:ec2/vpc:Vpc", f"net-{n}", {"cidrBlock": f"10.{n}.0.0/16"}) for n in range(count)
    ]
    last = f"net-{count - 1}"
    subnet = {"vpcId": last, "cidrBlock": f"10.{count - 1}.0.0/24"}
    balancer = {"subnets": ["a"], "internal": False}
    return Deployment.of(
        [
            *made,
            node("aws:ec2/internetGateway:InternetGateway", "out", {"vpcId": last}),
            node("aws:ec2/subnet:Subnet", "a", subnet),
            node("aws:lb/loadBalancer:LoadBalancer", "front", balancer),
        ]
    )


@pytest.mark.parametrize(("count", "folded"), [(8, 0), (40, 32)])
def test_of_many_vpcs_the_worst_are_drawn_first_and_the_rest_is_folded(count, folded):
    deployment = vpcs(count)
    text = page("many", deployment, Boundary(), prove(deployment, Boundary()), DAY)
    assert Read(text).open == [] and text.count("<svg") == count, "none is left out"
    assert text.count("<details>") == folded
    titles = re.findall(r"<(?:figcaption|summary)>VPC (net-\d+): ", text)
    assert len(titles) == count and titles[0] == (f"net-{count - 1}" if folded else "net-0")


def test_a_load_balancer_that_others_may_ask_is_drawn_as_a_door():
    deployment = vpcs(1)
    text = page("front", deployment, Boundary(), prove(deployment, Boundary()), DAY)
    assert "OPEN: interface of a service" in Read(text).texts_of("text")
    internal = Deployment.of(
        [
            node("aws:ec2/vpc:Vpc", "net-0", {"cidrBlock": "10.0.0.0/16"}),
            node("aws:ec2/subnet:Subnet", "a", {"vpcId": "net-0", "cidrBlock": "10.0.0.0/24"}),
        ]
    )
    text = page("none", internal, Boundary(), prove(internal, Boundary()), DAY)
    assert "interface of a service" not in "".join(Read(text).texts_of("text"))


def test_what_was_found_is_said_in_short_the_worst_first():
    deployment = vpcs(2)
    proof = prove(deployment, Boundary())
    text = page("short", deployment, Boundary(), proof, DAY)
    table = text.split('<table class="summary">')[1].split("</table>")[0]
    rows = re.findall(r'<tr class="(\w+)"><td>(.*?)</td><td>(\w*)</td><td>(\d+) ', table)
    assert {rule for _, rule, _, _ in rows} == {f.rule for f in proof.findings}
    assert sum(int(count) for *_, count in rows) == len(proof.findings)
    assert ("open", "CN-010", "critical", "1") in rows
    marks = [mark for mark, *_ in rows]
    order = ["open", "undecided", "broken", "answered", "advised"]
    assert marks == sorted(marks, key=order.index) and marks[-1] == "advised"
    assert "<td>2 advisory</td>" in table, "of two VPCs"
    assert text.count('<tr class="advised"><td>CN-240</td>') == 3, "in short, and each of them"
    assert '<table class="summary">' not in page("none", Deployment(), Boundary(),
                                                 Proof((), 0, 0, 0), DAY)  # fmt: skip


@pytest.mark.parametrize("claim", ["rule", "completeness"])
@pytest.mark.parametrize("decided", [True, False])
@pytest.mark.parametrize("answered", ["", "net team: on purpose"])
def test_no_verdict_follows_from_advice(claim, decided, answered):
    """Not even of a rule that is critical otherwise."""
    said = Finding(claim, "CN-010", "x", "y", "z", decided=decided, answered=answered)
    counted, advice = (Proof((replace(said, level=level),), 1, 0, 0)
                       for level in ("mandatory", "advisory"))  # fmt: skip
    assert (advice.verdict, advice.complete) == ("closed", True)
    assert (counted.verdict, counted.complete) != ("closed", True) or (answered and not decided)
    marks = [mark_of(finding) for proof in (counted, advice) for finding in proof.findings]
    assert (marks[0] == marks[1] == "answered") if answered else marks[1] == "advised" != marks[0]


def test_what_a_rule_has_found_is_counted():
    text, proof = written("open")
    for rule in ("CN-010", "CN-012"):
        found = sum(finding.rule == rule for finding in proof.findings)
        assert found and re.search(
            rf"<tr><td>{rule}</td>.*?<td>{found} answered for</td></tr>", text
        )


def test_how_much_a_rule_has_looked_at_is_said():
    deployment = Deployment.of([node("aws:ec2/vpc:Vpc", "v", {"cidrBlock": "10.0.0.0/16"})])
    text = page("v", deployment, Boundary(), prove(deployment, Boundary()), DAY)
    rows = re.findall(r"<tr><td>(CN-\d{3})</td>.*?<td>(\d+)</td><td>(.*?)</td></tr>", text, re.S)
    assert [row[0] for row in rows] == sorted(rule.id for rule in EVERY_RULE)
    told = {rule: (int(looked), found) for rule, looked, found in rows}
    assert told["CN-010"] == (0, "nothing of this kind is there")
    assert told["CN-005"][0] == 1


def test_each_table_says_what_its_columns_are():
    """For those who hear it read; and browsers repeat it on each sheet that is printed."""
    text, _ = written("open")
    heads = re.findall(r"<table[^>]*>\s*<thead><tr>(.*?)</tr></thead>", text)
    assert len(heads) == text.count("<table") >= 4
    assert all(re.fullmatch(r'(<th scope="col">[a-z ]+</th>){3,4}', head) for head in heads)


def test_the_same_deployment_gives_the_same_bytes():
    assert written("two-vpc") == written("two-vpc")


def test_who_answers_for_what_no_rule_has_judged_stands_on_the_page_and_in_the_document():
    """A package and an API group, as an exception does."""
    deployment = example("dev", True)
    until = (DAY + datetime.timedelta(days=30)).isoformat()
    given = {"owner": "net team", "reason": "judged by hand", "expires": until}
    used = {key: [{**given, "names": [name]}] for key, name in USED.items()}
    boundary = parse_boundary({"accounts": ["123456789012"], **used}, DAY)
    proof = prove(deployment, boundary)
    cells = Read(page("dev", deployment, boundary, proof, DAY)).texts_of("td")
    told = document(proof, deployment, boundary)["boundary"]
    for key, name in USED.items():
        assert cells[cells.index(name) + 1] == f"net team: judged by hand (until {until})"
        assert told[key] == [{**given, "names": (name,)}]
