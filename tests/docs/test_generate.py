"""The generated pages are up to date, and the schema judges files as the parser does."""

import json
import re

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from docs import generate
from docs.network_page import network_page
from docs.options_page import options_page
from docs.stack_schema import schema_text
from spec.cluster import ClusterSpec
from spec.errors import SpecError
from spec.stack_file import parse_stack_file
from tests.quick_yaml import dumped, loaded
from tests.scenarios import EXAMPLES, SCENARIOS, planned
from tests.spec.stack_files import SMALLEST, changed, text_of
from tests.spec.strategies import FAST, stack_keys
from tests.spec.test_messages import ONE_FAULT

# Python's re knows no \p{…}; letters and digits of every script are its \w.
SCHEMA = json.loads(schema_text().replace(r"\\p{L}\\p{N}_", r"\\w"))
VALIDATOR = Draft202012Validator(SCHEMA)
RELATIONS = ("sizes must", "script is needed", "gp3 gives", "io1 gives", "io2 gives",
             "names a zone twice", "names a with", "must all lie in",
             "is no private number", "is not private")  # fmt: skip


def test_the_committed_pages_are_what_the_code_yields(capsys):
    assert generate.main(["--check"]) == 0, "run: python -m docs.generate"
    assert capsys.readouterr().out == ""


def test_a_stale_page_is_named_written_and_then_up_to_date(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "FOLDER", tmp_path / "docs")
    assert generate.main(["--check"]) == 1
    assert "docs/options.md: is out of date; run make docs" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert generate.main([]) == 0
    assert "docs/schema/heiiki.schema.json: written" in capsys.readouterr().out
    assert generate.main(["--check"]) == 0
    (tmp_path / "docs" / "options.md").write_text("old", encoding="utf-8")
    assert generate.main(["--check"]) == 1


def test_other_arguments_are_refused(capsys):
    assert generate.main(["--force"]) == 2
    assert "usage: python -m docs.generate [--check]" in capsys.readouterr().err


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_schema_takes_every_example(scenario):
    for path in (EXAMPLES / scenario).glob("Pulumi.*.yaml"):
        document = loaded(path.read_text(encoding="utf-8"))
        assert list(VALIDATOR.iter_errors(document)) == [], path


@pytest.mark.parametrize("more", [{"region": "eu-west-1"}, {"nam": "x"}, {"part": {"of": "dev"}}])
def test_the_schema_holds_the_file_of_a_part_to_its_one_key(more):
    keys = {"part": {"of": "dev", "name": "pools", "stacks": {"network": "a/b/c"}}}
    assert list(VALIDATOR.iter_errors(loaded(text_of(keys)))) == []
    assert list(VALIDATOR.iter_errors(loaded(text_of({**keys, **more})))) != []


@FAST
@given(stack_keys())
def test_the_schema_takes_whatever_the_parser_takes(keys):
    text = text_of(keys)
    parse_stack_file(text, where="x")
    assert list(VALIDATOR.iter_errors(loaded(text))) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [(row[0], row[1]) for row in ONE_FAULT if not row[3].startswith(RELATIONS)
     and "outside region" not in row[3]],
)  # fmt: skip
def test_the_schema_refuses_what_the_parser_refuses(key, value):
    document = loaded(text_of(changed({key: value})))
    with pytest.raises(SpecError):
        parse_stack_file(dumped(document), where="x")
    document["config"] = {str(k): v for k, v in document["config"].items()}
    if value != {1: "x"}:  # JSON has no keys but text
        assert list(VALIDATOR.iter_errors(document)) != []


def test_the_schema_leaves_other_projects_alone_and_refuses_unknown_keys_of_heiiki():
    document = loaded(text_of(SMALLEST))
    document["config"]["aws:region"] = "us-east-1"
    assert list(VALIDATOR.iter_errors(document)) == []
    document["config"]["heiiki:nam"] = "x"
    assert list(VALIDATOR.iter_errors(document)) != []


def test_every_key_stands_in_the_options():
    page = options_page()
    keys = set()
    waiting = [ClusterSpec.model_json_schema(by_alias=True)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            keys |= set(node.get("properties", {}))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    assert len(keys) > 100
    assert [key for key in keys if f"| `{key}` |" not in page] == []
    assert "# yaml-language-server: $schema=docs/schema/heiiki.schema.json" in page
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert all(len(re.split(r"(?<!\\)\|", row)) == 6 for row in rows)


def test_the_network_page_has_every_row_of_the_plan():
    page = network_page()
    for plan in (planned("two-vpc"), planned("on-premises")):
        assert plan.firewall
        assert all(f"| {row.why} |" in page for row in plan.firewall)
        assert all(f"`{s.cidr}`" in page for s in plan.layout.subnets.values())
    assert page.count("| names of the VPC, asked from datacentre |") == 2
    assert page.count("| kubelets and pods to the Kubernetes API |") == 1
    assert page.count("inbound DNS endpoint") == 4, "two subnets in the picture and in the table"
    assert page.count("```mermaid") == 3
    assert page.count("vpc -.-x|no route| internet") == 3


def test_the_picture_of_an_open_network_claims_no_closedness():
    from docs.network_page import _picture

    assert "no route" not in _picture(planned("open"))
