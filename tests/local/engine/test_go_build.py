"""The build from the Go module, with a go that only pretends."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from local.engine import go_build
from local.engine.model import PINNED_VERSION, WayFailedError, dotted

from .conftest import MakeProgram


def quiet(_: str) -> None:
    pass


def test_go_is_asked_for_the_pinned_module_beside_its_checksums(
    tmp_path: Path, make_program: MakeProgram, environment: dict[str, str]
) -> None:
    make_program(
        "go", f'pwd > {tmp_path}/said; for word in "$@"; do echo "$word" >> {tmp_path}/said; done'
    )

    go_build.build(tmp_path / "out", environment, quiet)

    directory, *words = (tmp_path / "said").read_text().splitlines()
    assert directory == str(go_build.MODULE_DIRECTORY)
    assert (go_build.MODULE_DIRECTORY / "go.sum").is_file()
    assert words[0] == "build"
    assert "-mod=readonly" in words
    version_flag = "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.250.0"
    assert any(version_flag in word for word in words)
    assert words[-3:] == ["-o", str(tmp_path / "out" / "pulumi"), go_build.PACKAGE]


def test_the_module_is_of_the_version_that_the_build_says_it_is() -> None:
    module = (go_build.MODULE_DIRECTORY / "go.mod").read_text()

    pinned = re.search(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)", module)
    assert pinned is not None and pinned[1] == dotted(PINNED_VERSION)


def test_a_failed_build_tells_the_last_words_of_go(
    tmp_path: Path, make_program: MakeProgram, environment: dict[str, str]
) -> None:
    make_program(
        "go", 'for n in $(seq 1 40); do echo "line $n"; done; echo no space left >&2; exit 2'
    )

    with pytest.raises(WayFailedError) as caught:
        go_build.build(tmp_path, environment, quiet)

    text = str(caught.value)
    assert "(exit 2)" in text and "no space left" in text
    assert "line 40" in text and "line 5\n" not in text


def test_a_long_build_says_that_it_goes_on(
    tmp_path: Path, make_program: MakeProgram, environment: dict[str, str]
) -> None:
    make_program("go", f'while [ ! -e "{tmp_path}/go on" ]; do /bin/sleep 0.01; done')
    lines: list[str] = []

    def said(line: str) -> None:
        lines.append(line)
        if len([line for line in lines if re.search(r"\d+ s so far", line)]) == 2:
            (tmp_path / "go on").touch()

    go_build.build(tmp_path, environment, said)  # it ends when it has said so twice


def test_an_interrupted_build_leaves_no_go_behind(
    tmp_path: Path, make_program: MakeProgram, environment: dict[str, str]
) -> None:
    pid_file = tmp_path / "pid"
    make_program("go", f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; exec sleep 600")
    started = time.monotonic()

    def said(line: str) -> None:
        if "so far" in line and pid_file.exists():
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        go_build.build(tmp_path, environment, said)

    assert time.monotonic() - started < 300  # it was not waited for
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
