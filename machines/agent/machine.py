"""The machine as steps see it: its files, its commands, its clock, AWS, and the journal.

Everything that reaches outside goes through here, so that a test may stand in for it, and may
end the agent at each such call.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from machines.agent.aws_api import Aws
from machines.agent.clock import Clock, pause
from machines.agent.errors import AgentError, short
from machines.agent.journal import Journal

COMMAND_SECONDS = 120
LEAST_SECONDS = 30  # of a command, however late it is: a step that is nearly done gets done
BOOT_ID = "/proc/sys/kernel/random/boot_id"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    status: int
    output: str


@dataclass
class Commands:
    """Programs of the image. No argument of one may be a secret: every user sees arguments."""

    clock: Clock = field(default_factory=Clock)

    def run(
        self, arguments: Sequence[str], *, allowed: Sequence[int] = (0,), seconds: float = 0
    ) -> Result:
        """AgentError when it ends otherwise than allowed, with its last words."""
        left = max(self.clock.until - self.clock.uptime(), LEAST_SECONDS)
        try:
            ended = subprocess.run(
                list(arguments), stdin=subprocess.DEVNULL, capture_output=True,
                timeout=min(seconds or COMMAND_SECONDS, left), env=ENVIRONMENT,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise AgentError(f"{arguments[0]} took longer than {error.timeout:g} s") from None
        except OSError as error:
            raise AgentError(f"{arguments[0]} could not be started: {error.strerror}") from None
        if ended.returncode not in allowed:
            said = ended.stderr.decode(errors="replace").strip().splitlines()
            words = f": {short(said[-1])}" if said else ""
            raise AgentError(f"{' '.join(arguments)} ended with {ended.returncode}{words}")
        return Result(ended.returncode, ended.stdout.decode(errors="replace"))


class Console:
    """Lines for whoever reads the instance's console, and for the journal of systemd."""

    def __init__(self, device: Path) -> None:
        self._device = device

    def say(self, text: str) -> None:
        line = f"heiiki-agent: {short(text)}\n"
        with suppress(OSError):  # a machine without a console boots all the same
            print(line, end="", flush=True)
        with suppress(OSError), self._device.open("a", encoding="utf-8") as console:
            console.write(line)


@dataclass
class Machine:
    """root: where the machine's file system begins. bundle: the folder of the bundle."""

    root: Path
    bundle: Path
    aws: Aws
    clock: Clock
    commands: Commands
    console: Console
    journal: Journal

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def wait(
        self,
        seconds: float,
        reached: Callable[[], bool],
        reason: Callable[[], str],
        poll: float = 5,
    ) -> None:
        """Ask until it is so; AgentError with the reason when it is not so in time, which is never
        later than the boot's."""
        began, attempt = self.clock.uptime(), 0
        until = min(began + seconds, self.clock.until)
        while not reached():
            if self.clock.uptime() >= until:
                cut_off = until < began + seconds
                waited = "until the boot's time was over" if cut_off else f"{seconds:g} s"
                raise AgentError(f"{reason()} (waited {waited})")
            attempt += 1
            self.clock.sleep(pause(attempt, base=0.25, most=poll))
