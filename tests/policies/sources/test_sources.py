"""Each source of a deployment: what it tells, what stays unknown, and what it refuses."""

import json
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi_policy import deserialize, proxy

from model.build import build_network
from model.deployment import Deployment
from rules.unknowns import UNKNOWN
from sources.faults import SourceError
from sources.preview import read_preview, read_struct
from sources.recorded import read_recorded
from sources.state import read_state
from sources.wire import SENTINELS, SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY, read_value
from tests.policies.analyzer import struct
from tests.policies.model.deployments import example, registered

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
VPC = "aws:ec2/vpc:Vpc"


def test_what_is_unknown_secret_or_redacted_is_unknown():
    assert len(SENTINELS) == 7 and UNKNOWN_TEXT in SENTINELS
    assert all(read_value(sentinel) is UNKNOWN for sentinel in SENTINELS)
    assert read_value("[secret]") is UNKNOWN
    assert read_value({**SECRET, "ciphertext": "v1:abc"}) is UNKNOWN
    assert read_value({**SECRET, "plaintext": "{"}) is UNKNOWN
    assert read_value({**SECRET, "plaintext": '{"a": ["b"]}'}) == {"a": ["b"]}
    assert read_value({**SECRET, "value": "b"}) == "b"
    assert read_value({"a": [UNKNOWN_TEXT, 1, True, None]}) == {"a": [UNKNOWN, 1, True, None]}


def test_the_marks_are_those_of_the_sdk():
    theirs = {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")}
    assert theirs == SENTINELS
    assert deserialize.SPECIAL_SIG_KEY == SPECIAL_SIG_KEY
    assert deserialize.SPECIAL_SECRET_SIG == SPECIAL_SECRET_SIG


def resource(name: str, **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::project::{VPC}::{name}"
    return {"urn": urn, "type": VPC, "custom": True, "id": f"vpc-{name}", **more}


def state(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": list(resources), **more}}


def test_a_state_tells_inputs_outputs_and_where_they_come_from():
    given = resource(
        "net",
        inputs={"cidrBlock": "10.0.0.0/16", "tags": {**SECRET, "ciphertext": "x"}},
        outputs={"cidrBlock": "10.0.0.0/16", "defaultRouteTableId": "rtb-1"},
        propertyDependencies={"cidrBlock": ["urn:a"], "tags": None},
    )
    (node,) = read_state(state(given)).nodes.values()
    assert (node.resource.type, node.resource.name) == (VPC, "net")
    assert node.resource.props == {"cidrBlock": "10.0.0.0/16", "tags": UNKNOWN}
    assert node.sources == {"cidrBlock": frozenset({"urn:a"}), "tags": frozenset()}
    assert node.outputs()["id"] == "vpc-net"
    assert node.outputs()["defaultRouteTableId"] == "rtb-1"


def test_what_a_state_only_reads_is_left_out():
    found = read_state(state(resource("read", external=True), resource("made")))
    assert [node.resource.name for node in found.nodes.values()] == ["made"]


@pytest.mark.parametrize(
    ("given", "component"),
    [
        ({"custom": False}, True),
        (
            {"custom": False, "provider": "urn:pulumi:dev::project::pulumi:providers:awsx::x::1"},
            False,
        ),
        ({"custom": True}, False),
        ({}, False),
    ],
)
def test_what_no_provider_has_made_is_a_component_of_the_program(given, component):
    told = {**resource("net"), "type": "acme:network:Vpc"}
    del told["custom"]
    (node,) = read_state(state({**told, **given})).nodes.values()
    assert node.resource.component is component


def test_what_waits_to_be_deleted_is_still_there_beside_its_replacement():
    old = resource("net", inputs={"cidrBlock": "10.0.0.0/16"}, delete=True, id="vpc-old")
    new = resource("net", inputs={"cidrBlock": "10.1.0.0/16"})
    assert len(build_network(read_state(state(new, old))).vpcs) == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "state: has no deployment; give the JSON that `pulumi stack export` writes"),
        ({"deployment": None}, "state: has no deployment"),
        (state(pending_operations=[{}]), "run `pulumi refresh`, and export again"),
        ({"deployment": {"resources": {"a": 1}}}, "deployment.resources is no list"),
        (state({"type": VPC}), "deployment.resources[0] has no urn"),
        (state({"urn": "u"}), "deployment.resources[0]: has no type"),
        (state(resource("a"), resource("a")), "has two resources of one urn"),
        (state(resource("a", inputs=[1])), "deployment.resources[0].inputs is no object"),
        (state(resource("a", outputs="x")), "deployment.resources[0].outputs is no object"),
        (
            state(resource("a", propertyDependencies=["x"])),
            "deployment.resources[0].propertyDependencies is no object",
        ),
    ],
)
def test_a_state_that_cannot_be_read_says_why(given, said):
    with pytest.raises(SourceError) as raised:
        read_state(given)
    assert said in str(raised.value)


def test_an_empty_state_is_an_empty_deployment():
    assert read_state({"deployment": {"manifest": {}}}).nodes == {}


def recorded(**more: Any) -> dict[str, Any]:
    return {"urn": "u", "type": VPC, "name": "net", "inputs": {}, "sources": {}, **more}


def test_a_recording_tells_the_same_with_unknown_values_in_it():
    given = recorded(
        inputs={"cidrBlock": UNKNOWN_TEXT}, sources={"cidrBlock": ["a"]}, outputs={"id": "x"}
    )
    (node,) = read_recorded([given]).nodes.values()
    assert node.resource.props == {"cidrBlock": UNKNOWN}
    assert node.sources == {"cidrBlock": frozenset({"a"})} and node.outputs() == {"id": "x"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "recording: is no list of resources"),
        (["x"], "recording[0]: is no object"),
        ([{}], "recording[0]: cannot read urn, type, name"),
        ([recorded(inputs=[], name=1)], "recording[0]: cannot read name, inputs"),
        ([recorded(sources={"vpcId": "u"})], "recording[0]: cannot read sources"),
        ([recorded(), recorded()], "recording: has two resources of one urn"),
    ],
)
def test_a_recording_that_cannot_be_read_says_why(given, said):
    with pytest.raises(SourceError) as raised:
        read_recorded(given)
    assert said in str(raised.value)


def sent(name: str) -> Any:
    """A resource as AnalyzeStack is sent it."""
    message = proto.AnalyzerResource(type=VPC, name=name, urn=name, properties=struct({"id": "x"}))
    message.propertyDependencies["cidrBlock"].urns.append("a")
    return message


def test_a_preview_tells_inputs_from_before_and_outputs_from_the_end():
    inputs: struct_pb2.Struct = struct({"cidrBlock": UNKNOWN_TEXT})
    found = read_preview([sent("net"), sent("other")], {"net": read_struct(inputs)})
    net = found.nodes["net"]
    assert net.resource.props == {"cidrBlock": UNKNOWN} and net.outputs() == {"id": "x"}
    assert net.sources == {"cidrBlock": frozenset({"a"})}
    assert found.nodes["other"].resource.props == {}


def as_state(scenario: str) -> Deployment:
    """An example as `pulumi stack export` has it."""
    resources = [
        {
            "urn": r.urn,
            "type": r.type,
            "id": r.id,
            "inputs": r.inputs,
            "outputs": r.outputs,
            "propertyDependencies": {key: sorted(urns) for key, urns in r.sources.items()},
        }
        for r in registered(scenario)
    ]
    return read_state(json.loads(json.dumps(state(*resources))))


def as_recording(scenario: str) -> Deployment:
    """An example as it is recorded, its ids unknown."""
    items = [
        {
            "urn": node.resource.urn,
            "type": node.resource.type,
            "name": node.resource.name,
            "inputs": _text(node.resource.props),
            "outputs": _text(node.outputs()),
            "sources": {key: sorted(urns) for key, urns in node.sources.items()},
        }
        for node in example(scenario, known=False).nodes.values()
    ]
    return read_recorded(json.loads(json.dumps(items)))


def _text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_text(item) for item in value]
    return UNKNOWN_TEXT if value is UNKNOWN else value


@pytest.mark.parametrize("scenario", ["dev", "open", "parts", "on-premises"])
def test_every_source_gives_an_example_the_same_network(scenario):
    expected = build_network(example(scenario, known=False))
    assert len(expected.subnets) > 3
    assert build_network(as_state(scenario)) == expected
    assert build_network(as_recording(scenario)) == expected
