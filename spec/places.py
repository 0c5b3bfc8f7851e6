"""Where a key belongs that stands elsewhere: below which keys of the schema its name is known."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

_CHOSEN = "<name>"  # by people
_MOST = 3  # places that are told; a key of more says nothing of what is meant


@cache
def _known(model: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """Every key in small letters, to the paths of the keys with that name; `<name>` where people
    choose it."""
    schema = model.model_json_schema(by_alias=True)
    found: dict[str, set[str]] = {}
    for path in _paths(schema, schema, ()):
        found.setdefault(path[-1].lower(), set()).add(".".join(path))
    return {key: tuple(sorted(paths)) for key, paths in found.items()}


def _paths(node: Any, root: Any, path: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if "$ref" in node:
        yield from _paths(root["$defs"][node["$ref"].rsplit("/", 1)[-1]], root, path)
    for option in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _paths(option, root, path)
    for key, child in node.get("properties", {}).items():
        yield (*path, key)
        yield from _paths(child, root, (*path, key))
    named = node.get("additionalProperties")
    for child in (*node.get("patternProperties", {}).values(), named):
        if isinstance(child, dict):
            yield from _paths(child, root, (*path, _CHOSEN))
    if "items" in node:
        yield from _paths(node["items"], root, path)


def elsewhere(path: Sequence[str | int], model: type[BaseModel]) -> tuple[str, ...]:
    """The whole paths that the key at `path` may mean, with `_` and capitals as anybody writes
    them: those below where it stands, else all; none where they are too many to tell."""
    *parents, key = [part for part in path if isinstance(part, str)]
    paths = _known(model).get(key.replace("_", "").lower(), ())
    near = tuple(place for place in paths if _is_below(place.split("."), parents))
    meant = near or paths
    return meant if len(meant) <= _MOST else ()


def _is_below(place: Sequence[str], parents: Sequence[str]) -> bool:
    same = (known in (parent, _CHOSEN) for known, parent in zip(place, parents, strict=False))
    return len(place) > len(parents) and all(same)
