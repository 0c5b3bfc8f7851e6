"""What the pack judges where `pulumi --target` touches some resources only.

The engine runs the whole program and shows the pack everything: what is meant as it will be, what
is there already as it is recorded, and what is new and not meant without any of its properties. The
tests follow each other: the stack is made by the first.
"""

import pytest
from pulumi.runtime import rpc

from tests.policies.cases import COMPLIANT, ENDPOINT
from tests.policies.echo_provider import serve
from tests.policies.engine import Stack
from tests.policies.plain_program import ANSWERED, CLOSED, VPC, as_program
from tests.policies.test_engine import ASSOCIATION, GATEWAY, TABLE, declared

JOINED = (ASSOCIATION, "nodes", {"routeTableId": {"idOf": "table"}})
OUTPUTS = (("output", "table", {"value": {"idOf": "table"}}),
           ("output", "nodes", {"value": {"idOf": "nodes"}}))  # fmt: skip
SOUND = (ENDPOINT, "sts", COMPLIANT[ENDPOINT])
OPEN = (ENDPOINT, "sts", {k: v for k, v in COMPLIANT[ENDPOINT].items() if k != "policy"})


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    server, port = serve()
    yield Stack(tmp_path_factory.mktemp("targets"), port)
    server.stop(None).wait()


def test_an_update_of_some_records_the_outputs_of_others_as_unknown(stack):
    """What tests/engine/test_unknown_outputs.py reads."""
    outcome = stack.up(TABLE, JOINED, *OUTPUTS, config=declared(), target=TABLE)
    assert outcome.code == 0, outcome.text
    found = stack.outputs()
    assert found.pop("table").startswith("igw-") and found == {"nodes": rpc.UNKNOWN}


def test_a_stack_that_is_there_passes_with_some_of_it(stack):
    whole = (TABLE, JOINED, SOUND)
    assert stack.up(*whole, config=declared()).code == 0
    outcome = stack.preview(*whole, config=declared(), target=TABLE)
    assert outcome.code == 0 and "[mandatory]" not in outcome.text, outcome.text


def test_a_door_is_refused_though_it_is_not_meant(stack):
    outcome = stack.preview(TABLE, JOINED, SOUND, GATEWAY, config=declared(), target=TABLE)
    assert outcome.code != 0 and "CN-010 InternetGateway 'bastion'" in outcome.text


def test_what_changes_and_is_not_meant_is_judged_as_it_is_recorded(stack):
    """Nothing of it is made; the next preview of the whole tells."""
    program = (TABLE, JOINED, OPEN)
    assert stack.preview(*program, config=declared(), target=TABLE).code == 0
    meant = stack.preview(*program, config=declared(), target=OPEN)
    assert meant.code != 0 and "CN-083 VpcEndpoint 'sts' has no policy" in meant.text


def test_what_is_new_and_not_meant_leaves_ways_undecided(stack):
    """Though the whole of it is closed (tests/policies/test_engine.py)."""
    program = as_program(CLOSED["a table that is not the main one"])
    (vpc,) = [item for item in program if item[:2] == (VPC, "spoke")]
    outcome = stack.preview(*program, config={"boundary": ANSWERED}, target=vpc)
    assert outcome.code != 0
    assert "CN-006 Instance 'pod' may let packets of pod out" in outcome.text
    assert "CN-005" not in outcome.text
