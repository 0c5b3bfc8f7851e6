"""Images of the own registry, by digest: what else a machine names, it could not pull."""

import re
from collections.abc import Mapping

from machines.checks import fault

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
_REGISTRY = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?")


def registry_host(field: str, value: str) -> str:
    """A host, perhaps with a port; no scheme, no path."""
    if not _REGISTRY.fullmatch(value) or "." not in value or len(value) > 253:
        raise fault(
            field,
            value,
            "must be a registry's host, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        )
    return value


def own_image(field: str, value: str, registry: str) -> str:
    """`<registry>/<repository>@sha256:<digest>`; a tag would be what somebody pushed last."""
    host, _, rest = value.partition("/")
    repository, _, digest = rest.partition("@")
    fits = _REPOSITORY.fullmatch(repository) and _DIGEST.fullmatch(digest)
    if host != registry or not fits:
        raise fault(
            field,
            value,
            f"must be an image of {registry} by its digest, such as "
            f"{registry}/kubernetes/pause@sha256:<64 hexadecimal digits>",
        )
    return value


def own_images(images: Mapping[str, str], registry: str) -> dict[str, str]:
    """Every one checked."""
    registry_host("registry", registry)
    return {name: own_image(f"images.{name}", ref, registry) for name, ref in images.items()}
