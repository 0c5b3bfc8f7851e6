"""The pack and `heiiki prove` say the same of the same resources, by every rule over the whole."""

import json
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from model.deployment import Deployment, Node
from proof.in_pack import Told
from rules.table import STACK_RULES
from rules.unknowns import UNKNOWN
from tests.policies.analyzer import ADVISORY, MANDATORY, configured, used
from tests.policies.deployed import Shown, everything, whole
from tests.policies.mutations.catalogue import ENTRIES, Entry
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import (
    ORGANIZATION,
    REGION,
    Stack,
    declaration,
    stack,
)
from tests.scenarios import EXAMPLES

WHOLE = frozenset(rule.id for rule in STACK_RULES if rule.level == "mandatory")
OBJECTS = [entry for entry in ENTRIES if entry.channel in ("Kubernetes", "Pods")]


def declared(scenario: str) -> dict[str, Any]:
    """The declaration of a stack, as the pack is given it."""
    text = (EXAMPLES / scenario / f"heiiki.{scenario}.policy.json").read_text(encoding="utf-8")
    own = json.loads(text)["boundary"]
    return {**own, "regions": [REGION], "organizationId": ORGANIZATION}


def sent(value: Any) -> Any:
    """A value as the engine sends it."""
    if value is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if isinstance(value, dict):
        return {key: sent(item) for key, item in value.items()}
    return [sent(item) for item in value] if isinstance(value, list | tuple) else value


def shown(node: Node) -> Shown:
    of = node.resource
    return Shown(of.type, of.urn, sent(dict(of.props)), node.sources, sent(dict(node.outputs())))


def by_the_pack(opened: Stack) -> set[tuple[str, str]]:
    """What the pack refuses by rules over the whole: the rule, and what it is about."""
    servicer = configured(declared(opened.name))
    said = whole(servicer, map(shown, opened.deployment.nodes.values()))
    return {
        (each.rule, each.urn) for each in said if each.level == MANDATORY and each.rule in WHOLE
    }


def by_the_proof(opened: Stack) -> set[tuple[str, str]]:
    found = proved(opened.name, opened).counted
    return {(each.rule, each.urn) for each in found if each.rule in WHOLE}


def first(entry: Entry, closed: Stack) -> Stack | None:
    try:
        return next(iter(entry.mutation.change(closed)), None)
    except LookupError:
        return None


@pytest.mark.parametrize("entry", OBJECTS, ids=[entry.id for entry in OBJECTS])
def test_of_kubernetes_objects_both_find_the_same(entry):
    empty = Stack("dev", True, Deployment(), declaration("dev"))
    opened = first(entry, empty)
    if opened is None:  # a change of what an example makes
        opened = first(entry, stack("dev", True))
    found = by_the_proof(opened)
    assert by_the_pack(opened) == found
    assert {rule for rule, _ in found} >= entry.mutation.caught & WHOLE


# By every rule over the whole what it finds.
FINDS = {
    "CN-004": "a private NAT gateway with an Elastic IP",
    "CN-005": "a way by NAT and internet gateway",
    "CN-006": "a default subnet",
    "CN-007": "an endpoint for everybody and everything",
    "CN-008": "an endpoint whose policy is unknown",
    "CN-126": "the default VPC",
    "CN-127": "a default subnet",
    "CN-181": "a bucket without a policy",
    "CN-190": "an add-on under a foreign role",
    "CN-191": "an endpoint in one zone of two",
    "CN-192": "an endpoint to the resources of a foreign account",
    "CN-193": "a launch template without interfaces",
    "CN-194": "a DNS Firewall that forgets EC2",
    "CN-195": "nodes that are not given image pulls",
    "CN-196": "a group of another program",
    "CN-210": "user data that nobody knows",
    "CN-211": "a host of AWS without an endpoint",
    "CN-213": "a load balancer with a target that nobody knows",
    "CN-214": "a role for everything",
    "CN-215": "a namespace whose pods no policy holds",
    "CN-216": "a namespace whose pods may not ask for names",
    "CN-219": "nodes that are called otherwise than their role lets them",
    "CN-220": "a subnet that is joined to no table",
    "CN-221": "endpoints that take calls at another port",
    "CN-222": "a registry that takes pushes under one of its two names",
    "CN-225": "a parameter in clear whose text nobody has read",
    "CN-241": "nodes that administer their cluster",
}


@pytest.mark.parametrize("rule", sorted(WHOLE))
def test_by_every_rule_over_the_whole_both_find_the_same(rule, monkeypatch):
    # What is said of a resource by itself the pack says once: here it says it again.
    monkeypatch.setattr(Told, "covers", lambda self, finding: False)
    (entry,) = (entry for entry in ENTRIES if entry.mutation.name == FINDS[rule])
    opened = first(entry, stack("dev", True))
    assert opened is not None and opened.boundary == declaration("dev")
    found = by_the_proof(opened)
    assert by_the_pack(opened) == found
    assert rule in {each for each, _ in found}


def test_what_both_advise_is_the_same():
    closed = stack("dev", True)
    bare = closed.lacking(*closed.each("aws:ec2/flowLog:FlowLog"))
    said = everything(configured(declared("dev")), map(shown, bare.deployment.nodes.values()))
    advised = [(f.rule, f.urn) for f in proved("dev", bare).advised]
    assert [(s.rule, s.urn) for s in said if s.level == ADVISORY] == advised != []


def test_ids_in_resources_of_any_package_are_asked_for():
    """What a declared package makes may name a door as well."""
    door = Shown("dns:zone/record:Record", "urn:pulumi:s::p::dns:zone/record:Record::door",
                 {"zoneId": "zone-of-others"})  # fmt: skip
    (said,) = whole(configured({**declared("dev"), "packages": [used("dns")]}), [door])
    assert (said.rule, said.level) == ("CN-004", MANDATORY)
