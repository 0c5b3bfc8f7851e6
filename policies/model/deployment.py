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
    known; "id" among them. described: whether others made it, and it is only told of: whoever
    refers to it finds it, and no rule judges it, which is for its owner to do. of_state: whether
    its outputs are what AWS was last seen to have, also where somebody else put that there.
    """

    resource: Resource
    sources: Mapping[str, frozenset[str]]
    outputs: Callable[[], Mapping[str, Any]]
    described: bool = False
    of_state: bool = False

    def recorded(self, name: str) -> Any:
        """What a state has recorded of a collection that others add to as well; None elsewhere.

        A refresh writes what was never asked for to the outputs alone. Resources that stand for
        one element each (a route, a rule) are in it, too, once it is refreshed.
        """
        return self.outputs().get(name) if self.of_state else None


@dataclass(frozen=True)
class Deployment:
    """All resources of one deployment, by URN, in the order in which they were declared."""

    nodes: Mapping[str, Node] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> "Deployment":
        return cls({node.resource.urn: node for node in nodes})

    def with_described(self, nodes: Iterable[Node]) -> "Deployment":
        """The same with things that others made, but for those that it has itself: what is
        described as supplied may have been made by this deployment since."""
        described = list(nodes)
        if not described:
            return self
        own = {node.outputs().get("id") for node in self.nodes.values()}
        added = (node for node in described if node.outputs().get("id") not in own)
        return Deployment({**{node.resource.urn: node for node in added}, **self.nodes})

    @cached_property
    def made(self) -> Mapping[str, Node]:
        """What the deployment makes itself, without what is only described."""
        return {urn: node for urn, node in self.nodes.items() if not node.described}

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
