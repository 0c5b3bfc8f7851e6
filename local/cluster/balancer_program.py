"""A network load balancer, on a machine of its own: `python3 balancer_program.py CONFIGURATION`.

The configuration is JSON and is read anew whenever it changes: listeners, each with a port, its
targets as host:port, and the path of their health check over HTTPS. A target is asked in turn and
is taken after as many good answers, left after as many bad ones, as the check says; while none is
healthy, all are tried, as AWS does. Connections are passed on byte by byte, and TLS is not opened.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import sys
from pathlib import Path
from typing import Any

LOOK_SECONDS = 0.25
CONNECT_SECONDS = 3.0
PIECE_BYTES = 65_536
# Made once, and without the system's authorities: to read them takes longer than to ask.
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE


class Target:
    """healthy: None while it was not asked often enough."""

    def __init__(self, address: str) -> None:
        self.host, _, port = address.rpartition(":")
        self.port = int(port)
        self.healthy: bool | None = None
        self._row: list[bool] = []

    def noted(self, good: bool, times: int) -> None:
        self._row = [*self._row, good][-times:]
        if self.healthy is None and good:
            self.healthy = True  # a new target is taken at its first good answer
        elif len(self._row) == times and len(set(self._row)) == 1:
            self.healthy = good

    async def ask(self, path: str) -> bool:
        """Whether it answers 200. Its certificate is not looked at, as AWS does not."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(self.host, self.port, ssl=CONTEXT)
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {self.host}\r\n\r\n".encode())
                words = (await reader.readline()).split()
                writer.close()
        except (OSError, TimeoutError):
            return False
        return len(words) > 1 and words[1] == b"200"


class Listener:
    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        self.targets: dict[str, Target] = {}
        self._next = 0

    def become(self, row: dict[str, Any]) -> None:
        """The same port with other targets; who is known keeps its health."""
        self.row = row
        self.targets = {a: self.targets.get(a) or Target(a) for a in row["targets"]}

    async def check(self) -> None:
        while True:
            checked = [self._check(target) for target in list(self.targets.values())]
            await asyncio.gather(*checked)
            await asyncio.sleep(self.row["health"]["seconds"])

    async def _check(self, target: Target) -> None:
        health = self.row["health"]
        target.noted(await target.ask(health["path"]), health["times"])

    def choose(self) -> list[Target]:
        """Whom to try, in turn."""
        there = list(self.targets.values())
        good = [target for target in there if target.healthy] or there
        self._next += 1
        start = self._next % len(good) if good else 0
        return good[start:] + good[:start]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for target in self.choose():
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    ends = await asyncio.open_connection(target.host, target.port)
            except (OSError, TimeoutError):
                continue
            await asyncio.gather(copy(reader, ends[1]), copy(ends[0], writer))
            return
        writer.close()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()


async def main(file: Path) -> None:
    listeners: dict[int, Listener] = {}
    tasks = []
    said = ""
    while True:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if text not in (said, ""):
            said = text
            for row in json.loads(text)["listeners"]:
                listener = listeners.get(row["port"])
                if listener is None:
                    listener = listeners[row["port"]] = Listener(row)
                    tasks.append(asyncio.create_task(listener.check()))
                    await asyncio.start_server(listener.serve, "0.0.0.0", row["port"])
                listener.become(row)
        await asyncio.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
