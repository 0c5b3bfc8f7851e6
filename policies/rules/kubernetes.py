"""Kubernetes objects that would open the network from inside the cluster."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from rules.addresses import is_private_address, outside_reason
from rules.asked_balancers import asked
from rules.boundary import Boundary
from rules.controllers import ranges_of_controllers
from rules.hosts import outside_host
from rules.kubernetes_objects import GROUPS, objects, of_kind
from rules.model import Check, Resource
from rules.pods import bodies, containers, flag_values, runs
from rules.unknowns import UNKNOWN, at, each, false, is_set, says, true

SERVICE_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
SERVICE_INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
LATTICE = "application-networking.k8s.aws/gateway-api-controller"
# What pods have to reach on their own link: Pod Identity, the VPC's resolver, time, and the cache
# of names on the node. The machine's metadata (169.254.169.254) is not among them.
LINK_LOCAL = tuple(
    IPv4Network(block)
    for block in ("169.254.170.23", "169.254.169.253", "169.254.169.123", "169.254.20.10")
)
INGRESS_PREFIX = "alb.ingress.kubernetes.io"
INGRESS_SCHEME = f"{INGRESS_PREFIX}/scheme"
# What the controller of Ingresses is called, and the flag by which it reads other annotations
# (AWS Load Balancer Controller, annotations of Ingresses; read 2026-11-28).
CONTROLLERS = frozenset(
    {"aws-load-balancer-controller", "aws-alb-ingress-controller", "alb-ingress-controller"}
)
PREFIX_FLAG = "-annotations-prefix"
# Networks of others that a controller joins, so that they serve what is inside.
TUNNELS = ("cloudflare", "inlets", "ngrok", "tailscale")
_USUAL = (f"{INGRESS_PREFIX}/", "service.beta.kubernetes.io/")  # what else is said of these


def _load_balancer(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, service in of_kind(resource, "Service", ""):
        kind = at(service, "spec", "type")
        if kind not in ("LoadBalancer", UNKNOWN):
            continue
        notes = at(service, "metadata", "annotations")
        address = at(service, "spec", "loadBalancerIP")
        if is_set(address) and not is_private_address(address, boundary.ranges):
            yield f"{where}spec.loadBalancerIP is no address inside the boundary"
        if _is_tunnel(at(service, "spec", "loadBalancerClass")):
            yield f"{where}has a load balancer at somebody outside, to whom nodes connect"
            continue
        if at(notes, SERVICE_SCHEME) == "internal":
            continue
        # The older annotation counts only where the newer one does not contradict it.
        if is_set(at(notes, SERVICE_SCHEME)) or not true(at(notes, SERVICE_INTERNAL)):
            yield f"{where}is, or may be, of type LoadBalancer without the internal scheme"


def _external_name(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, service in of_kind(resource, "Service", ""):
        if at(service, "spec", "type") == "ExternalName" or is_set(
            at(service, "spec", "externalName")
        ):
            yield f"{where}is of type ExternalName"
        if is_set(at(service, "spec", "externalIPs")):
            yield f"{where}sets externalIPs"


def _is_tunnel(value: Any) -> bool:
    """Whether a class or a controller stands for a tunnel to somebody outside."""
    return isinstance(value, str) and any(name in value.lower() for name in TUNNELS)


def _tunnels(resource: Resource) -> Iterator[str]:
    """Ingresses, Gateways and their classes that are served from outside, through a tunnel."""
    for kind, path, *groups in (
        ("Ingress", ("ingressClassName",), "networking.k8s.io", "extensions"),
        ("IngressClass", ("controller",), "networking.k8s.io"),
        ("Gateway", ("gatewayClassName",), "gateway.networking.k8s.io"),
        ("GatewayClass", ("controllerName",), "gateway.networking.k8s.io"),
    ):
        for where, item in of_kind(resource, kind, *groups):
            if _is_tunnel(at(item, "spec", *path)):
                yield f"{where}spec.{path[0]} is of somebody outside, to whom nodes connect"


def _gateway_addresses(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """Addresses that a Gateway asks for. One of a kind of its own controller's may be any."""
    for where, item in of_kind(resource, "Gateway", "gateway.networking.k8s.io"):
        for index, one in each(at(item, "spec", "addresses")):
            kind, value = at(one, "type"), at(one, "value")
            if not is_set(value):
                continue  # any address, of the kind that the scheme says
            if kind == "Hostname" and isinstance(value, str):
                inside = outside_host(value, boundary) is None
            else:
                inside = kind in (None, "IPAddress") and is_private_address(value, boundary.ranges)
            if not inside:
                yield f"{where}spec.addresses{index} is {says(value)}, no address inside"


def _ingress(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, item in of_kind(resource, "Ingress", "networking.k8s.io", "extensions"):
        if at(item, "metadata", "annotations", INGRESS_SCHEME) != "internal":
            yield f"{where}does not ask for the internal scheme"
    for where, item in of_kind(resource, "Gateway", "gateway.networking.k8s.io"):
        notes = at(item, "spec", "infrastructure", "annotations")
        if "internal" not in (at(notes, SERVICE_SCHEME), at(notes, INGRESS_SCHEME)):
            yield f"{where}does not ask for the internal scheme"
    for where, item in (
        *of_kind(resource, "LoadBalancerConfiguration", "gateway.k8s.aws"),
        *of_kind(resource, "IngressClassParams", "elbv2.k8s.aws"),
    ):
        if at(item, "spec", "scheme") != "internal":
            yield f"{where}sets spec.scheme to something other than internal"
    for one in asked(resource, "scheme"):
        if one.value != "internal":
            yield f"{one.where} is {says(one.value)}, not internal"
    yield from _other_prefixes(resource)
    yield from _gateway_addresses(resource, boundary)
    yield from _tunnels(resource)


def _other_prefixes(resource: Resource) -> Iterator[str]:
    """Where a controller takes annotations by another prefix, no rule reads what they ask for."""
    for container in containers(resource):
        for prefix in flag_values(container, PREFIX_FLAG) if runs(container) & CONTROLLERS else ():
            if prefix != INGRESS_PREFIX:
                yield f"{container.where} takes other annotations than {INGRESS_PREFIX}'s"
    for where, item in (
        *of_kind(resource, "Ingress", "networking.k8s.io", "extensions"),
        *of_kind(resource, "Service", ""),
    ):
        notes = at(item, "metadata", "annotations")
        for key, value in notes.items() if isinstance(notes, dict) else ():
            if value == "internet-facing" and not str(key).startswith(_USUAL):
                yield f"{where}annotation {key} is internet-facing"


def _webhook(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for where, item in of_kind(resource, kind, "admissionregistration.k8s.io"):
            hooks = at(item, "webhooks")
            if item is UNKNOWN or hooks is UNKNOWN:
                yield f"{where}has webhooks that are unknown in preview"
                continue
            for index, hook in each(hooks):
                if is_set(at(hook, "clientConfig", "url")):
                    yield f"{where}webhooks{index}.clientConfig sets url"
    for where, item in of_kind(resource, "CustomResourceDefinition", "apiextensions.k8s.io"):
        for path in ("webhook", "clientConfig"), ("webhookClientConfig",):  # v1, v1beta1
            if is_set(at(item, "spec", "conversion", *path, "url")):
                yield f"{where}spec.conversion.{'.'.join(path)} sets url"


_ADD_ON = "aws:eks/addon:Addon"  # of AWS Marketplace's the name is <vendor>_<product>


def _release(resource: Resource, boundary: Boundary) -> Iterator[str]:
    name = resource.props.get("addonName") if resource.type == _ADD_ON else None
    if isinstance(name, str) and "_" in name:  # one that is unknown, an update judges again
        yield "installs an add-on of a vendor, whose objects no rule reads"
    if resource.type.startswith("kubernetes:helm.sh/") and resource.noun == "Release":
        yield "hides its objects from every rule"


def _group(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for item in objects(resource):
        if item.group is None or item.kind is None:
            yield f"{item.where}has an apiVersion or kind that is absent or unknown in preview"
        elif item.group not in GROUPS and item.group not in boundary.api_group_names:
            yield f"{item.where}is of an API group that no rule here has judged"


def _aggregated(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, item in of_kind(resource, "APIService", "apiregistration.k8s.io"):
        unchecked = at(item, "spec", "insecureSkipTLSVerify")
        if is_set(unchecked) and not false(unchecked):
            yield f"{where}spec.insecureSkipTLSVerify is {says(unchecked)}, not false"


def _addresses(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """Where objects send traffic by address: a Service without a selector, a policy's blocks."""
    for where, item in of_kind(resource, "Endpoints", ""):
        for outer, subset in each(at(item, "subsets")):
            for key in ("addresses", "notReadyAddresses"):  # a Service may publish the latter, too
                for inner, one in each(at(subset, key)):
                    path = f"{where}subsets{outer}.{key}{inner}.ip"
                    yield from _outside_address(path, at(one, "ip"), boundary)
    for where, item in of_kind(resource, "EndpointSlice", "discovery.k8s.io"):
        for outer, endpoint in each(at(item, "endpoints")):
            for inner, one in each(at(endpoint, "addresses")):
                yield from _outside_address(
                    f"{where}endpoints{outer}.addresses{inner}", one, boundary
                )
    for where, item in of_kind(resource, "NetworkPolicy", "networking.k8s.io", "extensions"):
        for outer, rule in each(at(item, "spec", "egress")):
            for inner, peer in each(at(rule, "to")):
                cidr = at(peer, "ipBlock", "cidr")
                if is_set(cidr):
                    path = f"{where}spec.egress{outer}.to{inner}.ipBlock.cidr"
                    yield from _outside_block(path, cidr, boundary)
    for thing in bodies(resource):
        for path, block in ranges_of_controllers(thing):
            yield from _outside_block(path, block, boundary)


def _outside_address(where: str, address: Any, boundary: Boundary) -> Iterator[str]:
    # A name (addressType FQDN) is as far outside as an address that is none of the boundary's.
    if not is_private_address(address, boundary.ranges):
        yield f"{where} is {says(address)}, no address inside the boundary"


def _outside_block(where: str, cidr: Any, boundary: Boundary) -> Iterator[str]:
    reason = outside_reason(cidr, (*boundary.ranges, *LINK_LOCAL))
    if reason is not None:
        yield f"{where} {reason}"


def _lattice(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, item in of_kind(resource, "GatewayClass", "gateway.networking.k8s.io"):
        if at(item, "spec", "controllerName") in (LATTICE, UNKNOWN):
            yield f"{where}is, or may be, of VPC Lattice"


CHECKS: dict[str, Check] = {
    "CN-140": _load_balancer,
    "CN-141": _external_name,
    "CN-142": _ingress,
    "CN-143": _webhook,
    "CN-144": _release,
    "CN-147": _aggregated,
    "CN-149": _addresses,
    "CN-156": _group,
    "CN-205": _lattice,
}
