"""One HTTP request and its answer: no proxy, no redirect, nothing kept open."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, Callable
from urllib.parse import urlsplit

from machines.agent.errors import Unreachable

TIMEOUT_SECONDS = 20
CHUNK_BYTES = 1 << 20
# X509_V_FLAG_PARTIAL_CHAIN of OpenSSL's x509_vfy.h: ssl names it since Python 3.10, and sets it by
# default since 3.13.
_PARTIAL_CHAIN = 0x80000


def trusting(
    file: str | None = None, text: str | None = None, certificate: str | None = None,
    key: str | None = None,
) -> ssl.SSLContext:  # fmt: skip
    """Of whom the authorities of a file or a text vouch for, asked with a client's certificate.

    An authority that another has signed is trusted by itself, as programs in Go do: the one above
    it vouches for more than the cluster, so nobody here has it.
    """
    context = ssl.create_default_context(cafile=file, cadata=text)
    context.verify_flags |= _PARTIAL_CHAIN
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


@contextmanager
def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | BinaryIO = b"",
    *,
    timeout: float = TIMEOUT_SECONDS,
    context: ssl.SSLContext | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """The answer, whose body is still to be read with `chunks`; Unreachable where there is none.

    body: of a file, headers say how long it is.
    """
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            parts.netloc, timeout=timeout, context=context or ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        try:
            connection.request(method, target, body=body or None, headers=dict(headers))
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{parts.netloc} does not answer: {words(error)}") from None
        yield answer
    finally:
        connection.close()


def chunks(
    answer: http.client.HTTPResponse,
    size: int = CHUNK_BYTES,
    in_time: Callable[[], None] = lambda: None,
) -> Iterator[bytes]:
    """The body, piece by piece as it comes; Unreachable when it breaks off.

    in_time: asked before each piece; raises when the time for all of it is over. A time limit of
    the connection is about one piece, and whoever sends drop by drop keeps it for ever.
    """
    left = answer.length  # None where the server does not say it
    # Up to Python 3.12 `read1` does not count what is left, and would wait for more than there is.
    while left is None or left > 0:
        in_time()
        try:
            piece = answer.read1(size if left is None else min(size, left))
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"the answer broke off: {words(error)}") from None
        if not piece:
            break
        if left is not None:
            left -= len(piece)
        yield piece
    if left:  # http.client takes an early end for the end when it is asked for pieces
        raise Unreachable(f"the answer broke off: {left} bytes are missing")


def words(error: Exception) -> str:
    return str(error) or type(error).__name__
