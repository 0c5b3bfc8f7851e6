"""AWS's models of its services, read once by a process."""

import functools
from typing import Any

from botocore.loaders import JSONFileLoader

_read = JSONFileLoader.load_file


@functools.cache
def _read_once(file_path: str) -> Any:
    return _read(JSONFileLoader(), file_path)


def _load_file(_: JSONFileLoader, file_path: str) -> Any:
    return _read_once(file_path)


def read_once() -> None:
    """Every session of botocore reads them anew, and moto makes one for each of its services and
    regions. What is read is changed by nobody: a session's clients share it already
    (instance_cache in botocore/loaders.py). Call it before moto is imported."""
    JSONFileLoader.load_file = _load_file  # type: ignore[method-assign, assignment]
