"""Policy documents as they are written: an object, text that cannot be read, or a hole."""

from collections.abc import Mapping

from model.deployment import Node
from model.network import Hole
from rules.nesting import read_json
from rules.unknowns import UNKNOWN, at

Policy = Mapping[str, object] | str | Hole | None


def policy(node: Node, name: str) -> Policy:
    """A policy document: as an object where it is one, as text where it cannot be read."""
    value = at(node.resource.props, *name.split("."))
    if value is UNKNOWN:
        return Hole(f"{name} of {node.resource.noun} {node.resource.name!r} is unknown")
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, str) or not value:
        return None
    try:
        read = read_json(value)
    except ValueError:
        return value
    return read if isinstance(read, dict) else value
