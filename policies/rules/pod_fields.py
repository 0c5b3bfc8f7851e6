"""Hosts that fields of pods and volumes name by themselves, without a scheme or a program.

The kubelet probes, resolves and mounts what these say, from the node and past every NetworkPolicy.
(Kubernetes API reference v1.34, Pod, PersistentVolume and StorageClass; read 2026-11-28.)
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from rules.kubernetes_objects import of_kind
from rules.model import Resource
from rules.named_hosts import PUBLIC, hosts_in
from rules.pods import PROBES_AND_HOOKS, arguments, containers, environment, pods
from rules.unknowns import at, each


class Told(NamedTuple):
    """A host that something is told of. where: the path to it."""

    where: str
    host: str


_ASKED: Final = tuple(
    (*path, kind, "host") for path in PROBES_AND_HOOKS for kind in ("httpGet", "tcpSocket")
)
# Of volumes the fields that name servers. Glusterfs names Endpoints, which are judged themselves.
_SERVERS: Final = (
    ("nfs", "server"), ("iscsi", "targetPortal"), ("iscsi", "portals"), ("cephfs", "monitors"),
    ("rbd", "monitors"), ("quobyte", "registry"), ("scaleIO", "gateway"),
    ("gitRepo", "repository"),
)  # fmt: skip
# What drivers call a server, in lower case; each driver has names of its own.
_ATTRIBUTES: Final = frozenset(
    ("server", "servers", "host", "hosts", "endpoint", "endpoints", "monitors", "targetportal",
     "portals", "registry", "gateway", "source")
)  # fmt: skip
_WITH_PORT = re.compile(rf"((?:[a-z0-9_-]+\.)+{PUBLIC}):\d{{1,5}}", re.IGNORECASE)
# Names without a port count where the variable or the option says that somebody is called, and not
# what a program is called by.
_ALONE = re.compile(rf"(?:[a-z0-9_-]+\.)+{PUBLIC}", re.IGNORECASE)
_CALLS: Final = r"(?:BROKERS?|ENDPOINT|RELAY|REMOTE|SERVERS?|UPSTREAM)"
_CALLING = re.compile(rf"(?:.*_)?(?:HOST|SITE|{_CALLS})", re.IGNORECASE)
_CALLED_BY = re.compile(
    r"(?:.*_)?(?:ADVERTISED|ALLOWED|APP|BASE|BIND|CANONICAL|COOKIE|EXTERNAL|INGRESS|LISTEN|LOCAL|OWN"
    r"|PUBLIC|SERVED|SITE|TRUSTED|VIRTUAL|WEB)_.*",
    re.IGNORECASE,
)
_OPTION = re.compile(rf"--?(?:[\w.-]+-)?{_CALLS}", re.IGNORECASE)


def hosts_of_fields(resource: Resource) -> Iterator[Told]:
    """The hosts in fields of pods, PersistentVolumes and StorageClasses."""
    for container in containers(resource):
        for path in _ASKED:
            yield from _hosts(f"{container.where}.{'.'.join(path)}", at(container.body, *path))
        for name, value in environment(container.body):
            for found in _WITH_PORT.finditer(value) if _is_list(value) else ():
                yield Told(f"{container.where}.env {name}", found[1].lower())
            if _CALLING.fullmatch(name) and not _CALLED_BY.fullmatch(name) and _is_alone(value):
                yield Told(f"{container.where}.env {name}", value.lower())
        yield from _of_options(f"{container.where} command", arguments(container.body))
    for pod in pods(resource):
        for key in ("nameservers", "searches"):
            yield from _hosts(f"{pod.where}dnsConfig.{key}", at(pod.spec, "dnsConfig", key))
        for index, alias in each(pod.spec.get("hostAliases")):
            yield from _hosts(f"{pod.where}hostAliases{index}.ip", at(alias, "ip"))
        for index, volume in each(pod.spec.get("volumes")):
            yield from _of_volume(f"{pod.where}volumes{index}.", volume)
    for where, item in of_kind(resource, "PersistentVolume", ""):
        yield from _of_volume(f"{where}spec.", at(item, "spec"))
        yield from _of_mounting(f"{where}spec.mountOptions", at(item, "spec", "mountOptions"))
    for where, item in of_kind(resource, "EC2NodeClass", "karpenter.k8s.aws"):
        servers = at(item, "spec", "kubelet", "clusterDNS")
        yield from _hosts(f"{where}spec.kubelet.clusterDNS", servers)
    for where, item in of_kind(resource, "StorageClass", "storage.k8s.io"):
        yield from _of_driver(f"{where}parameters", at(item, "parameters"))
        yield from _of_mounting(f"{where}mountOptions", at(item, "mountOptions"))


def _is_alone(value: Any) -> bool:
    return isinstance(value, str) and _ALONE.fullmatch(value) is not None


def _of_options(where: str, words: list[str]) -> Iterator[Told]:
    """Hosts that options are given, by an equals sign or as the next word."""
    for word, following in zip(words, [*words[1:], ""], strict=False):
        option, equals, value = word.partition("=")
        given = value if equals else following
        if _OPTION.fullmatch(option) and _is_alone(given):
            yield Told(where, given.lower())


def _is_list(value: Any) -> bool:
    """Whether a variable is one host with its port, or several of them."""
    parts = value.split(",") if isinstance(value, str) else ()
    return bool(parts) and all(_WITH_PORT.fullmatch(part.strip()) for part in parts)


def _of_volume(where: str, volume: Any) -> Iterator[Told]:
    for kind, field in _SERVERS:
        yield from _hosts(f"{where}{kind}.{field}", at(volume, kind, field))
    for path in (("csi", "volumeAttributes"), ("flexVolume", "options")):
        yield from _of_driver(f"{where}{'.'.join(path)}", at(volume, *path))


def _of_driver(where: str, attributes: Any) -> Iterator[Told]:
    """By a name that says so, and wherever a value is a URL or a public address."""
    for key, value in attributes.items() if isinstance(attributes, dict) else ():
        if str(key).lower() in _ATTRIBUTES:
            yield from _hosts(f"{where}.{key}", value)
        else:
            yield from _of_mounting(f"{where}.{key}", value)


def _of_mounting(where: str, options: Any) -> Iterator[Told]:
    """URLs and public addresses in options of a mount, which drivers hand on as they are."""
    for index, option in each(options):
        for _, host in hosts_in(option, ported=False) if isinstance(option, str) else ():
            yield Told(f"{where}{index}", host)


def _hosts(where: str, value: Any) -> Iterator[Told]:
    """The hosts of a field: one or several, each with a scheme, a port and a path or without."""
    for index, item in each(value):
        for word in item.split(",") if isinstance(item, str) else ():
            named = re.sub(r"^(?:[a-z0-9+.-]+:)?//", "", word.strip(), flags=re.IGNORECASE)
            named = named.partition("/")[0]
            named = named.rpartition("@")[2]
            if named.startswith("["):
                named = named[1:].partition("]")[0]
            elif named.count(":") == 1:
                named = named.partition(":")[0]
            if named:
                yield Told(f"{where}{index}", named.lower())
