"""How long the proof takes over networks of any size, as the command that everybody runs:

    python -m bench.proof            print the figures
    python -m bench.proof --write    and write them into docs/performance.md

The networks are of bench/deployments.py, told as a recording and as a state, and heiiki's own dev
with so many node pools (bench/pools.py). One process on one
core each; what is told of it is the whole command, from the start of Python to the verdict.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from bench.deployments import boundary, network
from bench.made import recorded, state
from bench.measure import Figure, in_turns, measure
from bench.page import ROOT, command, table
from bench.pools import POLICY_FILE, pools_of, recorded_pools

SIZES = (200, 1000, 10_000)
FORMS = {"recorded": recorded, "state": state}
POOLS = "pools, recorded"
COLUMNS = ("resources", "form", "time", "processor", "for each more", "largest process")


class Row(NamedTuple):
    """One network in one form."""

    resources: int
    form: str
    figure: Figure


def rows(folder: Path, runs: int) -> Iterator[Row]:
    """Every size in every form, each the median of several runs."""
    policy = folder / "heiiki.bench.policy.json"
    policy.write_text(json.dumps({"boundary": boundary()}), encoding="utf-8")
    for size in SIZES:
        made = network(size)
        for form, tell in FORMS.items():
            yield _row(folder, len(made), form, form, tell(made), policy, runs)
    for size in SIZES:
        told = recorded_pools(folder, pools_of(size))
        yield _row(folder, len(told), POOLS, "recorded", told, POLICY_FILE, runs)


def _row(
    folder: Path, count: int, form: str, source: str, told: Any, policy: Path, runs: int
) -> Row:
    asked = folder / f"{source}.json"
    asked.write_text(json.dumps(told), encoding="utf-8")
    command = [sys.executable, str(ROOT / "policies" / "prove.py"), f"--{source}", str(asked)]
    command += ["--boundary", str(policy)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    run = partial(measure, command, environment=environment, directory=ROOT)
    (figure,) = in_turns(runs, run)  # it must end with 0, which is closed
    return Row(count, form, figure)


def growing(found: list[Row]) -> Iterator[tuple[str, ...]]:
    """The rows as the page shows them; growth is to the next smaller network of the same form."""
    before: dict[str, Row] = {}
    for row in found:
        smaller = before.get(row.form)
        more = "-"
        if smaller is not None:
            seconds = row.figure.cpu_seconds - smaller.figure.cpu_seconds
            more = f"{1000 * seconds / (row.resources - smaller.resources):.2f} ms"
        before[row.form] = row
        yield (
            str(row.resources), row.form, f"{row.figure.wall_seconds:.2f} s",
            f"{row.figure.cpu_seconds:.2f} s", more, f"{row.figure.memory_mib:.0f} MiB",
        )  # fmt: skip


def figures(runs: int) -> str:
    """The table."""
    with tempfile.TemporaryDirectory() as folder:
        return table(COLUMNS, growing(list(rows(Path(folder), runs))))


if __name__ == "__main__":
    command("proof", __doc__, figures, runs=3)
