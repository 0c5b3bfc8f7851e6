"""Kubernetes objects out of files: what is read, what is refused, and where it says so."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.deployment import Deployment
from proof.prove import prove
from rules.boundary_reader import parse_boundary
from sources.faults import SourceError
from sources.manifests import UNNAMED, objects_of, read_manifests
from tests.policies.analyzer import ACCOUNT, REGION
from tests.policies.test_boundary import TODAY
from tests.policies.told_cases import OWN_IMAGE

BOUNDARY = parse_boundary({"accounts": [ACCOUNT], "regions": [REGION]}, TODAY)
POD = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: {}\n"


def found(text, name="web.yaml"):
    """Each finding as its rule and the document that it is about."""
    proof = prove(Deployment.of(objects_of(name, text)), BOUNDARY)
    return [(f.rule, f.resource) for f in proof.findings]


def refused(text, name="web.yaml"):
    with pytest.raises(SourceError) as raised:
        list(objects_of(name, text))
    return str(raised.value)


def test_each_document_is_called_by_its_file_and_its_place():
    text = "\n---\n".join(
        ["---\n# nothing but a comment", POD.format(OWN_IMAGE), POD.format("nginx")]
    )
    assert [n.resource.name for n in objects_of("web.yaml", text)] == ["web.yaml:2", "web.yaml:3"]
    assert found(text) == [("CN-145", "web.yaml:3"), ("CN-146", "web.yaml:3")]


def test_json_and_lists_are_read_as_they_are():
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "nginx"}]}}
    assert found(json.dumps(pod)) == [("CN-145", "web.yaml:1"), ("CN-146", "web.yaml:1")]
    listed = {"apiVersion": "v1", "kind": "List", "items": [pod, pod]}
    assert found(json.dumps(listed)).count(("CN-145", "web.yaml:1")) == 2
    service = {"items": [{"spec": {"type": "LoadBalancer"}}]}
    text = json.dumps({"apiVersion": "v1", "kind": "ServiceList", **service})
    assert found(text) == [("CN-140", "web.yaml:1")]


@pytest.mark.parametrize("text", ["a: 1", "kind: Pod", "apiVersion: v1", "apiVersion: 1\nkind: []"])
def test_an_object_that_does_not_say_what_it_is_is_found(text):
    (node,) = objects_of("x", text)
    assert found(text, "x") == [("CN-156", "x:1")] or node.resource.type == UNNAMED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\n", "web.yaml, line 2: is no YAML"),
        ("a: 1\n---\n- b\n", "web.yaml, line 3: document 2 is no object"),
        ("a: 1\na: 2\n", "web.yaml, line 2: holds a key twice"),
        ("a: !!python/object/apply:os.system [x]", "web.yaml, line 1: is no YAML"),
        ("[" * 100 + "]" * 100, "web.yaml, line 1: is nested deeper"),
        ("a: &a [*a]", "web.yaml, line 1: holds an alias of what it stands in"),
        ("a: 2026-13-45", "web.yaml, line 1: holds a value that cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, said):
    assert refused(text).startswith(said)


def test_a_few_aliases_that_stand_for_very_much_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert "stands for more than" in refused("\n".join(lines))
    anchored = "base: &base {a: 1}\none: *base\ntwo: {<<: *base, b: 2}"
    (node,) = objects_of("x", anchored)
    assert node.resource.props["two"] == {"a": 1, "b": 2}


def test_a_folder_is_read_whole_and_in_order(tmp_path):
    for name in ("b/two.yml", "a.yaml", "c.json", ".git/no.yaml", "notes.txt", "b/.no.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(POD.format(OWN_IMAGE) if "json" not in name else "{}")
    names = [node.resource.name for node in read_manifests(tmp_path)]
    assert names == ["a.yaml:1", "b/two.yml:1", "c.json:1"]
    assert [n.resource.name for n in read_manifests(tmp_path / "b/two.yml")] == ["two.yml:1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "holds no object"), (b"# a\n---\n", "holds no object"), (b"\xff\xfe", "no text")],
)
def test_a_file_of_nothing_and_one_of_no_text_are_refused(tmp_path, content, said):
    (tmp_path / "x.yaml").write_bytes(content)
    for path in (tmp_path, tmp_path / "x.yaml"):
        with pytest.raises(SourceError, match=said):
            read_manifests(path)
    with pytest.raises(SourceError, match="cannot be read"):
        read_manifests(tmp_path / "missing.yaml")


@given(st.text(alphabet="ab:-[]{}&*!#|>?%@`\"' \n\t,0", max_size=60) | st.text(max_size=30))
def test_any_text_is_objects_or_a_fault(text):
    try:
        nodes = list(objects_of("x", text))
    except SourceError as error:
        assert str(error).startswith("x, line ")
    else:
        assert all(node.resource.name.startswith("x:") for node in nodes)
