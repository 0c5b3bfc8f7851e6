"""A question to STS that was signed before, who somebody is, as the IAM authenticator asks it.

It holds its signature in the query, where moto looks for S3's alone, and it accepts JSON, where
moto has XML (aws-iam-authenticator v0.6.13, pkg/token/token.go; AWS answers both).
"""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

ANSWER = b"GetCallerIdentityResponse"
REPLACED = ("content-type", "content-length")


class Presigned:
    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        credential = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
        if credential.split("/")[-2:-1] != ["sts"]:
            return self._app(environ, start_response)
        environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={credential}"
        begun: list[Any] = []
        body = b"".join(self._app(environ, lambda *words: begun.append(words)))
        status, headers, *more = begun[-1]
        if "application/json" in environ.get("HTTP_ACCEPT", "") and ANSWER in body:
            body = json.dumps(_read(ElementTree.fromstring(body), whole=True)).encode()
            kept = [(n, v) for n, v in headers if n.lower() not in REPLACED]
            headers = [*kept, ("Content-Type", "application/json"),
                       ("Content-Length", str(len(body)))]  # fmt: skip
        start_response(status, headers, *more)
        return [body]


def _read(element: ElementTree.Element, whole: bool = False) -> Any:
    """Without namespaces: names to text, or to what lies within."""
    read = {_name(child): _read(child) for child in element} or (element.text or "").strip()
    return {_name(element): read} if whole else read


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
