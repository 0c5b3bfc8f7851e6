"""How often the embedded AWS has been told to change something, for who follows what it has.

To read all of a VPC takes some thirty calls. Who asks first whether anything may have changed needs
one that costs nothing.
"""

import re
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

PATH = "/heiiki/changes"
# What AWS's APIs call questions, and uses of a key or a role, which change nothing that is read.
_ASKS = re.compile(r"Describe|Get|List|BatchGet|BatchCheck|Encrypt|Decrypt|GenerateDataKey|Assume")
_FORM = "application/x-www-form-urlencoded"
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")  # of the query protocol


class Counted:
    """Counts requests that may have changed something once they are answered. Its number is had at
    PATH. Requests come with a body that can be read again."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._number = 0
        self._lock = threading.Lock()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == PATH:
            said = str(self._number).encode()
            start_response("200 OK", [("Content-Type", "text/plain"),
                                      ("Content-Length", str(len(said)))])  # fmt: skip
            return [said]
        asks = only_asks(environ)
        try:
            return list(self._app(environ, start_response))
        finally:
            if not asks:
                with self._lock:
                    self._number += 1


def only_asks(environ: dict[str, Any]) -> bool:
    """By the name of the operation, or by the method where the request does not name one."""
    name = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    body = environ.get("wsgi.input")
    if environ.get("CONTENT_TYPE", "").startswith(_FORM) and isinstance(body, BytesIO):
        found = _ACTION.search(body.getvalue())
        name = found[1].decode() if found else name
    if name:
        return _ASKS.match(name) is not None
    return environ.get("REQUEST_METHOD") in ("GET", "HEAD")
