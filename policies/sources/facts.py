"""What was read of a supplied network, for a while: heiiki.<stack>.facts.json.

A thing that is supplied by id is a hole of the model: it is named, and nobody describes it. This
file describes it, as somebody with credentials has read it from AWS on a day. It closes holes and
answers for nothing: who may be used is the boundary's to say, and what the file shows to be open is
open, whoever has signed for it.

A file that is malformed, too old or of somebody else's account is refused as a whole. To take it
for absent would change what a proof stands on without a word.
"""

import datetime
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from model.deployment import Node
from rules.boundary import Boundary
from sources.faults import SourceError
from sources.recorded import read_nodes

VERSION: Final = 1
_KEYS: Final = ("facts", "read", "account", "region", "resources")
_AGAIN: Final = "run heiiki facts again, and check the file in"


def read_facts(document: Any, boundary: Boundary, today: datetime.date, where: str) -> list[Node]:
    """The things that a facts file describes. Raises SourceError with everything that is wrong."""
    if not isinstance(document, Mapping) or set(document) != set(_KEYS):
        raise SourceError(f"{where}: is no object of {', '.join(_KEYS)}; {_AGAIN}")
    faults = [*_faults(document, boundary, today)]
    nodes = _nodes(document["resources"], where, faults)
    if faults:
        raise SourceError("\n".join(f"{where}: {fault}" for fault in faults))
    return nodes


def read_facts_file(path: Path, boundary: Boundary, today: datetime.date) -> list[Node]:
    """The same of a file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise SourceError(f"{path.name}: is not JSON; {_AGAIN}") from None
    return read_facts(document, boundary, today, path.name)


def _faults(document: Mapping[str, Any], boundary: Boundary, today: datetime.date) -> Iterator[str]:
    """What is wrong with where and when the facts were read."""
    if document["facts"] != VERSION or isinstance(document["facts"], bool):
        yield f"facts must be {VERSION}, the form that is read here; {_AGAIN}"
    yield from _age(document["read"], boundary.facts_max_age_days, today)
    for key, own in (("account", boundary.accounts), ("region", boundary.regions)):
        value = document[key]
        if not isinstance(value, str) or not value:
            yield f"{key} must be a text; {_AGAIN}"
        elif value not in own and (key == "account" or own):
            yield (
                f"{key} is none that boundary.{key}s lists, so it describes somebody else's "
                f"network; list it there if it is yours, or {_AGAIN} with the credentials of yours"
            )


def _age(value: Any, days: int, today: datetime.date) -> Iterator[str]:
    try:
        read = datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        yield f"read must be a date such as 2026-11-28; {_AGAIN}"
        return
    if read > today + datetime.timedelta(days=1):  # clocks of the earth differ by a day
        yield f"read is {read}, which has not come; {_AGAIN}"
    elif today - read > datetime.timedelta(days):
        yield f"was read on {read}, more than {days} days ago; {_AGAIN}"


def _nodes(resources: Any, where: str, faults: list[str]) -> list[Node]:
    try:
        nodes = read_nodes(resources, f"{where}: resources")
    except SourceError as error:
        faults.append(str(error).removeprefix(f"{where}: "))
        return []
    for node in nodes:
        if not node.described or not isinstance(node.outputs().get("id"), str):
            faults.append(f"{node.resource.name} is not described by an id; {_AGAIN}")
    return nodes
