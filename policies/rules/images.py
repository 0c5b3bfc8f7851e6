"""Images: from which registry they are taken, and whether they are held to one content.

Every image that an object or a machine names is looked for: of containers, in the fields of other
objects by their shape, and where tools name images in arguments and variables. A field that is no
image and looks like one costs an exception, so a field counts only where its name says `image`.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from rules import add_ons, builds, studios, tasks
from rules.boundary import Boundary
from rules.controllers import acting
from rules.functions import FUNCTION
from rules.hosts import HOST, outside_host
from rules.image_references import PUBLIC, ImageReference, parse_image
from rules.machines import told
from rules.model import Check, Resource
from rules.pods import arguments, below, bodies, containers, environment, hidden_pods, values
from rules.registries import OWN_HOST
from rules.unknowns import UNKNOWN, at, is_set

_NAMED = re.compile(r"--?[\w.-]*image[\w.-]*", re.IGNORECASE)
_NO_IMAGE = re.compile(r"pull|gc|credential|secret|policy|format|feature", re.IGNORECASE)
# Policies that write into objects what their expressions say.
_ADMISSION: Final = ("MutatingAdmissionPolicy",)
_LITERAL = re.compile(r"""["']([^"'\s]+)["']""")
_VOLUMES = ("rbd",)  # holders of an `image` that is a disk's name


class Named(NamedTuple):
    """An image and where it stands. reference: UNKNOWN in preview."""

    where: str
    reference: Any


def _outside(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, reference in named(resource):
        fault = outside_image(reference, boundary)
        if fault:
            yield f"{where} {fault}"
    for where in _hidden(resource):
        yield f"{where} is unknown in preview, and the images in it"


def _unpinned(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, reference in named(resource):
        if reference is UNKNOWN:
            yield f"{where} is unknown in preview, and whether it has a digest"
            continue
        image = parse_image(reference)
        if image is not None and image.digest is None and not _stays(image):
            yield f"{where} names no digest"


def outside_image(reference: Any, boundary: Boundary) -> str | None:
    """Why an image is not taken from a registry inside; None when it is."""
    if reference is UNKNOWN:
        return "is unknown in preview"
    image = parse_image(reference)
    if image is None:
        return "is no reference that a runtime would take"
    if _stays(image) or _inside(image, boundary):
        return None
    shown = image.registry if HOST.fullmatch(image.registry.partition(":")[0]) else "a registry"
    return f"is taken from {shown}, which is none of the boundary"


def _stays(image: ImageReference) -> bool:
    """Whether it is on the machine already: nobody is asked for it."""
    return image.registry.partition(":")[0] == "localhost"


def _inside(image: ImageReference, boundary: Boundary) -> bool:
    whole = f"{image.registry}/{image.path}"
    if any(whole == r or whole.startswith(f"{r}/") for r in boundary.registries):
        return True
    own = OWN_HOST.fullmatch(image.registry)
    if own:
        region = own["region"] or own["dual"]
        in_region = not boundary.regions or region in boundary.regions
        return own["account"] in boundary.accounts and in_region
    host = image.registry.rpartition(":")[0] if image.registry[-1].isdigit() else image.registry
    address = (host or image.registry).strip("[]")
    is_address = address.replace(".", "").isdigit() or ":" in address
    return is_address and outside_host(address, boundary) is None


def named(resource: Resource) -> Iterator[Named]:
    """Every image that a resource names, each place once."""
    if resource.type.startswith("kubernetes:"):
        yield from _of_objects(resource)
    elif resource.type == add_ons.ADD_ON:
        for path, key, value in below(add_ons.configuration(resource), add_ons.WHERE):
            yield from _of_field(path, key, value)
    elif resource.type == FUNCTION and is_set(image := resource.props.get("imageUri")):
        yield Named("imageUri", image if image is UNKNOWN or isinstance(image, str) else "")
    elif resource.type in tasks.TEXTS_OF:
        yield from (Named(where, image) for where, image in tasks.images(resource))
    elif resource.type == builds.BUILD:
        image = at(resource.props, "environment", "image")
        if image is UNKNOWN or not str(image or "").startswith(builds.CURATED):
            yield Named("environment.image", image if image is UNKNOWN else str(image or ""))
    elif resource.type == studios.MODEL:
        for where, image in studios.images(resource):
            yield Named(where, image if image is UNKNOWN else str(image))
    found = told(resource)
    for key, what in found:
        yield from (Named(f"{key} {where.rstrip()}", image) for where, image in what.images)


def _hidden(resource: Resource) -> Iterator[str]:
    return hidden_pods(resource) if resource.type.startswith("kubernetes:") else iter(())


def _of_objects(resource: Resource) -> Iterator[Named]:
    for item in bodies(resource):
        for path, key, value in values(item):
            yield from _of_field(f"{item.where}{path}", key, value)
            if key == "expression" and item.kind in _ADMISSION and isinstance(value, str):
                literals = (match[1] for match in _LITERAL.finditer(value))
                yield from (
                    Named(f"{item.where}{path}", text) for text in literals if _names("", text)
                )
        for where, key, value in acting(item):
            if key.lower().endswith("image") and _with_registry(value):
                yield Named(f"{where}annotation {key}", value)
    for container in containers(resource):
        yield from _in_words(container.where, arguments(container.body))
        for name, value in environment(container.body):
            if isinstance(value, str) and _names(name, value):
                yield Named(f"{container.where}.env {name}", value)


def _of_field(path: str, key: str, value: Any) -> Iterator[Named]:
    """The image of a field, if its name says that it is one."""
    holder = path.rpartition(".")[0].rpartition(".")[2]
    if key == "image" and holder not in _VOLUMES:
        yield from _field(path, value)
    elif (key.endswith("Image") or key == "imageName") and _with_registry(value):
        yield Named(path, value)


def _field(where: str, value: Any) -> Iterator[Named]:
    """A field `image`: a reference, the repository and the tag by themselves, or a volume's."""
    if value is UNKNOWN or (isinstance(value, str) and is_set(value)):
        yield Named(where, value)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str) or value.get("reference") is UNKNOWN:
            yield Named(f"{where}.reference", value["reference"])
        elif is_set(value.get("repository")):
            yield Named(where, _composed(value))


def _composed(parts: dict[str, Any]) -> Any:
    """The reference that charts put together of its parts."""
    known = [parts.get(key) for key in ("registry", "repository", "tag", "digest")]
    if UNKNOWN in known:
        return UNKNOWN
    registry, repository, tag, digest = (str(part) if is_set(part) else "" for part in known)
    name = f"{registry}/{repository}" if registry else repository
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def _in_words(where: str, words: list[str]) -> Iterator[Named]:
    """Images among arguments: of an option that says so, or of a registry that is known."""
    option = ""
    for word in words:
        name, equals, value = word.partition("=") if word.startswith("-") else (option, "", word)
        if equals or not word.startswith("-"):
            if _names(name, value):
                yield Named(f"{where} command", value)
            option = ""
        else:
            option = word


def _names(name: str, value: str) -> bool:
    """Whether a value is an image, by the name of its option or variable or by its registry."""
    if not _with_registry(value):
        return False
    said = "image" in name.lower() and not _NO_IMAGE.search(name)
    return said or value.removeprefix("docker://").startswith(tuple(f"{r}/" for r in PUBLIC))


def _with_registry(value: Any) -> bool:
    """Whether a text is a reference that names its registry."""
    if not isinstance(value, str) or "://" in value.removeprefix("docker://"):
        return False
    first, slash, _ = value.partition("/")
    return bool(slash) and ("." in first or ":" in first) and parse_image(value) is not None


CHECKS: dict[str, Check] = {"CN-145": _outside, "CN-146": _unpinned}
