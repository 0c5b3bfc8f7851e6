"""The load balancer of local machines: whom it takes, whom it leaves, and what it passes on."""

import asyncio
import contextlib
import json
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local.cluster import balancer_program
from local.cluster.balancer import LONGEST_PAUSE, listener, user_data
from local.cluster.balancer_program import Listener, Target
from local.machines.description import USER_DATA_BYTES
from tests.control_plane.pki import authority, signed
from tests.ports import free_port, silent_port

CHECK = {"path": "/readyz", "seconds": 0.02, "times": 2}


def apart(work: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: `asyncio.run` leaves its thread without an event loop, and the tests
    after these, which run the program, begin with the thread's own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How fast a server of these tests answers is not what is asked."""
    monkeypatch.setattr(balancer_program, "CONNECT_SECONDS", 60.0)


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    """Of a server whose authority the balancer does not know."""
    pair = signed(authority("stranger"), "a", server=True)
    (tmp_path / "a.pem").write_text(pair.certificate_pem + pair.key_pem, encoding="utf-8")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(tmp_path / "a.pem")
    return made


@contextlib.asynccontextmanager
async def server(context: ssl.SSLContext, said: dict[str, str]) -> AsyncIterator[str]:
    """Answers with the status that `said` has at the moment; its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        said["path"] = line.split()[1].decode()
        writer.write(f"HTTP/1.0 {said['status']} x\r\n\r\n{said['name']}".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as made:
        yield f"127.0.0.1:{made.sockets[0].getsockname()[1]}"


async def settled(made: Listener, times: int) -> None:
    for _ in range(times):
        await asyncio.gather(*(made._check(target) for target in made.targets.values()))


def test_only_who_is_ready_is_sent_to_and_all_are_where_nobody_is(context: ssl.SSLContext) -> None:
    one, two = {"status": "200", "name": "one"}, {"status": "500", "name": "two"}

    async def run() -> None:
        async with server(context, one) as first, server(context, two) as second:
            made = Listener({"port": 1, "targets": [], "health": CHECK})
            made.become({"port": 1, "targets": [first, second], "health": CHECK})
            await settled(made, 1)
            assert [made.targets[first].healthy, made.targets[second].healthy] == [True, None]
            assert one["path"] == "/readyz"
            assert {t.port for t in made.choose()} == {made.targets[first].port}
            one["status"] = "500"
            await settled(made, 1)
            assert made.targets[first].healthy is True, "once is not enough"
            await settled(made, 1)
            assert made.targets[first].healthy is False
            assert len(made.choose()) == 2, "none is healthy: all are tried"
            two["status"] = "200"
            await settled(made, 2)
            assert [t.port for t in made.choose()] == [made.targets[second].port]

    apart(run())


def test_who_stays_keeps_its_health_and_who_goes_is_forgotten() -> None:
    made = Listener({"port": 1, "targets": [], "health": CHECK})
    made.become({"port": 1, "targets": ["a:1", "b:1"], "health": CHECK})
    made.targets["a:1"].noted(True, 2)
    made.become({"port": 1, "targets": ["a:1", "c:1"], "health": CHECK})
    assert {name: t.healthy for name, t in made.targets.items()} == {"a:1": True, "c:1": None}
    with silent_port() as port:
        assert not apart(Target(f"127.0.0.1:{port}").ask("/")), "nobody listens"


@pytest.fixture
def balancing(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """The program as its machine runs it: its configuration, and the port that is asked for."""
    file = tmp_path / "balancer.json"
    program = subprocess.Popen([sys.executable, "-I", balancer_program.__file__, str(file)])
    try:
        yield file, free_port()
    finally:
        program.terminate()
        program.wait()


def test_bytes_pass_in_both_directions_to_a_target_that_is_told_later(
    context: ssl.SSLContext, balancing: tuple[Path, int]
) -> None:
    file, port = balancing
    ready = {"status": "200", "name": "the target"}

    async def run() -> None:
        async with server(context, ready) as address:
            row: dict[str, Any] = {"port": port, "targets": [address], "health": CHECK}
            file.write_text(json.dumps({"listeners": [row]}), encoding="utf-8")
            assert "the target" in await asked(port)

    apart(run())


async def asked(port: int) -> str:
    """Through the balancer, which does not open TLS."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    deadline = time.monotonic() + 120
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
            continue
        writer.write(b"GET /some/path HTTP/1.0\r\n\r\n")
        said = (await reader.read()).decode()
        writer.close()
        return said


def test_its_machine_is_started_with_the_program_whole() -> None:
    text = user_data()
    assert len(text.encode()) <= USER_DATA_BYTES
    assert Path(balancer_program.__file__).read_text(encoding="utf-8") in text
    assert "ExecStart=/usr/bin/python3 -I /opt/balancer.py /etc/balancer.json" in text


def test_a_listener_asks_as_its_target_group_says_and_more_often() -> None:
    group = {"HealthCheckPath": "/readyz", "HealthCheckIntervalSeconds": 10,
             "UnhealthyThresholdCount": 3}  # fmt: skip
    made = listener(443, group, ("b:1", "a:1"))
    assert made["targets"] == ["a:1", "b:1"]
    assert made["health"] == {"path": "/readyz", "seconds": LONGEST_PAUSE, "times": 3}
