"""Plain requests: tried before z3 is asked, and what a request of z3's is made to look like."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from iam.keys import Tie, tie
from iam.requests import NO_RESOURCE, Owner, Principal, Request
from iam.usual_calls import USUAL_CALLS, UsualCall
from iam.world import Question, possible, shape_of
from rules.documents import Statement
from rules.unknowns import UNKNOWN

STRANGER = "999999999999"
STRANGERS = "o-9999999999"  # their organization
_ROLE = f"arn:aws:iam::{STRANGER}:role/outside"
_BUCKET = "arn:aws:s3:::outside-bucket"
# A plain value of a key that is free.
PLAIN = {
    "aws:currenttime": "2026-12-01T00:00:00Z",
    "aws:epochtime": "1796083200",
    "aws:requestedregion": "us-east-1",
    "aws:securetransport": "true",
    "aws:sourceip": "203.0.113.7",
    "aws:sourcevpc": "vpc-0a1b2c3d4e5f60718",
    "aws:sourcevpce": "vpce-0a1b2c3d4e5f60718",
    "aws:vpcsourceip": "10.0.0.7",
}
OTHER = "another"


def candidates(
    statement: Statement, question: Question, keys: Collection[str]
) -> Iterator[Request]:
    """A few requests from outside that a statement without conditions would let."""
    for principal in _principals(statement, question):
        for action in _actions(statement, question):
            for resource in resources_for(action, question):
                request = Request(
                    principal, action, resource, Owner(STRANGER), question.subject == "endpoint"
                )
                whole = complete(request, question, keys)
                if possible(whole, question, keys):
                    yield whole


def _principals(statement: Statement, question: Question) -> Iterator[Principal]:
    yield Principal("AWS", _ROLE, Owner(STRANGER))
    for account in sorted(question.boundary.accounts)[:1]:
        if question.subject == "endpoint":
            yield Principal("AWS", f"arn:aws:iam::{account}:role/inside", Owner(account))
    if question.subject == "resource":
        for kind, name in statement.principals:
            if kind == "Service" and name is not UNKNOWN:
                yield Principal("Service", str(name), Owner(STRANGER))


def _actions(statement: Statement, question: Question) -> Iterator[str]:
    literal = (str(a).lower() for a in statement.actions if not set("*?") & set(str(a)))
    yield from list(dict.fromkeys(literal))[:2]
    services = {str(a).partition(":")[0].lower() for a in statement.actions}
    own = question.service or question.shown or "s3"
    for service in (own, *sorted(services - {own})):
        if service in USUAL_CALLS:
            yield USUAL_CALLS[service].action


def plain_actions(statements: Iterable[Statement], question: Question) -> list[str]:
    """The actions that a policy names and the usual ones, those of the policy's own service first:
    they are better known than what z3 makes up."""
    named = [str(a).lower() for s in statements for a in s.actions if not set("*?") & set(str(a))]
    found = dict.fromkeys([*named, *(call.action for call in USUAL_CALLS.values())])
    own = question.service or question.shown or "s3"
    return sorted(found, key=lambda action: action.partition(":")[0] != own)


def resources_for(action: str, question: Question) -> Iterator[str]:
    """Plain ARNs that an action may be about."""
    service = action.partition(":")[0]
    if question.subject == "trust":
        yield NO_RESOURCE
    elif question.arn is not None:
        yield from (question.arn, f"{question.arn}/key")
    elif service == "s3":
        bucket = _BUCKET if question.subject == "endpoint" else "arn:aws:s3:::bucket"
        yield from (f"{bucket}/key", bucket)
    else:
        call = USUAL_CALLS.get(service) or UsualCall(action)
        yield call.arn(question.region or "us-east-1", STRANGER)


def complete(request: Request, question: Question, keys: Collection[str]) -> Request:
    """The request with every key that it cannot be without."""
    shape = shape_of(request, question)
    context = dict(request.context)
    for key in sorted(keys):
        found = tie(key, shape)
        needed = found.presence == "always" or (
            found.presence == "endpoint" and request.through_endpoint
        )
        value = _fact(key, found, request) if needed and key not in context else None
        if value is not None:
            context[key] = (value,)
    return replace(request, context=context)


def _fact(key: str, found: Tie, request: Request) -> str | None:
    if found.values:
        return found.values[0]
    owner = request.principal.owner
    if found.fact == "name":
        return request.principal.name
    if found.fact == "account" and owner is not None:
        return owner.account
    if found.fact in ("organization", "path"):
        organization = None if owner is None else owner.organization
        return f"{organization}/" if organization and found.fact == "path" else organization
    return PLAIN.get(key, OTHER)


def with_context(request: Request, context: Mapping[str, tuple[str, ...]]) -> Request:
    """The same request with another context."""
    return replace(request, context=dict(context))
