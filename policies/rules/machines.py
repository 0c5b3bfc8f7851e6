"""What machines are told by their user data: can it be read, and does it lead outside?"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from model.deployment import Node
from rules.archives import CONTENTS, OBJECTS, told_by_object, told_by_parameter
from rules.boundary import Boundary
from rules.hosts import HOST, aws_service, outside_host
from rules.kubernetes_objects import of_kind
from rules.model import Check, Resource
from rules.node_facts import FIXED, INSTANCE_ID, MAX_PODS, NAMED_BY, PRIVATE_DNS
from rules.parameters import PARAMETER
from rules.proxies import proxy_faults
from rules.told import JOIN, Told, told_by
from rules.unknowns import UNKNOWN, at, false, is_set
from rules.user_data import Unreadable

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"
# Of each type the inputs, and whether they have to be base64.
INPUTS: Final[dict[str, tuple[tuple[str, bool], ...]]] = {
    TEMPLATE: (("userData", True),),
    INSTANCE: (("userData", False), ("userDataBase64", True)),
}


def _given(resource: Resource) -> Iterator[tuple[str, Any, bool]]:
    """The user data of a resource: the input, its value, whether it has to be base64."""
    for key, encoded in INPUTS.get(resource.type, ()):
        value = resource.props.get(key)
        if is_set(value):
            yield key, value, encoded
    if resource.type.startswith("kubernetes:"):
        for where, item in of_kind(resource, "EC2NodeClass", "karpenter.k8s.aws"):
            value = at(item, "spec", "userData")
            if is_set(value):
                yield f"{where}spec.userData", value, False


def told(resource: Resource) -> list[tuple[str, Told]]:
    """What each user data of a resource tells; nothing where it cannot be read (CN-206)."""
    if resource.type in OBJECTS:
        given = (resource.props.get(key) for key in CONTENTS)
        return told_by_object(*given)
    if resource.type == PARAMETER:
        if resource.props.get("type") == "SecureString":
            return []  # a secret, of which nothing is to be shown
        return told_by_parameter(
            *(resource.props.get(k) for k in ("name", "value", "insecureValue"))
        )
    found = []
    for key, value, encoded in _given(resource):
        try:
            if isinstance(value, str):
                found.append((key, told_by(value, encoded)))
        except Unreadable:
            continue
    return found


def _unreadable(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key, value, encoded in _given(resource):
        if value is UNKNOWN:
            # Of an AWS resource the sources tell whether it will be known in time (CN-210).
            if resource.type not in INPUTS:
                yield f"{key} is unknown in preview"
            continue
        try:
            if not isinstance(value, str):
                raise Unreadable("is no text")
            told_by(value, encoded)
        except Unreadable as error:
            yield f"{key} {error}"


def _outside_hosts(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key, what in told(resource):
        for where, host in dict.fromkeys(what.hosts):
            fault = outside_host(host, boundary)
            if fault:
                yield f"{key} {where}names {shown(host)}, which {fault}"


def shown(host: str) -> str:
    """A host as messages have it: what does not look like one is not echoed."""
    return host if HOST.fullmatch(host) else "a host"


def _proxies(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key, what in told(resource):
        facts = what.joins.get("node-config", {}) | what.joins.get("bottlerocket", {})
        api = facts.get("apiServerEndpoint") or facts.get("api-server") or ""
        for fault in proxy_faults(what.proxies, boundary, api, facts.get("cidr", "")):
            yield f"{key} {fault}"


def _metrics(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key, what in told(resource):
        for value in what.metrics:
            if not false(value):
                yield f"{key} does not set settings.metrics.send-metrics to false"


def _joining(resource: Resource) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """The input, the kind and the facts of nodes that are told all of them here.

    Where EKS adds facts (a template without an image) none has to be there, and Karpenter adds them
    to its own.
    """
    added = resource.type == TEMPLATE and not is_set(resource.props.get("imageId"))
    if not added and resource.type in INPUTS:
        for key, what in told(resource):
            yield from ((key, kind, facts) for kind, facts in what.joins.items())


def _join(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key, kind, facts in _joining(resource):
        missing = [fact for fact in JOIN[kind] if not facts.get(fact)]
        if missing:
            yield f"{key} has a node join without {', '.join(missing)}"


def _max_pods(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key, _, facts in _joining(resource):
        if MAX_PODS not in facts:
            yield f"{key} does not say how many pods its node may run"


CHECKS: dict[str, Check] = {
    "CN-201": _outside_hosts,
    "CN-202": _proxies,
    "CN-206": _unreadable,
    "CN-207": _metrics,
    "CN-208": _join,
    "CN-218": _max_pods,
}

CLUSTER = "aws:eks/cluster:Cluster"


def unknown_user_data(nodes: Mapping[str, Node], later: bool) -> Iterator[tuple[Resource, str]]:
    """Machines whose user data nobody knows yet, and what they may fetch.

    later: whether it is judged again when it is known, before the machine is made. What comes from
    a cluster of this deployment alone (its endpoint, its certificate authority) may wait for that.
    What comes from nothing of this deployment at all is said already (CN-004). Of an object of a
    bucket whatever comes from a thing may wait: it is written by itself, when that is known.
    """
    for node in nodes.values():
        if node.resource.type in OBJECTS:
            for key in CONTENTS:
                unknown = node.resource.props.get(key) is UNKNOWN
                if unknown and not (later and node.sources.get(key)):
                    yield node.resource, f"{key} is unknown in preview"
        for key, _ in INPUTS.get(node.resource.type, ()):
            if node.resource.props.get(key) is not UNKNOWN:
                continue
            sources = node.sources.get(key, frozenset())
            if sources and not sources & nodes.keys():
                continue  # of others altogether, which CN-004 says
            own = [urn for urn in sources if urn in nodes and nodes[urn].resource.type == CLUSTER]
            if not (later and sources and len(own) == len(sources)):
                yield node.resource, f"{key} is unknown in preview"


ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry"
# By the type of a role's access entry, what its nodes have to be called (EKS user guide, access
# entries; nodeadm's InstanceIdNodeName; read 2026-11-28).
NAMES: Final[dict[str, str]] = {"EC2_LINUX": PRIVATE_DNS, "EC2": INSTANCE_ID}


def misnamed(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """Machines that name their nodes otherwise than any access entry for nodes lets them.

    Asked where the deployment has such entries; which role each is for is not followed.
    """
    entries = [node.resource for node in nodes.values() if node.resource.type == ACCESS_ENTRY]
    types = [entry.props.get("type") for entry in entries]
    allowed = {NAMES[type_] for type_ in types if isinstance(type_, str) and type_ in NAMES}
    if not allowed or UNKNOWN in types:
        return
    for node in nodes.values():
        for key, _, facts in _joining(node.resource):
            name = facts.get(NAMED_BY, PRIVATE_DNS)
            if name == FIXED:
                yield node.resource, f"{key} gives every node the same name"
            elif name not in allowed:
                wanted = " or ".join(t for t, named in NAMES.items() if named == name)
                what = f"{key} has nodes called by {name}, and no access entry is of type {wanted}"
                yield node.resource, what


ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
VPC = "aws:ec2/vpc:Vpc"
# A cluster's own API answers at its interfaces in the VPC, and needs no endpoint.
_OWN_API = "eks"


def unanswered_hosts(
    nodes: Mapping[str, Node], boundary: Boundary
) -> Iterator[tuple[Resource, str]]:
    """Hosts of AWS that machines are told of and no endpoint of the deployment carries.

    Asked where the deployment makes its own VPC: what stands in a supplied one, it does not tell.
    """
    if not any(node.resource.type == VPC for node in nodes.values()):
        return
    made = (node.resource for node in nodes.values() if node.resource.type == ENDPOINT)
    names = [endpoint.props.get("serviceName") for endpoint in made]
    if UNKNOWN in names:
        return
    for node in nodes.values():
        if node.resource.type not in INPUTS:
            continue
        for key, what in told(node.resource):
            for where, host in dict.fromkeys(what.hosts):
                if _unanswered(host, names, boundary):
                    yield node.resource, f"{key} {where}names {shown(host)}"


def _unanswered(host: str, names: list[Any], boundary: Boundary) -> bool:
    if outside_host(host, boundary) is not None:
        return False
    found = aws_service(host)
    if found is None or host in boundary.hosts or "vpce" in found.labels or "elb" in found.labels:
        return False
    labels = [label.removesuffix("-fips") for label in found.labels if label != "dualstack"]
    if labels[-1:] == [_OWN_API] and len(labels) > 1:
        return False
    ends = {".".join(labels[-count:]) for count in (1, 2)} | {labels[-1] if labels else ""}
    wanted = ends | {".".join(reversed(end.split("."))) for end in ends}
    return not any(
        isinstance(name, str) and any(name.endswith(f".{w}") for w in wanted) for name in names
    )
