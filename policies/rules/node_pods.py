"""Pods that get at their node: on its network, among its processes, or by what they get of it.

A privileged pod has the node's devices, a few capabilities are as much, and whoever writes where a
node keeps its programs, or asks its container runtime, runs there what it likes. (Kubernetes, Pod
Security Standards, baseline; capabilities(7); read 2026-11-29.)
"""

import posixpath
from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.kubernetes_objects import Object, of_kind
from rules.model import Check, Resource
from rules.pods import CONTAINERS, Container, Pod, containers, pods
from rules.shell_words import words_of
from rules.unknowns import UNKNOWN, at, each, false, is_set, listed, says, true

SYSTEM: Final = "kube-system"
_HOST: Final = ("hostNetwork", "hostPID", "hostIPC")
# By each of these a pod is as much as a privileged one.
_CAPABILITIES: Final = words_of(
    "ALL BPF DAC_READ_SEARCH SYS_ADMIN SYS_BOOT SYS_MODULE SYS_PTRACE SYS_RAWIO"
)
# What holds a runtime's socket or others' credentials, which reading is enough for; the first ones
# by themselves, the others with all that is below them.
_WHOLE: Final = ("/", "/var", "/var/lib", "/var/run", "/run", "/etc", "/root", "/home")
_READ: Final = (
    "/etc/kubernetes", "/run/containerd", "/run/crio", "/run/docker.sock", "/run/dockershim.sock",
    "/run/podman", "/var/lib/kubelet", "/proc/1",
)  # fmt: skip
# Where a node keeps what it runs and is set up by.
_WRITTEN: Final = (
    "/bin", "/boot", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin",
    "/sys", "/usr", "/var/lib/containerd", "/var/lib/cloud", "/var/spool/cron",
)  # fmt: skip


def _at_the_node(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for pod in pods(resource):
        if not _is_of_system(pod.item):
            yield from _on_the_node(pod)
            yield from _unmasked(pod)
            yield from _volumes(pod)
    for container in containers(resource):
        # Of one that is unknown CN-145 speaks.
        if container.body is not UNKNOWN and not _is_of_system(container.item):
            yield from _rights(container)
    yield from _persistent(resource)


def _is_of_system(item: Object) -> bool:
    return bool(at(item.body, "metadata", "namespace") == SYSTEM)


def _on_the_node(pod: Pod) -> Iterator[str]:
    for key in _HOST:
        value = pod.spec.get(key)
        if is_set(value) and not false(value):
            yield f"{pod.where}{key} is {says(value)}, not false"
    value = at(pod.spec, "securityContext", "windowsOptions", "hostProcess")
    if is_set(value) and not false(value):
        yield f"{pod.where}securityContext.windowsOptions.hostProcess is {says(value)}, not false"


def _unmasked(pod: Pod) -> Iterator[str]:
    """Containers that get all of /proc; with users of their own they get nothing by it."""
    if false(pod.spec.get("hostUsers")):
        return
    for key in CONTAINERS:
        for index, body in each(pod.spec.get(key)):
            value = at(body, "securityContext", "procMount")
            if body is not UNKNOWN and is_set(value) and value != "Default":
                where = f"{pod.where}{key}{index}.securityContext.procMount"
                yield f"{where} is {says(value)}, not Default"


def _rights(container: Container) -> Iterator[str]:
    where = f"{container.where}.securityContext"
    for path in (("privileged",), ("windowsOptions", "hostProcess")):
        value = at(container.body, "securityContext", *path)
        if is_set(value) and not false(value):
            yield f"{where}.{'.'.join(path)} is {says(value)}, not false"
    for index, added in each(at(container.body, "securityContext", "capabilities", "add")):
        name = added.upper().removeprefix("CAP_") if isinstance(added, str) else added
        if name is UNKNOWN or listed(name, _CAPABILITIES):
            told = "unknown in preview" if name is UNKNOWN else name
            yield f"{where}.capabilities.add{index} is {told}, which is as much as privileged"


def _volumes(pod: Pod) -> Iterator[str]:
    for index, volume in each(pod.spec.get("volumes")):
        written = _is_written(pod, at(volume, "name"))
        where = f"{pod.where}volumes{index}.hostPath.path"
        yield from _of_node(where, at(volume, "hostPath", "path"), written)


def _persistent(resource: Resource) -> Iterator[str]:
    """Folders of nodes as volumes that any pod may claim, whatever it mounts them as."""
    for where, item in of_kind(resource, "PersistentVolume", ""):
        for kind in ("hostPath", "local"):
            path = at(item, "spec", kind, "path")
            yield from _of_node(f"{where}spec.{kind}.path", path, written=True)


def _of_node(where: str, path: Any, written: bool) -> Iterator[str]:
    """What a pod gets by a folder of its node."""
    if not is_set(path):
        return
    if not isinstance(path, str):
        yield f"{where} is {says(path)}, so it may be any of the node's"
        return
    plain = posixpath.normpath(f"/{path.lstrip('/')}")
    plain = plain.replace("/var/run/", "/run/", 1) if plain.startswith("/var/run/") else plain
    if plain in _WHOLE or _is_below(plain, _READ):
        yield f"{where} gives the pod its node's credentials, or its runtime"
    elif written and _is_below(plain, _WRITTEN):
        yield f"{where} lets the pod write what its node runs"


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _is_written(pod: Pod, name: Any) -> bool:
    """Whether any container may write a volume."""
    bodies = (body for key in CONTAINERS for _, body in each(pod.spec.get(key)))
    mounts = (mount for body in bodies for _, mount in each(at(body, "volumeMounts")))
    return any(
        not true(at(mount, "readOnly"))
        for mount in mounts
        if name is UNKNOWN or at(mount, "name") in (name, UNKNOWN)
    )


CHECKS: dict[str, Check] = {"CN-148": _at_the_node}
