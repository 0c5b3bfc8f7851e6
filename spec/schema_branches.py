"""The JSON Schema of a model, walked by the paths of a document: what may stand at each."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel


@cache
def kinds(model: type[BaseModel]) -> frozenset[str]:
    """Every `kind` that a model of the schema is told by."""
    return frozenset(kind_of(leaf) for leaf in _schema(model).get("$defs", {}).values()
                     if "properties" in leaf)  # fmt: skip


@cache
def key_names(model: type[BaseModel]) -> tuple[str, ...]:
    """Every key that any model of the schema has."""
    schema = _schema(model)
    leaves = (schema, *schema.get("$defs", {}).values())
    return tuple(sorted({name for leaf in leaves for name in leaf.get("properties", {})}))


@cache
def _schema(model: type[BaseModel]) -> Any:
    return model.model_json_schema(by_alias=True)


def branches_at(model: type[BaseModel], path: Sequence[str | int]) -> list[Any]:
    """The models that may stand at `path`, as JSON Schema objects: of a union every branch."""
    schema = _schema(model)
    branches = [schema]
    for part in path:
        branches = [
            child for branch in branches for child in _children(_resolved(branch, schema), part)
        ]
    leaves = [leaf for branch in branches for leaf in _resolved(branch, schema)]
    return [leaf for leaf in leaves if "properties" in leaf]


def kind_of(leaf: Any) -> Any:
    return leaf["properties"].get("kind", {}).get("const")


def kind_meant(leaves: Sequence[Any]) -> Any:
    """The kind that a union takes where none is written; None where one has to be."""
    kinds = (leaf["properties"].get("kind", {}) for leaf in leaves)
    return next((kind["default"] for kind in kinds if "const" in kind and "default" in kind), None)


def child(here: Any, part: str | int) -> Any:
    if isinstance(here, Mapping):
        return here.get(part)
    inside = isinstance(here, list | tuple) and isinstance(part, int) and part < len(here)
    return here[part] if inside else None


def _resolved(branch: Any, root: Any) -> list[Any]:
    if "$ref" in branch:
        return _resolved(root["$defs"][branch["$ref"].rsplit("/", 1)[-1]], root)
    options = branch.get("anyOf") or branch.get("oneOf")
    return [leaf for option in options for leaf in _resolved(option, root)] if options else [branch]


def _children(branches: list[Any], part: str | int) -> list[Any]:
    found = []
    for branch in branches:
        if isinstance(part, int):
            found.append(branch.get("items", {}))
        elif part in branch.get("properties", {}):
            found.append(branch["properties"][part])
        elif isinstance(branch.get("additionalProperties"), dict):
            found.append(branch["additionalProperties"])
        found += branch.get("patternProperties", {}).values()  # a mapping keyed by a Text type
    return found


def example(model: type[BaseModel], path: Sequence[str | int]) -> Any:
    """A value that the key may have, by its model; None where the model tells none."""
    if not path:
        return None
    fields = [leaf["properties"].get(path[-1], {}) for leaf in branches_at(model, path[:-1])]
    for told in (*fields, *branches_at(model, path)):
        if examples := told.get("examples"):
            return examples[0]
    return None
