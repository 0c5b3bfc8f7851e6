"""What is left of a document without its faulty keys, so that the rest can be checked as well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    changes: dict[str | int, Any] = {}
    for place, value in zip(places, values, strict=True):
        _note(changes, place, _Put(_GONE if value is None else value))
    return _changed(document, changes)


def written_path(document: Any, path: Path) -> list[str | int]:
    """The path as it was before items went; `path` leads through what is left."""
    here, found = document, []  # type: Any, list[str | int]
    for part in path:
        moved = isinstance(here, Left) and isinstance(part, int) and part < len(here)
        found.append(here.places[part] if moved else part)
        here = _child(here, part)
    return found


_GONE = object()


@dataclass(frozen=True, slots=True)
class _Put:
    """What stands at a place of the document afterwards."""

    value: Any


def _note(changes: dict[str | int, Any], place: Path, put: _Put) -> None:
    """Add a place to the tree of them. One that goes takes with it what is changed in it."""
    here = changes
    for part in place[:-1]:
        here = here.setdefault(part, {})
        if isinstance(here, _Put):
            return
    here[place[-1]] = put


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


def _changed(here: Any, changes: Any) -> Any:
    """A copy with every change of the tree. Each entry is looked at once, however many change."""
    if isinstance(changes, _Put):
        return changes.value
    if isinstance(here, list):
        places = here.places if isinstance(here, Left) else range(len(here))
        items = (_changed(item, changes[i]) if i in changes else item
                 for i, item in enumerate(here))  # fmt: skip
        return Left({at: item for at, item in zip(places, items, strict=True) if item is not _GONE})
    if not isinstance(here, Mapping):
        return here
    added = {part: put.value for part, put in changes.items()
             if part not in here and isinstance(put, _Put)}  # fmt: skip
    kept = {key: _changed(child, changes[key]) if key in changes else child
            for key, child in here.items()}  # fmt: skip
    return {key: child for key, child in {**kept, **added}.items() if child is not _GONE}
