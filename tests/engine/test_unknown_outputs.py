"""What another stack does not tell is never taken for told: neither by the program nor by the pack.

A stack that was brought up in part (`up --target`) has outputs on record that are the engine's mark
for what is unknown. A preview reads it as unknown, an update as no value at all.
"""

import json

import pytest
from pulumi.runtime import rpc

from automation import AutomationError
from tests.engine.stack_copies import copied
from tests.policies.analyzer import ACCOUNT
from tests.policies.echo_provider import serve
from tests.policies.engine import Stack
from tests.policies.plain_program import JOINED, TABLE, WHO

REFERENCE = "pulumi:pulumi:StackReference"
FROM_NETWORK = (JOINED, "nodes", {"routeTableId": {"outputOf": ["network", "tableId"]}})
OWN = (TABLE, "own", {"vpcId": "vpc-1"})
ANSWERED = {"stacks": ["network"], **WHO}
TOLD = "rtb-0a1b2c3d4e5f60718"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    server, port = serve()
    yield Stack(tmp_path_factory.mktemp("plain"), port)
    server.stop(None).wait()


@pytest.fixture(scope="module")
def recorded(plain):
    outputs = {"part": {"tableId": rpc.UNKNOWN}, "whole": {"tableId": TOLD}}
    return {name: plain.record(name, told) for name, told in outputs.items()}


def previewed(plain, stack, *supplied):
    config = {
        "boundary": {"accounts": [ACCOUNT], "supplied": [{"ids": ["vpc-1"], **WHO}, *supplied]}
    }
    return plain.preview(OWN, (REFERENCE, "network", {"stack": stack}), FROM_NETWORK, config=config)


def test_what_is_told_passes_where_somebody_answers_for_the_stack(plain, recorded):
    answered = previewed(plain, recorded["whole"], ANSWERED)
    assert answered.code == 0, answered.text
    alone = previewed(plain, recorded["whole"])
    assert alone.code != 0 and f"CN-004 RouteTableAssociation 'nodes' routeTableId is {TOLD}" in (
        alone.text
    )


@pytest.mark.parametrize("which", ["part", "unknown"])
@pytest.mark.parametrize("supplied", [(), (ANSWERED,)], ids=["alone", "answered"])
def test_what_is_not_told_is_refused_whoever_answers(plain, recorded, which, supplied):
    """unknown: which stack it is turns out only in the update."""
    stack = recorded["part"] if which == "part" else {"idOf": "own"}
    outcome = previewed(plain, stack, *supplied)
    assert outcome.code != 0, outcome.text
    assert "CN-004 RouteTableAssociation 'nodes' routeTableId is unknown in preview" in outcome.text
    assert ("bring that stack up whole" in outcome.text) is bool(supplied)


def test_a_part_says_that_the_one_before_it_was_brought_up_in_part(world, tmp_path):
    folder = copied("parts", tmp_path / "parts")
    network, cluster = (world.stack(f"parts-{name}", folder) for name in ("network", "cluster"))
    network.preview()  # which makes its record, with nothing in it
    record = json.loads(network._run.command("stack", "export"))
    urn = "urn:pulumi:parts-network::heiiki::pulumi:pulumi:Stack::heiiki-parts-network"
    told = {"part": {"of": "parts", "name": "network"}, "subnetIds": {"nodes-1a": rpc.UNKNOWN}}
    root = {"urn": urn, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": told}
    record["deployment"]["resources"] = [root]
    (tmp_path / "record.json").write_text(json.dumps(record), encoding="utf-8")
    network._run.command("stack", "import", "--file", str(tmp_path / "record.json"))
    with pytest.raises(AutomationError) as failed:
        cluster.preview()
    assert (
        "parts-network does not know its subnetIds: it was brought up in part (--target); bring "
        "it up whole, then this stack"
    ) in str(failed.value)
    assert "Traceback" not in str(failed.value)
