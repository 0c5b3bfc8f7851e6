"""Why AWS refuses what a call asks for, by all policies that have a say in it. Pure.

The order and the words are AWS's: IAM's user guide, reference_policies_evaluation-logic and
troubleshoot_access-denied (read 2026-11-29). One Deny wins; then each limit has to allow it: the
endpoint's policy, the permissions boundary, the session's policy; then the role's policies or, in
one account, the resource's own; across accounts both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.aws.authorization.statements import (
    Asked,
    Doubt,
    Statement,
    Truth,
    concerns,
    every,
    listed,
    some,
    statements_of,
)

Policy = Mapping[str, Any]
IDENTITY, RESOURCE = "identity-based policy", "resource-based policy"
ENDPOINT, BOUNDARY, SESSION = "VPC endpoint policy", "permissions boundary", "session policy"
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Caller:
    """A session of a role. boundary, session: limits, where there are any."""

    arn: str
    role_arn: str
    account: str
    user_id: str
    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: Policy | None = None
    tags: tuple[tuple[str, str], ...] = ()


def refusal(caller: Caller, asked: Asked, endpoint: Policy | None) -> str | None:
    """AWS's message; None where the call is allowed. endpoint: of the one that it passes; None:
    it passes none."""
    passed = None if asked.by_service else endpoint
    limits = {ENDPOINT: passed, BOUNDARY: caller.boundary, SESSION: caller.session}
    kinds: dict[str, tuple[Policy, ...]] = {
        IDENTITY: caller.identity,
        RESOURCE: () if asked.policy is None else (asked.policy,),
        **{kind: (policy,) for kind, policy in limits.items() if policy is not None},
    }
    for kind, policies in kinds.items():
        denied = _says("Deny", policies, caller, asked)
        if denied is not False:
            return _words(caller, asked, f"with an explicit deny in {_a(kind)}", denied)
    for kind, policy in limits.items():
        if policy is None:
            continue
        allowed = _says("Allow", (policy,), caller, asked)
        if allowed is not True:
            return _implicit(caller, asked, kind, allowed)
    return _by_grants(caller, asked)


def _by_grants(caller: Caller, asked: Asked) -> str | None:
    identity = _says("Allow", caller.identity, caller, asked)
    own = () if asked.policy is None else statements_of(asked.policy)
    itself = some(_grants(one, caller, asked, to_account=False) for one in own)
    account = some(_grants(one, caller, asked, to_account=True) for one in own)
    if caller.account not in asked.keys.get("aws:resourceaccount", ()):
        resource = some((itself, account))
        if every((identity, resource)) is True:
            return None
        kind, why = (RESOURCE, resource) if identity is True else (IDENTITY, identity)
        return _implicit(caller, asked, kind, why)
    if asked.delegates:
        if itself is True or every((account, identity)) is True:
            return None
        kind, why = (IDENTITY, identity) if account is True else (RESOURCE, account)
        return _implicit(caller, asked, kind, why)
    granted = some((identity, itself))
    return None if granted is True else _implicit(caller, asked, IDENTITY, granted)


def _says(effect: str, policies: Iterable[Policy], caller: Caller, asked: Asked) -> Truth:
    """Whether some statement of this effect concerns the call and who makes it."""
    return some(
        every((_named(statement, caller), concerns(statement, asked)))
        for policy in policies
        for statement in statements_of(policy)
        if statement.get("Effect") == effect
    )


def _named(statement: Statement, caller: Caller) -> Truth:
    """By itself or by its account; a policy of an identity names nobody."""
    if "Principal" not in statement:
        return True
    principal = statement["Principal"]
    return some((_is_itself(principal, caller), _is_account(principal, caller)))


def _grants(statement: Statement, caller: Caller, asked: Asked, *, to_account: bool) -> Truth:
    """To the session or its role by name; to_account: to the account, which decides by IAM."""
    if statement.get("Effect") != "Allow":
        return False
    principal = statement.get("Principal", {})
    named = (_is_account if to_account else _is_itself)(principal, caller)
    return every((named, concerns(statement, asked)))


def _is_itself(principal: Any, caller: Caller) -> Truth:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return Doubt("a principal of this form is not known here")
    names = ("*", caller.role_arn, caller.arn)
    return any(one in names for one in listed(principal.get("AWS", ())))


def _is_account(principal: Any, caller: Caller) -> Truth:
    if not isinstance(principal, Mapping):
        return False
    partition = caller.arn.split(":")[1]
    root = f"arn:{partition}:iam::{caller.account}:root"
    return any(one in (caller.account, root) for one in listed(principal.get("AWS", ())))


def _implicit(caller: Caller, asked: Asked, kind: str, why: Truth) -> str:
    return _words(caller, asked, f"because no {kind} allows the {asked.action} action", why)


def _words(caller: Caller, asked: Asked, reason: str, why: Truth) -> str:
    on = "" if asked.resource in (None, "*") else f" on resource: {asked.resource}"
    doubt = f" (the embedded AWS: {why})" if isinstance(why, Doubt) else ""
    return f"User: {caller.arn} is not authorized to perform: {asked.action}{on} {reason}{doubt}"


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in _VOWELS else 'a'} {kind}"
