"""References of container images, read as a container runtime reads them.

The grammar is the one of the distribution project, and so is what a short name stands for: `nginx`
is docker.io/library/nginx. (distribution/reference: reference.go, normalize.go, v0.6.0; read
2026-11-28.)
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

DEFAULT_REGISTRY = "docker.io"
# The registries of the internet that programs name most.
PUBLIC: Final = (
    "docker.io", "index.docker.io", "registry-1.docker.io", "quay.io", "ghcr.io", "gcr.io",
    "k8s.gcr.io", "registry.k8s.io", "public.ecr.aws", "mcr.microsoft.com", "nvcr.io",
    "registry.gitlab.com", "docker.elastic.co", "xpkg.upbound.io",
)  # fmt: skip
_OTHER_NAME = "index.docker.io"  # of the same registry
_LONGEST_NAME = 255

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])"
_REGISTRY = re.compile(rf"{_HOST}(?::[0-9]+)?")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
# The algorithms of go-digest, which every runtime reads digests with.
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")  # of an image that is there already: no name


@dataclass(frozen=True, slots=True)
class ImageReference:
    """registry: host and, where it is given, port, in lower case. path: with `library/` where a
    short name implies it."""

    registry: str
    path: str
    tag: str | None = None
    digest: str | None = None


@lru_cache(maxsize=4096)
def parse_image(text: str) -> ImageReference | None:
    """What a reference names; None where a runtime would refuse it."""
    name, at, digest = text.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        return None
    name, tag = _split_tag(name)
    if tag is not None and not _TAG.fullmatch(tag):
        return None
    if _IDENTIFIER.fullmatch(name):
        return None
    registry, path = _split_registry(name)
    if not _REGISTRY.fullmatch(registry) or not _PATH.fullmatch(path):
        return None
    if len(registry) + 1 + len(path) > _LONGEST_NAME:
        return None
    return ImageReference(registry.lower(), path, tag, digest if at else None)


def _split_tag(name: str) -> tuple[str, str | None]:
    """A colon behind the last slash begins a tag; one before it, a port."""
    head, colon, tail = name.rpartition(":")
    return (head, tail) if colon and "/" not in tail else (name, None)


def _split_registry(name: str) -> tuple[str, str]:
    """The first part is a registry where it cannot be a part of a path."""
    first, slash, rest = name.partition("/")
    named = bool(slash) and (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    )
    registry, path = (first, rest) if named else (DEFAULT_REGISTRY, name)
    if registry == _OTHER_NAME:
        registry = DEFAULT_REGISTRY
    if registry == DEFAULT_REGISTRY and "/" not in path:
        path = f"library/{path}"
    return registry, path
