"""Programs that stand in for pulumi and go, on a PATH of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from local import go_command
from local.engine import installer

MakeProgram = Callable[[str, str], Path]


@pytest.fixture
def bin_directory(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def make_program(bin_directory: Path) -> MakeProgram:
    def make(name: str, body: str) -> Path:
        path = bin_directory / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def environment(tmp_path: Path, bin_directory: Path) -> dict[str, str]:
    """Nothing is installed, nothing is cached. /bin is for the programs' own use."""
    return {"PATH": f"{bin_directory}:/bin", "HEIIKI_CACHE": str(tmp_path / "cache")}


@pytest.fixture(autouse=True)
def nothing_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches the release: its address is one on which nobody listens."""
    nowhere = installer.Archive("http://127.0.0.1:9/release.tar.gz", "0" * 64)
    monkeypatch.setattr(installer, "archive_for_this_machine", lambda: nowhere)
    monkeypatch.setattr(go_command, "PROGRESS_SECONDS", 0.05)
