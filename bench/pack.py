"""What the policy pack adds to a preview of each example, on an embedded AWS.

    python -m bench.pack            print the figures
    python -m bench.pack --write    and write them into docs/performance.md

The aim is 30 % of `dev`. The engine starts the pack with whatever language host the machine has.
"""

import os
from collections.abc import Iterator
from functools import partial

from bench.examples import EXAMPLES, STACKS, stacks
from bench.measure import in_turns, taken, to
from bench.page import command, table
from bench.runs import ROOT, Bench, begun

COLUMNS = ("example", "preview", "with the pack", "to without")


def rows(bench: Bench, runs: int) -> Iterator[tuple[str, ...]]:
    """A row per example of one stack: both in turns, after one run that compiles what is needed."""
    for example in EXAMPLES:
        if example in STACKS:  # the later ones need the first to be made
            continue
        (copied,) = stacks(example, bench.folder / "examples", bench)
        where = {"HEIIKI_STACK_DIR": str(copied.folder)}
        stack = bench.made(copied.stack_file)
        preview = partial(bench.pulumi, ROOT, "preview", *stack, **where)
        judged = partial(preview, *bench.pack(copied))
        judged()
        without, with_it = in_turns(runs, preview, judged)
        yield example, taken(without), taken(with_it), to(with_it, without)


def figures(runs: int) -> str:
    """The table, with how busy the machine was."""
    with begun() as bench:
        found = table(COLUMNS, rows(bench, runs))
    load = os.getloadavg()[2]
    return f"{os.cpu_count()} cores, load {load:.1f}. Median of {runs} runs in turns.\n\n{found}"


if __name__ == "__main__":
    command("pack", __doc__, figures, runs=5)
