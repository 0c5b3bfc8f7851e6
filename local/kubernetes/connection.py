"""One request to an API server, within a time that is bounded from first to last byte.

http.client rather than requests: the authority of the kubeconfig comes as text and must be the
only one trusted, no proxy or .netrc of the environment may have a say, and the deadline must hold
for a server that sends one byte a second, too.
"""

import contextlib
import http.client
import json
import socket
import ssl
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from local.kubernetes.kubeconfig import Access, Credentials
from local.provider_answers import ProviderError

USER_AGENT: Final = "heiiki-local-kubernetes/1"


@dataclass(frozen=True)
class Limits:
    """How long anything may take, in seconds."""

    connect_seconds: float = 5
    answer_seconds: float = 30
    exec_seconds: float = 60
    deletion_seconds: float = 600


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None
    content_type: str = "application/json"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Mapping[str, Any]
    retry_after_seconds: float | None = None

    @property
    def message(self) -> str:
        return str(self.body.get("message") or f"status {self.status}")


def ask(access: Access, credentials: Credentials, request: Request, limits: Limits) -> Answer:
    """ProviderError when there is no answer, or none of an API server."""
    late = threading.Event()
    try:
        with _connect(access, credentials, limits) as channel:

            def give_up() -> None:
                late.set()
                with contextlib.suppress(OSError):  # the other side was faster
                    channel.shutdown(socket.SHUT_RDWR)

            timer = threading.Timer(limits.answer_seconds, give_up)
            timer.start()
            try:
                response, content = _exchange(access, credentials, request, channel)
            finally:
                timer.cancel()
        if late.is_set():
            raise TimeoutError  # http.client takes headers that broke off for whole ones
    except (OSError, http.client.HTTPException) as error:
        if late.is_set():
            fault = f"did not answer within {limits.answer_seconds:g} s"
        else:
            fault = _fault(error, limits)
        raise ProviderError(
            f"the API server {access.server.geturl()} {fault}. Run this from where it can be "
            "reached, correct the kubeconfig, or leave its objects out and apply them from inside "
            "the network"
        ) from None
    return _answer(access, response, content)


def _connect(access: Access, credentials: Credentials, limits: Limits) -> ssl.SSLSocket:
    host = str(access.server.hostname)
    context = _context(access, credentials)
    plain = socket.create_connection(
        (host, access.server.port or 443), timeout=limits.connect_seconds
    )
    try:
        channel = context.wrap_socket(plain, server_hostname=access.server_name or host)
    except BaseException:
        plain.close()
        raise
    channel.settimeout(None)  # from here on the deadline of the whole answer holds
    return channel


def _context(access: Access, credentials: Credentials) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # as the real provider, which is in Go
    try:
        if access.ca_pem is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(cadata=access.ca_pem)
    except (ssl.SSLError, TypeError, ValueError):
        raise ProviderError(
            "the kubeconfig's certificate authority is not a certificate in PEM; give "
            "certificate-authority-data as kubectl writes it"
        ) from None
    if credentials.certificate_pem and credentials.key_pem:
        _load_certificate(context, credentials.certificate_pem, credentials.key_pem)
    return context


def _load_certificate(context: ssl.SSLContext, certificate_pem: str, key_pem: str) -> None:
    """OpenSSL takes them from a file only, which is for its owner alone and gone at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "client.pem"
        path.touch(0o600)
        path.write_text(f"{certificate_pem}\n{key_pem}")
        try:
            # A password that nobody knows, lest OpenSSL ask for one on the terminal.
            context.load_cert_chain(path, password="")
        except (ssl.SSLError, OSError):
            raise ProviderError(
                "the client certificate and key for the API server do not go together, or are "
                "not PEM; give both from one source"
            ) from None


def _exchange(
    access: Access, credentials: Credentials, request: Request, channel: ssl.SSLSocket
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(str(access.server.hostname), access.server.port or 443)
    connection.sock = channel
    query = f"?{urlencode(request.query)}" if request.query else ""
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT, "Connection": "close"}
    if credentials.token:
        headers["Authorization"] = f"Bearer {credentials.token}"
    body = None
    if request.body is not None:
        body = json.dumps(request.body)
        headers["Content-Type"] = request.content_type
    path = f"{access.server.path.rstrip('/')}{request.path}{query}"
    connection.request(request.method, path, body, headers)
    response = connection.getresponse()
    return response, response.read()


def _answer(access: Access, response: http.client.HTTPResponse, content: bytes) -> Answer:
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ProviderError(
            f"{access.server.geturl()} answered with status {response.status} and no JSON object, "
            "so it is no Kubernetes API server; correct the kubeconfig's server"
        )
    after = response.headers.get("Retry-After", "")
    return Answer(response.status, body, float(after) if after.isdecimal() else None)


def _fault(error: Exception, limits: Limits) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"is not the one that the kubeconfig trusts: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return f"cannot be reached: no connection within {limits.connect_seconds:g} s"
    if isinstance(error, socket.gaierror):
        return "cannot be reached: its name is not known here"
    if isinstance(error, OSError):
        return f"cannot be reached: {error.strerror or type(error).__name__}"
    return f"broke off its answer: {type(error).__name__}"
