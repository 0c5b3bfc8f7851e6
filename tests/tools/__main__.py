"""Provide every judge: `python -m tests.tools`. Doing it again does nothing."""

import sys
import time
from collections.abc import Callable

from local.carry_in.programs import programs
from local.go_programs import ProgramError
from tests.tools import debian, machines, shell
from tests.tools.nodeadm import NODEADM


def _commands() -> None:
    for command, package in shell.PACKAGES.items():
        if debian.command(command, package) is None:
            debian.provide(package)


STEPS: dict[str, Callable[[], object]] = {
    "bash, shellcheck, ssh": _commands,
    "curl, jq": lambda: shell.provide("curl", "jq"),
    "ip, nft, unshare": lambda: shell.provide("ip", "nft", "unshare"),
    "mkfs.ext4, blkid, systemd-analyze": lambda: shell.provide(
        "mkfs.ext4", "blkid", "systemd-analyze"
    ),
    "cloud-init's parser": lambda: debian.provide("cloud-init"),
    "containerd": lambda: debian.provide("containerd"),
    "the image of local machines (made once, about a minute)": machines.provide,
    "nodeadm (built once, about 2 minutes)": NODEADM.provide,
    "what is carried in: Kubernetes, etcd and others (built once, about 15 minutes)": programs,
}


def main() -> int:
    """Every judge is tried, so that one run names all that is missing."""
    failures = 0
    for name, provide in STEPS.items():
        print(f"{name} … ", end="", flush=True)
        start = time.monotonic()
        try:
            provide()
        except ProgramError as error:
            failures += 1
            print(f"missing\n  {error}")
        else:
            print(f"here ({time.monotonic() - start:.0f} s)")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
