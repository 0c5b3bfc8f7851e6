"""API servers that cannot be reached, hang, trickle or are none: an error, within a time."""

import socket
import time
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from local.kubernetes.connection import Limits
from tests.local.tls.engine_side import EngineSide
from tests.ports import silent_port

from .conftest import CONFIG_MAP, PATIENT, details
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
BOUND_SECONDS = 60  # the limits of the tests are below 1 s; the rest is for a busy machine
NO_CONNECTION = replace(PATIENT, connect_seconds=0.4)
NO_ANSWER = replace(PATIENT, answer_seconds=0.6)


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
    ("limits", "behaviour", "fault"),
    [
        (NO_CONNECTION, None, "cannot be reached: no connection within 0.4 s"),
        (NO_ANSWER, never_answers, "did not answer within 0.6 s"),
        (NO_ANSWER, answers_a_byte_at_a_time, "did not answer within 0.6 s"),
        (PATIENT, breaks_off, "broke off its answer: IncompleteRead"),
        (PATIENT, is_something_else,
         "answered with status 200 and no JSON object, so it is no Kubernetes"),
        (PATIENT, sends_elsewhere, "answered with status 302 and no JSON object"),
    ],
)  # fmt: skip
def test_a_server_that_behaves_badly(
    kubernetes: EngineSide, limits: Limits, tmp_path: Path, behaviour: Behaviour | None, fault: str
) -> None:
    with bad_server(tmp_path, behaviour) as server:
        said = error_of(kubernetes, server.kubeconfig())

    assert f"{server.url} {fault}" in said


def test_nobody_listens(kubernetes: EngineSide, server: Server) -> None:
    with silent_port() as port:
        there = f"https://127.0.0.1:{port}"
        said = error_of(kubernetes, server.kubeconfig(cluster={"server": there}))

    assert f"https://127.0.0.1:{port} cannot be reached: Connection refused. Run this from" in said
    assert "apply them from inside the network" in said


@pytest.mark.parametrize("limits", [NO_CONNECTION])
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


@pytest.mark.parametrize("limits", [NO_CONNECTION])
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
