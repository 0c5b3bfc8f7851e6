"""`python -m local` as the operator calls it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.embedded import EmbeddedAws

CHECKOUT = Path(__file__).parents[2]


class Local:
    """Run from the checkout, with state and, unless it is told otherwise, an engine of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.environment = {**os.environ, "HEIIKI_HOME": str(self.home)}

    def pretend_engine(self, folder: Path) -> None:
        engine = folder / "pulumi"
        engine.write_text("#!/bin/sh\necho v3.250.0\n")
        engine.chmod(0o755)
        self.environment["HEIIKI_PULUMI"] = str(engine)

    def start(self, *words: str, cwd: Path = CHECKOUT) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "local", *words],
            cwd=cwd,
            env={**self.environment, "PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, cwd: Path = CHECKOUT) -> tuple[int, str, str]:
        process = self.start(*words, cwd=cwd)
        said, complained = process.communicate(timeout=300)
        return process.returncode, said, complained


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = tmp_path_factory.mktemp("local")
    local = Local(folder)
    local.pretend_engine(folder)
    yield local
    EmbeddedAws(local.home / "embedded").stop()


def test_help_names_every_command(local: Local) -> None:
    exit_code, said, _ = local.run("--help")

    assert exit_code == 0
    commands = {line.split()[0] for line in said.splitlines() if line.startswith("    ")}
    assert {"engine", "up", "status", "down", "exec"} <= commands


def test_engine_says_which_it_is(local: Local) -> None:
    exit_code, said, _ = local.run("engine")

    assert (exit_code, said) == (0, f"{local.home}/bin/pulumi 3.250.0 (path)\n")


def test_no_engine_is_an_error_without_traceback(local: Local) -> None:
    broken = Local(local.home / "broken")
    broken.environment["HEIIKI_PULUMI"] = "/nowhere/pulumi"

    exit_code, said, complained = broken.run("engine")

    assert (exit_code, said) == (1, "")
    assert complained.startswith("HEIIKI_PULUMI is '/nowhere/pulumi'")
    assert "Traceback" not in complained


def test_up_status_and_down_go_together(local: Local) -> None:
    assert local.run("status")[0] == 3
    assert local.run("down", "--check-empty")[0] == 3

    assert local.run("up")[0] == 0
    exit_code, said, _ = local.run("status")
    assert exit_code == 0 and "the embedded AWS is at http://127.0.0.1:" in said

    exit_code, said, _ = local.run("down", "--check-empty")
    assert (exit_code, said) == (0, "the embedded AWS is empty\nthe embedded AWS is stopped\n")
    assert local.run("status")[0] == 3
    assert local.run("down")[0] == 0


CREATE_KEY_PAIR = """
import boto3
boto3.client("ec2", region_name="eu-central-1").create_key_pair(KeyName="left")
"""


def test_what_is_left_over_is_listed_and_left_to_be_looked_at(local: Local) -> None:
    exit_code, _, complained = local.run("exec", "--", "python", "-c", CREATE_KEY_PAIR)
    assert exit_code == 0, complained

    exit_code, _, complained = local.run("down", "--check-empty")

    assert exit_code == 1
    assert complained.splitlines() == [
        "the embedded AWS is not empty:",
        "  eu-central-1 key pair left",
    ]
    assert local.run("status")[0] == 0
    assert local.run("down")[0] == 0


def test_a_command_runs_where_it_was_called_with_its_own_words_and_exit_code(
    local: Local, tmp_path: Path
) -> None:
    code = "import os, sys; print(os.getcwd(), sys.argv[1:]); sys.exit(5)"

    exit_code, said, _ = local.run("exec", "--", "python", "-c", code, "--", "-x", "", cwd=tmp_path)

    assert exit_code == 5
    assert said == f"{tmp_path} {['--', '-x', '']}\n"


def test_a_command_finds_the_engine_and_the_language_host(local: Local) -> None:
    words = "pulumi version; for p in pulumi pulumi-language-python python; do command -v $p; done"

    exit_code, said, _ = local.run("exec", "--", "sh", "-c", words)

    assert exit_code == 0
    assert said.splitlines() == [
        "v3.250.0",
        f"{local.home}/bin/pulumi",
        f"{local.home}/bin/pulumi-language-python",
        f"{Path(sys.executable).parent}/python",
    ]


@pytest.mark.parametrize(
    ("words", "exit_code", "complaint"),
    [
        ((), 2, "name the command to run"),
        (("--",), 2, "name the command to run"),
        (("--", "no-such-command"), 127, "no-such-command cannot be run: No such file"),
        (("--", "/"), 126, "/ cannot be run: Permission denied"),
    ],
)
def test_a_command_that_cannot_be_run_is_named(
    local: Local, words: tuple[str, ...], exit_code: int, complaint: str
) -> None:
    code, _, complained = local.run("exec", *words)

    assert code == exit_code
    assert complaint in complained and "Traceback" not in complained


@pytest.mark.parametrize("words", [("exec", "--", "true"), ("up",), ("status",), ("down",)])
def test_a_home_that_cannot_be_one_is_named(local: Local, tmp_path: Path, words) -> None:
    (tmp_path / "file").write_text("x")
    taken = Local(tmp_path)
    taken.environment = {**local.environment, "HEIIKI_HOME": str(tmp_path / "file")}
    code, said, complained = taken.run(*words)
    assert code == 1 and "Traceback" not in complained
    assert f"{tmp_path / 'file'}" in complained and "HEIIKI_HOME" in complained, said


def test_what_is_cut_short_counts_as_not_there(local: Local, tmp_path: Path) -> None:
    other = Local(tmp_path)
    announced = other.home / "embedded" / "api.json"
    announced.parent.mkdir(parents=True)
    for text in ("", "{", "[]", '{"pid": 1}', '{"pid": 1, "started_ns": 2, "more": 3}'):
        announced.write_text(text)
        code, _, complained = other.run("status")
        assert (code, "Traceback" in complained) == (3, False), complained


def test_a_reader_that_goes_away_ends_it_quietly(local: Local) -> None:
    buffered = Local(local.home.parent)
    buffered.environment = {k: v for k, v in local.environment.items() if k != "PYTHONUNBUFFERED"}
    piped = buffered.start("status")
    assert piped.stdout is not None and piped.stderr is not None
    piped.stdout.close()
    assert piped.stderr.read() == "" and piped.wait(timeout=300) == 141


def test_signals_reach_the_command_itself(local: Local) -> None:
    process = local.start("exec", "--", "sh", "-c", "echo $$; exec sleep 600")
    assert process.stdout is not None

    pid = int(process.stdout.readline())
    assert pid == process.pid
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == -signal.SIGTERM


def test_a_warm_start_loads_nothing_that_only_a_start_needs(local: Local) -> None:
    assert local.run("up")[0] == 0
    command = [sys.executable, "-X", "importtime", "-m", "local", "exec", "--", "true"]
    ended = subprocess.run(
        command, cwd=CHECKOUT, env={**local.environment, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {line.rsplit("|", 1)[-1].strip() for line in ended.stderr.splitlines()}
    assert "local.embedded" in loaded
    assert not {"boto3", "botocore", "moto", "flask", "grpc", "pulumi"} & loaded
