"""Static pods: what a kubelet runs of itself, from a folder of manifests, before any API answers.

Each sees the files it reads and no others, read-only, one by one: a folder would show it the keys
of its neighbours. It runs as root without a single capability, since the files are root's alone.
A file that is mounted by itself is the one that was there then: who replaces it writes into it, or
ends the pod, and does not put another in its place by a rename.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from machines.host_files import HostFile
from machines.yaml_text import to_yaml

MANIFESTS = "/etc/kubernetes/manifests"
NAMESPACE = "kube-system"
PathType = Literal["Directory", "DirectoryOrCreate"]


@dataclass(frozen=True, slots=True)
class Probe:
    """Where the kubelet, in the machine's own network, asks how it is."""

    path: str
    port: int
    scheme: Literal["HTTP", "HTTPS"] = "HTTPS"
    seconds_between: int = 10
    failures: int = 3


@dataclass(frozen=True, slots=True)
class Probes:
    """startup is given long, since a first start waits for others; the rest are not."""

    startup: Probe
    liveness: Probe
    readiness: Probe


@dataclass(frozen=True, slots=True)
class Resources:
    """What is set aside for it, and the memory that it is stopped at (None: the machine's)."""

    cpu: str
    memory: str
    memory_limit: str | None = None


@dataclass(frozen=True, slots=True)
class StaticPod:
    """files: read. folders: written, path -> how it is made where it is not there.

    environment: for what takes no flag. stop_seconds: how long it may take to end.
    """

    name: str
    image: str
    command: Sequence[str]
    files: Sequence[str]
    probes: Probes
    resources: Resources
    folders: dict[str, PathType] = field(default_factory=dict)
    mounted_at: dict[str, str] = field(default_factory=dict)  # file -> where it is seen
    environment: dict[str, str] = field(default_factory=dict)
    stop_seconds: int = 30


def static_pod_file(pod: StaticPod) -> HostFile:
    """The manifest that the kubelet finds."""
    return HostFile(f"{MANIFESTS}/{pod.name}.yaml", to_yaml(static_pod(pod)))


def static_pod(pod: StaticPod) -> dict[str, Any]:
    """The Pod as a document."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": pod.name,
            "namespace": NAMESPACE,
            "labels": {"component": pod.name, "tier": "control-plane"},
        },
        "spec": {
            "hostNetwork": True,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "priorityClassName": "system-node-critical",
            "terminationGracePeriodSeconds": pod.stop_seconds,
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [_container(pod)],
            "volumes": _volumes(pod),
        },
    }


def _container(pod: StaticPod) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": pod.name,
        "image": pod.image,
        "imagePullPolicy": "IfNotPresent",
        "command": list(pod.command),
    }
    if pod.environment:
        container["env"] = [{"name": k, "value": v} for k, v in pod.environment.items()]
    requests = {"cpu": pod.resources.cpu, "memory": pod.resources.memory}
    container["resources"] = {"requests": requests}
    if pod.resources.memory_limit is not None:
        container["resources"]["limits"] = {"memory": pod.resources.memory_limit}
    container |= {
        "startupProbe": _probe(pod.probes.startup),
        "livenessProbe": _probe(pod.probes.liveness),
        "readinessProbe": _probe(pod.probes.readiness),
        "securityContext": RESTRICTED,
        "volumeMounts": _mounts(pod),
    }
    return container


RESTRICTED: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsUser": 0,
}


def _probe(probe: Probe) -> dict[str, Any]:
    return {
        "httpGet": {
            "host": "127.0.0.1",
            "path": probe.path,
            "port": probe.port,
            "scheme": probe.scheme,
        },
        "periodSeconds": probe.seconds_between,
        "timeoutSeconds": 15 if probe.seconds_between >= 15 else probe.seconds_between,
        "failureThreshold": probe.failures,
    }


def _mounts(pod: StaticPod) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = [
        {"name": volume_name(path), "mountPath": pod.mounted_at.get(path, path), "readOnly": True}
        for path in pod.files
    ]
    return mounts + [{"name": volume_name(path), "mountPath": path} for path in pod.folders]


def _volumes(pod: StaticPod) -> list[dict[str, Any]]:
    paths = {path: "File" for path in pod.files} | dict(pod.folders)
    return [
        {"name": volume_name(path), "hostPath": {"path": path, "type": kind}}
        for path, kind in paths.items()
    ]


def volume_name(path: str) -> str:
    """From the path, so that it stays when others come and go; its end, where it is long."""
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[-63:].strip("-")
