"""A counterexample made readable: plain names, and no key that it does not need."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from iam.candidates import PLAIN, STRANGER, resources_for, with_context
from iam.requests import Owner, Request
from iam.world import Question

Holds = Callable[[Request], bool]


def shrink(request: Request, question: Question, actions: list[str], holds: Holds) -> Request:
    """The request with every plainer part that still shows the same.

    actions: those that the policy names, as better known than what z3 makes up.
    """
    for simpler in (_account, _organizations, _principal):
        request = _first(simpler(request), request, holds)
    request = _first(_calls(request, question, actions), request, holds)
    resources = (replace(request, resource=r) for r in resources_for(request.action, question))
    request = _first(resources, request, holds)
    request = _first(iter([replace(request, through_endpoint=False)]), request, holds)
    for key in sorted(request.context):
        request = _first(_without(request, key), request, holds)
    return request


def _first(simpler: Iterator[Request], request: Request, holds: Holds) -> Request:
    return next((r for r in simpler if holds(r)), request)


def _calls(request: Request, question: Question, actions: list[str]) -> Iterator[Request]:
    """Better known calls, of the same resource or of one that they may be about."""
    for action in actions:
        for resource in (request.resource, *resources_for(action, question)):
            yield replace(request, action=action, resource=resource)


def _account(request: Request) -> Iterator[Request]:
    """The stranger's account in place of every account that z3 made up."""
    owners = (request.principal.owner, request.resource_owner)
    both = [o.account for o in owners if o is not None]
    for made_up in (both, both[:1], both[1:]):
        yield _renamed(request, dict.fromkeys(made_up, STRANGER))


def _renamed(request: Request, names: dict[str, str]) -> Request:
    def text(value: str) -> str:
        for old, new in names.items():
            value = re.sub(rf"(?<!\d){old}(?!\d)", new, value)
        return value

    def owner(value: Owner | None) -> Owner | None:
        return None if value is None else replace(value, account=text(value.account))

    principal = request.principal
    session = None if principal.session is None else text(principal.session)
    return replace(
        request,
        principal=replace(
            principal, name=text(principal.name), owner=owner(principal.owner), session=session
        ),
        resource=text(request.resource),
        resource_owner=owner(request.resource_owner),
        context={key: tuple(map(text, values)) for key, values in request.context.items()},
    )


def _organizations(request: Request) -> Iterator[Request]:
    def alone(value: Owner | None) -> Owner | None:
        return None if value is None else Owner(value.account)

    principal = replace(request.principal, owner=alone(request.principal.owner))
    yield replace(request, principal=principal, resource_owner=alone(request.resource_owner))


def _principal(request: Request) -> Iterator[Request]:
    principal = request.principal
    if principal.kind != "AWS" or principal.owner is None:
        return
    names = (f"arn:aws:iam::{principal.owner.account}:role/outside", principal.name)
    for name in names:
        context = dict(request.context)
        if "aws:principalarn" in context:
            context["aws:principalarn"] = (name,)
        plain = replace(principal, name=name, session=None)
        yield replace(with_context(request, context), principal=plain)


def _without(request: Request, key: str) -> Iterator[Request]:
    """Without the key, or with a plain value of it."""
    rest = {k: v for k, v in request.context.items() if k != key}
    yield with_context(request, rest)
    for value in (PLAIN.get(key), key.rpartition(":")[2]):
        if value is not None:
            yield with_context(request, {**rest, key: (value,)})
