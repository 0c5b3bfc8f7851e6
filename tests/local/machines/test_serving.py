"""What serves a VPC, asked over loopback: the endpoints' front, the resolver, the metadata."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from dnslib import DNSRecord

from local.aws.arriving import FROM_VPC, JUDGE, registry_token
from local.carry_in.registry import SOCKET
from local.machines.authority import Issued, issue
from local.machines.front import Front
from local.machines.metadata_server import MetadataServer, client
from local.machines.name_server import NameServer
from local.machines.pulling import operation_of
from tests.ports import silent_port
from tests.serving import serving

REGION = "ap-northeast-1"
S3 = f"s3.{REGION}.amazonaws.com"
TOKEN = "X-aws-ec2-metadata-token"


class Aws(BaseHTTPRequestHandler):
    """Says what it was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = f"{self.command} {self.path} {self.headers['Host']} {body.decode()}".encode()
        self.send_response(404 if "missing" in self.path else 200)
        self.send_header("ETag", '"kept"')
        self.send_header("X-Was-From", self.headers.get(FROM_VPC, "nowhere"))
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    do_GET = do_PUT = do_HEAD = answer

    def log_message(self, format: str, *args: object) -> None:
        """Not wanted."""


@pytest.fixture
def aws() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    server.daemon_threads = True
    with serving(server):
        yield server


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    return issue(tmp_path, [S3, f"*.{S3}"])


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


class Named(http.client.HTTPSConnection):
    """To the front, as if its name had been resolved."""

    def __init__(self, front: Front, issued: Issued, name: str) -> None:
        self._there = ("127.0.0.1", int(front.server_address[1]))
        self._trust = ssl.create_default_context(cadata=issued.authority_pem)
        super().__init__(name, timeout=60)

    def connect(self) -> None:
        plain = socket.create_connection(self._there)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)


@pytest.fixture
def front(aws: ThreadingHTTPServer, issued: Issued) -> Iterator[Front]:
    front = Front(listening(), issued, f"http://127.0.0.1:{aws.server_port}", REGION)
    yield front
    front.shutdown()
    front.server_close()


def test_the_front_hands_on_what_it_is_asked(front: Front, issued: Issued) -> None:
    asking = Named(front, issued, f"carried.{S3}")
    host = front.aws[0] + f":{front.aws[1]}"
    for body, headers in ((b"data", {}), (iter([b"da", b"ta"]), {"Transfer-Encoding": "chunked"})):
        asking.request("PUT", "/key?x=%2F", body, headers, encode_chunked=bool(headers))
        answer = asking.getresponse()
        assert answer.read().decode() == f"PUT /carried/key?x=%2F {host} data"
        assert answer.getheader("ETag") == '"kept"'
    asking.request("HEAD", "/missing")
    answer = asking.getresponse()
    assert (answer.status, answer.read()) == (404, b"")
    assert int(answer.getheader("Content-Length") or 0) > 0, "of what GET would say"


CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("came", "did_not"),
    [
        ("Content-Length: 4\r\n\r\n", "data"),
        ("Content-Length: 4\r\n\r\nda", "ta"),
        ("", "Content-Length: 4\r\n\r\ndata"),
        ("Content-Le", "ngth: 4\r\n\r\ndata"),
        (f"{CHUNKED}4\r\nda", "ta\r\n0\r\n\r\n"),
        (f"{CHUNKED}2\r\nda\r\n", "2\r\nta\r\n0\r\n\r\n"),
        (f"{CHUNKED}4\r\ndata\r\n0\r\n", "\r\n"),
    ],
)
def test_a_request_that_was_cut_off_is_passed_on_to_nobody(
    came: str, did_not: str, front: Front, issued: Issued
) -> None:
    """Go's clients send a head by itself: one that gives up then would ask KMS for no key."""
    for rest, answer in ((did_not, b"data"), ("", b"")):
        asking = Named(front, issued, S3)
        asking.connect()
        begin = f"PUT /key HTTP/1.1\r\nHost: {S3}\r\nConnection: close\r\n{came}{rest}"
        asking.sock.sendall(begin.encode())
        if not rest:  # it says that it says no more, and still hears, unless all is over by then
            asking.sock.setblocking(False)
            with suppress(ssl.SSLWantReadError, ssl.SSLEOFError):
                asking.sock.unwrap()
        asking.sock.settimeout(60)
        said = b"".join(iter(lambda sock=asking.sock: sock.recv(1 << 16), b""))
        assert said.startswith(b"HTTP/1.1 200") is bool(rest), said
        assert said.endswith(answer)
        asking.close()


def test_the_front_says_which_vpc_it_is_in_whatever_a_machine_says(
    aws: ThreadingHTTPServer, front: Front, issued: Issued
) -> None:
    of_a_vpc = Front(listening(), issued, f"http://127.0.0.1:{aws.server_port}", REGION,
                     vpc_id="vpc-0a")  # fmt: skip
    for one, told in ((of_a_vpc, "vpc-0a"), (front, "nowhere")):
        for headers in ({}, {FROM_VPC: "vpc-0b"}, {FROM_VPC.lower(): ""}):
            asking = Named(one, issued, S3)
            asking.request("GET", "/", headers=headers)
            assert asking.getresponse().getheader("X-Was-From") == told
    of_a_vpc.shutdown()
    of_a_vpc.server_close()


def test_the_front_says_when_the_embedded_aws_is_gone(issued: Issued) -> None:
    with silent_port() as port:
        front = Front(listening(), issued, f"http://127.0.0.1:{port}", REGION)
        asking = Named(front, issued, S3)
        asking.request("GET", "/")
        answer = asking.getresponse()
        assert answer.status == 503
        assert b"the embedded AWS does not answer" in answer.read()
        front.shutdown()
        front.server_close()


class Registry(BaseHTTPRequestHandler):
    """Gives what is larger than what is passed on at once."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(206)
        self.send_header("Docker-Content-Digest", self.headers["Range"])
        self.send_header("Content-Length", str(len(LARGE)))
        self.end_headers()
        self.wfile.write(LARGE)

    def address_string(self) -> str:
        return "a socket"

    def log_message(self, format: str, *args: object) -> None:
        """Not wanted."""


class UnixServer(ThreadingHTTPServer):
    address_family = socket.AF_UNIX
    daemon_threads = True

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)


ECR = f"123456789012.dkr.ecr.{REGION}.amazonaws.com"
PULLER = {"Authorization": "Basic QVdTOjEyMzQ1Njc4OTAxMi1hdXRoLXRva2Vu", "Range": "bytes=0-"}
LARGE = bytes(range(256)) * 10_000


def test_the_front_asks_who_pulls_and_passes_images_on(
    aws: ThreadingHTTPServer, tmp_path: Path
) -> None:
    trusted = issue(tmp_path, [f"*.dkr.ecr.{REGION}.amazonaws.com"])
    front = Front(listening(), trusted, f"http://127.0.0.1:{aws.server_port}", REGION, tmp_path)

    def ask(headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        asking = Named(front, trusted, ECR)
        asking.request("GET", "/v2/a/blobs/b", headers=headers)
        answer = asking.getresponse()
        return answer, answer.read()

    answer, _ = ask({"Authorization": "Basic QVdTOm5vYm9keQ=="})
    assert answer.status == 401
    assert answer.getheader("WWW-Authenticate") == (
        f'Basic realm="https://{ECR}/",service="ecr.amazonaws.com"'
    )
    answer, said = ask(PULLER)
    assert answer.status == 503 and b"the registry does not answer" in said
    with serving(UnixServer(str(tmp_path / SOCKET), Registry)):  # type: ignore[arg-type]
        answer, said = ask(PULLER)
        assert (answer.status, said) == (206, LARGE)
        assert answer.getheader("Docker-Content-Digest") == "bytes=0-", "it was asked for a part"
    front.shutdown()
    front.server_close()


class Judging(BaseHTTPRequestHandler):
    """Lets one role read manifests, and says what it was asked last."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, ...]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        heads = (self.headers[name] for name in ("X-Amz-Security-Token", FROM_VPC, JUDGE))
        self.asked.append((operation, body, *heads))
        said = b"" if operation == "BatchGetImage" else b'{"message": "not yours"}'
        self.send_response(400 if said else 204)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Not wanted."""


def test_in_a_vpc_of_the_embedded_aws_each_pull_is_asked_for_its_role(tmp_path: Path) -> None:
    judge = ThreadingHTTPServer(("127.0.0.1", 0), Judging)
    judge.daemon_threads = True
    Thread(target=judge.serve_forever, daemon=True).start()
    trusted = issue(tmp_path, [f"*.dkr.ecr.{REGION}.amazonaws.com"])
    url = f"http://127.0.0.1:{judge.server_port}"
    front = Front(listening(), trusted, url, REGION, tmp_path, "vpc-0a")

    def ask(path: str, login: str, method: str = "GET") -> tuple[int, bytes]:
        asking = Named(front, trusted, ECR)
        asking.request(method, path, headers={"Authorization": login, "Range": "bytes=0-"})
        answer = asking.getresponse()
        return answer.status, answer.read()

    own = f"Basic {registry_token('ASIA1', 'token')}"
    with UnixServer(str(tmp_path / SOCKET), Registry) as registry:  # type: ignore[arg-type]
        Thread(target=registry.serve_forever, daemon=True).start()
        manifest = "/v2/a/b/manifests/sha256:0"
        assert ask(manifest, own) == (206, LARGE)
        assert Judging.asked == [
            ("BatchGetImage", '{"repositoryName": "a/b"}', "token", "vpc-0a", "ecr.dkr")
        ]
        status, said = ask("/v2/a/b/blobs/sha256:0", own)
        assert status == 403 and b"not yours" in said
        assert ask("/v2/a/b/blobs/sha256:0", own, "HEAD")[0] == 403
        assert ask("/v2/_catalog", own)[0] == 403
        assert ask(manifest, PULLER["Authorization"])[0] == 401, "of no role"
        registry.shutdown()
    for server in (front, judge):
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("GET", "/v2/", ("GetAuthorizationToken", "")),
        ("HEAD", "/v2/a/manifests/latest", ("BatchGetImage", "a")),
        ("GET", "/v2/a/b/blobs/sha256:0?x=1", ("GetDownloadUrlForLayer", "a/b")),
        ("HEAD", "/v2/a/blobs/sha256:0", ("BatchCheckLayerAvailability", "a")),
        ("POST", "/v2/a/blobs/uploads/", ("InitiateLayerUpload", "a")),
        ("PATCH", "/v2/a/blobs/uploads/1", ("UploadLayerPart", "a")),
        ("PUT", "/v2/a/manifests/latest", ("PutImage", "a")),
        ("DELETE", "/v2/a/blobs/sha256:0", None),
        ("GET", "/other", None),
    ],
)
def test_what_a_request_of_a_registry_asks_of_ecr(
    method: str, path: str, asked: tuple[str, str] | None
) -> None:
    assert operation_of(method, path) == asked


def test_the_resolver_answers_over_udp_and_tcp() -> None:
    names = NameServer()
    names.records = {"many.internal": tuple(map(IPv4Address, range(1, 100)))}
    over_udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    over_udp.bind(("127.0.0.1", 0))
    for listener in (over_udp, over_tcp := listening()):
        names.serve(listener)
    question = DNSRecord.question("many.internal")
    udp = question.send("127.0.0.1", over_udp.getsockname()[1], timeout=60)
    assert DNSRecord.parse(udp).header.tc == 1
    tcp = question.send("127.0.0.1", over_tcp.getsockname()[1], tcp=True, timeout=60)
    assert len(DNSRecord.parse(tcp).rr) == 99


def test_the_metadata_service_knows_who_asks_by_its_address() -> None:
    server = MetadataServer(listening())
    notes: list[str] = []
    port = int(server.server_address[1])

    def ask(method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        asking.request(method, path, headers=headers)
        answer = asking.getresponse()
        return answer.status, answer.read()

    life = {f"{TOKEN}-ttl-seconds": "60"}
    assert ask("PUT", "/latest/api/token", life)[0] == 404, "a stranger"
    server.clients["127.0.0.1"] = client(lambda: {"user-data": b"\0\xff"}, notes.append, 1)
    status, token = ask("PUT", "/latest/api/token", life)
    assert status == 200
    assert ask("GET", "/latest/user-data", {})[0] == 401
    assert ask("GET", "/latest/user-data", {TOKEN: token.decode()}) == (200, b"\0\xff")
    assert notes == ["asked for user-data"]
    assert ask("PUT", "/latest/user-data", life)[0] == 404
    server.shutdown()
    server.server_close()
