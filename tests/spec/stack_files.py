"""Stack files that tests start from, and how they change them."""

import copy
from functools import lru_cache
from typing import Any

import pytest
import yaml

from spec.cluster import ClusterSpec
from spec.errors import SpecError
from spec.stack_file import parse_stack_file
from spec.yaml_text import StackFileDumper

WHERE = "Pulumi.test.yaml"
SMALLEST: dict[str, Any] = {
    "name": "test",
    "region": "ap-northeast-1",
    "availabilityZones": ["ap-northeast-1a", "ap-northeast-1c"],
    "nodePools": {"workers": {"instanceType": "m7i.large", "maxSize": 3}},
}
_AT_ONCE = 256  # parsed stack files that are kept
GONE = object()  # as a value in `changed`: the key is taken away


class _Dumper(yaml.CSafeDumper):
    """The same text, ten times as fast."""

    yaml_implicit_resolvers = StackFileDumper.yaml_implicit_resolvers


def changed(changes: dict[str, Any], base: dict[str, Any] = SMALLEST) -> dict[str, Any]:
    """A stack file's keys with dotted paths set or taken away; parents are made on the way."""
    keys = copy.deepcopy(base)
    for path, value in changes.items():
        *parents, last = path.split(".")
        here = keys
        for parent in parents:
            here = here.setdefault(parent, {})
        if value is GONE:
            del here[last]
        else:
            here[last] = copy.deepcopy(value)
    return keys


def text_of(keys: dict[str, Any]) -> str:
    """The stack file as text, as the operator keeps it."""
    config = {f"heiiki:{key}": value for key, value in keys.items()}
    return yaml.dump({"config": config}, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def stack(changes: dict[str, Any] | None = None) -> ClusterSpec:
    """The smallest stack file with these changes, parsed."""
    return _parsed(text_of(changed(changes or {})))


@lru_cache(_AT_ONCE)
def _parsed(text: str) -> ClusterSpec:
    """Many tests begin with the same, which nobody changes: it is frozen."""
    return parse_stack_file(text, where=WHERE)


def message(text: str) -> str:
    """What the operator reads of a bad stack file, without the heading's indentation."""
    with pytest.raises(SpecError) as caught:
        parse_stack_file(text, where=WHERE)
    return str(caught.value)


def faults(changes: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Path, message and shown value of each fault of the smallest stack file so changed."""
    with pytest.raises(SpecError) as caught:
        stack(changes)
    return [(fault.path, fault.message, fault.value) for fault in caught.value.faults]
