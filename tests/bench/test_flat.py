"""The second yardstick is the very stack: its resources, its inputs, and nothing else.

Under mocks; that the engine takes the program is shown by the bench itself, which runs it.
"""

import json
from typing import Any

import pytest

from bench.flat import PROVIDER, Registered, flat_program, registered
from components.program import program
from tests.mocks import build
from tests.scenarios import SCENARIOS, read


def made(scenario: str) -> list[Registered]:
    spec, lock = read(scenario)
    recorded = build(lambda: program(spec, lock, where=scenario))[0].resources
    return [Registered(r.typ, r.name, r.inputs) for r in recorded]


def run(text: str) -> tuple[dict[tuple[str, str], Any], set[str]]:
    recorder, urns = build(lambda: exec(text, {}))
    return {(r.typ, r.name): r.inputs for r in recorder.resources}, urns


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_flat_program_registers_what_the_stack_registers(scenario):
    rows = made(scenario)
    wanted = {(r.type, r.name): r.inputs for r in rows if r.type.startswith("aws:")}
    assert len(wanted) > 20
    found, urns = run(flat_program(rows))
    assert {k: v for k, v in found.items() if k[0] != PROVIDER} == wanted
    assert [typ for typ, _ in found if not typ.startswith("aws:")] == [PROVIDER]
    assert not any("heiiki:" in urn for urn in urns), "no component"


def test_what_the_provider_adds_is_not_written():
    added = {"__defaults": ["instanceTenancy"], "instanceTenancy": "default", "tagsAll": {"a": "b"}}
    vpc = Registered("aws:ec2/vpc:Vpc", "v", {"cidrBlock": "10.0.0.0/16", **added})
    provider = Registered(PROVIDER, "aws", {"region": "eu-west-1"})
    found, _ = run(flat_program([provider, vpc]))
    assert found["aws:ec2/vpc:Vpc", "v"] == {"cidrBlock": "10.0.0.0/16"}


def test_every_resource_of_a_preview_is_counted_once(tmp_path):
    state = {"type": "aws:kms/key:Key", "urn": "urn:pulumi:s::p::aws:kms/key:Key::k", "inputs": {}}
    events = [
        {"resourcePreEvent": {"metadata": {"op": "create", "new": state}}},
        {"resOutputsEvent": {"metadata": {"op": "create", "new": state}}},
        {"summaryEvent": {}},
    ]
    log = tmp_path / "events.json"
    log.write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    assert registered(log) == [Registered("aws:kms/key:Key", "k", {})]
