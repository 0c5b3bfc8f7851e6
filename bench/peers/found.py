"""What each peer finds of each mutation: what fails in the opened deployment alone."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.peers import cloudformation, terraform
from bench.peers.cases import Case
from bench.peers.judges import Findings
from model.deployment import Deployment

FILE = Path(__file__).with_name("found.json")


@dataclass(frozen=True)
class Form:
    """How a peer is shown a deployment. names: what each resource is called there, by URN."""

    write: Callable[[Deployment], dict[str, Any]]
    names: Callable[[Deployment], dict[str, str]]


FORMS = {
    "checkov": Form(terraform.plan, terraform.addresses),
    "cfn-lint": Form(cloudformation.template, cloudformation.names),
}


@dataclass(frozen=True)
class Found:
    """new: checks that fail after the mutation and did not before, on a resource. before: checks
    that failed already on what it changes. excuse: why it could not be shown."""

    new: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    excuse: str = ""


@dataclass(frozen=True)
class Told:
    """One mutation. caught: by what the proof must find it, and what may be found besides."""

    channel: str
    name: str
    scenario: str
    caught: tuple[str, ...]
    peers: Mapping[str, Found]


NO_FORM = "the form has no place for what is another one"


def documents(form: Form, cases: Iterable[Case]) -> dict[str, dict[str, Any]]:
    """Every document to judge, by a name: the closed examples, and each case that differs."""
    found: dict[str, dict[str, Any]] = {}
    for number, case in enumerate(cases):
        closed = found.setdefault(f"closed-{case.scenario}", form.write(case.before))
        if not case.excuse:
            opened = form.write(case.after)
            if opened != closed:
                found[f"{number:03d}"] = opened
    return found


def told(cases: list[Case], answers: Mapping[str, Findings]) -> list[Told]:
    """The answers of all peers, by mutation."""
    return [
        Told(
            case.entry.channel,
            case.entry.mutation.name,
            case.scenario,
            tuple(sorted(case.entry.mutation.caught | case.entry.mutation.also)),
            {peer: _found(FORMS[peer], case, number, said) for peer, said in answers.items()},
        )
        for number, case in enumerate(cases)
    ]


def _found(form: Form, case: Case, number: int, said: Findings) -> Found:
    if case.excuse:
        return Found(excuse=case.excuse)
    opened = said.get(f"{number:03d}")
    if opened is None:
        return Found(excuse=NO_FORM)
    closed = set(map(tuple, said[f"closed-{case.scenario}"]))
    called = {**form.names(case.before), **form.names(case.after)}
    changed = {called.get(urn) for urn in case.changed}
    new = {check for check, _ in set(map(tuple, opened)) - closed}
    before = {check for check, name in closed if name in changed}
    return Found(tuple(sorted(new)), tuple(sorted(before)))


def kept(cases: Iterable[Case], versions: Mapping[str, str]) -> dict[str, Told]:
    """What peers of these versions have answered about mutations of today, by its id."""
    of, recorded = read(FILE.read_text(encoding="utf-8"))
    by_name = {(each.channel, each.name, each.scenario): each for each in recorded}
    found = {
        case.entry.id: by_name.get((case.entry.channel, case.entry.mutation.name, case.scenario))
        for case in cases
    }
    return {name: each for name, each in found.items() if each is not None and of == versions}


def written(found: Iterable[Told], versions: Mapping[str, str]) -> str:
    """As the file that the page is written from."""
    listed = [asdict(each) for each in found]
    return json.dumps({"versions": versions, "mutations": listed}, indent=1) + "\n"


def read(text: str) -> tuple[dict[str, str], list[Told]]:
    """The file again."""
    document = json.loads(text)
    return document["versions"], [_told(row) for row in document["mutations"]]


def _told(row: Mapping[str, Any]) -> Told:
    peers = {
        peer: Found(tuple(found["new"]), tuple(found["before"]), found["excuse"])
        for peer, found in row["peers"].items()
    }
    return Told(row["channel"], row["name"], row["scenario"], tuple(row["caught"]), peers)
