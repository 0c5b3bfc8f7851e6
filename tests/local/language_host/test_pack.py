"""The process of a policy pack: the SDK's own, with parts of the SDK that load when asked for."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from local.language_host import pack

PROGRAM = """
    import gc, json, sys
    import pulumi

    def loaded():
        return [name for name in ("pulumi.automation._cmd", "dill") if name in sys.modules]

    begun = loaded()
    {asked}
    print(json.dumps({{
        "begun": begun, "then": loaded(), "path": sys.path[:2], "arguments": sys.argv[1:],
        "collects": gc.isenabled(), "sdk": "pulumi.runtime.settings" in sys.modules,
    }}))
    """


def started(folder: Path, asked: str) -> "subprocess.CompletedProcess[str]":
    """A pack that says what it found, started as the host starts one."""
    folder.mkdir()
    (folder / "__main__.py").write_text(textwrap.dedent(PROGRAM.format(asked=asked)))
    return subprocess.run(
        [sys.executable, "-u", pack.__file__, "127.0.0.1:1", str(folder)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_pack_is_started_as_by_its_sdk(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    found = json.loads(started(folder, "pass").stdout)

    assert found["sdk"] and found["collects"]
    assert found["arguments"] == ["127.0.0.1:1", str(folder)]
    # Its own folder twice: the SDK runs it by its path, from within it. The host's is not there.
    assert found["path"] == [str(folder), str(folder)]
    assert found["begun"] == found["then"] == []


@pytest.mark.parametrize(
    ("asked", "loaded"),
    [
        ("from pulumi.automation import LocalWorkspace", "pulumi.automation._cmd"),
        ("assert pulumi.automation.create_stack", "pulumi.automation._cmd"),
        ("import pulumi.automation.events", "pulumi.automation._cmd"),
        ("from pulumi import dynamic; assert dynamic.ResourceProvider", "dill"),
    ],
)
def test_what_a_pack_asks_for_is_there(tmp_path: Path, asked: str, loaded: str) -> None:
    found = json.loads(started(tmp_path / "pack", asked).stdout)

    assert (found["begun"], found["then"]) == ([], [loaded])


def test_where_the_sdk_is_missing_that_is_said(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-I", "-S", pack.__file__, "127.0.0.1:1", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert said.returncode == 1
    assert "No module named 'pulumi'" in said.stderr
