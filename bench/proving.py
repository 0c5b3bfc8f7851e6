"""How long `heiiki prove` takes of each example, from the shell to the verdict.

    python -m bench.proving            print the figures
    python -m bench.proving --write    and write them into docs/performance.md

The aim is 2 s for `dev`. The processor time is of both processes, which run beside each other.
"""

import os
import sys
from collections.abc import Iterator
from functools import partial

from bench.examples import EXAMPLES, file_of
from bench.measure import in_turns, measure
from bench.page import ROOT, command, table

COLUMNS = ("example", "time", "processor", "largest process")


def rows(runs: int) -> Iterator[tuple[str, ...]]:
    """A row per example, after one run that compiles what is needed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    for example in EXAMPLES:
        asked = [sys.executable, "-m", "automation.cli", "prove"]
        asked += ["--file", str(file_of(example))]
        prove = partial(measure, asked, environment=environment, directory=ROOT)
        prove()
        (figure,) = in_turns(runs, prove)
        yield (
            example, f"{figure.wall_seconds:.2f} s", f"{figure.cpu_seconds:.2f} s",
            f"{figure.memory_mib:.0f} MiB",
        )  # fmt: skip


def figures(runs: int) -> str:
    """The table, with how busy the machine was."""
    found = table(COLUMNS, rows(runs))
    load = os.getloadavg()[2]
    return f"{os.cpu_count()} cores, load {load:.1f}. Median of {runs} runs.\n\n{found}"


if __name__ == "__main__":
    command("proving", __doc__, figures, runs=5)
