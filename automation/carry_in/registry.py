"""Images in the registry that machines pull from, by the API that every registry has.

OCI Distribution Specification 1.1 (read 2026-11-29). A blob is sent whole, in one PUT: ECR answers
the first of several parts as if it were the last.
"""

import hashlib
import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from automation.aws_calls import Account, asking
from automation.carry_in.needed import Needed
from automation.errors import AutomationError, RefusedError

MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MAX_MANIFEST_BYTES = 4 * 1024 * 1024  # as registries take them
SECONDS = 300.0  # without a byte
URL_VARIABLE = "HEIIKI_REGISTRY_URL"
_REDIRECTS = (301, 302, 303, 307, 308)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Of an image, or of one for several kinds of machine.

    blobs: digests of what it is made of; manifests: of those that it leads to. Both bare, in order.
    """

    content: bytes
    media_type: str
    blobs: tuple[str, ...]
    manifests: tuple[str, ...]


def manifest_of(content: bytes) -> Manifest | None:
    """What the bytes say; None where they are no manifest of a kind that is known."""
    try:
        document = json.loads(content)
        known = "manifests" in document or "layers" in document
    except (ValueError, TypeError):
        return None
    if not isinstance(document, dict) or not known:
        return None
    default = INDEXES[0] if "manifests" in document else MANIFESTS[0]
    media_type = document.get("mediaType", default)
    try:
        if media_type in INDEXES:
            return Manifest(content, media_type, (), _digests(document["manifests"]))
        if media_type in MANIFESTS:
            blobs = [document["config"], *(row for row in document["layers"] if _is_held(row))]
            return Manifest(content, media_type, _digests(blobs), ())
    except (KeyError, TypeError, AttributeError):
        pass
    return None


def manifest_in(path: Path) -> Manifest | None:
    """What a file says; None where it is none, as where a layer's digest was written for it."""
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        return None
    return manifest_of(path.read_bytes())


def _digests(rows: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(row["digest"]).removeprefix("sha256:") for row in rows))


def _is_held(row: Mapping[str, Any]) -> bool:
    """Layers of Windows stay with their maker, and registries take manifests without them."""
    return not any(word in str(row.get("mediaType")) for word in ("foreign", "nondistributable"))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, which may be written or not where it is the usual one."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or usual


class Registry:
    """One registry, over HTTP. Its answers are believed by their digests alone."""

    def __init__(self, url: str, authorization: str, opener: urllib.request.OpenerDirector) -> None:
        self._url, self._opener = url.rstrip("/"), opener
        self._headers = {"Authorization": authorization, "User-Agent": "heiiki"}

    def manifest(self, repository: str, sha256: str) -> Manifest | None:
        """The manifest of this digest; None where the repository has none, or there is none."""
        accept = {"Accept": ", ".join((*MANIFESTS, *INDEXES))}
        found = self._ask("GET", f"/v2/{repository}/manifests/sha256:{sha256}", accept, (200, 404))
        if found is None or hashlib.sha256(found.content).hexdigest() != sha256:
            return None
        return manifest_of(found.content)

    def has_blob(self, repository: str, sha256: str) -> bool:
        """A registry that keeps blobs elsewhere may say where, instead of that it has one."""
        path = f"/v2/{repository}/blobs/sha256:{sha256}"
        return self._ask("HEAD", path, {}, (200, *_REDIRECTS, 404)) is not None

    def put_blob(self, repository: str, sha256: str, path: Path) -> None:
        """The registry refuses other bytes than those of the digest."""
        begun = self._ask("POST", f"/v2/{repository}/blobs/uploads/", {}, (202,), b"")
        assert begun is not None
        place = urljoin(f"{self._url}/", begun.headers.get("Location", ""))
        if _origin(place) != _origin(self._url):
            raise AutomationError(f"the registry {self._url} sends uploads to {place}, and the "
                                  "token is for itself alone")  # fmt: skip
        joined = f"{place}{'&' if '?' in place else '?'}digest=sha256:{sha256}"
        with path.open("rb") as content:
            headers = {"Content-Type": "application/octet-stream",
                       "Content-Length": str(os.fstat(content.fileno()).st_size)}  # fmt: skip
            self._ask("PUT", joined, headers, (201,), content)

    def put_manifest(self, repository: str, sha256: str, manifest: Manifest) -> None:
        path = f"/v2/{repository}/manifests/sha256:{sha256}"
        self._ask("PUT", path, {"Content-Type": manifest.media_type}, (201,), manifest.content)

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], wanted: tuple[int, ...],
        body: bytes | IO[bytes] | None = None,
    ) -> "_Answer | None":  # fmt: skip
        """The answer; None for 404 where that is wanted."""
        request = urllib.request.Request(
            urljoin(self._url, path), data=body, headers={**self._headers, **headers},
            method=method,
        )  # fmt: skip
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                content = b"" if method == "HEAD" else answer.read(MAX_MANIFEST_BYTES + 1)
                status, told = answer.status, answer.headers
        except urllib.error.HTTPError as error:
            with error:
                content, status, told = error.read(2000), error.code, error.headers
        except OSError as error:
            raise AutomationError(
                f"the registry {self._url} does not answer: {getattr(error, 'reason', error)}",
                advice="Check the way to it (proxy, VPN, the endpoint ecr.dkr), then run the "
                "command again; what was carried in stays.",
            ) from None
        if status not in wanted:
            raise _refused(self._url, method, path, status, content)
        return None if status == 404 else _Answer(content, told)


@dataclass(frozen=True, slots=True)
class _Answer:
    content: bytes
    headers: HTTPMessage


def _refused(url: str, method: str, path: str, status: int, content: bytes) -> AutomationError:
    """What the registry says of itself; its words are no secret, and the token is not in them."""
    try:
        errors = json.loads(content)["errors"]
        said = "; ".join(f"{one['code']}: {one.get('message', '')}" for one in errors)
    except (ValueError, KeyError, TypeError):
        said = content[:200].decode(errors="replace")
    advice = "Run the command again; what was carried in stays."
    if status in (401, 403):
        advice = ("Give your role or user what docs/self-hosted/carried.md lists for carrying in, "
                  "or take another profile.")  # fmt: skip
    elif "NAME_UNKNOWN" in said:
        repository = path.removeprefix("/v2/").partition("/blobs/")[0].partition("/manifests/")[0]
        advice = (f"Make the repository: aws ecr create-repository --repository-name {repository} "
                  "--image-tag-mutability IMMUTABLE. Then run the command again.")  # fmt: skip
    return AutomationError(f"the registry {url} answers {method} with {status}: {said}",
                           advice=advice)  # fmt: skip


def registry_of(account: Account, needed: Needed, environment: Mapping[str, str]) -> Registry:
    """The account's own, which a token of ECR opens for twelve hours."""
    url = _url(needed, environment)
    with asking("ecr:GetAuthorizationToken"):
        client = account.client("ecr", needed.region)
        (data,) = client.get_authorization_token()["authorizationData"]
    return Registry(url, f"Basic {data['authorizationToken']}", opener_of(environment))


def _url(needed: Needed, environment: Mapping[str, str]) -> str:
    """Where AWS is another, such as the embedded one, the registry is none of AWS's either."""
    asked = environment.get(URL_VARIABLE)
    if asked is None and environment.get("AWS_ENDPOINT_URL"):
        raise RefusedError(
            "AWS_ENDPOINT_URL leads to another AWS, and it does not say where its registry is",
            advice=f"Name it in {URL_VARIABLE}, such as https://registry.example.com.",
        )
    url = asked or f"https://{needed.registry}"
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise RefusedError(
            f"{URL_VARIABLE} is no https URL", advice="The token would be read on the way to it."
        )
    return url


def opener_of(environment: Mapping[str, str]) -> urllib.request.OpenerDirector:
    """Through the proxy that the environment names, and with the authorities that AWS's own tools
    are told of."""
    authorities = environment.get("AWS_CA_BUNDLE") or None
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise RefusedError(
            f"AWS_CA_BUNDLE names {authorities}, which cannot be read: {error.strerror or error}",
            advice="Name a file of certificates in PEM form.",
        ) from None
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirects)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token along."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
