"""Leads an engine's language host to this process's nursery."""

import atexit
import functools
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local.language_host.install import NAME

ROOT = Path(__file__).parents[2]
COLD = "HEIIKI_COLD_TESTS"


def warmed(folder: Path) -> None:
    """folder: of the engine. An official language host stays what it is."""
    launcher = folder / NAME
    if (
        os.environ.get(COLD)
        or not launcher.is_file()
        or b"heiiki" not in launcher.read_bytes()[:99]
    ):
        return
    script = Path(__file__).with_name("launcher.py")
    words = [sys.executable, "-I", "-S", str(script), str(nursery()), str(ROOT)]
    launcher.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")


@functools.cache
def nursery() -> Path:
    """Where it listens. It ends with this process, which holds the other end of its input."""
    folder = Path(tempfile.mkdtemp(prefix="nursery-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.warm.nursery", str(folder / "socket")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert started.stdin is not None and started.stdout is not None
    atexit.register(started.stdin.close)
    if started.stdout.readline() != b"ready\n":
        raise RuntimeError("the nursery did not start")
    return folder / "socket"
