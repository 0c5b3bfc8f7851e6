"""The pack over the project's own example stacks: closed ones pass, doors are found by name.

Every id is unknown here, as in a first preview; the real engine judges them in tests/engine.
"""

import json
from functools import cache
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from components.program import program
from machines.rendered import planned_endpoint
from spec.cluster import ClusterSpec
from spec.errors import parse
from tests.mocks import build
from tests.policies.analyzer import ADVISORY, MANDATORY, SOON, configured, judge, rule_id
from tests.scenarios import EXAMPLES, read


@cache
def resources(scenario: str) -> list[tuple[str, str, dict[str, Any]]]:
    """What the example registers, with every id as a first preview has it."""
    spec, lock = read(scenario)
    api = planned_endpoint(spec.region, "amazonaws.com")
    recorded = build(lambda: program(spec, lock, where=scenario), endpoint=api)[0].resources
    ids = {f"{r.name}-id" for r in recorded}
    return [(r.typ, r.name, _unknown_ids(r.inputs, ids)) for r in recorded]


def _unknown_ids(value: Any, ids: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _unknown_ids(item, ids) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unknown_ids(item, ids) for item in value]
    hidden = isinstance(value, str) and (value in ids or value.startswith("arn:aws:mock:"))
    return UNKNOWN_VALUE if hidden else value


def declared(scenario: str, **more: Any) -> Any:
    spec, lock = read(scenario)
    own = {"accounts": [lock.account_id], "regions": [spec.region]}
    if spec.boundary.organization_id:
        own["organizationId"] = spec.boundary.organization_id
    return configured({**own, **more})


def findings(scenario: str, level: int, servicer: Any) -> set[tuple[str, str]]:
    """The rules that speak up, each with the resource it names."""
    return {
        (rule_id(d), name)
        for typ, name, props in resources(scenario)
        for d in judge(typ, props, name, servicer)
        if d.enforcementLevel == level
    }


@pytest.mark.parametrize("scenario", ["dev", "existing"])
def test_a_closed_example_needs_no_exception(scenario):
    assert len(resources(scenario)) > 20
    assert findings(scenario, MANDATORY, declared(scenario)) == set()


def test_the_open_example_is_open_by_its_gateways_and_nothing_else():
    found = findings("open", MANDATORY, declared("open"))
    assert {rule for rule, _ in found} == {
        "CN-010",
        "CN-012",
        "CN-014",
        "CN-030",
        "CN-032",
        "CN-100",
    }


def test_nodes_that_reach_the_internet_directly_need_an_answer_for_each_address():
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json")
    raw["network"]["egress"] = {"kind": "internetGateway"}
    raw["network"]["subnets"] = {
        f"front-{zone}": {"availabilityZone": f"ap-northeast-1{zone}", "exposure": "public",
                          "cidr": f"10.0.{i}.0/24"}
        for i, zone in enumerate("ac")
    }  # fmt: skip
    asked = parse(ClusterSpec, raw, where="dev")
    recorded = build(lambda: program(asked, lock, where="dev"))[0].resources
    found = {
        (rule_id(d), r.name)
        for r in recorded
        for d in judge(r.typ, r.inputs, r.name, declared("dev"))
        if d.enforcementLevel == MANDATORY
    }
    assert {rule for rule, _ in found} == {
        "CN-010", "CN-030", "CN-032", "CN-040", "CN-050", "CN-100",
    }  # fmt: skip
    assert {name for rule, name in found if rule in ("CN-040", "CN-050")} == {
        "front-a", "front-c", "workers",
    }  # fmt: skip


def test_a_way_to_on_premises_networks_passes_by_name_and_questions_come_in_only():
    unnamed = findings("on-premises", MANDATORY, declared("on-premises"))
    lead = [f"control-plane-1{zone}-datacentre-192.168.0.0-17" for zone in "ac"]
    assert unnamed == {("CN-024", "datacentre"), *(("CN-030", name) for name in lead)}
    who = {"owner": "net team", "reason": "Direct Connect", "cidrs": ["192.168.0.0/17"]}
    connections = [{"name": name, **who} for name in ("datacentre", "control-plane-*")]
    named = declared("on-premises", connections=connections)
    assert findings("on-premises", MANDATORY, named) == set()
    endpoints = {
        name: props for typ, name, props in resources("on-premises") if "esolverEndpoint" in typ
    }
    assert list(endpoints) == ["dns-inbound"]
    asking = {**endpoints["dns-inbound"], "direction": "OUTBOUND"}
    judged = judge("aws:route53/resolverEndpoint:ResolverEndpoint", asking, "dns-inbound", named)
    assert [rule_id(finding) for finding in judged] == ["CN-120"]


@pytest.mark.parametrize("scenario", sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir()))
def test_an_example_passes_with_the_declaration_beside_it(scenario):
    """What people copy: the stack file together with its heiiki.<stack>.policy.json."""
    text = (EXAMPLES / scenario / f"heiiki.{scenario}.policy.json").read_text(encoding="utf-8")
    assert findings(scenario, MANDATORY, configured(json.loads(text)["boundary"])) == set()


BASTION = [
    ("CN-010", "bastion"),
    ("CN-014", "bastion"),
    ("CN-030", "bastion-public-internet"),
    ("CN-032", "bastion-public-internet"),
    ("CN-101", "bastion-from-cidr-ssh-*"),
    ("CN-057", "bastion"),
    ("CN-057", "operator"),
    ("CN-057", "worker"),
]


def test_the_bastion_of_two_vpcs_passes_only_by_name_and_stays_visible():
    closed = findings("two-vpc", MANDATORY, declared("two-vpc"))
    assert {rule for rule, _ in closed} == {rule for rule, _ in BASTION} | {"CN-020", "CN-031"}
    who = {"owner": "net team", "reason": "administrators come through the bastion"}
    connections = [
        {"name": "bastion", "cidrs": ["172.24.0.0/24"], **who},
        {"name": "operator-bastion-*", "cidrs": ["172.24.0.0/24"], **who},
        {"name": "bastion-to-*", "cidrs": ["172.25.192.0/18"], **who},
    ]
    exceptions = [{"rule": r, "name": n, "expires": SOON, **who} for r, n in BASTION]
    named = declared("two-vpc", connections=connections, exceptions=exceptions)
    assert findings("two-vpc", MANDATORY, named) == set()
    shown = findings("two-vpc", ADVISORY, named)
    assert {rule for rule, _ in shown} == {rule for rule, _ in BASTION}


def carried(noun: str) -> tuple[str, str, dict[str, Any]]:
    """The resource of two-vpc with the policy of what is carried in."""
    (found,) = [r for r in resources("two-vpc") if r[0].endswith(f":{noun}")]
    return found


def without(document: str, *sids: str) -> str:
    """The policy without the statements that begin so."""
    policy = json.loads(document)
    kept = [s for s in policy["Statement"] if not s["Sid"].startswith(sids)]
    assert len(kept) < len(policy["Statement"])
    return json.dumps({**policy, "Statement": kept})


@pytest.mark.parametrize(
    ("noun", "reads"),
    [("BucketPolicy", "DenyReadsButOwnEndpoints"), ("RepositoryPolicy", "DenyLayersBut")],
)
def test_what_is_carried_in_passes_in_a_first_preview_and_no_less_than_that(noun, reads):
    typ, name, props = carried(noun)
    servicer = declared("two-vpc")
    open_to_others = props["policy"].replace(
        "arn:aws:iam::123456789012:role/image-carrier", "arn:aws:iam::999988887777:role/thief"
    )
    for policy, rules in (
        (props["policy"], []),
        (without(props["policy"], reads), ["CN-180"]),
        (open_to_others, ["CN-131"]),
        (UNKNOWN_VALUE, ["CN-131"]),
    ):
        found = judge(typ, {**props, "policy": policy}, name, servicer)
        assert [rule_id(d) for d in found] == rules
