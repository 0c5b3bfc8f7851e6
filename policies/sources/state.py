"""A deployment out of a state: what `pulumi stack export` writes.

Every id is known here. A secret that is encrypted is unknown, and so set. What was only read
(`.get`) is in the state, but nobody here has made it: it is left out, so that ids of it are holes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from model.deployment import Deployment, Node
from rules.model import Resource
from sources.faults import SourceError
from sources.wire import read_properties

_WANTED = "the JSON that `pulumi stack export` writes"


def read_state(export: Any, where: str = "state") -> Deployment:
    """The deployment of a state export, parsed. Raises SourceError."""
    nodes = [_read(item, at) for item, at in _resources(export, where)]
    found = Deployment.of(nodes)
    if len(found.nodes) != len(nodes):
        # The engine writes none; one of the two would be taken for the other.
        raise SourceError(f"{where}: has two resources of one urn; give {_WANTED}")
    return found


def _resources(export: Any, where: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    deployment = export.get("deployment") if isinstance(export, Mapping) else None
    if not isinstance(deployment, Mapping):
        raise SourceError(f"{where}: has no deployment; give {_WANTED}")
    pending = deployment.get("pending_operations")
    if pending:
        raise SourceError(
            f"{where}: deployment.pending_operations holds {len(pending)}, so nobody knows what "
            "exists; run `pulumi refresh`, and export again"
        )
    resources = deployment.get("resources") or []
    if not isinstance(resources, list):
        raise SourceError(f"{where}: deployment.resources is no list; give {_WANTED}")
    for index, item in enumerate(resources):
        at = f"{where}: deployment.resources[{index}]"
        if not isinstance(item, Mapping) or not isinstance(item.get("urn"), str):
            raise SourceError(f"{at} has no urn; give {_WANTED}")
        if not item.get("external"):
            yield item, at


def _read(item: Mapping[str, Any], at: str) -> Node:
    try:
        return _node(item, at)
    except RecursionError:
        raise SourceError(f"{at} ({item['urn']}) is nested too deeply to be read") from None


def _node(item: Mapping[str, Any], at: str) -> Node:
    urn, type_ = str(item["urn"]), item.get("type")
    if not isinstance(type_, str):
        raise SourceError(f"{at}: has no type; give {_WANTED}")
    inputs, outputs = (_mapping(item, name, at) for name in ("inputs", "outputs"))
    sources = _mapping(item, "propertyDependencies", at)
    known = read_properties(outputs)
    if isinstance(item.get("id"), str):
        known["id"] = item["id"]
    name = urn.rsplit("::", 1)[-1]
    if item.get("delete"):  # replaced, and still there: its replacement has the same URN
        urn = f"{urn}#{item.get('id')}"
    component = item.get("custom") is False and not item.get("provider")
    return Node(
        Resource(type_, name, urn, read_properties(inputs), component),
        {name: frozenset(urns or ()) for name, urns in sources.items()},
        lambda: known,
        of_state=True,
    )


def _mapping(item: Mapping[str, Any], name: str, at: str) -> Mapping[str, Any]:
    value = item.get(name) or {}
    if not isinstance(value, Mapping):
        raise SourceError(f"{at}.{name} is no object; give {_WANTED}")
    return value
