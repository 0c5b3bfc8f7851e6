"""Some mutations of `open` and `existing` under the real engine, several in one preview.

The resources are those that the example's program declares, raw, with the declaration that lies
beside it: what its people answer for is said and passes, what somebody has added since fails.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from model.deployment import Node
from tests.policies.analyzer import REGION
from tests.policies.echo_provider import serve
from tests.policies.engine import Item
from tests.policies.engine import Stack as EngineStack
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.stacks import ANSWERED, IMPLIED, ORGANIZATION, Stack, stack
from tests.scenarios import EXAMPLES

pytestmark = pytest.mark.engine

GROUP = "clusterSecurityGroupId"
# One of each channel that fits both, each on a resource of another type or name.
TOGETHER = (
    "an egress-only internet gateway",
    "a peering that nobody answers for",
    "a transit gateway that takes whatever is attached",
    "egress to one public address",
    "encryption by default switched off",
    "pods that take a foreign role",
    "a public hosted zone",
    "a key granted to a foreign principal",
    "a role for a foreign account",
    "messages sent to a URL",
    "a load balancer that says nothing",
    "a newservice Door, a type that nobody knows",
)


def mutated(scenario: str) -> tuple[Stack, dict[str, Mutation]]:
    """All that fit, one after the other."""
    opened, wanted = stack(scenario, known=True), {}
    for entry in ENTRIES:
        if entry.mutation.name in TOGETHER:
            try:
                place = next(iter(entry.mutation.change(opened)), None)
            except LookupError:
                continue
            if place is not None:
                opened = place
                wanted[entry.mutation.name] = entry.mutation
    return opened, wanted


def as_program(opened: Stack) -> list[Item]:
    """Every resource after those that it takes ids from; the engine's own provider makes all."""
    nodes = [
        node for node in opened.deployment.nodes.values() if node.resource.type.startswith("aws:")
    ]
    urns = {node.resource.urn for node in nodes}
    ids = {node.outputs()["id"]: _of(node, "idOf") for node in nodes}
    for node in nodes:  # what comes with it, under an id of its own
        told = {**node.outputs(), **(node.outputs().get("vpcConfig") or {})}
        implied = [told.get(o) for o in (*IMPLIED.get(node.resource.noun, ()), GROUP)]
        ids |= {id_: _of(node, "appliedOf") for id_ in implied if isinstance(id_, str)}
    items: list[Item] = []
    made: set[str] = set()
    while len(items) < len(nodes):
        for node in nodes:
            urn = node.resource.urn
            sources = set().union(*node.sources.values()) & urns
            if urn not in made and sources <= made:
                made.add(urn)
                items.append((node.resource.type, node.resource.name, _inputs(node, ids)))
    return items


def _of(node: Node, how: str) -> dict[str, str]:
    return {how: f"{node.resource.type}::{node.resource.name}"}


def _inputs(node: Node, ids: dict[str, Any]) -> dict[str, Any]:
    return {key: _value(value, ids) for key, value in node.resource.props.items()}


def _value(value: Any, ids: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _value(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item, ids) for item in value]
    if isinstance(value, str) and value in ids:
        return ids[value]
    return value


def declaration(scenario: str) -> dict[str, Any]:
    text = (EXAMPLES / scenario / f"heiiki.{scenario}.policy.json").read_text(encoding="utf-8")
    declared = json.loads(text)
    declared["boundary"] |= {
        "organizationId": ORGANIZATION,
        "regions": [REGION, *REGIONS[scenario]],
    }
    return dict(declared)


REGIONS = {scenario: [region, "ap-northeast-1"] for scenario, region in ANSWERED.items()}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineStack]:
    server, port = serve()
    yield EngineStack(tmp_path_factory.mktemp("engine"), port)
    server.stop(None).wait()


@pytest.mark.parametrize("scenario", ANSWERED)
def test_what_is_added_fails_beside_what_is_answered_for(engine, scenario):
    opened, wanted = mutated(scenario)
    assert len(wanted) >= 10
    outcome = engine.preview(*as_program(opened), config=declaration(scenario))
    assert outcome.code != 0
    refused = set(re.findall(r"\[mandatory\][^\n]*\n\s*(?:[^\n]*\n\s*)?(CN-\d{3}) ", outcome.text))
    missed = {name: _rules(mutation.caught) - refused for name, mutation in wanted.items()}
    assert {name: rules for name, rules in missed.items() if rules} == {}
    expected = set().union(*(_rules(m.caught | m.also) for m in wanted.values()))
    assert refused <= expected, "nothing that somebody answers for fails"
    assert "Answered for by " in outcome.text and "[advisory]" in outcome.text


def _rules(labels: frozenset[str]) -> set[str]:
    return {label for label in labels if label.startswith("CN-")}
