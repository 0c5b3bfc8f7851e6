"""What is left of a document without its faulty keys, so that the rest can be checked as well."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Path = Sequence[str | int]
Example = Callable[[Path], Any]  # a value that a required key may have; None where there is none


def without(document: Any, paths: Sequence[Path], example: Example) -> Any:
    """The document without the entries that are faulty; None when nothing of it can be saved.

    A faulty or missing key that has an example takes its value. Else the key goes; a missing one
    takes the entry with it that it is missing in, and an item of a list the whole list, since the
    items behind it would change their places.
    """
    values = [example(path) for path in paths]
    places = [path if value is not None else _cut(document, path)
              for path, value in zip(paths, values, strict=True)]  # fmt: skip
    if not all(places):
        return None
    for place, value in zip(places, values, strict=True):
        document = _put(document, place, _GONE if value is None else value)
    return document


_GONE = object()


def _cut(document: Any, path: Path) -> Path:
    """The longest part of a path that ends at a key that is there, and in no list."""
    here, end = document, 0
    for depth, part in enumerate(path, start=1):
        if isinstance(part, int) or not isinstance(here, Mapping) or part not in here:
            break
        here, end = here[part], depth
    return path[:end]


def _put(document: Any, path: Path, value: Any) -> Any:
    """A copy with the value at the path. A path that has gone with an earlier one is left alone."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if not isinstance(document, Mapping) or (first not in document and (rest or value is _GONE)):
        return document
    changed = _put(document.get(first), rest, value)
    kept = {**document, first: changed}
    return {key: child for key, child in kept.items() if child is not _GONE}
