"""What the policy pack adds to a preview of each example, on an embedded AWS.

    python -m bench.pack            print the figures
    python -m bench.pack --write    and write them into docs/performance.md

The aim is 30 % of `dev`. The engine starts the pack with whatever language host the machine has.
"""

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.measure import in_turns, taken, to
from bench.page import command, table
from bench.runs import ROOT, Bench

EXAMPLES = ("dev", "existing", "on-premises", "two-vpc", "open")
COLUMNS = ("example", "preview", "with the pack", "to without")


def rows(bench: Bench, runs: int) -> Iterator[tuple[str, ...]]:
    """A row per example: both in turns, after one run that compiles what is needed."""
    for example in EXAMPLES:
        folder = ROOT / "examples" / example
        where = {"HEIIKI_STACK_DIR": str(folder)}
        stack = bench.example(folder / f"Pulumi.{example}.yaml")
        preview = partial(bench.pulumi, ROOT, "preview", *stack, **where)
        judged = partial(preview, *bench.pack(example))
        judged()
        without, with_it = in_turns(runs, preview, judged)
        yield example, taken(without), taken(with_it), to(with_it, without)


def figures(runs: int) -> str:
    """The table, with how busy the machine was."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            found = table(COLUMNS, rows(bench, runs))
        finally:
            bench.embedded.stop()
    load = os.getloadavg()[2]
    return f"{os.cpu_count()} cores, load {load:.1f}. Median of {runs} runs in turns.\n\n{found}"


if __name__ == "__main__":
    command("pack", __doc__, figures, runs=5)
