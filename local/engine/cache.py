"""Where engines are kept: outside the checkout, so that a second clone does not pay again."""

import fcntl
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local.engine.model import PINNED_VERSION, Engine, Origin, dotted

Progress = Callable[[str], None]


def cache_directory(environment: Mapping[str, str]) -> Path:
    if chosen := environment.get("HEIIKI_CACHE"):
        return Path(chosen).absolute()
    if base := environment.get("XDG_CACHE_HOME"):
        return Path(base).absolute() / "heiiki"
    return Path.home() / ".cache" / "heiiki"


class EngineCache:
    """One folder per way. A folder appears whole or not at all, so what is there can be run."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "engine"

    def folder(self, origin: Origin) -> Path:
        machine = f"{sys.platform}-{platform.machine()}"  # a home may be shared by several kinds
        return self._directory / f"{dotted(PINNED_VERSION)}-{machine}-{origin}"

    def find(self, origin: Origin) -> Engine | None:
        executable = self.folder(origin) / "pulumi"
        if not os.access(executable, os.X_OK):
            return None
        return Engine(executable, PINNED_VERSION, origin)

    @contextmanager
    def filling(self, origin: Origin) -> Iterator[Path]:
        """An empty folder to fill, which becomes the cached one when nothing was raised."""
        self._directory.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{origin}-", dir=self._directory))
        try:
            yield partial
            partial.chmod(0o755)
            shutil.rmtree(self.folder(origin), ignore_errors=True)
            partial.rename(self.folder(origin))
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    @contextmanager
    def locked(self, progress: Progress) -> Iterator[None]:
        """One run at a time gets an engine; the lock goes with the process that holds it."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as lock:
            if not _taken(lock.fileno()):
                progress("another run is getting the engine; waiting for it")
                while not _taken(lock.fileno()):
                    time.sleep(0.2)
            yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
