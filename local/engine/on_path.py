"""An engine that is installed already."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from local.engine.model import (
    FIRST_UNSUPPORTED_VERSION,
    OLDEST_VERSION,
    PINNED_VERSION,
    Engine,
    EngineError,
    WayFailedError,
    dotted,
    is_supported,
    version_of,
)

CHOICE_VARIABLE = "HEIIKI_PULUMI"
_RANGE = f"{dotted(OLDEST_VERSION)} up to, not including, {dotted(FIRST_UNSUPPORTED_VERSION)}"


def chosen_engine(environment: Mapping[str, str]) -> Engine | None:
    """The one that HEIIKI_PULUMI names. A choice that cannot be followed is an error: another
    engine than the one asked for would be a surprise."""
    choice = environment.get(CHOICE_VARIABLE)
    if not choice:
        return None
    path = Path(choice)
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise EngineError(
            f"{CHOICE_VARIABLE} is {choice!r}, which is no program that can be run; "
            "give the absolute path of a pulumi executable, or unset it"
        )
    try:
        version = version_of(path)
    except WayFailedError as error:
        raise EngineError(f"{CHOICE_VARIABLE} is {choice!r}: {error}") from error
    if not is_supported(version):
        raise EngineError(
            f"{CHOICE_VARIABLE} is {choice!r}, version {dotted(version)}; needed is {_RANGE}"
        )
    return Engine(path.absolute(), version, "path")


def engine_on_path(environment: Mapping[str, str]) -> Engine:
    found = shutil.which("pulumi", path=environment.get("PATH", ""))
    if found is None:
        raise WayFailedError(
            f"there is no pulumi on PATH; install Pulumi {dotted(PINNED_VERSION)} "
            "(https://www.pulumi.com/docs/install/)"
        )
    version = version_of(Path(found))
    if not is_supported(version):
        raise WayFailedError(
            f"{found} is version {dotted(version)}, needed is {_RANGE}; "
            f"install Pulumi {dotted(PINNED_VERSION)}, or take this one off PATH"
        )
    return Engine(Path(found).absolute(), version, "path")
