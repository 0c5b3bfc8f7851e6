"""`python -m tests.branch_coverage`: at least 95 % of the branches of each pure room are tried.

It is also what tells where something was not. To find out of each file which lines and branches it
has takes seconds, so it is done here alone, and not by pytest too.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coverage import Coverage

ROOMS = ("spec", "plan", "machines")
LEAST_PERCENT = 95.0


def main() -> int:
    """Read .coverage of the last run; 1 where a room, or all lines and branches together, has too
    little, or where nothing was measured."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        coverage = Coverage()
        coverage.load()
        total = coverage.json_report(outfile=str(report))
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    _tell_what_is_missing(files)
    branches: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for name, found in files.items():
        room = Path(name).parts[0]
        branches[room] += found["summary"]["num_branches"]
        tried[room] += found["summary"]["covered_branches"]
    print(f"lines and branches: {total:.1f} %")
    enough = total >= LEAST_PERCENT
    for room in ROOMS:
        percent = 100 * tried[room] / branches[room] if branches[room] else 0.0
        enough = enough and percent >= LEAST_PERCENT
        print(f"{room}: {tried[room]} of {branches[room]} branches ({percent:.1f} %)")
    return 0 if enough else 1


def _tell_what_is_missing(files: Mapping[str, Any]) -> None:
    """A line for each file with lines or branches that no test went through."""
    for name, found in sorted(files.items()):
        lines = [str(line) for line in found["missing_lines"]]
        # A branch out of a file's last line leads to a negative number.
        ways = [f"{here}->{max(there, 0) or 'end'}" for here, there in found["missing_branches"]
                if here not in found["missing_lines"]]  # fmt: skip
        if lines or ways:
            print(f"{name}: not tried: {' '.join([*lines, *ways])}")


if __name__ == "__main__":
    sys.exit(main())
