"""What is forked runs as it would in a new Python."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm.forked import Forked, start
from tests.warm.launcher import asked
from tests.warm.start import ROOT, nursery

TELLING = """
import json, os, sys
print("said at once", file=sys.stderr)
json.dump({
    "name": __name__, "arguments": sys.argv, "path": sys.path, "directory": os.getcwd(),
    "environment": dict(os.environ), "leads": os.getpgrp() == os.getpid(),
    "reads": sys.stdin.read(), "rooms": [m for m in ("plan", "components") if m in sys.modules],
}, sys.stdout)
sys.exit(3)
"""
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1", "SAID": "by the test",
}  # fmt: skip


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "telling.py"
    path.write_text(TELLING, encoding="utf-8")
    return path


def forked(script: Path, *arguments: str) -> Forked:
    return Forked(
        str(nursery()), "script", str(script), list(arguments), str(script.parent),
        cwd=script.parent, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_a_fork_sees_what_a_new_python_sees(script):
    fork = forked(script, "one", "two words")
    told = json.loads(fork.stdout.read())
    said = fork.stderr.read()
    new = subprocess.run(
        [sys.executable, str(script), "one", "two words"], cwd=script.parent, env=ENVIRONMENT,
        stdin=subprocess.DEVNULL, capture_output=True, process_group=0, check=False,
    )  # fmt: skip
    assert told == json.loads(new.stdout)
    assert told["leads"] and told["rooms"] == [] and told["path"][0] == str(script.parent)
    assert (said, fork.wait()) == (new.stderr, new.returncode) == (b"said at once\n", 3)


def test_what_goes_wrong_in_a_fork_is_told_as_python_tells_it(script):
    script.write_text("raise ValueError('no')", encoding="utf-8")
    fork = forked(script)
    assert b"ValueError: no" in fork.stderr.read() and fork.wait() == 1
    script.write_text("import time; print(1, flush=True); time.sleep(60)", encoding="utf-8")
    fork = forked(script)
    assert fork.stdout.readline() == b"1\n" and fork.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        fork.wait(0.01)
    os.killpg(fork.pid, signal.SIGKILL)
    assert fork.wait() == fork.poll() == -signal.SIGKILL


def test_only_programs_and_packs_of_this_python_are_forked(tmp_path):
    command = [sys.executable, "-c", "print(5)"]
    other = start(str(nursery()), command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE)
    assert isinstance(other, subprocess.Popen) and other.communicate()[0] == b"5\n"


def test_a_host_ends_with_the_process_that_stands_for_it():
    """The engine kills its language host by that one's process id."""
    reader, writer = os.pipe()
    job = {
        "kind": "host", "target": "host", "arguments": [str(nursery())], "path": str(ROOT),
        "directory": str(ROOT), "environment": ENVIRONMENT, "group": False,
    }  # fmt: skip
    connection = asked(str(nursery()), job, [reader, writer, writer])
    os.close(writer)
    with open(reader, "rb", 0) as said:
        assert int(said.readline()) > 0, "its port"
        connection.close()
        assert said.readline() == b"", "nobody holds the other end any more"


def test_who_goes_before_it_is_answered_takes_nobody_along(script):
    """Engines are killed in the middle of what they do, and hosts end at the same time."""
    for said in (b"", b"0000", b"00000100", b"00000100{"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(nursery()))
            connection.sendall(said)
    nothing = os.open(os.devnull, os.O_RDWR)
    for kind, target in (("script", str(script)), ("host", "host")):
        job = {
            "kind": kind, "target": target, "arguments": [str(nursery()), "--version"],
            "path": str(ROOT), "directory": str(ROOT), "environment": ENVIRONMENT, "group": False,
        }  # fmt: skip
        for _ in range(10):
            asked(str(nursery()), job, [nothing] * 3).close()
    os.close(nothing)
    fork = forked(script)
    assert fork.stdout.read() and fork.wait() == 3


def test_a_host_that_is_asked_to_end_does_so_in_peace():
    words = ["-I", "-S", str(ROOT / "tests" / "warm" / "launcher.py"), str(nursery()), str(ROOT)]
    launcher = subprocess.Popen(
        [sys.executable, *words], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    )
    assert int(launcher.stdout.readline()) > 0, "its port"
    launcher.terminate()
    assert launcher.stdout.readline() == "" and launcher.wait() == 0
