"""How deep a document within a document may be nested, for every reader of one.

Each reader here goes down by calling itself, and Python lets it some hundred levels down. What is
nested deeper than anybody writes is left unread by all of them, and said of its resource (CN-270),
so that a text can neither end a preview nor pass for one that says nothing.

Nothing that AWS takes comes near: a policy has eight levels, and a state machine five more for each
map or branch that it puts into another one.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

from rules.boundary import Boundary
from rules.model import Check, Resource

DEEPEST: Final = 64
# A string, also one that nothing ends, or a mark outside of any.
_PARTS: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_DEPTH: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
_JSON: Final = ("[", "{")

Pairs = Callable[[list[tuple[str, Any]]], Any]


class TooDeep(ValueError):
    """A text is nested deeper than DEEPEST."""


def read_json(text: str, pairs: Pairs | None = None) -> Any:
    """What a text of JSON says. Raises ValueError where it is none, TooDeep where it is too deep.

    pairs: json's object_pairs_hook.
    """
    if too_deep(text):
        raise TooDeep(f"is nested deeper than {DEEPEST}")
    return json.loads(text, object_pairs_hook=pairs)


def too_deep(text: str) -> bool:
    """Whether a text of JSON is nested deeper than DEEPEST, as far as it is JSON."""
    marks = text.count("[") + text.count("{")  # most texts have fewer than it takes
    return marks > DEEPEST and _goes_down(text)


@lru_cache(maxsize=256)
def _goes_down(text: str) -> bool:
    depth = 0
    for part in _PARTS.finditer(text):
        depth += _DEPTH.get(part[0], 0)
        if depth > DEEPEST:
            return True
    return False


def is_deep(value: Any) -> bool:
    """Whether what was read by another reader is nested deeper than DEEPEST."""
    level = [value]
    for _ in range(DEEPEST):
        held = (item.values() if isinstance(item, dict) else item
                for item in level if isinstance(item, dict | list))  # fmt: skip
        level = [below for items in held for below in items]
    return any(isinstance(item, dict | list) for item in level)


def _unread(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for path, text in scalars(resource.props):
        if isinstance(text, str) and text.lstrip()[:1] in _JSON and too_deep(text):
            yield f"{path} is nested deeper than {DEEPEST}, so nobody here has read it"


def scalars(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar below a value, with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from scalars(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from scalars(item, f"{path}[{index}]")
    else:
        yield path, value


CHECKS: dict[str, Check] = {"CN-270": _unread}
