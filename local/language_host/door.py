"""Lets a client go on to another server by itself, once that one listens.

A call that is handed on is served, read, asked anew and answered in Python: half a millisecond of
processor time, and a preview asks a policy pack twice about every resource. So the port belongs to
a door that passes bytes. It leads to the stand-in at first, later to the pack, and those who are
still with the stand-in then are asked to connect anew, by the frame that HTTP/2 has for it.

A call that meets that frame on its way is made again by the client's library, unless it is larger
than what that keeps for it (gRPC's retry buffer, 256 KiB): then it is lost. So a move comes before
large calls: the engine waits for a pack's rules when it starts, and has nothing else under way.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Final

_HOST = "127.0.0.1"
_HEAD = 9  # bytes before what a frame carries (RFC 9113, 4.1)
_TYPE = 3  # the byte that says what a frame is
_CONTINUATION = 9
# "No new calls on this connection, please", and every call under way is still answered: the first
# of the two that a server sends which shuts down in peace (RFC 9113, 6.8).
GOAWAY: Final = bytes.fromhex("000008 07 00 00000000 7fffffff 00000000")


class Door:
    """Listens on `port`; leads to the port `first` until `lead_to` names another."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._then: int | None = None
        self._moved = threading.Event()
        self._listener = socket.create_server((_HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def lead_to(self, port: int) -> None:
        """New connections lead there; those to the first are asked to be made anew."""
        self._then = port
        self._moved.set()

    def close(self) -> None:
        """Takes no more connections. Those that there are end with either end of theirs."""
        with contextlib.suppress(OSError):  # that wakes who waits for one, and is no error
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        then = self._then
        with (
            client,
            contextlib.suppress(OSError),  # nobody listens there: the client hears it at once
            socket.create_connection((_HOST, then or self._first)) as server,
        ):
            back = bytes if then else Farewell(self._moved)
            answers = threading.Thread(target=_pass, args=(server, client, back), daemon=True)
            answers.start()
            _pass(client, server, bytes)
            answers.join()


class Farewell:
    """What a server says, with one GOAWAY between two of its frames as soon as that is due."""

    def __init__(self, due: threading.Event) -> None:
        self._due = due
        self._begun = self._said = False
        self._kept = b""  # of a frame that has not come whole

    def __call__(self, data: bytes) -> bytes:
        if self._said:
            return data
        self._kept += data
        passed = b""
        while not self._said and (frame := self._next()):
            # A server's first frame is its settings, and a block of headers comes in one piece.
            if self._due.is_set() and self._begun and frame[_TYPE] != _CONTINUATION:
                self._said = True
                return passed + GOAWAY + frame + self._kept
            self._begun = True
            passed += frame
        return passed

    def _next(self) -> bytes:
        """The next whole frame, or nothing."""
        end = _HEAD + int.from_bytes(self._kept[:_TYPE], "big")
        if len(self._kept) < end:
            return b""
        frame, self._kept = self._kept[:end], self._kept[end:]
        return frame


def _pass(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
    """All that comes, until either end is gone; then neither waits for the other."""
    with contextlib.suppress(OSError):
        target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := source.recv(65536):
            target.sendall(change(data))
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
