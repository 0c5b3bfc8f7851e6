"""What objects ask of the load balancers that controllers make for them.

The same load balancer may be asked for by annotations of a Service or an Ingress, and by the fields
of a LoadBalancerConfiguration, IngressClassParams or ListenerRuleConfiguration. Here each of them
is read as what it asks for; what is wrong with that, the rules on load balancers say.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

from rules.kubernetes_objects import Object
from rules.model import Resource
from rules.pods import bodies
from rules.safe_yaml import YamlFault, document
from rules.unknowns import UNKNOWN, at, each, is_set

What = Literal["family", "address", "pool", "bucket", "issuer", "scheme", "attributes"]
# What a listener may do without asking anybody (Elastic Load Balancing API, Action; read
# 2026-11-28): any other type is refused, known or new.
ASKS_NOBODY: Final = ("forward", "redirect", "fixed-response")
_SERVICE: Final = "service.beta.kubernetes.io/aws-load-balancer-"
_INGRESS: Final = "alb.ingress.kubernetes.io/"
# AWS Load Balancer Controller (annotations of Services and Ingresses, gateway/loadbalancerconfig,
# apis/elbv2 and apis/gateway) and Kubernetes' own controller of Services; read 2026-11-28.
_ANNOTATIONS: Final[dict[str, What]] = {
    f"{_SERVICE}ip-address-type": "family",
    f"{_SERVICE}eip-allocations": "address",
    f"{_SERVICE}access-log-s3-bucket-name": "bucket",
    f"{_SERVICE}attributes": "attributes",
    f"{_INGRESS}ip-address-type": "family",
    f"{_INGRESS}customer-owned-ipv4-pool": "pool",
    f"{_INGRESS}load-balancer-attributes": "attributes",
    f"{_INGRESS}frontend-nlb-attributes": "attributes",
    f"{_INGRESS}frontend-nlb-eip-allocations": "address",
    f"{_INGRESS}frontend-nlb-scheme": "scheme",
    f"{_INGRESS}auth-type": "issuer",
    f"{_INGRESS}auth-idp-cognito": "issuer",
    f"{_INGRESS}auth-idp-oidc": "issuer",
    f"{_INGRESS}jwt-validation": "issuer",
}
_ACTIONS: Final = f"{_INGRESS}actions."
_FIELDS: Final[dict[str, What]] = {
    "ipAddressType": "family",
    "customerOwnedIpv4Pool": "pool",
    "authenticationConfiguration": "issuer",
}
_KINDS: Final = (
    ("LoadBalancerConfiguration", "gateway.k8s.aws"),
    ("IngressClassParams", "elbv2.k8s.aws"),
)
_RULES: Final = ("ListenerRuleConfiguration", "gateway.k8s.aws")
_BUCKET: Final = ".s3.bucket"  # of access_logs, connection_logs and health_check_logs


class Asked(NamedTuple):
    """One thing that is asked for. input: the property of the resource that it stands in."""

    input: str
    where: str
    what: What
    value: Any


def asked(resource: Resource, *wanted: What) -> Iterator[Asked]:
    """What a Kubernetes resource asks of load balancers, of the wanted kinds, where it is set."""
    if not resource.type.startswith("kubernetes:"):
        return
    for item in bodies(resource):
        for one in (*_noted(item), *_configured(item)):
            if one.what in wanted and is_set(one.value):
                yield one


def _noted(item: Object) -> Iterator[Asked]:
    """By annotations, of the object or of what a Gateway has made for it."""
    for path in (("metadata",), ("spec", "infrastructure")):
        notes = at(item.body, *path, "annotations")
        for key, value in notes.items() if isinstance(notes, dict) else ():
            where = f"{item.where}annotation {key}"
            if key in _ANNOTATIONS:
                yield from _parts(_input(item, path[0]), where, _ANNOTATIONS[key], value)
            elif key.startswith(_ACTIONS) and _asks_somebody(_read(value)):
                yield Asked(_input(item, path[0]), f"{item.where}{_ACTIONS}*", "issuer", value)


def _configured(item: Object) -> Iterator[Asked]:
    """By the fields of the controller's own objects."""
    spec, own = at(item.body, "spec"), _input(item, "spec")
    if (item.kind, item.group) == _RULES:
        actions = at(spec, "actions")
        for index, action in each(actions):
            if _asks_somebody(action):
                yield Asked(own, f"{item.where}spec.actions{index}", "issuer", action)
    if (item.kind, item.group) not in _KINDS or spec is UNKNOWN:
        return  # of a spec that is unknown CN-142 speaks
    for key, what in _FIELDS.items():
        yield Asked(own, f"{item.where}spec.{key}", what, at(spec, key))
    for index, subnet in each(at(spec, "loadBalancerSubnets")):
        where = f"{item.where}spec.loadBalancerSubnets{index}"
        yield Asked(own, f"{where}.eipAllocation", "address", at(subnet, "eipAllocation"))
        yield Asked(own, f"{where}.ipv6Allocation", "family", at(subnet, "ipv6Allocation"))
    where = f"{item.where}spec.loadBalancerAttributes"
    for index, attribute in each(at(spec, "loadBalancerAttributes")):
        key = at(attribute, "key")
        if key is UNKNOWN or str(key).endswith(_BUCKET):
            yield Asked(own, f"{where}{index}", "bucket", at(attribute, "value"))


def _input(item: Object, path: str) -> str:
    return path if item.where == "" else "items"


def _parts(given: str, where: str, what: What, value: Any) -> Iterator[Asked]:
    """An annotation, or of one that holds attributes those that name a bucket."""
    if what == "issuer" and value == "none":
        return
    if what != "attributes":
        yield Asked(given, where, what, value)
    elif value is UNKNOWN:
        yield Asked(given, where, "bucket", value)
    else:
        for attribute in str(value).split(","):
            key, _, bucket = attribute.partition("=")
            if key.strip().endswith(_BUCKET):
                yield Asked(given, where, "bucket", bucket.strip())


def _read(value: Any) -> Any:
    """What an annotation in JSON holds; UNKNOWN where it cannot be read."""
    try:
        return document(value) if isinstance(value, str) else UNKNOWN
    except YamlFault:
        return UNKNOWN


def _asks_somebody(actions: Any) -> bool:
    """Whether one of the actions is none of those that ask nobody, or has a block of another."""
    for _, action in each(actions):
        named = action if isinstance(action, dict) else {}
        kind = next((value for key, value in named.items() if key.lower() == "type"), None)
        blocks = (key.lower() for key, value in named.items() if is_set(value))
        if kind not in ASKS_NOBODY or any(b.startswith(("authenticate", "jwt")) for b in blocks):
            return True
    return False
