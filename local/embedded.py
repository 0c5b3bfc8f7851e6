"""The embedded AWS of one folder: start it, look at it, stop it.

Two processes (local.serving) that outlive the command that started them. What AWS holds is in
their memory: it is gone when they end, and `fresh` tells that it has just begun anew.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local.environment import closed
from local.processes import is_held
from local.serving import ROLES, Announcement, Files, Role

START_SECONDS = 120.0
STOP_SECONDS = 5.0
_CHECKOUT = Path(__file__).parents[1]


class EmbeddedAwsError(Exception):
    """It does not start or stop; the text says why and where its log is."""


@dataclass(frozen=True)
class Endpoints:
    aws_endpoint_url: str
    debug_providers: str  # for PULUMI_DEBUG_PROVIDERS
    fresh: bool  # started by this call, so it holds nothing yet
    started_ns: int  # since the epoch; before that its memory does not reach


@dataclass(frozen=True)
class Status:
    """`endpoints` is None unless all of it runs."""

    endpoints: Endpoints | None
    processes: dict[Role, int]  # process ids
    logs: dict[Role, Path]


class Process(Protocol):
    def poll(self) -> int | None: ...
    def wait(self) -> int: ...


class EmbeddedAws:
    """May be used by several commands at once: starting and stopping take turns."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._files = {role: Files(self._directory, role) for role in ROLES}
        self._started: dict[Role, Process] = {}

    def start(self, progress: Callable[[str], None] = lambda _: None) -> Endpoints:
        """Does nothing when it runs already."""
        if endpoints := self._endpoints(fresh=False):
            return endpoints
        with self._turn():
            if endpoints := self._endpoints(fresh=False):
                return endpoints
            fresh = not self._is_well("api")
            if fresh:
                self._end()
                progress("starting the embedded AWS")
                self._start_both()
            else:
                progress("starting the local providers again; the embedded AWS still runs")
                self._end_one("providers")
                port = self._announced("api").ports["aws"]
                self._launch("providers", _url(port))
                self._await("providers")
            endpoints = self._endpoints(fresh)
            if endpoints is None:
                raise EmbeddedAwsError(f"the embedded AWS ended at once; {self._last_words('api')}")
            return endpoints

    def status(self) -> Status:
        return Status(
            self._endpoints(fresh=False),
            {role: self._announced(role).pid for role in ROLES if self._is_well(role)},
            {role: files.log for role, files in self._files.items()},
        )

    def regions(self) -> list[str]:
        """Those that anybody has spoken to since the start: nothing is in any other."""
        return sorted(self._files["api"].regions.read_text().split())

    def stop(self) -> None:
        """Does nothing when it does not run. What AWS held is gone."""
        if self._directory.is_dir():
            with self._turn():
                self._end()

    def _start_both(self) -> None:
        # Of an AWS that is gone.
        self._files["api"].regions.unlink(missing_ok=True)
        # Bound here and handed over: both can start at once, since the address is known.
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            url = _url(listener.getsockname()[1])
            self._launch("api", url, listener.fileno())
            self._launch("providers", url)
        for role in ROLES:
            self._await(role)

    def _launch(self, role: Role, endpoint_url: str, listener: int | None = None) -> None:
        files = self._files[role]
        # The lock belongs to the open file, which the process inherits: it ends with the process,
        # however that ends, and a process id that was given to another misleads nobody.
        with files.lock.open("w") as lock, files.log.open("ab") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._started[role] = self._serving(
                [role, str(self._directory), "--endpoint-url", endpoint_url],
                log.fileno(), lock.fileno(), listener,
            )  # fmt: skip

    def _serving(self, arguments: list[str], log: int, lock: int, listener: int | None) -> Process:
        """A process of its own session, which keeps the descriptors open."""
        return subprocess.Popen(
            [sys.executable, "-m", "local.serving", *arguments]
            + (["--listener", str(listener)] if listener is not None else []),
            cwd=_CHECKOUT,
            env=closed(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[lock, *([listener] if listener is not None else [])],
            start_new_session=True,
        )

    def _await(self, role: Role) -> None:
        process = self._started[role]
        deadline = time.monotonic() + START_SECONDS
        while not self._announced(role).ports:
            exit_code = process.poll()
            if exit_code is not None or time.monotonic() > deadline:
                why = "does not start" if exit_code is None else f"ended with {exit_code}"
                words = self._last_words(role)
                self._end()
                raise EmbeddedAwsError(f"the embedded AWS ({role}) {why}; {words}")
            time.sleep(0.02)

    def _last_words(self, role: Role) -> str:
        log = self._files[role].log
        lines = log.read_text(errors="replace").splitlines()[-10:] if log.is_file() else []
        return "\n".join([f"{log} ends with:", *lines])

    def _endpoints(self, fresh: bool) -> Endpoints | None:
        if not all(self._is_well(role) for role in ROLES):
            return None
        api, providers = self._announced("api"), self._announced("providers")
        if not (api.ports and providers.ports):
            return None  # it ended just now
        return Endpoints(
            _url(api.ports["aws"]),
            ",".join(f"{name}:{port}" for name, port in providers.ports.items()),
            fresh,
            api.started_ns,
        )

    def _announced(self, role: Role) -> Announcement:
        try:
            return Announcement(**json.loads(self._files[role].announcement.read_text()))
        except (FileNotFoundError, ValueError, TypeError):  # not there, or cut short
            return Announcement(pid=0, started_ns=0)

    def _is_well(self, role: Role) -> bool:
        """It lives, and takes connections."""
        ports = self._announced(role).ports
        if not ports or not self._lives(role):
            return False
        with contextlib.suppress(OSError):
            for port in ports.values():
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return True
        return False

    def _lives(self, role: Role) -> bool:
        return is_held(self._files[role].lock)

    def _end(self) -> None:
        for role in reversed(ROLES):
            self._end_one(role)

    def _end_one(self, role: Role) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        number = signal.SIGTERM
        while self._lives(role):
            pid = self._announced(role).pid
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            elif time.monotonic() > deadline:
                raise EmbeddedAwsError(
                    f"{self._files[role].lock} is held by a process that does not say which it "
                    "is; end that process, and run this again"
                )
            if time.monotonic() > deadline:
                number = signal.SIGKILL
            time.sleep(0.02)
        self._files[role].announcement.unlink(missing_ok=True)
        if role in self._started:
            self._started.pop(role).wait()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "turn.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
