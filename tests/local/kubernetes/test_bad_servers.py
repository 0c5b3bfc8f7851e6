"""API servers that cannot be reached, hang, trickle or are none: an error, within a time."""

import socket
import time
from pathlib import Path

import grpc
import pytest

from tests.local.tls.engine_side import EngineSide

from .conftest import CONFIG_MAP, details
from .server import (
    TOKEN,
    Behaviour,
    Server,
    answers_a_byte_at_a_time,
    bad_server,
    breaks_off,
    is_something_else,
    never_answers,
    sends_elsewhere,
)

INPUTS = {"metadata": {"name": "a"}}
BOUND_SECONDS = 4  # the limits of the tests add up to 1 s; the rest is for a busy machine


def error_of(kubernetes: EngineSide, kubeconfig: str) -> str:
    kubernetes.configure(kubeconfig=kubeconfig)
    began = time.monotonic()
    with pytest.raises(grpc.RpcError) as caught:
        kubernetes.create(CONFIG_MAP, INPUTS)
    assert time.monotonic() - began < BOUND_SECONDS
    said = details(caught)
    assert TOKEN not in said
    return said


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (None, "cannot be reached: no connection within 0.4 s"),
        (never_answers, "did not answer within 0.6 s"),
        (answers_a_byte_at_a_time, "did not answer within 0.6 s"),
        (breaks_off, "broke off its answer: IncompleteRead"),
        (is_something_else, "answered with status 200 and no JSON object, so it is no Kubernetes"),
        (sends_elsewhere, "answered with status 302 and no JSON object"),
    ],
)
def test_a_server_that_behaves_badly(
    kubernetes: EngineSide, tmp_path: Path, behaviour: Behaviour | None, fault: str
) -> None:
    with bad_server(tmp_path, behaviour) as server:
        said = error_of(kubernetes, server.kubeconfig())

    assert f"{server.url} {fault}" in said


def test_nobody_listens(kubernetes: EngineSide, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    said = error_of(kubernetes, server.kubeconfig(cluster={"server": f"https://127.0.0.1:{port}"}))

    assert f"https://127.0.0.1:{port} cannot be reached: Connection refused. Run this from" in said
    assert "apply them from inside the network" in said


def test_nobody_answers_the_call(kubernetes: EngineSide, server: Server) -> None:
    """A full queue of calls drops further ones, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for caller in waiting:
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))

        said = error_of(
            kubernetes, server.kubeconfig(cluster={"server": f"https://127.0.0.1:{port}"})
        )

        for caller in waiting:
            caller.close()
    assert "cannot be reached: no connection within 0.4 s" in said


def test_a_name_that_nobody_knows(
    kubernetes: EngineSide, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(host: str, *_: object) -> None:
        assert host == "nobody.test"
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    said = error_of(kubernetes, server.kubeconfig(cluster={"server": "https://nobody.test"}))

    assert "https://nobody.test cannot be reached: its name is not known here" in said


def test_a_plain_http_server(kubernetes: EngineSide, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        config = server.kubeconfig(
            cluster={"server": f"https://127.0.0.1:{plain.getsockname()[1]}"}
        )
        said = error_of(kubernetes, config)

    assert "no connection within 0.4 s" in said


def test_a_proxy_of_the_environment_has_no_say(
    kubernetes: EngineSide, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    kubernetes.configure(kubeconfig=server.kubeconfig())

    kubernetes.create(CONFIG_MAP, INPUTS)

    assert server.api.asked


def test_refresh_and_deletion_fail_the_same_way(
    cluster: EngineSide, server: Server, tmp_path: Path
) -> None:
    made = cluster.create(CONFIG_MAP, INPUTS)
    gone = server.kubeconfig(cluster={"server": "https://127.0.0.1:1"})
    cluster.configure(kubeconfig=gone)

    for step in (cluster.refresh, cluster.delete):
        with pytest.raises(grpc.RpcError, match="cannot be reached: Connection refused"):
            step(made)
