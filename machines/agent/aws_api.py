"""The few calls of AWS that a machine makes while it boots, by the standard library alone.

Each is tried again on throttling, on AWS's own errors and where nobody answers, a bounded number
of times, with exponential back-off and full jitter. No error shows a credential or an answer.
"""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Callable, TypeVar
from urllib.parse import urlsplit
from xml.etree import ElementTree

from machines.agent.answers import error_of, xml_of
from machines.agent.clock import Clock, pause
from machines.agent.errors import AgentError, AwsError, Unreachable
from machines.agent.metadata import Metadata
from machines.agent.sigv4 import encoded, query_text, signed_headers
from machines.agent.transport import TIMEOUT_SECONDS, chunks, exchange

ATTEMPTS = 8
BASE_SECONDS, MOST_SECONDS = 0.2, 10.0
ERROR_BYTES = 65_536  # of an answer that is no success; more is not read
VERSIONS = {"ec2": "2016-11-15", "autoscaling": "2011-01-01"}
THROTTLED = frozenset({
    "BandwidthLimitExceeded", "ConditionalRequestConflict", "EC2ThrottledException",
    "PriorRequestNotComplete", "RequestLimitExceeded", "RequestThrottled",
    "RequestThrottledException", "RequestTimeout", "RequestTimeoutException", "SlowDown",
    "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException",
})  # fmt: skip
SKEWED = "RequestTimeTooSkewed"  # S3's, by more than 15 minutes; others say both times themselves
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
NO_QUERY: Mapping[str, str] = {}
T = TypeVar("T")


@dataclass(frozen=True)
class Region:
    """Where AWS is found. endpoints: service to URL, where one is not at its usual name."""

    name: str
    dns_suffix: str
    endpoints: Mapping[str, str]
    s3_path_style: bool = False

    def url(self, service: str, bucket: str = "") -> str:
        """Without the path. A bucket with a dot in its name fits no certificate of S3's."""
        url = self.endpoints.get(service, f"https://{service}.{self.name}.{self.dns_suffix}")
        if not bucket:
            return url
        if self.in_path(bucket):
            return f"{url}/{bucket}"
        parts = urlsplit(url)
        return f"{parts.scheme}://{bucket}.{parts.netloc}"

    def in_path(self, bucket: str) -> bool:
        return self.s3_path_style or "." in bucket


class Aws:
    """The calls, with the credentials of the machine's role."""

    def __init__(self, region: Region, metadata: Metadata, clock: Clock) -> None:
        self.metadata, self._region, self._clock = metadata, region, clock

    def ec2(self, action: str, parameters: Mapping[str, str]) -> ElementTree.Element:
        return self._query("ec2", action, parameters)

    def autoscaling(self, action: str, parameters: Mapping[str, str]) -> ElementTree.Element:
        return self._query("autoscaling", action, parameters)

    def ssm(self, action: str, parameters: Mapping[str, object]) -> dict[str, Any]:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AmazonSSM.{action}",
        }
        body = json.dumps(parameters).encode()

        def attempt() -> bytes:
            with self._send("ssm", action, "POST", "/", headers, body) as answer:
                return b"".join(self._pieces(answer))

        try:
            found = json.loads(self._again(attempt))
        except ValueError:  # whose words quote what could not be read
            found = None
        if not isinstance(found, dict):
            raise Unreachable(f"ssm {action}: the answer is not JSON")
        return found

    def download(self, bucket: str, key: str, take: Callable[[Iterator[bytes]], T]) -> T:
        """What `take` makes of the object; it is begun anew when the answer breaks off."""

        def attempt() -> T:
            with self._send("s3", f"GetObject {key}", "GET", f"/{key}", {}, b"", bucket) as answer:
                return take(self._pieces(answer))

        return self._again(attempt)

    def put_new(self, bucket: str, key: str, body: bytes) -> bool:
        """Write the object unless there is one. False also where a lost answer had written it."""
        headers = {"If-None-Match": "*", "Content-Type": "application/json"}

        def attempt() -> bool:
            with self._send("s3", f"PutObject {key}", "PUT", f"/{key}", headers, body, bucket) as a:
                b"".join(self._pieces(a))
            return True

        return self._unless_there(attempt)

    def read(self, bucket: str, key: str) -> tuple[bytes, str]:
        """A small object, and the tag by which S3 knows this content of it."""

        def attempt() -> tuple[bytes, str]:
            with self._send("s3", f"GetObject {key}", "GET", f"/{key}", {}, b"", bucket) as answer:
                return b"".join(self._pieces(answer)), answer.headers.get("ETag") or ""

        return self._again(attempt)

    def put_over(self, bucket: str, key: str, body: bytes, tag: str) -> bool:
        """Write over the content of this tag. False where it is another by now, also where a lost
        answer had written it."""
        headers = {"If-Match": tag, "Content-Type": "application/json"}

        def attempt() -> bool:
            with self._send("s3", f"PutObject {key}", "PUT", f"/{key}", headers, body, bucket) as a:
                b"".join(self._pieces(a))
            return True

        return self._unless_there(attempt)

    def put_new_file(self, bucket: str, key: str, path: Path, digest: str) -> bool:
        """As `put_new`, of a file: S3 refuses it unless it has this SHA-256."""
        headers = {
            "If-None-Match": "*",
            "Content-Type": "application/octet-stream",
            "Content-Length": str(path.stat().st_size),
        }

        def attempt() -> bool:
            with path.open("rb") as file, self._send(
                "s3", f"PutObject {key}", "PUT", f"/{key}", headers, file, bucket, digest=digest
            ) as answer:  # fmt: skip
                b"".join(self._pieces(answer))
            return True

        return self._unless_there(attempt)

    def keys(self, bucket: str, prefix: str, after: str = "") -> list[str]:
        """Keys with this prefix in their order, those after `after` alone."""
        found: list[str] = []
        asked = {"list-type": "2", "prefix": prefix, **({"start-after": after} if after else {})}

        def attempt() -> bytes:
            what = f"ListObjectsV2 {prefix}"
            with self._send("s3", what, "GET", "/", {}, b"", bucket, asked) as answer:
                return b"".join(self._pieces(answer))

        while True:
            page = xml_of(self._again(attempt))
            if page is None:
                raise Unreachable(f"s3 ListObjectsV2 {prefix}: the answer is not XML")
            found += [row.text or "" for row in page.iterfind("Contents/Key")]
            if page.findtext("IsTruncated") != "true" or not found:
                return found
            asked["start-after"] = found[-1]

    def has_object(self, bucket: str, key: str) -> bool:
        """By listing: to who may not list, S3 answers 403 where there is none, as where it
        refuses."""
        return key in self.keys(bucket, key)

    def _unless_there(self, attempt: Callable[[], bool]) -> bool:
        try:
            return self._again(attempt)
        except AwsError as error:
            if error.status == 412:
                return False
            raise

    def _query(
        self, service: str, action: str, parameters: Mapping[str, str]
    ) -> ElementTree.Element:
        form = {**parameters, "Action": action, "Version": VERSIONS[service]}
        body = "&".join(f"{encoded(n)}={encoded(v)}" for n, v in sorted(form.items())).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

        def attempt() -> bytes:
            with self._send(service, action, "POST", "/", headers, body) as answer:
                return b"".join(self._pieces(answer))

        found = xml_of(self._again(attempt))
        if found is None:
            raise Unreachable(f"{service} {action}: the answer is not XML")
        return found

    @contextmanager
    def _send(
        self,
        service: str,
        action: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | BinaryIO,
        bucket: str = "",
        query: Mapping[str, str] = NO_QUERY,
        digest: str = "",
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer when it is a success; AwsError otherwise. digest: of a body that is a file."""
        credentials = self.metadata.credentials()
        url = self._region.url(service, bucket)
        parts = urlsplit(url)
        signed = signed_headers(
            method, parts.path.rstrip("/") + path, query, {**headers, "Host": parts.netloc},
            body if isinstance(body, bytes) else b"", credentials, region=self._region.name,
            service=service, time=self._clock.now().strftime("%Y%m%dT%H%M%SZ"), digest=digest,
        )  # fmt: skip
        target = encoded(path, "/") + (f"?{query_text(query)}" if query else "")
        with exchange(method, url.rstrip("/") + target, signed, body) as answer:
            if answer.status // 100 == 2:
                yield answer
                return
            said = b""
            try:
                for piece in self._pieces(answer):
                    said += piece
                    if len(said) >= ERROR_BYTES:
                        break
            except Unreachable:  # the status alone is an answer
                pass
            code, message = error_of(said)
            code = code or http.client.responses.get(answer.status, "no reason")
            if code == SKEWED:
                here, there = self._clock.now(), answer.headers.get("Date")
                message = f"this machine's clock has {here:%Y-%m-%d %H:%M:%S} UTC, AWS's {there}"
            hide = credentials.hide
            raise AwsError(f"{service} {action}", answer.status, hide(code), hide(message))

    def _pieces(self, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        """AgentError, which is not tried again here, when the time of the boot is over before the
        answer is whole. What comes at once is heard even then."""
        until = max(self._clock.until, self._clock.uptime() + TIMEOUT_SECONDS)

        def in_time() -> None:
            if self._clock.uptime() >= until:
                raise AgentError("AWS answers too slowly: the answer is not whole in time")

        return chunks(answer, in_time=in_time)

    def _is_over(self) -> bool:
        return self._clock.uptime() >= self._clock.until

    def _may_pass(self, error: AgentError) -> bool:
        """Whether another try may help."""
        if not isinstance(error, AwsError):
            return True
        if error.code in EXPIRED:
            self.metadata.forget_credentials()
            return True
        return error.status >= 500 or error.status == 429 or error.code in THROTTLED

    def _again(self, attempt: Callable[[], T]) -> T:
        for number in range(1, ATTEMPTS):
            try:
                return attempt()
            except (Unreachable, AwsError) as error:
                if not self._may_pass(error) or self._is_over():
                    raise
            self._clock.sleep(pause(number, base=BASE_SECONDS, most=MOST_SECONDS))
        return attempt()


def numbered(prefix: str, values: Mapping[str, str]) -> dict[str, str]:
    """EC2's filters by tag, in the form of its query protocol."""
    found = {}
    for number, (name, value) in enumerate(sorted(values.items()), start=1):
        found[f"{prefix}.{number}.Name"] = f"tag:{name}"
        found[f"{prefix}.{number}.Value.1"] = value
    return found


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
