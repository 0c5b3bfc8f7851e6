"""Where the language host is put, and where it is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.engine import Engine
from local.language_host import install
from local.language_host.install import ensure_language_host

HOST = "pulumi-language-python"


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return Engine(program(tmp_path / "engine" / "pulumi"), (3, 250, 0), "go")


def test_without_the_official_host_the_engine_gets_this_one_beside_it(
    engine: Engine, tmp_path: Path
) -> None:
    folder = ensure_language_host(engine, tmp_path / "bin")

    assert folder == tmp_path / "bin"
    assert os.path.samefile(folder / "pulumi", engine.path)
    assert not (folder / "pulumi").is_symlink()
    version = subprocess.run([folder / HOST, "--version"], capture_output=True, text=True, cwd="/")
    assert version.stdout.strip() == "3.250.0", version.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["pulumi", HOST]


def test_the_official_host_beside_the_engine_is_left_to_work(
    engine: Engine, tmp_path: Path
) -> None:
    program(engine.path.parent / HOST)

    assert ensure_language_host(engine, tmp_path / "bin") == engine.path.parent
    assert not (tmp_path / "bin").exists()


def test_the_official_host_beside_the_engine_that_a_link_leads_to_is_found(
    engine: Engine, tmp_path: Path
) -> None:
    program(engine.path.parent / HOST)
    link = tmp_path / "links" / "pulumi"
    link.parent.mkdir()
    link.symlink_to(engine.path)

    folder = ensure_language_host(Engine(link, (3, 250, 0), "path"), tmp_path / "bin")

    assert folder == link.parent


def test_the_official_host_on_path_is_left_to_work(engine: Engine, tmp_path: Path) -> None:
    program(tmp_path / "path" / HOST)

    assert ensure_language_host(engine, tmp_path / "bin") == engine.path.parent


def test_this_host_on_path_is_not_taken_for_the_official_one(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ensure_language_host(engine, tmp_path / "bin")
    monkeypatch.setenv("PATH", str(folder))

    assert ensure_language_host(engine, tmp_path / "other") == tmp_path / "other"
    assert ensure_language_host(engine, tmp_path / "bin") == tmp_path / "bin"


def test_the_launcher_follows_the_checkout(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "it's moved"
    program(moved / "local" / "__init__.py", "")
    program(moved / "local" / "language_host" / "__init__.py", "")
    program(
        moved / "local" / "language_host" / "__main__.py",
        "import sys\ndef main(): print('moved', sys.executable, sys.argv[1:])\n",
    )
    launcher = ensure_language_host(engine, tmp_path / "bin") / HOST
    monkeypatch.setattr(install, "_CHECKOUT", moved)

    ensure_language_host(engine, tmp_path / "bin")

    said = subprocess.run([launcher, "a b"], capture_output=True, text=True, timeout=300)
    assert said.stdout == f"moved {sys.executable} ['a b']\n", said.stderr


def test_a_newer_engine_takes_the_place_of_the_older_one(engine: Engine, tmp_path: Path) -> None:
    folder = ensure_language_host(engine, tmp_path / "bin")
    newer = Engine(program(tmp_path / "newer" / "pulumi", "#!/bin/sh\n# 2\n"), (3, 251, 0), "path")

    ensure_language_host(newer, tmp_path / "bin")

    assert (folder / "pulumi").read_text() == "#!/bin/sh\n# 2\n"


def test_without_hard_links_the_engine_is_copied(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("another file system")

    monkeypatch.setattr(os, "link", refuse)
    folder = ensure_language_host(engine, tmp_path / "bin")
    first = (folder / "pulumi").stat()

    ensure_language_host(engine, tmp_path / "bin")

    assert not os.path.samefile(folder / "pulumi", engine.path)
    assert os.access(folder / "pulumi", os.X_OK)
    assert (folder / "pulumi").stat().st_ino == first.st_ino  # not copied again
