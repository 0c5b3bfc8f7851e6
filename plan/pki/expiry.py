"""Which certificates end, and when: for previews, with the day given by whoever asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from plan.errors import Faults
from plan.pki.table import ADMINISTRATOR, PATH
from spec.pki import ExpirySpec

State = Literal["ended", "fails", "warns", "well"]
ISSUER = "issuer-"  # before the names of those of issuers of tokens, which others rotate
_SHORT_LIVED = (ADMINISTRATOR,)  # the next `up` makes another, and nothing waits for it


@dataclass(frozen=True, slots=True)
class ExpiryRow:
    """One certificate. days_left: whole days, below 0 after its end."""

    name: str
    not_after: datetime
    days_left: int
    state: State

    @property
    def lasts(self) -> bool:
        """Whether something waits for it: of one that does not, the next `up` makes another."""
        return self.name not in _SHORT_LIVED


def expiry_rows(
    not_after: Mapping[str, str], asked: ExpirySpec, *, today: datetime
) -> tuple[ExpiryRow, ...]:
    """The next end first. not_after: name to RFC 3339, as the tls provider and X.509 tell it."""
    rows = []
    for name, text in not_after.items():
        end = datetime.fromisoformat(text).astimezone(UTC)
        days = (end - today).days
        rows.append(ExpiryRow(name, end, days, _state(name, days, asked)))
    return tuple(sorted(rows, key=lambda row: (row.not_after, row.name)))


def _state(name: str, days: int, asked: ExpirySpec) -> State:
    if name in _SHORT_LIVED:
        return "well"
    if days < 0:
        return "ended"
    if days < asked.fail_days:
        return "fails"
    return "warns" if days < asked.warn_days else "well"


def expiry_warnings(rows: Iterable[ExpiryRow]) -> tuple[str, ...]:
    """A sentence for each that ends soon."""
    return tuple(
        f"{row.name} ends in {row.days_left} days, on {row.not_after:%Y-%m-%d}; {remedy(row)}"
        for row in rows
        if row.state == "warns"
    )


def check_expiry(rows: Iterable[ExpiryRow], *, where: str = "the stack file") -> None:
    """PlanError with all that ends too soon, or has ended."""
    faults = Faults()
    for row in rows:
        if row.state in ("ended", "fails"):
            told = "has ended" if row.state == "ended" else f"ends in {row.days_left} days"
            faults.add(f"{PATH}.expiry", f"{row.name} {told} ({row.not_after:%Y-%m-%d}); "
                       f"{remedy(row)}")  # fmt: skip
    faults.raise_if_any(where=where)


def remedy(row: ExpiryRow) -> str:
    """What to do about its end."""
    if row.name.startswith(ISSUER):
        return "write the certificate of its next authority beside it, under certificateAuthority"
    if row.name.endswith("-ca"):
        return "rotate this authority: trust the next one, sign with it, drop this one"
    return "bring the stack up within validity.renewBeforeDays of its end, or supply another"
