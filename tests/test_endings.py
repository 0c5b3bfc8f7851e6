"""A process that ends does not look for garbage first: it takes a third of a program's own time."""

import subprocess
import sys

import pytest

from tests.scenarios import ROOT

# What only the collector finds; it says so past all that Python takes apart before.
ENDS = """
import gc, os, runpy, sys
gc.disable()
class Garbage:
    def __del__(self, write=os.write):
        write(2, b"was looked for")
garbage = Garbage()
garbage.itself = garbage
del garbage
sys.argv = sys.argv[1:]
if sys.argv[0]:
    sys.path.insert(0, os.path.dirname(sys.argv[0]))
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
ENTRIES = {
    "the program": (["__main__.py"], 1),  # which has no configuration here
    "the proof": (["policies/prove.py", "--help"], 0),
    "the command": (["automation/cli.py", "--help"], 0),
}


def ended(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", ENDS, *words], cwd=ROOT, text=True, capture_output=True, check=False
    )


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_garbage_is_looked_for_when_it_ends(entry):
    words, exit_code = ENTRIES[entry]
    end = ended(str(ROOT / words[0]), *words[1:])
    assert end.returncode == exit_code, end.stdout + end.stderr
    assert "was looked for" not in end.stderr


def test_any_other_python_looks():
    assert ended("").stderr == "was looked for"
