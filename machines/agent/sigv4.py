"""Signature Version 4, by which AWS knows who asks. Pure: the time is given.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html; held against
botocore's signer byte for byte in tests/machines/agent/test_sigv4.py.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True)
class Credentials:
    """Of the machine's role. Nothing of them is in its repr."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str = field(repr=False)

    def hide(self, text: str) -> str:
        """The text without them: AWS quotes what was signed when a signature is wrong."""
        for value in (self.secret_key, self.token, self.access_key):
            if value:
                text = text.replace(value, "***")
        return text


def encoded(text: str, safe: str = "") -> str:
    return quote(text, safe=safe + "-_.~")


def query_text(query: Mapping[str, str]) -> str:
    """As it stands in the URL and is signed: in the order of the encoded names."""
    pairs = sorted((encoded(name), encoded(value)) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def signed_headers(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    credentials: Credentials,
    *,
    region: str,
    service: str,
    time: str,
    digest: str = "",
) -> dict[str, str]:
    """The headers with what signs them.

    path: not encoded. headers: Host among them. time: as 20261128T010203Z. digest: SHA-256 of a
    body that is a file, and not given here.
    """
    digest = digest or hashlib.sha256(body).hexdigest()
    sent = {**headers, "X-Amz-Date": time}
    if credentials.token:
        sent["X-Amz-Security-Token"] = credentials.token
    if service == "s3":
        sent["X-Amz-Content-SHA256"] = digest
    lower = {name.lower(): " ".join(value.split()) for name, value in sent.items()}
    names = ";".join(sorted(lower))
    lines = [method, encoded(path, "/"), query_text(query)]
    lines += [f"{name}:{lower[name]}" for name in sorted(lower)]
    request = "\n".join([*lines, "", names, digest])
    scope = f"{time[:8]}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    key = ("AWS4" + credentials.secret_key).encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    signature = _mac(key, "\n".join(["AWS4-HMAC-SHA256", time, scope, hashed])).hex()
    sent["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return sent


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
