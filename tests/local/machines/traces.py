"""What a world of machines leaves on this one while it runs, found without asking it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from local.machines import World

KEPT = ("net", "pid", "uts", "ipc", "cgroup")


def seen(world: World) -> dict[str, set[str]]:
    """Of every kind, what there is of the world on this machine."""
    started = processes(world.folder)
    return {
        "processes": {str(pid) for pid in started},
        "namespaces": namespaces(set(started)),
        "mounts": set(mounts(world.folder)),
        "loop devices": set(loop_devices(world.folder)),
        "control groups": set(control_groups(world.control_group)),
        "files": {str(path) for path in world.folder.glob("*")},
    }


@contextmanager
def watched(world: World) -> Iterator[dict[str, set[str]]]:
    """What is seen of it, its namespaces kept until the end: the kernel gives a free number to the
    next one, and another world's that came meanwhile would look like one of this. Those of mounts
    are not among them, since they would keep what is mounted; `mounts` looks for that anywhere."""
    with ExitStack() as kept:
        before = seen(world)
        before["namespaces"] = set()
        for pid in processes(world.folder):
            before["namespaces"] |= {name for kind in KEPT if (name := _keep(pid, kind, kept))}
        yield before


def assert_nothing_stays(world: World, before: dict[str, set[str]]) -> None:
    """Of what was `watched`, and by whom it still is."""
    assert all(before.values()), before
    wait_until(lambda: not any(seen(world).values()) and not held(before["namespaces"]))
    assert seen(world) == {kind: set() for kind in before}
    assert held(before["namespaces"]) == set()


def wait_until(gone: Callable[[], bool]) -> None:
    """The kernel frees what killed processes held by and by. Who waits in vain asserts then."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not gone():
        time.sleep(0.05)


def processes(folder: Path) -> dict[int, str]:
    """Those that were started for it: by their command line, and all below them."""
    parents: dict[int, int] = {}
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder) in words and int(entry.name) != os.getpid():
            found[int(entry.name)] = words
    while below := {p for p, parent in parents.items() if parent in found} - found.keys():
        found |= dict.fromkeys(below, "below it")
    return found


def namespaces(pids: set[int]) -> set[str]:
    """Of their kinds that this process does not share."""
    found = set()
    for kind in ("net", "mnt", "pid", "uts", "ipc", "cgroup"):
        own = os.readlink(f"/proc/self/ns/{kind}")
        found |= {name for pid in pids if (name := _link(pid, kind)) not in ("", own)}
    return found


def held(names: set[str]) -> set[str]:
    """Those of the namespaces that any process but this is in, or holds open."""
    pids = {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()}
    pids.discard(os.getpid())
    found = {_link(pid, kind) for pid in pids for kind in KEPT}
    for pid in pids:
        found |= _opened(pid)
    return found & names


def mounts(folder: Path) -> list[str]:
    """In any mount namespace that a process is in."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                lines = (entry / "mountinfo").read_text().splitlines()
            except (OSError, UnicodeDecodeError):
                continue
            found |= {line for line in lines if str(folder) in line}
    return sorted(found)


def loop_devices(folder: Path) -> list[str]:
    found = []
    for file in Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            backing = file.read_text().strip()
        except OSError:
            continue
        if str(folder) in backing:
            found.append(backing)
    return found


def control_groups(name: str) -> list[str]:
    """Those of others come and go meanwhile, which ends no walk."""
    walk = os.walk("/sys/fs/cgroup")
    return [f"{folder}/{name}" for folder, folders, _ in walk if name in folders]


def sockets(pid: int) -> set[str]:
    """The numbers of those that a process has open."""
    return {link[8:-1] for link in _opened(pid) if link.startswith("socket:[")}


def network_sockets() -> set[str]:
    """Of all TCP and UDP sockets in this process's network."""
    tables = [Path("/proc/self/net") / name for name in ("tcp", "tcp6", "udp", "udp6")]
    lines = [line for table in tables if table.exists() for line in table.read_text().splitlines()]
    return {line.split()[9] for line in lines if ":" in line.split()[0]}


def _opened(pid: int) -> set[str]:
    """What a process has open, but for what it closes meanwhile."""
    found = set()
    with suppress(OSError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(os.readlink(file))
    return found


def _link(pid: int, kind: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    except OSError:
        return ""


def _keep(pid: int, kind: str, kept: ExitStack) -> str:
    """Its name, empty where the process is gone or shares this one's."""
    try:
        opened = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
    except OSError:
        return ""
    kept.callback(os.close, opened)
    name = os.readlink(f"/proc/self/fd/{opened}")
    return name if name != os.readlink(f"/proc/self/ns/{kind}") else ""
