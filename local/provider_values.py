"""The engine's values: protobuf structs to plain Python and back, secrets, unknowns, names.

Wire format: sdk/go/common/resource/plugin/rpc.go of github.com/pulumi/pulumi, v3.250.0
(signatures as in pulumi.runtime.rpc).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_WIRE: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Value = Any
"""None, bool, int, float, str, list, dict with string keys, UNKNOWN or Secret; assets as dicts."""
Properties = dict[str, Value]
Path = tuple[str | int, ...]


class Unknown:
    """A value that only the engine's next steps will bring. There is one: UNKNOWN."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> "Unknown":
        return self

    def __deepcopy__(self, memo: object) -> "Unknown":
        return self


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A provider returns Secret(value) to mark what is secret by nature; it never receives one."""

    value: Value

    def __repr__(self) -> str:
        return "Secret(…)"


def decode(message: struct_pb2.Struct) -> Properties:
    """A struct as properties, secrets still wrapped. Entries that are null are left out."""
    return {key: _decode_value(value) for key, value in message.fields.items() if not _null(value)}


def _null(value: struct_pb2.Value) -> bool:
    return value.WhichOneof("kind") in (None, "null_value")


def _decode_value(value: struct_pb2.Value) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_WIRE else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_object(value.struct_value)
    return None


def _decode_object(message: struct_pb2.Struct) -> Value:
    signature = (
        message.fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in message.fields else ""
    )
    if signature == SECRET_SIGNATURE:
        return Secret(_decode_value(message.fields["value"]))
    if signature == OUTPUT_SIGNATURE:
        known = "value" in message.fields
        inner = _decode_value(message.fields["value"]) if known else UNKNOWN
        is_secret = "secret" in message.fields and message.fields["secret"].bool_value
        return Secret(inner) if is_secret else inner
    if signature == RESOURCE_SIGNATURE:
        reference = message.fields["id"] if "id" in message.fields else message.fields["urn"]
        return _decode_value(reference) or UNKNOWN
    return decode(message)


def encode(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """The inverse of decode; an entry that is None is left out."""
    fields = {k: _encode_value(v) for k, v in properties.items() if v is not None}
    return struct_pb2.Struct(fields=fields)


def _encode_value(value: Value) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=UNKNOWN_WIRE)
    if isinstance(value, Secret):
        wrapped = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value}
        return struct_pb2.Value(struct_value=encode(wrapped))
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=encode(value))
    if isinstance(value, list | tuple):
        items = struct_pb2.ListValue(values=[_encode_value(item) for item in value])
        return struct_pb2.Value(list_value=items)
    raise TypeError(f"{type(value).__name__} has no place in the engine's wire format")


def reveal(value: Value) -> Value:
    """The value without secret marks at any depth."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def conceal(value: Value, marked: Value) -> Value:
    """The value with the secret marks that stand at the same place in `marked`.

    Lists are marked whole when any element is secret, since elements may have moved.
    """
    if isinstance(value, Secret) or value is None:
        return value
    if isinstance(marked, Secret):
        return Secret(value)
    if isinstance(value, dict) and isinstance(marked, dict):
        return {k: conceal(v, marked[k]) if k in marked else v for k, v in value.items()}
    return Secret(value) if has_secret(marked) else value


def has_secret(value: Value) -> bool:
    return any(isinstance(item, Secret) for item in walk(value))


def has_unknown(value: Value) -> bool:
    return any(item is UNKNOWN for item in walk(value))


def walk(value: Value) -> Iterator[Value]:
    """The value and everything in it."""
    yield value
    if isinstance(value, Secret):
        yield from walk(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


def path_text(path: Path) -> str:
    """As the engine writes property paths: tags.Name, tags["a.b"], ingress[0].fromPort."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("_", "").replace("-", "").isalnum():
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def autoname(logical_name: str, seed: bytes, separator: str = "-", hex_digits: int = 7) -> str:
    """The real providers' default for a physical name: <logical name>-<7 hex digits>."""
    return f"{logical_name}{separator}{hashlib.sha256(seed).hexdigest()[:hex_digits]}"
