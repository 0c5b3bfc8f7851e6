"""What changed between two objects, what that replaces, and what a live object says of inputs."""

from collections.abc import Iterator
from typing import Final

from local.kubernetes.kinds import Kind
from local.kubernetes.objects import decoded, is_secret
from local.provider_answers import Change
from local.provider_values import Path, Properties, Value, path_text

_IDENTITY: Final = ("metadata.name", "metadata.namespace")
# What the server adds to an object.
_SERVER_FIELDS: Final = ("status",)
_SERVER_METADATA: Final = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)


def replacing_paths(
    kind: Kind, news: Properties, config_maps_mutable: bool, secrets_mutable: bool
) -> tuple[str, ...]:
    """As pulumi-kubernetes has it: data of a ConfigMap or Secret replace it unless the provider's
    setting says otherwise, so that what mounts it under a generated name is rolled too."""
    paths = _IDENTITY + kind.replacing
    immutable = news.get("immutable") is True
    if (news["apiVersion"], news["kind"]) == ("v1", "ConfigMap"):
        return paths if config_maps_mutable and not immutable else (*paths, "data", "binaryData")
    if is_secret(news):
        return paths if secrets_mutable and not immutable else (*paths, "data", "stringData")
    return paths


def changes(olds: Properties, news: Properties, replacing: tuple[str, ...]) -> dict[str, Change]:
    found: dict[str, Change] = {}
    for path, change in _walk(_canonical(olds), _canonical(news), ()):
        text = path_text(path)
        dotted = ".".join(str(step) for step in path)
        # A whole subtree that comes or goes takes its replacing parts along.
        replaces = any(
            dotted == other or dotted.startswith(f"{other}.") or other.startswith(f"{dotted}.")
            for other in replacing
        )
        found[text] = f"{change}_REPLACE" if replaces else change  # type: ignore[assignment]
    return found


def _canonical(object_: Properties) -> Properties:
    """Without a namespace is in the namespace default."""
    metadata = object_.get("metadata")
    if not isinstance(metadata, dict):
        return object_
    return {**object_, "metadata": {"namespace": "default", **metadata}}


def _walk(old: Value, new: Value, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            here = (*path, key)
            if key not in old or key not in new:
                yield here, "ADD" if key not in old else "DELETE"
            else:
                yield from _walk(old[key], new[key], here)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _walk(before, after, (*path, index))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, "UPDATE"


def inputs_from(live: Properties, inputs: Properties) -> Properties:
    """What the inputs would be if they had made the live object: same shape, live values. For an
    import, that has no inputs, all that the server did not add."""
    if not inputs:
        metadata = {k: v for k, v in live["metadata"].items() if k not in _SERVER_METADATA}
        kept = {k: v for k, v in live.items() if k not in _SERVER_FIELDS}
        return {**kept, "metadata": metadata}
    pruned: Properties = _pruned(live, inputs)
    if "namespace" in inputs["metadata"]:
        # Part of its identity; a kind that is in none has none to show.
        pruned["metadata"]["namespace"] = inputs["metadata"]["namespace"]
    if is_secret(live) and "stringData" in inputs and "stringData" not in live:
        data = live.get("data") or {}
        pruned["stringData"] = {
            key: (decoded(data[key]) or b"").decode(errors="replace")
            for key in inputs["stringData"]
            if key in data
        }
    return pruned


def _pruned(live: Value, shape: Value) -> Value:
    if isinstance(live, dict) and isinstance(shape, dict):
        return {key: _pruned(live[key], shape[key]) for key in shape if key in live}
    if isinstance(live, list) and isinstance(shape, list) and len(live) == len(shape):
        return [_pruned(item, part) for item, part in zip(live, shape, strict=True)]
    return live
