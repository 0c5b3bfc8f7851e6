"""What a configuration may hold, and every fault of it at once, each with its key.

A setting is checked by a kind, which is a function that returns what is wrong with the value, or
"". No value is shown: what is written at the wrong place may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from machines.agent.errors import AgentError

Kind = Callable[[object], str]
REQUIRED = object()


class ConfigurationError(AgentError):
    """The configuration cannot be followed. Its text has a line for each fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Setting:
    """One key. default: REQUIRED, or what holds where the key is left out."""

    kind: Kind
    what: str
    default: object = REQUIRED


Schema = Mapping[str, Setting]


def read(schema: Schema, value: object, where: str, faults: list[str]) -> dict[str, Any]:
    """The settings with their defaults; what is wrong with them is added to the faults."""
    if not isinstance(value, dict):
        faults.append(f"{where}: must be a mapping of {', '.join(schema)}")
        return {}
    for key in value:
        if key not in schema:
            faults.append(f"{where}.{key}: is no setting; known are {', '.join(schema)}")
    found: dict[str, Any] = {}
    for key, setting in schema.items():
        if key not in value:
            if setting.default is REQUIRED:
                faults.append(f"{where}.{key}: is missing; it is {setting.what}")
            found[key] = setting.default
            continue
        found[key] = value[key]
        if wrong := setting.kind(value[key]):
            faults.append(f"{where}.{key}: {wrong}; it is {setting.what}")
    return found


def matching(pattern: str, sentence: str) -> Kind:
    compiled = re.compile(pattern)

    def check(value: object) -> str:
        fits = isinstance(value, str) and compiled.fullmatch(value)
        return "" if fits else f"must be {sentence}"

    return check


def one_of(*names: str) -> Kind:
    return lambda value: "" if value in names else f"must be {' or '.join(names)}"


def whole_number(least: int, most: int) -> Kind:
    def check(value: object) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return "" if fits else f"must be a whole number from {least} to {most}"

    return check


def boolean(value: object) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def list_of(kind: Kind, *, least: int = 1) -> Kind:
    def check(value: object) -> str:
        if not isinstance(value, list) or len(value) < least:
            return f"must be a list of at least {least}"
        return next((f"[{n}] {wrong}" for n, item in enumerate(value) if (wrong := kind(item))), "")

    return check


def mapping_of(kind: Kind) -> Kind:
    def check(value: object) -> str:
        if not isinstance(value, dict) or not value:
            return "must be a mapping with at least one entry"
        return next((f"{key} {wrong}" for key, item in value.items() if (wrong := kind(item))), "")

    return check


def rows(schema: Schema) -> Kind:
    """A list of mappings of this schema."""

    def check(value: object) -> str:
        if not isinstance(value, list) or not value:
            return "must be a list of at least one row"
        faults: list[str] = []
        for number, row in enumerate(value):
            read(schema, row, f"[{number}]", faults)
        return ", ".join(faults)

    return check


def with_defaults(schema: Schema, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row that was checked, with what was left out."""
    return {key: row.get(key, setting.default) for key, setting in schema.items()}


def optional(kind: Kind) -> Kind:
    return lambda value: "" if value is None else kind(value)


TEXT = matching(r"[^\x00-\x1f\x7f]+", "one line of text")
PATH = matching(r"(?:/(?!\.{1,2}(?:/|$))[^/\x00-\x1f\x7f]+)+", "an absolute path without . and ..")
WITHIN = matching(
    r"(?!/)(?:(?:^|/)(?!\.{1,2}(?:/|$))[^/\x00-\x1f\x7f]+)+", "a path within the bundle"
)
MODE = matching(r"0[0-7]{3}", "four octal digits such as '0644'")
OWNER = matching(r"(?:[A-Za-z0-9_][A-Za-z0-9_-]*:[A-Za-z0-9_][A-Za-z0-9_-]*)?", "user:group")
SHA256 = matching(r"[0-9a-f]{64}", "64 lowercase hexadecimal digits")
NAME = matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", "letters, digits, '.', '_' and '-'")
UNIT = matching(
    r"[A-Za-z0-9_][A-Za-z0-9:_.@-]*\.(?:service|socket|target|timer|path|mount)",
    "a systemd unit's name",
)
SECONDS = whole_number(1, 7200)
