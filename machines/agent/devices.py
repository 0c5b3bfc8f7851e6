"""Which block device is which volume. Names such as /dev/nvme1n1 change between boots.

On Nitro a volume's device says the volume's id as its NVMe serial, without the hyphen
(https://docs.aws.amazon.com/ebs/latest/userguide/identify-nvme-ebs-device.html, read 2026-11-28).
udev names it by that serial too. On Xen the device has the name that was asked for, sd written as
xvd.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from machines.agent.machine import Machine


def find_device(machine: Machine, volume_id: str, asked: str) -> str | None:
    """The volume's device, or None while there is none. asked: the name it was attached by."""
    serial = volume_id.replace("-", "")
    link = machine.path(f"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{serial}")
    if link.exists():
        return f"/dev/{link.resolve().name}"
    serials = {}
    for folder in sorted(machine.path("/sys/block").glob("nvme*")):
        serials[_text(folder / "device" / "serial")] = folder.name
    found = serials.get(serial)
    if found is not None:
        return _present(machine, f"/dev/{found}")
    if serials:  # with NVMe there are no names that could be believed
        return None
    name = asked.rpartition("/")[2]
    names = [f"xvd{name[2:]}", name] if name.startswith("sd") else [name]
    return next((path for n in names if (path := _present(machine, f"/dev/{n}"))), None)


def mounted(machine: Machine) -> dict[str, str]:
    """Mount point to the device's numbers, such as 259:1; of two mounts at one place the upper."""
    found = {}
    for line in _text(machine.path("/proc/self/mountinfo")).splitlines():
        fields = line.split(" ")
        found[fields[4].replace("\\040", " ")] = fields[2]
    return found


@dataclass(frozen=True)
class Mounted:
    """What is mounted at a place. system: the kind of file system. device: as it was named then.

    read_only: whether the file system takes no writes, as after an error of its disk. Not whether
    the mount does: systemd shows its units others as read-only.
    """

    system: str
    device: str
    read_only: bool


def mounted_at(machine: Machine, path: str) -> Mounted | None:
    """Of two at one place the upper."""
    found = None
    for line in _text(machine.path("/proc/self/mountinfo")).splitlines():
        place, _, system = line.partition(" - ")
        if place.split(" ")[4].replace("\\040", " ") == path:
            kind, device, options = system.split(" ")[:3]
            found = Mounted(kind, device, "ro" in options.split(","))
    return found


def size_bytes(machine: Machine, device: str) -> int:
    """How long it is now; OSError where there is none."""
    with machine.path(device).open("rb") as file:
        return file.seek(0, os.SEEK_END)


def numbers_of(machine: Machine, device: str) -> str:
    """The device's numbers, as mountinfo has them."""
    found = machine.path(device).stat()
    if stat.S_ISBLK(found.st_mode):
        return f"{os.major(found.st_rdev)}:{os.minor(found.st_rdev)}"
    return _text(machine.path(f"/sys/class/block/{device.rpartition('/')[2]}/dev"))


def _present(machine: Machine, path: str) -> str | None:
    return path if machine.path(path).exists() else None


def _text(path: Path) -> str:
    """What the kernel says there, or "" where it says nothing (any more)."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
