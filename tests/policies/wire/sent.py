"""A stack of the mutations as a program registers it and as the engine sends it to a pack.

What is unknown has the engine's mark; what each resource becomes is what a provider answers. What
is only described is registered by nobody: a facts file tells of it.
"""

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from model.deployment import Deployment, Node
from rules.unknowns import UNKNOWN
from sources.facts import VERSION
from tests.policies.mutations.stacks import Stack

OWN_COMPONENTS = "heiiki:"
PROVIDERS = "pulumi:providers:"
PROJECT = "heiiki"
INTERNAL = "__"  # keys that begin so are the engine's own
# Mutations that no preview shows to a pack, whatever it asks (docs/proof/README.md).
NOT_SHOWN = (
    "Strangers: a provider whose program comes from somebody else, as newer engines write it",
)


class CircleError(Exception):
    """No program can register these: they wait for each other."""


@dataclass(frozen=True)
class Sent:
    """One resource. urn: its new one. outputs: what it becomes, with its id, or without one.

    sources: by input, the URNs that its value comes from. plugin_url: where its provider's program
    is fetched from, which is said beside the inputs.
    """

    type: str
    name: str
    urn: str
    custom: bool
    inputs: struct_pb2.Struct
    sources: Mapping[str, tuple[str, ...]]
    outputs: struct_pb2.Struct
    plugin_url: str = ""

    @property
    def id(self) -> str:
        """Nothing where nobody knows it yet."""
        id_ = str(self.outputs["id"]) if "id" in self.outputs else ""
        return "" if id_ == UNKNOWN_STRING_VALUE else id_

    @property
    def package(self) -> str:
        """Of whose provider it is."""
        type_ = self.type.removeprefix(PROVIDERS)
        return type_.partition(":")[0]


def sent(stack: Stack, engine_stack: str) -> list[Sent]:
    """Every resource that is made, behind those that it takes something from.

    Raises ValueError where two would have one URN: parents, which are in URNs, are not told.
    """
    nodes = stack.deployment.made
    urns = {urn: _urn(node, engine_stack) for urn, node in nodes.items()}
    if len(set(urns.values())) < len(urns):
        raise ValueError(f"two resources of {stack.name} are called alike")
    return [_sent(node, urns) for node in in_order(nodes)]


def shown(stack: Stack) -> Stack:
    """What a preview shows of it: the engine leaves out what it keeps among a resource's inputs
    (pulumi/pkg v3.250.0, analyzer_plugin.go: SkipInternalKeys). A state has it."""
    nodes = stack.deployment.nodes.values()
    return replace(stack, deployment=Deployment.of(map(_without_internal, nodes)))


def _without_internal(node: Node) -> Node:
    props = {k: v for k, v in node.resource.props.items() if not k.startswith(INTERNAL)}
    return replace(node, resource=replace(node.resource, props=props))


def facts(stack: Stack, engine_stack: str, today: datetime.date) -> dict[str, Any] | None:
    """The facts file of what is described; None where nothing is."""
    nodes = stack.deployment.nodes
    described = [node for node in nodes.values() if node.described]
    if not described:
        return None
    urns = {urn: _urn(node, engine_stack) for urn, node in nodes.items()}
    boundary = stack.boundary
    return {
        "facts": VERSION,
        "read": today.isoformat(),
        "account": min(boundary.accounts),
        "region": min(boundary.regions),
        "resources": [_described(node, urns) for node in described],
    }


def _described(node: Node, urns: Mapping[str, str]) -> dict[str, Any]:
    resource = node.resource
    return {
        "urn": urns[resource.urn],
        "type": resource.type,
        "name": resource.name,
        "inputs": _marked(resource.props),
        "sources": {k: sorted(urns[u] for u in found) for k, found in node.sources.items()},
        "outputs": _marked(node.outputs()),
        "described": True,
    }


def _urn(node: Node, engine_stack: str) -> str:
    return f"urn:pulumi:{engine_stack}::{PROJECT}::{node.resource.type}::{node.resource.name}"


def in_order(nodes: Mapping[str, Node]) -> Iterator[Node]:
    """Raises CircleError where some wait for each other."""
    waiting = dict(nodes)
    while waiting:
        ready = [
            urn
            for urn, node in waiting.items()
            if not any((sources & waiting.keys()) - {urn} for sources in node.sources.values())
        ]
        if not ready:
            raise CircleError(f"they wait for each other: {', '.join(sorted(waiting))}")
        for urn in ready:
            yield waiting.pop(urn)


def _sent(node: Node, urns: Mapping[str, str]) -> Sent:
    resource = node.resource
    own = resource.type.startswith(OWN_COMPONENTS) or resource.component
    told = {key: [urns[urn] for urn in found if urn in urns] for key, found in node.sources.items()}
    sources = {key: tuple(sorted(found)) for key, found in told.items() if found}
    internal = json.loads(resource.props.get("__internal", "{}"))
    return Sent(
        resource.type, resource.name, urns[resource.urn], not own,
        struct(_without_internal(node).resource.props), sources, struct(node.outputs()),
        internal.get("pluginDownloadURL", ""),
    )  # fmt: skip


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """As the wire carries it."""
    message = struct_pb2.Struct()
    json_format.ParseDict(_marked(values), message)
    return message


def _marked(value: Any) -> Any:
    if value is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if isinstance(value, Mapping):
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(item) for item in value]
    return value
