"""Puts the language host where the engine looks for it, unless the official one is there."""

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from local.engine.model import Engine

NAME = "pulumi-language-python"
_CHECKOUT = Path(__file__).parents[2]


def ensure_language_host(engine: Engine, bin_directory: Path) -> Path:
    """The folder to put first on PATH: it holds `pulumi`, and an engine started from there finds
    a language host.

    Where the official host is missing, that is `bin_directory`: it gets this project's host, and
    the engine itself beside it, because the engine warns on every command about a host that it
    does not find beside itself.
    """
    if _official_host(engine, bin_directory) is not None:
        return engine.path.parent
    bin_directory.mkdir(parents=True, exist_ok=True)
    _write_launcher(bin_directory / NAME)
    _put_beside(engine.path, bin_directory / "pulumi")
    return bin_directory


def _official_host(engine: Engine, bin_directory: Path) -> Path | None:
    beside = engine.path.resolve().parent / NAME
    # A folder of ours may be on PATH already, when one wrapped command starts another.
    elsewhere = [
        folder
        for folder in os.environ.get("PATH", "").split(os.pathsep)
        if folder and not _is_launcher(Path(folder) / NAME)
    ]
    if os.access(beside, os.X_OK) and not _is_launcher(beside):
        return beside
    found = shutil.which(NAME, path=os.pathsep.join(elsewhere))
    return Path(found) if found else None


_MARK = b"# heiiki's language host"


def _is_launcher(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _MARK in file.read(200)
    except OSError:
        return False


def _write_launcher(path: Path) -> None:
    """Written anew whenever it differs: the checkout or its Python may have moved."""
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from local.language_host.__main__ import main; main()"
    )
    # -I: the operator's PYTHONPATH and working directory are for the program, not for the host.
    words = [sys.executable, "-I", "-c", code, str(_CHECKOUT)]
    text = f'#!/bin/sh\n{_MARK.decode()}\nexec {shlex.join(words)} "$@"\n'
    if path.is_file() and path.read_text() == text:
        return
    handle, partial = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.chmod(partial, 0o755)
    os.replace(partial, path)


def _put_beside(engine: Path, target: Path) -> None:
    """A hard link, or a copy where the file system cannot: by a symbolic link the engine would
    see through."""
    engine = engine.resolve()
    if target.exists() and _same(engine, target):
        return
    partial = Path(tempfile.mkdtemp(dir=target.parent)) / "pulumi"
    try:
        try:
            os.link(engine, partial)
        except OSError:
            shutil.copy2(engine, partial)
        os.replace(partial, target)
    finally:
        shutil.rmtree(partial.parent)


def _same(engine: Path, target: Path) -> bool:
    if os.path.samefile(engine, target):
        return True
    left, right = engine.stat(), target.stat()
    return (left.st_size, left.st_mtime_ns) == (right.st_size, right.st_mtime_ns)
