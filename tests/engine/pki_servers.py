"""Real etcd and Kubernetes programs on loopback that run with the files of the PKI."""

import json
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

from tests.local.kubernetes.certificates import Pair
from tests.ports import free_port
from tests.tools.kubernetes import ASK_SECONDS, READY_SECONDS, NotReadyError, process

SERVICES = "10.3.0.0/16"


class RefusedError(Exception):
    """The request was refused for who asks; or, status None, the connection for its certificate."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Files:
    """The files of one role on a machine."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, contents: Mapping[str, str]) -> "Files":
        folder.mkdir(parents=True)
        for name, text in contents.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(text, encoding="utf-8")
        return cls(folder)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def ask(
        self, url: str, *, by: str | None, authority: str, method: str = "GET",
        body: Any = None, headers: Mapping[str, str] = {}, name: str | None = None,
    ) -> Any:  # fmt: skip
        """What a server answers a client. name: the one it is to prove, where not its address."""
        context = ssl.create_default_context(cafile=self.path(authority))
        if by is not None:
            context.load_cert_chain(self.path(f"{by}.crt"), self.path(f"{by}.key"))
        request = urllib.request.Request(
            url, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )  # fmt: skip
        handler = _Named(context, name)
        try:
            with urllib.request.build_opener(handler).open(request, timeout=ASK_SECONDS) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise RefusedError(f"{error.code} {error.read().decode()}", error.code) from None
        except (OSError, RemoteDisconnected) as error:
            raise RefusedError(str(error)) from None
        return json.loads(text) if text.startswith("{") else text


class _Named(urllib.request.HTTPSHandler):
    """Checks the server's certificate against another name than the address that it is at."""

    def __init__(self, context: ssl.SSLContext, name: str | None) -> None:
        if name is not None:
            wrap = context.wrap_socket
            context.wrap_socket = (  # type: ignore[method-assign]
                lambda sock, **more: wrap(sock, **{**more, "server_hostname": name})
            )
        super().__init__(context=context)


@contextmanager
def etcd(folder: Path, files: Files, member: str) -> Iterator[str]:
    """One member that is a cluster by itself; the URL that clients ask."""
    url, peer_url = (f"https://127.0.0.1:{free_port()}" for _ in range(2))
    flags = [
        f"--name={member}", f"--data-dir={folder / 'data'}",
        f"--listen-client-urls={url}", f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer_url}", f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster={member}={peer_url}",
        "--client-cert-auth", "--peer-client-cert-auth",
        f"--trusted-ca-file={files.path('etcd-ca.crt')}",
        f"--cert-file={files.path(f'etcd-server-{member}.crt')}",
        f"--key-file={files.path(f'etcd-server-{member}.key')}",
        f"--peer-trusted-ca-file={files.path('etcd-ca.crt')}",
        f"--peer-cert-file={files.path(f'etcd-peer-{member}.crt')}",
        f"--peer-key-file={files.path(f'etcd-peer-{member}.key')}",
        "--unsafe-no-fsync",
    ]  # fmt: skip
    folder.mkdir(parents=True)
    by = f"etcd-health-client-{member}"

    def ready() -> bool:
        try:
            told = files.ask(f"{url}/health", by=by, authority="etcd-ca.crt")
        except RefusedError:
            return False
        return bool(told["health"] == "true")

    with process(folder, "etcd", flags) as running:
        until(folder, ready, running)
        yield url


@contextmanager
def kube_apiserver(
    folder: Path, files: Files, etcd_url: str, *,
    before_ready: Callable[[Callable[[], bool]], None] = lambda ready: None,
) -> Iterator[str]:  # fmt: skip
    """An API server with the files of a controller; its URL. before_ready: called while it starts,
    with what says whether it is ready."""
    port = free_port()
    flags = [
        f"--etcd-servers={etcd_url}",
        f"--etcd-cafile={files.path('etcd-ca.crt')}",
        *_pair(files, "etcd-certfile", "etcd-keyfile", "kube-apiserver-etcd-client"),
        "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none", f"--secure-port={port}",
        *_pair(files, "tls-cert-file", "tls-private-key-file", "kube-apiserver"),
        f"--client-ca-file={files.path('client-ca.crt')}",
        f"--requestheader-client-ca-file={files.path('front-proxy-ca.crt')}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        *_pair(files, "proxy-client-cert-file", "proxy-client-key-file", "front-proxy-client"),
        *_pair(files, "kubelet-client-certificate", "kubelet-client-key",
               "kube-apiserver-kubelet-client"),
        f"--kubelet-certificate-authority={files.path('kubelet-ca.crt')}",
        "--anonymous-auth=false", "--authorization-mode=Node,RBAC",
        "--service-account-issuer=https://127.0.0.1",
        f"--service-account-key-file={files.path('service-account.pub')}",
        f"--service-account-signing-key-file={files.path('service-account.key')}",
        f"--encryption-provider-config={files.path('encryption-config.yaml')}",
        f"--service-cluster-ip-range={SERVICES}",
    ]  # fmt: skip
    url = f"https://127.0.0.1:{port}"

    def ready() -> bool:
        try:
            return bool(
                files.ask(f"{url}/readyz", by="kube-scheduler", authority="kubernetes-ca.crt")
                == "ok"
            )
        except RefusedError:
            return False

    folder.mkdir(parents=True)
    with process(folder, "kube-apiserver", flags) as running:
        before_ready(ready)
        until(folder, ready, running)
        yield url


@contextmanager
def signer(folder: Path, files: Files, url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The controller that signs what kubelets ask for, with the files of a controller."""
    folder.mkdir(parents=True)
    kubeconfig = {
        "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "clusters": [{"name": "c", "cluster": {
            "server": url, "certificate-authority": files.path("kubernetes-ca.crt")}}],
        "users": [{"name": "u", "user": {
            "client-certificate": files.path("kube-controller-manager.crt"),
            "client-key": files.path("kube-controller-manager.key")}}],
        "contexts": [{"name": "it", "context": {"cluster": "c", "user": "u"}}],
    }  # fmt: skip
    (folder / "kubeconfig").write_text(json.dumps(kubeconfig), encoding="utf-8")
    flags = [
        f"--kubeconfig={folder / 'kubeconfig'}",
        "--controllers=certificatesigningrequest-signing-controller",
        "--leader-elect=false", "--secure-port=0", "--use-service-account-credentials=true",
        f"--cluster-signing-cert-file={files.path('kubelet-signing-ca.crt')}",
        f"--cluster-signing-key-file={files.path('kubelet-ca.key')}",
    ]  # fmt: skip
    with process(folder, "kube-controller-manager", flags) as running:
        yield running


def until(folder: Path, ready: Callable[[], bool], running: "subprocess.Popen[bytes]") -> None:
    """Wait for it; NotReadyError with the program's last words where it has ended."""
    latest = time.monotonic() + READY_SECONDS
    while not ready():
        if running.poll() is not None or time.monotonic() > latest:
            said = [log.read_text(errors="replace")[-3000:] for log in folder.glob("*.log")]
            raise NotReadyError("\n".join(said))
        time.sleep(0.1)


def eventually(ready: Callable[[], bool]) -> bool:
    """Whether it comes to be so; how soon is not what is asked."""
    latest = time.monotonic() + READY_SECONDS
    while not ready():
        if time.monotonic() > latest:
            return False
        time.sleep(0.05)
    return True


def _pair(files: Files, certificate: str, key: str, name: str) -> tuple[str, str]:
    return (
        f"--{certificate}={files.path(f'{name}.crt')}",
        f"--{key}={files.path(f'{name}.key')}",
    )


def written(files: Files, name: str, pair: Pair) -> str:
    """Put somebody's certificate and key beside the files, to ask with."""
    (files.folder / f"{name}.crt").write_text(pair.certificate_pem, encoding="utf-8")
    (files.folder / f"{name}.key").write_text(pair.key_pem, encoding="utf-8")
    return name
