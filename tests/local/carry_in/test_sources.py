"""What of ours is written in Go: tests of its own that need no program, and its form."""

import os
import subprocess

import pytest

from local.carry_in.programs import OWN, SOURCES

pytestmark = pytest.mark.tools
# As programs are built, so that what they are of is in go's cache.
BUILT = {"CGO_ENABLED": "0", "GOWORK": "off"}


def go(*words: str) -> str:
    done = subprocess.run(
        words, cwd=OWN.source, env={**os.environ, **BUILT}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_kubelet_s_request_is_decided_as_its_table_says() -> None:
    said = go("go", "test", "-trimpath", "-vet=off", "-v", "-count=1", "./serving-approver/decide")
    assert said.count("--- PASS: Test") == said.count("=== RUN ") >= 8


def test_all_of_it_is_in_go_s_form() -> None:
    ours = [str(path) for path in SOURCES.rglob("*.go")]
    assert any("serving-approver" in path for path in ours)
    assert go("gofmt", "-l", *ours) == ""
