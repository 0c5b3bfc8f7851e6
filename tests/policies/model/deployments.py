"""Deployments for tests: an example's, or a few resources that a test writes down."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from components.program import program
from model.build import build_network
from model.deployment import Deployment, Node
from model.network import Network
from rules.model import Resource
from rules.unknowns import UNKNOWN
from tests.mocks import Registration, build
from tests.scenarios import read

_COMPUTED = {"rtb-main", "pl-s3", "sg-eks", "eipalloc-mock"}
_SHARED = {"aws:ec2/vpc:Vpc": ("defaultRouteTableId",), "aws:ec2/instance:Instance": ("id",)}
_SHARED_INPUTS = ("defaultRouteTableId", "instanceId")
_MADE_BY_AWS = re.compile(r"arn:aws:mock:.*")


@cache
def registered(scenario: str) -> tuple[Registration, ...]:
    """What an example registers."""
    spec, lock = read(scenario)
    recorder, _ = build(lambda: program(spec, lock, where=scenario))
    return tuple(recorder.registrations)


@cache
def example(scenario: str, known: bool) -> Deployment:
    """An example's deployment: with the ids that it has after an update, or as a first preview
    has it, with every id unknown."""
    found = registered(scenario)
    computed = {r.id for r in found} | _COMPUTED
    hidden = frozenset() if known else computed
    return Deployment.of(_node(r, hidden) for r in found)


def _node(registration: Registration, hidden: frozenset[str]) -> Node:
    """One resource; with ids of its own where the mocks give several the same."""
    outputs = {**registration.outputs, "id": registration.id}
    inputs = dict(registration.inputs)
    for name in _SHARED.get(registration.type, ()) if not hidden else ():
        outputs[name] = f"{outputs[name]} of {registration.urn}"
    for name in _SHARED_INPUTS if not hidden else ():
        if inputs.get(name):
            inputs[name] = f"{inputs[name]} of {min(registration.sources[name])}"
    shown = _without(outputs, hidden)
    return Node(
        Resource(
            registration.type,
            registration.name,
            registration.urn,
            _without(inputs, hidden),
        ),
        registration.sources,
        lambda: shown,
    )


def _without(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(item, hidden) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without(item, hidden) for item in value]
    if hidden and isinstance(value, str) and (value in hidden or _MADE_BY_AWS.fullmatch(value)):
        return UNKNOWN
    return value


def node(
    type_: str,
    name: str,
    props: Mapping[str, Any] | None = None,
    sources: Mapping[str, Iterable[str]] | None = None,
    /,
    **outputs: Any,
) -> Node:
    """A resource whose URN is its name, and whose id is its name unless outputs say otherwise."""
    shown = {"id": name, **outputs}
    return Node(
        Resource(type_, name, name, dict(props or {})),
        {key: frozenset(urns) for key, urns in (sources or {}).items()},
        lambda: shown,
    )


def network(*nodes: Node) -> Network:
    """The network of these resources."""
    return build_network(Deployment.of(nodes))
