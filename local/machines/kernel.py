"""The calls to the Linux kernel that Python 3.11 has no names for.

A namespace is held by an open file, never by a name: it goes with the processes that hold it, even
when they are killed.
"""

import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NEW_MOUNT, NEW_CGROUP, NEW_UTS = 0x00020000, 0x02000000, 0x04000000
NEW_IPC, NEW_PID, NEW_NETWORK = 0x08000000, 0x20000000, 0x40000000

READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC = 0x1, 0x2, 0x4, 0x8
REMOUNT, BIND, RECURSIVE, PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
DETACH = 2

_SET_PARENT_DEATH_SIGNAL = 1
_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "a new namespace")


def enter(namespace: int) -> None:
    """For the calling thread, and for what it starts."""
    _check(_libc.setns(namespace, 0), "a namespace")


def mount(
    source: str, target: Path | str, kind: str = "", flags: int = 0, options: str = ""
) -> None:
    arguments = (source.encode(), str(target).encode(), kind.encode(), flags, options.encode())
    _check(_libc.mount(*arguments), f"mount of {kind or source} at {target}")


def unmount(target: Path | str, flags: int = DETACH) -> None:
    _check(_libc.umount2(str(target).encode(), flags), f"unmounting {target}")


def make_root(folder: Path) -> None:
    """The folder, a mount, becomes the root of this mount namespace; the old root is gone."""
    os.chdir(folder)
    _check(_libc.pivot_root(b".", b"."), f"making {folder} the root")
    unmount(".")
    os.chdir("/")


def end_with_parent(signal_number: int) -> None:
    """Ends with the thread that started this process, however that ends."""
    _check(_libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal_number, 0, 0, 0), "a death signal")


def new_network() -> int:
    """An open file that holds a new network namespace; the caller stays where it is."""
    found: list[int] = []

    def make() -> None:
        # In a thread of its own, which ends: nobody has to find the way back.
        unshare(NEW_NETWORK)
        found.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))

    _in_thread(make)
    return found[0]


@contextmanager
def inside(network: int) -> Iterator[None]:
    """The calling thread, and what it starts meanwhile, is in that network namespace.

    Sockets stay in the one that they were made in.
    """
    outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(network)
        try:
            yield
        finally:
            enter(outside)
    finally:
        os.close(outside)


def _in_thread(run: Callable[[], None]) -> None:
    failures: list[OSError] = []

    def guarded() -> None:
        try:
            run()
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
