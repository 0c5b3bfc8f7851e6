"""heiiki's own `dev` with any number of node pools, recorded as `heiiki prove` records it."""

import json
from pathlib import Path
from typing import Any

import yaml

from automation.proof import declared_text
from automation.stack_files import find_stack_files
from bench.page import ROOT

POLICY_FILE = ROOT / "heiiki.dev.policy.json"
_OF_THE_REST, _OF_A_POOL = 86, 11  # resources of the example, and of each pool in it


def pools_of(size: int) -> int:
    """How many pools come nearest to so many resources."""
    return round((size - _OF_THE_REST) / _OF_A_POOL)


def recorded_pools(folder: Path, pools: int) -> list[dict[str, Any]]:
    """What the program declares. folder: for its stack file and lock file."""
    document = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    pool = {**document["config"]["heiiki:nodePools"]["workers"], "maxSize": 1}
    document["config"]["heiiki:nodePools"] = {f"pool-{i}": pool for i in range(pools)}
    stack_file = folder / "Pulumi.dev.yaml"
    stack_file.write_text(yaml.safe_dump(document), encoding="utf-8")
    lock = (ROOT / "heiiki.dev.lock.yaml").read_text(encoding="utf-8")
    (folder / "heiiki.dev.lock.yaml").write_text(lock, encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(declared_text(find_stack_files(None, stack_file)))
    return found
