"""One command as a whole: seconds, processor seconds, and its largest process."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """What one run of a command took. memory_mib: of its largest single process."""

    wall_seconds: float
    cpu_seconds: float
    memory_mib: float


def measure(command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> Figure:
    """Run a command to its end; it must succeed. What it prints is shown only if it fails."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, env=dict(environment), cwd=directory, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-4000:]}")
    return Figure(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turns(runs: int, *commands: Callable[[], Figure]) -> list[Figure]:
    """The median figure of each command, run in turns, so that a noisy machine hits all alike."""
    rows = [[command() for command in commands] for _ in range(runs)]
    return [_median([row[column] for row in rows]) for column in range(len(commands))]


def _median(figures: list[Figure]) -> Figure:
    return Figure(
        statistics.median(f.wall_seconds for f in figures),
        statistics.median(f.cpu_seconds for f in figures),
        max(f.memory_mib for f in figures),
    )


def to(figure: Figure, yardstick: Figure) -> str:
    """A ratio of wall time, and that of processor seconds in brackets."""
    wall = figure.wall_seconds / yardstick.wall_seconds
    return f"{wall:.2f} ({figure.cpu_seconds / yardstick.cpu_seconds:.2f})"


def taken(figure: Figure) -> str:
    """The seconds of a run, and the processor's in brackets."""
    return f"{figure.wall_seconds:.1f} s ({figure.cpu_seconds:.1f} s)"
