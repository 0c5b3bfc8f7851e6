"""The readiness script, run by bash against an API server on loopback and an aws CLI of our own.

What it proves: the calls, their order, their credentials and what the operator reads. Not that the
image's systemd starts it, nor that AWS takes the answer.
"""

import json
import os
import ssl
import stat
import subprocess
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from machines.node_ready import DONE, SCRIPT, SETTINGS, UNIT, node_ready_parts, script_text
from machines.user_data import render_multipart
from tests.local.kubernetes.certificates import authority, signed
from tests.quick_yaml import loaded
from tests.serving import serving
from tests.tools.cloud_init import check_cloud_config, read_user_data
from tests.tools.shell import check_script, require, source_environment

pytestmark = pytest.mark.uncounted
TOKEN = "k8s-aws-v1.c2VjcmV0LW9mLXRoZS1ub2Rl"
NODE = "ip-10-0-0-7.ap-northeast-1.compute.internal"
READY = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "posting"}
NOT_READY = {
    "type": "Ready", "status": "False", "reason": "KubeletNotReady",
    "message": "container runtime network not ready: cni plugin not initialized",
}  # fmt: skip
PRESSURE = {"type": "MemoryPressure", "status": "True", "reason": "x", "message": "x"}
FAKE_AWS = """\
#!/bin/bash
printf '%s\\n' "$*" >>"$CALLS"
if [[ $1 == eks ]]; then
  [[ -e $FOLDER/no-token ]] && { echo 'Unable to locate credentials.' >&2; exit 253; }
  echo '{"kind": "ExecCredential", "status": {"token": "TOKEN"}}'
  exit 0
fi
left=$(cat "$FOLDER/refusals" 2>/dev/null || echo 0)
if ((left > 0)); then
  echo $((left - 1)) >"$FOLDER/refusals"
  cat "$FOLDER/refusal" >&2
  exit 254
fi
""".replace("TOKEN", TOKEN)
FAKE_JOURNAL = """\
#!/bin/bash
printf 'said by %s with token k8s-aws-v1.aaaa and X-Amz-Signature=bbbb end\\n' "${@: -1}"
"""


@dataclass
class ApiServer:
    """What the API and the metadata service answer; asked: (method, path, whether authorized)."""

    conditions: list[list[dict]] = field(default_factory=list)  # one a poll, the last repeated
    user: str = f"system:node:{NODE}"
    status: int = 200
    node_status: int = 200
    asked: list[tuple[str, str, bool]] = field(default_factory=list)
    held_until: threading.Event | None = None  # who is looked at while it asks

    def answer(self, method: str, path: str, authorized: bool) -> tuple[int, dict]:
        self.asked.append((method, path, authorized))
        if self.held_until is not None:
            self.held_until.wait(8)  # less than curl has
        if not authorized:
            return 401, {"message": "Unauthorized"}
        if self.status != 200:
            return self.status, {"message": "told so by the test"}
        if path.endswith("selfsubjectreviews"):
            return 201, {"status": {"userInfo": {"username": self.user}}}
        if self.node_status != 200:
            return self.node_status, {"message": "nodes are hidden"}
        now = self.conditions.pop(0) if len(self.conditions) > 1 else self.conditions[0]
        return 200, {"status": {"conditions": now}}


class Metadata:
    """IMDSv2: no token, no answer."""

    def answer(self, method: str, path: str, token: str) -> tuple[int, str]:
        if method == "PUT" and path == "/latest/api/token":
            return 200, "imds-token"
        if token == "imds-token" and path == "/latest/meta-data/instance-id":
            return 200, "i-0123456789abcdef0"
        return 401, ""


@dataclass(frozen=True)
class Machine:
    """A folder that stands for a machine, and the two servers that it asks."""

    folder: Path
    api: ApiServer
    settings: dict[str, str]

    @property
    def console(self) -> str:
        file = self.folder / "console"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    @property
    def done(self) -> bool:
        return (self.folder / "state" / "done").exists()

    def completions(self) -> list[str]:
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith("autoscaling ")]

    def forget(self) -> None:
        """What an earlier run has said and done."""
        for name in ("console", "calls"):
            (self.folder / name).unlink(missing_ok=True)
        self.api.asked.clear()

    def run(self, seconds: float, **changes: str) -> subprocess.CompletedProcess[str]:
        """Boot has been `seconds` less than the time limit ago."""
        limit = int(float(Path("/proc/uptime").read_text().split()[0]) + seconds)
        file = self.folder / "settings.env"
        settings = {**self.settings, "HEIIKI_TIMEOUT_SECONDS": str(limit), **changes}
        file.write_text("".join(f"export {k}='{v}'\n" for k, v in settings.items()))
        (self.folder / "calls").touch()
        return subprocess.run(
            ["bash", str(self.folder / "node-ready.sh"), str(file)],
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                 "CALLS": str(self.folder / "calls"), "FOLDER": str(self.folder)},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip


def _server(answer, context: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = answer(self.command, self.path, self.headers)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PUT = _any

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


@pytest.fixture
def machine(tmp_path):
    require("bash", "curl", "jq")
    ca, api = authority("ca"), ApiServer([[READY]])
    pair = signed(ca, "server")
    (tmp_path / "server.pem").write_text(pair.key_pem + pair.certificate_pem)
    (tmp_path / "ca.crt").write_text(ca.certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")

    def kubernetes(method, path, headers):
        status, body = api.answer(method, path, headers.get("Authorization") == f"Bearer {TOKEN}")
        return status, json.dumps(body)

    servers = [
        _server(kubernetes, context),
        _server(lambda m, p, h: Metadata().answer(m, p, h.get("X-aws-ec2-metadata-token", ""))),
    ]
    (tmp_path / "bin").mkdir()
    for name, text in (("aws", FAKE_AWS), ("journalctl", FAKE_JOURNAL)):
        file = tmp_path / "bin" / name
        file.write_text(text)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "node-ready.sh").write_text(script_text())
    told = Machine(
        tmp_path, api,
        {
            "HEIIKI_CLUSTER_NAME": "dev", "HEIIKI_REGION": "ap-northeast-1",
            "HEIIKI_API_SERVER_ENDPOINT": f"https://127.0.0.1:{servers[0].server_port}",
            "HEIIKI_CA_FILE": str(tmp_path / "ca.crt"), "HEIIKI_GROUP_NAME": "dev-workers",
            "HEIIKI_HOOK_NAME": "ready", "HEIIKI_POLL_SECONDS": "0.1",
            "HEIIKI_METADATA": f"http://127.0.0.1:{servers[1].server_port}",
            "HEIIKI_CONSOLE": str(tmp_path / "console"),
            "HEIIKI_DONE_FILE": str(tmp_path / "state" / "done"),
        },
    )  # fmt: skip
    with serving(servers[0]), serving(servers[1]):
        yield told


COMPLETED = (
    "autoscaling complete-lifecycle-action --region ap-northeast-1 --auto-scaling-group-name "
    "dev-workers --lifecycle-hook-name ready --instance-id i-0123456789abcdef0 "
    "--lifecycle-action-result {} --cli-connect-timeout 5 --cli-read-timeout 20"
)


def test_a_ready_node_ends_its_machines_wait(machine):
    machine.api.conditions = [[PRESSURE, READY]]
    ended = machine.run(60)
    assert ended.returncode == 0, ended.stderr
    assert machine.completions() == [COMPLETED.format("CONTINUE")]
    assert machine.console == "heiiki: the node is Ready\n" and machine.done
    assert machine.api.asked == [
        ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", True),
        ("GET", f"/api/v1/nodes/{NODE}", True),
    ]


def test_a_node_that_is_ready_late_is_waited_for(machine):
    machine.api.conditions = [[], [PRESSURE, NOT_READY], [PRESSURE, NOT_READY], [READY]]
    assert machine.run(60).returncode == 0
    assert machine.completions() == [COMPLETED.format("CONTINUE")]
    assert len([a for a in machine.api.asked if a[0] == "GET"]) == 4


def gave_up(machine, seconds: float = 0, **changes: str) -> str:
    """The last line on the console of a machine that gave itself up, with nothing secret there."""
    ended = machine.run(seconds, **changes)
    assert ended.returncode == 1
    assert machine.completions() == [COMPLETED.format("ABANDON")] and not machine.done
    assert TOKEN not in ended.stdout + ended.stderr + machine.console
    reason = machine.console.splitlines()[-1]
    assert reason.startswith("heiiki: gave up ") and " s after boot: " in reason
    return reason.split(" s after boot: ")[1]


def test_a_node_that_is_never_ready_says_why_on_the_console(machine):
    machine.api.conditions = [[NOT_READY]]
    for seconds in (2, 20, 100):  # a busy machine may ask but once in the first
        machine.forget()
        reason = gave_up(machine, seconds)
        asked = [a for a in machine.api.asked if a[0] == "GET"]
        if len(asked) > 1:
            break
    assert len(asked) > 1, "again and again, while there is time"
    assert reason == (
        f"node {NODE} is not Ready: False KubeletNotReady: container runtime network not ready: "
        "cni plugin not initialized"
    )
    lines = machine.console.splitlines()
    assert lines[:2] == [
        "heiiki: last words of nodeadm-config:",
        "said by --unit=nodeadm-config with token (token) and X-Amz-Signature=(left out) end",
    ]
    units = [line.split()[-1] for line in lines if "last words" in line]
    assert units == ["nodeadm-config:", "nodeadm-run:", "containerd:", "kubelet:"]


@pytest.mark.parametrize(
    ("user", "status", "node_status", "reason"),
    [
        ("", 401, 200, "the Kubernetes API does not know this machine's role (401): the role has "
         "no access entry"),
        ("dev-admin", 200, 200, "the Kubernetes API takes this machine for 'dev-admin', which is "
         "no node: see its access entry"),
        (f"system:node:{NODE}", 200, 404, "the node is not registered (404): see the kubelet's "
         "words"),
        (f"system:node:{NODE}", 200, 403, "the Kubernetes API answers 403: nodes are hidden"),
        (f"system:node:{NODE}", 500, 200, "the Kubernetes API answers 500: told so by the test"),
    ],
)  # fmt: skip
def test_each_refusal_of_the_api_has_its_own_words(machine, user, status, node_status, reason):
    machine.api.user, machine.api.status = user, status
    machine.api.node_status = node_status
    assert gave_up(machine) == reason


def test_an_api_with_another_certificate_gets_no_answer_believed(machine):
    (machine.folder / "ca.crt").write_text(authority("another").certificate_pem)
    assert gave_up(machine).startswith("the Kubernetes API does not answer: curl: (60) SSL")
    assert machine.api.asked == []


def test_an_api_that_does_not_listen_is_named(machine):
    reason = gave_up(machine, HEIIKI_API_SERVER_ENDPOINT="https://127.0.0.1:1")
    assert reason.startswith("the Kubernetes API does not answer: curl: (7)")


def test_a_machine_without_credentials_says_so(machine):
    (machine.folder / "no-token").touch()
    assert gave_up(machine) == "there is no token for the cluster: Unable to locate credentials. "
    assert machine.api.asked == []


def refuse(machine, times: int, words: str) -> None:
    (machine.folder / "refusals").write_text(str(times))
    (machine.folder / "refusal").write_text(words)


def test_a_call_that_fails_is_made_again(machine):
    refuse(machine, 2, "Connect timeout on endpoint URL")
    assert machine.run(60, HEIIKI_POLL_SECONDS="1").returncode == 0
    assert machine.completions() == [COMPLETED.format("CONTINUE")] * 3 and machine.done


def test_a_role_that_may_not_complete_the_hook_is_named_on_the_console(machine):
    denied = "AccessDenied: not authorized to perform: autoscaling:CompleteLifecycleAction"
    refuse(machine, 99, denied)
    ended = machine.run(2, HEIIKI_POLL_SECONDS="1")
    assert ended.returncode == 1 and not machine.done
    assert machine.console.splitlines()[-1].endswith(
        f"the Auto Scaling group could not be told CONTINUE: {denied}"
    )


NO_ACTION = "ValidationError: No active Lifecycle Action found with instance ID i-0123456789abcdef0"


def test_a_machine_that_is_faster_than_its_group_asks_again(machine):
    refuse(machine, 3, NO_ACTION)
    assert machine.run(60, HEIIKI_POLL_SECONDS="0").returncode == 0
    assert machine.completions() == [COMPLETED.format("CONTINUE")] * 4
    assert machine.console == "heiiki: the node is Ready\n"


def test_a_machine_that_nothing_waits_for_is_left_in_peace(machine):
    refuse(machine, 99, NO_ACTION)
    assert machine.run(60, HEIIKI_POLL_SECONDS="0").returncode == 0
    assert len(machine.completions()) == 6 and machine.done
    assert machine.console.startswith("heiiki: no launch of this machine waits for it\n")


def test_a_machine_without_metadata_says_so_and_calls_nobody(machine):
    ended = machine.run(0, HEIIKI_METADATA="http://127.0.0.1:1")
    assert ended.returncode == 1 and machine.completions() == []
    assert "the instance's metadata does not answer: curl: (7)" in machine.console


def test_the_token_is_no_argument_of_any_process(machine):
    """Whoever is on a machine sees the arguments of its processes."""
    machine.api.conditions = [[NOT_READY]]
    seen: set[str] = set()
    caught, ended = threading.Event(), threading.Event()
    machine.api.held_until = caught

    def look() -> None:
        while not ended.is_set():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue
            if any("selfsubjectreviews" in line for line in seen):
                caught.set()
            time.sleep(0.002)

    thread = threading.Thread(target=look)
    thread.start()
    machine.run(2)
    ended.set()
    thread.join()
    assert any("selfsubjectreviews" in line for line in seen), "curl was seen at its work"
    assert not any(TOKEN in line for line in seen)


PARTS = {
    "cluster_name": "dev", "region": "ap-northeast-1",
    "api_server_endpoint": "https://ABC.gr7.ap-northeast-1.eks.amazonaws.com/",
    "group_name": "dev-ap-northeast-1-workers", "hook_name": "ready", "timeout_seconds": 900,
}  # fmt: skip


@pytest.mark.tools
def test_the_script_is_clean_and_the_service_is_started_without_waiting():
    check_script(script_text())
    config, start = (part.content for part in node_ready_parts(**PARTS))
    check_cloud_config(config)
    check_script(start)
    assert f"systemctl enable --now --no-block {UNIT}" in start


@pytest.mark.tools
def test_cloud_init_writes_what_the_service_reads():
    config, _ = read_user_data(render_multipart(node_ready_parts(**PARTS)).encode())
    files = {f["path"]: f["content"] for f in loaded(config.content)["write_files"]}
    assert list(files) == [SETTINGS, SCRIPT, f"/etc/systemd/system/{UNIT}"]
    assert files[SCRIPT] == script_text()
    assert f"ExecStart=/bin/bash {SCRIPT} {SETTINGS}\n" in files[f"/etc/systemd/system/{UNIT}"]
    assert f"ConditionPathExists=!{DONE}\n" in files[f"/etc/systemd/system/{UNIT}"]
    names = ["HEIIKI_API_SERVER_ENDPOINT", "HEIIKI_TIMEOUT_SECONDS", "HEIIKI_DONE_FILE"]
    assert list(source_environment(files[SETTINGS], names).values()) == [
        "https://ABC.gr7.ap-northeast-1.eks.amazonaws.com", "900", DONE,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group_name": "a b"}, "group_name must be letters, digits, '-' and '_'; got 'a b'"),
        ({"hook_name": ""}, "hook_name must be letters, digits, '-' and '_'; got ''"),
        ({"timeout_seconds": 7201}, "timeout_seconds must be a whole number from 1 to 7200; got "
         "'7201'"),
        ({"api_server_endpoint": "http://x"}, "api_server_endpoint must be a URL such as "
         "https://ABC.gr7.eu-west-1.eks.amazonaws.com; got 'http://x'"),
    ],
)  # fmt: skip
def test_settings_that_no_node_could_use_are_refused(change, message):
    with pytest.raises(ValueError) as caught:
        node_ready_parts(**{**PARTS, **change})
    assert str(caught.value) == message
