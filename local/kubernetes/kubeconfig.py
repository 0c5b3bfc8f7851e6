"""A kubeconfig, read: where the API server is, whom to trust, and who asks.

Format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/. What is not understood is
an error, since leaving it out would mean asking as somebody else or trusting somebody else.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import yaml

from local.provider_answers import ProviderError

_REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "insecure-skip-tls-verify": "give certificate-authority-data instead",
        "proxy-url": "the API server must be reachable without a proxy",
        "auth-provider": "it left Kubernetes in 1.26; use exec",
        "username": "passwords left Kubernetes in 1.19; use a token, a certificate or exec",
        "password": "passwords left Kubernetes in 1.19; use a token, a certificate or exec",
        "as": "ask as oneself",
        "as-uid": "ask as oneself",
        "as-groups": "ask as oneself",
        "as-user-extra": "ask as oneself",
    }
)
EXEC_API_VERSIONS: Final = (
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1beta1",
)


@dataclass(frozen=True)
class ExecPlugin:
    """A program that says who asks; run as it stands, never through a shell."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    api_version: str
    gets_cluster: bool
    install_hint: str


@dataclass(frozen=True)
class Credentials:
    """Who asks. Private parts stay out of the representation, and so out of errors and logs."""

    token: str | None = field(default=None, repr=False)
    certificate_pem: str | None = None
    key_pem: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # Refused here, since whoever refuses it later shows it.
        if self.token and not (self.token.isascii() and self.token.isprintable()):
            raise ProviderError(
                "the token for the API server holds characters that none has, such as a line "
                "break; give the token alone"
            )


@dataclass(frozen=True)
class Access:
    server: SplitResult
    ca_pem: str | None
    server_name: str | None
    credentials: Credentials
    exec_plugin: ExecPlugin | None
    namespace: str


def read_kubeconfig(text_or_path: str, context: str | None, cluster: str | None) -> Access:
    """ProviderError, which never shows the text, when it cannot be used."""
    text, folder = _text_of(text_or_path)
    try:
        return _access(_parsed(text), folder, context, cluster)
    except (AttributeError, KeyError, TypeError):
        raise _error("it has not the shape of one", "give one as kubectl writes it") from None


def _access(
    config: dict[str, Any], folder: Path, context: str | None, cluster: str | None
) -> Access:
    chosen = context or config.get("current-context")
    if not chosen:
        raise _error("it has no current-context", "name one with the setting context")
    named = _entry(config, "contexts", "context", str(chosen))
    server = _entry(config, "clusters", "cluster", cluster or str(named.get("cluster", "")))
    user = _entry(config, "users", "user", str(named.get("user", "")))
    for part in (server, user):
        for key, instead in _REFUSED.items():
            if part.get(key):
                raise _error(f"{key} is not supported here", instead)
    return Access(
        server=_server(str(server.get("server", ""))),
        ca_pem=_pem(server, "certificate-authority", folder),
        server_name=server.get("tls-server-name"),
        credentials=_credentials(user, folder),
        exec_plugin=_exec_plugin(user["exec"], folder) if user.get("exec") else None,
        namespace=str(named.get("namespace") or "default"),
    )


def _error(fault: str, instead: str) -> ProviderError:
    return ProviderError(f"the kubeconfig cannot be used: {fault}; {instead}")


def _text_of(text_or_path: str) -> tuple[str, Path]:
    """Relative paths in a file start at its folder, those in a text at the working folder."""
    if "\n" in text_or_path or text_or_path.lstrip().startswith("{"):
        return text_or_path, Path.cwd()
    path = Path(text_or_path).expanduser()
    return _file(path), path.absolute().parent


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise _error(
            f"the file {path} cannot be read ({reason})", "give a file or the text itself"
        ) from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _error(f"line {line} is not YAML", "give one as kubectl writes it") from None
    except yaml.YAMLError:
        raise _error("it is not YAML", "give one as kubectl writes it") from None
    if not isinstance(config, dict) or config.get("kind", "Config") != "Config":
        raise _error("it is not of kind Config", "give one as kubectl writes it")
    return config


def _entry(config: dict[str, Any], group: str, singular: str, name: str) -> dict[str, Any]:
    entries = config.get(group) or []
    named = {e["name"]: e for e in entries if isinstance(e, dict) and "name" in e}
    found = named.get(name, {}).get(singular)
    if not isinstance(found, dict):
        there = ", ".join(map(str, named)) or "none"
        raise _error(f"{group} has no {name!r}", f"there is {there}")
    return found


def _server(url: str) -> SplitResult:
    try:
        split = urlsplit(url)
        host = (split.hostname or "").encode("idna")
        usable = split.scheme == "https" and bool(host) and split.port != 0
    except ValueError:  # UnicodeError, for a name that no name server can be asked for, is one
        usable = False
    if not usable or split.username is not None or split.query or split.fragment:
        raise _error("its server is not an address such as https://host:6443", "correct it")
    return split


def _pem(part: dict[str, Any], key: str, folder: Path) -> str | None:
    """The data if there are any, else what the file holds, as kubectl prefers."""
    if data := part.get(f"{key}-data"):
        try:
            return base64.b64decode(str(data), validate=True).decode()
        except (binascii.Error, ValueError):
            raise _error(f"{key}-data is not base64 of PEM", "encode the file") from None
    return _file(folder / str(part[key])) if part.get(key) else None


def _credentials(user: dict[str, Any], folder: Path) -> Credentials:
    token = user.get("token")
    if not token and user.get("tokenFile"):
        token = _file(folder / str(user["tokenFile"])).strip()
    certificate = _pem(user, "client-certificate", folder)
    key = _pem(user, "client-key", folder)
    if (certificate is None) != (key is None):
        raise _error("client-certificate and client-key are not both there", "give both or none")
    return Credentials(str(token) if token else None, certificate, key)


def _exec_plugin(given: dict[str, Any], folder: Path) -> ExecPlugin:
    if given.get("apiVersion") not in EXEC_API_VERSIONS:
        raise _error(
            f"exec.apiVersion is {given.get('apiVersion')!r}",
            f"it must be one of {', '.join(EXEC_API_VERSIONS)}",
        )
    if given.get("interactiveMode") == "Always":
        raise _error("exec asks for a terminal", "there is none; use another way to authenticate")
    command = str(given.get("command") or "")
    if not command:
        raise _error("exec.command is missing", "name the program")
    if "/" in command:
        command = str(folder / command)
    return ExecPlugin(
        words=(command, *map(str, given.get("args") or ())),
        environment={str(e["name"]): str(e.get("value", "")) for e in given.get("env") or ()},
        api_version=given["apiVersion"],
        gets_cluster=bool(given.get("provideClusterInfo")),
        install_hint=str(given.get("installHint") or ""),
    )
