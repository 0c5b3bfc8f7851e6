"""What stays of a world: nothing, however its keeper ends."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.machines import MachinesError, World
from tests.local.machines import traces, worlds

pytestmark = pytest.mark.machines
UNREACHABLE = "http://127.0.0.1:1"  # nobody asks it for anything here
AT_WORK = b"""#!/bin/sh
mkfs.ext4 -q /dev/sdf
mkdir /data
mount /dev/sdf /data
sleep 1000 > /data/open
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "machines" / "remains")
    yield world
    world.down()


def boot(world: World) -> None:
    """A machine in the middle of its life: a volume mounted, processes at work."""
    world.up(worlds.world(), UNREACHABLE)
    machine = world.start(worlds.one().model_copy(update={"role": "", "user_data": AT_WORK}))
    machine.wait_until(
        lambda: machine.run(["mountpoint", "/data"], check=False).returncode == 0,
        "the volume is not mounted",
    )


def kill_keeper(world: World) -> None:
    keeper = world.keeper()
    os.kill(keeper, signal.SIGKILL)
    os.waitpid(keeper, 0)  # a child of this process, which started it


def test_nothing_listens_where_this_machine_s_own_programs_could_ask(world: World) -> None:
    world.up(worlds.world(), UNREACHABLE)
    sockets = traces.sockets(world.keeper())
    assert len(sockets) >= 6, "metadata service, resolvers, endpoints"
    assert sockets & traces.network_sockets() == set()


def test_nothing_stays_of_a_keeper_that_was_killed(world: World) -> None:
    boot(world)
    with traces.watched(world) as before:
        kill_keeper(world)
        assert not world.runs()
        with pytest.raises(MachinesError, match="there are no machines in"):
            world.status()
        went_with_it = ("processes", "namespaces", "mounts", "loop devices")
        traces.wait_until(lambda: not any(traces.seen(world)[kind] for kind in went_with_it))
        assert {kind for kind, there in traces.seen(world).items() if there} == {
            "control groups",
            "files",
        }
        world.down()
        traces.assert_nothing_stays(world, before)
    assert list(world.folder.parent.iterdir()) == []


def test_what_a_killed_keeper_left_is_in_nobody_s_way(world: World) -> None:
    world.up(worlds.world(), UNREACHABLE)
    kill_keeper(world)
    world.up(worlds.world(), UNREACHABLE)
    assert world.status() == []
    with pytest.raises(MachinesError, match="machines run in"):
        world.up(worlds.world(), UNREACHABLE)
