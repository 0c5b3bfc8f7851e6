"""No kubelet joins while an API server is older than it is: one answers by TLS, and the kubelet and
the authenticator pretend."""

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from machines import await_controllers_program
from machines.self_hosted_kubelet import AWAIT_CONTROLLERS, await_controllers
from tests.control_plane.pki import authority, signed
from tests.machines.self_hosted import CLUSTER
from tests.ports import silent_port
from tests.serving import serving

OURS = authority("own authority")


@dataclass
class Controllers:
    """versions: what each address answers in turn, the last one from then on. told: tokens."""

    folder: Path
    port: int = 0
    status: int = 200
    versions: dict[str, list[str]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def answer(self, address: str, token: str) -> bytes:
        self.told.append(token)
        left = self.versions[address]
        return json.dumps({"gitVersion": left.pop(0) if len(left) > 1 else left[0]}).encode()

    def ask(self, monkeypatch: pytest.MonkeyPatch, server: str = "") -> None:
        """As the agent does: what it is asked for comes from the bundle's own command."""
        command = await_controllers(CLUSTER)[3:]
        command[0] = server or f"https://localhost:{self.port}"
        command[1:5] = [str(self.folder / name) for name in ("ca.crt", "own", "kubelet", "iam")]
        monkeypatch.setattr("sys.argv", ["await-controllers", *command])
        there = sorted(self.versions) or ["127.0.0.1"]
        monkeypatch.setattr(await_controllers_program, "addresses", lambda name, port: there)
        await_controllers_program.main()


@pytest.fixture
def controllers(tmp_path: Path) -> Iterator[Controllers]:
    found = Controllers(tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = found.answer(self.connection.getsockname()[0], self.headers["Authorization"])
            self.send_response(found.status if self.path == "/version" else 404)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            """Not wanted."""

    pair = signed(OURS, "kube-apiserver", server=True)
    for name, text in {
        "ca.crt": OURS.certificate_pem,
        "pair": pair.certificate_pem + pair.key_pem,
        "kubelet": "#!/bin/sh\necho Kubernetes v1.35.2\n",
        "iam": f"#!/bin/sh\necho $AWS_STS_REGIONAL_ENDPOINTS $@ > {tmp_path}/asked\n"
               """echo '{"status": {"token": "whose-it-is"}}'\n""",
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found.port = server.server_port
    with serving(server):
        yield found


def test_a_kubelet_joins_where_every_api_server_is_as_new(
    controllers: Controllers, monkeypatch: pytest.MonkeyPatch
) -> None:
    controllers.versions = {"127.0.0.1": ["v1.35.0"], "127.0.0.2": ["v1.36.1-alpha.1+ab"]}
    controllers.ask(monkeypatch)
    assert controllers.told == ["Bearer whose-it-is"] * 8, "each address, several times"
    asked = (controllers.folder / "asked").read_text()
    assert asked == "regional token --cluster-id dev --region ap-northeast-1\n"


@pytest.mark.parametrize(
    "versions",
    [
        {"127.0.0.1": ["v1.34.9"]},
        {"127.0.0.1": ["v1.35.0"], "127.0.0.2": ["v1.34.9"]},
        {"127.0.0.1": ["v1.35.0", "v1.35.0", "v1.35.0", "v1.34.9"]},
    ],
)
def test_it_waits_for_the_last_one_that_is_older(
    controllers: Controllers, monkeypatch: pytest.MonkeyPatch, versions: dict[str, list[str]]
) -> None:
    """Behind one address they answer in turn."""
    controllers.versions = versions
    said = "an API server is still v1.34.9, older than Kubernetes v1.35.2"
    with pytest.raises(SystemExit, match=said):
        controllers.ask(monkeypatch)
    controllers.versions = {address: ["v1.35.0"] for address in versions}
    controllers.ask(monkeypatch)


def test_one_that_has_joined_starts_again_whoever_answers(
    controllers: Controllers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pods run, and what it needs of the API it has."""
    controllers.versions = {"127.0.0.1": ["v1.34.9"]}
    (controllers.folder / "own").touch()
    controllers.ask(monkeypatch)
    assert controllers.told == []


def test_whoever_is_not_the_api_says_nothing_and_is_told_nothing(
    controllers: Controllers, monkeypatch: pytest.MonkeyPatch
) -> None:
    controllers.versions = {"127.0.0.1": ["v1.35.0"]}
    (controllers.folder / "ca.crt").write_text(authority("another").certificate_pem)
    with pytest.raises(SystemExit, match=r"is not asked yet: .*CERTIFICATE_VERIFY_FAILED"):
        controllers.ask(monkeypatch)
    assert controllers.told == [] and not (controllers.folder / "asked").exists()


def test_an_answer_that_tells_no_version_is_none(
    controllers: Controllers, monkeypatch: pytest.MonkeyPatch
) -> None:
    controllers.versions = {"127.0.0.1": ["v1.35.0"]}
    controllers.status = 401
    with pytest.raises(SystemExit, match="the API answers 401"):
        controllers.ask(monkeypatch)
    controllers.status, controllers.versions = 200, {"127.0.0.1": ["dev"]}
    with pytest.raises(SystemExit, match="no version of Kubernetes: dev"):
        controllers.ask(monkeypatch)
    with silent_port() as port, pytest.raises(SystemExit, match=r"is not asked yet: .*refused"):
        controllers.ask(monkeypatch, f"https://localhost:{port}")


def test_names_are_asked_at_all_their_addresses() -> None:
    assert await_controllers_program.addresses("localhost", 6443) == ["127.0.0.1"]
    assert await_controllers(CLUSTER)[:3] == ["/usr/bin/python3", "-I", AWAIT_CONTROLLERS]
