"""Parameters of Systems Manager that hold keys."""

from collections.abc import Iterator, Mapping
from typing import Final

from model.deployment import Node
from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, is_set

PARAMETER: Final = "aws:ssm/parameter:Parameter"
_TEXTS: Final = ("value", "insecureValue")
_SECURE: Final = "SecureString"
_MARK: Final = "PRIVATE KEY-----"  # of PEM, whatever kind of key


def _key_in_clear(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """By the name where the value is not known yet, as that of a key that is made here."""
    kind = resource.props.get("type")
    if kind == _SECURE and not is_set(resource.props.get("insecureValue")):
        return
    name = resource.props.get("name")
    named = isinstance(name, str) and name.endswith((".key", ".pem.key", "-key.pem"))
    values = (resource.props.get(key) for key in _TEXTS)
    if named or any(isinstance(v, str) and _MARK in v for v in values if v is not UNKNOWN):
        yield f"holds a private key and is no {_SECURE}"


def unread(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """Parameters in clear whose text nobody has told: a secret of a state, or what somebody has
    written into a live account since.

    What comes from something that is made here is judged as soon as that is known.
    """
    for node in nodes.values():
        resource = node.resource
        if resource.type != PARAMETER or any(_key_in_clear(resource, Boundary())):
            continue
        for key in _TEXTS:
            untold = resource.props.get(key) is UNKNOWN and not node.sources.get(key)
            if untold and resource.props.get("type") != _SECURE:
                yield resource, f"is no {_SECURE}, and nobody has read its {key}"


CHECKS: dict[str, Check] = {"CN-182": _key_in_clear}
