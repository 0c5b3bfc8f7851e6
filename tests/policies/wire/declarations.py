"""A boundary as somebody would write it: what a mutation declares, for a pack that reads texts."""

import datetime
from dataclasses import replace
from typing import Any

from rules.boundary import Boundary, Connection, RuleException, Supply, Used
from rules.boundary_reader import parse_boundary
from tests.policies.mutations.stacks import TODAY, Stack


def declared(stack: Stack, today: datetime.date) -> tuple[dict[str, Any], Stack]:
    """What is declared of a stack, and the stack as whoever reads that today finds it.

    Exceptions end as many days from today as they did from the day that the mutations are proved
    on: the pack asks the clock. Raises ValueError where what is read is another boundary.
    """
    if stack.faulty is not None:
        given = dict(stack.faulty)
        given["exceptions"] = [
            {**e, "expires": _shifted(datetime.date.fromisoformat(e["expires"]), today)}
            for e in given.get("exceptions", ())
        ]
    else:
        given = written(stack.boundary, today)
    return given, replace(stack, boundary=parse_boundary(given, today))


def written(boundary: Boundary, today: datetime.date) -> dict[str, Any]:
    """The declaration that a boundary without faults is read from."""
    found = {
        "accounts": sorted(boundary.accounts),
        "organizationId": boundary.organization_id,
        "regions": sorted(boundary.regions),
        "services": sorted(boundary.services),
        "packages": [_used(used, today) for used in boundary.packages],
        "apiGroups": [_used(used, today) for used in boundary.api_groups],
        "registries": sorted(boundary.registries),
        "hosts": sorted(boundary.hosts),
        "cidrs": [str(cidr) for cidr in boundary.cidrs],
        "connections": [_connection(c) for c in boundary.connections],
        "supplied": [
            {"ids": [*s.ids], "stacks": [*s.stacks], "owner": s.owner, "reason": s.reason}
            for s in _of_something(boundary)
        ],
        "domains": [
            {"names": [*d.names], "owner": d.owner, "reason": d.reason} for d in boundary.domains
        ],
        "factsMaxAgeDays": boundary.facts_max_age_days,
        "exceptions": [_exception(e, today) for e in boundary.exceptions],
    }
    found = {key: value for key, value in found.items() if value}
    _holds(found, boundary, today)
    return found


def _of_something(boundary: Boundary) -> list[Supply]:
    """What is answered for by ids that nobody knows yet is not written; it grants nothing."""
    return [supply for supply in boundary.supplied if supply.ids or supply.stacks]


def _connection(c: Connection) -> dict[str, Any]:
    behind = {"cidrs": [*map(str, c.cidrs)], "accounts": sorted(c.accounts)}
    given = {key: values for key, values in behind.items() if values}
    return {"name": c.name, **given, "owner": c.owner, "reason": c.reason}


def _used(used: Used, today: datetime.date) -> dict[str, Any]:
    expires = _shifted(used.expires, today)
    return {"names": [*used.names], "owner": used.owner, "reason": used.reason, "expires": expires}


def _exception(exception: RuleException, today: datetime.date) -> dict[str, Any]:
    found = {
        "rule": exception.rule,
        "name": exception.name,
        "type": exception.type,
        "owner": exception.owner,
        "reason": exception.reason,
        "expires": _shifted(exception.expires, today),
        "scp": exception.scp,
        "only": [*exception.only],
    }
    return {key: value for key, value in found.items() if value}


def _shifted(expires: datetime.date, today: datetime.date) -> str:
    return (expires + (today - TODAY)).isoformat()


def _holds(written: dict[str, Any], boundary: Boundary, today: datetime.date) -> None:
    read = parse_boundary(written, today)
    for key, value in vars(boundary).items():
        found = getattr(read, key)
        if key in ("exceptions", "packages", "api_groups"):  # their dates are others
            value, found = len(value), len(found)
        if key == "supplied":
            value = _of_something(boundary)
        if key in ("supplied", "domains"):  # the reader sorts what is in an entry
            value, found = map(_sorted, (value, found))
        if found != value:
            raise ValueError(f"{key}: declared {value!r}, read {found!r}")


def _sorted(entries: Any) -> list[Any]:
    return [
        [sorted(part) if isinstance(part, tuple) else part for part in vars(entry).values()]
        for entry in entries
    ]
