"""TOML from mappings, lists, strings, whole numbers and booleans: what Bottlerocket settings need.

The standard library only reads TOML.
"""

import json
import re
from collections.abc import Mapping, Sequence

Scalar = str | int | bool
Value = Scalar | Sequence[Scalar] | Mapping[str, "Value"]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(document: Mapping[str, Value]) -> str:
    """One table per mapping, keys in the order given; a table without values of its own is named
    only when it is empty."""
    return "\n".join(_tables(document, ())) + "\n"


def _tables(table: Mapping[str, Value], path: tuple[str, ...]) -> list[str]:
    own = [f"{_key(k)} = {_value(v)}" for k, v in table.items() if not isinstance(v, Mapping)]
    lines: list[str] = []
    if path and (own or not table):
        lines = [f"[{'.'.join(_key(part) for part in path)}]"]
    lines += own
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += [*([""] if lines else []), *_tables(value, (*path, key))]
    return lines


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _string(value: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which JSON leaves as it is and TOML forbids.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(_value(item) for item in value)}]"
    raise TypeError(f"TOML settings take no {type(value).__name__}")
