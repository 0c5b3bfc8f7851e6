"""A deployment out of what the engine asks an analyzer: the inputs of each resource before it is
made, and at the end what each became and where its inputs come from."""

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any

from google.protobuf import json_format
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

from model.deployment import Deployment, Node
from rules.model import Resource
from rules.unknowns import plain


def read_preview(resources: Iterable[Any], inputs: Mapping[str, Mapping[str, Any]]) -> Deployment:
    """The deployment of AnalyzerResources. inputs: of each by URN, plain, as it was asked for."""
    return Deployment.of(_node(sent, inputs.get(sent.urn, {})) for sent in resources)


def read_struct(sent: Any) -> dict[str, Any]:
    """A plain copy of a resource's properties as the engine sends them."""
    values = deserialize_properties(json_format.MessageToDict(sent))
    return dict(plain(unknown_checking_proxy(values)))


def _node(sent: Any, props: Mapping[str, Any]) -> Node:
    sources = {key: frozenset(d.urns) for key, d in sent.propertyDependencies.items()}
    return Node(
        Resource(sent.type, sent.name, sent.urn, props),
        sources,
        cache(partial(read_struct, sent.properties)),
    )
