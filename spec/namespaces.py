"""Keys of a stack file that nobody would read: without a namespace, of one misspelt, or astray.

Pulumi takes a key without a namespace for the project's own (`stackConfigNamespacedWithProject` in
sdk/go/common/workspace/loaders.go, v3.250.0): what is not seen here would be made all the same.
"""

import difflib
from collections.abc import Collection, Iterable
from typing import Any

from spec.errors import Fault
from spec.shown import shown_path

_LIKE = 0.8  # heiki, heiiiki, Heiiki; not aws, and no word of another project
_MAX_CHARACTERS = 64  # of a key that is compared; no namespace is longer


def unread(keys: Iterable[Any], *, namespaces: tuple[str, ...]) -> list[Fault]:
    """A fault for each key that Pulumi passes on as the project's and that is not written so, and
    for each of a namespace that is nearly one of ours. namespaces: the project's own first."""
    faults = []
    for key in map(str, keys):
        namespace, colon, _ = key.partition(":")
        if not colon:
            faults.append(Fault(shown_path((key,)), _without(key, namespaces[0])))
        elif meant := _meant(namespace, namespaces):
            message = f"is of a namespace that nothing reads; write {meant}: before the key"
            faults.append(Fault(shown_path((key,)), message))
    return faults


def astray(
    keys: Iterable[Any], *, namespaces: tuple[str, ...], known: Collection[str]
) -> list[Fault]:
    """A fault for each of ours that stands beside `config:`: Pulumi passes none of these on, and
    what they would have closed stays as it is. Others may stand there, to hold anchors.

    known: what keys are called below the project's namespace.
    """
    faults = []
    for key in map(str, keys):
        namespace, colon, rest = key.partition(":")
        if colon and _meant(namespace, namespaces, itself=True):
            message = "stands beside config:, where nobody reads it; indent it below config:"
            faults.append(Fault(shown_path((rest or key,)), message))
        elif not colon and key in known:
            message = (
                f"stands beside config:, where nobody reads it; write {namespaces[0]}:{key}: below "
                "config:"
            )
            faults.append(Fault(shown_path((key,)), message))
    return faults


def _without(key: str, project: str) -> str:
    if key == project:
        return (
            f"is no key by itself; write {project}: before each key, on one line with it, such as "
            f"{project}:region"
        )
    return (
        f"stands there without {project}: before it, and Pulumi takes it for the project's all the "
        f"same; write it with {project}: before it"
    )


def _meant(namespace: str, namespaces: tuple[str, ...], *, itself: bool = False) -> str | None:
    if namespace in namespaces:
        return namespace if itself else None
    if len(namespace) > _MAX_CHARACTERS:
        return None
    close = difflib.get_close_matches(namespace.strip().lower(), namespaces, n=1, cutoff=_LIKE)
    return close[0] if close else None
