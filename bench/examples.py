"""The examples that are measured, in copies of their files: some need what others supply first."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.page import ROOT
from bench.supplied import World, supply, supply_transit_gateway

EXAMPLES = (
    "dev", "existing", "on-premises", "two-vpc", "open", "self-hosted", "external-etcd", "parts",
)  # fmt: skip
# Of more stacks than one: in their order, since each reads what the one before it has made.
STACKS = {"parts": ("parts-network", "parts-cluster", "parts-pools")}
# Those that are of AWS's resources alone, and of one stack: they can be written down as such.
OF_AWS_ALONE = ("dev", "existing", "on-premises", "two-vpc", "open")


class Copied(NamedTuple):
    """A stack of an example, and the folder with the copied files."""

    stack: str
    folder: Path
    policy: Path

    @property
    def stack_file(self) -> Path:
        return self.folder / f"Pulumi.{self.stack}.yaml"


def file_of(example: str) -> Path:
    """The stack file of the whole."""
    return ROOT / "examples" / example / f"Pulumi.{example}.yaml"


def copied(example: str, below: Path) -> Path:
    """The example's files without what it yields."""
    return shutil.copytree(
        file_of(example).parent, below / example, ignore=shutil.ignore_patterns("expected*")
    )


def stacks(example: str, below: Path, world: World) -> Iterator[Copied]:
    """The example's stacks, each of which can be made, after those before it have been."""
    folder = copied(example, below)
    if example == "existing":
        supply(world, folder)
    elif example == "external-etcd":
        supply_transit_gateway(world, folder)
    policy = folder / f"heiiki.{example}.policy.json"
    for stack in STACKS.get(example, (example,)):
        yield Copied(stack, folder, policy)
