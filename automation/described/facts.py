"""The text of a facts file: the same bytes from the same things, however AWS orders them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

VERSION: Final = 1
# What people write of a thing decides nothing, and would change the file for nothing.
_NOT_KEPT: Final = ("tags", "description")


def facts_text(resources: Iterable[Mapping[str, Any]], read: str, here: Mapping[str, str]) -> str:
    """read: the day on which they were read."""
    document = {
        "facts": VERSION,
        "read": read,
        "account": here["account"],
        "region": here["region"],
        "resources": sorted((_kept(r) for r in resources), key=lambda r: str(r["urn"])),
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def same_things(before: str, after: str) -> bool:
    """Whether two files tell of the same things, whenever each was read."""
    try:
        old, new = json.loads(before), json.loads(after)
        return bool({**old, "read": ""} == {**new, "read": ""})
    except (ValueError, TypeError):
        return False


def _kept(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {k: _sorted(v) for k, v in value.items() if k not in _NOT_KEPT}
        if name in ("inputs", "outputs")
        else value
        for name, value in resource.items()
        if name != "sources"
    }


def _sorted(value: Any) -> Any:
    """Lists in one order: none of those that the model reads has an order of its own."""
    if isinstance(value, Mapping):
        return {k: _sorted(v) for k, v in value.items() if k not in _NOT_KEPT and v is not None}
    if isinstance(value, list):
        return sorted(map(_sorted, value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
