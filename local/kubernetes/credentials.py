"""Who asks, when a program must be run to know: the exec plugins of a kubeconfig.

Protocol: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
"""

import base64
import contextlib
import json
import os
import signal
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from local.kubernetes.kubeconfig import Access, Credentials, ExecPlugin
from local.provider_answers import ProviderError

_RENEWAL = timedelta(seconds=30)  # before the end: a request must not outlive its token


class ExecCredentials:
    """What a plugin said, for as long as it holds."""

    def __init__(self, access: Access, plugin: ExecPlugin, exec_seconds: float):
        self._access, self._plugin, self._exec_seconds = access, plugin, exec_seconds
        self._lock = threading.Lock()
        self._credentials: Credentials | None = None
        self._end: datetime | None = None

    def get(self) -> Credentials:
        with self._lock:
            is_over = self._end is not None and datetime.now(UTC) >= self._end - _RENEWAL
            if self._credentials is None or is_over:
                status = self._status(self._run())
                self._credentials, self._end = _credentials(status), _end(status)
            return self._credentials

    def forget(self, refused: Credentials) -> None:
        """The server did not take them; the next request asks the plugin again."""
        with self._lock:
            if self._credentials == refused:
                self._credentials = None

    def _error(self, fault: str) -> ProviderError:
        hint = f"; {self._plugin.install_hint}" if self._plugin.install_hint else ""
        return ProviderError(
            f"the kubeconfig's exec plugin {self._plugin.words[0]} {fault}; run it by hand to see "
            f"what it says{hint}"
        )

    def _run(self) -> str:
        try:
            process = subprocess.Popen(
                self._plugin.words,
                env={**os.environ, **self._plugin.environment, **self._exec_info()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # it may show what it was given
                text=True,
                start_new_session=True,
            )
        except OSError as error:
            raise self._error(f"cannot be run: {error.strerror}") from None
        try:
            said, _ = process.communicate(timeout=self._exec_seconds)
        except subprocess.TimeoutExpired:
            # With its children: a shell script's child would keep the pipe open.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise self._error(f"did not answer within {self._exec_seconds:g} s") from None
        if process.returncode != 0:
            raise self._error(f"ended with exit code {process.returncode}")
        return said

    def _exec_info(self) -> dict[str, str]:
        spec: dict[str, Any] = {"interactive": False}
        if self._plugin.gets_cluster:
            cluster = {"server": self._access.server.geturl()}
            if self._access.server_name:
                cluster["tls-server-name"] = self._access.server_name
            if self._access.ca_pem:
                encoded = base64.b64encode(self._access.ca_pem.encode()).decode()
                cluster["certificate-authority-data"] = encoded
            spec["cluster"] = cluster
        info = {"apiVersion": self._plugin.api_version, "kind": "ExecCredential", "spec": spec}
        return {"KUBERNETES_EXEC_INFO": json.dumps(info)}

    def _status(self, said: str) -> dict[str, Any]:
        try:
            credential = json.loads(said)
        except ValueError:
            credential = None
        if not isinstance(credential, dict) or credential.get("kind") != "ExecCredential":
            raise self._error("did not answer with an ExecCredential in JSON")
        if credential.get("apiVersion") != self._plugin.api_version:
            raise self._error(
                f"did not answer in {self._plugin.api_version}, as the kubeconfig says"
            )
        status = credential.get("status")
        if not isinstance(status, dict) or not (
            status.get("token")
            or (status.get("clientCertificateData") and status.get("clientKeyData"))
        ):
            raise self._error("answered with neither a token nor a client certificate and its key")
        return status


def _credentials(status: dict[str, Any]) -> Credentials:
    return Credentials(
        status.get("token"), status.get("clientCertificateData"), status.get("clientKeyData")
    )


def _end(status: dict[str, Any]) -> datetime | None:
    """A time that cannot be read is over at once, so that nothing is kept too long."""
    text = status.get("expirationTimestamp")
    if not text:
        return None
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC) + _RENEWAL
