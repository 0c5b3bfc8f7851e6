"""The README's own commands, as a newcomer types them: make up, again, after a reboot, down."""

import json
import os
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from local.embedded import EmbeddedAws
from local.environment import Home
from local.leftovers import leftovers
from tests.local.machines.traces import wait_until
from tests.scenarios import ROOT

REGION = "ap-northeast-1"
OF_AN_OUTER_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKE_TERMOUT", "MAKE_TERMERR")


class Newcomer:
    """Sits in the checkout, with a home of their own."""

    def __init__(self, home: Path) -> None:
        kept = {k: v for k, v in os.environ.items() if k not in OF_AN_OUTER_MAKE}
        self.environment = {**kept, "HEIIKI_HOME": str(home)}
        self.embedded = EmbeddedAws(Home(home).embedded)
        self.state = Home(home).state / ".pulumi" / "stacks" / "heiiki"

    def types(self, *words: str) -> str:
        ended = subprocess.run(
            words, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def does_what_is_next(self, told: str, folder: Path) -> str:
        """The command of the last line, but that what it writes lies in a folder of the test's."""
        *words, _ = shlex.split(told.partition("\nNext: ")[2].partition(". The API")[0])
        self.types(*words, str(folder / "written"))
        return (folder / "written").read_text(encoding="utf-8")

    def kills_the_api(self) -> None:
        """And waits: on a busy machine a killed process answers for a while."""
        os.kill(self.embedded.status().processes["api"], signal.SIGKILL)
        wait_until(lambda: "api" not in self.embedded.status().processes)

    @property
    def there(self) -> set[object]:
        """What the embedded AWS holds."""
        endpoints = self.embedded.status().endpoints
        assert endpoints is not None
        return set(leftovers(endpoints.aws_endpoint_url, [REGION]))


@pytest.fixture
def newcomer(tmp_path):
    made = Newcomer(tmp_path / "home")
    yield made
    made.embedded.stop()


def test_a_checkout_that_was_moved_says_what_to_do(tmp_path):
    """A virtual environment's scripts name the place where it was made."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy2(ROOT / name, tmp_path)
    for path in ROOT.glob("requirements*.txt"):
        shutil.copy2(path, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".made").write_text("/old/place\n")
    kept = {k: v for k, v in os.environ.items() if k not in OF_AN_OUTER_MAKE}
    for target in ("up", "test"):
        ended = subprocess.run(
            ("make", target), cwd=tmp_path, env=kept, capture_output=True, text=True, check=False
        )
        assert ended.returncode != 0
        assert ".venv was made in /old/place; run `make clean`, then the same again" in ended.stdout
    subprocess.run(("make", "clean"), cwd=tmp_path, env=kept, capture_output=True, check=True)
    assert not (tmp_path / ".venv").exists()


def test_make_up_makes_it_then_changes_nothing_makes_it_again_after_a_reboot_and_down(
    newcomer, tmp_path
):
    first = newcomer.types("make", "up")
    assert "vpcId" in first and "policy pack passed" in first and "\nNext: " in first
    assert "\ndev: 73 created, in " in first
    made = newcomer.there
    assert len(made) > 50
    assert newcomer.does_what_is_next(first, tmp_path).startswith("apiVersion: v1")
    recorded = json.loads((newcomer.state / "dev.json").read_text(encoding="utf-8"))
    # Other tests' stacks have a key of KMS.
    assert recorded["checkpoint"]["latest"]["secrets_providers"]["type"] == "passphrase"

    again = newcomer.types("make", "up")
    assert "dev: nothing changes" in again and newcomer.there == made

    newcomer.kills_the_api()
    command = (".venv/bin/python", "-m", "local", "exec", "--", "heiiki", "preview", "--json")
    foreseen = json.loads(newcomer.types(*command))
    assert [c["operation"] for c in foreseen["changes"]] == ["create"] * 73
    assert "dev: 73 created, in " in newcomer.types("make", "up")
    assert len(newcomer.there) == len(made) and newcomer.there != made
    assert "dev: nothing changes" in newcomer.types("make", "up"), "it looks at AWS no longer"

    down = newcomer.types("make", "down")
    assert "the embedded AWS is empty" in down and "dev: 73 deleted" in down
    assert newcomer.embedded.status().processes == {}
