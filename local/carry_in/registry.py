"""A real registry for what is carried in: Distribution's, over a Unix socket and no port.

Its files are in a folder; whoever starts it reads or writes them through its API alone. Before it,
in a world of local machines, stands what ECR has and it has not: TLS, a name, and who may pull.
"""

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.carry_in.oci import MANIFEST, Image, digest_of
from local.processes import end

SOCKET, LOG = "registry.socket", "registry.log"
START_SECONDS, ANSWER_SECONDS, STOP_SECONDS = 120.0, 120.0, 60.0


class RegistryError(Exception):
    """The registry does not start, or refuses; the message says why."""


@dataclass(frozen=True, slots=True)
class CarriedImages:
    """registry: the program that serves `store`. digests: by the images' names."""

    registry: Path
    store: Path
    digests: Mapping[str, str]

    def references(self, host: str) -> dict[str, str]:
        """As machines name them, of the registry of this host."""
        return {name: f"{host}/{repository(name)}@{d}" for name, d in self.digests.items()}


def repository(name: str) -> str:
    return f"heiiki/{name}"


class Connection(http.client.HTTPConnection):
    """To a Unix socket. Through its folder's descriptor: paths of sockets are short."""

    def __init__(self, folder: Path, timeout: float = ANSWER_SECONDS) -> None:
        super().__init__("registry", timeout=timeout)
        self._folder = folder

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        holder = os.open(self._folder, os.O_RDONLY)
        try:
            self.sock.connect(f"/proc/self/fd/{holder}/{SOCKET}")
        finally:
            os.close(holder)


def start(
    program: Path,
    store: Path,
    folder: Path,
    *,
    read_only: bool,
    before: Callable[[], None] = lambda: None,
) -> subprocess.Popen[bytes]:
    """A process that answers at `folder`, of what is in `store`. before: done in it, first."""
    maintenance = {"uploadpurging": {"enabled": False}, "readonly": {"enabled": read_only}}
    configuration = {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(store.absolute())},
            "maintenance": maintenance,
        },
        "http": {"net": "unix", "addr": SOCKET},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SOCKET).unlink(missing_ok=True)
    (folder / "registry.json").write_text(json.dumps(configuration))  # YAML too
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            [str(program), "serve", "registry.json"],
            cwd=folder, env={"OTEL_TRACES_EXPORTER": "none"}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, preexec_fn=before,
        )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while not _answers(folder):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            words = (folder / LOG).read_text(errors="replace")[-2000:]
            raise RegistryError(f"the registry does not start; it said:\n{words}")
        time.sleep(0.02)
    return process


@contextmanager
def serving(program: Path, store: Path, folder: Path, *, read_only: bool = True) -> Iterator[Path]:
    """Answers at the folder's socket until the block ends."""
    process = start(program, store, folder, read_only=read_only)
    try:
        yield folder
    finally:
        end(process, STOP_SECONDS)


def push(folder: Path, repository: str, image: Image) -> None:
    """Blobs that are not there, and the manifest, by its digest."""
    base = f"/v2/{repository}"
    for layer in image.layers:
        with layer.file.open("rb") as content:
            _push_blob(folder, base, layer.digest, layer.size, content)
    configuration = image.configuration
    _push_blob(folder, base, digest_of(configuration), len(configuration), configuration)
    _ask(folder, "PUT", f"{base}/manifests/{image.digest}", image.manifest, 201,
         {"Content-Type": MANIFEST})  # fmt: skip


def _push_blob(folder: Path, base: str, digest: str, size: int, content: bytes | IO[bytes]) -> None:
    begun = _ask(folder, "POST", f"{base}/blobs/uploads/", b"", 202)
    place = str(begun.getheader("Location"))
    place = place[place.index("/v2/") :]
    _ask(folder, "PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", content, 201,
         {"Content-Type": "application/octet-stream", "Content-Length": str(size)})  # fmt: skip


def _ask(
    folder: Path,
    method: str,
    path: str,
    body: bytes | IO[bytes],
    wanted: int,
    headers: dict[str, str] | None = None,
) -> http.client.HTTPResponse:
    connection = Connection(folder)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    if answer.status != wanted:
        words = said[:500].decode(errors="replace")
        raise RegistryError(f"{method} {path} was answered with {answer.status}: {words}")
    return answer


def _answers(folder: Path) -> bool:
    connection = Connection(folder)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == 200
    except OSError:  # not yet
        return False
    finally:
        connection.close()
