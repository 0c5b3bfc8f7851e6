"""A deployment out of a recording: what a program registers when it runs without an engine.

A list of objects with urn, type, name, inputs, sources (input to URNs) and outputs; an unknown
value is the text that Pulumi itself sends for one. What has described: true is nobody's here: it
was read from AWS, as what is supplied. What has of_state: true is told as a state has it: its
outputs are what AWS was last seen to have.
"""

from collections.abc import Mapping
from typing import Any

from model.deployment import Deployment, Node
from rules.model import Resource
from sources.faults import SourceError
from sources.wire import read_properties

_TEXTS = ("urn", "type", "name")
_OBJECTS = ("inputs", "sources", "outputs")
_BOOLEANS = ("described", "of_state")


def read_recorded(recorded: Any, where: str = "recording") -> Deployment:
    """The deployment of a recording, parsed. Raises SourceError."""
    return Deployment.of(read_nodes(recorded, where))


def read_nodes(recorded: Any, where: str) -> list[Node]:
    """The resources of a recording, parsed. Raises SourceError."""
    if not isinstance(recorded, list):
        raise SourceError(f"{where}: is no list of resources")
    nodes = [_node(item, f"{where}[{index}]") for index, item in enumerate(recorded)]
    if len({node.resource.urn for node in nodes}) != len(nodes):
        raise SourceError(f"{where}: has two resources of one urn")
    return nodes


def _node(item: Any, at: str) -> Node:
    if not isinstance(item, Mapping):
        raise SourceError(f"{at}: is no object")
    wrong = [name for name in _TEXTS if not isinstance(item.get(name), str)]
    wrong += [name for name in _OBJECTS if not isinstance(item.get(name, {}), Mapping)]
    if "sources" not in wrong and any(
        not isinstance(urns, list) for urns in item.get("sources", {}).values()
    ):
        wrong.append("sources")
    wrong += [name for name in _BOOLEANS if not isinstance(item.get(name, False), bool)]
    if wrong:
        wanted = (
            f"{', '.join(_TEXTS)} are texts, {', '.join(_OBJECTS)} objects, "
            f"{', '.join(_BOOLEANS)} Booleans"
        )
        raise SourceError(f"{at}: cannot read {', '.join(wrong)}; {wanted}")
    outputs = read_properties(item.get("outputs", {}))
    sources = item.get("sources", {})
    return Node(
        Resource(item["type"], item["name"], item["urn"], read_properties(item.get("inputs", {}))),
        {name: frozenset(urns) for name, urns in sources.items()},
        lambda: outputs,
        item.get("described", False),
        item.get("of_state", False),
    )
