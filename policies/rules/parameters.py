"""Parameters of Systems Manager that hold keys."""

from collections.abc import Iterator
from typing import Final

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, is_set

_SECURE: Final = "SecureString"
_MARK: Final = "PRIVATE KEY-----"  # of PEM, whatever kind of key


def _key_in_clear(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """By the name where the value is not known yet, as that of a key that is made here."""
    kind = resource.props.get("type")
    if kind == _SECURE and not is_set(resource.props.get("insecureValue")):
        return
    name = resource.props.get("name")
    named = isinstance(name, str) and name.endswith((".key", ".pem.key", "-key.pem"))
    values = (resource.props.get(key) for key in ("value", "insecureValue"))
    if named or any(isinstance(v, str) and _MARK in v for v in values if v is not UNKNOWN):
        yield f"holds a private key and is no {_SECURE}"


CHECKS: dict[str, Check] = {"CN-182": _key_in_clear}
