"""What pods are told and may do: hosts, proxies, flags of known controllers."""

from collections.abc import Iterator
from typing import Any, Final

from rules import add_ons
from rules.boundary import Boundary
from rules.cluster_names import outside_of_pod
from rules.controllers import hosts_of_controllers
from rules.kubernetes_objects import of_kind
from rules.machines import shown
from rules.model import Check, Resource
from rules.named_hosts import PROXY, hosts_in
from rules.pod_fields import hosts_of_fields
from rules.pod_variables import filled, for_shell, known_variables
from rules.pods import (
    Container,
    commands_of,
    containers,
    environment,
    flag_values,
    runs,
)
from rules.proxies import IN_CLUSTER, METADATA, Said, excepts, outside_proxies
from rules.safe_yaml import YamlFault, document
from rules.unknowns import UNKNOWN, at, false, is_set, says, true

# Of controllers that ask services for which a closed network has no endpoint: the flags by which
# they do not, each as an argument or a variable. (Load Balancer Controller v2.14, configurations;
# Karpenter v1.15, settings; Cluster Autoscaler, AWS README; read 2026-11-28.)
FLAGS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "aws-load-balancer-controller": (
        ("--enable-shield", "", "false"),
        ("--enable-waf", "", "false"),
        ("--enable-wafv2", "", "false"),
    ),
    "karpenter": (("--isolated-vpc", "ISOLATED_VPC", "true"),),
    "cluster-autoscaler": (("--aws-use-static-instance-list", "", "true"),),
}
# Of the VPC CNI, what each variable has to be and whether it may be left out.
CNI: Final[tuple[tuple[str, str, bool], ...]] = (
    ("ENABLE_SUBNET_DISCOVERY", "false", False),
    ("ENABLE_V6_EGRESS", "false", True),
    ("AWS_VPC_K8S_CNI_EXTERNALSNAT", "false", True),
)
_CNI_CONTAINER, _CNI_ADD_ON = "aws-node", "vpc-cni"


def _outside_hosts(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type == add_ons.ADD_ON and add_ons.is_unreadable(resource):
        yield "has configurationValues that are neither JSON nor YAML"
    for where, host in dict.fromkeys(_told(resource)):
        fault = outside_of_pod(host, boundary)
        if fault:
            yield f"{where} names {shown(host)}, which {fault}"


def _told(resource: Resource) -> Iterator[tuple[str, str]]:
    """The hosts that pods, controllers and add-ons are told of."""
    if resource.type == add_ons.ADD_ON:
        yield from ((add_ons.WHERE, host) for host in add_ons.hosts(resource))
        return
    yield from hosts_of_fields(resource)
    for container in containers(resource):
        known = known_variables(container.body)
        for place, given in commands_of(container.body):
            words = [for_shell(filled(word, known), known, given) for word in given]
            for _, host in hosts_in("\n".join([*words, " ".join(words)]) if words else ""):
                yield f"{container.where} {place}", host
        for name, value in environment(container.body):
            if isinstance(value, str) and not PROXY.match(f"{name}="):
                told = hosts_in(filled(value, known), ported=False)
                yield from ((f"{container.where}.env {name}", host) for _, host in told)
    yield from hosts_of_controllers(resource)


def _proxies(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type == add_ons.ADD_ON:
        yield from _proxy_faults(f"{add_ons.WHERE} ", list(add_ons.proxies(resource)), boundary)
        return
    for container in containers(resource):
        said: list[Said] = []
        for name, value in environment(container.body):
            if PROXY.match(f"{name}=") and isinstance(value, str):
                said.append((f"{container.where}.env ", name.lower(), value))
        yield from _proxy_faults(f"{container.where} ", said, boundary)


def _proxy_faults(where: str, said: list[Said], boundary: Boundary) -> Iterator[str]:
    proxies = [one for one in said if one[1] != "no_proxy" and one[2]]
    yield from outside_proxies(proxies, boundary)
    excepted = [entry.strip().lower() for _, name, value in said if name == "no_proxy"
                for entry in value.split(",")]  # fmt: skip
    missing = [w for w in (METADATA[1], IN_CLUSTER) if not excepts(excepted, w)]
    if proxies and missing:
        yield f"{where}has NO_PROXY lack {', '.join(missing)}"


def _flags(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for container in containers(resource):
        for name in sorted(runs(container) & FLAGS.keys()):
            for flag, variable, wanted in FLAGS[name]:
                if not _is_given(container, flag, variable, wanted):
                    yield f"{container.where} runs {name} without {flag}={wanted}"
    for where, item in of_kind(resource, "EC2NodeClass", "karpenter.k8s.aws"):
        if is_set(at(item, "spec", "role")):
            yield f"{where}sets spec.role"


def _is_given(container: Container, flag: str, variable: str, wanted: str) -> bool:
    said = flag_values(container, flag.replace("--", "-", 1))
    if said:  # the last one counts
        return said[-1].lower() == wanted
    by_name = dict(environment(container.body))
    return bool(variable) and str(by_name.get(variable, "")).lower() == wanted


def _cni(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "Addon":
        yield from _cni_add_on(resource)
        return
    for container in containers(resource):
        if at(container.body, "name") == _CNI_CONTAINER:
            given = dict(environment(container.body))
            yield from (f"{container.where} {fault}" for fault in _cni_faults(given))


def _cni_add_on(resource: Resource) -> Iterator[str]:
    if resource.props.get("addonName") not in (_CNI_ADD_ON, UNKNOWN):
        return
    text = resource.props.get("configurationValues")
    if is_set(text) and not isinstance(text, str):
        yield "has configurationValues that are unknown in preview"
        return
    try:
        read = document(text) if text else None
    except YamlFault:
        yield "has configurationValues that are neither JSON nor YAML"
        return
    if resource.props.get("addonName") is UNKNOWN and text and at(read, "env") is None:
        return  # of another add-on
    env = at(read, "env")
    given = env if isinstance(env, dict) else {}
    yield from (f"configurationValues {fault}" for fault in _cni_faults(given))


def _cni_faults(given: dict[str, Any]) -> Iterator[str]:
    for name, wanted, optional in CNI:
        value = given.get(name)
        right = true(value) if wanted == "true" else false(value)
        if not (right or (optional and not is_set(value))):
            yield f"has env {name} {says(value)}, not {wanted}"


CHECKS: dict[str, Check] = {
    "CN-200": _outside_hosts,
    "CN-203": _flags,
    "CN-204": _cni,
    "CN-209": _proxies,
}
