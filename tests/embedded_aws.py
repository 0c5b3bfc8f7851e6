"""An embedded AWS in the test's own process, for boto3 and providers over loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from local.aws.api import create_app
from tests.serving import serving


class _Quiet(MotoRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """A line per request would bury what a failing test prints."""


@contextmanager
def serving_aws(port: int = 0) -> Iterator[str]:
    """Its address, on a free port where none is named. `local.aws.api.forget` empties it."""
    server = make_server("127.0.0.1", port, create_app(), threaded=True, request_handler=_Quiet)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"
