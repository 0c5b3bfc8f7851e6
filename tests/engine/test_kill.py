"""The engine killed in the middle of an `up`, an update or a `destroy`, and run again.

It converges: nothing stands twice, nothing is lost, nothing is left behind.
"""

import contextlib
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from automation import AutomationError
from automation.events import OperationStarted, ResourceDone
from local.leftovers import leftovers
from tests.engine.aws_side import inventory
from tests.engine.stack_copies import Config, copied, edited

REGION, CLUSTER = "ap-northeast-1", "dev"
PLACES = (5, 25, 45, 65, 85)  # how many resources are done when the engine dies


class Killer:
    """Kills the engine that runs below this process, once, after so many resources.

    operation: of the engine, up or destroy; only what that one has done is counted.
    """

    def __init__(self, after: int, operation: str = "up") -> None:
        self.after, self.operation = after, operation
        self.running, self.done, self.killed = "", 0, False

    def __call__(self, event: object) -> None:
        if isinstance(event, OperationStarted):
            self.running, self.done = event.operation, 0
        self.done += isinstance(event, ResourceDone)
        if self.running == self.operation and self.done >= self.after and not self.killed:
            for engine in engines_below(os.getpid(), self.operation):
                os.kill(engine, signal.SIGKILL)
                self.killed = True


def engines_below(parent: int, operation: str) -> list[int]:
    """Process ids of `pulumi <operation>` among the children of a process, by /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = path.read_text()
            words = (path.parent / "cmdline").read_bytes().split(b"\0")
            is_child = int(text.rsplit(")", 1)[1].split()[1]) == parent
            if is_child and words[0].endswith(b"pulumi") and operation.encode() in words:
                found.append(int(path.parent.name))
    return found


def killed(killer: Killer, operate) -> None:
    """Run an operation of the stack, and have its engine killed."""
    with pytest.raises(AutomationError) as caught:
        operate()
    assert killer.killed, caught.value


@pytest.fixture(scope="module")
def whole(world):
    """What a run without any interruption makes, by names that do not depend on the run."""
    stack = world.stack("dev")
    stack.up()
    made = inventory(world, REGION, CLUSTER)
    stack.destroy(disable_protection=True)
    return made


@pytest.mark.parametrize("place", PLACES)
def test_a_killed_up_converges_when_it_is_run_again(world, whole, place):
    before = set(leftovers(world.aws_endpoint_url, [REGION]))
    killer = Killer(place)
    killed(killer, world.stack("dev", on_event=killer).up)

    world.stack("dev").up()
    assert inventory(world, REGION, CLUSTER) == whole
    assert world.stack("dev").preview().changes == ()

    world.stack("dev").destroy(disable_protection=True)
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == before


GROWN = {  # what the update below makes: nouns, and the names that are new of each
    "access entries": ["arn:aws:iam::123456789012:role/dev-ap-northeast-1-node-batch"],
    "auto scaling groups": ["batch"],
    "endpoints": ["dev-logs"],
    "launch templates": ["dev-batch-node"],
    "machines": ["dev-batch-node"],
    "roles": ["dev-ap-northeast-1-node-batch"],
}


def grow(config: Config) -> None:
    """More add-ons, tags on everything, and a pool more."""
    config |= {"addOns": {"containerLogs": True}, "tags": {"owner": "network-team"}}
    pools = config["nodePools"]
    pools["batch"] = {**pools["workers"], "maxSize": 2}


def test_a_killed_update_and_a_killed_destroy_converge_when_they_are_run_again(world, tmp_path):
    """The update creates, changes in place and rolls a pool; destroy is killed more than once."""
    before = set(leftovers(world.aws_endpoint_url, [REGION]))
    folder = copied("dev", tmp_path / "dev")
    world.stack("dev", folder).up()
    small = inventory(world, REGION, CLUSTER)
    edited(folder / "Pulumi.dev.yaml", grow)

    killer = Killer(40)
    killed(killer, world.stack("dev", folder, on_event=killer).up)
    world.stack("dev", folder).up()
    grown = inventory(world, REGION, CLUSTER)
    more = {
        noun: sorted((Counter(grown[noun]) - Counter(small[noun])).elements()) for noun in grown
    }
    assert {noun: names for noun, names in more.items() if names} == GROWN
    assert {n: len(grown[n]) - len(small[n]) for n in GROWN} == {n: len(GROWN[n]) for n in GROWN}
    assert world.stack("dev", folder).preview().changes == ()

    for place in (10, 40):
        killer = Killer(place, "destroy")
        stack = world.stack("dev", folder, on_event=killer)
        killed(killer, lambda stack=stack: stack.destroy(disable_protection=True))
    world.stack("dev", folder).destroy(disable_protection=True)
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == before
    assert world.stack("dev", folder).state().managed == []
