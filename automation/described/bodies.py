"""What a program says of a REST API in a body, and AWS tells as integrations and authorizers.

What nobody has recorded as a resource of its own is told in the recorded body, so that the proof
speaks of it by the name of the API, or of what has put its body. A body of which all is there is
told as it is recorded. Two bodies may be recorded of one API, of which the one that was put last
counts: what stands in one of them is told there, and what stands in neither in both. A body that no
rule can read is found as that, and what AWS has made of it is told by itself.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pulumi.runtime.rpc import UNKNOWN

from automation.described.api_parts import (
    EXTENSIONS,
    INTEGRATION,
    Block,
    Form,
    block,
    blocks,
    document,
    form,
)
from automation.state import Resource

API: Final = "aws:apigateway/restApi:RestApi"
PUT: Final = "aws:apigateway/restApiPut:RestApiPut"
# What is made anew of a body that is no longer what AWS has.
_ANEW: Final = ("paths", "components", "securityDefinitions")


class Bodies:
    """What is recorded so, by API, and what of each was found."""

    def __init__(self, records: Iterable[Resource]) -> None:
        self._of: dict[str, list[Resource]] = {}
        self._found: dict[str, list[tuple[str, str, Block]]] = {}
        for record in records:
            if record.type in (API, PUT) and record.inputs.get("body"):
                self._of.setdefault(_api(record), []).append(record)

    def takes(self, token: str, part: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
        """Whether a thing that is told of is of an API with a body; then it is told in that."""
        api = str(inputs.get("restApi")) if token in EXTENSIONS else ""
        if all(map(_is_unreadable, self._of.get(api, ()))):
            return False
        # An authorizer by its id, since two may have one name.
        names = ("path", "httpMethod") if token == INTEGRATION else ("name", "id")
        where = " ".join(str(part.get(name)) for name in names)
        self._found.setdefault(api, []).append((token, where, block(token, inputs)))
        return True

    def found(self, record: Resource) -> dict[str, Any]:
        """The body of a record with what is there."""
        bodies = self._of.get(_api(record), [])
        if all(record.urn != body.urn for body in bodies):
            return {}
        said = record.inputs["body"]
        if _is_unreadable(record):
            return {"body": said}
        own = _read(said)
        written = _forms(own)
        everywhere = {found for body in bodies for found in _forms(_read(body.inputs["body"]))}
        there = [
            one
            for one in self._found.get(_api(record), ())
            if (found := form(one[0], one[2])) in written or found not in everywhere
        ]
        if own is not None and {form(token, block) for token, _, block in there} == written:
            return {"body": said}
        kept = {name: value for name, value in (own or {}).items() if name not in _ANEW}
        return {"body": document(there, kept)}


def _api(record: Resource) -> str:
    """Of which API a body is."""
    of = {**record.inputs, **record.outputs}.get("restApiId")
    return record.id if record.type == API else str(of)


def _is_unreadable(record: Resource) -> bool:
    body = record.inputs["body"]
    return isinstance(body, str) and body != UNKNOWN and _read(body) is None


def _read(body: Any) -> dict[str, Any] | None:
    """What a body says, if a rule can read it, too."""
    try:
        read = json.loads(body, object_pairs_hook=_once) if isinstance(body, str) else None
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _forms(body: Any) -> set[Form]:
    return {form(token, said) for token, said in blocks(body)}
