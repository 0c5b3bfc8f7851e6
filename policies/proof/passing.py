"""Whether a policy lets one call pass: an endpoint's policy, or what a role is given.

Asked of the evaluator (`iam.evaluate`) with all that is known of the call. What is not known is not
guessed: a condition on another key may hold or not, and so may a resource that is named where the
call may be about any.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from iam.evaluate import Answer, evaluate
from iam.patterns import Unreadable, covers, literal, parse_pattern
from iam.requests import NO_RESOURCE, Owner, Principal, Request
from rules.documents import Condition, Statement, Value
from rules.unknowns import UNKNOWN

_OWN: Final = ("machine", "pod", "client")  # whose principal is of an own account
ANY: Final = "~"  # stands in a resource for a name that nobody here has given it
_UNREAD: Final = Condition("", "", (UNKNOWN,))  # may hold or not
_REGISTRY: Final = "000000000000"  # an account of ECR's own, and of no organization


class Calling(NamedTuple):
    """Who calls, in one own account. arn: of its role, None where that is not known."""

    caller: str
    account: str
    arn: str | None
    organization: str | None
    region: str


def lets_pass(
    statements: Iterable[Statement], action: str, resource: str, owner: str | None, who: Calling
) -> Answer:
    """Whether the statements allow a call. owner: the resource's account; None: not in the call."""
    listed = [narrowed for s in statements if (narrowed := _about(s, action))]
    if not listed:
        return Answer.NO
    context = dict(_context(who, owner))
    request = Request(
        _principal(who), action.lower(), resource, Owner(owner) if owner else None, True,
        {key: (value,) for key, value in context.items() if value},
    )  # fmt: skip
    return evaluate([_settled(s, context, resource, who) for s in listed], request).allowed


def _about(statement: Statement, action: str) -> Statement | None:
    """What a statement says of one action; nothing where it is about others."""
    if statement.negated or statement.doubts or UNKNOWN in statement.actions:
        return statement
    wanted = action.lower()
    for value in map(str, statement.actions):
        if value.lower() == wanted or (set("*?") & set(value) and covers(
            parse_pattern(value, wildcards=True, variables=False), wanted, ignore_case=True
        )):  # fmt: skip
            return replace(statement, actions=(wanted,))
    return None


def _principal(who: Calling) -> Principal:
    if who.caller == "token":
        return Principal("Federated", "a token")
    account = _REGISTRY if who.caller == "registry" else who.account
    name = who.arn if who.arn and who.caller != "registry" else f"arn:aws:iam::{account}:role/{ANY}"
    return Principal("AWS", name, Owner(account, who.organization))


def _context(who: Calling, owner: str | None) -> Iterator[tuple[str, str | None]]:
    """The keys of which it is known what the call carries; None: nothing."""
    yield "aws:principalisawsservice", "false" if who.caller != "token" else None
    yield "aws:viaawsservice", "false"
    yield "aws:securetransport", "true"
    yield "aws:requestedregion", who.region
    if who.caller == "token":
        yield "aws:principalaccount", None
        yield "aws:principalorgid", None
        yield "aws:principalarn", None
    elif who.caller == "registry":
        yield "aws:principalaccount", _REGISTRY
        yield "aws:principalorgid", None
    else:
        yield "aws:principalaccount", who.account
        yield "aws:principaltype", "AssumedRole"
        if who.organization:
            yield "aws:principalorgid", who.organization
        if who.arn:
            yield "aws:principalarn", who.arn
    yield "aws:resourceaccount", owner
    if owner is None:
        yield "aws:resourceorgid", None
    elif who.organization:
        yield "aws:resourceorgid", who.organization if owner == who.account else None
    if owner == who.account:
        yield "ec2:owner", owner


def _settled(
    statement: Statement, context: Mapping[str, str | None], resource: str, who: Calling
) -> Statement:
    """The statement with all that nobody can say of it as unknown."""
    conditions = tuple(c if c.key in context else _UNREAD for c in statement.conditions)
    return replace(
        statement,
        conditions=conditions,
        principals=tuple((kind, _caller(value, who)) for kind, value in statement.principals),
        not_principals=tuple((k, _caller(value, who)) for k, value in statement.not_principals),
        resources=tuple(_fitted(value, resource) for value in statement.resources),
        not_resources=tuple(_fitted(value, resource) for value in statement.not_resources),
    )


def _caller(value: Value, who: Calling) -> Value:
    """A role that is named, and may be the caller's, of which the name is not known."""
    named = f":{who.account}:role/" in str(value)
    return UNKNOWN if named and who.arn is None and who.caller in _OWN else value


def _fitted(value: Value, resource: str) -> Value:
    """A resource that is another one than the call is about, or may be the same."""
    if value is UNKNOWN or resource == NO_RESOURCE or ANY not in resource or "$" in str(value):
        return value
    try:
        pattern = parse_pattern(str(value), wildcards=True)
        if covers(pattern, resource):
            return value
        begins = str(value).split("*")[0].split("?")[0] if literal(pattern) is None else str(value)
    except Unreadable:
        return UNKNOWN
    head = resource.split(ANY)[0]
    return UNKNOWN if begins.startswith(head) or head.startswith(begins) else value


def all_of(answers: Iterable[Answer]) -> Answer:
    """Whether it holds in every own account; not to be said where they differ."""
    found = set(answers)
    return found.pop() if len(found) == 1 else Answer.MAYBE
