"""The declared boundary: every fault named at once, and what has one grants nothing."""

import datetime
from dataclasses import fields

import pytest

from proof.prove import prove
from rules.boundary import Boundary
from rules.boundary_reader import parse_boundary
from rules.connections import LINK
from rules.exceptions import boundary_faults
from tests.policies.analyzer import (
    ACCOUNT,
    ADVISORY,
    CONFIG,
    MANDATORY,
    SOON,
    TODAY,
    broken,
    configured,
    judge,
)
from tests.policies.cases import PEERING
from tests.policies.mutations.stacks import TODAY as DAY
from tests.policies.mutations.stacks import stack, written

YESTERDAY, LATEST, TOO_LATE = (
    (TODAY + datetime.timedelta(days=days)).isoformat() for days in (-1, 366, 367)
)
STACK = "pulumi:pulumi:Stack"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
EXCEPTION = {
    "rule": "CN-010",
    "name": "bastion",
    "owner": "net team",
    "reason": "the bastion's own VPC",
    "expires": SOON,
}
SUPPLY = {"ids": ["rtb-0a1b2c3d4e5f60718"], "owner": "net team", "reason": "local routes only"}
CONNECTION = {"name": "to-hq", "cidrs": ["10.1.0.0/16"], "owner": "net team", "reason": "hq"}

PACKAGES = {"names": ["awsx"], "owner": "net team", "reason": "its VPC", "expires": SOON}
API_GROUPS = {**PACKAGES, "names": ["cert-manager.io"], "reason": "its issuer is inside"}
DOMAINS = {"names": ["corp.example"], "owner": "net team", "reason": "packages are there"}


def without(item, key):
    return {k: v for k, v in item.items() if k != key}


FAULTS = {
    "accounts[0]: must be a 12-digit account id as text, got 111122223333": {
        "accounts": [111122223333]
    },
    "accounts: must be a list": {"accounts": ACCOUNT},
    "exceptions[0].only: must name the parts": {"exceptions": [{**EXCEPTION, "only": []}]},
    "exceptions[0].only[0]: must be a part of the resource": {
        "exceptions": [{**EXCEPTION, "only": ["x"]}]
    },
    "exceptions[0].only: must be a list": {"exceptions": [{**EXCEPTION, "only": "bundles/*"}]},
    "organizationId: must be an organization id": {"organizationId": "mine"},
    "regions[0]: must be a region": {"regions": ["Ireland"]},
    "services[0]: must be an endpoint suffix": {"services": ["*"]},
    "packages[0].names[0]: must be a package name": {"packages": [{**PACKAGES, "names": ["*"]}]},
    "packages[0].names: must name the packages": {"packages": [{**PACKAGES, "names": []}]},
    "packages[0].owner: must name who answers": {"packages": [without(PACKAGES, "owner")]},
    "packages[0].reason: must say why": {"packages": [{**PACKAGES, "reason": " "}]},
    "packages[0].expires: must be a date such as 2027-01-31, got None": {
        "packages": [without(PACKAGES, "expires")]
    },
    f"packages[0].expires: the use of awsx ended on {YESTERDAY}; remove it, or renew it": {
        "packages": [{**PACKAGES, "expires": YESTERDAY}]
    },
    f"packages[0].expires: an exception runs for a year at most, until {LATEST}, got ": {
        "packages": [{**PACKAGES, "expires": TOO_LATE}]
    },
    "packages[0].ids: is not a key here": {"packages": [{**PACKAGES, "ids": []}]},
    # As they were written before they had an owner.
    "packages[0]: must be an object with names, owner, reason and expires": {"packages": ["awsx"]},
    "cidrs[0]: must be a CIDR block without host bits, got '10.0.0.1/8'": {"cidrs": ["10.0.0.1/8"]},
    "cidrs[0]: 0.0.0.0/0 is not private": {"cidrs": ["0.0.0.0/0"]},
    "cidrs[1]: 128.0.0.0/1 is not private": {"cidrs": ["10.0.0.0/8", "128.0.0.0/1"]},
    "exeptions: is not a key here; known are accounts": {"exeptions": []},
    "connections[0].cidrs: must name the private ranges": {
        "connections": [without(CONNECTION, "cidrs")]
    },
    "connections[0].cidrs[0]: 8.8.8.0/24 is not private": {
        "connections": [{**CONNECTION, "cidrs": ["8.8.8.0/24"]}]
    },
    "connections[0].owner: must name who answers": {"connections": [{**CONNECTION, "owner": " "}]},
    "connections[0].accounts[0]: must be a 12-digit account id as text, got 7": {
        "connections": [{**CONNECTION, "accounts": [7]}]
    },
    "connections[0].accounts: must name whom the VPC link lets in": {
        "connections": [{**without(CONNECTION, "cidrs"), "accounts": []}]
    },
    "connections[0].reason: must say what": {"connections": [without(CONNECTION, "reason")]},
    "connections[0]: must be an object": {"connections": ["to-hq"]},
    "supplied[0].ids: must name what is supplied": {"supplied": [SUPPLY | {"ids": []}]},
    "supplied[0].ids[0]: must be an id such as rtb-0a1b2c3d4e5f60718": {
        "supplied": [SUPPLY | {"ids": ["rtb-*"]}]
    },
    "supplied[0].stacks[0]: must be the logical name": {"supplied": [SUPPLY | {"stacks": ["*"]}]},
    "supplied[0].owner: must name who": {"supplied": [SUPPLY | {"owner": ""}]},
    "supplied[0].reason: must say why": {"supplied": [without(SUPPLY, "reason")]},
    "domains[0].names: must name the domains": {"domains": [DOMAINS | {"names": []}]},
    "domains[0].names[0]: must be a domain such as corp.example": {
        "domains": [DOMAINS | {"names": ["*.corp.example"]}]
    },
    "domains[0].names[0]: must be a domain such as corp.example, in small": {
        "domains": [DOMAINS | {"names": ["example"]}]
    },
    "domains[0].owner: must name who keeps": {"domains": [DOMAINS | {"owner": ""}]},
    "domains[0].reason: must say why": {"domains": [without(DOMAINS, "reason")]},
    "domains[0].ids: is not a key here": {"domains": [DOMAINS | {"ids": []}]},
    "supplied[0].names: is not a key here": {"supplied": [SUPPLY | {"names": []}]},
    "exceptions[0].name: '*' must be a logical name": {"exceptions": [{**EXCEPTION, "name": "*"}]},
    "exceptions[0].name: 'a*b' must be": {"exceptions": [{**EXCEPTION, "name": "a*b"}]},
    "exceptions[0].name: must be the logical name": {"exceptions": [without(EXCEPTION, "name")]},
    "exceptions[0].owner: must name who answers": {"exceptions": [without(EXCEPTION, "owner")]},
    "exceptions[0].reason: must say why": {"exceptions": [{**EXCEPTION, "reason": ""}]},
    "exceptions[0].scp: must name the service control policy that holds the endpoint's callers": {
        "exceptions": [{**EXCEPTION, "rule": "CN-083"}]
    },
    "exceptions[0].scp: must name the service": {
        "exceptions": [{**EXCEPTION, "rule": "aws-ec2-vpc-endpoint-require-policy", "scp": " "}]
    },
    "exceptions[0].scp: is for exceptions to CN-083 alone": {
        "exceptions": [{**EXCEPTION, "scp": "p-a1b2c3d4"}]
    },
    "exceptions[0].expires: must be a date such as 2027-01-31, got None": {
        "exceptions": [without(EXCEPTION, "expires")]
    },
    "exceptions[0].expires: must be a date such as 2027-01-31, got 'never'": {
        "exceptions": [{**EXCEPTION, "expires": "never"}]
    },
    f"exceptions[0].expires: the exception for 'bastion' ended on {YESTERDAY}": {
        "exceptions": [{**EXCEPTION, "expires": YESTERDAY}]
    },
    f"exceptions[0].expires: an exception runs for a year at most, until {LATEST}, got ": {
        "exceptions": [{**EXCEPTION, "expires": TOO_LATE}]
    },
    "apiGroups[0].names[0]: must be a group such as cert-manager.io, got '*'": {
        "apiGroups": [{**API_GROUPS, "names": ["*"]}]
    },
    "apiGroups[0].names: must name the API groups": {"apiGroups": [{**API_GROUPS, "names": []}]},
    "apiGroups[0].owner: must name who answers for the API groups": {
        "apiGroups": [without(API_GROUPS, "owner")]
    },
    "apiGroups[0].reason: must say why": {"apiGroups": [{**API_GROUPS, "reason": " "}]},
    f"apiGroups[0].expires: the use of cert-manager.io ended on {YESTERDAY}; remove it": {
        "apiGroups": [{**API_GROUPS, "expires": YESTERDAY}]
    },
    "apiGroups[0].ids: is not a key here": {"apiGroups": [{**API_GROUPS, "ids": []}]},
    # As they were written before they had an owner.
    "apiGroups[0]: must be an object with names, owner, reason and expires": {
        "apiGroups": ["cert-manager.io"]
    },
    **{
        f"registries[0]: {name} is of the internet; name what has to use it under exceptions": {
            "registries": [name]
        }
        for name in ("docker.io", "quay.io/team", "eu.gcr.io", "ghcr.io:443", "public.ecr.aws/x")
    },
    "registries[0]: must be a registry such as registry.internal:5000/team, got '*'": {
        "registries": ["*"]
    },
    "registries[0]: must be a registry such as registry.internal:5000/team, got 'https://a.b'": {
        "registries": ["https://a.b"]
    },
    "hosts[0]: must be a name such as ntp.corp.example, or .domain, got '.com'": {
        "hosts": [".com"]
    },
    "hosts[0]: must be a name such as ntp.corp.example, or .domain, got '8.8.8.8'": {
        "hosts": ["8.8.8.8"]
    },
    "hosts[0]: must be a name such as ntp.corp.example, or .domain, got '*.corp.example'": {
        "hosts": ["*.corp.example"]
    },
    **{
        f"factsMaxAgeDays: must be a whole number of days, 1 to 90, got {days!r}": {
            "factsMaxAgeDays": days
        }
        for days in (0, 91, -1, 7.5, True, "7", [])
    },
    "exceptions[0].rule: '*' is neither": {"exceptions": [{**EXCEPTION, "rule": "*"}]},
    "exceptions[0].type: must be a type token": {"exceptions": [{**EXCEPTION, "type": "Eip"}]},
    "exceptions[0].until: is not a key here": {"exceptions": [{**EXCEPTION, "until": "x"}]},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_its_place_and_grants_nothing(fault):
    given = FAULTS[fault]
    boundary = parse_boundary({**CONFIG, **given}, TODAY)
    (line,) = boundary.faults
    assert line.startswith(fault)
    empty = parse_boundary({**CONFIG, **{key: None for key in given}}, TODAY)
    kept = {"cidrs"} if fault.startswith("cidrs[1]") else set()  # its first entry is sound
    for each in fields(Boundary):
        if each.name not in {"faults", *kept}:
            assert getattr(boundary, each.name) == getattr(empty, each.name), each.name


def test_what_is_sound_counts_beside_what_is_not():
    ended = {**EXCEPTION, "name": "old", "expires": YESTERDAY}
    config = {
        "accounts": [ACCOUNT, 7],
        "organizationId": "o-a1b2c3d4e5",
        "regions": "eu-west-1",
        "connections": [{**CONNECTION, "cidrs": ["10.1.0.0/16", "8.8.8.0/24"]}, CONNECTION],
        "supplied": [{**SUPPLY, "ids": [*SUPPLY["ids"], "*"]}],
        "exceptions": [ended, EXCEPTION, {**EXCEPTION, "name": "other", "owner": ""}],
    }
    boundary = parse_boundary(config, TODAY)
    assert len(boundary.faults) == 6
    assert boundary.accounts == {ACCOUNT} and boundary.organization_id == "o-a1b2c3d4e5"
    assert [str(c) for each in boundary.connections for c in each.cidrs] == ["10.1.0.0/16"]
    assert not boundary.supplied, "half an entry is none"
    assert [e.name for e in boundary.exceptions] == ["bastion"]


def test_a_closed_network_with_a_fault_in_its_declaration_is_open_by_the_fault_alone():
    ended = {**EXCEPTION, "name": "old", "expires": str(DAY - datetime.timedelta(days=1))}
    for key, entry in (("exceptions", ended), ("accounts", 7), ("surprise", 1)):
        declared = written("dev")
        declared[key] = [*declared.get(key, []), entry]
        proof = prove(stack("dev", True).deployment, parse_boundary(declared, DAY))
        assert [f.rule for f in proof.findings if not f.answered] == ["CN-000"], key
        assert (proof.verdict, proof.complete) == ("open", True), key


def test_a_registry_inside_may_be_called_as_it_likes():
    named = [
        "registry.corp.example:5000/quay.io",
        "ghcr.io.corp.example",
        "docker.io.internal/a",
        "okquay.io",
    ]
    boundary = parse_boundary({**CONFIG, "registries": named}, TODAY)
    assert boundary.faults == () and boundary.registries == set(named)


def test_all_faults_come_at_once():
    config = {"accounts": ["x"], "regions": ["y"], "exceptions": [{**EXCEPTION, "owner": ""}]}
    assert len(parse_boundary(config, TODAY).faults) == 3


def test_an_exception_holds_through_its_last_day():
    config = {"exceptions": [{**EXCEPTION, "expires": TODAY.isoformat()}]}
    assert parse_boundary(config, TODAY).faults == ()
    assert parse_boundary(config, TODAY + datetime.timedelta(days=1)).faults


def test_an_exception_may_run_for_a_year_and_no_longer():
    config = {"exceptions": [{**EXCEPTION, "expires": LATEST}]}
    assert parse_boundary(config, TODAY).faults == ()
    assert parse_boundary(config, TODAY - datetime.timedelta(days=1)).faults


def test_a_fault_fails_the_preview_once_and_names_the_key():
    servicer = configured({"exceptions": [{**EXCEPTION, "expires": "2020-01-01"}]})
    (line,) = judge(STACK, {}, servicer=servicer)
    assert line.enforcementLevel == MANDATORY and line.policyName == "boundary"
    assert "CN-000 boundary.exceptions[0].expires" in line.message
    assert broken(GATEWAY, {}, "bastion", servicer) == {"CN-010"}, "it grants nothing any more"


def test_a_sound_boundary_is_not_mentioned():
    assert judge(STACK, {}, servicer=configured({**CONFIG, "exceptions": [EXCEPTION]})) == []


def test_an_exception_from_a_rule_that_does_not_exist_fails_the_preview():
    for rule in ("CN-999", "aws-ec2-no-such-rule"):
        servicer = configured({"exceptions": [{**EXCEPTION, "rule": rule}]})
        assert broken(STACK, {}, servicer=servicer) == {"CN-000"}


def test_a_rule_that_does_not_exist_is_told_by_its_place_in_the_file():
    ended = {**EXCEPTION, "expires": "2020-01-01"}
    config = {"exceptions": [ended, {**EXCEPTION, "rule": "CN-999"}]}
    told = list(boundary_faults(parse_boundary(config, TODAY)))
    assert [fault.split(":")[0] for fault in told] == [
        "exceptions[0].expires",
        "exceptions[1].rule",
    ]


@pytest.mark.parametrize(
    ("name", "given", "excepted"),
    [
        ("bastion", {}, True),
        ("bastion", {"rule": "aws-ec2-internet-gateway-disallow-creation"}, True),
        ("bastion", {"type": GATEWAY}, True),
        ("bastion-1a", {"name": "bastion-*"}, True),
        ("bastion-1a", {}, False),
        ("other", {}, False),
        ("bastion", {"rule": "CN-014"}, False),
        ("bastion", {"type": "aws:ec2/eip:Eip"}, False),
    ],
)
def test_an_exception_covers_the_resource_it_names_and_is_seen(name, given, excepted):
    servicer = configured({**CONFIG, "exceptions": [{**EXCEPTION, **given}]})
    (line,) = judge(GATEWAY, {}, name, servicer)
    if not excepted:
        assert (line.enforcementLevel, line.policyName[:7]) == (MANDATORY, "aws-ec2")
        return
    assert (line.enforcementLevel, line.policyName) == (ADVISORY, "exceptions-in-force")
    for part in ("CN-010", f"'{name}'", SOON, "net team", "the bastion's own VPC"):
        assert part in line.message


@pytest.mark.parametrize(
    ("only", "excepted"),
    [
        (["ingress[1]"], {"ingress[1]"}),
        (["ingress[0]", "ingress[1]"], {"ingress[0]", "ingress[1]"}),
        (["ingress"], set()),  # no word of what is found
        (["ngress[1] lets"], set()),
        (["ingress[1] lets 0.0.0.0/0 in"], set()),
        (['" ;"'], set()),
    ],
)
def test_an_exception_of_parts_answers_for_what_it_names_and_nothing_else(only, excepted):
    """Of a group with two rules for everybody."""
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
    given = {**EXCEPTION, "rule": "CN-101", "only": only}
    found = judge(
        "aws:ec2/securityGroup:SecurityGroup", {"ingress": [rule, rule], "egress": []}, "bastion",
        configured({**CONFIG, "exceptions": [given]}),
    )  # fmt: skip
    levels = {d.message.split("'bastion' ")[1].split(" ")[0]: d.enforcementLevel
              for d in found if "CN-101" in d.message}  # fmt: skip
    assert levels == {
        f"ingress[{i}]": ADVISORY if f"ingress[{i}]" in excepted else MANDATORY for i in (0, 1)
    }


def test_an_exception_that_covers_nothing_is_not_mentioned():
    servicer = configured({**CONFIG, "exceptions": [EXCEPTION]})
    assert judge("aws:ec2/vpc:Vpc", {"enableDnsHostnames": True}, "bastion", servicer) == []


def test_a_connection_names_gateways_and_attachments():
    props = {"vpcId": "vpc-1"}
    servicer = configured({**CONFIG, "connections": [CONNECTION]})
    assert broken(PEERING, props, "to-hq", servicer) == set()
    assert broken(PEERING, props, "to-hq-2", servicer) == {"CN-020"}


def test_a_connection_that_names_accounts_alone_names_vpc_links_only():
    """No range lies behind it: a route or a peering of its name would lead to any private one."""
    of_link = {**without(CONNECTION, "cidrs"), "accounts": ["987654321098"]}
    servicer = configured({**CONFIG, "connections": [of_link]})
    route = {"routeTableId": "rtb-1", "destinationCidrBlock": "10.1.0.0/16"}
    route["transitGatewayId"] = "tgw-0a1b2c3d4e5f60718"
    assert broken(LINK, {"name": "x"}, "to-hq", servicer) == set()
    assert broken(LINK, {"name": "x"}, "to-hq-2", servicer) == {"CN-025", "CN-159"}
    assert broken(PEERING, {"vpcId": "vpc-1"}, "to-hq", servicer) == {"CN-020"}
    assert broken("aws:ec2/route:Route", route, "to-hq", servicer) == {"CN-031"}
