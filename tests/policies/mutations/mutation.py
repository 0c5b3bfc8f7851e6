"""A mutation: one way to open a closed stack, and by what it must be caught.

Mutations say where they fit by what resources are, not by what they are called, so that each can be
applied to every example, and later to whatever else is closed.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.stacks import Of, Stack

Change = Callable[[Stack], Iterable[Stack]]
When = Callable[[Node], bool]
ABSENT: Any = object()


@dataclass(frozen=True)
class Mutation:
    """name: what somebody did. change: the opened stacks, one for each place where it fits.

    caught: by what it must be found: ids of rules, or the claims `reach` and `perimeter`.
    also: what else follows from the same change, and may be found with it.
    verdict: `undecided` where nobody can know better; `closed` where nothing is opened and
    something no longer works.
    """

    name: str
    caught: frozenset[str]
    change: Change
    also: frozenset[str] = frozenset()
    verdict: Literal["open", "undecided", "closed"] = "open"


def opens(
    name: str,
    caught: str,
    change: Change,
    also: str = "",
    verdict: Literal["open", "undecided", "closed"] = "open",
) -> Mutation:
    """A mutation; what finds it as one text, such as "CN-030 reach"."""
    return Mutation(name, frozenset(caught.split()), change, frozenset(also.split()), verdict)


def anything(node: Node) -> bool:
    return True


def edit(type_: str, path: str, value: Any, when: When = anything) -> Change:
    """One value of a resource is another one, or is ABSENT."""

    def change(stack: Stack) -> Iterator[Stack]:
        for node in stack.each(type_):
            if when(node):
                yield stack.having(edited(stack, node, path, value))

    return change


def edited(stack: Stack, node: Node, path: str, value: Any) -> Node:
    """A resource with one value replaced. path: names and numbers between dots."""
    first, *rest = path.split(".")
    now = _put(node.resource.props.get(first), rest, value)
    return stack.edited(node, {first: None if now is ABSENT else now}, within=bool(rest))


def _put(holder: Any, steps: list[str], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(holder, list):
        index = int(step)
        items = [*holder, *[{}] * (index + 1 - len(holder))]
        items[index] = _put(items[index], rest, value)
        return items
    held = dict(holder) if isinstance(holder, Mapping) else {}
    held[step] = _put(held.get(step), rest, value)
    return {key: item for key, item in held.items() if item is not ABSENT}


Made = Mapping[str, Any] | Callable[[Stack], Mapping[str, Any]]


def add(type_: str, props: Made | None = None, name: str = "door") -> Change:
    """One more resource."""

    def change(stack: Stack) -> Iterator[Stack]:
        made = props(stack) if callable(props) else props
        yield stack.having(stack.makes(type_, name, made))

    return change


def build(make: Callable[[Stack], Iterable[Node]]) -> Change:
    """Several more resources, or others in place of what is there."""

    def change(stack: Stack) -> Iterator[Stack]:
        nodes = list(make(stack))
        if nodes:
            yield stack.having(*nodes)

    return change


def made_with(make: Callable[[Stack], Iterable[Node]], type_: str, path: str, value: Any) -> Change:
    """All that is made, and one value of the first of a type is another one, or is ABSENT."""

    def change(stack: Stack) -> Iterator[Stack]:
        nodes = list(make(stack))
        open_ = next(node for node in nodes if node.resource.type == type_)
        beside = stack.having(*(node for node in nodes if node is not open_))
        yield beside.having(edited(stack, open_, path, value))

    return change


def each_opens(
    rows: Iterable[tuple[str, str, str, Any]],
    change: Callable[[str, str, Any], Change],
    also: str = "",
) -> Iterator[Mutation]:
    """Of a rule, a type, a path and a value, a mutation that is called after them."""
    for rule, type_, path, value in rows:
        said = "absent" if value is ABSENT else str(value)[:40]
        yield opens(f"{rule} {type_} {path} {said}", rule, change(type_, path, value), also)


def rewrite(
    type_: str, key: str, how: Callable[[dict[str, Any]], Any], when: When = anything
) -> Change:
    """A policy document is another one. how: gets it parsed; what it returns is written."""

    def change(stack: Stack) -> Iterator[Stack]:
        for node in stack.each(type_):
            text = node.resource.props.get(key)
            if isinstance(text, str) and text is not UNKNOWN and when(node):
                written = how(json.loads(text))
                if written is not None:
                    value = written if isinstance(written, str) else json.dumps(written)
                    yield stack.having(stack.edited(node, {key: value}))

    return change


def declare(how: Callable[[Stack], Stack | None]) -> Change:
    """What is declared as inside is something else, and the resources are as they were."""

    def change(stack: Stack) -> Iterator[Stack]:
        changed = how(stack)
        if changed is not None:
            yield changed

    return change


def named(**wanted: Any) -> When:
    """Whether properties of a resource have these values."""
    return lambda node: all(node.resource.props.get(key) == value for key, value in wanted.items())


def of(node: Node, output: str = "id") -> Of:
    """An output of a resource, as a property takes it."""
    return Of(node, output)
