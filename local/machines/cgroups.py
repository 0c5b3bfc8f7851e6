"""Control groups of a world: made where this machine's kernel has its controllers.

Hierarchies are mounted in a mount namespace of the caller's own, so nothing of it is seen outside.
Inside, a machine has a namespace that begins at its own group: its systemd sees a whole tree.
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local.machines import kernel

END_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """folder: below /sys/fs/cgroup, "" for the unified one."""

    folder: str
    kind: str  # of file system
    options: str


def hierarchies(proc_cgroups: str) -> tuple[Hierarchy, ...]:
    """From /proc/cgroups: the unified hierarchy, unless controllers are on ones of their own."""
    by_id: dict[str, list[str]] = {}
    for line in proc_cgroups.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        name, hierarchy_id, _, enabled = line.split()
        if enabled == "1" and hierarchy_id != "0":
            by_id.setdefault(hierarchy_id, []).append(name)
    if not by_id:
        return (Hierarchy("", "cgroup2", ""),)
    joined = sorted(",".join(names) for names in by_id.values())
    return (
        Hierarchy("systemd", "cgroup", "none,name=systemd"),
        # Without controllers. systemd mounts it itself where it is not, and from its very root.
        Hierarchy("unified", "cgroup2", ""),
        *(Hierarchy(names, "cgroup", names) for names in joined),
    )


def here() -> tuple[Hierarchy, ...]:
    return hierarchies(Path("/proc/cgroups").read_text(encoding="ascii"))


def mount_all(place: Path, found: tuple[Hierarchy, ...]) -> None:
    """At `place`, as a machine has them below /sys/fs/cgroup."""
    if [one.folder for one in found] != [""]:
        kernel.mount("tmpfs", place, "tmpfs", 0, "mode=755")
    for one in found:
        target = place / one.folder
        target.mkdir(exist_ok=True)
        kernel.mount("cgroup", target, one.kind, 0, one.options)
        for alias in one.options.split(",") if "," in one.folder else ():
            (place / alias).symlink_to(one.folder)


def make(place: Path, found: tuple[Hierarchy, ...], group: str) -> list[Path]:
    """The group in each hierarchy; a process joins by writing 0 into its cgroup.procs."""
    made = []
    for one in found:
        folder = place / one.folder
        for part in Path(group).parts:
            if not one.folder:
                _hand_down(folder)
            folder /= part
            folder.mkdir(exist_ok=True)
            if "cpuset" in one.options.split(","):  # empty at first, and nothing runs in that
                for name in ("cpuset.cpus", "cpuset.mems"):
                    if not (folder / name).read_text().strip():
                        (folder / name).write_text((folder.parent / name).read_text())
        made.append(folder)
    return made


def _hand_down(folder: Path) -> None:
    """All controllers, as systemd does for most of them. This machine's own root keeps them on."""
    for controller in (folder / "cgroup.controllers").read_text().split():
        try:
            (folder / "cgroup.subtree_control").write_text(f"+{controller}")
        except OSError:  # processes beside it, or real-time ones: the machine does without it
            continue


def remove(place: Path, found: tuple[Hierarchy, ...], group: str) -> list[str]:
    """End what still runs in it, and remove it; what could not be removed."""
    left = []
    for one in found:
        root = place / one.folder / group
        deadline = time.monotonic() + END_SECONDS
        while root.is_dir():
            for folder, _, _ in os.walk(root, topdown=False):
                _end_processes(Path(folder))
                try:
                    os.rmdir(folder)
                except OSError:  # a process is still ending
                    continue
            if time.monotonic() > deadline:
                left.append(str(root))
                break
            if root.is_dir():
                time.sleep(0.02)
    return left


def _end_processes(folder: Path) -> None:
    """By their ids: all that is in the group was started by this world."""
    try:
        pids = (folder / "cgroup.procs").read_text().split()
    except OSError:
        return
    for pid in pids:
        try:
            os.kill(int(pid), 9)
        except ProcessLookupError:
            continue


def main() -> None:
    """`python -m local.machines.cgroups PLACE GROUP`: remove what a killed keeper left."""
    place, group = Path(sys.argv[1]), sys.argv[2]
    kernel.unshare(kernel.NEW_MOUNT)
    kernel.mount("none", "/", "", kernel.RECURSIVE | kernel.PRIVATE)
    found = here()
    mount_all(place, found)
    if left := remove(place, found, group):
        sys.exit(f"control groups that cannot be removed: {', '.join(left)}")


if __name__ == "__main__":
    main()
