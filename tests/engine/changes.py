"""Changes to a running cluster, and every step that each of them may take.

A step is a line: operation, type, name, and behind a colon the properties that differ where the
resource stays. What is not in a list must not happen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.results import Result
from tests.engine.aws_side import client
from tests.engine.stack_copies import Config, declared, edited
from tests.engine.world import World


@dataclass(frozen=True)
class Change:
    """One edit of a stack file, and all that `up` does then.

    steps: lines of text. rolls: pools whose machines are replaced. lock: whether the lock file
    is written anew first. declare: an edit of the declared boundary, without which the pack
    refuses the change.
    """

    edit: Callable[[Config], object]
    steps: str
    rolls: tuple[str, ...] = ()
    lock: bool = False
    declare: Callable[[Config], object] | None = None

    @property
    def expected(self) -> list[str]:
        return sorted(line.strip() for line in self.steps.splitlines() if line.strip())


class Life:
    """A stack whose file is changed again and again."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.stack = world, world.stack("dev", folder)
        self.file = folder / "Pulumi.dev.yaml"

    def sign(self, cidr: str, names: Sequence[str], *ids: str) -> None:
        """Answer for connections and supplied ids, without which the pack refuses them."""
        who = {"owner": "network team", "reason": "a way in"}

        def sign(boundary: Config) -> None:
            signed = [{"name": name, "cidrs": [cidr], **who} for name in names]
            boundary.setdefault("connections", []).extend(signed)
            if ids:
                boundary.setdefault("supplied", []).append({"ids": list(ids), **who})

        declared(self.file.with_name("heiiki.dev.policy.json"), sign)

    def connect(self, name: str, connection: Config | None) -> list[str]:
        """Add a connection, or remove it; returns what `up` then did."""

        def edit(config: Config) -> None:
            known = config.setdefault("network", {}).setdefault("connections", {})
            known.pop(name) if connection is None else known.update({name: connection})

        self.edit(edit, lock=True)
        return steps_taken(self.stack.up())

    def edit(self, edit: Callable[[Config], object], *, lock: bool = False) -> str:
        """Change the stack file; returns what stood there."""
        before = edited(self.file, edit)
        if lock:
            self.world.heiiki("lock", "--file", str(self.file))
        return before


def steps_taken(result: Result) -> list[str]:
    """Every change of a preview or an `up`, as the tables write it."""
    return sorted(
        f"{c.operation} {c.type.split(':')[1]} {c.name}"
        + (f": {', '.join(_names(c.properties))}" if c.operation == "update" else "")
        for c in result.changes
    )


def _names(properties: Any) -> list[str]:
    """The properties that differ, without what is below them, and without the copy of tags."""
    names = {p.path.partition(".")[0].partition("[")[0] for p in properties}
    return sorted(names - {"tagsAll"})


def risky(result: Result) -> list[str]:
    """What touches more than the configuration of something, each with how bad it is."""
    return sorted(
        f"{c.risk}: {c.operation} {c.type.split(':')[1]} {c.name}"
        for c in result.changes
        if c.risk != "none"
    )


def refreshes(world: World, region: str) -> dict[str, int]:
    """How many instance refreshes each self-managed pool has seen, by AWS's own word."""
    autoscaling = client(world, "autoscaling", region)
    found = {}
    for group in autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
        name = group["AutoScalingGroupName"]
        tags = {t["Key"]: t["Value"] for t in group["Tags"]}
        pool = tags.get("heiiki:pool") or tags["heiiki:role"]
        known = autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)
        found[pool] = len(known["InstanceRefreshes"])
    return found
