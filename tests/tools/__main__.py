"""Provide every judge: `python -m tests.tools`. Doing it again does nothing."""

import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from local.carry_in.programs import programs
from local.go_programs import ProgramError
from tests.tools import debian, machines, shell
from tests.tools.nodeadm import NODEADM


def _commands() -> None:
    for command, package in shell.PACKAGES.items():
        if debian.command(command, package) is None:
            debian.provide(package)


# It waits for downloads and for one processor, so what follows is built meanwhile.
MEANWHILE = "the image of local machines (made once, about a minute)"
STEPS: dict[str, Callable[[], object]] = {
    "bash, shellcheck, ssh": _commands,
    "curl, jq": lambda: shell.provide("curl", "jq"),
    "ip, nft, unshare": lambda: shell.provide("ip", "nft", "unshare"),
    "mkfs.ext4, resize2fs, blkid, losetup, systemd-analyze": lambda: shell.provide(
        "mkfs.ext4", "resize2fs", "blkid", "losetup", "systemd-analyze"
    ),
    "cloud-init's parser": lambda: debian.provide("cloud-init"),
    "containerd": lambda: debian.provide("containerd"),
    MEANWHILE: machines.provide,
    "nodeadm (built once, about 2 minutes)": NODEADM.provide,
    "what is carried in: Kubernetes, etcd and others (built once, about 15 minutes)": programs,
}


def main() -> int:
    """Every judge is tried, so that one run names all that is missing."""
    failures = 0
    with ThreadPoolExecutor(max_workers=1) as aside:
        made: Future[float] | None = None
        for name, provide in STEPS.items():
            if name == MEANWHILE:
                made = aside.submit(_seconds, provide)
            else:
                failures += not _told(name, partial(_seconds, provide))
        if made is not None:
            failures += not _told(MEANWHILE, made.result)
    return 1 if failures else 0


def _told(name: str, seconds: Callable[[], float]) -> bool:
    """Whether it is here."""
    print(f"{name} … ", end="", flush=True)
    try:
        print(f"here ({seconds():.0f} s)")
    except ProgramError as error:
        print(f"missing\n  {error}")
        return False
    return True


def _seconds(provide: Callable[[], object]) -> float:
    start = time.monotonic()
    provide()
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
