"""The endpoints' address: ends TLS and hands each request to the embedded AWS on loopback, or to
the registry of what is carried in, under ECR's name and with ECR's question who it is.

It listens in the VPC and connects outside of it: the socket was made in the router's namespace, the
process never was. Signatures are passed on; the embedded AWS reads the service out of them, and
from a header of the front's own which VPC the request comes from.
"""

import base64
import http.client
import io
import json
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from local.aws.arriving import FROM_VPC, HEADERS, session_in
from local.carry_in.registry import Connection
from local.machines.authority import Issued
from local.machines.pulling import Asking, refusal

ANSWER_SECONDS = 120
CHUNK_BYTES = 1 << 20
IDLE_SECONDS = 60
# Of one connection, not of the request (RFC 9110, 7.6.1).
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
     "upgrade", "host", "content-length", "expect"}
)  # fmt: skip


def path_for(host: str, path: str, region: str) -> str:
    """As the embedded AWS reads it: a bucket that stands in the host goes into the path."""
    name = host.partition(":")[0].lower()
    bucket, found, _ = name.partition(f".s3.{region}.amazonaws.com")
    return f"/{bucket}{path}" if found and bucket else path


def registry_account(host: str, region: str) -> str | None:
    """Whose images; None where the host is no registry's."""
    found = re.fullmatch(rf"(\d{{12}})\.dkr\.ecr\.{re.escape(region)}\.amazonaws\.com", host)
    return found[1] if found else None


def is_nobody_s(authorization: str | None, account: str) -> bool:
    """The token that the embedded AWS gives who asks for one with no role's keys (moto:
    ecr/responses.py). In a VPC that it has records of, nobody does."""
    token = base64.b64encode(f"AWS:{account}-auth-token".encode()).decode()
    return authorization == f"Basic {token}"


def passed_on(headers: Mapping[str, str], vpc_id: str = "") -> dict[str, str]:
    """Without what is said here, whoever else has said it."""
    dropped = HOP_BY_HOP | {name.lower() for name in HEADERS}
    kept = {name: value for name, value in headers.items() if name.lower() not in dropped}
    return {**kept, FROM_VPC: vpc_id} if vpc_id else kept


class Front(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self,
        listener: socket.socket,
        issued: Issued,
        aws_url: str,
        region: str,
        registry: Path | None = None,
        vpc_id: str = "",
    ) -> None:
        """registry: the folder that one answers in. vpc_id: of the embedded AWS's records; of a VPC
        that it has none of, nothing is said."""
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.region, self.registry, self.vpc_id = region, registry, vpc_id
        parts = urlsplit(aws_url)
        self.aws = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(issued.chain_file)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In a thread of the connection's own, so that a slow handshake stops nobody."""
        request.settimeout(IDLE_SECONDS)
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who does not trust the certificate, or goes away, is told by its own side."""


class _Lines(io.BufferedReader):
    """Knows whether the last line came to its end: the standard library takes the end of a
    connection for the end of a head, too."""

    whole = True

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self.whole = line.endswith(b"\n")
        return line


class _Handler(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "AmazonEC2", ""

    def setup(self) -> None:
        super().setup()
        self.rfile = _Lines(cast("io.BufferedReader", self.rfile).detach())

    def _pass(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0].lower()
        account = registry_account(host, self.server.region)
        if account is not None and self.server.registry is not None:
            self._pull(self.server.registry, host, account)
            return
        body = self._body()
        path = path_for(self.headers.get("Host", ""), self.path, self.server.region)
        outside = http.client.HTTPConnection(*self.server.aws, timeout=ANSWER_SECONDS)
        try:
            kept = passed_on(dict(self.headers.items()), self.server.vpc_id)
            outside.request(self.command, path, body, kept)
            answer = outside.getresponse()
            said = answer.read()
        except OSError as error:
            self.send_error(503, explain=f"the embedded AWS does not answer: {error}")
            return
        finally:
            outside.close()
        self.send_response(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP | {"server", "date"}:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else len(said)
        self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _pass

    def _pull(self, registry: Path, host: str, account: str) -> None:
        """What is asked for may be large, so it is passed on as it comes."""
        self._body()
        if not self._may(host, account):
            return
        inside = Connection(registry)
        try:
            try:
                kept = passed_on(dict(self.headers.items()))
                inside.request(self.command, self.path, headers=kept)
                answer = inside.getresponse()
            except OSError as error:
                self.send_error(503, explain=f"the registry does not answer: {error}")
                return
            self.send_response(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP - {"content-length"} | {"server", "date"}:
                    self.send_header(name, value)
            self.end_headers()
            while data := answer.read(CHUNK_BYTES):
                self.wfile.write(data)
        finally:
            inside.close()

    def _may(self, host: str, account: str) -> bool:
        """Answered, where it may not."""
        there, login = self.server, self.headers.get("Authorization")
        session = session_in(login)
        if session is None and (there.vpc_id or not is_nobody_s(login, account)):
            self.send_response(401)
            self.send_header(
                "WWW-Authenticate", f'Basic realm="https://{host}/",service="ecr.amazonaws.com"'
            )
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False
        if session is None:
            return True
        asking = Asking(*there.aws, there.region, there.vpc_id)
        try:
            why = refusal(asking, session, self.command, self.path)
        except OSError as error:
            self.send_error(503, explain=f"the embedded AWS does not answer: {error}")
            return False
        if why:
            said = json.dumps({"errors": [{"code": "DENIED", "message": why}]}).encode()
            self.send_response(403)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said if self.command != "HEAD" else b"")
        return not why

    def _body(self) -> bytes:
        """ConnectionError where its sender went away before the end. What had come until then is
        not what was asked for: a call without its parameters is another call."""
        if not cast("_Lines", self.rfile).whole:
            raise ConnectionError("the head of a request was cut off")
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self._read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self._read(size))
            self.rfile.readline()
        while (line := self.rfile.readline()).strip():  # trailers
            continue
        if not line:
            raise ConnectionError("the end of a request was cut off")
        return b"".join(chunks)

    def _read(self, size: int) -> bytes:
        found = self.rfile.read(size)
        if len(found) < size:
            raise ConnectionError(f"{len(found)} of {size} bytes came")
        return found

    def log_message(self, format: str, *args: object) -> None:
        """The embedded AWS notes what fails."""
