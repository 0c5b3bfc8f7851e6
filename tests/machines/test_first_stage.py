"""The first stage as it is rendered, run by Python as cloud-init and systemd would run it.

What it proves: what it asks of AWS and of systemd, what it leaves on the disk, and what an operator
reads. Not that systemd keeps it running.
"""

import ast
import gzip
import importlib
import io
import json
import os
import re
import socket
import subprocess
import tarfile
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local.aws.api import forget
from machines.bundle import Head, render_bundle
from machines.bundle_files import BundleFile
from machines.first_stage import FirstStage, render_first_stage
from machines.user_data import USER_DATA_MAX_BYTES
from tests.embedded_aws import serving_aws
from tests.machines.agent.imds import serving_imds
from tests.machines.agent.interpreter import interpreter
from tests.machines.agent.waiting_group import GROUP, HOOK, REGION, client, waiting_group
from tests.machines.values import assert_golden
from tests.serving import serving
from tests.tools.cloud_init import read_user_data
from tests.tools.shell import require

BUCKET = "dev-cluster"
SIGNAL = {"group": GROUP, "hook": HOOK}
TOLD = FirstStage(REGION, "amazonaws.com", BUCKET, "a" * 64, SIGNAL)
OWNER = f"{os.getuid()}:{os.getgid()}"


def test_it_is_far_below_what_user_data_holds():
    text = render_first_stage(TOLD)
    assert len(text.encode()) < USER_DATA_MAX_BYTES * 0.7
    longest = FirstStage(
        REGION, "amazonaws.com", "b" * 63, "a" * 64, {"group": "g" * 128, "hook": "h" * 128}
    )
    assert len(render_first_stage(longest).encode()) < USER_DATA_MAX_BYTES * 0.75


def test_the_same_values_give_the_same_bytes():
    other = FirstStage(REGION, "amazonaws.com", BUCKET, "a" * 64, dict(reversed(SIGNAL.items())))
    assert render_first_stage(TOLD) == render_first_stage(other)


def test_it_is_as_it_was_reviewed():
    assert_golden("first_stage", render_first_stage(TOLD))


def test_it_is_python_of_the_image_and_of_the_standard_library():
    tree = ast.parse(render_first_stage(TOLD), feature_version=(3, 9))
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {"hashlib", "http.client", "tarfile"} <= names
    assert not any(name.startswith(("machines", "boto", "yaml")) for name in names)


@pytest.mark.tools
def test_cloud_init_takes_it_for_one_script():
    text = render_first_stage(TOLD)
    (part,) = read_user_data(text.encode())
    assert part.content_type == "text/x-shellscript" and part.content.decode() == text


def test_it_names_the_bundle_where_s3_of_the_region_has_it():
    text = render_first_stage(TOLD)
    settings = json.loads(ast.literal_eval(re.search(r"json\.loads\(\s*('.*')\s*\)", text)[1]))
    assert settings["bundleUrl"] == (
        f"https://dev-cluster.s3.ap-northeast-1.amazonaws.com/bundles/{'a' * 64}.tar.gz"
    )
    assert settings["autoscalingUrl"] == "https://autoscaling.ap-northeast-1.amazonaws.com/"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bundle_sha256": "A" * 64}, "bundle_sha256 must be 64 lowercase hexadecimal digits"),
        ({"bucket": "a/b"}, "bucket must be letters, digits"),
        ({"region": "here"}, "region must be a region's code name"),
        ({"signal": {"group": "g"}}, "signal must have group and hook"),
        ({"signal": {"group": "g'", "hook": "h"}}, "signal.group must be letters"),
        ({"console": "/dev/\nconsole"}, "console must be one non-empty line"),
        ({"deadline_seconds": 0}, "deadline_seconds must be a whole number"),
    ],
)
def test_what_cannot_be_written_is_named(changes, words):
    values = {name: getattr(TOLD, name) for name in TOLD.__slots__}
    with pytest.raises(ValueError, match=re.escape(words)):
        render_first_stage(FirstStage(**{**values, **changes}))


@pytest.fixture(scope="module")
def address():
    with serving_aws() as url:
        yield url


class Boot:
    """A folder that stands for a machine, an AWS, and a systemctl that writes what it is told."""

    def __init__(self, folder: Path, address: str, imds: str) -> None:
        self.folder, self.address, self.imds = folder, address, imds
        (folder / "bin").mkdir()
        (folder / "units").mkdir()
        systemctl = folder / "bin" / "systemctl"
        systemctl.write_text(f'#!/bin/sh\necho "$*" >>{folder}/systemctl.log\n')
        systemctl.chmod(0o755)
        forget()
        self.s3 = client(address, "s3")
        self.s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )

    def bundle(self, *steps: dict, files=()):
        endpoints = dict.fromkeys(("s3", "ssm", "ec2", "autoscaling"), self.address)
        head = Head(
            "dev", "etcd-1a", REGION, "amazonaws.com", None, 60, endpoints, True, self.imds,
            str(self.folder / "console"),
        )  # fmt: skip
        return render_bundle(head, steps, files=files)

    def put(self, bundle, content: bytes | None = None) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=bundle.key, Body=content or bundle.content)

    def script(self, sha256: str, *, deadline_seconds: int = 60, signal=None) -> Path:
        endpoints = dict.fromkeys(("s3", "autoscaling"), self.address)
        text = render_first_stage(
            FirstStage(
                REGION, "amazonaws.com", BUCKET, sha256, signal, endpoints, True, self.imds,
                str(self.folder / "console"), deadline_seconds,
            )
        )  # fmt: skip
        text = text.replace("/opt/heiiki", str(self.folder / "opt"))
        text = text.replace("/etc/systemd/system", str(self.folder / "units"))
        state = f'"run", "--state", "{self.folder / "state"}", "--config"'
        assert text.count('"run", "--config"') == 1
        text = text.replace('"run", "--config"', state)
        path = self.folder / "part-001"
        path.write_text(text)
        return path

    def run(self, script: Path, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [interpreter(), "-I", str(script), *arguments], capture_output=True, text=True,
            timeout=300, env={"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin"},
        )  # fmt: skip

    @property
    def console(self) -> str:
        path = self.folder / "console"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def boot(tmp_path, address):
    with serving_imds() as imds:
        yield Boot(tmp_path, address, imds.address)


def test_cloud_init_waits_for_files_and_two_commands_only(boot):
    script = boot.script("a" * 64)  # of a bundle that is not there: nothing is fetched yet
    ended = boot.run(script)
    assert ended.returncode == 0, ended.stderr
    assert (boot.folder / "opt/first-stage.py").read_text() == script.read_text()
    unit = (boot.folder / "units/heiiki-agent.service").read_text()
    assert f"ExecStart=/usr/bin/python3 -I {boot.folder}/opt/first-stage.py boot\n" in unit
    assert "Restart=on-failure\n" in unit and "WantedBy=multi-user.target\n" in unit
    assert (boot.folder / "systemctl.log").read_text().splitlines() == [
        "daemon-reload", "enable --now --no-block heiiki-agent.service",
    ]  # fmt: skip
    assert boot.console == ""


def test_the_service_fetches_the_bundle_and_becomes_its_agent(boot):
    target = boot.folder / "written"
    bundle = boot.bundle(
        {"step": "wait-for", "command": ["true"]},
        files=[BundleFile(str(target), b"x", owner=OWNER)],
    )
    boot.put(bundle)
    ended = boot.run(boot.script(bundle.sha256), "boot")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert target.read_bytes() == b"x"
    lines = boot.console.splitlines()
    shown = [re.sub(r"in [\d.]+ s", "in N s", line) for line in lines]
    assert shown == [
        "heiiki-agent: first-stage done in N s",
        "heiiki-agent: write-files begins", "heiiki-agent: write-files done in N s",
        "heiiki-agent: wait-for begins", "heiiki-agent: wait-for done in N s",
        "heiiki-agent: every step is done",
    ]  # fmt: skip
    current = boot.folder / "opt/current"
    assert current.resolve() == (boot.folder / "opt" / bundle.sha256).resolve()
    ask = [str(current / "agent.pyz"), "status", "--state", str(boot.folder / "state")]
    status = subprocess.run([interpreter(), *ask], capture_output=True, text=True, timeout=300)
    assert [s["state"] for s in json.loads(status.stdout)["steps"]] == ["done", "done"]


def test_after_a_boot_it_goes_on_with_what_is_there(boot):
    bundle = boot.bundle({"step": "wait-for", "command": ["true"]})
    boot.put(bundle)
    script = boot.script(bundle.sha256)
    assert boot.run(script, "boot").returncode == 0
    forget()  # S3 is gone
    assert boot.run(script, "boot").returncode == 0
    assert boot.console.count("first-stage done") == 2


def test_what_a_killed_first_stage_left_is_made_anew(boot):
    bundle = boot.bundle({"step": "wait-for", "command": ["true"]})
    boot.put(bundle)
    left = boot.folder / "opt" / f"{bundle.sha256}.new" / "agent.pyz"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    assert boot.run(boot.script(bundle.sha256), "boot").returncode == 0
    assert not left.exists()


def test_a_bundle_with_another_digest_is_not_run(boot):
    bundle = boot.bundle({"step": "wait-for", "command": ["true"]})
    boot.put(bundle, gzip.compress(b"another"))
    ended = boot.run(boot.script(bundle.sha256, deadline_seconds=1, signal=SIGNAL), "boot")
    assert ended.returncode == 1
    assert not (boot.folder / "opt" / bundle.sha256).exists()
    lines = boot.console.splitlines()
    assert f", not {bundle.sha256}" in lines[0]
    assert re.match(
        r"heiiki-agent: first-stage failed after [\d.]+ s: the bundle has digest", lines[-2]
    )
    assert lines[-1].startswith("heiiki-agent: gave up; the group could not be told: ")


def test_a_machine_that_gets_no_bundle_ends_the_wait_of_its_group(boot):
    machines = waiting_group(boot.address)
    ((first, _),) = machines()
    with serving_imds() as imds:
        imds.instance_id, boot.imds = first, imds.address
        ended = boot.run(boot.script("b" * 64, deadline_seconds=1, signal=SIGNAL), "boot")
    assert ended.returncode == 1
    assert boot.console.splitlines()[-1] == "heiiki-agent: gave up; the group was told ABANDON"
    assert [machine for machine, _ in machines()] != [first]


def test_nothing_secret_is_said_when_it_fails(boot):
    ended = boot.run(boot.script("b" * 64, deadline_seconds=1), "boot")
    said = boot.console + ended.stdout + ended.stderr
    assert "404 NoSuchKey" in said
    assert "secret-of-the-role" not in said and "token-of-the-role" not in said


class Skewed(BaseHTTPRequestHandler):
    """S3, to whose clock the machine's is an hour ahead."""

    def do_GET(self):
        self.send_response_only(403)
        self.send_header("Date", "Sun, 29 Nov 2026 07:00:00 GMT")
        self.end_headers()
        self.wfile.write(b"<Error><Code>RequestTimeTooSkewed</Code></Error>")

    def log_message(self, *_):
        pass


def test_a_clock_that_is_wrong_is_told_beside_aws_s(boot):
    """No call succeeds until it is set; the image's own time service does that meanwhile."""
    server = HTTPServer(("127.0.0.1", 0), Skewed)
    boot.address = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        ended = boot.run(boot.script("b" * 64, deadline_seconds=1), "boot")
    assert ended.returncode == 1
    assert re.search(
        r"answers 403 RequestTimeTooSkewed \(this machine's clock has 20\d\d-\d\d-\d\d "
        r"\d\d:\d\d:\d\d UTC, AWS's Sun, 29 Nov 2026 07:00:00 GMT\)\n",
        boot.console,
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../outside", tarfile.REGTYPE), ("/outside", tarfile.REGTYPE),
        ("a/../../outside", tarfile.REGTYPE), ("link", tarfile.SYMTYPE),
        ("hard", tarfile.LNKTYPE), ("device", tarfile.CHRTYPE), ("folder", tarfile.DIRTYPE),
    ],
)  # fmt: skip
def test_an_archive_that_reaches_out_of_its_folder_is_not_unpacked(tmp_path, name, kind):
    from machines import first_stage_program

    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for entry_name, entry_kind in (("good", tarfile.REGTYPE), (name, kind)):
            entry = tarfile.TarInfo(entry_name)
            entry.type, entry.linkname = entry_kind, "/etc/passwd"
            archive.addfile(entry, io.BytesIO(b""))
    with pytest.raises(first_stage_program.Failed, match="which is no plain file in it"):
        first_stage_program.unpack(file.getvalue(), str(tmp_path / "in" / "bundle"))
    assert not (tmp_path / "in" / "bundle").exists()
    assert {p.name for p in tmp_path.rglob("*")} <= {"in", "bundle.new", "good"}


# The program in this process: the same code, so that every branch of it is counted.


class Replaced(Exception):
    """In place of becoming the agent."""


@pytest.fixture
def program(boot, monkeypatch):
    """The program with the folders of a test, settings, and a clock without pauses."""
    program = importlib.import_module("machines.first_stage_program")
    told = FirstStage(
        REGION, "amazonaws.com", BUCKET, "b" * 64, SIGNAL,
        dict.fromkeys(("s3", "autoscaling"), boot.address), True, boot.imds,
        str(boot.folder / "console"), 3,
    )  # fmt: skip
    text = render_first_stage(told)
    settings = json.loads(ast.literal_eval(re.search(r"json\.loads\(\s*('.*')\s*\)", text)[1]))
    monkeypatch.setattr(program, "SETTINGS", settings)
    monkeypatch.setattr(program, "FOLDER", str(boot.folder / "opt"))
    monkeypatch.setattr(program, "PROGRAM", str(boot.folder / "opt/first-stage.py"))
    monkeypatch.setattr(program, "UNIT", str(boot.folder / "units/heiiki-agent.service"))
    monkeypatch.setattr(program.random, "uniform", lambda least, most: 0.05)

    def become(path, arguments):
        raise Replaced(arguments)

    monkeypatch.setattr(program.os, "execv", become)
    return program


def test_the_program_becomes_the_agent_of_its_bundle(boot, program, monkeypatch):
    bundle = boot.bundle({"step": "wait-for", "command": ["true"]})
    boot.put(bundle)
    url = program.SETTINGS["bundleUrl"].replace("b" * 64, bundle.sha256)
    program.SETTINGS.update(sha256=bundle.sha256, bundleUrl=url)
    monkeypatch.setattr(program.sys, "argv", ["first-stage.py", "boot"])
    up = time.clock_gettime(time.CLOCK_BOOTTIME)
    for _ in range(2):
        with pytest.raises(Replaced) as became:
            program.main()
        (arguments,) = became.value.args
        assert arguments[1:] == [
            "-I", str(boot.folder / "opt" / bundle.sha256 / "agent.pyz"), "run", "--config",
            str(boot.folder / "opt" / bundle.sha256 / "agent.json"), "--began", arguments[-1],
        ]  # fmt: skip
        assert up <= float(arguments[-1]) <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert (boot.folder / "opt/current").is_symlink()


def test_the_program_gives_up_in_its_time_and_says_why(boot, program, monkeypatch):
    monkeypatch.setattr(program.sys, "argv", ["first-stage.py", "boot"])
    program.SETTINGS["deadlineSeconds"] = 0.5
    assert program.main() == 1
    assert "404 NoSuchKey" in boot.console and "(no active lifecycle action)" not in boot.console
    assert boot.console.splitlines()[-1].startswith("heiiki-agent: gave up; the group could not")
    waiting_group(boot.address)
    program.abandon()
    assert boot.console.splitlines()[-1].endswith("(no active lifecycle action)")
    program.SETTINGS["signal"] = None
    before = boot.console
    program.abandon()
    assert boot.console == before


def test_the_program_tells_the_group_that_waits(boot, program, monkeypatch):
    ((machine, _),) = waiting_group(boot.address)()
    asked = program.metadata
    monkeypatch.setattr(
        program, "metadata", lambda path: machine if path.endswith("instance-id") else asked(path)
    )
    program.abandon()
    assert boot.console.splitlines() == ["heiiki-agent: gave up; the group was told ABANDON"]


def test_the_program_installs_itself(boot, program, monkeypatch):
    monkeypatch.setattr(program.sys, "argv", ["part-001"])
    monkeypatch.setenv("PATH", str(boot.folder / "bin"), prepend=":")
    assert program.main() == 0
    assert (boot.folder / "opt/first-stage.py").exists()
    assert (boot.folder / "systemctl.log").read_text().count("\n") == 2


def test_the_program_says_what_it_cannot_reach(boot, program):
    program.SETTINGS["metadata"] = "http://127.0.0.1:1"
    with pytest.raises(program.Failed, match=r"127.0.0.1:1 does not answer: "):
        program.metadata("meta-data/instance-id")
    with pytest.raises(program.Failed, match="does not answer"):
        program.ask("GET", "https://127.0.0.1:1/", {})


@contextmanager
def dripping():
    """A server of a large object that sends a byte at a time, until it is heard no more."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            asked, _ = server.accept()
            with asked, suppress(OSError):
                asked.recv(65536)
                asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                for _ in range(6000):
                    asked.sendall(b"x")
                    time.sleep(0.01)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_a_bundle_that_comes_drop_by_drop_is_given_up_in_time(boot, program, monkeypatch):
    monkeypatch.setattr(program.sys, "argv", ["first-stage.py", "boot"])
    monkeypatch.setattr(program, "TIMEOUT", 0.5)
    with dripping() as url:
        program.SETTINGS.update(bundleUrl=f"{url}/bundle", deadlineSeconds=0.5)
        assert program.main() == 1
    failed = boot.console.splitlines()[-2]
    assert re.search(r"first-stage failed .* does not answer: \d+ bytes came too late$", failed)


@pytest.mark.parametrize("role", ["", "etcd-1a"])
def test_the_program_waits_for_credentials(boot, program, role):
    with serving_imds() as imds:
        program.SETTINGS["metadata"], imds.role, imds.credentials = imds.address, role, "{}"
        with pytest.raises(program.Failed, match="the machine's role has no credentials yet"):
            program.fetch()


@pytest.mark.tools
def test_systemd_reads_the_unit_without_a_word(boot):
    require("systemd-analyze")
    boot.run(boot.script("a" * 64))
    unit = boot.folder / "units/heiiki-agent.service"
    judged = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=300
    )
    said = [line for line in judged.stderr.splitlines() if "heiiki-agent" in line]
    assert judged.returncode == 0 and said == []
