"""Turn what is wrong with a stack file into sentences that an operator can act on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from spec.leftover import without, written_path
from spec.schema_branches import example, key_names
from spec.sentences import sentence_of, yaml_path
from spec.shown import printable, shown_path, shown_value
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
            at = [yaml_path(details, model, document) for details in found]
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
    return example(model, path) if value is None else value


def _follows(details: Any) -> bool:
    """Whether a list counts as too short only because faulty entries of it were not counted."""
    if details["type"] != "too_short":
        return False
    return len(details["input"]) >= int(details["ctx"]["min_length"])


def _fault(details: Any, path: list[str | int], model: type[BaseModel], raw: object) -> Fault:
    kind, value = details["type"], details["input"]
    message = sentence_of(details, path, model, raw)
    if kind == "union_tag_invalid":
        path, value = [*path, "kind"], value["kind"]
    if isinstance(value, Written) and value.why and kind != "extra_forbidden":
        message = value.why
    has_value = kind not in ("missing", "union_tag_not_found") and path
    names = key_names(model)  # of these a slip is nearly one; what is known needs no guess
    known = names if kind == "extra_forbidden" else {*names} & {*map(str, path)}
    return Fault(shown_path(path, known), message, shown_value(value, path) if has_value else None)
