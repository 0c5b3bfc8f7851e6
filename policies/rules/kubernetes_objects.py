"""Which Kubernetes objects a resource holds, whatever form it was declared in.

A typed resource, a CustomResource with the same apiVersion and kind, a patch and an item of any
list are the same object to the API server. What the object says of itself decides; the token
decides where it says nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rules.model import Resource
from rules.unknowns import UNKNOWN, at, each, is_set

# Resources of the Pulumi package that are no objects; what they hold is registered one by one.
OVERLAYS = frozenset({"helm.sh", "kustomize", "yaml"})
_VERSION = re.compile(r"v\d+((alpha|beta)\d+)?")

# API groups whose kinds open no way out, or are judged kind by kind here.
GROUPS: dict[str, str] = {
    "": "Service, ConfigMap: judged kind by kind; the others stay in the cluster",
    **dict.fromkeys(
        (
            "admissionregistration.k8s.io",
            "apiextensions.k8s.io",
            "extensions",
            "gateway.k8s.aws",
            "gateway.networking.k8s.io",
            "elbv2.k8s.aws",
            "karpenter.k8s.aws",
            "networking.k8s.io",
        ),
        "judged kind by kind",
    ),
    **dict.fromkeys(
        (
            "apiregistration.k8s.io",
            "apps",
            "authentication.k8s.io",
            "authorization.k8s.io",
            "autoscaling",
            "batch",
            "certificates.k8s.io",
            "coordination.k8s.io",
            "discovery.k8s.io",
            "events.k8s.io",
            "flowcontrol.apiserver.k8s.io",
            "internal.apiserver.k8s.io",
            "node.k8s.io",
            "policy",
            "rbac.authorization.k8s.io",
            "resource.k8s.io",
            "scheduling.k8s.io",
            "storage.k8s.io",
            "storagemigration.k8s.io",
        ),
        "Kubernetes' own; stays in the cluster",
    ),
    **dict.fromkeys(
        (
            "crd.k8s.amazonaws.com",
            "karpenter.sh",
            "networking.k8s.aws",
            "snapshot.storage.k8s.io",
            "vpcresources.k8s.aws",
        ),
        "of controllers on the cluster's nodes; names groups, pools and snapshots only",
    ),
}

# Of these the ones whose objects tell a controller what to ask, or have something else ask: a URL
# in them is called.
CONTROLLERS = frozenset(
    {
        "crd.k8s.amazonaws.com",
        "elbv2.k8s.aws",
        "gateway.k8s.aws",
        "karpenter.k8s.aws",
        "karpenter.sh",
        "networking.k8s.aws",
        "vpcresources.k8s.aws",
    }
)


@dataclass(frozen=True)
class Object:
    """One object; where is "" or ends in a space. A group or kind of None is not known."""

    where: str
    group: str | None
    kind: str | None
    body: Any


def objects(resource: Resource) -> Iterator[Object]:
    """Every object of a resource: itself, and the items of lists to any depth."""
    middle = resource.type.partition(":")[2].rpartition(":")[0]
    token = (_token_group(middle), resource.noun.removesuffix("Patch"))
    if token[0] in OVERLAYS and not is_set(resource.props.get("apiVersion")):
        return
    said = _said(resource.props, token)
    yield from _walk("", said, resource.props)
    if said != token:
        yield from _walk("", token, resource.props)


def of_kind(resource: Resource, kind: str, *groups: str) -> Iterator[tuple[str, Any]]:
    """Where an object of this kind stands, and the object."""
    for item in objects(resource):
        if item.kind == kind and item.group in groups:
            yield item.where, item.body


_Kind = tuple[str | None, str | None]


def _walk(where: str, named: _Kind, body: Any) -> Iterator[Object]:
    group, kind = named
    yield Object(where, group, kind, body)
    if kind is None or not kind.endswith("List"):
        return
    # The items of a ServiceList need not say that they are Services; those of a List must.
    fallback = (group, kind.removesuffix("List") or None)
    for index, item in each(at(body, "items")):
        yield from _walk(f"{where}items{index} ", _said(item, fallback), item)


def _said(body: Any, fallback: _Kind) -> _Kind:
    version, kind = at(body, "apiVersion"), at(body, "kind")
    if body is UNKNOWN:
        return fallback
    group = _group(version) if is_set(version) else fallback[0]
    if not is_set(kind):
        return group, fallback[1]
    return group, kind.removesuffix("Patch") if isinstance(kind, str) else None


def _group(version: Any) -> str | None:
    """The group of an apiVersion; None when it is unknown or none."""
    if not isinstance(version, str):
        return None
    group, slash, _ = version.partition("/")
    return group if slash else ""


def _token_group(middle: str) -> str:
    """core/v1 and v1 (as a CustomResource has it) are the core group; yaml/v2 is yaml."""
    group, slash, _ = middle.partition("/")
    return "" if group == "core" or (not slash and _VERSION.fullmatch(group)) else group
