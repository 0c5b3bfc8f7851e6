"""The engine killed in the middle of `up`, run again: it converges, nothing twice, nothing lost."""

import contextlib
import os
import signal
from pathlib import Path

import pytest

from automation import AutomationError
from automation.events import ResourceDone
from local.leftovers import leftovers
from tests.engine.aws_side import inventory

REGION, CLUSTER = "ap-northeast-1", "dev"
PLACES = (5, 25, 45, 65, 85)  # how many resources are done when the engine dies


class Killer:
    """Kills the engine that runs below this process, once, after so many resources."""

    def __init__(self, after: int) -> None:
        self.after, self.done, self.killed = after, 0, False

    def __call__(self, event: object) -> None:
        self.done += isinstance(event, ResourceDone)
        if self.done >= self.after and not self.killed:
            for engine in engines_below(os.getpid()):
                os.kill(engine, signal.SIGKILL)
                self.killed = True


def engines_below(parent: int) -> list[int]:
    """Process ids of `pulumi up` among the children of a process, by /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = path.read_text()
            words = (path.parent / "cmdline").read_bytes().split(b"\0")
            is_child = int(text.rsplit(")", 1)[1].split()[1]) == parent
            if is_child and words[0].endswith(b"pulumi") and b"up" in words:
                found.append(int(path.parent.name))
    return found


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
    with pytest.raises(AutomationError):
        world.stack("dev", on_event=killer).up()
    assert killer.killed

    world.stack("dev").up()
    assert inventory(world, REGION, CLUSTER) == whole
    assert world.stack("dev").preview().changes == ()

    world.stack("dev").destroy(disable_protection=True)
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == before
