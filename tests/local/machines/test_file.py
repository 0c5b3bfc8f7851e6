"""The file of `python -m local.machines up`, and the command itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.machines import MachinesError
from local.machines.__main__ import main
from local.machines.file import read

GOOD = """\
vpc: 10.0.0.0/16
subnets:
  core-1a: {cidr: 10.0.1.0/24, zone: ap-northeast-1a}
allow:
  - {source: node, target: endpoint, ports: 443}
endpoints: {address: 10.0.1.200, groups: [endpoint], services: [s3, sts]}
volumes:
  vol-1: {zone: ap-northeast-1a, sizeMib: 16}
machines:
  one: {subnet: core-1a, privateIp: 10.0.1.10, groups: [node], userData: one.sh, hopLimit: 2,
        volumes: {/dev/sdf: vol-1}}
"""
BAD = """\
vpc: 10.0.0.0/16
subnets: {core-1a: {cidr: 10.0.1.1/24, zone: ap-northeast-1a}}
zones: 3
machines:
  one: {subnet: core-1a, privateIp: 10.0.1.10, userData: missing.sh}
  two: {subnet: core-1a}
  three:
"""


def test_a_file_says_what_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text(GOOD)
    (tmp_path / "one.sh").write_bytes(b"#!/bin/sh\n")
    world, machines = read(tmp_path / "world.yaml")
    assert world.allow[0].ports == (443, 443)
    assert [(m.name, m.user_data, m.hop_limit) for m in machines] == [("one", b"#!/bin/sh\n", 2)]


def test_json_is_read_too(tmp_path: Path) -> None:
    asked = {"vpc": "10.0.0.0/16", "subnets": {"a": {"cidr": "10.0.1.0/24", "zone": "z"}}}
    (tmp_path / "world.json").write_text(json.dumps(asked))
    assert read(tmp_path / "world.json")[1] == []


def test_every_fault_is_told_at_once_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text(BAD)
    with pytest.raises(MachinesError) as refused:
        read(tmp_path / "world.yaml")
    keys = [line.split(":")[0].strip() for line in str(refused.value).splitlines()[1:]]
    assert keys == [
        "machines.one.userData", "machines.two.privateIp", "machines.three",
        "subnets.core-1a.cidr", "zones",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: [", "is neither YAML nor JSON"),
        (b"- a", "write keys with values"),
        (b"\xff\xfe\xfa", "is not text in UTF-8"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "world.yaml").write_bytes(text)
    with pytest.raises(MachinesError, match=said):
        read(tmp_path / "world.yaml")


def test_one_volume_is_not_given_to_two_machines(tmp_path: Path) -> None:
    two = "  two: {subnet: core-1a, privateIp: 10.0.1.11, volumes: {/dev/sdf: vol-1}}\n"
    (tmp_path / "world.yaml").write_text(GOOD + two)
    (tmp_path / "one.sh").write_bytes(b"")
    with pytest.raises(MachinesError, match=r"two\.volumes: vol-1 is attached to machine one too"):
        read(tmp_path / "world.yaml")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEIIKI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_command_says_that_there_are_none(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status"]) == 3
    assert main(["down"]) == 0
    assert main(["console", "one"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == f"there are no machines in {home / 'machines' / 'local'}"
    assert said.err.startswith("there are no machines in")
    assert not home.exists()


def test_the_command_tells_faults_before_it_makes_anything(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "world.yaml").write_text(BAD)
    assert main(["up", str(tmp_path / "world.yaml")]) == 1
    assert "5 fault(s)" in capsys.readouterr().err
    assert main(["check", str(tmp_path / "nowhere.yaml")]) == 1
    assert not home.exists()


def test_help_shows_a_file_that_is_right(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "local.machines", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    shown = told.stdout.partition("such as:\n\n")[2].partition("\n\nEvery key")[0]
    (tmp_path / "world.yaml").write_text(shown)
    (tmp_path / "one.yaml").write_text("#cloud-config\n")
    assert [machine.name for machine in read(tmp_path / "world.yaml")[1]] == ["one"]
