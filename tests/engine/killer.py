"""Kills the engine in the middle of an operation."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from automation import AutomationError
from automation.events import OperationStarted, ResourceDone


class Killer:
    """Kills the engine that runs below this process, once.

    when: is asked of each resource that is done, and how many are. operation: of the engine, up or
    destroy; only what that one has done is counted.
    """

    def __init__(
        self, when: Callable[[ResourceDone, int], bool], operation: str = "up"
    ) -> None:  # fmt: skip
        self.when, self.operation = when, operation
        self.running, self.done, self.killed = "", 0, False

    @classmethod
    def after(cls, count: int, operation: str = "up") -> "Killer":
        return cls(lambda _, done: done >= count, operation)

    def __call__(self, event: object) -> None:
        if isinstance(event, OperationStarted):
            self.running, self.done = event.operation, 0
        if not isinstance(event, ResourceDone) or self.running != self.operation:
            return
        self.done += 1
        if not self.killed and self.when(event, self.done):
            for engine in engines_below(os.getpid(), self.operation):
                os.kill(engine, signal.SIGKILL)
                self.killed = True


def engines_below(parent: int, operation: str) -> list[int]:
    """Process ids of `pulumi <operation>` among the children of a process, by /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = path.read_text()
            words = (path.parent / "cmdline").read_bytes().split(b"\0")
            is_child = int(text.rsplit(")", 1)[1].split()[1]) == parent
            if is_child and words[0].endswith(b"pulumi") and operation.encode() in words:
                found.append(int(path.parent.name))
    return found


def killed(killer: Killer, operate: Callable[[], object]) -> None:
    """Run an operation of the stack, and have its engine killed."""
    with pytest.raises(AutomationError) as caught:
        operate()
    assert killer.killed, caught.value
