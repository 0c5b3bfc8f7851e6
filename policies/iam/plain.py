"""Allowances that let nothing outside pass whatever else is true: seen without a solver.

Most statements of a closed network hold the caller and the resource to own accounts, word by word.
Each test here follows from the same facts that the solver is given (`iam/keys.py`, `iam/world.py`):
such a statement matches no request from or to the outside, so it may be left out of the question.
Whatever is not written in just this way is the solver's.
"""

from collections.abc import Collection, Iterable

from iam.principals import SERVICE_NAME, account_of, one_arn
from iam.world import Question
from rules.aws_owned import ENCRYPTION_CONTEXTS
from rules.documents import Condition, Statement, Value
from rules.identities import parse_arn

_WILD = set("*?$")


def plainly_closed(statement: Statement, question: Question) -> bool:
    """Whether an allowance matches no request that is outside in the sense of the question."""
    if not statement.allows or statement.doubts or statement.negated or not _read(statement):
        return False
    if question.subject != "endpoint":
        return _own_callers(statement, question)
    if _public(statement, question):
        return True
    return _own_callers(statement, question) and _own_resources(statement, question)


def _read(statement: Statement) -> bool:
    """Whether all its texts are known, and hold no variable."""
    texts = [
        *(value for _, value in statement.principals),
        *statement.actions,
        *statement.resources,
        *(value for condition in statement.conditions for value in condition.values),
    ]
    return all(isinstance(text, str) and "$" not in text for text in texts)


def _own_callers(statement: Statement, question: Question) -> bool:
    """Whether only own principals match, or services that act for own accounts.

    Callers with credentials of AWS alone carry aws:PrincipalAccount with 12 digits.
    """
    accounts, organizations = _own(question)
    if _held(statement, "aws:principalaccount", accounts) or _held(
        statement, "aws:principalorgid", organizations
    ):
        return True
    return bool(statement.principals) and all(
        _own_caller(kind, str(value), statement, question) for kind, value in statement.principals
    )


def _own_caller(kind: str, value: str, statement: Statement, question: Question) -> bool:
    accounts, organizations = _own(question)
    if kind == "AWS":
        arn = parse_arn(value)
        one = arn is not None and one_arn(value) and arn.account in accounts
        return one or account_of(value) in accounts
    if kind != "Service" or SERVICE_NAME.fullmatch(value) is None:
        return False
    return (
        question.subject != "resource"  # behind an endpoint, or at a role, AWS acts for nobody
        or _held(statement, "aws:sourceaccount", accounts)
        or _held(statement, "aws:sourceorgid", organizations)
        or any(_own_context(condition, value, accounts) for condition in statement.conditions)
    )


def _own_context(condition: Condition, service: str, accounts: Collection[str]) -> bool:
    """Whether an encryption context names whom a service acts for, by ARNs of own accounts."""
    key = ENCRYPTION_CONTEXTS.get(service.split(".", 1)[0])
    arns = [parse_arn(value) for value in condition.values]
    return (
        condition.key == key
        and condition.operator in ("arnlike", "arnequals")
        and bool(arns)
        and all(arn is not None and arn.account in accounts for arn in arns)
    )


def _own_resources(statement: Statement, question: Question) -> bool:
    """Whether only resources of own accounts match, or AWS's own that may be read so."""
    accounts, organizations = _own(question)
    if _held(statement, "aws:resourceaccount", accounts) or _held(
        statement, "aws:resourceorgid", organizations
    ):
        return True
    return any(
        _held(statement, "aws:resourceaccount", exemption.owners)
        and _literally(statement.actions, exemption.actions)
        for exemption in question.exempt
    )


def _public(statement: Statement, question: Question) -> bool:
    """Whether only what AWS lets anybody read matches: all objects of its own buckets."""
    return any(
        exemption.anybody
        and not exemption.owners
        and exemption.service is not None
        and _literally(statement.actions, exemption.actions)
        and bool(statement.resources)
        and all(
            (arn := parse_arn(value)) is not None
            and not _WILD & set(f"{arn.partition}{arn.service}{arn.region}{arn.account}")
            and arn.service == exemption.service
            and arn.account in exemption.accounts
            and arn.resource.startswith(exemption.beginnings)
            for value in statement.resources
        )
        for exemption in question.exempt
    )


def _own(question: Question) -> tuple[Collection[str], Collection[str | None]]:
    """The accounts that are own, and the organization if there is one."""
    boundary = question.boundary
    return boundary.accounts, {boundary.organization_id} - {None}


def _held(statement: Statement, key: str, allowed: Collection[str | None]) -> bool:
    """Whether a key must be there with one of these values, compared letter by letter."""
    return any(
        condition.operator == "stringequals"
        and condition.key == key
        and bool(condition.values)
        and all(value in allowed for value in condition.values)
        for condition in statement.conditions
    )


def _literally(actions: Iterable[Value], allowed: Iterable[str]) -> bool:
    """Whether every action is one of these, without wildcards on either side."""
    known = {action.lower() for action in allowed if not _WILD & set(action)}
    listed = [str(action).lower() for action in actions]
    return bool(listed) and all(action in known for action in listed)
