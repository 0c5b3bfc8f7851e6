"""What a property refers to: things of this deployment by their keys, or holes.

After an update an id is a text that equals another resource's output. In a preview it is unknown,
and only the property's sources tell which resources it comes from: they may be more than the one
that is meant, so the wanted noun decides among them, and where it leaves two, that is a hole too.
What nobody has described (an id that is read, supplied or another stack's) is a hole.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from model.deployment import Deployment, Node
from model.network import Hole, Key, Reference
from model.nouns import ADOPTERS, FORWARDED, GIVERS, Adopter, Giver, Noun
from rules.unknowns import UNKNOWN, at, is_set

_BY_TYPE: dict[str, list[Giver]] = {}
for _giver in GIVERS:
    _BY_TYPE.setdefault(_giver.type, []).append(_giver)
_ADOPTERS: dict[str, Adopter] = {adopter.type: adopter for adopter in ADOPTERS}


class References:
    """The references of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._nodes = deployment.nodes
        self._adopted: dict[str, Key] = {}

    def key(self, node: Node) -> Key:
        """The key of what a resource declares: its URN, or that of the thing it takes over."""
        urn = node.resource.urn
        adopter = _ADOPTERS.get(node.resource.type)
        if adopter is None:
            return urn
        if urn not in self._adopted:
            self._adopted[urn] = urn  # meanwhile, should anything refer in a circle
            found = self.one(node, adopter.input, adopter.of)
            if not isinstance(found, Hole) and found is not None:
                self._adopted[urn] = found + adopter.suffix
        return self._adopted[urn]

    def one(self, node: Node, path: str, noun: Noun) -> Reference | None:
        """What the value at a path of inputs refers to; None where nothing is set."""
        return self.value(node, path, at(node.resource.props, *path.split(".")), noun)

    def value(self, node: Node, path: str, value: Any, noun: Noun) -> Reference | None:
        """What one value of an input refers to. path: where it stands, its input first."""
        if not is_set(value):
            return None
        if value is not UNKNOWN:
            return self._known(value, noun)
        found = self.candidates(node, path, noun)
        return found[0] if len(found) == 1 else self._hole(node, path, noun, len(found))

    def several(self, node: Node, path: str, noun: Noun) -> tuple[Reference, ...]:
        """At least everything that a list refers to, for where more is worse: in a state also what
        it was last seen to refer to."""
        first, *rest = path.split(".")
        given = self.values(node, path, at(node.resource.props, first, *rest), noun)
        seen = node.recorded(first)
        found = self.values(node, path, at(seen, *rest) if rest else seen, noun)
        return tuple(sorted({*given, *found}, key=_order)) if found else given

    def values(self, node: Node, path: str, value: Any, noun: Noun) -> tuple[Reference, ...]:
        """At least everything that a list of ids refers to.

        An unknown element may be any of the input's sources of the wanted noun.
        """
        known, unknown = _elements(value)
        found: list[Reference] = [self._known(item, noun) for item in known]
        if unknown:
            left = [key for key in self.candidates(node, path, noun) if key not in found]
            found += left
            if len(left) < unknown:
                found.append(self._hole(node, path, noun, len(left)))
        return tuple(sorted(dict.fromkeys(found), key=_order))

    def exactly(self, node: Node, path: str, noun: Noun) -> tuple[Reference, ...]:
        """Everything that a list refers to; with a hole where it may be less than its sources."""
        value = at(node.resource.props, *path.split("."))
        found = self.values(node, path, value, noun)
        keys = [key for key in found if not isinstance(key, Hole)]
        known, unknown = _elements(value)
        if len(keys) > len(known) + unknown:
            return (
                *(self._known(item, noun) for item in known),
                self._hole(node, path, noun, len(keys)),
            )
        return found

    def candidates(self, node: Node, path: str, noun: Noun) -> tuple[Key, ...]:
        """Everything of a noun that an unknown value of an input may refer to."""
        sources = node.sources.get(path.split(".", 1)[0], frozenset())
        found: dict[Key, None] = {}
        for urn in (sources & self._nodes.keys()) - {node.resource.urn}:
            found.update(dict.fromkeys(self._given(self._nodes[urn], noun)))
        return tuple(sorted(found))

    def _given(self, node: Node, noun: Noun) -> Iterator[Key]:
        """What a resource's outputs may name."""
        adopter = _ADOPTERS.get(node.resource.type)
        if adopter is not None and adopter.noun is noun:
            yield self.key(node)
            return
        direct = [g for g in _BY_TYPE.get(node.resource.type, ()) if g.noun is noun]
        for giver in direct:
            yield node.resource.urn + giver.suffix
        if not direct:
            for name in FORWARDED.get(noun, ()):
                value = self.value(node, name, node.resource.props.get(name), noun)
                if value is not None and not isinstance(value, Hole):
                    yield value

    def _known(self, value: Any, noun: Noun) -> Reference:
        if not isinstance(value, str):
            return Hole(f"a {noun.value} that is not named by a text")
        name = (noun, value)
        return self._names.get(name) or self._adopted_names.get(name) or Hole(value)

    @cached_property
    def _names(self) -> dict[tuple[Noun, str], Key]:
        """Each noun's keys by the names that it has; what is declared before what is implied."""
        found: dict[tuple[Noun, str], Key] = {}
        for implied in (False, True):
            for node in self._nodes.values():
                for giver in _BY_TYPE.get(node.resource.type, ()):
                    if bool(giver.suffix) is implied:
                        for text in _names(node, giver.outputs):
                            found.setdefault((giver.noun, text), node.resource.urn + giver.suffix)
        return found

    @cached_property
    def _adopted_names(self) -> dict[tuple[Noun, str], Key]:
        return {
            (_ADOPTERS[node.resource.type].noun, text): self.key(node)
            for node in self._nodes.values()
            if node.resource.type in _ADOPTERS
            for text in _names(node, ("id",))
        }

    def _hole(self, node: Node, path: str, noun: Noun, found: int) -> Hole:
        of = f"{path} of {node.resource.noun} {node.resource.name!r}"
        asked = (node.resource.urn, path.split(".", 1)[0])
        if found > 1:
            why = f"{of} is unknown, and may be any of {found} ({noun.value})"
        else:
            why = f"{of} is unknown, and comes from no {noun.value} that is described"
        return Hole(why, asked=asked)


def _order(reference: Reference) -> tuple[bool, str]:
    """The same order whatever order a program happens to declare things in; holes come last."""
    hole = isinstance(reference, Hole)
    return hole, reference.what if isinstance(reference, Hole) else reference


def _elements(value: Any) -> tuple[Sequence[Any], int]:
    """The known elements of a list, and how many unknown ones it has at least."""
    if value is UNKNOWN:
        return (), 1
    if not isinstance(value, list):
        return ((value,), 0) if is_set(value) else ((), 0)
    set_ = [item for item in value if is_set(item)]
    known = [item for item in set_ if item is not UNKNOWN]
    return known, len(set_) - len(known)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif isinstance(value, str) and value:
        yield value


def _names(node: Node, paths: Sequence[str]) -> Iterator[str]:
    """The texts at these paths of the outputs, else of the inputs."""
    outputs = dict(node.outputs())
    for path in paths:
        if path.endswith(".*"):
            yield from _texts(outputs.get(path.removesuffix(".*")))
            continue
        value = at(outputs, *path.split("."))
        if not isinstance(value, str | list):
            value = at(node.resource.props, *path.split("."))
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and item:
                yield item
