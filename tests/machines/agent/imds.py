"""Instance metadata of version 2 on loopback: no token, no answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.serving import serving

ROLE = "meta-data/iam/security-credentials/"


@dataclass
class Imds:
    """asked: (method, path). refusals: statuses that the next requests are answered with."""

    instance_id: str = "i-0123456789abcdef0"
    zone: str = "ap-northeast-1a"
    role: str = "etcd-1a"
    minutes: int = 360
    tokens: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    credentials: str = ""  # in place of sound ones
    address: str = ""

    def answer(self, method: str, path: str, token: str | None) -> tuple[int, str]:
        self.asked.append((method, path))
        if self.refusals:
            return self.refusals.pop(0), ""
        if method == "PUT" and path == "api/token":
            self.tokens += 1
            return 200, f"token-{self.tokens}"
        if not self.tokens or token != f"token-{self.tokens}":
            return 401, ""
        until = datetime.now(UTC) + timedelta(minutes=self.minutes)
        known = {
            "meta-data/instance-id": self.instance_id,
            "meta-data/placement/availability-zone": self.zone,
            ROLE + self.role: self.credentials or json.dumps(
                {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret-of-the-role",
                 "Token": "token-of-the-role",
                 "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ")}),
            ROLE: self.role,
        }  # fmt: skip
        return (200, known[path]) if path in known else (404, "")


@contextmanager
def serving_imds(imds: Imds | None = None) -> Iterator[Imds]:
    told = imds or Imds()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            path = self.path.partition("/latest/")[2]
            status, text = told.answer(
                self.command, path, self.headers.get("X-aws-ec2-metadata-token")
            )
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_PUT = _any

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.address = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield told
