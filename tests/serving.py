"""Servers of the standard library that answer while a test needs them."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LOOK_SECONDS = 0.01  # by default they look twice a second whether they shall end, and tests wait


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Answers in a thread of its own until the block ends, and is closed then."""
    thread = threading.Thread(target=server.serve_forever, args=(LOOK_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
