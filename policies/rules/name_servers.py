"""Where CoreDNS sends the questions that it cannot answer itself.

Its Corefile reaches the cluster as a key of the add-on's configuration or in a ConfigMap; either
way it is text of directives, one a line: `forward <zone> <to…>`.
"""

from collections.abc import Iterator
from typing import Any

from rules.addresses import is_private_address
from rules.boundary import Boundary
from rules.kubernetes_objects import of_kind
from rules.model import Check, Resource
from rules.safe_yaml import YamlFault, document
from rules.unknowns import UNKNOWN, at, is_set

# https://coredns.io/plugins/forward/ and /grpc/; proxy is forward's predecessor, fanout a plugin of
# some builds (read 2026-11-22).
_DIRECTIVES = ("forward", "grpc", "proxy", "fanout")
# The node's own list, which is the VPC's resolver (CN-045), and that resolver's fixed address.
_RESOLVERS = ("/etc/resolv.conf", "169.254.169.253")
_SCHEMES = ("dns://", "tls://", "https://", "grpc://")
_MAPS = ("coredns", "kube-dns", "node-local-dns")
_KEYS = (".server", ".override")


def _upstream(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "Addon":
        yield from _addon(resource, boundary)
        return
    for where, item in of_kind(resource, "ConfigMap", ""):
        yield from (f"{where}{fault}" for fault in _config_map(item, boundary))


def _addon(resource: Resource, boundary: Boundary) -> Iterator[str]:
    name = resource.props.get("addonName")
    values = resource.props.get("configurationValues")
    if name not in ("coredns", UNKNOWN) or not is_set(values):
        return
    if not isinstance(values, str):
        yield "has configurationValues that are unknown in preview"
        return
    try:
        read = document(values)  # JSON is YAML
    except YamlFault:
        yield "has configurationValues that are neither JSON nor YAML"
        return
    for text in _texts(read):
        yield from (f"configurationValues {fault}" for fault in _faults(text, boundary))


def _config_map(item: Any, boundary: Boundary) -> Iterator[str]:
    name = at(item, "metadata", "name")
    about_names = name is not UNKNOWN and str(name).startswith(_MAPS)
    if about_names and (is_set(at(item, "binaryData")) or at(item, "data") is UNKNOWN):
        yield "holds a Corefile that cannot be read in preview"
    data = at(item, "data")
    if not isinstance(data, dict):
        return
    for key, text in data.items():
        if not (about_names or key == "Corefile" or key.endswith(_KEYS)):
            continue
        if text is UNKNOWN:
            yield f"data.{key} is unknown in preview"
        elif isinstance(text, str):
            yield from (f"data.{key} {fault}" for fault in _faults(text, boundary))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _faults(corefile: str, boundary: Boundary) -> Iterator[str]:
    for line in corefile.splitlines():
        words = [word.strip("\"'") for word in line.split("#", 1)[0].split()]
        for directive in set(words) & set(_DIRECTIVES):
            # After the directive and its zone, up to the block, stand the servers.
            for server in words[words.index(directive) + 2 :]:
                if server in ("{", "}"):
                    break
                if not _inside(server, boundary):
                    yield f"has CoreDNS {directive} questions to a server outside the boundary"


def _inside(server: str, boundary: Boundary) -> bool:
    for scheme in _SCHEMES:
        server = server.removeprefix(scheme)
    server = server.split("%", 1)[0]  # the name that a TLS server must have
    if server.startswith("["):
        server = server[1:].partition("]")[0]
    elif server.count(":") == 1:
        server = server.partition(":")[0]
    return server in _RESOLVERS or is_private_address(server, boundary.ranges)


CHECKS: dict[str, Check] = {"CN-157": _upstream}
