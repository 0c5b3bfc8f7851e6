"""A machine on a folder, and an AWS in this process that it calls over signed HTTP that stays here.

The agent's own code runs down to the request; what is asked is checked to be signed by the
machine's role. `Points` ends the agent at the n-th place where something leaves it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from machines.agent.aws_api import Aws, Region
from machines.agent.configuration import Configuration, parse
from machines.agent.errors import Unreachable
from machines.agent.journal import Journal
from machines.agent.machine import Console, Machine, Result
from machines.agent.metadata import Metadata
from machines.agent.run import run
from tests.machines.agent.host import Host
from tests.machines.agent.members import Members
from tests.machines.agent.strict_ec2 import Resource, StrictEc2

REGION = Region("ap-northeast-1", "amazonaws.com", {})
ME, ZONE = "i-0aaaaaaaaaaaaaaaa", "ap-northeast-1a"
OTHER = "i-0bbbbbbbbbbbbbbbb"
SECRET = "kept/apart/from/every/message/and/line42"
TOKEN = "session-token-that-nobody-may-read"


class Killed(BaseException):
    """As SIGKILL does, it is caught by nothing in the agent."""


@dataclass
class Points:
    """Counts the places where something leaves the agent, and kills at one of them."""

    kill_at: int = 0
    passed: int = 0
    names: list[str] = field(default_factory=list)

    def reach(self, name: str) -> None:
        self.passed += 1
        self.names.append(name)
        if self.passed == self.kill_at:
            raise Killed(name)


class FakeClock:
    """Time goes by when somebody sleeps, and a little at every look."""

    until = math.inf

    def __init__(self) -> None:
        self.seconds = 100.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        begin = datetime(2026, 11, 28, tzinfo=UTC)
        return begin + timedelta(seconds=self.seconds)

    def uptime(self) -> float:
        self.seconds += 0.001
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += max(seconds, 0.01)


@dataclass
class Answer:
    """What http.client gives, as far as the agent reads it."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        return len(self.body)

    def read1(self, size: int) -> bytes:
        piece, self.body = self.body[:size], self.body[size:]
        return piece


@dataclass
class World:
    """Everything outside the agent; it outlives it."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    points: Points = field(default_factory=Points)
    objects: dict[str, bytes] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    waits: bool = True
    early: int = 0  # how many calls the group does not wait yet
    log: list[str] = field(default_factory=list)
    refusals: list[tuple[str, int, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    members: Members = field(default_factory=Members)
    livez: int | None = 200  # what etcd says on the loopback; None: nothing, in time

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.host = Host(self.folder / "root")
        self.ec2 = StrictEc2(lambda: self.clock.seconds, attached=self._plug)
        self.ec2.instances = {ME: (ZONE, "running"), OTHER: (ZONE, "running")}
        (self.folder / "bundle").mkdir(exist_ok=True)

    def put_binary(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self.objects[f"carried-in/binaries/{digest}"] = content
        return digest

    def machine(self) -> Machine:
        """A new agent's, with the journal that the last one left."""
        clock = self.clock
        metadata = Metadata(clock)  # type: ignore[arg-type]
        return Machine(
            self.folder / "root", self.folder / "bundle", Aws(REGION, metadata, clock),  # type: ignore[arg-type]
            clock, _Commands(self), Console(self.folder / "console"),  # type: ignore[arg-type]
            Journal(self.folder / "state"),
        )  # fmt: skip

    def run(self, configuration: Configuration) -> int:
        return run(configuration, self.machine())

    @property
    def console(self) -> list[str]:
        path = self.folder / "console"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    @contextmanager
    def exchange(
        self, method: str, url: str, headers: dict[str, str], body: bytes = b"", **_: object
    ) -> Iterator[Answer]:
        """In the place of the network."""
        host = urlsplit(url).netloc
        name = host if host.startswith("169.") else f"{host} {method}"
        self.points.reach(f"before {name}")
        path, query = unquote(urlsplit(url).path), parse_qs(urlsplit(url).query)
        if host == "169.254.169.254":
            status, text = self._metadata(method, path, headers)
        elif host.startswith("127.0.0.1:"):
            if self.livez is None:
                raise Unreachable(f"{host} does not answer: timed out")
            status, text = self.livez, b""
        elif host.endswith(":2379"):
            status, text = self.members.answer(host, path, json.loads(body))
        elif query:
            status, text = self._listed(host.split(".")[0], query, headers)
        else:
            content = body if isinstance(body, bytes) else body.read()
            status, text = self._aws(host, method, path, headers, content)
        self.points.reach(f"after {name}")
        yield Answer(status, text, {"ETag": tag_of(text)} if method == "GET" else {})

    def _metadata(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        path = path.partition("/latest/")[2]
        if method == "PUT" and path == "api/token":
            assert headers["X-aws-ec2-metadata-token-ttl-seconds"]
            return 200, b"imds-token"
        if headers.get("X-aws-ec2-metadata-token") != "imds-token":
            return 401, b""
        role = "meta-data/iam/security-credentials/"
        until = (self.clock.now() + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
        credentials = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": SECRET, "Token": TOKEN,
                       "Expiration": until}  # fmt: skip
        known = {
            "meta-data/instance-id": ME, "meta-data/placement/availability-zone": ZONE,
            role: "etcd-1a\n", f"{role}etcd-1a": json.dumps(credentials),
        }  # fmt: skip
        return (200, known[path].encode()) if path in known else (404, b"")

    def _aws(
        self, host: str, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/")
        assert headers["X-Amz-Security-Token"] == TOKEN and SECRET not in str(headers)
        service = host.split(".")[-4] if host.count(".") > 3 else host.split(".")[0]
        form = {k: v[0] for k, v in parse_qs(body.decode(errors="replace")).items()}
        action = headers.get("X-Amz-Target", "").rpartition(".")[2] or form.get("Action", method)
        self.asked.append(action)
        for number, (refused, status, code) in enumerate(self.refusals):
            if refused == action:
                del self.refusals[number]
                if status == 0:
                    raise Unreachable("told so by the test")
                return status, f"<E><Code>{code}</Code><Message>by the test</Message></E>".encode()
        if service == "ec2":
            status, text = self.ec2.answer(form["Action"], form)
            return status, text.encode()
        if service == "autoscaling":
            return self._complete(form)
        if service == "ssm":
            return self._parameters(json.loads(body))
        bucket = host.split(".")[0]
        return self._object(f"{bucket}{path}", method, headers, body)

    def _complete(self, form: dict[str, str]) -> tuple[int, bytes]:
        if not self.waits or self.early > 0:
            self.early -= 1
            message = f"No active Lifecycle Action found with instance ID {form['InstanceId']}"
            return 400, f"<E><Code>ValidationError</Code><Message>{message}</Message></E>".encode()
        self.waits = False
        self.told.append(form["LifecycleActionResult"])
        return 200, b"<Answer/>"

    def _parameters(self, asked: dict[str, object]) -> tuple[int, bytes]:
        assert asked["WithDecryption"] is True
        found = [
            {"Name": name, "Value": value}
            for name, value in sorted(self.parameters.items())
            if name.rpartition("/")[0] == asked["Path"]
        ]
        begin = int(str(asked.get("NextToken", 0)))
        page: dict[str, object] = {"Parameters": found[begin : begin + 2]}  # two a page
        if begin + 2 < len(found):
            page["NextToken"] = str(begin + 2)
        return 200, json.dumps(page).encode()

    def _object(
        self, name: str, method: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        if method == "PUT":
            if name in self.objects and headers.get("If-None-Match") == "*":
                return 412, b"<Error><Code>PreconditionFailed</Code></Error>"
            if "If-Match" in headers and headers["If-Match"] != tag_of(self.objects.get(name)):
                return 412, b"<Error><Code>PreconditionFailed</Code></Error>"
            self.objects[name] = body
            self.log.append(f"put {name}")
            return 200, b""
        if name not in self.objects:
            return 404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"
        return 200, self.objects[name]

    def _listed(
        self, bucket: str, query: dict[str, list[str]], headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Two a page."""
        assert headers["X-Amz-Security-Token"] == TOKEN
        self.asked.append("ListObjectsV2")
        prefix, after = query["prefix"][0], query.get("start-after", [""])[0]
        keys = [key.partition("/")[2] for key in sorted(self.objects) if key.startswith(bucket)]
        keys = [key for key in keys if key.startswith(prefix) and key > after]
        rows = [f"<Contents><Key>{key}</Key></Contents>" for key in keys[:2]]
        more = f"<IsTruncated>{'true' if keys[2:] else 'false'}</IsTruncated>"
        return 200, f"<ListBucketResult>{more}{''.join(rows)}</ListBucketResult>".encode()

    def _plug(self, resource: Resource) -> None:
        held = resource.attachment
        if held is not None and held.instance == ME:
            if resource.id.startswith("vol-"):
                self.host.plug_volume(resource.id)
            else:
                self.host.plug_interface(resource.mac)


class _Commands:
    """The host's commands, each a place to be killed before and after."""

    def __init__(self, world: World) -> None:
        self._world = world

    def run(
        self, arguments: Sequence[str], *, allowed: Sequence[int] = (0,), seconds: float = 0
    ) -> Result:
        named = " ".join(arguments[:2])
        self._world.points.reach(f"before {named}")
        result = self._world.host.run(arguments, allowed=allowed, seconds=seconds)
        self._world.points.reach(f"after {named}")
        return result


def tag_of(content: bytes | None) -> str:
    return "" if content is None else f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def configured(*steps: dict[str, object], **head: object) -> Configuration:
    """The configuration of these steps."""
    document: dict[str, object] = {
        "format": 1, "cluster": "dev", "role": "etcd-1a", "region": REGION.name,
        "dnsSuffix": REGION.dns_suffix, "deadlineSeconds": 600,
        "signal": {"group": "dev-etcd-1a", "hook": "boot"}, "steps": list(steps), **head,
    }  # fmt: skip
    return parse(json.dumps(document).encode())


def at_each_place(monkeypatch, world: World) -> None:
    """The network of the world, and a place to be killed around every change of a name on disk."""
    import os

    from machines.agent import aws_api, etcd_api, metadata
    from machines.agent.steps import watch_etcd

    monkeypatch.setattr(aws_api, "exchange", world.exchange)
    monkeypatch.setattr(etcd_api, "exchange", world.exchange)
    monkeypatch.setattr(etcd_api, "context_of", lambda machine, *files: None)
    monkeypatch.setattr(metadata, "exchange", world.exchange)
    monkeypatch.setattr(watch_etcd, "exchange", world.exchange)
    replace: Callable[..., None] = os.replace

    def replacing(*names: object) -> None:
        world.points.reach(f"before the name {Path(str(names[1])).name}")
        replace(*names)
        world.points.reach(f"after the name {Path(str(names[1])).name}")

    monkeypatch.setattr("machines.agent.files.os.replace", replacing)
    # The same places in every run, and no waiting for this machine's disk.
    monkeypatch.setattr("machines.agent.clock.random.uniform", lambda least, most: most)
    monkeypatch.setattr("machines.agent.files.os.fsync", lambda descriptor: None)
