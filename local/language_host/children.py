"""The processes that the host starts: their output as it comes, and their end."""

import contextlib
import errno
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

PATIENCE_SECONDS = 3.0  # the engine gives the host 5 s after it asked it to stop

_lock = threading.Lock()
_running: set["Child"] = set()
_stopping = False

# Done when nobody wants the output any more.
Cancelled = futures.Future[None]


@dataclass(frozen=True)
class Output:
    stream: Literal["stdout", "stderr"]
    data: bytes


class Child:
    """A process in a group of its own, so that what it starts ends with it.

    With `capture` its output is read through `stdout` and `stderr`, else it goes where the
    host's own goes. With `told` it is to be told something, once; else there is nothing to read.
    """

    def __init__(
        self,
        command: Sequence[Path | str],
        directory: Path | str,
        environment: Mapping[str, str],
        capture: bool = False,
        told: bool = False,
    ) -> None:
        pipe = subprocess.PIPE if capture else None
        self._gone = False
        with _lock:
            if _stopping:
                raise InterruptedError("the language host is stopping")
            self._process = subprocess.Popen(
                command,
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.PIPE if told else subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
                bufsize=0,
                process_group=0,
            )
            _running.add(self)

    @property
    def stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def stderr(self) -> IO[bytes]:
        assert self._process.stderr is not None
        return self._process.stderr

    def tell(self, words: bytes) -> None:
        """All that it reads. Raises BrokenPipeError where it reads no more."""
        assert self._process.stdin is not None
        with self._process.stdin as ears:
            while words:
                words = words[ears.write(words) :]

    def wait(self) -> int:
        """The exit code; negative: the signal that ended it. What it left behind is killed."""
        exit_code = self._process.wait()
        self._signal(signal.SIGKILL)
        self._gone = True
        with _lock:
            _running.discard(self)
        return exit_code

    def stop(self, first: signal.Signals = signal.SIGTERM) -> None:
        """Asks with `first`, and kills after a while."""
        if self._process.poll() is None:
            self._signal(first)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE_SECONDS)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._gone:
            return  # its number may be another's by now
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def why_not_started(error: OSError, environment: Mapping[str, str]) -> str:
    """What the operator reads of a program that Linux starts not: no value of a variable."""
    if error.errno != errno.E2BIG:
        return error.strerror or str(error)
    name, size = max(
        ((name, len(os.fsencode(f"{name}={value}")) + 1) for name, value in environment.items()),
        key=lambda sized: sized[1],
    )
    return (
        f"{error.strerror}: the variable {name} has {size} bytes, and Linux takes 131072 of one; "
        "make the stack's configuration smaller"
    )


def stop_all() -> None:
    """Ends every child, all at once, and lets no new one start."""
    global _stopping
    with _lock:
        _stopping = True
        children = list(_running)
    threads = [threading.Thread(target=child.stop) for child in children]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def follow(child: Child, cancelled: Cancelled) -> Generator[Output, None, int]:
    """Yields what a captured child says, as it comes; returns its exit code.

    Ends the child when it is cancelled or closed.
    """
    said: queue.SimpleQueue[Output | int] = queue.SimpleQueue()
    cancelled.add_done_callback(lambda _: said.put(-signal.SIGTERM))

    def pump(source: IO[bytes], stream: Literal["stdout", "stderr"]) -> None:
        while data := source.read(65536):
            said.put(Output(stream, data))

    def finish() -> None:
        pumps = [
            threading.Thread(target=pump, args=(child.stdout, "stdout"), daemon=True),
            threading.Thread(target=pump, args=(child.stderr, "stderr"), daemon=True),
        ]
        for thread in pumps:
            thread.start()
        exit_code = child.wait()
        for thread in pumps:
            thread.join()
        said.put(exit_code)

    threading.Thread(target=finish, daemon=True).start()
    try:
        while isinstance(item := said.get(), Output):
            yield item
        return item
    finally:
        child.stop()
