"""What a mutation leaves as it was is not decided anew.

Four answers follow from what is asked alone, and cost most of a proof: whether a policy document
lets something pass that is outside (by z3), what the rules say of one resource, which other things
it names, and whether a policy's statements let a call pass. Each is decided once in a process of
the tests.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import iam.perimeter
import proof.asking_policies
import proof.prove
import rules.origins
from iam.evaluate import Answer
from iam.requests import Decision
from iam.world import Question
from proof.passing import Calling
from rules.boundary import Boundary
from rules.documents import Statement
from rules.judge import Verdict
from rules.model import Resource

_decide, _judge = iam.perimeter._decide, proof.prove.judge
_named = rules.origins._named
_lets_pass = proof.asking_policies.lets_pass
_decided: dict[tuple[str, Question], Decision] = {}
# By the resource itself, which mutations of others share; it is kept, so that no other has its id.
_judged: dict[tuple[int, str], tuple[Resource, tuple[Verdict, ...]]] = {}
_names: dict[int, tuple[Resource, tuple[rules.origins.Named, ...]]] = {}
_passed: dict[tuple[int, str, str, str | None, Calling], Answer] = {}
_numbers: dict[tuple[Statement, ...], int] = {}


@dataclass(frozen=True)
class Asked:
    """A question that a proof has asked of a document, with the answer."""

    document: Any
    question: Question
    decision: Decision


class _OneProof:
    """Stands in for the four while one proof is made, in which what is asked of stays the same."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._boundaries: dict[int, tuple[Boundary, str]] = {}
        self._numbered: dict[int, tuple[Iterable[Statement], int]] = {}

    def decide(self, document: Any, question: Question) -> Decision:
        key = (json.dumps(document, default=str), question)
        if key not in _decided:
            _decided[key] = _decide(document, question)
        self.asked.append(Asked(document, question, _decided[key]))
        return _decided[key]

    def judge(self, resource: Resource, boundary: Boundary) -> Iterator[Verdict]:
        if id(boundary) not in self._boundaries:
            self._boundaries[id(boundary)] = boundary, repr(boundary)
        key = id(resource), self._boundaries[id(boundary)][1]
        if key not in _judged:
            _judged[key] = resource, tuple(_judge(resource, boundary))
        yield from _judged[key][1]

    def named(self, resource: Resource) -> tuple[rules.origins.Named, ...]:
        if id(resource) not in _names:
            _names[id(resource)] = resource, tuple(_named(resource))
        return _names[id(resource)][1]

    def lets_pass(
        self, statements: Iterable[Statement], action: str, resource: str, owner: str | None,
        who: Calling,
    ) -> Answer:  # fmt: skip
        if id(statements) not in self._numbered:
            number = _numbers.setdefault(tuple(statements), len(_numbers))
            self._numbered[id(statements)] = statements, number
        key = self._numbered[id(statements)][1], action, resource, owner, who
        if key not in _passed:
            _passed[key] = _lets_pass(statements, action, resource, owner, who)
        return _passed[key]


@contextmanager
def remembered() -> Iterator[list[Asked]]:
    """For one proof; what it asks of documents is listed."""
    one = _OneProof()
    iam.perimeter._decide = one.decide
    proof.prove.judge = one.judge
    rules.origins._named = one.named
    proof.asking_policies.lets_pass = one.lets_pass
    try:
        yield one.asked
    finally:
        iam.perimeter._decide = _decide
        proof.prove.judge = _judge
        rules.origins._named = _named
        proof.asking_policies.lets_pass = _lets_pass
