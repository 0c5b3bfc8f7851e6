"""Every text in a document of dicts and lists, at any depth."""

from collections.abc import Iterator
from typing import Any


def texts(value: Any) -> Iterator[str]:
    """The texts among a document's values, in its order; keys are not looked at."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
