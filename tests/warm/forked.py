"""Children of a forked language host, which are forks themselves."""

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from tests.warm.launcher import asked

_SCRIPTS = tuple(f"/local/language_host/{name}.py" for name in ("program", "waiting", "pack"))


def run_host(arguments: Sequence[str]) -> None:
    """Never returns. The first argument is where the nursery listens."""
    nursery, *arguments = arguments
    from local.language_host import children
    from local.language_host.server import run

    def started(command: Sequence[Path | str], **how: Any) -> Forked | subprocess.Popen[bytes]:
        return start(nursery, [str(word) for word in command], **how)

    children.subprocess = SimpleNamespace(  # type: ignore[assignment]
        Popen=started, PIPE=subprocess.PIPE, DEVNULL=subprocess.DEVNULL,
        TimeoutExpired=subprocess.TimeoutExpired,
    )  # fmt: skip
    run(arguments)


def start(nursery: str, command: list[str], **how: Any) -> "Forked | subprocess.Popen[bytes]":
    """A fork where this very Python shall run a program or a pack, else any other process."""
    python, words = os.path.normpath(command[0]), command[1:]
    if words[:1] == ["-u"]:
        words = words[1:]
    if python == sys.executable and words[0].endswith(_SCRIPTS):
        return Forked(nursery, "script", words[0], words[1:], str(Path(words[0]).parent), **how)
    return subprocess.Popen(command, **how)


class Fork:
    """As much of subprocess.Popen as is asked of processes that end."""

    def __init__(self, nursery: str, job: dict[str, Any], streams: list[int]) -> None:
        self._connection = asked(nursery, job, streams)
        self._lines = self._connection.makefile()
        self.pid = int(next(self._lines))
        self._exit_code: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        exit_code = self._ended(timeout)
        if exit_code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return exit_code

    def _ended(self, seconds: float | None) -> int | None:
        ready = select.select([self._connection], [], [], seconds)[0]
        with self._lock:
            if self._exit_code is None and ready:
                # A nursery that is gone has left nobody to ask.
                self._exit_code = int(next(self._lines, str(-signal.SIGKILL)))
            return self._exit_code


class Forked(Fork):
    """A child of the host, with streams that are pipes where it asks for them."""

    def __init__(
        self, nursery: str, kind: str, target: str, arguments: list[str], path: str, *,
        cwd: Path | str, env: Mapping[str, str], stdin: int = subprocess.DEVNULL,
        stdout: int | None, stderr: int | None, **_: object,
    ) -> None:  # fmt: skip
        job = {
            "kind": kind, "target": target, "arguments": arguments, "path": path,
            "directory": str(cwd), "environment": dict(env), "group": True,
        }  # fmt: skip
        self.stdin, in_ = _told(stdin)
        self.stdout, out = _stream(stdout, 1)
        self.stderr, err = _stream(stderr, 2)
        super().__init__(nursery, job, [in_, out, err])
        for number in {in_, out, err} - {1, 2}:
            os.close(number)


def _told(asked_for: int) -> tuple[IO[bytes] | None, int]:
    if asked_for == subprocess.DEVNULL:
        return None, os.open(os.devnull, os.O_RDONLY)
    reader, writer = os.pipe()
    return open(writer, "wb", 0), reader


def _stream(asked_for: int | None, own: int) -> tuple[IO[bytes] | None, int]:
    if asked_for is None:
        return None, own
    reader, writer = os.pipe()
    return open(reader, "rb", 0), writer
