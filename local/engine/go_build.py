"""The engine, built from its Go module at the pinned version."""

import collections
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from local.engine.cache import Progress
from local.engine.model import PINNED_VERSION, WayFailedError, dotted

# go.mod and go.sum beside this file name every module by version and checksum.
MODULE_DIRECTORY = Path(__file__).parent
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
PROGRESS_SECONDS = 15.0


def build(folder: Path, environment: Mapping[str, str], progress: Progress) -> None:
    """Fills `folder` with pulumi. About four minutes on two cores from an empty build cache."""
    go = shutil.which("go", path=environment.get("PATH", ""))
    if go is None:
        raise WayFailedError(
            "there is no go on PATH; install Go 1.26 or newer (https://go.dev/doc/install)"
        )
    progress(f"building the engine {dotted(PINNED_VERSION)} with {go} (about four minutes)")
    command = [
        go,
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-mod=readonly",
        # Without it the engine reports no version.
        f"-ldflags=-s -w -X {_VERSION_VARIABLE}=v{dotted(PINNED_VERSION)}",
        "-o",
        str(folder / "pulumi"),
        PACKAGE,
    ]
    exit_code, last_lines = _run(command, environment, progress)
    if exit_code != 0:
        raise WayFailedError(
            f"{go} could not build {PACKAGE} (exit {exit_code}); its last words:\n{last_lines}"
        )


def _run(command: list[str], environment: Mapping[str, str], progress: Progress) -> tuple[int, str]:
    started = time.monotonic()
    last_lines: collections.deque[str] = collections.deque(maxlen=15)
    process = subprocess.Popen(
        command,
        cwd=MODULE_DIRECTORY,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    reader = threading.Thread(target=last_lines.extend, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        while True:
            try:
                exit_code = process.wait(timeout=PROGRESS_SECONDS)
                break
            except subprocess.TimeoutExpired:
                progress(f"building the engine, {time.monotonic() - started:.0f} s so far")
    except BaseException:
        process.kill()
        process.wait()
        raise
    reader.join(timeout=5)
    return exit_code, "".join(last_lines).strip()
