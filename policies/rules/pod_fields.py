"""Hosts that fields of pods and volumes name by themselves, without a scheme or a program.

The kubelet probes, resolves and mounts what these say, from the node and past every NetworkPolicy.
(Kubernetes API reference v1.34, Pod, PersistentVolume and StorageClass; read 2026-11-28.)
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from rules.kubernetes_objects import of_kind
from rules.model import Resource
from rules.named_hosts import PUBLIC
from rules.pods import containers, environment, pods
from rules.unknowns import at, each


class Told(NamedTuple):
    """A host that something is told of. where: the path to it."""

    where: str
    host: str


_ASKED: Final = tuple(
    (*path, kind, "host")
    for path in (
        ("livenessProbe",), ("readinessProbe",), ("startupProbe",),
        ("lifecycle", "postStart"), ("lifecycle", "preStop"),
    )
    for kind in ("httpGet", "tcpSocket")
)  # fmt: skip
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


def hosts_of_fields(resource: Resource) -> Iterator[Told]:
    """The hosts in fields of pods, PersistentVolumes and StorageClasses."""
    for container in containers(resource):
        for path in _ASKED:
            yield from _hosts(f"{container.where}.{'.'.join(path)}", at(container.body, *path))
        for name, value in environment(container.body):
            for found in _WITH_PORT.finditer(value) if _is_list(value) else ():
                yield Told(f"{container.where}.env {name}", found[1].lower())
    for pod in pods(resource):
        for key in ("nameservers", "searches"):
            yield from _hosts(f"{pod.where}dnsConfig.{key}", at(pod.spec, "dnsConfig", key))
        for index, alias in each(pod.spec.get("hostAliases")):
            yield from _hosts(f"{pod.where}hostAliases{index}.ip", at(alias, "ip"))
        for index, volume in each(pod.spec.get("volumes")):
            yield from _of_volume(f"{pod.where}volumes{index}.", volume)
    for where, item in of_kind(resource, "PersistentVolume", ""):
        yield from _of_volume(f"{where}spec.", at(item, "spec"))
    for where, item in of_kind(resource, "EC2NodeClass", "karpenter.k8s.aws"):
        servers = at(item, "spec", "kubelet", "clusterDNS")
        yield from _hosts(f"{where}spec.kubelet.clusterDNS", servers)
    for where, item in of_kind(resource, "StorageClass", "storage.k8s.io"):
        yield from _of_driver(f"{where}parameters", at(item, "parameters"))


def _is_list(value: Any) -> bool:
    """Whether a variable is one host with its port, or several of them."""
    parts = value.split(",") if isinstance(value, str) else ()
    return bool(parts) and all(_WITH_PORT.fullmatch(part.strip()) for part in parts)


def _of_volume(where: str, volume: Any) -> Iterator[Told]:
    for kind, field in _SERVERS:
        yield from _hosts(f"{where}{kind}.{field}", at(volume, kind, field))
    yield from _of_driver(f"{where}csi.volumeAttributes", at(volume, "csi", "volumeAttributes"))


def _of_driver(where: str, attributes: Any) -> Iterator[Told]:
    for key, value in attributes.items() if isinstance(attributes, dict) else ():
        if str(key).lower() in _ATTRIBUTES:
            yield from _hosts(f"{where}.{key}", value)


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
