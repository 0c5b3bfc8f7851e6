"""Faults that need more than the spec to be seen: a fact, an address, a capacity."""

from spec.errors import Fault, SpecError
from spec.shown import shown_value


class PlanError(SpecError):
    """What was asked is well-formed, but nothing sound follows from it."""


class Faults:
    """Collects faults over the whole plan, so that the operator reads all of them at once."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self._seen: set[Fault] = set()

    def add(self, path: str, message: str, value: object = None) -> None:
        """Note one fault. path: the YAML path of the key to change; value: what stands there."""
        shown = None if value is None else shown_value(_as_written(value), path.split("."))
        self._note(Fault(path, message, shown))

    def raise_if_any(self, *, where: str) -> None:
        """Raise PlanError with all that was noted, in the order of notice."""
        if self.found:
            raise PlanError(self.found, where=where)

    def extend(self, error: SpecError) -> None:
        """Note the faults of one step, so that the next step is tried too."""
        for fault in error.faults:
            self._note(fault)

    def _note(self, fault: Fault) -> None:
        if fault not in self._seen:
            self._seen.add(fault)
            self.found.append(fault)


def _as_written(value: object) -> object:
    """Addresses as the operator wrote them; numbers and booleans stay what they are."""
    return value if isinstance(value, bool | int) else str(value)
