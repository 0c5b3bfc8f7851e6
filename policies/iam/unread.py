"""Where a document holds what only the cloud knows, by path; no value of it is echoed."""

import re
from collections.abc import Iterator
from typing import Any

from rules.unknowns import UNKNOWN

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:/_.-]{0,63}")


def unread(value: Any, path: str = "policy") -> Iterator[str]:
    """A sentence for every unknown piece."""
    if value is UNKNOWN:
        yield f"{path} is unknown in preview"
    elif isinstance(value, dict):
        for key, item in value.items():
            name = key if isinstance(key, str) and _NAME.fullmatch(key) else "…"
            yield from unread(item, f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unread(item, f"{path}[{index}]")
