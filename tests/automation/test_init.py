"""`heiiki init`: a stack file to begin with, sound and never in the place of another."""

import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from automation.cli import app
from automation.new_stack import NewStack, stack_text
from docs.stack_schema import stack_schema
from spec.stack_file import parse_stack_file
from tests.scenarios import ROOT
from tests.spec.strategies import FAST, NAMES

PLACE = ("--region", "ap-northeast-1", "--zone", "a", "--zone", "ap-northeast-1c")


@pytest.fixture
def init(tmp_path):
    def run(*arguments: str):
        ended = CliRunner().invoke(app, ["init", "--directory", str(tmp_path), *arguments])
        assert "Traceback" not in ended.output
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return ended

    return run


def test_the_file_asks_for_what_was_asked_and_says_what_is_next(init, tmp_path):
    more = ("--instance-type", "c7g.large", "--max-size", "5", "--name", "pay")
    ended = init("-s", "acme/prod", *PLACE, *more)
    path = tmp_path / "Pulumi.prod.yaml"
    assert ended.exit_code == 0, ended.output
    assert f"Next: heiiki lock --file {path} looks up" in ended.stdout
    assert yaml.safe_load(path.read_text())["config"] == {
        "heiiki:name": "pay",
        "heiiki:region": "ap-northeast-1",
        "heiiki:availabilityZones": ["ap-northeast-1a", "ap-northeast-1c"],
        "heiiki:nodePools": {"workers": {"instanceType": "c7g.large", "maxSize": 5}},
    }


def test_the_editor_finds_the_schema(init, tmp_path):
    init(*PLACE)
    first = (tmp_path / "Pulumi.dev.yaml").read_text().splitlines()[0]
    schema = tmp_path / first.removeprefix("# yaml-language-server: $schema=")
    assert schema.resolve() == ROOT / "docs" / "schema" / "heiiki.schema.json"
    assert json.loads(schema.read_text()) == stack_schema()


def test_every_suggestion_may_be_taken():
    asked = NewStack("dev", "eu-west-1", "abc", "m7i.large", 3)
    text = stack_text(asked, ROOT, where="test")
    taken = re.sub(r"^( *)#(?=\S|  )", r"\1", text, flags=re.MULTILINE)
    spec, plain = (parse_stack_file(t, where="test") for t in (taken, text))
    assert spec.access.operator is not None and plain.access.operator is None
    assert spec.profile == "highlyAvailable" and spec.tags


@FAST
@given(st.one_of(NAMES, st.sampled_from(("on", "no", "y", "null", "true", "e1", "x-0"))))
def test_whatever_the_cluster_is_called_the_file_says_so(name):
    text = stack_text(NewStack(name, "eu-west-1", "ab", "m7i.large", 3), ROOT, where="test")
    assert parse_stack_file(text, where="test").name == name


@pytest.mark.parametrize("there", ["file", "link"])
def test_what_is_there_is_left_as_it_is(init, tmp_path, there):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("mine") if there == "file" else path.symlink_to(tmp_path / "nowhere")
    ended = init(*PLACE)
    assert ended.exit_code == 1 and f"{path} is there already" in ended.stderr.replace("\n", " ")
    if there == "file":
        assert path.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--region", "ap-northeast-1", "--zone", "a"), "availabilityZones: needs 2 entries"),
        ((*PLACE, "--zone", "eu-west-1a"), "must all lie in region ap-northeast-1"),
        (("--region", "xx-nowhere-1", "--zone", "a", "--zone", "b"), "region"),
        ((*PLACE, "--instance-type", "m7i.huge"), "nodePools.workers.instanceType: is no known"),
        ((*PLACE, "--max-size", "0"), "nodePools.workers.maxSize: must be at least 1"),
        ((*PLACE, "--name", "Prod"), "name: must be 1 to 30 lower-case letters"),
        ((*PLACE, "--stack", "a b"), "'a b' is no name of a stack"),
    ],
)
def test_what_is_faulty_is_told_and_not_written(init, tmp_path, arguments, told):
    ended = init(*arguments)
    assert ended.exit_code == 1 and told in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("region", "faults"),
    [
        ("nowhere", {
            ("region", "must be a region's code name, such as ap-northeast-1"),
            ("availabilityZones.0", "must be an Availability Zone, such as ap-northeast-1a"),
        }),
        ("eu-nowhere-1", {("region", "is in no table of heiiki")}),
    ],
)  # fmt: skip
def test_every_fault_is_told_at_once_and_counts_what_was_written(init, region, faults):
    ended = init("--region", region, "--zone", "a", "--instance-type", "m7i.huge", "--json")
    told = json.loads(ended.stdout)["error"]["faults"]
    found = {(fault["path"], fault["message"].partition(";")[0]) for fault in told}
    assert faults | {("availabilityZones", "needs 2 entries or more, not 1")} <= found
    assert any(path == "nodePools.workers.instanceType" for path, _ in found)
    assert len(told) == len(faults) + 2


def test_a_folder_that_is_not_there_is_told(init, tmp_path):
    ended = init(*PLACE, "--directory", str(tmp_path / "none"))
    assert ended.exit_code == 1 and "cannot be written: No such file" in ended.stderr


def test_for_a_program_it_answers_in_json(init, tmp_path):
    told = json.loads(init(*PLACE, "--json").stdout)
    assert told["stackFile"] == str(tmp_path / "Pulumi.dev.yaml")
    assert told["next"].startswith("heiiki lock --file ")
