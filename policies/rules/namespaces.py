"""What the pods of a namespace may send: nothing but what a NetworkPolicy of it lets them.

Asked where a Namespace and its pods are given together. Whoever renders a chart for a namespace of
somebody else has neither the namespace nor its policies, and nothing is said of either.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from model.deployment import Node
from rules.kubernetes_objects import of_kind
from rules.model import Resource
from rules.pods import pods
from rules.selectors import chooses, labels_of, may_select
from rules.unknowns import UNKNOWN, at, each, is_set, true

POLICIES: Final = ("networking.k8s.io", "extensions")
# As numbers and as texts, and by the names that CoreDNS gives them.
DNS_PORTS: Final = (53, "53", "dns", "dns-tcp")


@dataclass
class _Namespace:
    """A Namespace with what is given of it. labels: of each pod that policies hold. policies: the
    NetworkPolicies in it."""

    resource: Resource
    where: str
    labels: list[Any] = field(default_factory=list)
    policies: list[Any] = field(default_factory=list)


def open_namespaces(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """Namespaces in which pods may send what nobody has allowed."""
    for name, it in _namespaces(nodes).items():
        if it.labels and not _is_held(it):
            called = "" if name.startswith("urn:") else f"namespace {name} "
            yield (
                it.resource,
                (f"{it.where}{called}has pods, and no NetworkPolicy that denies them all egress"),
            )


def deaf_namespaces(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """Namespaces whose pods may send nothing to the cluster's DNS."""
    for it in _namespaces(nodes).values():
        if it.labels and _is_held(it) and not any(_lets_ask(policy) for policy in it.policies):
            yield it.resource, f"{it.where}lets none of its pods ask for a name"


def _namespaces(nodes: Mapping[str, Node]) -> dict[str, _Namespace]:
    """The namespaces that are made here, by their names; where one is unknown, by its URN."""
    objects = [node for node in nodes.values() if node.resource.type.startswith("kubernetes:")]
    found: dict[str, _Namespace] = {}
    for node in objects:
        for where, body in of_kind(node.resource, "Namespace", ""):
            name = at(body, "metadata", "name")
            key = name if isinstance(name, str) else node.resource.urn
            found[key] = _Namespace(node.resource, where)
    for node in objects if found else ():
        for _, body in of_kind(node.resource, "NetworkPolicy", *POLICIES):
            for key in _in(node, body) & found.keys():
                found[key].policies.append(body)
        for pod in pods(node.resource):
            if not true(pod.spec.get("hostNetwork")):
                for key in _in(node, pod.item.body) & found.keys():
                    found[key].labels.append(labels_of(pod))
    return found


def _in(node: Node, body: Any) -> set[str]:
    """The namespace that an object is in: its name, or what that comes from."""
    name = at(body, "metadata", "namespace")
    if name is UNKNOWN:
        return set(node.sources.get("metadata", frozenset()))
    return {name} if isinstance(name, str) else set()


def _is_held(it: _Namespace) -> bool:
    """Whether all pods are held to what policies allow, and none of these allows all to all."""
    isolating = [policy for policy in it.policies if _isolates(at(policy, "spec"))]
    wide = [policy for policy in isolating if _is_wide(policy, it.labels)]
    rules = (rule for policy in wide for _, rule in each(at(policy, "spec", "egress")))
    return any(map(_is_of_all, isolating)) and not any(_is_open(rule) for rule in rules)


def _is_wide(policy: Any, labels: list[Any]) -> bool:
    """Whether a policy may select whatever comes along, or every pod that is given."""
    selector = at(policy, "spec", "podSelector")
    return not chooses(selector) or all(may_select(selector, each_) for each_ in labels)


def _is_of_all(policy: Any) -> bool:
    """Whether a policy selects every pod of its namespace."""
    selector = at(policy, "spec", "podSelector")
    if isinstance(selector, dict):
        return not any(is_set(value) for value in selector.values())
    return selector is None


def _isolates(spec: Any) -> bool:
    """Whether a policy is about egress: it says so, or has rules of it and says nothing."""
    types = at(spec, "policyTypes")
    if is_set(types):
        return any(value == "Egress" for _, value in each(types))
    return is_set(at(spec, "egress"))


def _is_open(rule: Any) -> bool:
    """Whether a rule lets pods send anywhere; to ask for names they may."""
    return rule is UNKNOWN or (not is_set(at(rule, "to")) and not _of_names(rule))


def _of_names(rule: Any) -> bool:
    """Whether a rule is about questions for names alone."""
    ports = [port for _, port in each(at(rule, "ports"))]
    return bool(ports) and all(_is_dns(port) for port in ports)


def _is_dns(port: Any) -> bool:
    """Whether an entry is the port of names and no range of ports from there."""
    return at(port, "port") in DNS_PORTS and at(port, "endPort") in (None, DNS_PORTS[0])


def _lets_ask(policy: Any) -> bool:
    """Whether a policy lets some pods send to the port of names, or to all ports of somebody."""
    rules = [rule for _, rule in each(at(policy, "spec", "egress"))]
    return any(not is_set(at(rule, "ports")) or _holds_dns(rule) for rule in rules)


def _holds_dns(rule: Any) -> bool:
    for _, port in each(at(rule, "ports")):
        first, last = at(port, "port"), at(port, "endPort")
        if first in (UNKNOWN, None, *DNS_PORTS):
            return True
        if isinstance(first, int) and isinstance(last, int) and first <= DNS_PORTS[0] <= last:
            return True
    return False
