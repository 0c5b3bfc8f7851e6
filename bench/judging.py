"""How long the files of each example are judged, in a process that runs already.

    python -m bench.judging            print the figures
    python -m bench.judging --write    and write them into docs/performance.md

What `heiiki validate` takes beyond them from the shell is Python's start and imports.
"""

import contextlib
import gc
import io
import statistics
import time
from collections.abc import Iterator

from automation.stack_files import find_stack_files, read_plan
from bench.examples import EXAMPLES, file_of
from bench.page import command, table
from plan.cluster import ClusterPlan

COLUMNS = ("example", "stack file and lock file read, planned and judged")


def judge(example: str) -> ClusterPlan:
    """What `heiiki validate` does with an example's stack file and lock file."""
    return read_plan(find_stack_files(None, file_of(example)))


def rows(runs: int) -> Iterator[tuple[str, ...]]:
    """A row per example, its processor time: the first run warms up and does not count."""
    for example in EXAMPLES:
        taken = []
        for _ in range(runs + 1):
            gc.collect()
            began = time.process_time()
            with contextlib.redirect_stderr(io.StringIO()):
                judge(example)
            taken.append(time.process_time() - began)
        yield example, f"{1000 * statistics.median(taken[1:]):.0f} ms"


def figures(runs: int) -> str:
    """The table."""
    return table(COLUMNS, rows(runs))


if __name__ == "__main__":
    command("judging", __doc__, figures, runs=9)
