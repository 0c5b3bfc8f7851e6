"""`python -m tests.branch_coverage`: at least 95 % of the branches of each pure room are tried."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOMS = ("spec", "plan", "machines")
LEAST_PERCENT = 95.0


def main() -> int:
    """Read .coverage of the last run; 1 where a room has too little, or where none was measured."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        command = [sys.executable, "-m", "coverage", "json", "--quiet", "--fail-under=0"]
        subprocess.run([*command, "-o", str(report)], check=True)
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    branches: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for name, found in files.items():
        room = Path(name).parts[0]
        branches[room] += found["summary"]["num_branches"]
        tried[room] += found["summary"]["covered_branches"]
    enough = True
    for room in ROOMS:
        percent = 100 * tried[room] / branches[room] if branches[room] else 0.0
        enough = enough and percent >= LEAST_PERCENT
        print(f"{room}: {tried[room]} of {branches[room]} branches ({percent:.1f} %)")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
