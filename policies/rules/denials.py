"""What a denial beside an allowance leaves of it: `Allow *`, and `Deny` for all that is not own.

Read where it is written so that nothing can be meant otherwise: a denial for everybody, of the same
actions and resources, unless one key has an own value. A negated operator holds where its key is
absent, so a denial takes in who has no account, too (IAM User Guide, condition operators; read
2026-11-30). Whatever is written in another way leaves the allowance as it is.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from rules.boundary import Boundary
from rules.documents import Condition, Statement, Value
from rules.identities import foreign_arn, parse_arn
from rules.unknowns import ACCOUNT

_UNLESS: Final = frozenset(
    f"{operator}{suffix}"
    for operator in ("stringnotequals", "stringnotlike", "stringnotequalsignorecase")
    for suffix in ("", "ifexists")
)
_ENDPOINTS: Final = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpceaccount")
_PLACE: Final = re.compile(r"vpce?-[0-9a-f]{8,}")
_SERVICES: Final = "aws:principalisawsservice"  # who acts by itself is asked about by others


def callers_held(statement: Statement, statements: Iterable[Statement], of: Boundary) -> bool:
    """Whether all who are no principals of own accounts, nor AWS itself, are denied the same.

    Of allowances for everybody alone: who names somebody outside means him, and is told of it.
    """
    own = _own("aws:principalaccount", "aws:principalorgid", of)
    return set(statement.principals) == {("AWS", "*")} and _held(statement, statements, own)


def resources_held(statement: Statement, statements: Iterable[Statement], of: Boundary) -> bool:
    """Whether the same is denied on all that is no resource of own accounts.

    Not of what names a resource of another account: whoever writes it means it, and is told of it.
    """
    if any(_foreign(resource, of) for resource in statement.resources):
        return False
    own = _own("aws:resourceaccount", "aws:resourceorgid", of)
    return _held(statement, statements, own)


def endpoints_held(statement: Statement, statements: Iterable[Statement], of: Boundary) -> bool:
    """Whether all are denied the same who come by none of the endpoints or VPCs that it names.
    Whose those are, is asked of every id in a condition (CN-004)."""
    return _held(statement, statements, {key: own_endpoint(key, of) for key in _ENDPOINTS})


def own_endpoint(key: str, boundary: Boundary) -> Callable[[str], bool]:
    """Whether a value of a key is that of one endpoint or VPC, or of an own account's endpoints."""
    if key == "aws:vpceaccount":
        return lambda value: value in boundary.accounts
    return lambda value: _PLACE.fullmatch(value) is not None


def _foreign(resource: Value, boundary: Boundary) -> bool:
    arn = parse_arn(resource)
    named = arn is not None and ACCOUNT.fullmatch(arn.account) is not None
    return named and foreign_arn(resource, boundary) is not None


_Own = dict[str, Callable[[str], bool]]  # by its key, whether a value is an own one


def _own(account: str, organization: str, boundary: Boundary) -> _Own:
    return {
        account: lambda value: value in boundary.accounts,
        organization: lambda value: value == boundary.organization_id,
    }


def _held(statement: Statement, statements: Iterable[Statement], own: _Own) -> bool:
    return any(
        not denial.allows
        and not denial.doubts
        and not denial.negated
        and ("AWS", "*") in denial.principals
        and _takes_in(statement, denial)
        and _unless_own(denial.conditions, own)
        for denial in statements
    )


def _takes_in(statement: Statement, denial: Statement) -> bool:
    """Whether a denial is of every action on every resource that an allowance is of."""
    everything = "*" in denial.actions and ("*" in denial.resources or not denial.resources)
    return everything or (
        not statement.negated
        and bool(statement.actions)
        and all(_action_in(action, denial.actions) for action in statement.actions)
        and ("*" in denial.resources or set(statement.resources) <= set(denial.resources))
    )


def _action_in(action: Value, denied: Iterable[Value]) -> bool:
    if not isinstance(action, str):
        return False
    named = action.lower()
    of_service = f"{named.partition(':')[0]}:*"
    return any(isinstance(d, str) and d.lower() in ("*", named, of_service) for d in denied)


def _unless_own(conditions: Iterable[Condition], own: _Own) -> bool:
    """Whether one condition lets off own ones alone; others would let off more."""
    asked = [c for c in conditions if not _lets_off_services(c)]
    return len(asked) == 1 and (
        asked[0].operator in _UNLESS
        and bool(asked[0].values)
        and asked[0].key in own
        and all(isinstance(v, str) and own[asked[0].key](v) for v in asked[0].values)
    )


def _lets_off_services(condition: Condition) -> bool:
    return (
        condition.key == _SERVICES
        and condition.operator in ("bool", "boolifexists")
        and condition.values == ("false",)
    )
