"""What a command took is told of that command, whoever asks."""

import os
import sys
from pathlib import Path

import pytest

from bench.measure import measure

HELD_MIB = 256


def took(code: str):
    return measure([sys.executable, "-S", "-c", code], environment=os.environ, directory=Path("/"))


def test_the_largest_process_is_none_of_those_that_measure():
    held = bytearray(HELD_MIB * 2**20)
    held[::4096] = b"x" * len(held[::4096])  # so that the memory is there
    assert took("pass").memory_mib < HELD_MIB / 4
    asked = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{LARGE}'])"
    assert took(asked).memory_mib > HELD_MIB / 2, "a process of the command's own counts"
    assert len(held) == HELD_MIB * 2**20


LARGE = f"x = bytearray({HELD_MIB // 2} * 2**20); x[::4096] = bytes(len(x[::4096]))"


def test_the_time_is_the_commands_own():
    idle, busy = (
        took("import time; time.sleep(0.2)"),
        took("while __import__('time').process_time() < 0.2: pass"),
    )
    assert idle.wall_seconds > 0.2 > idle.cpu_seconds
    assert busy.cpu_seconds >= 0.2


def test_what_fails_is_told_with_what_it_said():
    with pytest.raises(RuntimeError, match="failed:\nno such thing"):
        took("import sys; sys.exit('no such thing')")
    with pytest.raises(RuntimeError, match="no-such-program"):
        measure(["no-such-program"], environment=os.environ, directory=Path("/"))
