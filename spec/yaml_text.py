"""Read YAML as Pulumi reads it, and never a key twice.

PyYAML reads YAML 1.1, Pulumi something between that and YAML 1.2, and editors follow the latter.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from spec.errors import Fault, SpecError
from spec.shown import shown_path
from spec.written import Written, WrittenNumber
from spec.yaml_slips import way_out

MAX_NODES = 100_000  # of YAML after its aliases are resolved; a stack file has a few hundred
_YAML = "tag:yaml.org,2002:"
_TEXT, _MERGE = f"{_YAML}str", f"{_YAML}merge"
_KEY, _UNCLEAR_TAG = "tag:heiiki,2026:key", "tag:heiiki,2026:unclear"
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_UNCLEAR = re.compile(
    r"(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"
    r"|[-+]?(?:0[0-9_]+"  # octal, or decimal, or text
    r"|0o[0-7_]+|0b[01_]+|0x(?=[0-9a-fA-F]*_)[0-9a-fA-F_]+"
    r"|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"  # of base 60, or text
    r"|(?=[0-9.]*_)[0-9][0-9_]*(?:\.[0-9_]*)?"
    r"|[0-9]+[eE][-+]?[0-9]+|(?:\.[0-9]+|[0-9]+\.[0-9]*)[eE][0-9]+)"  # text, or a number
    r"|[-+]\.[0-9]+(?:[eE][-+][0-9]+)?)\Z"
)
_BOOLEAN = (
    "is true or false to some readers of YAML and text to others; write true or false, or put it "
    "in quotes"
)
_NUMBER = (
    "is one number to some readers of YAML and another one, or text, to others; write a decimal "
    "number without leading zeros, _, : and exponent, or put it in quotes"
)


def _with_unclear(resolvers: Mapping[str, Any]) -> dict[str, Any]:
    """Asked before the others; each character that an unclear scalar begins with is there."""
    return {first: [(_UNCLEAR_TAG, _UNCLEAR), *others] for first, others in resolvers.items()}


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets the last of two equal keys win silently; here it is a fault."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._merging: list[yaml.MappingNode] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:  # "<<": keys that stand here win over merged ones
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool | None | Written):
                continue
            kind = str if isinstance(key, Written) else type(key)  # to Python 1 and True are equal
            if (kind, key) in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {shown_path([str(key)])} stands here a second time; keep one",
                    problem_mark=key_node.start_mark,
                )
            seen.add((kind, key))
        return super().construct_mapping(node, deep)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """A merge that leads back merges nothing here, and the engine refuses it."""
        if any(node is merging for merging in self._merging):
            raise yaml.MarkedYAMLError(
                problem="a merge key leads back into its own mapping",
                problem_mark=node.start_mark,
            )
        self._merging.append(node)
        super().flatten_mapping(node)
        self._merging.pop()


class _StackFileLoader(_UniqueKeyLoader):
    """Keeps as it is written what Pulumi, or another reader of YAML, reads otherwise."""

    yaml_implicit_resolvers = _with_unclear(yaml.SafeLoader.yaml_implicit_resolvers)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        node.value = [(_as_key(key), value) for key, value in node.value]
        return super().construct_mapping(node, deep)

    def construct_unclear(self, node: yaml.ScalarNode) -> Written:
        return Written(node.value, _BOOLEAN if node.value.isalpha() else _NUMBER)

    def construct_date(self, node: yaml.ScalarNode) -> Written:
        self.construct_yaml_timestamp(node)
        return Written(node.value, "is a date to YAML; put it in quotes")

    def construct_unordered(self, node: yaml.Node) -> Written:
        """To PyYAML a set, whose order is another one in each process; pairs are no mapping."""
        return Written(_short_tag(node), "is no list and no mapping to other readers of YAML; "
                       "write one of these, without a tag")  # fmt: skip

    def construct_binary(self, node: yaml.Node) -> Written:
        return Written(_short_tag(node), "is bytes and no text to YAML; write the text in quotes")

    def construct_number(self, node: yaml.ScalarNode) -> WrittenNumber:
        number = WrittenNumber(self.construct_yaml_float(node))
        number.text = node.value
        return number


_StackFileLoader.add_constructor(_KEY, lambda loader, node: Written(node.value))
_StackFileLoader.add_constructor(_UNCLEAR_TAG, _StackFileLoader.construct_unclear)
_StackFileLoader.add_constructor(f"{_YAML}timestamp", _StackFileLoader.construct_date)
for _tag in ("set", "omap", "pairs"):
    _StackFileLoader.add_constructor(f"{_YAML}{_tag}", _StackFileLoader.construct_unordered)
_StackFileLoader.add_constructor(f"{_YAML}binary", _StackFileLoader.construct_binary)
_StackFileLoader.add_constructor(f"{_YAML}float", _StackFileLoader.construct_number)


def _short_tag(node: yaml.Node) -> str:
    return f"!!{str(node.tag).removeprefix(_YAML)}"


def _as_key(node: yaml.Node) -> yaml.Node:
    if not isinstance(node, yaml.ScalarNode) or node.tag in (_TEXT, _MERGE):
        return node
    return yaml.ScalarNode(_KEY, node.value, node.start_mark, node.end_mark)


class StackFileDumper(yaml.SafeDumper):
    """Writes text in quotes where a reader of YAML would take it for anything else."""

    yaml_implicit_resolvers = _with_unclear(yaml.SafeDumper.yaml_implicit_resolvers)


def load_stack_yaml(text: str, *, where: str) -> Any:
    """As `load_yaml`, of a file that Pulumi reads too: what the two would read otherwise is
    `Written`, and numbers with a point know how they are written."""
    return load_yaml(text, where=where, loader=_StackFileLoader)


def load_yaml(text: str, *, where: str, loader: type[yaml.SafeLoader] = _UniqueKeyLoader) -> Any:
    """The document, or SpecError that names line and column and echoes nothing of it."""
    try:
        document = yaml.load(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = _QUOTED.sub(_short_quote, error.problem or "is malformed")
        way = way_out(text, error)
        message = f"is no YAML: {at}{problem}{'; ' if way else ''}{way or ''}"
        raise SpecError([Fault("", message)], where=where) from None
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
