"""Ports of loopback: one to be listened on that nobody else is given, and one where nobody is."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager

# Below those that the kernel gives to whoever connects: one of them may be taken by a client before
# a program listens on it.
PORTS = range(20_000, 32_000)
# What says that a port is given, to the tests that run at the same time in other processes too: a
# socket of that name, of no file, which ends with this process.
_given: list[socket.socket] = []


def free_port() -> int:
    """One that nobody listens on, and that no test was or is given before this one ends."""
    while True:
        port = secrets.choice(PORTS)
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0heiiki-test-port-{port}")
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", port))
        except OSError:
            mark.close()
            continue
        _given.append(mark)
        return port


@contextmanager
def silent_port() -> Iterator[int]:
    """One that is taken and not listened on: whoever comes is refused, and nobody else gets it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])
