"""A record as a run leaves it that was killed when AWS had answered and nothing was recorded."""

import json
from pathlib import Path

from automation.pending.kinds import KINDS
from tests.engine.world import World


def record_file(world: World, name: str) -> Path:
    """Where the engine keeps a stack's record. It is read and written here as it lies there, since
    `pulumi stack import` drops the steps that are open."""
    return world.home.state / ".pulumi" / "stacks" / "heiiki" / f"{name}.json"


def cut_off(file: Path) -> set[str]:
    """Have the record say that every creation was begun, and of none how it ended. The types of
    these. What needs not be found stays: nothing that stands on it is begun before it is recorded.
    """
    document = json.loads(file.read_text(encoding="utf-8"))
    latest = document["checkpoint"]["latest"]
    made = [r for r in latest["resources"] if r["type"] in KINDS]
    latest["resources"] = [
        {k: v for k, v in r.items() if k not in ("dependencies", "propertyDependencies")}
        for r in latest["resources"] if r not in made
    ]  # fmt: skip
    latest["pending_operations"] = [
        {"type": "creating", "resource": {k: v for k, v in r.items() if k not in ("id", "outputs")}}
        for r in made
    ]
    file.write_text(json.dumps(document), encoding="utf-8")
    return {r["type"] for r in made}
