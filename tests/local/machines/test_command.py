"""`python -m local.machines` over the life of one machine."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.embedded import EmbeddedAws
from local.environment import Home
from local.machines import World
from local.machines.__main__ import main
from tests.local.machines import traces
from tests.local.machines.test_file import GOOD

pytestmark = pytest.mark.machines
UNIT = """\
#cloud-config
runcmd:
  - mkfs.ext4 -q /dev/sdf
  - mkdir /data
  - mount /dev/sdf /data
  - systemd-run --unit=started --remain-after-exit true
  - ['false']
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("HEIIKI_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home")
    yield home
    World(home.directory / "machines" / "local").down()
    EmbeddedAws(home.embedded).stop()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.machines", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def said(*arguments: str) -> str:
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_machine_is_booted_looked_at_and_removed(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "world.yaml").write_text(GOOD)
    (tmp_path / "one.sh").write_text(UNIT)
    up = run("up", str(tmp_path / "world.yaml"))
    assert up.returncode == 1, "one of its commands fails"
    assert "machine one: cloud-init has ended" in up.stderr and "Runparts: 1 failures" in up.stderr
    (line,) = said("status").splitlines()
    assert line.startswith("one i-") and " 10.0.1.10 ap-northeast-1a running process " in line
    assert line.endswith(" vol-1")
    assert said("exec", "one", "--", "systemctl", "is-active", "started") == "active\n"
    assert "cloud-init" in said("console", "one")
    assert " s  started.service is up\n" in said("console", "--timeline", "one")
    assert main(["up", str(tmp_path / "world.yaml")]) == 1
    assert "machines run in" in capsys.readouterr().err
    assert main(["exec", "two", "true"]) == 1
    assert capsys.readouterr().err == "there is no machine two\n"
    world = World(home.directory / "machines" / "local")
    with traces.watched(world) as before:
        assert said("down") == "there are no machines any more\n"
        assert main(["status"]) == 3
        traces.assert_nothing_stays(world, before)
    assert list(world.folder.parent.iterdir()) == []
