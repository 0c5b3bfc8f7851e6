"""What finds nothing any more would have found what stays."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from local.machines import World
from tests.local.machines import traces


@contextlib.contextmanager
def waiting(*before: str, name: str = "") -> Iterator[int]:
    """A process of that name in its command line, which waits for its input and starts no other."""
    command = [*before, "sh", "-c", "read line", name]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield process.pid
        process.kill()


def test_who_stays_in_a_namespace_is_found_and_who_comes_into_a_new_one_is_not(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "world")
    with contextlib.ExitStack() as its_own:
        pid = its_own.enter_context(waiting("unshare", "--net", "--uts", name=str(world.folder)))
        traces.wait_until(lambda: len(traces.namespaces({pid})) == 2)
        with traces.watched(world) as before:
            assert len(before["namespaces"]) == 2
            with waiting("nsenter", f"--target={pid}", "--net", "--uts") as stays:
                traces.wait_until(lambda: len(traces.namespaces({stays})) == 2)
                its_own.close()
                assert traces.held(before["namespaces"]) == before["namespaces"]
            for _ in range(4):
                with waiting("unshare", "--net", "--uts") as another:
                    traces.wait_until(lambda pid=another: len(traces.namespaces({pid})) == 2)
                    assert traces.held(before["namespaces"]) == set()
