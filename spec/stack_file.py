"""Read what was asked: from a Pulumi.<stack>.yaml, or from the configuration Pulumi passes on."""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import yaml

from spec.cluster import ClusterSpec, stand_in
from spec.errors import Fault, SpecError, parse
from spec.leftover import without
from spec.paths import Paths
from spec.shown import shown_path

NAMESPACE = "heiiki"
PART_KEY = "part"  # spec/part.py: the file of a part of a cluster, not of a whole one
_TEXT_KEYS = ("name", "region", "profile")  # Pulumi passes text as it is, everything else as JSON
MAX_NODES = 100_000  # of YAML after its aliases are resolved; a stack file has a few hundred
_MERGE = "tag:yaml.org,2002:merge"
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets the last of two equal keys win silently; here it is a fault."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:  # "<<": keys that stand here win over merged ones
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | float | bool | None) and key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {shown_path([str(key)])} stands here a second time; keep one",
                    problem_mark=key_node.start_mark,
                )
            if isinstance(key, str | int | float | bool | None):
                seen.add(key)
        return super().construct_mapping(node, deep)


def load_yaml(text: str, *, where: str) -> Any:
    """The document, or SpecError that names line and column and echoes nothing of it."""
    try:
        document = yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = _QUOTED.sub(_short_quote, error.problem or "is malformed")
        raise SpecError([Fault("", f"is no YAML: {at}{problem}")], where=where) from None
    except yaml.reader.ReaderError as error:
        message = f"is no YAML: holds a character that YAML forbids, at {error.position}"
        raise SpecError([Fault("", message)], where=where) from None
    except RecursionError:
        raise SpecError([Fault("", "is nested too deeply")], where=where) from None
    # 2026-13-45 is no date and 0b2 no number; PyYAML's constructors take any text for their tag.
    except (ValueError, OverflowError, AttributeError, LookupError, TypeError):
        message = "is no YAML: has a number or a date that is none; put it in quotes"
        raise SpecError([Fault("", message)], where=where) from None
    if _nodes(document) > MAX_NODES:
        message = "is too large, or an alias leads back into itself"
        raise SpecError([Fault("", message)], where=where)
    return document


def _short_quote(match: re.Match[str]) -> str:
    """PyYAML quotes what it stumbled over: marks of YAML may be shown, text of the file not."""
    text = match[0]
    return text if len(text) <= 4 or text[1] == "<" else "(not shown)"


def _nodes(document: Any) -> int:
    """How many nodes the document has with its aliases resolved, counted up to MAX_NODES."""
    count, waiting = 0, [document]
    while waiting and count <= MAX_NODES:
        count, node = count + 1, waiting.pop()
        if isinstance(node, Mapping):
            waiting += node.values()
        elif isinstance(node, list | tuple | set):
            waiting += node
    return count


def parse_stack_file(text: str, *, where: str) -> ClusterSpec:
    """The spec in a Pulumi.<stack>.yaml; other projects' keys are left alone.

    Raises SpecError with every fault at once.
    """
    return _parse(asked_in_file(text, where=where), where=where)


def parse_pulumi_config(config: Mapping[str, str], *, where: str) -> ClusterSpec:
    """The spec in Pulumi's configuration: full keys ("heiiki:name") to text or JSON."""
    return _parse(asked_in_config(config), where=where)


def asked_in_file(text: str, *, where: str) -> dict[str, Any]:
    """heiiki's keys of a stack file without their namespace, unchecked."""
    document = load_yaml(text, where=where)
    config = document.get("config") if isinstance(document, Mapping) else None
    if not isinstance(config, Mapping):
        fault = Fault("config", f"is missing; write config: and {NAMESPACE}: keys under it")
        raise SpecError([fault], where=where)
    prefix = f"{NAMESPACE}:"
    return {
        key.removeprefix(prefix): value
        for key, value in config.items()
        if isinstance(key, str) and key.startswith(prefix)
    }


def asked_in_config(config: Mapping[str, str]) -> dict[str, Any]:
    """heiiki's keys of Pulumi's configuration without their namespace, unchecked."""
    prefix = f"{NAMESPACE}:"
    return {
        key.removeprefix(prefix): _decoded(key.removeprefix(prefix), value)
        for key, value in config.items()
        if key.startswith(prefix)
    }


def _decoded(key: str, value: str) -> Any:
    if key in _TEXT_KEYS:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _parse(asked: Mapping[str, Any], *, where: str) -> ClusterSpec:
    if PART_KEY in asked:
        message = "makes this the file of a part; the stack file of a whole cluster is needed here"
        raise SpecError([Fault(PART_KEY, message)], where=where)
    message = "is encrypted; no key of heiiki holds a secret, write the value in clear"
    found = _encrypted_paths(asked)
    if not found:
        return parse(ClusterSpec, dict(asked), where=where, stand_in=stand_in)
    encrypted = [Fault(shown_path(path), message) for path in found]
    touched = Paths(fault.path for fault in encrypted)
    left = without(dict(asked), found, partial(stand_in, asked))
    try:
        rest = parse(ClusterSpec, left, where=where, stand_in=stand_in)
    except SpecError as error:
        told = [fault for fault in error.faults if not touched.touch(fault.path)]
        raise SpecError([*encrypted, *told], where=where, more=error.more, rest=error.rest,
                        written=error.written, left_out=error.left_out,
                        more_left_out=error.more_left_out) from None  # fmt: skip
    raise SpecError(encrypted, where=where, rest=rest)


def _encrypted_paths(asked: Mapping[str, Any]) -> list[tuple[str | int, ...]]:
    found, waiting = [], [((), asked)]  # type: list[tuple[str | int, ...]], list[tuple[Any, Any]]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Mapping) and set(value) == {"secure"}:
            found.append(path)
        elif isinstance(value, Mapping):
            waiting += [((*path, str(key)), child) for key, child in reversed(list(value.items()))]
        elif isinstance(value, list):
            waiting += [((*path, i), value[i]) for i in reversed(range(len(value)))]
    return found
