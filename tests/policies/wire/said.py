"""What a pack must say of a stack, by the proof on its own, and what it says.

The pack tells each fault once. So the proof's findings are sorted into what must be told, what is
told by another finding already, and what waits for an update, where it is judged again before
anything is made.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from proof.admitting import SAME_FAULT
from proof.findings import Finding, Proof
from rules.judge import judge
from rules.table import RULES
from rules.whole import Whole, judge_whole
from tests.policies.mutations.stacks import Stack

BY_THEMSELVES = frozenset(rule.id for rule in RULES)


@dataclass(frozen=True, order=True)
class Statement:
    """mandatory: whether it fails the preview. text: of what is expected, the beginning of the
    sentence, up to what it shows; of what was said, all of it."""

    mandatory: bool
    text: str


@dataclass(frozen=True)
class Expected:
    """statements: each once. waits: those that a preview may let pass, and the proof does not."""

    statements: frozenset[Statement]
    waits: frozenset[Statement]

    @property
    def refused(self) -> bool:
        return any(statement.mandatory for statement in self.statements)


def expected(stack: Stack, proof: Proof) -> Expected:
    """By what the proof found on its own."""
    nodes, boundary = stack.deployment.made, stack.boundary
    now, later = judge_whole(nodes, boundary), judge_whole(nodes, boundary, later=True)
    waits = {statement for statement in _verdicts(now) if statement not in set(_verdicts(later))}
    alone = replace(boundary, services_given=None)
    refused: dict[str, set[str]] = {}
    for node in nodes.values():
        for verdict in judge(node.resource, alone):
            if verdict.exception is None:
                refused.setdefault(node.resource.urn, set()).add(verdict.rule.id)
    statements = {
        _statement(finding)
        for finding in proof.findings
        if not _told_already(finding, refused.get(finding.urn, set()), later.unanswered)
    }
    return Expected(frozenset(statements - waits), frozenset(statements & waits))


def _told_already(finding: Finding, refused: set[str], unanswered: frozenset[str]) -> bool:
    """Whether what a rule refused says the same of a document, or CN-004 of an id that is missing
    (docs/proof/README.md). Written apart from the pack's own."""
    if finding.claim in ("rule", "boundary") or finding.answered:
        return False
    if finding.claim == "perimeter":
        return bool(SAME_FAULT & refused)
    return not finding.decided and not finding.missing.isdisjoint(unanswered)


def _verdicts(whole: Whole) -> Iterator[Statement]:
    for verdict in whole.verdicts:
        start = f"{verdict.rule.id} {verdict.resource.noun} '{verdict.resource.name}'"
        mandatory = verdict.exception is None and verdict.rule.level == "mandatory"
        yield Statement(mandatory, f"{start} {verdict.what}")


def _statement(finding: Finding) -> Statement:
    if finding.claim == "boundary":
        return Statement(True, f"{finding.rule} {finding.resource}.{finding.what}")
    noun = finding.type.rsplit(":", 1)[-1]
    return Statement(finding.counts, f"{finding.rule} {noun} '{finding.resource}' {finding.what}")


def differences(wanted: Expected, said: Iterable[Statement]) -> list[str]:
    """What is missing, what is told besides and what is told twice; empty: they say the same."""
    heard = list(said)
    begun = {one: _beginning(wanted.statements, one) for one in heard}
    found = set(begun.values())
    missing = [f"not told: {_line(one)}" for one in sorted(wanted.statements - found)]
    more = [f"told besides: {_line(one)}" for one in sorted(begun) if begun[one] is None]
    twice = [f"told {n} times: {_line(one)}" for one, n in Counter(heard).items() if n > 1]
    return missing + more + twice


def _beginning(statements: frozenset[Statement], said: Statement) -> Statement | None:
    """What was expected so; the longest, where one is the beginning of another."""
    fitting = [
        one
        for one in statements
        if one.mandatory == said.mandatory
        and said.text.startswith((f"{one.text}.", f"{one.text}:"))
    ]
    return max(fitting, key=lambda one: len(one.text), default=None)


def _line(statement: Statement) -> str:
    return f"{'refused' if statement.mandatory else 'warned'}: {statement.text}"
