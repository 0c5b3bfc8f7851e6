"""The questions: does a policy let anything in from, or out to, beyond the boundary?

Every answer is closed, open with a request that shows it, or undecided with what is missing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from iam.candidates import candidates, complete, plain_actions
from iam.evaluate import Answer, evaluate, keys_of
from iam.exemptions import exemptions
from iam.keys import Shape
from iam.operators import parse_operator
from iam.patterns import Unreadable, literal, parse_pattern
from iam.plain import plainly_closed
from iam.principals import readable
from iam.requests import Closed, Decision, Kind, Open, Request, Undecided
from iam.shrink import shrink
from iam.unread import unread
from iam.usual_calls import prefix_of
from iam.work import OF_VERDICT, STEPS, Work
from iam.world import Question, Tokens, issuer_of, outside, possible
from rules.aws_owned import ENCRYPTION_CONTEXTS
from rules.boundary import Boundary
from rules.documents import DocumentError, Statement, parse_document

UNDOCUMENTED = "depends on what AWS does not document, or on what is unknown"
# What the actions of a kind of resource begin with.
SERVICES = {
    "bucket": "s3",
    "key": "kms",
    "repository": "ecr",
    "registry": "ecr",
    "queue": "sqs",
    "topic": "sns",
    "secret": "secretsmanager",
    "log": "logs",
    "event bus": "events",
    "file system": "elasticfilesystem",
    "vault": "backup",
    "table": "dynamodb",
    "function": "lambda",
    "search domain": "es",
}
# Of kinds whose policies are about the actions of several services.
_SHOWN = {"service of VPC Lattice": "vpc-lattice-svcs"}


def endpoint_reaches_outside(
    document: Any, boundary: Boundary, service: str | None = None, region: str | None = None
) -> Decision:
    """Whether an endpoint serves principals, or reaches resources, outside the boundary.

    service: as the endpoint's name has it, such as ecr.api: a call of it is shown, if one passes.
    AWS's own resources that rules/aws_owned.py lists may be read.
    """
    question = Question("endpoint", boundary, region=region, shown=prefix_of(service))
    return _decide(document, question)


def resource_admits_outside(
    document: Any, boundary: Boundary, kind: str, arn: str | None = None
) -> Decision:
    """Whether the policy of a bucket, key, queue, … admits principals outside the boundary."""
    service, shown = SERVICES.get(kind), _SHOWN.get(kind)
    return _decide(document, Question("resource", boundary, service, arn=arn, shown=shown))


def trust_admits_outside(document: Any, boundary: Boundary) -> Decision:
    """Whether somebody outside the boundary may take the role."""
    return _decide(document, Question("trust", boundary, "sts"))


def _decide(document: Any, question: Question) -> Decision:
    try:
        statements = parse_document(document)
    except DocumentError as fault:
        return Undecided((str(fault), *unread(document)))
    if question.subject == "trust":
        question = replace(question, tokens=_named_tokens(statements))
    if question.subject == "endpoint":
        texts = [str(r) for s in statements for r in (*s.resources, *s.not_resources)]
        question = replace(question, exempt=exemptions(question.region, texts))
    statements = tuple(s for s in statements if not plainly_closed(s, question))
    allowing = [s for s in statements if s.allows]
    if not allowing:
        return Closed()
    judge = _Judge(statements, question)
    for statement in allowing:
        for request in candidates(statement, question, judge.keys):
            if judge.work.is_done:
                break
            if judge.holds(request):
                return judge.opened(request)
    found = _solved(judge, allowing)
    if isinstance(found, Open):
        return found
    return Undecided((*found, *unread(document))) if found else Closed()


def _solved(judge: "_Judge", allowing: Sequence[Statement]) -> list[str] | Open:
    """Every statement and every kind of request, by z3; reasons where it cannot tell."""
    from iam.solve import Asked, OutOfSteps

    statements, question = judge.statements, judge.question
    reasons: dict[str, None] = dict.fromkeys(_doubts(allowing, question))
    for case in _cases(statements, question):
        try:
            asked = Asked(statements, question, case, judge.work)
            if asked.lets_nothing():
                continue
        except Unreadable as fault:
            reasons[f"policy: {fault}"] = None
            continue
        for which, statement in enumerate(allowing):
            try:
                request = asked.counterexample(which, surely=False)
                if request is None:
                    continue
                if evaluate(statements, request).allowed is not Answer.YES:
                    request = asked.counterexample(which, surely=True)
            except Unreadable as fault:
                reasons[f"policy: {fault}"] = None
                continue
            except OutOfSteps:
                reasons[f"{statement.label} is too much for the solver"] = None
                continue
            if request is None:
                reasons[f"{statement.label} {UNDOCUMENTED}"] = None
                continue
            request = complete(request, question, judge.keys)
            if judge.holds(request):
                return judge.opened(request)
            reasons[f"{statement.label}: solver and evaluator disagree"] = None
    return list(reasons)


def _doubts(allowing: Sequence[Statement], question: Question) -> Iterator[str]:
    """What no solver settles: AWS may read such a statement otherwise, or refuse it."""
    for statement in allowing:
        yield from (f"{statement.label} {doubt}" for doubt in statement.doubts)
        services = (value for kind, value in statement.principals if kind == "Service")
        if question.subject == "trust" and not all(readable("Service", s) for s in services):
            yield f"{statement.label} does not name its services"


class _Judge:
    """Judges counterexamples anew, without z3, as long as there are steps left for the policy."""

    def __init__(self, statements: Sequence[Statement], question: Question) -> None:
        self.statements, self.question = statements, question
        self.keys = frozenset(keys_of(statements))
        self.work = Work(STEPS)
        self._verdict = OF_VERDICT * sum(map(_texts_in, statements))

    def holds(self, request: Request) -> bool:
        """Whether a counterexample is one."""
        self.work.spend(self._verdict)
        return (
            evaluate(self.statements, request).allowed is Answer.YES
            and possible(request, self.question, self.keys)
            and outside(request, self.question) is not None
        )

    def opened(self, request: Request) -> Open:
        """The answer that it stands for, in as plain words as may be."""
        statements, question = self.statements, self.question
        actions = plain_actions(statements, question)
        small = shrink(
            request, question, actions, lambda r: not self.work.is_done and self.holds(r)
        )
        what = outside(small, question)
        label = evaluate(statements, small).statement
        if what is None or label is None:
            raise AssertionError("a counterexample was lost while it was made smaller")
        return Open(small, what, label)


def _texts_in(statement: Statement) -> int:
    """How many texts of a statement are held against a request."""
    elements = (
        statement.principals, statement.not_principals, statement.actions, statement.not_actions,
        statement.resources, statement.not_resources, *(c.values for c in statement.conditions),
    )  # fmt: skip
    return 1 + sum(map(len, elements))


def _cases(statements: Sequence[Statement], question: Question) -> Iterator["Any"]:
    from iam.solve import Case

    through = question.subject == "endpoint"
    resources = (False,) if question.subject == "trust" else (True, False)
    if question.subject == "resource":
        resources = (True,)
    kinds: list[Kind] = ["AWS", "Anonymous"]
    if question.subject == "trust":
        kinds = ["AWS", "Anonymous"]
    for kind in kinds:
        for resource in resources:
            yield Case(Shape(kind, through), resource)
    if question.subject == "resource":
        for service in ENCRYPTION_CONTEXTS:
            yield Case(Shape("Service", service=service))
        yield Case(Shape("Service"))
    if question.subject == "trust":
        for provider in _providers(statements):
            yield Case(Shape("Federated", issuer=issuer_of(provider)), False, provider)


def _providers(statements: Iterable[Statement]) -> Iterator[str]:
    named = {
        str(value)
        for s in statements
        for kind, value in (*s.principals, *s.not_principals)
        if kind == "Federated" and isinstance(value, str)
    }
    yield from sorted(named)
    yield "arn:aws:iam::999999999999:saml-provider/another"


def _named_tokens(statements: Sequence[Statement]) -> Tokens:
    """Audiences and subjects that the conditions name, the latter at most by a wildcard within
    one namespace of Kubernetes."""
    audiences: list[str] = []
    subjects: list[str] = []
    folded: list[str] = []
    for condition in (c for s in statements if s.allows for c in s.conditions):
        operator = parse_operator(condition.operator)
        if operator is None or operator.negated or operator.family != "string":
            continue
        like = operator.comparison == "like"
        for value in (v for v in condition.values if isinstance(v, str)):
            try:
                text = literal(parse_pattern(value, wildcards=like))
            except Unreadable:
                continue
            if condition.key.endswith(":aud") and text is not None:
                audiences.append(text)
            if condition.key.endswith(":sub"):
                subjects += _subjects(value, text, like)
                if operator.comparison == "equals ignoring case" and text is not None:
                    folded += [text.lower()] if re.fullmatch(ACCOUNT, text.lower()) else []
    return Tokens(tuple(audiences), tuple(subjects), tuple(folded))


def _subjects(value: str, text: str | None, like: bool) -> list[str]:
    if text is not None:
        return [text] if not set("*?") & set(text) else []
    return [value] if like and re.fullmatch(NAMESPACE, value) else []


ACCOUNT = r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+"
NAMESPACE = r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.*?-]+"
