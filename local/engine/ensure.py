"""The order of the ways to an engine: installed, official release, built from source."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from local.engine import go_build, installer, on_path
from local.engine.cache import EngineCache, Progress, cache_directory
from local.engine.model import PINNED_VERSION, Engine, EngineError, Origin, WayFailedError

_NAMES: dict[Origin, str] = {
    "path": "installed already",
    "installer": "official release",
    "go": "built from the Go module",
}


def ensure_engine(progress: Progress, environment: Mapping[str, str] = os.environ) -> Engine:
    """Raises EngineError when every way is closed. Answers at once when one was found before."""
    if chosen := on_path.chosen_engine(environment):
        return chosen
    try:
        return on_path.engine_on_path(environment)
    except WayFailedError as failure:
        not_installed = str(failure)
    cache = EngineCache(cache_directory(environment))
    try:
        if kept := _kept(cache):
            return kept
        with cache.locked(progress):
            # Whoever held the lock before may have got one.
            return _kept(cache) or _get(cache, environment, not_installed, progress)
    except OSError as error:
        raise EngineError(
            f"the cache cannot be used: {error}; make room there, or let HEIIKI_CACHE name a "
            "folder that can be written"
        ) from error


def _kept(cache: EngineCache) -> Engine | None:
    return cache.find("installer") or cache.find("go")


def _get(
    cache: EngineCache, environment: Mapping[str, str], not_installed: str, progress: Progress
) -> Engine:
    ways: dict[Origin, Callable[[Path], None]] = {
        "installer": lambda folder: installer.install(
            installer.archive_for_this_machine(), folder, progress
        ),
        "go": lambda folder: go_build.build(folder, environment, progress),
    }
    failures = {"path": not_installed}
    progress(f"{_NAMES['path']}: {not_installed}")
    for origin, fill in ways.items():
        try:
            with cache.filling(origin) as folder:
                fill(folder)
        except WayFailedError as failure:
            failures[origin] = str(failure)
            progress(f"{_NAMES[origin]}: {failure}")
        else:
            progress(f"the engine is at {cache.folder(origin)}")
            return Engine(cache.folder(origin) / "pulumi", PINNED_VERSION, origin)
    raise EngineError(
        "there is no Pulumi engine, and none could be got:\n"
        + "\n".join(f"  {_NAMES[origin]}: {failures[origin]}" for origin in _NAMES)
        + f"\nAny one of these is enough. {on_path.CHOICE_VARIABLE} may name an executable, too."
    )
