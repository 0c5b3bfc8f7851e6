"""Where CoreDNS sends the questions that it cannot answer itself, and what it tells of them.

Its Corefile reaches the cluster as a key of the add-on's configuration or in a ConfigMap; either
way it is text of directives, one a line: `forward <zone> <to…>`.
"""

from collections.abc import Iterator
from typing import Any

from rules.addresses import is_private_address
from rules.boundary import Boundary
from rules.hosts import outside_host
from rules.kubernetes_objects import of_kind
from rules.model import Check, Resource
from rules.safe_yaml import YamlFault, document
from rules.unknowns import UNKNOWN, at, is_set

# https://coredns.io/plugins/forward/ and /grpc/; proxy is forward's predecessor, fanout and
# alternate are plugins of some builds (read 2026-11-22). What stands between them and the servers:
# a zone, and before it the answers that alternate looks at.
_DIRECTIVES = {"forward": 1, "grpc": 1, "proxy": 1, "fanout": 1, "alternate": 2}
# Who is told of every question may be a Service of the cluster (/dnstap/, /trace/; 2026-11-29).
_TRACERS = ("zipkin", "datadog")
_SOCKETS = ("/", "unix://")
# The node's own list, which is the VPC's resolver (CN-045), and that resolver's fixed address.
_RESOLVERS = ("/etc/resolv.conf", "169.254.169.253")
_SCHEMES = ("dns://", "tls://", "tcp://", "http://", "https://", "grpc://")
_MAPS = ("coredns", "kube-dns", "node-local-dns")
_KEYS = (".server", ".override")
_KUBE_DNS = ("upstreamNameservers", "stubDomains")  # CoreDNS's predecessor: JSON of addresses


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
            read = _kube_dns if key in _KUBE_DNS else _faults
            yield from (f"data.{key} {fault}" for fault in read(text, boundary))


def _kube_dns(text: str, boundary: Boundary) -> Iterator[str]:
    try:
        servers = list(_texts(document(text)))
    except YamlFault:
        yield "is not JSON"
        return
    if any(outside_host(_host_of(server), boundary) for server in servers):
        yield "has kube-dns ask a server outside the boundary"


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
        for directive in _DIRECTIVES.keys() & set(words):
            # After the directive and its zone, up to the block, stand the servers.
            before = words.index(directive) + 1 + _DIRECTIVES[directive]
            before += "original" in words[:before]
            if any(not _inside(server, boundary) for server in _to_block(words[before:])):
                yield f"has CoreDNS {directive} questions to a server outside the boundary"
        if words[:1] in (["azure"], ["clouddns"]):
            yield "has CoreDNS ask the API of another cloud"
        fault, servers = _told(words[words.index("transfer") :] if "transfer" in words else words)
        if any(outside_host(_host_of(server), boundary) for server in servers):
            yield fault


def _told(words: list[str]) -> tuple[str, list[str]]:
    """What a line tells others, and whom; it may be a line of a block, or hold its first word."""
    rest = words[1:] if words[:1] == ["transfer"] else words
    if rest[:1] in (["dnstap"], ["trace"]):
        servers = [word for word in _to_block(rest[1:]) if word not in _TRACERS]
        told = [server for server in servers[:1] if not server.startswith(_SOCKETS)]
        return "has CoreDNS tell a server outside the boundary of its questions", told
    if rest[:1] == ["to"] or (rest is not words and rest[:1] == ["from"]):
        zones = [word for word in _to_block(rest[1:]) if word != "*"]  # * is whoever asks
        return "has CoreDNS exchange zones with a server outside the boundary", zones
    return "", []


def _to_block(words: list[str]) -> Iterator[str]:
    for word in words:
        if word in ("{", "}"):
            return
        yield word


def _inside(server: str, boundary: Boundary) -> bool:
    host = _host_of(server)
    return host in _RESOLVERS or is_private_address(host, boundary.ranges)


def _host_of(server: str) -> str:
    for scheme in _SCHEMES:
        server = server.removeprefix(scheme)
    server = server.split("%", 1)[0]  # the name that a TLS server must have
    if server.startswith("/"):
        return server  # a file of servers
    server = server.partition("/")[0]
    if server.startswith("["):
        return server[1:].partition("]")[0]
    return server.partition(":")[0] if server.count(":") == 1 else server


CHECKS: dict[str, Check] = {"CN-157": _upstream}
