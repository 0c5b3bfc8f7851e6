"""Runs where Checkov is installed, and nowhere else: of each plan what Checkov says fails.

    python judge_checkov.py FOLDER    writes {file name: [[check, address], …]} to stdout

Checkov's own runner is asked, once for each plan: a plan is a deployment, and the graph of one must
not be joined with that of another. What a plan does not know yet counts as set, as Checkov
recommends for plans.
"""

import json
import logging
import os
import sys
from pathlib import Path

os.environ["EVAL_TF_PLAN_AFTER_UNKNOWN"] = "true"
os.environ["LOG_LEVEL"] = "ERROR"

from checkov.runner_filter import RunnerFilter
from checkov.terraform.plan_runner import Runner


def failed(path: Path) -> list[list[str]]:
    """Every check that fails, with the resource that it fails on."""
    chosen = RunnerFilter(framework=["terraform_plan"])
    report = Runner().run(root_folder=None, files=[str(path)], runner_filter=chosen)
    if report.parsing_errors or not report.resources:
        raise SystemExit(f"Checkov cannot read {path}")
    return sorted([r.check_id, r.resource] for r in report.failed_checks)


def main() -> None:
    logging.disable(logging.WARNING)
    found = {path.name: failed(path) for path in sorted(Path(sys.argv[1]).glob("*.json"))}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
