"""What is told of an error in the pack itself."""

import traceback
from pathlib import Path


def where_it_failed(error: Exception) -> str:
    """Where, and not why: the error's own text may hold a secret."""
    if isinstance(error, ModuleNotFoundError):
        return f"the module {error.name} is missing"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"
