"""A build by the go command: it says that it goes on, and what it said last when it failed."""

import collections
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PROGRESS_SECONDS = 15.0
GO_VERSION = "1.26.8"  # the least that every go.mod kept here takes


def run_go(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    still_running: Callable[[float], object],
    nice: int = 0,
) -> tuple[int, str]:
    """Its exit code and last words. `still_running` is told, now and then, for how many seconds."""
    started = time.monotonic()
    last_lines: collections.deque[str] = collections.deque(maxlen=15)
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    if nice:
        os.setpriority(os.PRIO_PROCESS, process.pid, nice)
    reader = threading.Thread(target=last_lines.extend, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        while True:
            try:
                exit_code = process.wait(timeout=PROGRESS_SECONDS)
                break
            except subprocess.TimeoutExpired:
                still_running(time.monotonic() - started)
    except BaseException:
        process.kill()
        process.wait()
        raise
    reader.join(timeout=5)
    return exit_code, "".join(last_lines).strip()
