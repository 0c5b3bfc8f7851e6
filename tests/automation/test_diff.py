"""`heiiki diff` as people meet it: tables, JSON, exit codes as of diff(1).

UPDATE_GOLDEN=1 rewrites tests/automation/diffs; review it as the effect of the change.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from automation.commands.app import app
from tests.scenarios import EXAMPLES

DEV, OPEN, TWO_VPC = (str(EXAMPLES / name) for name in ("dev", "open", "two-vpc"))
GOLDEN = Path(__file__).parent / "diffs"


def heiiki(*arguments: str):
    ended = CliRunner().invoke(app, ["diff", *arguments])
    assert "Traceback" not in ended.output
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended


@pytest.mark.parametrize(("left", "right"), [(DEV, TWO_VPC), (TWO_VPC, OPEN)])
def test_two_examples_differ_as_is_kept(left, right):
    ended = heiiki(left, right)
    assert ended.exit_code == 1
    lines = [line.rstrip() for line in ended.stdout.splitlines()]
    kept = GOLDEN / f"{Path(left).name}-{Path(right).name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        kept.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == kept.read_text(encoding="utf-8").splitlines()


def test_into_a_pipe_it_is_no_wider_than_a_page():
    lines = heiiki(DEV, TWO_VPC).stdout.splitlines()
    assert len(lines) > 50 and max(map(len, lines)) <= 120


def copy_of(example: str, folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """An example's stack under another name, with changes of its text."""
    folder.mkdir(parents=True, exist_ok=True)
    source = Path(example)
    text = (source / f"Pulumi.{source.name}.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    stack_file = folder / f"Pulumi.{name}.yaml"
    stack_file.write_text(text)
    shutil.copy(source / f"heiiki.{source.name}.lock.yaml", folder / f"heiiki.{name}.lock.yaml")
    return stack_file


def test_what_is_the_same_but_for_its_name_ends_with_0(tmp_path):
    closed = copy_of(DEV, tmp_path, "closed", ("heiiki:name: dev", "heiiki:name: closed"))
    ended = heiiki(DEV, str(closed))
    assert ended.exit_code == 0
    assert [line.split() for line in ended.stdout.splitlines()[2:]] == [
        [],
        ["of", "its", "own", "in", "every", "environment,", "not", "counted", "dev", "closed"],
        ["name", "dev", "closed"],
        [],
        ["the", "same,", "but", "for", "what", "every", "environment", "has", "of", "its", "own"],
    ]
    document = json.loads(heiiki(DEV, str(closed), "--json").stdout)
    assert document["same"] is True
    assert document["follows"] == []
    assert document["asked"] == [
        {"path": "name", "left": "dev", "right": "closed", "ofNature": True}
    ]
    assert document["right"] == {
        "stack": "closed", "stackFile": str(closed), "cluster": "closed",
        "lockFile": str(tmp_path / "heiiki.closed.lock.yaml"),
        "region": "ap-northeast-1", "accountId": "123456789012",
    }  # fmt: skip


def test_what_one_has_more_is_in_the_document(tmp_path):
    more = ("heiiki:nodePools:", "heiiki:addOns: {ebsCsi: true}\n  heiiki:nodePools:")
    ended = heiiki(DEV, str(copy_of(DEV, tmp_path, "dev", more)), "--json")
    assert ended.exit_code == 1
    document = json.loads(ended.stdout)
    assert document["same"] is False
    assert document["asked"] == [
        {"path": "addOns.ebsCsi", "left": False, "right": True, "ofNature": False}
    ]
    assert {
        "noun": "add-on", "name": "aws-ebs-csi-driver", "property": None, "left": None,
        "right": "v1.64.0-eksbuild.1",
    } in document["follows"]  # fmt: skip


def test_stacks_of_one_name_are_called_by_their_files(tmp_path):
    other = copy_of(DEV, tmp_path, "dev")
    ended = heiiki(DEV, str(other))
    assert ended.exit_code == 0
    assert f"{other}: cluster dev in ap-northeast-1, account 123456789012" in ended.stdout


def test_image_ids_of_two_regions_are_not_compared_and_that_is_said():
    assert "Image ids were not compared" in heiiki(DEV, OPEN).stdout
    assert "Image ids" not in heiiki(DEV, TWO_VPC).stdout


def test_the_faults_of_both_files_are_told_at_once(tmp_path):
    wrong = ("maxSize: 3", "maxSize: 0")
    one = copy_of(DEV, tmp_path / "a", "one", wrong)
    two = copy_of(DEV, tmp_path / "b", "two", ("instanceType: m7i.large", "instanceType: x9.huge"))
    ended = heiiki(str(one), str(two))
    assert ended.exit_code == 2
    assert "Pulumi.one.yaml and Pulumi.two.yaml are not valid (2 faults)" in ended.stderr
    assert "Pulumi.one.yaml: nodePools.workers.maxSize: must be at least 1" in ended.stderr
    assert "Pulumi.two.yaml: nodePools.workers.instanceType" in ended.stderr
    alone = heiiki(DEV, str(one), "--json")
    assert alone.exit_code == 2
    assert json.loads(alone.stdout)["error"]["message"] == "Pulumi.one.yaml is not valid"


def test_a_stack_that_is_not_there_ends_with_2(tmp_path):
    ended = heiiki("dev", "nosuch")
    assert ended.exit_code == 2
    assert "Pulumi.nosuch.yaml does not exist" in ended.stderr
    assert heiiki("dev", str(tmp_path / "Pulumi.nosuch.yaml")).exit_code == 2
    assert heiiki("dev").exit_code == 2


def test_a_name_is_a_stack_of_the_project_and_a_path_is_a_path(tmp_path, monkeypatch):
    copy_of(OPEN, tmp_path / "dev", "open")
    monkeypatch.chdir(tmp_path)
    assert heiiki("dev", DEV).exit_code == 0  # the project's, not the folder that lies here
    assert heiiki("./dev", OPEN).exit_code == 0
    assert heiiki("my-organization/dev", DEV).exit_code == 0


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_no_terminal_obeys_what_stands_in_a_file_or_in_its_name(tmp_path, flags):
    says_why = (
        '  heiiki:network: {endpoints: {additional: {logs: "why\\x1b[2J\\x9b\\u202e\\x7f"}}}\n'
    )
    end = "  heiiki:nodePools:"
    sound = copy_of(DEV, tmp_path / "a\x1b[2J", "dev", (end, f"{says_why}{end}"))
    ended = heiiki(DEV, str(sound), *flags)
    assert ended.exit_code == 1 and "why" in ended.output
    assert ended.output.replace("\n", "").isprintable()
    faulty = copy_of(DEV, tmp_path / "b", "dev", (end, f'  "heiiki:\\x1b[2Jfoo": 1\n{end}'))
    for named in (str(faulty), str(tmp_path / "none\x1b[2J.yaml")):
        ended = heiiki(DEV, named, *flags)
        assert ended.exit_code in (1, 2) and "2J" in ended.output
        assert ended.output.replace("\n", "").isprintable()
