"""What of a thing is as it was recorded: what nobody reads and nobody has changed, and where values
come from that are still the same."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from automation.described.calls import Kind
from automation.state import Resource


def kept(kind: Kind, record: Resource | None, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """What nobody reads of a thing: as recorded where nobody has changed it since, else unknown.
    Where nothing of it is recorded, there is something all the same, but of what is told only as it
    is recorded."""
    recorded = {} if record is None else record.inputs
    known = {} if record is None else record.outputs

    def unchanged(*names: str) -> bool:
        return all(known.get(n) is not None and known[n] == outputs.get(n) for n in names)

    names = [name for name in kind.kept if name in recorded]
    if not names and not (kind.restates and unchanged(*kind.while_)):
        names = list(kind.kept[:1])
    as_it_was = unchanged(*kind.while_)
    if record is not None and kind.call.by_key:
        as_it_was = as_it_was and not _is_of_others(record)
    found = {name: recorded.get(name, UNKNOWN) if as_it_was else UNKNOWN for name in names}
    found |= {
        name: recorded[name] if unchanged(output) else UNKNOWN
        for name, output in kind.held.items()
        if name in recorded
    }
    return {**found, **{name: recorded[name] for name in kind.fixed if name in recorded}}


def kept_sources(
    record: Resource, inputs: Mapping[str, Any], held: Iterable[str] = ()
) -> dict[str, list[str]]:
    """Where values come from that are still what was recorded, such as from another stack; held:
    and of what is made of the same, whatever it is."""
    return {
        name: list(urns or ())
        for name, urns in record.sources.items()
        if name in inputs
        and (name in held or _plain(inputs[name]) == _plain(record.inputs.get(name)))
    }


def _is_of_others(record: Resource) -> bool:
    """Whether an object was recorded with a tag that is not of what the program put there: somebody
    has written it, and a refresh has noted the tag alone. Without a key of KMS a tag is the MD5 of
    what was put there at once (S3 API reference, Object; read 2026-11-30); with one it is none."""
    tag, given = record.outputs.get("etag"), _given(record.inputs)
    by_key = str(record.outputs.get("serverSideEncryption")).startswith("aws:kms")
    if given is None or by_key or "-" in str(tag):
        return False
    return hashlib.md5(given, usedforsecurity=False).hexdigest() != tag


def _given(inputs: Mapping[str, Any]) -> bytes | None:
    """What a program has put into an object; None where its record does not tell."""
    source = inputs.get("source")
    text = source.get("text") if isinstance(source, Mapping) else inputs.get("content")
    encoded = inputs.get("contentBase64")
    try:
        if isinstance(encoded, str) and encoded != UNKNOWN:
            return base64.b64decode(encoded)
    except binascii.Error:
        return None
    return text.encode() if isinstance(text, str) and text != UNKNOWN else None


def _plain(value: Any) -> Any:
    """A list in an order of its own: AWS has another one than the program."""
    return sorted(map(str, value)) if isinstance(value, list) else value
