"""Read what was asked: from a Pulumi.<stack>.yaml, or from the configuration Pulumi passes on."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from spec.cluster import ClusterSpec
from spec.errors import Fault, SpecError, parse

NAMESPACE = "heiiki"
_TEXT_KEYS = ("name", "region", "profile")  # Pulumi passes text as it is, everything else as JSON


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets the last of two equal keys win silently; here it is a fault."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | float | bool | None) and key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key!r} stands here for the second time; keep one",
                    problem_mark=key_node.start_mark,
                )
            if isinstance(key, str | int | float | bool | None):
                seen.add(key)
        return super().construct_mapping(node, deep)


def load_yaml(text: str, *, where: str) -> Any:
    """The document, or SpecError that names line and column and echoes nothing of it."""
    try:
        return yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise SpecError([Fault("", f"is no YAML: {at}{error.problem}")], where=where) from None
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SpecError([Fault("", f"is no YAML: {reason}")], where=where) from None


def parse_stack_file(text: str, *, where: str) -> ClusterSpec:
    """The spec in a Pulumi.<stack>.yaml; other projects' keys are left alone.

    Raises SpecError with every fault at once.
    """
    document = load_yaml(text, where=where)
    config = document.get("config") if isinstance(document, Mapping) else None
    if not isinstance(config, Mapping):
        fault = Fault("config", f"is missing; write config: and {NAMESPACE}: keys under it")
        raise SpecError([fault], where=where)
    prefix = f"{NAMESPACE}:"
    asked = {
        key.removeprefix(prefix): value
        for key, value in config.items()
        if isinstance(key, str) and key.startswith(prefix)
    }
    return _parse(asked, where=where)


def parse_pulumi_config(config: Mapping[str, str], *, where: str) -> ClusterSpec:
    """The spec in Pulumi's configuration: full keys ("heiiki:name") to text or JSON."""
    prefix = f"{NAMESPACE}:"
    asked = {
        key.removeprefix(prefix): _decoded(key.removeprefix(prefix), value)
        for key, value in config.items()
        if key.startswith(prefix)
    }
    return _parse(asked, where=where)


def _decoded(key: str, value: str) -> Any:
    if key in _TEXT_KEYS:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _parse(asked: Mapping[str, Any], *, where: str) -> ClusterSpec:
    encrypted = list(_encrypted_paths(asked, ()))
    if encrypted:
        message = "is encrypted; no key of heiiki holds a secret, write the value in clear"
        raise SpecError([Fault(path, message) for path in encrypted], where=where)
    return parse(ClusterSpec, dict(asked), where=where)


def _encrypted_paths(value: Any, path: tuple[str, ...]) -> Iterable[str]:
    if isinstance(value, Mapping):
        if set(value) == {"secure"}:
            yield ".".join(path)
            return
        for key, child in value.items():
            yield from _encrypted_paths(child, (*path, str(key)))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _encrypted_paths(child, (*path, str(index)))
