"""Make a bootstrap token in a cluster, and see that its API server takes it.

Only the API of the cluster is asked, from inside its network, with a kubeconfig that holds a
certificate or a token. Keys of it lie in files for as long as Python takes to read them.
"""

import base64
import binascii
import json
import secrets
import ssl
import string
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from automation.errors import AutomationError, RefusedError
from machines.agent.transport import trusting
from machines.bootstrap_tokens import (
    ID_CHARACTERS,
    SECRET_CHARACTERS,
    join_kubeconfig,
    secret_name,
    token_secret,
)

SECRETS = "/api/v1/namespaces/kube-system/secrets"
ASK_SECONDS, TAKEN_SECONDS = 20.0, 15.0
_CHARACTERS = string.ascii_lowercase + string.digits
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Minted:
    """kubeconfig: for a kubelet's first call, and as secret as the token in it."""

    token_id: str
    ends: datetime
    kubeconfig: str


@dataclass(frozen=True, slots=True)
class Api:
    """A cluster's API and who asks it."""

    server: str
    authority_pem: str
    context: ssl.SSLContext
    headers: Mapping[str, str]

    def ask(self, method: str, path: str, body: object = None) -> None:
        """urllib.error.HTTPError where it says no. No proxy of the environment hears of it."""
        sent = {"Content-Type": "application/json", **self.headers}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server + path, data, sent, method=method)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.context)
        )
        with opener.open(request, timeout=ASK_SECONDS):
            pass


def mint(
    kubeconfig: str, *, life: timedelta, description: str, now: Callable[[], datetime] = lambda:
    datetime.now(UTC),
) -> Minted:  # fmt: skip
    """A token that ends after `life`. RefusedError where the kubeconfig is none that can be used or
    the cluster takes no tokens, and then none is left there; AutomationError where the API cannot
    be asked."""
    api = api_of(kubeconfig)
    token = f"{_random(ID_CHARACTERS)}.{_random(SECRET_CHARACTERS)}"
    ends = now() + life
    _ask(api, "POST", SECRETS, token_secret(token, ends, description))
    try:
        _require_taken(api, token)
    except BaseException:
        _ask(api, "DELETE", f"{SECRETS}/{secret_name(token)}")
        raise
    text = join_kubeconfig(server=api.server, authority_pem=api.authority_pem, token=token)
    return Minted(token.partition(".")[0], ends, text)


def api_of(kubeconfig: str) -> Api:
    """Whom its current context asks, and as whom."""
    try:
        document = yaml.safe_load(kubeconfig)
        context = _named(document, "contexts", document["current-context"])["context"]
        cluster = _named(document, "clusters", context["cluster"])["cluster"]
        user = _named(document, "users", context["user"])["user"]
        server = str(cluster["server"]).rstrip("/")
        authority = _decoded(cluster["certificate-authority-data"])
        checked = trusting(text=authority)
    except (yaml.YAMLError, ValueError, KeyError, TypeError, StopIteration, ssl.SSLError):
        raise RefusedError(
            "the kubeconfig is none of one cluster with certificate-authority-data",
            advice="Give that of heiiki outputs administratorKubeconfig --show-secrets.",
        ) from None
    return Api(server, authority, checked, _credential(checked, user))


def _named(document: Any, group: str, name: str) -> Any:
    return next(row for row in document[group] if row["name"] == name)


def _decoded(value: str) -> str:
    return base64.b64decode(value, validate=True).decode("ascii")


def _credential(context: ssl.SSLContext, user: Any) -> dict[str, str]:
    """Headers; a certificate goes into the context."""
    if not isinstance(user, dict):
        user = {}
    if isinstance(user.get("token"), str):
        return {"Authorization": f"Bearer {user['token']}"}
    try:
        pair = _decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"])
        with tempfile.TemporaryDirectory(prefix="heiiki-") as folder:  # whose mode is 0700
            file = Path(folder, "client.pem")
            file.touch(mode=0o600)
            file.write_text(pair, encoding="ascii")
            context.load_cert_chain(file)
    except (KeyError, TypeError, ValueError, binascii.Error, ssl.SSLError):
        raise RefusedError(
            "the kubeconfig's user has neither a token nor a certificate with its key in it",
            advice="One that runs a program is not run here; give one with client-certificate-data "
            "and client-key-data.",
        ) from None
    return {}


def _require_taken(api: Api, token: str) -> None:
    """The API server watches for Secrets, so a moment passes."""
    context = trusting(text=api.authority_pem)
    bearer = Api(api.server, api.authority_pem, context, {"Authorization": f"Bearer {token}"})
    until = time.monotonic() + TAKEN_SECONDS
    while True:
        try:
            bearer.ask("GET", "/api")
            return
        except urllib.error.HTTPError as error:
            with error:
                if error.code != _UNAUTHORIZED:
                    return
        except OSError as error:
            raise _unreachable(api, error) from None
        if time.monotonic() > until:
            raise RefusedError(
                "the API server takes no bootstrap tokens; none was left in the cluster",
                advice="Write controlPlane.apiServer.bootstrapTokens: true, run heiiki up, and try "
                "again when its controllers have been replaced.",
            )
        time.sleep(0.2)


def _ask(api: Api, method: str, path: str, body: object = None) -> None:
    try:
        api.ask(method, path, body)
    except urllib.error.HTTPError as error:
        with error:
            said = _message(error.read(4096))
        raise RefusedError(
            f"the API server refused it with {error.code}: {said}",
            advice="The kubeconfig has to be an administrator's, and not have ended; heiiki up "
            "makes another when it has.",
        ) from None
    except OSError as error:
        raise _unreachable(api, error) from None


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return "it did not say why"


def _unreachable(api: Api, error: OSError) -> AutomationError:
    reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
    return AutomationError(
        f"{api.server} does not answer: {reason}",
        advice="The API answers inside the network alone; run this where kubectl works.",
    )


def _random(count: int) -> str:
    return "".join(secrets.choice(_CHARACTERS) for _ in range(count))
