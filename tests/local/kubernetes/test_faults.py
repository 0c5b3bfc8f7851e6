"""Bad objects and settings: every fault at once, by property, with what to write instead."""

from typing import Any

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.kubernetes.provider import create_servicer
from local.provider_answers import Subject
from local.provider_values import UNKNOWN, Secret, reveal
from tests.local.tls.engine_side import EngineSide

from .conftest import CONFIG_MAP, NAMESPACE, SECRET, details

SERVICE = "kubernetes:core/v1:Service"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
LONG = "a" * 254


@pytest.mark.parametrize(
    ("token", "name", "sound"),
    [
        (CONFIG_MAP, "aws-auth", True),
        (CONFIG_MAP, "kube-root-ca.crt", True),
        (CONFIG_MAP, "aws_auth", False),
        (CONFIG_MAP, "-a", False),
        (CONFIG_MAP, "a.", False),
        (CONFIG_MAP, "a..b", False),
        (CONFIG_MAP, "A", False),
        (CONFIG_MAP, "", False),
        (CONFIG_MAP, "a\n", False),
        (CONFIG_MAP, LONG[1:], True),
        (CONFIG_MAP, LONG, False),
        (NAMESPACE, "a.b", False),
        (NAMESPACE, "1", True),
        (NAMESPACE, "a" * 64, False),
        (SERVICE, "1a", False),
        (SERVICE, "a1", True),
        (ROLE, "system:node", True),
        (ROLE, "a/b", False),
        (ROLE, "..", False),
        (ROLE, "a%2f", False),
    ],
)
def test_names_are_what_the_kind_admits(
    memory: EngineSide, token: str, name: str, sound: bool
) -> None:
    found = memory.faults(token, {"metadata": {"name": name}})

    assert list(found) == ([] if sound else ["metadata.name"])
    if not sound:
        assert found["metadata.name"].startswith(f"metadata.name is {name!r}, and must be ")


@pytest.mark.parametrize(
    ("changed", "property_", "reason"),
    [
        ({"data": {"a": 1}}, "data.a", "data.a is a number, and must be a text; quote it"),
        ({"data": {"a": True}}, "data.a", "is a truth value, and must be a text"),
        ({"data": {"a": {"b": "c"}}}, "data.a", "is a mapping, and must be a text"),
        ({"data": ["a"]}, "", "data must be a mapping of texts to texts"),
        ({"data": {"a/b": "c"}}, 'data["a/b"]', "is no key: up to 253 of"),
        ({"data": {"..": "c"}}, 'data[".."]', "is no key: up to 253 of"),
        ({"binaryData": {"a": "§"}}, "binaryData.a", "is not base64; encode it, or write it unde"),
        ({"data": {"a": ""}, "binaryData": {"a": ""}}, "binaryData.a", "is in data, too"),
        ({"data": {"a": "x" * 2**20 + "x"}}, "", "the data take 1048577 bytes, and may take"),
        ({"nodes": {}}, "", "ConfigMap has no nodes; it has binaryData, data, immutable"),
        ({"apiVersion": "v2"}, "apiVersion", "apiVersion is 'v2', but the resource type says v1"),
        ({"kind": "Secret"}, "kind", "but the resource type says ConfigMap; leave it out"),
        ({"metadata": "x"}, "metadata", "metadata must be an object such as {name: ...}"),
        ({"metadata": {"generateName": "a-"}}, "metadata.generateName", "only metadata.name"),
        ({"metadata": {"namespace": "a.b"}}, "metadata.namespace", "must be an RFC 1123 label"),
        ({"metadata": {"labels": {"a": 1}}}, "metadata.labels.a", "must be a text; quote it"),
        ({"metadata": {"labels": {"a b": ""}}}, 'metadata.labels["a b"]', "is no label name"),
        ({"metadata": {"labels": {"A/b": ""}}}, 'metadata.labels["A/b"]', "is no label name"),
        ({"metadata": {"labels": {"a": "b/c"}}}, "metadata.labels.a", "is no label value"),
        ({"metadata": {"annotations": {"/": ""}}}, 'metadata.annotations["/"]', "no annotation"),
        (
            {"metadata": {"name": "n", "annotations": {"a": "x" * 2**18}}},
            "metadata.annotations",
            "the annotations take 262145 bytes",
        ),
        (
            {"metadata": {"annotations": {"pulumi.com/deletionPropagationPolicy": "never"}}},
            'metadata.annotations["pulumi.com/deletionPropagationPolicy"]',
            "must be one of background, foreground, orphan",
        ),
    ],
)
def test_a_config_map_that_no_server_would_take(
    memory: EngineSide, changed: dict[str, Any], property_: str, reason: str
) -> None:
    found = memory.faults(CONFIG_MAP, changed)

    assert list(found) == [property_]
    assert reason in found[property_]


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"data": {"a.b_c-D": "x\ny"}, "binaryData": {"b": "AAEC\nAwQ="}, "immutable": True},
        {"data": {"a": UNKNOWN}, "metadata": {"name": UNKNOWN, "labels": UNKNOWN}},
        {"data": UNKNOWN, "metadata": UNKNOWN},
        {"data": {"a": "x" * 2**20}},
        {"metadata": {"labels": {"app.kubernetes.io/name": "a_B.c", "empty": ""}}},
        {"apiVersion": "v1", "kind": "ConfigMap"},
    ],
)
def test_a_config_map_that_a_server_would_take(memory: EngineSide, inputs: dict[str, Any]) -> None:
    assert memory.faults(CONFIG_MAP, inputs) == {}


def test_every_fault_is_told_at_once(memory: EngineSide) -> None:
    found = memory.faults(
        CONFIG_MAP, {"kind": "X", "nodes": 1, "metadata": {"name": "A"}, "data": {"a": 1}}
    )

    assert list(found) == ["kind", "", "metadata.name", "data.a"]


@pytest.mark.parametrize(
    ("changed", "property_", "reason"),
    [
        ({"data": {"a": "not base64"}}, "data.a", "encode it, or write it under stringData"),
        ({"stringData": {"a": 5}}, "stringData.a", "is a number, and must be a text"),
        ({"type": 5}, "type", "type must be a text, such as Opaque"),
    ],
)
def test_a_secret_that_no_server_would_take(
    memory: EngineSide, changed: dict[str, Any], property_: str, reason: str
) -> None:
    found = memory.faults(SECRET, changed)

    assert list(found) == [property_]
    assert reason in found[property_]


def test_no_fault_shows_a_secret(memory: EngineSide) -> None:
    inputs = {"data": {"a": "hunter2 hunter2"}, "stringData": {"b": 1234567}}

    for given_ in (inputs, {"data": Secret(inputs["data"]), "stringData": inputs["stringData"]}):
        found = memory.faults(SECRET, given_)
        assert len(found) == 2
        assert "hunter2" not in str(found) and "1234567" not in str(found)


def test_a_kind_in_no_namespace_is_given_none(memory: EngineSide) -> None:
    checked, _ = memory.check_at(f"urn:pulumi:s::p::{NAMESPACE}::n", {"metadata": {"name": "a"}})
    assert checked["metadata"] == {"name": "a"}

    found = memory.faults(NAMESPACE, {"metadata": {"namespace": "default"}})
    assert found == {"metadata.namespace": "this kind is in no namespace; leave it out"}


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("kubernetes:core/v1:ConfigMapPatch", "of v1 it knows ConfigMap, Endpoints"),
        ("kubernetes:core/v1:Widget", "does not know kubernetes:core/v1:Widget"),
        ("kubernetes:batch/v1beta1:CronJob", "it knows the kinds of v1, apps/v1"),
        ("kubernetes:helm.sh/v3:Release", "does not know kubernetes:helm.sh/v3:Release"),
        ("kubernetes:yaml/v2:ConfigGroup", "does not know kubernetes:yaml/v2:ConfigGroup"),
        ("kubernetes:flowcontrol.apiserver.k8s.io/v1:FlowSchema", "does not know kubernetes:flow"),
        ("kubernetes:ConfigMap", "write kubernetes:<group>/<version>:<Kind>"),
    ],
)
def test_an_unknown_type_is_an_error_that_names_it(
    memory: EngineSide, token: str, words: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        memory.faults(token, {})

    assert words in details(caught)


def test_custom_resources_may_hold_anything(memory: EngineSide) -> None:
    made = memory.create("kubernetes:test.example/v1:Widget", {"spec": {"size": 3}, "more": [1]})

    assert (made["apiVersion"], made["kind"]) == ("test.example/v1", "Widget")
    assert (made["spec"], made["more"]) == ({"size": 3}, [1])


@pytest.mark.parametrize(
    ("config", "property_", "reason"),
    [
        ({"kubeconfg": "x"}, "kubeconfg", "has no setting kubeconfg; it has alwaysRender"),
        ({"namespace": "A"}, "namespace", "namespace is 'A', and must be an RFC 1123 label"),
        ({"enableConfigMapMutable": "maybe"}, "enableConfigMapMutable", "must be true or false"),
        ({"enableServerSideApply": "false"}, "enableServerSideApply", "knows enableServerSideAp"),
        ({"upsertExistingObjects": True}, "upsertExistingObjects", "only as false"),
        ({"renderYamlToDirectory": 5}, "renderYamlToDirectory", "must be a text"),
        ({"helmReleaseSettings": "{}"}, "helmReleaseSettings", "has no setting helmReleaseSettin"),
    ],
)
def test_settings_are_checked(
    kubernetes: EngineSide, config: dict[str, Any], property_: str, reason: str
) -> None:
    found = kubernetes.check_config(**config)

    assert list(found) == [property_]
    assert reason in found[property_]


def test_settings_that_say_what_is_so_anyway_are_taken(kubernetes: EngineSide) -> None:
    found = kubernetes.check_config(
        enableServerSideApply="true",
        upsertExistingObjects=False,
        suppressHelmHookWarnings="true",
        enableSecretMutable="true",
        kubeconfig=UNKNOWN,
        namespace=UNKNOWN,
    )

    assert found == {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
METADATA = VALUES | st.fixed_dictionaries(
    {},
    optional={"name": VALUES, "namespace": VALUES, "labels": VALUES, "annotations": VALUES},
)


@pytest.mark.parametrize("token", [CONFIG_MAP, SECRET, NAMESPACE])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_value_is_checked_without_a_traceback(token: str, data: st.DataObject) -> None:
    fields = st.sampled_from(["data", "stringData", "binaryData", "type", "kind", "immutable"])
    inputs = data.draw(st.dictionaries(fields, VALUES, max_size=4))
    inputs["metadata"] = data.draw(METADATA)

    subject = Subject(f"urn:pulumi:s::p::{token}::n")
    checked = create_servicer().check(subject, {}, inputs, b"seed")

    assert reveal(checked.inputs).keys() >= inputs.keys()
