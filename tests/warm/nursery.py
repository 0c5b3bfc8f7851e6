"""The process that forks: `python -m tests.warm.nursery SOCKET [serving]`, until its standard input
ends. One reads the SDK beforehand, for programs, packs and language hosts; with `serving` it reads
what the embedded AWS is made of.

A request is one connection: standard streams as descriptors, and what to run as JSON. The answer is
the process id at once, and the exit code when it has ended.
"""

import contextlib
import functools
import gc
import importlib
import io
import json
import os
import re
import runpy
import selectors
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
ROOMS = ("automation", "components", "machines", "plan", "spec")
PACK = ROOT / "policies"
ROOMS_OF_PACK = ("analyzer", "evidence", "iam", "judging", "model", "proof", "rules", "sources")
MODELS = ("ec2", "eks", "iam", "s3", "kms", "logs", "autoscaling", "elbv2", "route53", "sts")
_NAMED = re.compile(r"\b((?:aws|tls)(?:\.[a-z_0-9]+)?\.[A-Z]\w+)")
HEAD = 8  # bytes that say how long a request is


@dataclass(frozen=True)
class Job:
    """What a fork runs: a file, a module (`-m`) or the language host.

    path: what Python would put first on sys.path. group: whether it leads a process group.
    arguments: `{0}` stands for the first descriptor beyond the standard streams, and so on.
    session: whether it leads a session, and lives on when the nursery has ended.
    """

    kind: str
    target: str
    arguments: list[str]
    path: str
    directory: str
    environment: dict[str, str]
    group: bool
    session: bool = False


def main() -> None:
    kept: dict[Path, dict[str, ModuleType]] = {}
    if sys.argv[2:] == ["serving"]:
        import_serving()
    else:
        kept = imported()
        list_packages_once()
    gc.collect()
    gc.freeze()  # a fork need not look at what it was born with
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    print("ready", flush=True)
    job = Nursery(listener).serve()
    if job is not None:
        run(job, kept)


def imported() -> dict[Path, dict[str, ModuleType]]:
    """Reads the SDK, and this project's rooms as its program does and its pack. Those are taken out
    again, by the folder of who needs them: what lies elsewhere has its own."""
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"
    from components import sdk

    finders = list(sys.meta_path)
    sdk.load_by_name()
    for name in ("components.asked", "components.program", "components.self_hosted"):
        importlib.import_module(name)
    name_classes()
    for name in (
        "pulumi.policy",
        "runpy",
        "concurrent.futures.thread",
        "local.language_host.server",
    ):
        importlib.import_module(name)
    sys.meta_path[:] = finders
    del os.environ["PYDANTIC_DISABLE_PLUGINS"]
    sys.path.insert(0, str(PACK))
    for name in ("analyzer", "judging"):
        importlib.import_module(name)
    sys.path.remove(str(PACK))
    return {ROOT: taken_out(ROOMS), PACK: taken_out(ROOMS_OF_PACK)}


def taken_out(rooms: tuple[str, ...]) -> dict[str, ModuleType]:
    """All modules of these packages, which are no longer known as read."""
    taken = {name: m for name, m in sys.modules.items() if name.partition(".")[0] in rooms}
    for name in taken:
        del sys.modules[name]
    return taken


def name_classes() -> None:
    """Those of the SDK that components name, each of which reads a module when it is first named,
    with their types, which the SDK evaluates and remembers: half of what a program takes, else."""
    from pulumi import _types

    for file in (ROOT / "components").rglob("*.py"):
        for path in sorted({*_NAMED.findall(file.read_text(encoding="utf-8"))}):
            top, *names = path.split(".")
            found: Any = importlib.import_module(f"pulumi_{top}")
            for name in names:
                found = getattr(found, name)
            inputs = getattr(sys.modules[found.__module__], f"{names[-1]}Args", found)
            for one in (found, inputs):
                _types._types_from_py_properties(one)


def import_serving() -> None:
    """Reads what both processes of the embedded AWS do, with AWS's own models. Neither has a thread
    before it serves."""
    from local.aws.service_models import read_once

    read_once()
    import boto3

    from local.aws.api import create_app

    create_app()
    for name in ("local.serving", "local.aws.provider", "local.kubernetes.provider",
                 "local.provider_protocol", "local.tls.provider"):  # fmt: skip
        importlib.import_module(name)
    session = boto3.Session("-", "-", region_name="us-east-1")
    for service in MODELS:
        session.client(service)


def list_packages_once() -> None:
    """Those of this virtual environment, which stay the same while tests run: a language host would
    start a Python to ask for them, each time. Of any other it still does."""
    from local.language_host import host, interpreter

    remembered = functools.cache(host.installed_packages)
    remembered(interpreter.Interpreter(Path(sys.prefix)))
    host.installed_packages = remembered


class Nursery:
    """Forks for whoever asks, and tells those how their process ended."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._asking: dict[int, socket.socket] = {}
        self._ended, self._woken = os.pipe()
        os.set_blocking(self._woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        self._selector = selectors.DefaultSelector()
        for source in (listener.fileno(), self._ended, sys.stdin.fileno()):
            self._selector.register(source, selectors.EVENT_READ)

    def serve(self) -> Job | None:
        """Returns in each fork with its job, and in the parent with None when nobody is left."""
        while True:
            for key, _ in self._selector.select():
                if key.fd == sys.stdin.fileno():
                    return None
                if key.fd == self._ended:
                    os.read(self._ended, 4096)
                    self._reap()
                elif key.data is not None:
                    if key.data in self._asking:  # not reaped in this very round
                        self._end(key)
                elif (job := self._take()) is not None:
                    return job

    def _take(self) -> Job | None:
        connection, _ = self._listener.accept()
        try:
            job, streams = received(connection)
        except (OSError, ValueError):  # who asked was killed meanwhile
            connection.close()
            return None
        process_id = os.fork()
        if process_id == 0:
            self._let_go()
            connection.close()
            become(job, streams)
            return job
        for stream in streams:
            os.close(stream)
        self._asking[process_id] = connection
        with contextlib.suppress(OSError):  # who asked is gone, which the selector tells of a host
            connection.sendall(f"{process_id}\n".encode())
        if job.kind == "host":
            self._selector.register(connection, selectors.EVENT_READ, process_id)
        return None

    def _end(self, key: selectors.SelectorKey) -> None:
        """The launcher was killed, as the host would have been."""
        self._selector.unregister(key.fileobj)
        os.kill(key.data, signal.SIGKILL)

    def _let_go(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        self._listener.close()
        for connection in self._asking.values():
            connection.close()
        os.close(self._ended)
        os.close(self._woken)

    def _reap(self) -> None:
        while self._asking:
            process_id, status = os.waitpid(-1, os.WNOHANG)
            if process_id == 0:
                return
            connection = self._asking.pop(process_id)
            if connection in self._selector.get_map():
                self._selector.unregister(connection)
            with contextlib.suppress(OSError):  # who asked is gone
                connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            connection.close()


def received(connection: socket.socket) -> tuple[Job, list[int]]:
    """Raises ValueError or OSError where who asked goes before all is said."""
    data, streams, _, _ = socket.recv_fds(connection, 65536, 8)
    try:
        length = int(data[:HEAD])
        while len(data) < HEAD + length:
            more = connection.recv(65536)
            if not more:
                raise ConnectionAbortedError
            data += more
    except (OSError, ValueError):
        for stream in streams:
            os.close(stream)
        raise
    said: dict[str, Any] = json.loads(data[HEAD:])
    return Job(**said), streams


def become(job: Job, streams: list[int]) -> None:
    """The process that a new Python would be."""
    if job.group:
        os.setpgid(0, 0)
    if job.session:
        os.setsid()
    standard, more = streams[:3], streams[3:]
    for number, stream in enumerate(standard):
        os.dup2(stream, number)
    for stream in standard:
        os.close(stream)
    os.environ.clear()
    os.environ.update(job.environment)
    os.chdir(job.directory)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), "utf-8")
    sys.stdout, sys.stderr = unbuffered(1, "strict"), unbuffered(2, "backslashreplace")
    numbers = {f"{{{place}}}": str(number) for place, number in enumerate(more)}
    sys.argv = [job.target, *(numbers.get(argument, argument) for argument in job.arguments)]
    sys.path[0] = job.path  # where `-m` has put the checkout


def unbuffered(number: int, errors: str) -> io.TextIOWrapper:
    """As PYTHONUNBUFFERED makes them."""
    raw = io.FileIO(number, "wb", closefd=False)
    return io.TextIOWrapper(raw, "utf-8", errors, write_through=True)


def run(job: Job, kept: dict[Path, dict[str, ModuleType]]) -> None:
    if job.kind == "host":
        from tests.warm.forked import run_host

        run_host(job.arguments)
    elif job.kind == "module":
        runpy.run_module(job.target, run_name="__main__", alter_sys=True)
    else:
        sys.modules.update(kept.get(Path(job.directory), {}))
        runpy.run_path(job.target, run_name="__main__")


if __name__ == "__main__":
    main()
