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

from local.embedded import EmbeddedAws, Process
from local.environment import closed
from local.language_host.install import NAME
from tests.warm.forked import Fork
from tests.warm.keys import KMS_URL, PROVIDER, key_service

ROOT = Path(__file__).parents[2]
COLD = "HEIIKI_COLD_TESTS"
STEP_BY_STEP = "HEIIKI_STEP_BY_STEP"


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


def hurried(folder: Path, place: Path) -> Path:
    """A folder to put before the engine's on PATH. Its `pulumi` is that engine, which writes its
    record when it ends; STEP_BY_STEP has it write all of it before and after each step, as users
    have, so that it may be killed. Stacks that name no secrets provider have the tests' key.

    folder: of the engine. place: where the new one is made.
    """
    if os.environ.get(COLD):
        return folder
    place.mkdir()
    script = f"""#!/bin/sh
[ -n "${{{STEP_BY_STEP}}}" ] || export PULUMI_SKIP_CHECKPOINTS=true
[ -n "${{{KMS_URL}}}" ] || export {KMS_URL}={key_service()}
if [ "$1 $2" = "stack init" ]; then
  shift 2
  set -- stack init --secrets-provider {shlex.quote(PROVIDER)} "$@" # the last one counts
fi
exec {shlex.quote(str(folder / "pulumi"))} "$@"
"""
    (place / "pulumi").write_text(script, encoding="utf-8")
    (place / "pulumi").chmod(0o755)
    return place


class WarmEmbeddedAws(EmbeddedAws):
    """Whose processes are forks of one that has read moto and AWS's models."""

    def _serving(self, arguments: list[str], log: int, lock: int, listener: int | None) -> Process:
        if os.environ.get(COLD):
            return super()._serving(arguments, log, lock, listener)
        listening = [] if listener is None else ["--listener", "{1}"]
        job = {
            "kind": "module", "target": "local.serving", "arguments": [*arguments, *listening],
            "path": str(ROOT), "directory": str(ROOT), "environment": closed(os.environ),
            "group": False, "session": True,
        }  # fmt: skip
        with open(os.devnull, "rb") as nothing:
            open_there = [lock] if listener is None else [lock, listener]
            return Fork(str(nursery("serving")), job, [nothing.fileno(), log, log, *open_there])


@functools.cache
def nursery(*what: str) -> Path:
    """Where it listens. It ends with this process, which holds the other end of its input.

    what: `serving`, for the embedded AWS.
    """
    folder = Path(tempfile.mkdtemp(prefix="nursery-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.warm.nursery", str(folder / "socket"), *what],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert started.stdin is not None and started.stdout is not None
    atexit.register(started.stdin.close)
    if started.stdout.readline() != b"ready\n":
        raise RuntimeError("the nursery did not start")
    return folder / "socket"
