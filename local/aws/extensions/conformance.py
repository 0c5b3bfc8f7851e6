"""A request or an answer held against botocore's service model."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import Shape

_SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime, int, float, str),
    "blob": (bytes, str),
}


def request_faults(params: Mapping[str, Any], shape: Shape | None) -> tuple[str, ...]:
    """Every constraint of the model that the parsed request breaks, each with its member's path."""
    return () if shape is None else tuple(_faults(params, shape, ""))


def unmodelled(result: Any, shape: Shape | None) -> tuple[str, ...]:
    """Members of an answer that the model lacks or types otherwise. moto's own objects pass."""
    if shape is None:
        return () if not result else ("an answer where the model has none",)
    return tuple(_unmodelled(result, shape, ""))


def _faults(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _structure_faults(value, shape, path)
    elif shape.type_name == "list":
        yield from _bound_faults(len(value), shape, path, "length")
        for index, item in enumerate(value):
            yield from _faults(item, shape.member, f"{path}[{index}]")  # type: ignore[attr-defined]
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _faults(item, shape.value, f"{path}.{key}")  # type: ignore[attr-defined]
    elif shape.type_name == "string":
        yield from _bound_faults(len(value), shape, path, "length")
        yield from _string_faults(value, shape, path)
    elif shape.type_name in ("integer", "long", "double", "float"):
        yield from _bound_faults(value, shape, path, "value")


def _structure_faults(value: Mapping[str, Any], shape: Any, path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Missing required parameter {path}{'.' if path else ''}{name}"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _faults(value[name], member, f"{path}{'.' if path else ''}{name}")


def _bound_faults(size: float, shape: Shape, path: str, what: str) -> Iterator[str]:
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    if lowest is not None and size < lowest:
        yield f"{path} must have {what} greater than or equal to {lowest}, found {size}"
    if highest is not None and size > highest:
        yield f"{path} must have {what} less than or equal to {highest}, found {size}"


def _string_faults(value: str, shape: Any, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{path} must be one of {', '.join(shape.enum)}, found {value!r}"
    pattern = _compiled(shape.metadata.get("pattern"))
    if pattern is not None and not pattern.fullmatch(value):
        yield f"{path} must match {pattern.pattern}, found {value!r}"


@cache
def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    r"""None where Python's re cannot read it: Unicode properties (\p{L}), ranges of surrogates."""
    try:
        return None if pattern is None else re.compile(pattern)
    except re.error:
        return None


def _unmodelled(value: Any, shape: Any, path: str) -> Iterator[str]:
    if value is None:
        return
    if isinstance(value, Mapping):
        yield from _unmodelled_members(value, shape, path)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        if shape.type_name != "list":
            yield f"{path} is a list, the model has {shape.type_name}"
            return
        for index, item in enumerate(value):
            yield from _unmodelled(item, shape.member, f"{path}[{index}]")
    elif isinstance(value, str | int | float | bytes | datetime):
        if not isinstance(value, _SCALARS.get(shape.type_name, ())):
            yield f"{path} is {type(value).__name__}, the model has {shape.type_name}"
        elif shape.type_name == "string" and shape.enum and value not in shape.enum:
            yield f"{path} is {value!r}, the model has {', '.join(shape.enum)}"


def _unmodelled_members(value: Mapping[str, Any], shape: Any, path: str) -> Iterator[str]:
    if shape.type_name == "map":
        for key, item in value.items():
            yield from _unmodelled(item, shape.value, f"{path}.{key}")
    elif shape.type_name == "structure":
        for name, item in value.items():
            if name in shape.members:
                yield from _unmodelled(item, shape.members[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    else:
        yield f"{path} is a structure, the model has {shape.type_name}"
