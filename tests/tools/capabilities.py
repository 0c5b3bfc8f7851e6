"""What root may do here: some containers withhold a part of it."""

from pathlib import Path

SYS_RESOURCE = 24  # linux/capability.h


def may_grow_ext4() -> bool:
    """While it is mounted: the kernel asks for CAP_SYS_RESOURCE (fs/ext4/resize.c)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) >> SYS_RESOURCE & 1)
