"""A project with the smallest stack in it, an engine that says what a test wants, and an AWS."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from automation import Stack
from automation.aws_calls import Account, account_of
from local.aws.api import forget
from tests.embedded_aws import serving_aws
from tests.scenarios import ROOT

REGION = "ap-northeast-1"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the smallest stack consists of."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "heiiki.dev.lock.yaml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


class FakeEngine:
    """What the engine says next; which commands it was given."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scenario.json"
        self.bin = folder / "bin"
        self.bin.mkdir()
        program = self.bin / "pulumi"
        fake = Path(__file__).with_name("fake_pulumi.py")
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {fake} "$@"\n')
        program.chmod(0o755)
        self.environment = {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "FAKE_PULUMI": str(self.file),
            "HEIIKI_HOME": str(folder / "home"),
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",  # no real account, which would be looked at
        }
        self.says()

    def says(self, **answers: Any) -> None:
        """Answers by command, words joined by "_"; one answer, or a list of them by turns."""
        known = {
            "version": [{"stdout": "v3.250.0\n"}],
            "stack ls": [{"stdout": '[{"name": "dev"}]'}],
            "stack export": [{"stdout": json.dumps({"deployment": {}})}],
            "stack output": [{"stdout": "{}"}],
        }
        asked = {
            name.replace("_", " "): answer if isinstance(answer, list) else [answer]
            for name, answer in answers.items()
        }
        self.file.write_text(json.dumps({**known, **asked}))

    def is_at_work(self) -> bool:
        """Whether the one that was noted last goes on. Its number may be another's by now."""
        noted = self.file.parent / "home" / "stacks" / "dev" / "engine.pid"
        try:
            words = Path(f"/proc/{int(noted.read_text())}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return b"fake_pulumi" in words

    def calls(self, command: str) -> list[list[str]]:
        """The calls of one command, without its name."""
        file = self.file.with_suffix(".calls")
        words = command.split()
        calls = [json.loads(line) for line in file.read_text().splitlines()]
        return [call[len(words) :] for call in calls if call[: len(words)] == words]

    def told(self) -> dict[str, str]:
        """The engine's own variables that the last call had."""
        told: dict[str, str] = json.loads(self.file.with_suffix(".environment").read_text())
        return told


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(tmp_path)


@pytest.fixture
def stack(project: Path, engine: FakeEngine) -> Callable[..., Stack]:
    """The smallest stack on the fake engine."""

    def make(**more: Any) -> Stack:
        return Stack("dev", project=project, environment=engine.environment, **more)

    return make


@pytest.fixture(scope="session")
def endpoint_url() -> Iterator[str]:
    with serving_aws() as url:
        yield url


@pytest.fixture
def aws_environment(endpoint_url: str) -> dict[str, str]:
    """Variables that lead to an embedded AWS without anything in it."""
    forget()
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def refuse_expected_owner(account: Account, owner: str = "123456789012") -> list[str]:
    """S3 as of now: every bucket is another account's, which lets everybody in that does not say
    whose it must be. The operations that were so refused, as they come.

    The embedded AWS has one account and looks at no expected owner.
    """
    refused: list[str] = []

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        if request.headers.get("x-amz-expected-bucket-owner", b"").decode() != owner:
            return None
        refused.append(event_name.rsplit(".", 1)[-1])
        body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        headers = {"content-type": "application/xml"}
        return AWSResponse(request.url, 403, headers, Body(body))

    account.session.events.register("before-send.s3", answer)
    account._clients.clear()  # those that are there have hooks of their own
    return refused


class Body(BytesIO):
    """The body of an answer, as AWSResponse reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@pytest.fixture
def account(aws_environment: dict[str, str]) -> Account:
    return account_of(aws_environment)
