"""One process of the embedded AWS: `python -m local.serving api|providers FOLDER ...`.

Two processes, because there are two kinds of work that both keep a core busy: answering as AWS
does, and answering the engine. Each holds a lock on its own file for as long as it lives, and says
where it listens in another once it does; local.embedded reads both.
"""

import argparse
import json
import os
import re
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from local.aws.api import Environ, StartResponse, WsgiApp

Role = Literal["api", "providers"]
ROLES: tuple[Role, ...] = get_args(Role)
_LOOK_SECONDS = 2.0
# Signature Version 4: Credential=<key>/<date>/<region>/<service>/aws4_request
_SIGNED_REGION = re.compile(r"Credential=[^/]+/\d{8}/([a-z0-9-]+)/")


@dataclass(frozen=True)
class Files:
    """Where the process of one role keeps what others read."""

    folder: Path
    role: Role

    @property
    def lock(self) -> Path:
        return self.folder / f"{self.role}.lock"

    @property
    def announcement(self) -> Path:
        return self.folder / f"{self.role}.json"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.role}.log"

    @property
    def regions(self) -> Path:
        """The regions that somebody has spoken to, one a line."""
        return self.folder / "regions"


@dataclass(frozen=True)
class Announcement:
    pid: int
    started_ns: int  # since the epoch
    ports: dict[str, int] = field(default_factory=dict)  # empty until all of them listen


def announce(files: Files, started_ns: int, ports: dict[str, int]) -> None:
    partial = files.announcement.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(Announcement(os.getpid(), started_ns, ports))))
    partial.replace(files.announcement)


@dataclass(frozen=True)
class Serving:
    ports: dict[str, int]
    servers: object  # they stop when nothing refers to them any more


class RegionsNoted:
    """Notes which regions requests are signed for: nothing can be in any other."""

    def __init__(self, app: "WsgiApp", file: Path) -> None:
        self._app = app
        self._file = file
        self._noted: set[str] = set()
        file.write_text("")
        self._lock = threading.Lock()

    def __call__(self, environ: "Environ", start_response: "StartResponse") -> Iterable[bytes]:
        if signed_for := _SIGNED_REGION.search(environ.get("HTTP_AUTHORIZATION", "")):
            with self._lock:
                if signed_for[1] not in self._noted:
                    self._noted.add(signed_for[1])
                    self._file.write_text("".join(f"{region}\n" for region in self._noted))
        return self._app(environ, start_response)


def _serve_api(arguments: argparse.Namespace) -> Serving:
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    from local.aws.api import create_app

    class Handler(MotoRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Only what went wrong here; a line for each request would bury it."""
            if str(code).startswith("5"):
                super().log_request(code, size)

    with socket.socket(fileno=os.dup(arguments.listener)) as listener:
        port = int(listener.getsockname()[1])
    server = make_server(
        "127.0.0.1",
        port,
        RegionsNoted(create_app(), Files(arguments.folder, "api").regions),
        threaded=True,
        request_handler=Handler,
        fd=arguments.listener,
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return Serving({"aws": port}, server)


def _serve_providers(arguments: argparse.Namespace) -> Serving:
    from local.aws.provider import create_servicer as create_aws
    from local.kubernetes.provider import create_servicer as create_kubernetes
    from local.provider_protocol import serve
    from local.tls.provider import create_servicer as create_tls

    servers = {
        "aws": serve(create_aws(arguments.endpoint_url)),
        "tls": serve(create_tls()),
        "kubernetes": serve(create_kubernetes()),
    }
    return Serving({name: server.port for name, server in servers.items()}, servers)


_SERVE: dict[Role, Callable[[argparse.Namespace], Serving]] = {
    "api": _serve_api,
    "providers": _serve_providers,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.serving")
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--listener", type=int, help="the API's socket, listening already")
    parser.add_argument("--endpoint-url", required=True, help="where the API listens")
    arguments = parser.parse_args()
    files = Files(arguments.folder, arguments.role)
    started_ns = time.time_ns()
    announce(files, started_ns, {})
    asked_to_stop, ask_to_stop = os.pipe()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os.write(ask_to_stop, b"."))
    from local.aws.service_models import read_once

    read_once()
    serving = _SERVE[files.role](arguments)
    announce(files, started_ns, serving.ports)
    while not select.select([asked_to_stop], [], [], _LOOK_SECONDS)[0]:
        if not files.announcement.exists():
            break  # whoever removed the folder has no use for what it described
    files.announcement.unlink(missing_ok=True)
    # Open connections of clients would hold an ordinary exit up; nothing here is worth saving.
    os._exit(0)


if __name__ == "__main__":
    main()
