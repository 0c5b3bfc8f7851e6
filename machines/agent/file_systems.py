"""The file systems of volumes: how each kind is made, and grown with the volume below it.

A volume of EBS may be made larger while it is in use; what is on it stays as long as it was. Both
programs find out by themselves how long the device is, grow what is mounted, and have nothing to do
where it fills its device (resize2fs(8) of e2fsprogs, xfs_growfs(8) of xfsprogs, read 2026-11-29).
One that is killed has grown it by a part, and the next goes on from there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from machines.agent.errors import AgentError
from machines.agent.machine import Machine

MKFS = {"ext4": ["mkfs.ext4", "-q"], "xfs": ["mkfs.xfs", "-q"]}
# By device, and by the place where it is mounted.
GROW: Mapping[str, Callable[[str, str], list[str]]] = {
    "ext4": lambda device, path: ["resize2fs", device],
    "xfs": lambda device, path: ["xfs_growfs", path],
}
GROW_SECONDS = 100  # within what the timer's service may take
GIB = 1 << 30


def grow(machine: Machine, system: str, device: str, path: str) -> None:
    """Of a mounted one, to the end of its device; the console is told where it became larger.
    AgentError where it could not be grown, with the program's words."""
    if system not in GROW:
        raise AgentError(f"nobody here knows how to grow {system}")
    at = machine.path(path)
    before = os.statvfs(at).f_blocks
    machine.commands.run(GROW[system](device, str(at)), seconds=GROW_SECONDS)
    now = os.statvfs(at)
    if now.f_blocks > before:
        size = now.f_blocks * now.f_frsize / GIB
        machine.console.say(f"the file system at {path} has grown to {size:.1f} GiB")
