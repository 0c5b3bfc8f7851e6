"""heiiki's first stage: fetch the bundle that is named here by its digest, and run its agent.

cloud-init runs this once. It installs itself as a service and ends; that fetches, verifies and
unpacks the bundle, and becomes the agent, at every boot with what is there. Many may read user
data: nothing in it is secret.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from machines.agent.sigv4 import Credentials, encoded, signed_headers

SETTINGS: dict[str, Any] = {}
FOLDER, UNIT = "/opt/heiiki", "/etc/systemd/system/heiiki-agent.service"
PROGRAM = FOLDER + "/first-stage.py"
MOST_BYTES, TIMEOUT = 64 << 20, 20
UNIT_TEXT = f"""\
[Unit]
Description=Boot this machine by heiiki's bundle
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=/usr/bin/python3 -I {PROGRAM} boot
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=3
RemainAfterExit=yes

[Install]
WantedBy=multi-user.target
"""


class Failed(Exception):
    """Another try may succeed."""


def say(text: str) -> None:
    line = f"heiiki-agent: {text[:300]}\n"
    with suppress(OSError):
        print(line, end="", flush=True)
    with suppress(OSError), open(SETTINGS["console"], "a") as console:
        console.write(line)


def ask(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The answer's body, when it is a success; AWS's code of the error otherwise, not its words."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT)
    try:
        connection.request(method, parts.path, body=body or None, headers=headers)
        answer = connection.getresponse()
        said = whole(answer)
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"{parts.netloc} does not answer: {error}") from None
    finally:
        connection.close()
    if answer.status != 200:
        code = said.partition(b"<Code>")[2].partition(b"</Code>")[0].decode(errors="replace")
        more = " (no active lifecycle action)" if b"No active Lifecycle" in said else ""
        if code == "RequestTimeTooSkewed":
            here = time.strftime("%F %T", time.gmtime())
            more = f" (this machine's clock has {here} UTC, AWS's {answer.headers['Date']})"
        raise Failed(f"{parts.netloc}{parts.path} answers {answer.status} {code}{more}")
    return said


def whole(answer: http.client.HTTPResponse) -> bytes:
    """A connection's time limit is about each piece."""
    said, until = b"", max(SETTINGS.get("until", 0), time.monotonic() + TIMEOUT)
    while piece := answer.read1(MOST_BYTES - len(said)):
        said += piece
        if answer.length != 0 and time.monotonic() >= until:
            raise OSError(f"{answer.length} bytes came too late")
    return said


def metadata(path: str) -> str:
    """By a token, as version 2 asks."""
    address = SETTINGS["metadata"] + "/latest/"
    token = ask("PUT", address + "api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    return ask("GET", address + path, {"X-aws-ec2-metadata-token": token.decode()}).decode()


def aws(service: str, method: str, url: str, body: bytes = b"", kind: str = "") -> bytes:
    """A call with the credentials of the machine's role. url: its path is not encoded."""
    folder = "meta-data/iam/security-credentials/"
    try:
        found = json.loads(metadata(folder + metadata(folder).split()[0]))
        credentials = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["Token"])
    except (ValueError, KeyError, IndexError):
        raise Failed("the machine's role has no credentials yet") from None
    parts = urlsplit(url)
    headers = {"Host": parts.netloc, **({"Content-Type": kind} if kind else {})}
    signed = signed_headers(
        method, parts.path, {}, headers, body, credentials, region=SETTINGS["region"],
        service=service, time=time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
    )  # fmt: skip
    return ask(method, url, signed, body)


def fetch() -> bytes:
    """The bundle, or Failed unless its digest is the one that is named here."""
    content = aws("s3", "GET", SETTINGS["bundleUrl"])
    found = hashlib.sha256(content).hexdigest()
    if found != SETTINGS["sha256"]:
        raise Failed(f"the bundle has digest {found}, not {SETTINGS['sha256']}")
    return content


def unpack(content: bytes, folder: str) -> None:
    """Whole or not at all; plain files below the folder alone."""
    beside = folder + ".new"
    shutil.rmtree(beside, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            parts = member.name.split("/")
            file = archive.extractfile(member) if member.isreg() else None
            if file is None or not all(parts) or {".", ".."} & set(parts):
                raise Failed(f"the bundle holds {member.name!r}, which is no plain file in it")
            path = os.path.join(beside, *parts)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as target:
                shutil.copyfileobj(file, target)
            os.chmod(path, member.mode & 0o755)
    os.sync()
    os.rename(beside, folder)
    os.sync()


def again(seconds: float) -> str:
    """Fetch and unpack, with back-off, until it is there; the reason when the time is over."""
    folder, until, attempt = f"{FOLDER}/{SETTINGS['sha256']}", time.monotonic() + seconds, 0
    SETTINGS["until"] = until
    while not os.path.isdir(folder):
        attempt += 1
        try:
            unpack(fetch(), folder)
        except (Failed, OSError, tarfile.TarError, EOFError) as error:
            if time.monotonic() >= until:
                return str(error)
            if attempt in (1, 5, 25):
                say(f"the bundle is tried again: {error}")
            time.sleep(random.uniform(0, min(30.0, 0.5 * 2 ** min(attempt, 10))))
    return ""


def abandon() -> None:
    """Tell the group, if one waits, that it need not."""
    if SETTINGS["signal"] is None:
        return
    try:
        form = {
            "Action": "CompleteLifecycleAction", "Version": "2011-01-01",
            "AutoScalingGroupName": SETTINGS["signal"]["group"],
            "LifecycleHookName": SETTINGS["signal"]["hook"],
            "InstanceId": metadata("meta-data/instance-id"), "LifecycleActionResult": "ABANDON",
        }  # fmt: skip
        body = "&".join(f"{encoded(name)}={encoded(form[name])}" for name in sorted(form))
        kind = "application/x-www-form-urlencoded; charset=utf-8"
        aws("autoscaling", "POST", SETTINGS["autoscalingUrl"], body.encode(), kind)
        say("gave up; the group was told ABANDON")
    except (Failed, OSError) as error:
        say(f"gave up; the group could not be told: {error}")


def install() -> None:
    """What cloud-init waits for: files and two commands."""
    os.makedirs(FOLDER, exist_ok=True)
    shutil.copyfile(__file__, PROGRAM)
    with open(UNIT, "w") as unit:
        unit.write(UNIT_TEXT)
    os.sync()
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    name = os.path.basename(UNIT)
    subprocess.run(["systemctl", "enable", "--now", "--no-block", name], check=True)


def main() -> int:
    if sys.argv[1:] != ["boot"]:
        install()
        return 0
    began, up = time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME)
    if reason := again(SETTINGS["deadlineSeconds"]):
        say(f"first-stage failed after {time.monotonic() - began:.1f} s: {reason}")
        abandon()
        return 1
    say(f"first-stage done in {time.monotonic() - began:.1f} s")
    folder = f"{FOLDER}/{SETTINGS['sha256']}"
    with suppress(FileNotFoundError):
        os.unlink(f"{FOLDER}/current.new")
    os.symlink(folder, f"{FOLDER}/current.new")
    os.replace(f"{FOLDER}/current.new", f"{FOLDER}/current")
    agent = [f"{folder}/agent.pyz", "run", "--config", f"{folder}/agent.json", "--began", f"{up}"]
    os.execv(sys.executable, [sys.executable, "-I", *agent])


if __name__ == "__main__":
    sys.exit(main())
