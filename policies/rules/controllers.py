"""What objects tell controllers: by fields of their own kinds, and by annotations that act.

A URL counts wherever it is the value of a field. A name alone may as well be what is served, so of
known kinds the fields count that say who is called.
(Istio, ServiceEntry and WorkloadEntry; Cilium, CiliumNetworkPolicy, CiliumEgressGatewayPolicy and
CiliumBGPPeeringPolicy; Calico, GlobalNetworkPolicy and BGPPeer; Flux, Bucket; Argo CD, Application;
Prometheus Operator, API reference; ExternalDNS, DNSEndpoint and annotations; read 2026-11-29.)
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from rules.kubernetes_objects import CONTROLLERS, GROUPS, Object
from rules.model import Resource
from rules.named_hosts import PUBLIC, URL, hosts_in
from rules.pods import bodies, values
from rules.setting_texts import is_silent
from rules.unknowns import at, each

# Annotations that controllers act on, and that may hold a URL or an image.
_ACTING: Final = (
    "ad.datadoghq.com/", "aws-load-balancer", "cert-manager.io/", "external-dns.",
    "getambassador.io/", "haproxy-ingress.github.io/", "haproxy.org/", "ingress.kubernetes.io/",
    "istio.io/", "konghq.com/", "linkerd.io/", "nginx.com/", "nginx.org/", "opentelemetry.io/",
    "projectcontour.io/", "vault.hashicorp.com/agent-image", "vault.hashicorp.com/proxy-address",
    "vault.hashicorp.com/service",
)  # fmt: skip
_TARGET: Final = re.compile(r"external-dns\.[a-z.-]*kubernetes\.io/target")
# By API group, the fields whose names and addresses are called, sent to or fetched from.
_CALLED: Final[dict[str, re.Pattern[str]]] = {
    group: re.compile(rf"(?:.*[.\]])?(?:{fields})(?:\[\d+\])?")
    for groups, fields in (
        ("networking.istio.io", r"spec\.(?:hosts|addresses|address|endpoints\[\d+\]\.address)"),
        ("cilium.io", r"toFQDNs\[\d+\]\.match(?:Name|Pattern)|egressIP|peerAddress"),
        ("crd.projectcalico.org projectcalico.org", r"destination\.domains|peerIP"),
        ("source.toolkit.fluxcd.io", r"spec\.endpoint"),
        ("argoproj.io", r"repoURL|destination\.server"),
        ("monitoring.coreos.com", r"(?:staticConfigs\[\d+\]\.targets|staticConfig\.static|smarthost"
                                  r"|prober\.url)"),
        ("externaldns.k8s.io", r"endpoints\[\d+\]\.targets"),
    )
    for group in groups.split()
}  # fmt: skip
_OF_ISTIO: Final = ("ServiceEntry", "WorkloadEntry")  # hosts of the others are served
# Of policies and gateways of Cilium the ranges that pods may send to, and those that one gateway
# sends to for them. A rule of Calico may also deny, or only tell.
_RANGES: Final = re.compile(
    r"specs?(?:\[\d+\])?\.(?:egress\[\d+\]\.(?:toCIDR|toCIDRSet\[\d+\]\.cidr)|destinationCIDRs)"
    r"(?:\[\d+\])?"
)
_OF_CALICO: Final = ("crd.projectcalico.org", "projectcalico.org")
_COPIED = re.compile(r"[\w.+-]+@((?:[a-z0-9-]+\.)+[a-z]{2,}):[\w~./-]+", re.IGNORECASE)
_LISTED = re.compile(rf"((?:[a-z0-9_-]+\.)+{PUBLIC}):\d{{1,5}}", re.IGNORECASE)


def hosts_of_controllers(resource: Resource) -> Iterator[tuple[str, str]]:
    """Hosts in objects of other groups than Kubernetes' own, and in annotations that act."""
    for item in bodies(resource):
        if item.group not in GROUPS or item.group in CONTROLLERS:
            for path, key, value in values(item):
                if isinstance(value, str) and key != "userData" and not is_silent(key):
                    yield from ((f"{item.where}{path}", host) for host in _hosts(item, path, value))
        for where, key, note in acting(item):
            bare = [note] if _TARGET.fullmatch(key) else []
            told = (*(host for _, host in hosts_in(note)), *(h for b in bare for h in _alone(b)))
            yield from ((f"{where}annotation {key}", host) for host in dict.fromkeys(told))


def acting(item: Object) -> Iterator[tuple[str, str, str]]:
    """Annotations that controllers act on: of the object, and of the pods that it describes."""
    for path, holder in _annotated(item):
        notes = at(holder, "metadata", "annotations")
        for key, value in notes.items() if isinstance(notes, dict) else ():
            if isinstance(value, str) and any(acts in str(key) for acts in _ACTING):
                yield f"{item.where}{path}{'.' if path else ''}", str(key), value


def ranges_of_controllers(item: Object) -> Iterator[tuple[str, Any]]:
    """Where policies and gateways of other controllers let pods send."""
    for path, _, value in values(item) if item.group == "cilium.io" else ():
        if not isinstance(value, list) and _RANGES.fullmatch(path):
            yield f"{item.where}{path}", value
    rules = at(item.body, "spec", "egress") if item.group in _OF_CALICO else None
    for outer, rule in each(rules):
        nets = (
            at(rule, "destination", "nets") if at(rule, "action") not in ("Deny", "Log") else None
        )
        for inner, net in each(nets):
            yield f"{item.where}spec.egress{outer}.destination.nets{inner}", net


def _annotated(item: Object) -> Iterator[tuple[str, Any]]:
    yield "", item.body
    for path, key, value in values(item):
        if path and key in ("template", "jobTemplate"):
            yield path, value


def _hosts(item: Object, path: str, value: str) -> Iterator[str]:
    copied = _COPIED.fullmatch(value)
    if URL.match(value):
        yield from (host for _, host in hosts_in(value))
    elif copied:
        yield copied[1].lower()
    elif _is_called(item, path):
        yield from _alone(value)
    else:
        parts = [_LISTED.fullmatch(part.strip()) for part in value.split(",")]
        yield from (part[1].lower() for part in parts if part) if all(parts) else ()


def _is_called(item: Object, path: str) -> bool:
    form = _CALLED.get(item.group or "")
    served = item.group == "networking.istio.io" and item.kind not in _OF_ISTIO
    return form is not None and not served and form.fullmatch(path) is not None


def _alone(value: str) -> Iterator[str]:
    """The hosts of a list, each with a port and a path or without, and with a star before it."""
    for _, word in each(value.split(",")):
        name = word.strip().removeprefix("*.").partition("/")[0]
        name = name.partition(":")[0] if name.count(":") == 1 else name
        if name:
            yield name.lower()
