"""The evidence page: one HTML file that says what was asked, what was found and who answers.

It loads nothing and runs nothing, so that it can be attached to a change, kept, and read without a
network. The same deployment, declaration and day give the same bytes.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping
from html import escape

from evidence.boxes import Frame, frames
from evidence.document import EVERY_RULE, looked_at, without_cause
from evidence.drawing import svg
from evidence.marks import SAID, Mark, mark_of, marks_by_key
from evidence.style import STYLE
from model.build import build_model
from model.deployment import Deployment
from proof.findings import Finding, Proof, Verdict
from rules.boundary import Boundary, RuleException
from rules.mappings import elsewhere
from rules.model import Rule
from rules.table import BY_ID

_DRAWN = 8  # VPCs that are shown without being asked for
_NAMED = 6  # resources in a row of the summary
_HEADINGS: tuple[tuple[Mark, str], ...] = (
    ("open", "Open"), ("undecided", "Undecided"), ("broken", "Breaks, or may break"),
    ("answered", "Answered for"), ("advised", "Advisory"),
)  # fmt: skip
_VERDICTS: dict[Verdict, str] = {
    "closed": "No packet leaves this network but by a connection that is declared, and no policy "
    "lets a stranger pass.",
    "open, answered for": "There are ways in or out. For each of them somebody answers, with a "
    "reason and a date.",
    "open": "There is a way out, or a rule is broken, and nobody answers for it.",
    "undecided": "A fact is missing, so nobody can say that this network is closed.",
}

_COMPLETE: Mapping[bool | None, str] = {
    True: "It is complete: every call of a feature in use finds its endpoint, or somebody answers "
    "for that.",
    False: "It is not complete: features in use call what is not answered here.",
    None: "Whether it is complete is not known: a fact is missing.",
}


def page(
    title: str, deployment: Deployment, boundary: Boundary, proof: Proof, day: datetime.date
) -> str:
    """The page. day: on which exceptions were held against the calendar."""
    network = build_model(deployment).network
    marks = marks_by_key(proof.findings)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}: {proof.verdict}</title><style>{STYLE}</style></head><body>",
        *_head(title, proof, day),
        *_summary(proof.findings),
        "<h2>The network</h2>",
        *_drawings(list(frames(network, marks))),
        *_findings(proof.findings),
        *_declared(boundary, without_cause(deployment, boundary, proof.findings)),
        *_rules(deployment, proof.findings),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _head(title: str, proof: Proof, day: datetime.date) -> Iterator[str]:
    word = proof.verdict.rpartition(", ")[2].partition(" ")[0]
    yield f'<h1>{escape(title)} is <b class="{word}">{proof.verdict}</b></h1>'
    yield f"<p>{_VERDICTS[proof.verdict]}</p>"
    yield f"<p>{_COMPLETE[proof.complete]}</p>"
    yield (
        f"<p>Looked at: {proof.resources} resources, the ways from {proof.interfaces} kinds of "
        f"network interfaces, {proof.policies} policies. Exceptions as of {day.isoformat()}.</p>"
    )


def _summary(findings: Iterable[Finding]) -> Iterator[str]:
    """A row for each rule that has found something, the worst first."""
    those: dict[tuple[int, str], list[Finding]] = {}
    order = [mark for mark, _ in _HEADINGS]
    for finding in findings:
        of = (order.index(mark_of(finding)), finding.rule or finding.claim)
        those.setdefault(of, []).append(finding)
    if not those:
        return
    yield '<h2>In short</h2><table class="summary">'
    yield _heads("rule", "severity", "found", "where")
    for (mark, rule), found in sorted(those.items()):
        names = list(dict.fromkeys(finding.resource for finding in found))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        severity = BY_ID[rule].severity if rule in BY_ID else ""
        said = f"{len(found)} {_HEADINGS[mark][1].lower()}"
        where = escape(", ".join(names[:_NAMED]) + more)
        yield (
            f'<tr class="{order[mark]}"><td>{escape(rule)}</td><td>{severity}</td>'
            f"<td>{said}</td><td>{where}</td></tr>"
        )
    yield "</table>"


def _drawings(listed: list[Frame]) -> Iterator[str]:
    """Each VPC. Of many those with the worst findings come first, and the others are folded: of
    hundreds nobody looks at all."""
    if len(listed) > _DRAWN:
        marks = (*(mark for mark, _ in _HEADINGS), "sound")
        listed = sorted(listed, key=lambda frame: marks.index(frame.mark))
    for number, frame in enumerate(listed):
        title = escape(frame.title)
        if number < _DRAWN:
            yield f"<figure><figcaption>{title}</figcaption>{svg(frame)}</figure>"
            continue
        said = f": {SAID[frame.mark]}" if SAID[frame.mark] else ""
        yield f"<details><summary>{title}{said}</summary><figure>{svg(frame)}</figure></details>"


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    listed = list(findings)
    for mark, heading in _HEADINGS:
        those = [finding for finding in listed if mark_of(finding) == mark]
        yield f"<h2>{heading}: {len(those)}</h2>"
        if those:
            yield f'<table class="found">{_heads("rule", "what was found", "evidence")}'
            yield from (_finding(finding, mark) for finding in those)
            yield "</table>"


def _finding(finding: Finding, mark: Mark) -> str:
    claim = finding.rule or finding.claim
    told = finding.answered if mark == "answered" else finding.instead
    evidence = "<br>".join(escape(line) for line in (finding.witness, told) if line)
    return (
        f'<tr class="{mark}"><td>{escape(claim)}</td>'
        f"<td><b>{escape(finding.resource)}</b> {escape(finding.what)}"
        f"<br><small>{escape(finding.urn or finding.type)}</small></td><td>{evidence}</td></tr>"
    )


def _declared(boundary: Boundary, idle: Collection[RuleException]) -> Iterator[str]:
    """What was taken to be inside, and by whose word."""
    yield f"<h2>The declared boundary</h2><table>{_heads('what', 'declared', 'answered by')}"
    own = (
        ("accounts", sorted(boundary.accounts)),
        ("organization", [boundary.organization_id] if boundary.organization_id else []),
        ("regions", sorted(boundary.regions)),
        ("services", sorted(boundary.services)),
        ("own domains", sorted(boundary.own_domains)),
        ("registries", sorted(boundary.registries)),
        ("hosts", sorted(boundary.hosts)),
        ("private ranges", [str(cidr) for cidr in boundary.ranges]),
    )
    for noun, values in own:
        yield _row(noun, ", ".join(values) or "none declared", "")
    for c in boundary.connections:
        behind = ", ".join((*map(str, c.cidrs), *sorted(c.accounts)))
        yield _row("connection", f"{c.name}: {behind}", f"{c.owner}: {c.reason}")
    for s in boundary.supplied:
        yield _row("supplied", ", ".join((*s.ids, *s.stacks)), f"{s.owner}: {s.reason}")
    for noun, listed in (("packages", boundary.packages), ("API groups", boundary.api_groups)):
        for used in listed:
            until = f"{used.owner}: {used.reason} (until {used.expires.isoformat()})"
            yield _row(noun, ", ".join(used.names), until)
    for e in boundary.exceptions:
        until = f"{e.owner}: {e.reason} (until {e.expires.isoformat()})"
        of = f" ({', '.join(e.only)})" if e.only else ""
        nothing = ": nothing here is called so" if e in idle else ""
        yield _row("exception", f"{e.rule} {e.name}{of}{nothing}", until)
    yield "</table>"


def _rules(deployment: Deployment, findings: Iterable[Finding]) -> Iterator[str]:
    """Every rule, how much it looked at, and what it found: none is left out."""
    found: dict[str, list[Mark]] = {}
    for finding in findings:
        found.setdefault(finding.rule, []).append(mark_of(finding))
    yield f"<h2>Every rule: {len(EVERY_RULE)}</h2>"
    yield f'<table class="rules">{_heads("rule", "what it asks", "looked at", "found")}'
    for rule, looked in looked_at(deployment).items():
        yield _rule(rule, looked, found.get(rule.id, []))
    yield "</table>"


def _rule(rule: Rule, looked: int, marks: list[Mark]) -> str:
    counts = [f"{marks.count(mark)} {heading.lower()}" for mark, heading in _HEADINGS
              if mark in marks]  # fmt: skip
    said = ", ".join(counts) or ("nothing" if looked else "nothing of this kind is there")
    others = elsewhere(rule.id).by_catalogue().items()
    also = "".join(f"<br>{escape(name)}: {escape(', '.join(ids))}" for name, ids in others)
    return (
        f"<tr><td>{rule.id}</td><td>{escape(rule.title)}<br><small>{escape(rule.reason)} "
        f"{escape(rule.source)}{also}</small></td><td>{looked}</td><td>{said}</td></tr>"
    )


def _heads(*words: str) -> str:
    """What a table's columns are, for those who hear it read, and on each sheet that is printed."""
    columns = "".join(f'<th scope="col">{word}</th>' for word in words)
    return f"<thead><tr>{columns}</tr></thead>"


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
