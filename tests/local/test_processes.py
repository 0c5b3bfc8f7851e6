"""Who holds a lock is found, asked to end, and killed where it does not hear."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from local.processes import end, end_having, end_holder, having, is_held

HOLDER = """
import fcntl, signal, sys, time
if sys.argv[2] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(600)
"""
# Who hears has time to hear, and the deaf is waited for no longer than it takes.
PATIENCE = {"hears": 60.0, "deaf": 0.3}


@pytest.fixture(params=["hears", "deaf"])
def holder(request, tmp_path):
    lock = tmp_path / "a.lock"
    command = [sys.executable, "-c", HOLDER, str(lock), request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield lock, process, request.param
        process.kill()


def test_who_holds_a_lock_is_ended_whether_or_not_it_hears(holder):
    lock, process, how = holder
    assert is_held(lock)
    assert end_holder(lock, lambda: process.pid, PATIENCE[how])
    assert not is_held(lock)
    assert -process.wait() == {"hears": signal.SIGTERM, "deaf": signal.SIGKILL}[how]
    assert end_holder(lock, lambda: process.pid, 0.3), "nobody holds it, and nobody is asked"


def test_who_was_killed_is_waited_for_as_long_as_the_kernel_takes(holder, monkeypatch):
    lock, process, _ = holder
    kill, under_way = os.kill, []

    def killed_late(number: int, how: int) -> None:
        if how == signal.SIGKILL and not under_way:
            under_way.append(threading.Timer(1.0, kill, (number, how)))
            under_way[0].start()

    monkeypatch.setattr("local.processes.os.kill", killed_late)
    assert end_holder(lock, lambda: process.pid, 0.1)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("how", ["hears", "deaf"])
def test_who_was_started_with_a_variable_is_ended_and_nobody_else(tmp_path, how):
    """Those that it has started, too: theirs is the same environment."""
    command = [sys.executable, "-c", HOLDER]
    found = []
    for name, value in (("mine", str(tmp_path)), ("other", f"{tmp_path}/below")):
        found.append(subprocess.Popen([*command, str(tmp_path / name), how],
                                      env={**os.environ, "HELD_FOR": value},
                                      stdout=subprocess.PIPE))  # fmt: skip
    mine, other = found
    try:
        for one in found:
            assert one.stdout.readline() == b"held\n"
        assert having("HELD_FOR", str(tmp_path)) == [mine.pid]
        reaper = threading.Thread(target=mine.wait)  # else it stays, as one that has ended
        reaper.start()
        assert end_having("HELD_FOR", str(tmp_path), PATIENCE[how])
        reaper.join()
        assert -mine.returncode == {"hears": signal.SIGTERM, "deaf": signal.SIGKILL}[how]
        assert having("HELD_FOR", str(tmp_path)) == [] and other.poll() is None
    finally:
        for one in found:
            one.kill()
            one.wait()
            one.stdout.close()


def test_who_does_not_say_its_number_is_not_said_to_have_ended(holder):
    lock, process, _ = holder

    def unsaid() -> int:
        raise FileNotFoundError

    assert not end_holder(lock, unsaid, 0.1)
    assert is_held(lock) and process.poll() is None


def test_a_child_is_ended_whether_or_not_it_hears(holder):
    _, process, how = holder
    end(process, PATIENCE[how])
    assert -process.returncode == {"hears": signal.SIGTERM, "deaf": signal.SIGKILL}[how]


def test_a_lock_that_is_not_there_is_held_by_nobody(tmp_path):
    assert not is_held(tmp_path / "a.lock")
