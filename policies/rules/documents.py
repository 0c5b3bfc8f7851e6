"""Policy documents: read once into statements, strictly, whatever form they come in.

Anything that cannot be read widens what a statement is taken to allow, never narrows it.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rules.nesting import TooDeep, read_json
from rules.unknowns import UNKNOWN, Unknown

Value = str | Unknown
_KEYS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_OUTER_KEYS = {"Version", "Id", "Statement"}
_DEEPEST = 8  # Statement, one of them, Condition, operator, key, value: six, and a list each
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEGATED = ("NotAction", "NotResource", "NotPrincipal")


NO_OPERATOR = ""
# Where none is written, AWS takes the older one. It knows no variables, and says the same of all
# else (IAM User Guide, Version element; read 2026-11-29).
_VERSION = "2012-10-17"
_OLDER_VERSION = "2008-10-17"


@dataclass(frozen=True)
class Condition:
    """One operator on one key. Conditions of a statement are joined by and, their values by or.

    What could not be read of them is one condition more, NO_OPERATOR on no key: it may hold or not.
    """

    operator: str
    key: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Statement:
    """One statement; principals are pairs of kind (AWS, Service, Federated, …) and value.

    doubts: what of it could not be read. A statement with one may match less than its parts say.
    """

    label: str
    allows: bool
    principals: tuple[tuple[str, Value], ...]
    actions: tuple[Value, ...]
    resources: tuple[Value, ...]
    conditions: tuple[Condition, ...]
    negated: tuple[str, ...]
    not_principals: tuple[tuple[str, Value], ...] = ()
    not_actions: tuple[Value, ...] = ()
    not_resources: tuple[Value, ...] = ()
    doubts: tuple[str, ...] = ()


class DocumentError(ValueError):
    """Why a policy cannot be read, in words that echo nothing of it."""


def parse_document(value: Any) -> tuple[Statement, ...]:
    """The statements of a policy given as JSON text or as an object. Raises DocumentError."""
    if value is UNKNOWN:
        raise DocumentError("is unknown in preview")
    if isinstance(value, str):
        value = _load(value)
    if not isinstance(value, dict):
        raise DocumentError("is not a JSON object")
    _check_form(value)
    if set(value) - _OUTER_KEYS:
        raise DocumentError("has more than Version, Id and Statement")
    version = value.get("Version", _OLDER_VERSION)
    if version not in (_VERSION, _OLDER_VERSION):
        raise DocumentError(f"is not of Version {_VERSION}")
    if version == _OLDER_VERSION and _holds_variable(value):
        raise DocumentError(f"writes ${{…}}, and is not of Version {_VERSION}, which reads it")
    statements = value.get("Statement")
    if statements is UNKNOWN:
        raise DocumentError("has statements that are unknown in preview")
    listed = statements if isinstance(statements, list) else [statements]
    if not listed:
        raise DocumentError("has no statement")
    return tuple(_statement(item, index) for index, item in enumerate(listed))


def _check_form(value: Any) -> None:
    """Raises DocumentError where the texts, keys or depth are such as no policy's are."""
    level = [value]
    for _ in range(_DEEPEST):
        objects = [item for item in level if isinstance(item, dict)]
        if not all(isinstance(key, str) for item in objects for key in item):
            raise DocumentError("has a key that is no text")
        texts = (*(key for item in objects for key in item), *(t for t in level if type(t) is str))
        if any(_SURROGATE.search(text) for text in texts):
            raise DocumentError("has a text that is no Unicode")
        lists = (item for item in level if isinstance(item, list))
        level = [below for item in objects for below in item.values()]
        level += [below for item in lists for below in item]
    if level:
        raise DocumentError("is nested too deeply")


def _holds_variable(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_variable(item) for item in value.values())
    if isinstance(value, list):
        return any(map(_holds_variable, value))
    return isinstance(value, str) and "${" in value


def _load(text: str) -> Any:
    try:
        return read_json(text, unique)
    except DocumentError:
        raise
    except TooDeep:
        raise DocumentError("is nested too deeply") from None
    except ValueError:  # also of a number with more digits than Python reads
        raise DocumentError("is not JSON") from None


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Raises DocumentError where a key comes twice: who reads the text next may
    keep the other one."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise DocumentError("names a key twice")
    return dict(pairs)


def _statement(item: Any, index: int) -> Statement:
    if item is UNKNOWN:
        raise DocumentError(f"has a statement [{index}] that is unknown in preview")
    if not isinstance(item, dict) or set(item) - _KEYS:
        raise DocumentError(f"has a statement [{index}] that is not one of IAM's form")
    sid = item.get("Sid")
    named = isinstance(sid, str) and re.fullmatch("[A-Za-z0-9]{1,64}", sid)
    return Statement(
        label=f"statement {sid if named else f'[{index}]'}",
        allows=item.get("Effect") != "Deny",
        principals=_principals(item.get("Principal")),
        actions=_texts(item.get("Action")),
        resources=_texts(item.get("Resource")),
        conditions=tuple(_conditions(item.get("Condition", {}))),
        negated=tuple(key for key in _NEGATED if key in item),
        not_principals=_principals(item.get("NotPrincipal")),
        not_actions=_texts(item.get("NotAction")),
        not_resources=_texts(item.get("NotResource")),
        doubts=tuple(_doubts(item)),
    )


def _doubts(item: dict[str, Any]) -> Iterable[str]:
    """What keeps a statement from being read as written, in words that echo nothing of it."""
    if item.get("Effect") not in ("Allow", "Deny"):
        yield "Effect is neither Allow nor Deny"
    if ("Action" in item) == ("NotAction" in item):
        yield "has not exactly one of Action and NotAction"
    for key in ("Principal", "Resource"):
        if key in item and f"Not{key}" in item:
            yield f"has both {key} and Not{key}"
    for key in _KEYS - {"Sid", "Effect", "Condition"}:
        if key in item and item[key] in (None, [], {}):
            yield f"{key} is empty"
    condition = item.get("Condition", {})
    blocks = list(condition.items()) if isinstance(condition, dict) else []
    if not isinstance(condition, dict) or not all(isinstance(b, dict) for _, b in blocks):
        yield "Condition is not readable"
        return
    if not all(block for _, block in blocks):
        yield "Condition has an operator without keys"
    seen = [(operator.lower(), key.lower()) for operator, block in blocks for key in block]
    if len(set(seen)) != len(seen):
        yield "Condition tests one key twice with one operator"


def _texts(value: Any) -> tuple[Value, ...]:
    """A text or list of texts; what is neither is unknown, and so matches nothing narrow."""
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    return tuple(_text(item) for item in items)


def _text(item: Any) -> Value:
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int | float):  # as in NumericLessThan
        return json.dumps(item)
    return item if isinstance(item, str) else UNKNOWN


def _principals(value: Any) -> tuple[tuple[str, Value], ...]:
    if value is None:
        return ()
    if isinstance(value, dict):
        return tuple((kind, item) for kind in value for item in _texts(value[kind]))
    return (("AWS", _text(value)),)


def _conditions(value: Any) -> Iterable[Condition]:
    unread = Condition(NO_OPERATOR, "", (UNKNOWN,))
    if not isinstance(value, dict):
        yield unread
        return
    for operator, block in value.items():
        if isinstance(block, dict):
            for key, values in block.items():
                yield Condition(operator.lower(), key.lower(), _texts(values))
        else:
            yield unread
