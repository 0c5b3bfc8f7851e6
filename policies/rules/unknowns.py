"""Read properties without losing the whole policy to one unknown value.

The SDK wraps what a resource says in proxies that raise on the first touch of an unknown value,
and then drops the policy with an advisory line. Every rule therefore reads a plain copy, made
here and nowhere else, in which an unknown value is the object UNKNOWN.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final


class Unknown(Enum):
    """A value that is set, but that only the cloud knows."""

    VALUE = "unknown until it is created"


UNKNOWN: Final = Unknown.VALUE


def _raised_by_the_sdk() -> type[Exception]:
    """What a proxy of the SDK raises. Asked where one has, so the proof does not load the SDK."""
    from pulumi_policy.proxy import UnknownValueError

    return UnknownValueError


def read(props: Mapping[str, Any], key: str) -> Any:
    """The value, None when absent, or UNKNOWN during preview."""
    try:
        return props.get(key)
    except _raised_by_the_sdk():
        return UNKNOWN


def plain(value: Any) -> Any:
    """A copy of dicts, lists and scalars: ==, isinstance and slices mean what they say."""
    if isinstance(value, Mapping):
        return {key: plain(read(value, key)) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(_item(value, index)) for index in range(len(value))]
    return value


def _item(values: Sequence[Any], index: int) -> Any:
    try:
        return values[index]
    except _raised_by_the_sdk():
        return UNKNOWN


def is_set(value: Any) -> bool:
    """Whether a value counts as given. Real providers write zero values where nothing was said."""
    return value is UNKNOWN or value not in (None, "", [], {})


def at(props: Any, *path: str) -> Any:
    """The value behind nested keys; UNKNOWN as soon as one step is unknown, None when absent.

    A block that the wire carries as a list of one is entered through its only element.
    """
    value = props
    for key in path:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(key) if isinstance(value, dict) else None
    return value


def each(value: Any) -> Iterator[tuple[str, Any]]:
    """The elements of a list with their index as text; a lone value is a list of one."""
    if not is_set(value):
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield f"[{index}]", item
    else:
        yield "", value


ACCOUNT = re.compile(r"\d{12}")
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
ID = re.compile(r"[a-z]+-[0-9a-f]+")  # igw-0a1b2c3d4e5f67890
SERVICE_NAME = re.compile(r"[a-z]+(\.[a-z0-9-]+){2,6}")  # com.amazonaws.eu-west-1.s3
WORD = re.compile(r"AL2_[A-Z0-9_]+|Resource|ServiceNetwork|Tunnel|GatewayLoadBalancer")


def says(value: Any, shape: re.Pattern[str] | None = None) -> str:
    """How a message names a value that is not the wanted one.

    Secrets reach policies in clear, so a value is echoed only when it has the shape of an
    identifier, or is a Boolean; anything else is "another value".
    """
    if value is UNKNOWN:
        return "unknown in preview"
    if isinstance(value, bool):
        return str(value).lower()
    if shape is not None and isinstance(value, str) and shape.fullmatch(value):
        return value
    return "another value" if is_set(value) else "absent"


def listed(value: Any, known: Collection[str]) -> bool:
    """Whether a value is one of the known texts. Anything may come in place of a text."""
    return isinstance(value, str) and value in known


def true(value: Any) -> bool:
    """Whether a Boolean or its text form is known to be true."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def false(value: Any) -> bool:
    """Whether a Boolean or its text form is known to be false."""
    return value is False or (isinstance(value, str) and value.lower() == "false")


def has_unknown(value: Any) -> bool:
    """Whether a value is not known yet, or something in it at any depth."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN
