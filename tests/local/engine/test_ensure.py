"""The order of the ways, and what the operator reads when all are closed."""

import threading
from pathlib import Path

import pytest

from local.engine import Engine, EngineError, ensure_engine
from local.engine.cache import EngineCache

from .conftest import MakeProgram

# A go that "builds": it writes the file that -o names.
GO = (
    'while [ "$1" != -o ]; do shift; done; '
    'printf "#!/bin/sh\\necho v3.250.0\\n" > "$2"; chmod +x "$2"'
)


def quiet(_: str) -> None:
    pass


def test_an_installed_engine_comes_first(
    make_program: MakeProgram, environment: dict[str, str]
) -> None:
    make_program("go", GO)
    installed = make_program("pulumi", "echo v3.240.1")

    assert ensure_engine(quiet, environment) == Engine(installed, (3, 240, 1), "path")


def test_a_development_version_counts_by_its_numbers(
    make_program: MakeProgram, environment: dict[str, str]
) -> None:
    make_program("pulumi", "echo v3.251.0-dev.0+dirty")

    assert ensure_engine(quiet, environment).version == (3, 251, 0)


@pytest.mark.parametrize("said", ["echo v3.228.0", "echo v4.0.0", "echo hello", "exit 1"])
def test_an_engine_that_will_not_do_is_passed_over_and_named(
    said: str, make_program: MakeProgram, environment: dict[str, str]
) -> None:
    installed = make_program("pulumi", said)
    make_program("go", GO)
    lines: list[str] = []

    engine = ensure_engine(lines.append, environment)

    assert engine.origin == "go"
    assert any(str(installed) in line for line in lines)


@pytest.mark.parametrize("version", ["3.229.0", "3.999.0"])
def test_the_ends_of_the_supported_range_are_supported(
    version: str, make_program: MakeProgram, environment: dict[str, str]
) -> None:
    make_program("pulumi", f"echo v{version}")

    assert ensure_engine(quiet, environment).origin == "path"


def test_the_chosen_engine_comes_before_the_installed_one(
    tmp_path: Path, make_program: MakeProgram, environment: dict[str, str]
) -> None:
    make_program("pulumi", "echo v3.240.1")
    chosen = make_program("chosen", "echo v3.230.0")

    engine = ensure_engine(quiet, {**environment, "HEIIKI_PULUMI": str(chosen)})

    assert engine == Engine(chosen, (3, 230, 0), "path")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "no program that can be run"),
        ("echo v3.100.0", "version 3.100.0; needed is 3.229.0 up to, not including, 4.0.0"),
        ("exit 7", "names no version (exit 7)"),
    ],
)
def test_a_choice_that_cannot_be_followed_is_an_error_although_another_is_installed(
    body: str | None,
    words: str,
    bin_directory: Path,
    make_program: MakeProgram,
    environment: dict[str, str],
) -> None:
    make_program("pulumi", "echo v3.240.1")
    if body is not None:
        make_program("chosen", body)

    with pytest.raises(EngineError) as caught:
        ensure_engine(quiet, {**environment, "HEIIKI_PULUMI": str(bin_directory / "chosen")})

    assert "HEIIKI_PULUMI" in str(caught.value)
    assert words in str(caught.value)


def test_what_was_built_once_is_kept(
    make_program: MakeProgram, environment: dict[str, str]
) -> None:
    go = make_program("go", GO)
    built = ensure_engine(quiet, environment)
    go.unlink()
    lines: list[str] = []

    assert ensure_engine(lines.append, environment) == built
    assert built.origin == "go"
    assert lines == []


def test_a_kept_release_comes_before_a_kept_build(
    tmp_path: Path, make_program: MakeProgram, environment: dict[str, str]
) -> None:
    make_program("go", GO)
    ensure_engine(quiet, environment)
    with EngineCache(tmp_path / "cache").filling("installer") as folder:
        (folder / "pulumi").touch(0o755)

    assert ensure_engine(quiet, environment).origin == "installer"


def test_with_every_way_closed_the_error_says_what_was_tried_and_what_to_install(
    environment: dict[str, str],
) -> None:
    with pytest.raises(EngineError) as caught:
        ensure_engine(quiet, environment)

    text = str(caught.value)
    assert "there is no pulumi on PATH; install Pulumi 3.250.0" in text
    assert "http://127.0.0.1:9/release.tar.gz cannot be reached: [Errno 111]" in text
    assert "there is no go on PATH; install Go" in text


def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EngineError, match="HEIIKI_CACHE"):
        ensure_engine(quiet, {**environment, "HEIIKI_CACHE": str(tmp_path / "file")})


def test_two_runs_at_once_build_once(
    tmp_path: Path, make_program: MakeProgram, environment: dict[str, str]
) -> None:
    """The one that builds does not end before the other has said that it waits."""
    waits = "another run is getting the engine; waiting for it"
    go_on = tmp_path / "go on"
    wait = f'while [ ! -e "{go_on}" ]; do /bin/sleep 0.01; done'
    make_program("go", f"echo built >> {tmp_path}/builds; {wait}; {GO}")
    engines: list[Engine] = []
    lines: list[str] = []

    def said(line: str) -> None:
        lines.append(line)
        if line == waits:
            go_on.touch()

    runs = [
        threading.Thread(target=lambda: engines.append(ensure_engine(said, environment)))
        for _ in range(2)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert [engine.origin for engine in engines] == ["go", "go"]
    assert (tmp_path / "builds").read_text().splitlines() == ["built"]
    assert lines.count(waits) == 1


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HEIIKI_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/heiiki"),
        ({}, str(Path.home() / ".cache/heiiki")),
    ],
)
def test_the_cache_lies_outside_the_checkout(variables: dict[str, str], folder: str) -> None:
    from local.engine.cache import cache_directory

    assert str(cache_directory(variables)) == folder
