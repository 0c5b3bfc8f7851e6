"""What is left of a document without its faulty keys, so that the rest can be checked as well."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Path = Sequence[str | int]
Example = Callable[[Path], Any]  # a value that a required key may have; None where there is none


class Left(list[Any]):
    """What is left of a list, and the place that each item had when nothing had gone."""

    def __init__(self, items: Mapping[int, Any]) -> None:
        super().__init__(items.values())
        self.places = tuple(items)


def without(document: Any, paths: Sequence[Path], example: Example) -> Any:
    """The document without the entries that are faulty; None when nothing of it can be saved.

    A faulty or missing key that has an example takes its value. Else the key goes, or the item of
    a list; a missing key takes the entry with it that it is missing in. `Left` remembers where the
    items behind one that has gone stood.
    """
    values = [example(path) for path in paths]
    places = [path if value is not None else _cut(document, path)
              for path, value in zip(paths, values, strict=True)]  # fmt: skip
    if not all(places):
        return None
    chosen = {tuple(place): value for place, value in zip(places, values, strict=True)}
    for place, value in sorted(chosen.items(), key=_behind_first, reverse=True):
        document = _put(document, place, _GONE if value is None else value)
    return document


def written_path(document: Any, path: Path) -> list[str | int]:
    """The path as it was before items went; `path` leads through what is left."""
    here, found = document, []  # type: Any, list[str | int]
    for part in path:
        moved = isinstance(here, Left) and isinstance(part, int) and part < len(here)
        found.append(here.places[part] if moved else part)
        here = _child(here, part)
    return found


_GONE = object()


def _behind_first(pair: tuple[Path, Any]) -> list[tuple[bool, int, str]]:
    """Items go from the last to the first, so that none moves before its turn."""
    place, _ = pair
    return [(isinstance(p, int), p if isinstance(p, int) else 0, str(p)) for p in place]


def _cut(document: Any, path: Path) -> Path:
    """The longest part of a path that ends at something that is there."""
    here, end = document, 0
    for depth, part in enumerate(path, start=1):
        if not _has(here, part):
            break
        here, end = _child(here, part), depth
    return path[:end]


def _has(here: Any, part: str | int) -> bool:
    if isinstance(here, list):
        return isinstance(part, int) and part < len(here)
    return isinstance(here, Mapping) and part in here


def _child(here: Any, part: str | int) -> Any:
    return here[part] if _has(here, part) else None


def _put(document: Any, path: Path, value: Any) -> Any:
    """A copy with the value at the path. A path that has gone with an earlier one is left alone."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if not _has(document, first) and (rest or value is _GONE or not isinstance(document, Mapping)):
        return document
    changed = _put(_child(document, first), rest, value)
    if isinstance(document, list) and isinstance(first, int):
        places = document.places if isinstance(document, Left) else range(len(document))
        items = (*document[:first], changed, *document[first + 1 :])
        kept = {at: item for at, item in zip(places, items, strict=True) if item is not _GONE}
        return Left(kept)
    return {key: child for key, child in {**document, first: changed}.items()
            if child is not _GONE}  # fmt: skip
