"""The metadata service at 169.254.169.254: whoever asks is known by the address it asks from."""

import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.machines.metadata import TOKEN_PATH, Answer, Facts, Tokens, answer

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Client:
    facts: Callable[[], Facts]  # as they are when somebody asks
    note: Note
    hop_limit: int
    tokens: Tokens


def client(facts: Callable[[], Facts], note: Note, hop_limit: int) -> Client:
    return Client(facts, note, hop_limit, Tokens(lambda: secrets.token_urlsafe(42)))


class MetadataServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.clients: dict[str, Client] = {}  # by private address
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A machine that goes away in the middle of a request is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    server: MetadataServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "EC2ws", ""

    def setup(self) -> None:
        super().setup()
        self.asking = self.server.clients.get(self.client_address[0])
        if self.asking is not None:
            # Answers die after so many hops: a pod behind the machine's own router gets none.
            self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, self.asking.hop_limit)

    def do_PUT(self) -> None:
        if self.path.partition("?")[0] != TOKEN_PATH or self.asking is None:
            return self._say(Answer(HTTPStatus.NOT_FOUND))
        return self._say(self.asking.tokens.new(self._headers(), time.time()))

    def do_GET(self) -> None:
        if self.asking is None:
            return self._say(Answer(HTTPStatus.NOT_FOUND))
        if not self.asking.tokens.hold(self._headers(), time.time()):
            return self._say(Answer(HTTPStatus.UNAUTHORIZED))
        path = self.path.partition("?")[0]
        if path.endswith("/user-data") or "/security-credentials/" in path:
            self.asking.note(f"asked for {path.split('/', 2)[2]}")
        return self._say(answer(path, self.asking.facts()))

    do_HEAD = do_GET

    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _say(self, said: Answer) -> None:
        body = said.body
        if said.status >= HTTPStatus.BAD_REQUEST:
            body = f"{said.status.value} - {said.status.phrase}".encode()
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """What matters of it is in the machine's timeline."""
