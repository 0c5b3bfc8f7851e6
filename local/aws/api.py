"""The embedded AWS: moto's server application with the extensions installed.

Everything lives in this process's memory, per account and region, and goes when it ends.
"""

import io
import os
from collections.abc import Callable, Iterable
from threading import RLock
from typing import Any

from moto.core.base_backend import BackendDict, backend_lock
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from local.aws.authorization.app import Authorized
from local.aws.changes import Counted
from local.aws.extensions import install_all
from local.aws.presigned import Presigned
from local.aws.unanswered import create_app_of

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
# moto reads these when it needs them. Set only where nothing is set.
SETTINGS = {
    # The extensions have the AWS managed policies, made when they are asked for.
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "false",
    # moto's 1285 images, each with a volume and a snapshot; the extensions have the EKS ones.
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    # Regions that botocore does not list yet are refused by AWS; here they would be a typing error.
    "MOTO_ALLOW_NONEXISTENT_REGION": "false",
}


def create_app() -> WsgiApp:
    """A WSGI application that answers as AWS does, for every service that moto knows.

    Serve it with a server that passes the undecoded path as RAW_URI (werkzeug's does): ARNs in
    paths carry encoded slashes. Threads are welcome; requests are answered one after another.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    install_all()
    application = Presigned(Authorized(DomainDispatcherApplication(create_app_of)))
    return NoBrowsers(OneAtATime(Counted(application)))


def forget() -> None:
    """Drop every record of every account, as a new process would begin. For tests.

    moto's own reset makes all backends anew first, only to drop them: seconds in place of none.
    """
    with backend_lock:
        for backends in list(BackendDict._instances):  # type: ignore[misc]
            backends.clear()
            # S3 keeps beside them whose a bucket's name is, and goes round in circles otherwise.
            getattr(backends, "bucket_accounts", {}).clear()
        BackendDict._instances.clear()  # type: ignore[misc]


class NoBrowsers:
    """Refuses what a web page sends: it may reach loopback, and here nobody asks for a password.

    A browser names the page's origin, and a page that rebinds its name to loopback its own host.
    """

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        host = str(environ.get("HTTP_HOST", "")).rsplit(":", 1)[0].strip("[]")
        page = environ.get("HTTP_ORIGIN") or environ.get("HTTP_SEC_FETCH_SITE")
        if page or not (host in LOOPBACK_HOSTS or host.endswith(".localhost")):
            start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
            return [
                b"The embedded AWS answers programs of this machine only, by its loopback address."
            ]
        return self._app(environ, start_response)


class OneAtATime:
    """moto's models are plain dicts that it iterates while other threads write: hence one lock.

    The lock is held while a request is answered, never while it is read from its sender, so a
    slow client stops nobody. moto's work holds the interpreter lock anyway. Whoever goes away
    before the end of a request has asked for nothing: the server drops the connection.
    """

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._lock = RLock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH")
        if length:
            body = environ["wsgi.input"].read(int(length))
            if len(body) < int(length):
                raise ConnectionError(f"{len(body)} of {length} bytes came")
            environ["wsgi.input"] = io.BytesIO(body)
        with self._lock:
            answer = self._app(environ, start_response)
            try:
                return list(answer)
            finally:
                close = getattr(answer, "close", None)
                if close is not None:
                    close()
