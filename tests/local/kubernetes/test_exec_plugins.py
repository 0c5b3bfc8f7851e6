"""Exec plugins: run as they stand, within a time, their answer kept for as long as it holds."""

import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from local.kubernetes.provider import create_servicer
from local.processes import is_held
from tests.local.machines.traces import wait_until
from tests.local.tls.engine_side import EngineSide, engine_side

from .api import Asked
from .conftest import CONFIG_MAP, PATIENT, details
from .server import TOKEN, USER, Server

V1 = "client.authentication.k8s.io/v1"
INPUTS = {"metadata": {"name": "a"}}


class Plugin:
    """A program that answers as told and notes how it was run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answer(status={"token": TOKEN})

    def answer(self, **credential: Any) -> None:
        said = {"apiVersion": V1, "kind": "ExecCredential", **credential}
        (self.folder / "said.json").write_text(json.dumps(said))

    def user(self, *args: str, program: str | None = None, **more: Any) -> dict[str, Any]:
        file = self.folder / "plugin.py"
        file.write_text(program or _PROGRAM)
        words = {"command": sys.executable, "args": [str(file), str(self.folder), *args]}
        return {"exec": {"apiVersion": V1, "interactiveMode": "Never", **words, **more}}

    def runs(self) -> list[dict[str, Any]]:
        return [json.loads(file.read_text()) for file in sorted(self.folder.glob("run-*"))]


_PROGRAM = """
import json, os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
run = {"args": sys.argv[2:], "env": dict(os.environ)}
(folder / f"run-{time.time_ns()}").write_text(json.dumps(run))
print((folder / "said.json").read_text())
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    folder = tmp_path / "plugin"
    folder.mkdir()
    return Plugin(folder)


def ready(kubernetes: EngineSide, server: Server, user: dict[str, Any]) -> EngineSide:
    kubernetes.configure(kubeconfig=server.kubeconfig(user))
    return kubernetes


def test_a_plugin_is_run_once_with_its_words_and_variables(
    kubernetes: EngineSide, server: Server, plugin: Plugin
) -> None:
    words = ("--region", "$(touch nothing); `id`")
    user = plugin.user(*words, env=[{"name": "AWS_PROFILE", "value": "p"}])

    ready(kubernetes, server, user).create(CONFIG_MAP, INPUTS)

    (run,) = plugin.runs()
    assert tuple(run["args"]) == words
    assert run["env"]["AWS_PROFILE"] == "p"
    assert json.loads(run["env"]["KUBERNETES_EXEC_INFO"]) == {
        "apiVersion": V1,
        "kind": "ExecCredential",
        "spec": {"interactive": False},
    }
    assert len(server.api.asked) > 1
    assert {asked.headers["authorization"] for asked in server.api.asked} == {f"Bearer {TOKEN}"}


def test_a_plugin_that_wants_the_cluster_is_told_it(
    kubernetes: EngineSide, server: Server, plugin: Plugin
) -> None:
    ready(kubernetes, server, plugin.user(provideClusterInfo=True)).create(CONFIG_MAP, INPUTS)

    (run,) = plugin.runs()
    cluster = json.loads(run["env"]["KUBERNETES_EXEC_INFO"])["spec"]["cluster"]
    assert cluster["server"] == server.url
    assert cluster.keys() == {"server", "certificate-authority-data"}


def test_a_plugin_may_answer_with_a_certificate(
    kubernetes: EngineSide, server: Server, plugin: Plugin
) -> None:
    plugin.answer(
        status={
            "clientCertificateData": server.client.certificate_pem,
            "clientKeyData": server.client.key_pem,
        }
    )

    ready(kubernetes, server, plugin.user()).create(CONFIG_MAP, INPUTS)

    assert {asked.user for asked in server.api.asked} == {USER}


def test_credentials_that_ran_out_are_asked_for_anew(
    kubernetes: EngineSide, server: Server, plugin: Plugin
) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    plugin.answer(status={"token": TOKEN, "expirationTimestamp": soon})
    side = ready(kubernetes, server, plugin.user())
    side.create(CONFIG_MAP, INPUTS)
    assert len(plugin.runs()) == len(server.api.asked) > 1

    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    plugin.answer(status={"token": TOKEN, "expirationTimestamp": later})
    before = len(plugin.runs())
    side.create(CONFIG_MAP, {"metadata": {"name": "b"}})
    assert len(plugin.runs()) == before + 1


def test_credentials_that_the_server_refuses_are_asked_for_anew(
    kubernetes: EngineSide, server: Server, plugin: Plugin
) -> None:
    plugin.answer(status={"token": "of-yesterday"})
    side = ready(kubernetes, server, plugin.user())
    with pytest.raises(grpc.RpcError, match="it does not know who asks"):
        side.create(CONFIG_MAP, INPUTS)
    assert len(plugin.runs()) == 2

    plugin.answer(status={"token": TOKEN})
    side.create(CONFIG_MAP, INPUTS)
    assert len(plugin.runs()) == 3


def test_a_plugin_is_found_beside_the_kubeconfig(
    kubernetes: EngineSide, server: Server, plugin: Plugin
) -> None:
    script = plugin.folder / "get-token"
    script.write_text(f'#!/bin/sh\nexec cat "{plugin.folder}/said.json"\n')
    script.chmod(0o700)
    user = {"exec": {"apiVersion": V1, "command": "./get-token"}}
    config = plugin.folder / "config"
    config.write_text(server.kubeconfig(user))

    kubernetes.configure(kubeconfig=str(config))
    kubernetes.create(CONFIG_MAP, INPUTS)

    assert {asked.user for asked in server.api.asked} == {"by-token"}


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("print('token hunter2')", "did not answer with an ExecCredential in JSON"),
        ("print('[\"hunter2\"]')", "did not answer with an ExecCredential in JSON"),
        (
            'print(\'{"kind": "ExecCredential", "apiVersion": "x", "status": {"token": "t"}}\')',
            "did not answer in client.authentication.k8s.io/v1, as the kubeconfig says",
        ),
        (
            f'print(\'{{"kind": "ExecCredential", "apiVersion": "{V1}", "status": {{}}}}\')',
            "answered with neither a token nor a client certificate and its key",
        ),
        (
            f'print(\'{{"kind": "ExecCredential", "apiVersion": "{V1}", "status": '
            '{"token": "hunter2\\\\n"}}\')',
            "holds characters that none has, such as a line break",
        ),
        ("import sys; sys.exit('hunter2')", "ended with exit code 1; run it by hand"),
    ],
)
def test_a_plugin_that_fails_is_told_without_what_it_said(
    kubernetes: EngineSide, server: Server, plugin: Plugin, program: str, reason: str
) -> None:
    side = ready(kubernetes, server, plugin.user(program=program, installHint="get it at work"))

    with pytest.raises(grpc.RpcError) as caught:
        side.create(CONFIG_MAP, INPUTS)

    assert reason in details(caught)
    assert "hunter2" not in details(caught)
    assert server.api.asked == []


def test_a_plugin_that_is_not_there_is_told_with_its_hint(
    kubernetes: EngineSide, server: Server
) -> None:
    user = {
        "exec": {"apiVersion": V1, "command": "no-such-plugin", "installHint": "install it first"}
    }

    with pytest.raises(grpc.RpcError) as caught:
        ready(kubernetes, server, user).create(CONFIG_MAP, INPUTS)

    said = details(caught)
    assert "exec plugin no-such-plugin cannot be run: No such file or directory" in said
    assert said.endswith("install it first")


CHILD = """
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("begun", file=lock, flush=True)
time.sleep(150)
"""
NEVER_ENDS = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {CHILD!r}, sys.argv[1] + "/child"])
"""


def test_a_plugin_that_does_not_end_is_ended_with_its_children(
    server: Server, plugin: Plugin
) -> None:
    child, began = plugin.folder / "child", time.monotonic()
    for seconds in (1, 5, 30):  # on a busy machine its child has not begun in the first
        with (
            engine_side(create_servicer(replace(PATIENT, exec_seconds=seconds))) as side,
            pytest.raises(grpc.RpcError) as caught,
        ):
            ready(side, server, plugin.user(program=NEVER_ENDS)).create(CONFIG_MAP, INPUTS)
        assert f"did not answer within {seconds} s" in details(caught)
        if child.exists() and child.read_text() == "begun\n":
            break
    else:
        pytest.fail("its child has never begun")
    wait_until(lambda: not is_held(child))
    assert not is_held(child)
    assert time.monotonic() - began < 140, "nobody waited for the child to end by itself"


def test_a_plugin_is_not_run_for_a_preview(
    kubernetes: EngineSide, server: Server, plugin: Plugin
) -> None:
    side = ready(kubernetes, server, plugin.user())

    side.preview(CONFIG_MAP, INPUTS)
    assert plugin.runs() == []
    side.create(CONFIG_MAP, INPUTS)
    assert len(plugin.runs()) == 1


def test_a_token_changes_nothing_of_what_is_asked(
    kubernetes: EngineSide, server: Server, plugin: Plugin
) -> None:
    """The answer of a plugin goes into one header and nowhere else."""

    def look(asked: Asked) -> None:
        assert TOKEN not in asked.path and TOKEN not in str(asked.query) + str(asked.body)

    server.api.before = look
    made = ready(kubernetes, server, plugin.user()).create(CONFIG_MAP, INPUTS)

    assert TOKEN not in str(made)
