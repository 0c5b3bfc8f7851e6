"""What an engine is, which versions will do, and what a way to get one answers."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Origin = Literal["path", "installer", "go"]
Version = tuple[int, int, int]

# The version that the installer and the Go module are pinned to.
PINNED_VERSION: Version = (3, 250, 0)
# `pulumi policy analyze`, the check of what exists against the pack, came with 3.229.0
# (github.com/pulumi/pulumi, CHANGELOG.md, 2026-04-02). 4 may change the protocols.
OLDEST_VERSION: Version = (3, 229, 0)
FIRST_UNSUPPORTED_VERSION: Version = (4, 0, 0)


class EngineError(Exception):
    """No engine is to be had; the text says what was tried, why it failed, what to install."""


class WayFailedError(Exception):
    """One way to an engine is closed; the text says why and what would open it."""


@dataclass(frozen=True)
class Engine:
    path: Path
    version: Version
    origin: Origin


def dotted(version: Version) -> str:
    return ".".join(map(str, version))


def is_supported(version: Version) -> bool:
    return OLDEST_VERSION <= version < FIRST_UNSUPPORTED_VERSION


def version_of(executable: Path) -> Version:
    """Asks the program itself."""
    try:
        answer = subprocess.run(
            [executable, "version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WayFailedError(f"{executable} does not run: {error}") from error
    # Development builds append -dev.0 or +dirty; what they can do goes by the three numbers.
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", answer.stdout.strip())
    if answer.returncode != 0 or match is None:
        said = (answer.stdout + answer.stderr).strip()[:200]
        raise WayFailedError(
            f"`{executable} version` names no version (exit {answer.returncode}): {said}"
        )
    return int(match[1]), int(match[2]), int(match[3])
