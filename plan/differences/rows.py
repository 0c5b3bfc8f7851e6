"""What two environments are compared by: things with a name, and what is told of each."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Value = str | tuple[str, ...]  # a tuple is a set: its order says nothing


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of a plan. told: what to say of it where the other environment has none."""

    told: str
    properties: dict[str, Value]


Rows = dict[str, dict[str, Row]]  # by noun, by name


def row_of(
    told: str, thing: Any, left_out: Mapping[type, Mapping[str, str]],
    more: Mapping[str, Value] = MappingProxyType({}),
) -> Row:  # fmt: skip
    """Every field that is not left out; `more` has the ones that need words of their own."""
    skipped = left_out.get(type(thing), {})
    fields = {field.name.replace("_", " "): getattr(thing, field.name)
              for field in dataclasses.fields(thing) if field.name not in skipped}  # fmt: skip
    plain = {name: value(found) for name, found in fields.items()
             if name not in more and found is not None}  # fmt: skip
    return Row(told, {**plain, **more})


def value(found: Any) -> Value:
    """What stands in a row: a set for a tuple."""
    if isinstance(found, tuple):
        return tuple(map(text, found))
    return text(found)


def text(found: Any) -> str:
    """One thing in a row."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if dataclasses.is_dataclass(found) and not isinstance(found, type):
        return ", ".join(f"{k} {v}" for k, v in dataclasses.asdict(found).items())
    return str(found)


def grants(statements: Iterable[Mapping[str, Any]]) -> dict[str, Value]:
    """Statements as actions by scope: who, on what, if what. The Sid names, and does nothing."""
    found: dict[str, set[str]] = {}
    for statement in statements:
        spared = [f"all but {resource}" for resource in _listed(statement.get("NotResource", []))]
        for resource in spared or _listed(statement.get("Resource", "")):
            scope = _scope(statement, resource)
            found.setdefault(scope, set()).update(_listed(statement["Action"]))
    return {scope: tuple(sorted(actions)) for scope, actions in found.items()}


def _scope(statement: Mapping[str, Any], resource: str) -> str:
    parts = [statement["Effect"]]
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        parts += [who for names in principal.values() for who in _listed(names)]
    elif principal:
        parts.append(principal)
    if resource:
        parts += ["on", resource]
    for operator, pairs in sorted(statement.get("Condition", {}).items()):
        parts += ["if", operator, ", ".join(f"{k}={v}" for k, v in sorted(pairs.items()))]
    return " ".join(parts)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
