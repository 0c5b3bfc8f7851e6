"""Kubernetes' programs and etcd, built from their own source, and a real API server of them:
kube-apiserver, the etcd behind it, and kube-controller-manager, without which nothing that is
deleted in the foreground is ever gone.

All listen on loopback alone, end with the test, and keep everything in its folder.
"""

import json
import secrets
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.carry_in.programs import KUBERNETES
from local.go_programs import GoPrograms
from local.processes import end
from tests.local.kubernetes.certificates import Pair, authority, signed
from tests.local.kubernetes.server import kubeconfig_of
from tests.ports import free_port

JSON = "application/json"
ASK_SECONDS = 60.0
READY_SECONDS = 300.0
STOP_SECONDS = 60.0
ADMINISTRATORS = "system:masters"


class NotReadyError(Exception):
    """It did not start; the message ends with its last words."""


@dataclass(frozen=True, slots=True)
class ApiServer:
    """One that answers. token: an administrator's, who is called `administrator`."""

    port: int
    ca: Pair
    token: str

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: object = None, content_type: str = JSON) -> bytes:
        """What it answers its administrator; urllib.error.HTTPError where it refuses."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": content_type},
        )
        context = ssl.create_default_context(cadata=self.ca.certificate_pem)
        with urllib.request.urlopen(request, context=context, timeout=ASK_SECONDS) as answer:
            return bytes(answer.read())


@contextmanager
def api_server(folder: Path) -> Iterator[ApiServer]:
    """A server of its own below `folder`, ready to be asked; it ends with the block."""
    folder.mkdir(parents=True)
    server = ApiServer(free_port(), authority("authority of the test"), secrets.token_hex(16))
    _write_keys(folder, server)
    etcd_url, peer_url = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    with ExitStack() as running:
        etcd = running.enter_context(process(folder, "etcd", _etcd(folder, etcd_url, peer_url)))
        flags = _kube_apiserver(folder, server, etcd_url)
        api = running.enter_context(process(folder, "kube-apiserver", flags))
        _await_ready(folder, server, (etcd, api))
        flags = _kube_controller_manager(folder)
        running.enter_context(process(folder, "kube-controller-manager", flags))
        yield server


def _write_keys(folder: Path, server: ApiServer) -> None:
    pair, accounts = signed(server.ca, "api server"), signed(server.ca, "service accounts")
    files = {
        "ca.crt": server.ca.certificate_pem,
        "server.crt": pair.certificate_pem,
        "server.key": pair.key_pem,
        "accounts.crt": accounts.certificate_pem,
        "accounts.key": accounts.key_pem,
        "kubeconfig": kubeconfig_of(server.url, server.ca, {"token": server.token}),
        "tokens.csv": f'{server.token},administrator,1,"{ADMINISTRATORS}"\n',
    }
    for name, content in files.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(content, encoding="utf-8")


def _etcd(folder: Path, client_url: str, peer_url: str) -> list[str]:
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client_url}",
        f"--advertise-client-urls={client_url}",
        f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster=default={peer_url}",
        "--unsafe-no-fsync",  # it does not outlive the test
    ]


def _kube_apiserver(folder: Path, server: ApiServer, etcd_url: str) -> list[str]:
    return [
        f"--etcd-servers={etcd_url}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",  # loopback may not be advertised
        f"--secure-port={server.port}",
        f"--tls-cert-file={folder / 'server.crt'}",
        f"--tls-private-key-file={folder / 'server.key'}",
        f"--client-ca-file={folder / 'ca.crt'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--service-account-issuer=https://127.0.0.1",
        f"--service-account-key-file={folder / 'accounts.crt'}",
        f"--service-account-signing-key-file={folder / 'accounts.key'}",
        "--service-cluster-ip-range=10.100.0.0/16",
    ]


def _kube_controller_manager(folder: Path) -> list[str]:
    return [
        f"--kubeconfig={folder / 'kubeconfig'}",
        "--controllers=garbage-collector-controller,namespace-controller",
        "--leader-elect=false",
        "--secure-port=0",  # nobody asks it anything
    ]


@contextmanager
def process(
    folder: Path,
    program: str,
    flags: list[str],
    *,
    variables: dict[str, str] | None = None,
    source: GoPrograms = KUBERNETES,
    before: Sequence[str] = (),
) -> Iterator["subprocess.Popen[bytes]"]:
    """One that runs in its folder, with these variables alone, and ends with the block. before: a
    command that becomes the program."""
    with (folder / f"{program}.log").open("wb") as log:
        process = subprocess.Popen(
            [*before, str(source.binary(program)), *flags], cwd=folder, env=variables or {},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        end(process, STOP_SECONDS)


def _await_ready(
    folder: Path, server: ApiServer, processes: Sequence["subprocess.Popen[bytes]"]
) -> None:
    until = time.monotonic() + READY_SECONDS
    while not _ready(server):
        ended = any(process.poll() is not None for process in processes)
        if ended or time.monotonic() > until:
            last = [log.read_text(errors="replace")[-2000:] for log in folder.glob("*.log")]
            raise NotReadyError("the API server did not start:\n" + "\n".join(last))
        time.sleep(0.1)


def _ready(server: ApiServer) -> bool:
    try:
        return server.ask("GET", "/readyz") == b"ok"
    except OSError:  # nobody listens yet, or it says that it is not ready
        return False
