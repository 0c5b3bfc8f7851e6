"""Kubernetes objects that would open the network from inside the cluster."""

from collections.abc import Iterator
from typing import Any

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, each, is_set, true

SERVICE_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
SERVICE_INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
INGRESS_SCHEME = "alb.ingress.kubernetes.io/scheme"


def _kind(resource: Resource) -> str:
    """The kind, whether the object stands alone or is a patch of another."""
    return resource.noun.removesuffix("Patch")


def _objects(resource: Resource, kind: str) -> Iterator[tuple[str, Any]]:
    """The objects of this kind: the resource itself, or the items of its list."""
    if _kind(resource) == kind:
        yield "", resource.props
    elif _kind(resource) == f"{kind}List":
        yield from ((f"items{index} ", item) for index, item in each(resource.props.get("items")))


def _load_balancer(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, service in _objects(resource, "Service"):
        kind = at(service, "spec", "type")
        if kind not in ("LoadBalancer", UNKNOWN):
            continue
        notes = at(service, "metadata", "annotations")
        if at(notes, SERVICE_SCHEME) == "internal":
            continue
        # The older annotation counts only where the newer one does not contradict it.
        if is_set(at(notes, SERVICE_SCHEME)) or not true(at(notes, SERVICE_INTERNAL)):
            yield f"{where}is, or may be, of type LoadBalancer without the internal scheme"


def _external_name(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, service in _objects(resource, "Service"):
        if at(service, "spec", "type") == "ExternalName" or is_set(
            at(service, "spec", "externalName")
        ):
            yield f"{where}is of type ExternalName"
        if is_set(at(service, "spec", "externalIPs")):
            yield f"{where}sets externalIPs"


def _ingress(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, item in _objects(resource, "Ingress"):
        if at(item, "metadata", "annotations", INGRESS_SCHEME) != "internal":
            yield f"{where}does not ask for the internal scheme"
    for where, item in _objects(resource, "Gateway"):
        notes = at(item, "spec", "infrastructure", "annotations")
        if "internal" not in (at(notes, SERVICE_SCHEME), at(notes, INGRESS_SCHEME)):
            yield f"{where}does not ask for the internal scheme"
    for where, item in (
        *_objects(resource, "LoadBalancerConfiguration"),
        *_objects(resource, "IngressClassParams"),
    ):
        if at(item, "spec", "scheme") != "internal":
            yield f"{where}sets spec.scheme to something other than internal"


def _webhook(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for where, item in _objects(resource, kind):
            hooks = at(item, "webhooks")
            if item is UNKNOWN or hooks is UNKNOWN:
                yield f"{where}has webhooks that are unknown in preview"
                continue
            for index, hook in each(hooks):
                if is_set(at(hook, "clientConfig", "url")):
                    yield f"{where}webhooks{index}.clientConfig sets url"
    for where, item in _objects(resource, "CustomResourceDefinition"):
        if is_set(at(item, "spec", "conversion", "webhook", "clientConfig", "url")):
            yield f"{where}spec.conversion.webhook.clientConfig sets url"


def _release(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "Release":
        yield "hides its objects from every rule"


CHECKS: dict[str, Check] = {
    "CN-140": _load_balancer,
    "CN-141": _external_name,
    "CN-142": _ingress,
    "CN-143": _webhook,
    "CN-144": _release,
}
