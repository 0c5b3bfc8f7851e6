"""What a missing judge says, and where built judges are kept."""

import os
from pathlib import Path

from local.engine.cache import cache_directory
from local.go_programs import ProgramError


class ToolError(ProgramError):
    """A judge is missing or could not be provided; the message says what to do."""


def not_found(tool: str) -> ToolError:
    return ToolError(f"{tool} is not here; run `python -m tests.tools` (or `make test`) to get it")


def cache_folder() -> Path:
    """Where what is built is kept: outside the checkout, so that a second clone shares it."""
    return cache_directory(os.environ)
