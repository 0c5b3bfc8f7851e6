"""How the command ends when somebody ends it: at any moment, with the engine ended first."""

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.automation.events import PASSED
from tests.scenarios import ROOT

HEIIKI = [sys.executable, "-m", "automation.cli"]
# A shell starts background jobs deaf to interrupts, and a test run may be one.
HEARING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
INTERRUPTING = """\
import os, signal, sys

class Interrupts:
    def find_spec(self, name, *_):
        if name == "pydantic":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
"""
SECONDS = 120  # more than any of it takes on a busy machine; else it has not heard
ENTRY = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["heiiki"]


def interrupted_while_it_is_imported(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The console script, as pip writes it, that gets an interrupt when it comes to pydantic."""
    module, function = ENTRY.split(":")
    script = f"{HEARING}{INTERRUPTING}from {module} import {function}\nsys.exit({function}())"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True
    )


def test_an_interrupt_while_it_is_imported_is_one_line():
    ended = interrupted_while_it_is_imported("validate")
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "interrupted; nothing was under way\n"


def test_an_interrupt_while_it_is_imported_is_one_document():
    ended = interrupted_while_it_is_imported("validate", "--json")
    assert (ended.returncode, ended.stderr) == (130, "")
    assert json.loads(ended.stdout)["error"]["kind"] == "interrupted"


def hearing() -> None:
    """In a new process: as from a person's shell, whoever runs the tests."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


class Up:
    """A `heiiki up` of its own process, whose engine works until it is interrupted."""

    def __init__(self, project: Path, engine) -> None:
        engine.says(preview={"events": PASSED}, up={"events": PASSED, "waits": True, "exit": 255})
        self._engine = engine
        self.command = [*HEIIKI, "up", "--yes", "--file", str(project)]
        self.environment = {**os.environ, **engine.environment}
        self.started: list[subprocess.Popen[str]] = []

    def starts(self, **how: Any) -> "subprocess.Popen[str]":
        self.started.append(
            subprocess.Popen(self.command, cwd=ROOT, env=self.environment, text=True, **how)
        )
        return self.started[-1]

    @property
    def _folder(self) -> Path:
        return Path(self._engine.file.parent / "home" / "stacks" / "dev")

    @property
    def engine_pid(self) -> int:
        return int((self._folder / "engine.pid").read_text())

    @property
    def engine_listens(self) -> bool:
        """Whether the engine is at work. Before that it has a number, and is a Python that starts:
        in one of a hundred times that drops the interrupt, which the real engine's Go does not."""
        with suppress(FileNotFoundError):
            return (self._folder / "up.events").stat().st_size > 0
        return False

    def left_alone(self) -> bool:
        """Whether the engine goes on without anybody."""
        return bool(self._engine.is_at_work())


@pytest.fixture
def up(project, engine) -> Iterator[Up]:
    """What has not ended by itself is ended: nobody waits for it for ever."""
    made = Up(project, engine)
    yield made
    for process in made.started:
        with process:
            process.kill()
    if made.left_alone():
        os.kill(made.engine_pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_told_to_end_it_ends_the_engine_first(up, number):
    process = up.starts(stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=hearing)
    while not up.engine_listens:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 130 and not up.left_alone()
    assert "steps under way are being ended and recorded" in said
    assert "up was interrupted" in said and "Traceback" not in said


def test_a_terminal_that_is_closed_ends_it_as_well(up):
    """The kernel tells the command, and nothing can be written any more."""

    def owning_it() -> None:
        hearing()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    ours, theirs = pty.openpty()
    process = up.starts(
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=owning_it
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    while not up.engine_listens:
        assert process.poll() is None
        with suppress(BlockingIOError):
            os.read(ours, 65536)
        time.sleep(0.01)
    os.close(ours)
    assert process.wait(SECONDS) == 130 and not up.left_alone()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_python_does_not_drop_it(number):
    """As it drops what is raised in a callback of a weak reference; each import has one."""
    program = f"""{HEARING}
import os, time, weakref
from automation import cli
cli._listen()
class Module: pass
module = Module()
watched = weakref.ref(module, lambda _: os.kill(os.getpid(), {number}))
try:
    del module
    time.sleep({SECONDS})
    print("went on")
except KeyboardInterrupt:
    print("ended")
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
        preexec_fn=hearing,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr) == ("ended\n", "")


def test_what_else_python_drops_is_told():
    program = "from automation import cli; cli._listen()\nclass A:\n  def __del__(self): 1 / 0\nA()"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert "ZeroDivisionError" in ended.stderr


def test_it_outlives_its_terminal_where_nohup_says_so():
    program = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from automation import cli; cli._listen()\n"
        "print(signal.getsignal(signal.SIGHUP).name)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert ended.stdout == "SIG_IGN\n"
