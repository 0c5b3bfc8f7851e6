"""Processes that outlive whoever started them, known by a lock that they hold, and their ends.

The kernel drops the lock with the process, however it ended, so a number that has since gone to
another process misleads nobody.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

KILLED_SECONDS = 60.0  # nobody is deaf to that, and a busy kernel takes its time


def is_held(lock: Path) -> bool:
    """Whether a process holds it."""
    try:
        with lock.open("r+") as file:
            # Shared: two who look at once do not take each other for the process.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def end_holder(lock: Path, process_id: Callable[[], int], seconds: float) -> bool:
    """Ask it to end, and kill it where it has not after these; False where it lives even then.

    process_id: asked again each time; FileNotFoundError or ValueError while it does not say it.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline, killed = time.monotonic() + seconds, False
        while is_held(lock):
            with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
                os.kill(process_id(), number)
                killed = number == signal.SIGKILL
            if time.monotonic() > deadline + (KILLED_SECONDS if killed else 0):
                break
            time.sleep(0.05)
        else:
            return True
    return False


def having(variable: str, value: str) -> list[int]:
    """Processes that were started with it in their environment, but for this one."""
    wanted, found = f"{variable}={value}".encode(), []
    for entry in Path("/proc").iterdir():
        # Of others' processes nothing is told, and some end meanwhile.
        with contextlib.suppress(OSError, ValueError):
            number = int(entry.name)
            if number != os.getpid() and wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(number)
    return found


def end_having(variable: str, value: str, seconds: float) -> bool:
    """Ask them to end, and kill those that have not after these; False where some live on."""
    for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, KILLED_SECONDS)):
        deadline, asked = time.monotonic() + patience, set[int]()
        while there := having(variable, value):
            for one in set(there) - asked:
                asked.add(one)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, number)
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return True
    return False


def end(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """The same of a child."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
