"""Runs where cfn-lint is installed, and nowhere else: of each template what cfn-lint says.

    python judge_cfn_lint.py FOLDER    writes {file name: [[rule, logical name], …]} to stdout

Every rule that says something counts, informational and experimental ones too.
"""

import json
import sys
from pathlib import Path

from cfnlint.api import lint
from cfnlint.config import ManualArgs

REGION = "ap-northeast-1"


def failed(path: Path) -> list[list[str]]:
    """Every rule that speaks, with the resource that it speaks of."""
    chosen = ManualArgs(regions=[REGION], include_checks=["I"], include_experimental=True)
    found = set()
    for match in lint(path.read_text(encoding="utf-8"), config=chosen):
        where = [str(step) for step in match.path or ()]
        name = where[1] if where[:1] == ["Resources"] and len(where) > 1 else ""
        found.add((match.rule.id, name))
    return [list(pair) for pair in sorted(found)]


def main() -> None:
    found = {path.name: failed(path) for path in sorted(Path(sys.argv[1]).glob("*.json"))}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
