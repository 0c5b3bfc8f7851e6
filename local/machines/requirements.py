"""What this machine must have to run others: said at once, all of it, with what to do."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from local.machines.errors import MachinesError

# Program to the Debian package that has it.
PROGRAMS = {"ip": "iproute2", "nft": "nftables", "nsenter": "util-linux", "unshare": "util-linux"}
# Capability to its bit (linux/capability.h), and what needs it.
CAPABILITIES = {
    "CAP_SYS_ADMIN": (21, "namespaces and mounts"),
    "CAP_NET_ADMIN": (12, "networks"),
    "CAP_MKNOD": (27, "device nodes"),
    "CAP_SYS_CHROOT": (18, "root file systems"),
}
FILE_SYSTEMS = ("overlay", "cgroup")
# Of the whole kernel, and counted over all machines together: each systemd and kubelet takes some.
LIMITS = {"fs/inotify/max_user_instances": 2048}


def missing(
    platform: str,
    which: Callable[[str], str | None],
    user: int,
    effective: int,
    file_systems: str,
    exists: Callable[[str], bool],
) -> list[str]:
    """A line for each thing, of what is told of this machine. Pure."""
    if platform != "linux":
        return [f"machines are namespaces of a Linux kernel, and this is {platform}"]
    lines = []
    if user != 0:
        lines.append("this is not root: run it as root (sudo), or in a container that is root's")
    else:
        lines += [
            f"root has not {name} here, for {why}: run it outside of the container, or in a "
            "privileged one"
            for name, (bit, why) in CAPABILITIES.items()
            if not effective >> bit & 1
        ]
    packages = sorted({package for name, package in PROGRAMS.items() if which(name) is None})
    if packages:
        lines.append(f"programs are missing: apt-get install {' '.join(packages)}")
    known = {line.split()[-1] for line in file_systems.splitlines() if line.strip()}
    lines += [
        f"the kernel has no file system {name}: load it (modprobe {name}), or use another kernel"
        for name in FILE_SYSTEMS
        if name not in known and not (name == "cgroup" and "cgroup2" in known)
    ]
    if not exists("/dev/loop-control"):
        lines.append("the kernel has no loop devices: modprobe loop")
    return lines


def raise_limits(settings: Path = Path("/proc/sys")) -> None:
    """Where they are lower; they stay raised, since others may count on them by then."""
    for path, least in LIMITS.items():
        file, name = settings / path, path.replace("/", ".")
        if not file.exists() or (now := int(file.read_text())) >= least:
            continue
        try:
            file.write_text(f"{least}\n")
        except OSError as error:
            raise MachinesError(
                f"{name} is {now}, too low for machines that run kubelets, and cannot be raised "
                f"here ({error.strerror}); outside, run: sysctl {name}={least}"
            ) from error


def require() -> None:
    status = Path("/proc/self/status")
    effective = 0
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        effective = int(lines["CapEff"], 16)
    systems = Path("/proc/filesystems")
    found = missing(
        sys.platform, shutil.which, os.geteuid(), effective,
        systems.read_text() if systems.exists() else "", os.path.exists,
    )  # fmt: skip
    if found:
        raise MachinesError("local machines cannot run here:\n  " + "\n  ".join(found))
