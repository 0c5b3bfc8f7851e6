"""A judge that is missing fails the test that needs it, and says how to get it."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from local.go_programs import ProgramError
from tests.tools import __main__ as install
from tests.tools import cloud_init, debian, missing, nodeadm, shell
from tests.tools.missing import ToolError


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing on PATH, nothing in the cache."""
    monkeypatch.setenv("HEIIKI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "ask",
    [
        lambda: nodeadm.check(b""),
        lambda: nodeadm.dump(b""),
        lambda: cloud_init.read_user_data(b""),
        lambda: cloud_init.check_cloud_config("#cloud-config\n{}\n"),
        lambda: shell.check_script("#!/bin/bash\n"),
        lambda: shell.ssh_options("", "a"),
    ],
)
def test_a_missing_judge_is_a_failure_that_says_how_to_get_it(
    bare_machine: Path, ask: Callable[[], object]
) -> None:
    with pytest.raises(ProgramError, match=r"is not here; run `python -m tests\.tools`"):
        ask()


def test_installing_names_all_that_is_missing_and_fails(
    bare_machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install.main() == 1
    printed = capsys.readouterr().out
    assert printed.count("missing\n") == len(install.STEPS)
    assert "apt-get is not here" in printed and "https://go.dev/dl" in printed


def test_installing_again_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert install.main() == 0
    assert capsys.readouterr().out.count("here (0 s)") == len(install.STEPS)


def test_a_package_that_cannot_be_had_says_what_to_do_by_hand(bare_machine: Path) -> None:
    for name in ("apt-get", "dpkg-deb", "sudo"):
        tool = bare_machine / "bin" / name
        tool.write_text("#!/bin/sh\necho no network >&2\nexit 100\n", encoding="utf-8")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(ToolError, match="apt-get update failed; run it as root"):
        debian.provide("cloud-init")
    assert not debian.unpacked("cloud-init").exists()


def test_a_build_that_fails_says_why_and_leaves_nothing_behind(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = bare_machine / "bin" / "go"
    go.write_text("#!/bin/sh\necho go: no such module >&2\nexit 1\n", encoding="utf-8")
    go.chmod(go.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(ProgramError, match=r"could not be built in .*\ngo: no such module"):
        nodeadm.NODEADM.provide()
    with pytest.raises(ProgramError, match="nodeadm is not here"):
        nodeadm.check(b"")


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    monkeypatch.delenv("HEIIKI_CACHE", raising=False)
    assert missing.cache_folder() == Path("/x/heiiki")
    monkeypatch.setenv("HEIIKI_CACHE", "/y")
    assert missing.cache_folder() == Path("/y")
    monkeypatch.delenv("HEIIKI_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert missing.cache_folder() == Path.home() / ".cache" / "heiiki"
