"""YAML that every reader understands alike.

PyYAML quotes what YAML 1.1 in Python could misread. Go's readers, in nodeadm and kubectl, misread
other things (`1e3` is a number there, `y` may be a boolean), so a string is left unquoted only
when no reader can take it for anything else.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]+")  # two characters or more, so neither y nor n
_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True  # an anchor would be correct, and puzzle whoever reads the file


def _string(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    if "\n" in value:
        style = "|"  # PyYAML falls back to double quotes where a block cannot hold the text
    elif _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        style = ""
    else:
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _string)


@dataclass(frozen=True, slots=True)
class _Document:
    """One that may be looked up: by what it says, in which order."""

    value: Any
    shown: str

    def __hash__(self) -> int:
        return hash(self.shown)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Document) and self.shown == other.shown


@lru_cache(maxsize=1024)  # machines of several roles read the same, and each plan is rendered twice
def _written(document: _Document) -> str:
    return yaml.dump(
        document.value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=1_000_000
    )


def to_yaml(document: Any) -> str:
    """Block style, keys in the order given, long lines left whole, ASCII only."""
    return _written(_Document(document, repr(document)))
