"""The API over HTTPS on loopback, with who may ask; and servers that answer badly."""

import base64
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.ports import free_port
from tests.serving import serving

from .api import Api, asked_from
from .certificates import Pair, authority, signed

TOKEN = "token-of-the-test"
USER = "heiiki-test"


@dataclass(frozen=True)
class Server:
    api: Api
    port: int
    ca: Pair
    client: Pair

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def kubeconfig(
        self,
        user: dict[str, Any] | None = None,
        cluster: dict[str, Any] | None = None,
        context: dict[str, Any] | None = None,
    ) -> str:
        """By token unless told otherwise."""
        who = user if user is not None else {"token": TOKEN}
        return kubeconfig_of(self.url, self.ca, who, cluster, context)


def kubeconfig_of(
    url: str,
    ca: Pair,
    user: dict[str, Any],
    cluster: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
) -> str:
    """JSON, which is YAML."""
    trusted = base64.b64encode(ca.certificate_pem.encode()).decode()
    server = {"server": url, "certificate-authority-data": trusted, **(cluster or {})}
    named = {"name": "it", "context": {"cluster": "c", "user": "u", **(context or {})}}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "contexts": [named],
            "clusters": [{"name": "c", "cluster": server}],
            "users": [{"name": "u", "user": user}],
        }
    )


def _handler(api: Api, tokens: set[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _user(self) -> str | None:
            scheme, _, token = self.headers.get("Authorization", "").partition(" ")
            if scheme == "Bearer" and token in tokens:
                return "by-token"
            certificate = self.connection.getpeercert()
            names = dict(rdn[0] for rdn in (certificate or {}).get("subject", ()))
            return str(names["commonName"]) if names.get("commonName") == USER else None

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            user = self._user()
            if user is None:
                status, answer = 401, {"kind": "Status", "message": "Unauthorized", "code": 401}
            else:
                asked = asked_from(self.command, self.path, headers, body, user)
                status, answer = api.answer(asked)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PATCH = do_DELETE = do_POST = do_PUT = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: what was asked is in api.asked."""

    return Handler


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Who does not trust it breaks off; that is no fault of the server's."""


@contextmanager
def api_server(folder: Path, tokens: set[str], former: Server | None = None) -> Iterator[Server]:
    """former: one that has ended; this one is it again, with its address, authority and objects."""
    ca = former.ca if former else authority("authority of the test", by=authority("above it"))
    context = _context(folder, ca, signed(ca, "api server"))
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=ca.certificate_pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    api = former.api if former else Api()
    port = former.port if former else free_port()  # which nobody takes between the two
    server = _HttpServer(("127.0.0.1", port), _handler(api, tokens))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield Server(api, server.server_port, ca, signed(ca, USER))


def _context(folder: Path, ca: Pair, pair: Pair) -> ssl.SSLContext:
    file = folder / "server.pem"
    file.write_text(pair.certificate_pem + pair.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


Behaviour = Callable[[ssl.SSLSocket], None]


def never_answers(channel: ssl.SSLSocket) -> None:
    time.sleep(600)


def answers_a_byte_at_a_time(channel: ssl.SSLSocket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 10_000:
        channel.sendall(bytes([byte]))
        time.sleep(0.05)


def breaks_off(channel: ssl.SSLSocket) -> None:
    channel.recv(65536)
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def is_something_else(channel: ssl.SSLSocket) -> None:
    channel.recv(65536)
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>")


def sends_elsewhere(channel: ssl.SSLSocket) -> None:
    channel.recv(65536)
    channel.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    )


@contextmanager
def bad_server(folder: Path, behaviour: Behaviour | None) -> Iterator[Server]:
    """Behaves so once the handshake is done; None: it accepts, and does not even shake hands."""
    ca = authority("authority of a bad server")
    context = _context(folder, ca, signed(ca, "bad server"))
    listener = socket.create_server(("127.0.0.1", 0))

    def one(plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            if behaviour is None:
                time.sleep(600)
                return
            with context.wrap_socket(plain, server_side=True) as channel:
                behaviour(channel)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = listener.accept()
                threading.Thread(target=one, args=(plain,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield Server(Api(), listener.getsockname()[1], ca, signed(ca, USER))
    finally:
        listener.close()
