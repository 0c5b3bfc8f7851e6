"""Turn what is wrong with a stack file into sentences that an operator can act on."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from spec.foreign_keys import answer_to
from spec.leftover import without, written_path
from spec.places import elsewhere
from spec.shown import MAX_VALUE_CHARACTERS, printable, shown_path, shown_value
from spec.written import Written

M = TypeVar("M", bound=BaseModel)
MAX_TOLD = 200  # faults of one message; nobody reads more, and the rest are counted
MAX_ROUNDS = 20  # of leaving out what is faulty; three or four are usual


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, what, and the value that stands there (None: no value)."""

    path: str  # "network.subnets.nodes-1a.cidr"; "" is the whole file
    message: str
    value: str | None = None
    file: str | None = None  # where faults of several files are told together

    def lines(self) -> list[str]:
        path = self.path or "(whole file)"
        shown = [f"  {path if self.file is None else f'{self.file}: {path}'}: {self.message}"]
        return shown if self.value is None else [*shown, f"    got: {self.value}"]


class SpecError(ValueError):
    """What was asked cannot be; `faults` holds every fault, the message all of them as text.

    Of very many faults only the first are told. left_out, more_left_out: how many there are beside
    `faults` and `more`, which no sentence was made of.

    more: what else is wrong when the faulty keys are left out; some of it may go with them.
    rest: the model of the document without its faulty keys, where that one is valid.
    written: turns a path of `rest` into the one in the file, where items of a list have gone.
    """

    def __init__(
        self, faults: Iterable[Fault], *, where: str = "the stack file",
        more: Iterable[Fault] = (), rest: BaseModel | None = None,
        written: Callable[[str], str] = str, left_out: int = 0, more_left_out: int = 0,
    ) -> None:  # fmt: skip
        self.faults, self.left_out = tuple(faults), left_out
        self.more, self.more_left_out = tuple(more), more_left_out
        self.where = where
        self.rest = rest
        self.written = written
        count = len(self.faults) + self.left_out
        self.heading = printable(f"{where} {'are' if ' and ' in where else 'is'} not valid")
        lines = [f"{self.heading} ({count} fault{'' if count == 1 else 's'}):"]
        lines += _lines(self.faults, self.left_out)
        if self.more:
            lines.append("With these left out, this is wrong too:")
            lines += _lines(self.more, self.more_left_out)
        super().__init__("\n".join(printable(line, keep="\n") for line in lines))


def _lines(faults: Sequence[Fault], left_out: int) -> list[str]:
    told, untold = first_of(faults, left_out)
    lines = [line for fault in told for line in fault.lines()]
    return [*lines, f"  and {untold} more"] if untold else lines


def first_of(faults: Sequence[Fault], left_out: int) -> tuple[Sequence[Fault], int]:
    """The faults to tell, and how many there are beside them."""
    return faults[:MAX_TOLD], left_out + len(faults[MAX_TOLD:])


def joined(errors: Sequence[SpecError]) -> SpecError:
    """The faults of several files in one message; each then names its file."""
    if len(errors) == 1:
        return errors[0]
    return SpecError(
        [
            replace(fault, file=fault.file or error.where)
            for error in errors
            for fault in error.faults
        ],
        where=" and ".join(error.where for error in errors),
        more=[
            replace(fault, file=fault.file or error.where)
            for error in errors
            for fault in error.more
        ],
        left_out=sum(error.left_out for error in errors),
        more_left_out=sum(error.more_left_out for error in errors),
    )


def parse(
    model: type[M], raw: object, *, where: str,
    stand_in: Callable[[Any, Sequence[str | int]], Any] = lambda document, path: None,
) -> M:  # fmt: skip
    """Validate `raw`, or raise SpecError with every fault at once.

    A check of several keys waits until each of them is sound. Therefore what is left without the
    faulty keys is validated too, until nothing new is found.
    where: what the text is called in the message, e.g. "Pulumi.dev.yaml". stand_in: a value that
    a faulty key may have beside the others of the document; without one, its model's example.
    """
    told, more = _Told(), _Told()
    earlier = _Earlier()
    document: Any = raw
    for turn in range(MAX_ROUNDS):
        try:
            rest = model.model_validate(document)
        except ValidationError as error:
            found = [d for d in error.errors(include_url=False) if not _follows(d)]
            at = [_yaml_path(details, model, document) for details in found]
            written = [written_path(document, path) for path in at]
            for path, details in zip(written, found, strict=True):
                if not earlier.explain(path, details):
                    (more if turn else told).add(details, path, model, raw)
            document = without(document, at, partial(_stand_in, model, stand_in, document))
            if document is None:
                break
            earlier.add(written)
        else:
            if not turn:
                return rest
            raise SpecError(
                told.faults, where=where, more=more.faults, rest=rest,
                written=partial(_written, document), left_out=told.left_out,
                more_left_out=more.left_out,
            )  # fmt: skip
    raise SpecError(
        told.faults, where=where, more=more.faults,
        left_out=told.left_out, more_left_out=more.left_out,
    )  # fmt: skip


class _Told:
    """Faults in their order, each once. What goes beyond those that are told is counted only."""

    def __init__(self) -> None:
        self.faults: dict[Fault, None] = {}
        self.left_out = 0

    def add(self, details: Any, path: list[str | int], model: type[BaseModel], raw: object) -> None:
        if len(self.faults) < MAX_TOLD:
            self.faults[_fault(details, path, model, raw)] = None
        else:
            self.left_out += 1


class _Earlier:
    """The paths of faulty entries that have been left out."""

    def __init__(self) -> None:
        self._ends: set[tuple[str | int, ...]] = set()
        self._through: set[tuple[str | int, ...]] = set()

    def add(self, paths: Iterable[Sequence[str | int]]) -> None:
        for path in paths:
            self._ends.add(tuple(path))
            self._through.update(tuple(path[:end]) for end in range(len(path) + 1))

    def explain(self, path: Sequence[str | int], details: Any) -> bool:
        """Whether a fault is there only because the entry of an earlier one was left out."""
        if details["type"] in ("missing", "too_short") and tuple(path[:-1]) in self._through:
            return True
        return any(tuple(path[:end]) in self._ends for end in range(len(path) + 1))


def _written(document: Any, path: str) -> str:
    parts = [int(part) if part.isdecimal() else part for part in path.split(".")]
    return ".".join(str(part) for part in written_path(document, parts))


def _stand_in(
    model: type[BaseModel], chosen: Callable[[Any, Sequence[str | int]], Any], document: Any,
    path: Sequence[str | int],
) -> Any:  # fmt: skip
    value = chosen(document, path)
    return _example(model, path) if value is None else value


def _example(model: type[BaseModel], path: Sequence[str | int]) -> Any:
    """A value that the key may have, by its model; None where the model tells none."""
    if not path:
        return None
    fields = [leaf["properties"].get(path[-1], {}) for leaf in _branches_at(model, path[:-1])]
    for told in (*fields, *_branches_at(model, path)):
        if examples := told.get("examples"):
            return examples[0]
    return None


def _follows(details: Any) -> bool:
    """Whether a list counts as too short only because faulty entries of it were not counted."""
    if details["type"] != "too_short":
        return False
    return len(details["input"]) >= int(details["ctx"]["min_length"])


def _fault(details: Any, path: list[str | int], model: type[BaseModel], raw: object) -> Fault:
    kind, value = details["type"], details["input"]
    message = _sentence(details, path, model, raw)
    if kind == "union_tag_invalid":
        path, value = [*path, "kind"], value["kind"]
    if isinstance(value, Written) and value.why and kind != "extra_forbidden":
        message = value.why
    has_value = kind not in ("missing", "union_tag_not_found") and path
    names = _names(model)  # of these a slip is nearly one; what is known needs no guess
    known = names if kind == "extra_forbidden" else {*names} & {*map(str, path)}
    return Fault(shown_path(path, known), message, shown_value(value, path) if has_value else None)


def _yaml_path(details: Any, model: type[BaseModel], raw: object) -> list[str | int]:
    """Pydantic's path without the chosen `kind` of a union, which is no level of the YAML.

    The kind stands before the keys of its model, one of which may have the same name; so may a key
    that is missing, with which its path ends.
    """
    location = details["loc"]
    missing = len(location) - 1 if details["type"] == "missing" else None
    path: list[str | int] = []
    here: Any = raw
    chosen = False  # whether the kind of what is here has been passed
    for at, part in enumerate(location):
        written = isinstance(here, Mapping) and part in here
        if part == "[key]" and not written:  # the fault is the key that stands before this mark
            break
        if not chosen and at != missing and isinstance(here, Mapping) and (
            part == here["kind"] if "kind" in here else not written and part in _kinds(model)
        ):  # fmt: skip
            chosen = True
            continue
        chosen = False
        here = _child(here, part)
        path.append(part)
    return path


_SENTENCES = {  # pydantic's error types; {…} is pydantic's own context
    "missing": "is missing; this key is required",
    "union_tag_invalid": "must be one of {expected_tags}",
    "literal_error": "must be {expected}",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "invalid_key": "must be text as a key; put it in quotes",
    "tuple_type": "must be a list",
    "string_type": "must be text; put it in quotes",
    "string_too_long": "must have at most {max_length} characters",
    "int_type": "must be a whole number, without quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "needs {min_length} entries or more, not {written}",
}


def _sentence(details: Any, path: Sequence[str | int], model: type[BaseModel], raw: object) -> str:
    kind = details["type"]
    if kind == "extra_forbidden":
        return f"is no key that heiiki knows{_did_you_mean(str(path[-1]), path, model, raw)}"
    if kind == "union_tag_not_found":
        kinds = [leaf["properties"]["kind"]["const"] for leaf in _branches_at(model, path)]
        return f"needs kind: {' or '.join(kinds)}"
    if kind in _SENTENCES:
        told = dict(details.get("ctx", {}))
        if kind == "too_short":  # pydantic counts the sound entries alone
            told["written"] = len(details["input"])
        sentence = _SENTENCES[kind].format_map(told)
        return f"{sentence}, and not JSON in quotes" if _is_json(details, path) else sentence
    return str(details["msg"]).removeprefix("Value error, ")


def _is_json(details: Any, path: Sequence[str | int]) -> bool:
    """Whether something below a key is JSON as text; the key's own text is read as JSON."""
    value = details["input"]
    nested = len(path) > 1 and isinstance(value, str) and value.lstrip()[:1] in ("{", "[")
    return nested and details["type"] in ("model_type", "model_attributes_type", "dict_type",
                                          "tuple_type")  # fmt: skip


def _did_you_mean(key: str, path: Sequence[str | int], model: type[BaseModel], raw: object) -> str:
    here = raw
    for part in path[:-1]:
        here = _child(here, part)
    leaves = _branches_at(model, path[:-1])
    kind = here.get("kind", _meant(leaves)) if isinstance(here, Mapping) else None
    chosen = [leaf for leaf in leaves if _kind_of(leaf) == kind] or leaves
    others = [_kind_of(leaf) for leaf in leaves if key in leaf["properties"]]
    if others:
        return f"; it belongs to kind {' and '.join(others)}"
    if foreign := answer_to(key):
        return f": {foreign}"
    known = sorted({name for leaf in chosen for name in leaf["properties"]})
    lowered = {name.lower(): name for name in known}
    flat = key[:MAX_VALUE_CHARACTERS].replace("_", "").lower()
    close = difflib.get_close_matches(flat, lowered, n=1, cutoff=0.7)
    if close:
        return f"; did you mean {lowered[close[0]]}?"
    if meant := elsewhere([*path[:-1], key[:MAX_VALUE_CHARACTERS]], model):
        return f"; is {' or '.join(meant)} meant?"
    return f"; known here: {', '.join(known)}" if known else ""


@cache
def _kinds(model: type[BaseModel]) -> frozenset[str]:
    """Every `kind` that a model of the schema is told by."""
    return frozenset(_kind_of(leaf) for leaf in _schema(model).get("$defs", {}).values()
                     if "properties" in leaf)  # fmt: skip


@cache
def _names(model: type[BaseModel]) -> tuple[str, ...]:
    """Every key that any model of the schema has."""
    schema = _schema(model)
    leaves = (schema, *schema.get("$defs", {}).values())
    return tuple(sorted({name for leaf in leaves for name in leaf.get("properties", {})}))


@cache
def _schema(model: type[BaseModel]) -> Any:
    return model.model_json_schema(by_alias=True)


def _branches_at(model: type[BaseModel], path: Sequence[str | int]) -> list[Any]:
    """The models that may stand at `path`, as JSON Schema objects: of a union every branch."""
    schema = _schema(model)
    branches = [schema]
    for part in path:
        branches = [
            child for branch in branches for child in _children(_resolved(branch, schema), part)
        ]
    leaves = [leaf for branch in branches for leaf in _resolved(branch, schema)]
    return [leaf for leaf in leaves if "properties" in leaf]


def _kind_of(leaf: Any) -> Any:
    return leaf["properties"].get("kind", {}).get("const")


def _meant(leaves: Sequence[Any]) -> Any:
    """The kind that a union takes where none is written; None where one has to be."""
    kinds = (leaf["properties"].get("kind", {}) for leaf in leaves)
    return next((kind["default"] for kind in kinds if "const" in kind and "default" in kind), None)


def _child(here: Any, part: str | int) -> Any:
    if isinstance(here, Mapping):
        return here.get(part)
    inside = isinstance(here, list | tuple) and isinstance(part, int) and part < len(here)
    return here[part] if inside else None


def _resolved(branch: Any, root: Any) -> list[Any]:
    if "$ref" in branch:
        return _resolved(root["$defs"][branch["$ref"].rsplit("/", 1)[-1]], root)
    options = branch.get("anyOf") or branch.get("oneOf")
    return [leaf for option in options for leaf in _resolved(option, root)] if options else [branch]


def _children(branches: list[Any], part: str | int) -> list[Any]:
    found = []
    for branch in branches:
        if isinstance(part, int):
            found.append(branch.get("items", {}))
        elif part in branch.get("properties", {}):
            found.append(branch["properties"][part])
        elif isinstance(branch.get("additionalProperties"), dict):
            found.append(branch["additionalProperties"])
        found += branch.get("patternProperties", {}).values()  # a mapping keyed by a Text type
    return found
