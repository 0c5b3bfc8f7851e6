"""Drives the engine: one process per operation, its event log as the only source of what happened.

This is the protocol of Pulumi's own Automation API (a CLI that asks nothing, and an event log).
Its Python classes are not used: those of pulumi 3.272.0 throw away the engine's report of which
rules judged which resource (pulumi/automation/events.py), without which "no violation" is no proof,
and on Ctrl-C they return while the engine still works (pulumi/automation/_cmd.py).
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.ending import Ending, hearing
from automation.errors import AutomationError, EngineMissingError, InterruptedOperationError
from automation.events import EventLog, LogFile, OnEvent, OperationStarted
from automation.failures import failed_command
from automation.lock.text import write_whole
from automation.workspace import writing

ENGINE_PID = "engine.pid"  # in the stack's folder: whose lock a killed run has left
# The first that reports which rules judged which resource; a new major may change everything.
_MIN, _BELOW = (3, 229), 4
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.\d+\S*")
_KNOWN: set[str] = set()  # programs whose version was looked at and does
_POLL_SECONDS = 0.05
_SETTINGS = {
    "PULUMI_AUTOMATION_API": "true",
    "PULUMI_DEBUG_COMMANDS": "true",  # --event-log is among the debug flags
    # The key that encrypts secrets is in the stack's state; a copy of the stack file that lacks
    # it must not get a new one.
    "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
    "PULUMI_SKIP_UPDATE_CHECK": "true",
}
_LEFT_OUT = (
    "PULUMI_SKIP_CHECKPOINTS",  # a killed run could not be resumed
    "PULUMI_CONTINUE_ON_ERROR",  # after a refusal of the pack nothing goes on
    "PULUMI_RUN_PROGRAM",
)
# Since v3.208.0 the engine takes each flag from a variable too: SHOW_SECRETS, CONFIG, TARGET would
# print what is secret, or do something else than what was validated. These change neither.
_OPTION, _OPTIONS_KEPT = "PULUMI_OPTION_", ("COLOR", "PARALLEL", "REFRESH")


@dataclass(frozen=True, slots=True)
class Run:
    """What one operation of the engine left behind."""

    exit_code: int
    stdout: str
    stderr: str
    log: EventLog


def _passed_on(variable: str) -> bool:
    option = variable.removeprefix(_OPTION)
    return variable not in _LEFT_OUT and (option == variable or option in _OPTIONS_KEPT)


class Engine:
    """The `pulumi` on PATH, run in the project's folder.

    environment: variables beyond the process's own; empty text takes a variable away.
    """

    def __init__(self, project: Path, environment: Mapping[str, str] | None = None) -> None:
        merged = {**os.environ, **(environment or {}), **_SETTINGS}
        self._environment = {k: v for k, v in merged.items() if v and _passed_on(k)}
        self._project = project
        found = shutil.which("pulumi", path=self._environment.get("PATH", ""))
        if found is None:
            raise EngineMissingError(
                "there is no pulumi on PATH",
                advice="Install it (https://www.pulumi.com/docs/install/), or let this checkout "
                "get one: .venv/bin/python -m local exec -- heiiki …",
            )
        self._pulumi = found
        require_version(found, self._environment)

    def command(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run a short command and return its output; AutomationError when it fails."""
        ended = subprocess.run(
            [self._pulumi, *arguments, "--non-interactive", "--color", "never"],
            cwd=cwd or self._project,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            backend = self._environment.get("PULUMI_BACKEND_URL", "")
            raise failed_command(arguments[0], ended.stderr or ended.stdout, backend=backend)
        return ended.stdout

    def answer(self, *arguments: str) -> Any:
        """The JSON that a short command prints."""
        text = self.command(*arguments)
        try:
            return json.loads(text)
        except ValueError:
            raise AutomationError(
                f"pulumi {' '.join(arguments[:2])} answered no JSON",
                details=text.strip().splitlines()[:1] or ["it said nothing"],
                advice=f"Look whether {self._pulumi} is the official program.",
            ) from None

    def operate(
        self, operation: str, arguments: Sequence[str], *, directory: Path, on_event: OnEvent
    ) -> Run:
        """Run preview, up, refresh or destroy to its end, and hand on its events as they come.

        directory: private to the stack; keeps the operation's event log and output. on_event is
        called in this thread. An exception in it, or an interrupt, lets the engine end the steps
        that are under way and record them, and goes on then.
        """
        files = {name: directory / f"{operation}.{name}" for name in ("events", "out", "err")}
        with writing(directory):
            for path in files.values():
                path.write_bytes(b"")
        on_event(OperationStarted(operation))
        with files["out"].open("wb") as out, files["err"].open("wb") as err, hearing():
            process = subprocess.Popen(
                [self._pulumi, operation, *arguments, "--event-log", str(files["events"]),
                 "--non-interactive", "--color", "never"],
                cwd=self._project, env=self._environment, stdin=subprocess.DEVNULL,
                stdout=out, stderr=err,
                process_group=0,  # a terminal's Ctrl-C reaches the engine through us, once
            )  # fmt: skip
        log, noted = EventLog(), directory if operation != "preview" else None  # it takes no lock
        interrupts = _follow(process, LogFile(files["events"]), log, on_event, noted)
        if interrupts:
            raise InterruptedOperationError(
                f"{operation} was interrupted",
                advice="What it had begun is recorded. Run the same command again: it goes on from "
                "there.",
            )
        stdout, stderr = (files[n].read_text("utf-8", "replace") for n in ("out", "err"))
        return Run(process.returncode, stdout, stderr, log)


def require_version(pulumi: str, environment: Mapping[str, str]) -> None:
    """Raise EngineMissingError unless it is an engine that is known to serve; asked once."""
    if pulumi in _KNOWN:
        return
    wanted = f"Use a pulumi of version {_MIN[0]}.{_MIN[1]} or later, below {_BELOW}.0."
    try:
        ended = subprocess.run(
            [pulumi, "version"], env=dict(environment), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
    except OSError as error:
        raise EngineMissingError(
            f"{pulumi} cannot be run: {error.strerror}", advice=wanted
        ) from None
    found = _VERSION.match(ended.stdout)
    if found is None:
        said = (ended.stdout or ended.stderr).strip().splitlines()
        raise EngineMissingError(
            f"{pulumi} does not tell its version, so it is no pulumi",
            details=said[:1] or ["it said nothing"], advice=wanted,
        )  # fmt: skip
    version = int(found[1]), int(found[2])
    if not _MIN <= version < (_BELOW, 0):
        raise EngineMissingError(
            f"{pulumi} is of version {found[0].strip()}, which does not do", advice=wanted
        )
    _KNOWN.add(pulumi)


def engine_of_last_change(directory: Path) -> int:
    """The process that the folder's last change ran as; 0 where that is not known."""
    try:
        return int((directory / ENGINE_PID).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def _note(directory: Path, pid: int) -> None:
    """Whole or not at all; without it the lock of a killed run is the operator's to remove."""
    with suppress(OSError):
        write_whole(directory / ENGINE_PID, str(pid))


def _follow(
    process: "subprocess.Popen[bytes]", file: LogFile, log: EventLog, on_event: OnEvent,
    noted: Path | None,
) -> int:  # fmt: skip
    """Hand on events until the engine has ended; how many interrupts there were.

    noted: the folder in which its process is noted, if at all. An interrupt meanwhile ends the
    engine as any other does.
    """
    ending = Ending(process, on_event)
    try:
        while True:
            try:
                if noted is not None:
                    _note(noted, process.pid)
                    noted = None
                ended = process.poll() is not None
                for line in file.new_lines():
                    if (event := log.take(line)) is not None:
                        on_event(event)
                if ended:
                    log.torn = file.is_torn
                    log.lost |= log.torn
                    return ending.times
                ending.look()
                time.sleep(_POLL_SECONDS)
            except KeyboardInterrupt:
                ending.interrupt()
    finally:
        ending.see_to_it()
