"""Pods and their containers, in whatever object holds them: found by shape, to any depth."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rules.image_references import parse_image
from rules.kubernetes_objects import Object, objects
from rules.model import Resource
from rules.shell_words import words_of
from rules.unknowns import UNKNOWN, at, each

CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
# Kinds whose pods are theirs to describe: an unknown part of them may be any pod.
HOLDERS = words_of(
    "Pod PodTemplate Deployment DaemonSet StatefulSet ReplicaSet ReplicationController Job CronJob"
)
_WAY = (*CONTAINERS, "spec", "template", "jobTemplate")
_SCHEMA = "openAPIV3Schema"  # describes values instead of being one
_TEXTS = ("ConfigMap", "Secret")
# What metadata says of an object. A controller's own object may have other settings under that name
# (triggers of KEDA have), and those are content.
_OF_METADATA = words_of(
    "annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers "
    "generateName generation labels managedFields name namespace ownerReferences resourceVersion "
    "selfLink uid"
)
# By what the kubelet asks a container, or tells it: a command, a question to a host.
PROBES_AND_HOOKS = (
    ("livenessProbe",), ("readinessProbe",), ("startupProbe",),
    ("lifecycle", "postStart"), ("lifecycle", "preStop"),
)  # fmt: skip


class Pod(NamedTuple):
    """A pod's spec. where: the path to it, with a dot behind it."""

    item: Object
    where: str
    spec: dict[str, Any]


class Container(NamedTuple):
    """One container. where: its path."""

    item: Object
    where: str
    body: Any


def bodies(resource: Resource) -> Iterator[Object]:
    """The objects of a resource that are no lists of others, each once."""
    seen = set()
    for item in objects(resource):
        listed = item.kind is not None and item.kind.endswith("List")
        if not listed and id(item.body) not in seen:
            seen.add(id(item.body))
            yield item


def values(item: Object) -> Iterator[tuple[str, str, Any]]:
    """Every value in an object's content, with its path and its key; parents come first."""
    if item.kind not in _TEXTS:
        yield from below(item.body, "", "")


def below(value: Any, path: str, key: str = "") -> Iterator[tuple[str, str, Any]]:
    """A value and every one below it, each with its path and its key."""
    yield path, key, value
    if isinstance(value, dict):
        for name, inner in value.items():
            if _is_content(str(name), inner, path):
                yield from below(inner, f"{path}.{name}" if path else str(name), str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from below(inner, f"{path}[{index}]", key)


def _is_content(name: str, value: Any, path: str) -> bool:
    """Whether a key is none of what a controller reports, and people write, of an object."""
    if name == "metadata":
        return bool(path) and isinstance(value, dict) and not _OF_METADATA.issuperset(value)
    return name != _SCHEMA and (name != "status" or bool(path))


def pods(resource: Resource) -> Iterator[Pod]:
    """Whatever has containers."""
    for item in bodies(resource):
        for path, _, value in values(item):
            if isinstance(value, dict) and any(key in value for key in CONTAINERS):
                yield Pod(item, f"{item.where}{path}." if path else item.where, value)


def containers(resource: Resource) -> Iterator[Container]:
    """The containers of every pod; one that is unknown is UNKNOWN."""
    for pod in pods(resource):
        for key in CONTAINERS:
            for index, body in each(pod.spec.get(key)):
                yield Container(pod.item, f"{pod.where}{key}{index}", body)


def hidden_pods(resource: Resource) -> Iterator[str]:
    """Where containers are unknown: they, and in an object of pods whatever leads to them."""
    for item in bodies(resource):
        way = _WAY if item.kind in HOLDERS else CONTAINERS
        for path, key, value in values(item):
            if value is UNKNOWN and (key in way or (not path and way is _WAY)):
                yield f"{item.where}{path or 'object'}"


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def environment(container: Any) -> Iterator[tuple[str, Any]]:
    """The variables that a container is given by value; names of another form than messages may
    show are left out."""
    for _, variable in each(at(container, "env")):
        name, value = at(variable, "name"), at(variable, "value")
        if isinstance(name, str) and _VARIABLE.fullmatch(name) and value is not None:
            yield name, value


def arguments(container: Any) -> list[str]:
    """What a container runs, word by word, as far as it is known."""
    given = [*each(at(container, "command")), *each(at(container, "args"))]
    return [word for _, word in given if isinstance(word, str)]


def commands_of(container: Any) -> Iterator[tuple[str, list[str]]]:
    """What is run in a container, with where it stands: its own words, and those of probes and
    hooks."""
    yield "command", arguments(container)
    for path in PROBES_AND_HOOKS:
        words = [word for _, word in each(at(container, *path, "exec", "command"))]
        yield f"{'.'.join(path)} command", [word for word in words if isinstance(word, str)]


def runs(container: Container) -> set[str]:
    """What a container runs, by the names that its image, itself and its object have."""
    image = at(container.body, "image")
    parsed = parse_image(image) if isinstance(image, str) else None
    names = set(parsed.path.split("/")) if parsed else set()
    own = at(container.body, "name")
    label = at(container.item.body, "metadata", "labels", "app.kubernetes.io/name")
    names |= {n for n in (own, label if own == "controller" else None) if isinstance(n, str)}
    return names


def flag_values(container: Container, flag: str) -> list[str]:
    """What a flag is set to, each time that it is given. flag: with one hyphen, as programs in Go
    take it beside two."""
    words = (word.replace("--", "-", 1) for word in arguments(container.body))
    return [w.partition("=")[2] or "true" for w in words if w.partition("=")[0] == flag]
