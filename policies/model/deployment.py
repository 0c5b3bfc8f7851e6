"""A deployment: resources with their properties and where each comes from, whoever tells of them.

A preview, a state export and a reading of the live account all become this, and everything that
the proof knows is read from it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rules.model import Resource


@dataclass(frozen=True)
class Node:
    """One resource of a deployment.

    resource: with the inputs that it was asked for, in the wire form, unknown values as UNKNOWN.
    sources: URNs that each input's value comes from. outputs: what it has become, as far as it is
    known; "id" among them.
    """

    resource: Resource
    sources: Mapping[str, frozenset[str]]
    outputs: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Deployment:
    """All resources of one deployment, by URN, in the order in which they were declared."""

    nodes: Mapping[str, Node] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> "Deployment":
        return cls({node.resource.urn: node for node in nodes})

    def of_type(self, *types: str) -> Iterator[Node]:
        """The resources of these types, in order."""
        for wanted in types:
            yield from self._by_type.get(wanted, ())

    @cached_property
    def _by_type(self) -> Mapping[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            found.setdefault(node.resource.type, []).append(node)
        return found
