"""One command as a whole: seconds, processor seconds, and its largest process."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """What one run of a command took. memory_mib: of its largest single process."""

    wall_seconds: float
    cpu_seconds: float
    memory_mib: float


# Linux counts to a process what the one that started it had in memory at its exec (fs/exec.c,
# exec_mmap: setmax_mm_hiwater_rss), which of a bench that holds 10,000 resources is more than the
# command takes. So a small Python starts it, and waits for it alone.
_STARTER = """
import json, os, signal, sys, time
answer, command = int(sys.argv[1]), sys.argv[2:]
os.set_inheritable(answer, False)
began = time.monotonic()
child = os.posix_spawnp(command[0], command, os.environ, setsigdef=[signal.SIGPIPE])
_, status, usage = os.wait4(child, 0)
took = time.monotonic() - began
figures = os.waitstatus_to_exitcode(status), took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss
os.write(answer, json.dumps(figures).encode())
"""


def measure(command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> Figure:
    """Run a command to its end; it must succeed. What it prints is shown only if it fails."""
    reading, writing = os.pipe()
    starter = [sys.executable, "-I", "-S", "-c", _STARTER, str(writing)]
    with open(reading, "rb") as answer:
        try:
            ended = subprocess.run(
                [*starter, *command], env=dict(environment), cwd=directory, pass_fds=[writing],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, check=False,
            )  # fmt: skip
        finally:
            os.close(writing)
        told = answer.read()
    code, wall_seconds, cpu_seconds, memory_kib = json.loads(told) if told else (None, 0, 0, 0)
    if code != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{ended.stdout[-4000:]}")
    return Figure(wall_seconds, cpu_seconds, memory_kib / 1024)


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
