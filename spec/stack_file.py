"""Read what was asked: from a Pulumi.<stack>.yaml, or from the configuration Pulumi passes on."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from spec.cluster import ClusterSpec, stand_in
from spec.errors import Fault, SpecError, parse
from spec.leftover import without
from spec.namespaces import astray, unread
from spec.passed import too_large
from spec.paths import Paths
from spec.pki import SECRET_NAMESPACE
from spec.shown import shown_path
from spec.yaml_text import load_stack_yaml

NAMESPACE = "heiiki"
PART_KEY = "part"  # spec/part.py: the file of a part of a cluster, not of a whole one
_KNOWN = {str(field.alias) for field in ClusterSpec.model_fields.values()} | {PART_KEY}
_TEXT_KEYS = ("name", "region", "profile")  # Pulumi passes text as it is, everything else as JSON


def parse_stack_file(text: str, *, where: str, passed: bool = True) -> ClusterSpec:
    """The spec in a Pulumi.<stack>.yaml; keys of other projects are left alone.

    passed: whether the engine passes this very file on, as it does not the whole's to a part.
    Raises SpecError with every fault at once.
    """
    document, config = _config_in(text, where=where)
    own = _own_keys(config)
    beside = [*_unread(document, config), *_secrets_in_clear(config)]
    if config and not own and not beside:
        foreign = f"has keys of other programs alone, and none that begins with {NAMESPACE}:"
        beside = [Fault("config", foreign)]
    spec = _parse(own, where=where, beside=beside)
    large = too_large(config, NAMESPACE) if passed else None
    if large is not None:
        raise SpecError([large], where=where, rest=spec)
    return spec


def parse_pulumi_config(config: Mapping[str, str], *, where: str) -> ClusterSpec:
    """The spec in Pulumi's configuration: full keys ("heiiki:name") to text or JSON."""
    return _parse(asked_in_config(config), where=where)


def asked_in_file(text: str, *, where: str) -> dict[str, Any]:
    """heiiki's keys of a stack file without their namespace, unchecked.

    Raises SpecError of keys that the engine would pass on beside them.
    """
    document, config = _config_in(text, where=where)
    if faults := _unread(document, config):
        raise SpecError(faults, where=where)
    return _own_keys(config)


def asked_in_config(config: Mapping[str, str]) -> dict[str, Any]:
    """heiiki's keys of Pulumi's configuration without their namespace, unchecked."""
    prefix = f"{NAMESPACE}:"
    return {
        key.removeprefix(prefix): _decoded(key.removeprefix(prefix), value)
        for key, value in config.items()
        if key.startswith(prefix)
    }


def _config_in(text: str, *, where: str) -> tuple[Mapping[Any, Any], Mapping[Any, Any]]:
    """The whole document, and what stands below `config:` in it."""
    document = load_stack_yaml(text, where=where)
    config = document.get("config") if isinstance(document, Mapping) else None
    if not isinstance(config, Mapping):
        fault = Fault("config", f"is missing; write config: and {NAMESPACE}: keys under it")
        raise SpecError([fault], where=where)
    return document, config


def _own_keys(config: Mapping[Any, Any]) -> dict[str, Any]:
    prefix = f"{NAMESPACE}:"
    return {
        key.removeprefix(prefix): _as_passed(key.removeprefix(prefix), value)
        for key, value in config.items()
        if isinstance(key, str) and key.startswith(prefix)
    }


def _unread(document: Mapping[Any, Any], config: Mapping[Any, Any]) -> list[Fault]:
    names = (NAMESPACE, SECRET_NAMESPACE)
    stray = astray(document, namespaces=names, known=_KNOWN)
    return [*stray, *unread(config, namespaces=names)]


def _secrets_in_clear(config: Mapping[Any, Any]) -> list[Fault]:
    """Keys of the PKI that whoever may read the stack file could read."""
    return [
        Fault(shown_path((key,)), "stands there in clear, for everybody who reads the stack file; "
              "encrypt it with pulumi config set --secret, and use it no more if others have seen "
              "it")
        for key, value in config.items()
        if isinstance(key, str) and key.startswith(f"{SECRET_NAMESPACE}:")
        and not (isinstance(value, Mapping) and set(value) == {"secure"})
    ]  # fmt: skip


def _as_passed(key: str, value: Any) -> Any:
    """A value of the file as the program is given it by Pulumi: true as a name is text, and text
    of a key that has others below it is JSON, as `pulumi config set` writes it."""
    if key in _TEXT_KEYS:
        return json.dumps(value) if isinstance(value, bool) else value
    return _decoded(key, value) if isinstance(value, str) else value


def _decoded(key: str, value: str) -> Any:
    if key in _TEXT_KEYS:
        return value
    try:
        return json.loads(value, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError):
        return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets the last of two equal keys win silently too; such text is taken for none."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _parse(asked: Mapping[str, Any], *, where: str, beside: Sequence[Fault] = ()) -> ClusterSpec:
    _sort_keys(asked)
    if PART_KEY in asked:
        message = "makes this the file of a part; the stack file of a whole cluster is needed here"
        raise SpecError([Fault(PART_KEY, message)], where=where)
    message = "is encrypted; no key of heiiki holds a secret, write the value in clear"
    found = _encrypted_paths(asked)
    if not (found or beside):
        return parse(ClusterSpec, dict(asked), where=where, stand_in=stand_in)
    encrypted = [Fault(shown_path(path), message) for path in found]
    told_first = [*beside, *encrypted]
    # A key that stands there without its namespace is not missing too; beside one with it, it is
    # told and hides nothing of that one.
    touched = Paths([*(fault.path for fault in encrypted),
                     *(fault.path for fault in beside if fault.path not in asked)])  # fmt: skip
    left = without(dict(asked), found, partial(stand_in, asked))
    try:
        rest = parse(ClusterSpec, left, where=where, stand_in=stand_in)
    except SpecError as error:
        told = [fault for fault in error.faults if not touched.touch(fault.path)]
        raise SpecError([*told_first, *told], where=where, more=error.more, rest=error.rest,
                        written=error.written, left_out=error.left_out,
                        more_left_out=error.more_left_out) from None  # fmt: skip
    raise SpecError(told_first, where=where, rest=rest)


def _sort_keys(asked: Mapping[str, Any]) -> None:
    """Puts every mapping below in the order in which Pulumi passes it on, whatever the file's:
    where the plan takes the first of several, file and engine's configuration have the same."""
    waiting: list[Any] = [*asked.values()]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if all(isinstance(key, str) for key in node):  # others are refused, as they stand
                ordered = sorted(node.items(), key=itemgetter(0))
                node.clear()
                node.update(ordered)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


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
