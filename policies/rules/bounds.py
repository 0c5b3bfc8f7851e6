"""Whether a statement is bounded to own principals and own resources.

Only operators that are false when their key is missing bound anything: the IfExists variants,
ForAllValues and Null do not. A value bounds when it is literal and own; every value must.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from rules.aws_owned import UNDIVIDED
from rules.boundary import Boundary
from rules.documents import Condition, Statement, Value
from rules.identities import own_arn, own_bucket_arn, own_principal
from rules.moments import NOW, is_over
from rules.unknowns import UNKNOWN

_TEXT_OPERATORS = {"stringequals", "stringequalsignorecase", "stringlike"}
_ARN_OPERATORS = {"arnequals", "arnlike"}
_STRICT = {
    f"{prefix}{operator}"
    for prefix in ("", "foranyvalue:")
    for operator in _TEXT_OPERATORS | _ARN_OPERATORS
}

# aws:SourceOwner: what SNS holds topics by, in the policy that it writes itself; of a caller his
# own account, of a service the one that it acts for (SNS developer guide, aws:SourceAccount versus
# aws:SourceOwner; read 2026-11-29).
PRINCIPAL_ACCOUNTS = {
    "aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "kms:calleraccount",
}  # fmt: skip
PRINCIPAL_ORGANIZATIONS = {"aws:principalorgid", "aws:sourceorgid"}
PRINCIPAL_PATHS = {"aws:principalorgpaths", "aws:sourceorgpaths"}
PRINCIPAL_ARNS = {"aws:principalarn", "aws:sourcearn"}
# What requests of a service itself never carry (iam/keys.py).
_OF_CALLERS = {"aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths",
               "aws:principalarn"}  # fmt: skip
# ec2:owner: the account that owns a snapshot or an image, whose ARN names none.
RESOURCE_ACCOUNTS = {"aws:resourceaccount", "s3:resourceaccount", "ec2:owner"}
RESOURCE_ORGANIZATIONS = {"aws:resourceorgid"}
RESOURCE_PATHS = {"aws:resourceorgpaths"}


def held_to(statement: Statement, keys: set[str], allowed: Collection[str]) -> bool:
    """Whether a strict operator holds one of the keys to allowed values only."""
    return _held(statement, [(keys, lambda value: value in allowed)])


def held_strictly(statement: Statement, key: str, own: Callable[[str], bool]) -> bool:
    """Whether a strict operator holds the key to values that pass the test only."""
    return _held(statement, [({key}, own)])


def by_aws_service(statement: Statement) -> bool:
    """Whether only AWS services, acting themselves, are allowed."""
    return any(
        c.key == "aws:principalisawsservice"
        and c.operator == "bool"
        and c.values
        and all(isinstance(v, str) and v.lower() == "true" for v in c.values)
        for c in statement.conditions
    )


def by_unnamed_service(statement: Statement) -> bool:
    """Whether services of AWS are admitted that it does not name: everybody is, and no condition
    asks for what only callers with credentials have."""
    return ("AWS", "*") in statement.principals and not any(
        condition.key in _OF_CALLERS and condition.operator in _STRICT
        for condition in statement.conditions
    )


_BEFORE = {
    "datelessthan": NOW,
    "datelessthanequals": NOW,
    "numericlessthan": ("aws:epochtime",),
    "numericlessthanequals": ("aws:epochtime",),
}


def allowances(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The statements that allow something, but for those that no request can match any more."""
    yield from (s for s in statements if s.allows and not any(map(_over, s.conditions)))


def _over(condition: Condition) -> bool:
    """Whether it asks for a moment that has passed; every request says when it is made."""
    return (
        condition.key in _BEFORE.get(condition.operator.removesuffix("ifexists"), ())
        and bool(condition.values)
        and all(isinstance(value, str) and is_over(value) for value in condition.values)
    )


# Whether a client has come through a mount target of a file system: packets have brought it there,
# and those are the network's to let pass, as where a file system has no policy (EFS User Guide,
# condition keys for clients; read 2026-11-29).
_BY_MOUNT_TARGET = "elasticfilesystem:accessedviamounttarget"


def by_mount_target(statement: Statement) -> bool:
    """Whether only clients in the network are allowed, that mount a file system."""
    return any(
        (c.key, c.operator, c.values) == (_BY_MOUNT_TARGET, "bool", ("true",))
        for c in statement.conditions
    )


def principal_bounded(statement: Statement, boundary: Boundary) -> bool:
    """Whether every principal is own, an AWS service, or held to own ones by a condition."""
    if by_aws_service(statement) or by_mount_target(statement):
        return True
    if _held(statement, _principal_tests(boundary)):
        return True
    return bool(statement.principals) and all(
        (kind == "Service" and _service(value))
        or (kind in ("AWS", "Federated") and own_principal(value, boundary))
        for kind, value in statement.principals
    )


def source_bounded(statement: Statement, boundary: Boundary) -> bool:
    """Whether a service may only act for own accounts, whoever asked it to."""
    return _held(statement, _source_tests(boundary))


def own_source(arn: str, boundary: Boundary) -> bool:
    """Whether what a service acts for is own, by its ARN."""
    return own_arn(arn, boundary) or own_bucket_arn(arn, boundary)


def resource_bounded(statement: Statement, boundary: Boundary) -> bool:
    """Whether every resource is own by its ARN, or held to own ones by a condition."""
    if _held(statement, _resource_tests(boundary)):
        return True
    return bool(statement.resources) and all(own_arn(r, boundary) for r in statement.resources)


def own_resources(resources: Iterable[Value], boundary: Boundary) -> bool:
    """Whether all ARNs name an own account."""
    listed = list(resources)
    return bool(listed) and all(own_arn(resource, boundary) for resource in listed)


def matches(text: str, pattern: str) -> bool:
    """Whether a pattern of IAM covers a text: * and ? only; a bracket is a bracket to IAM."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def covered(actions: Iterable[Value], allowed: Iterable[str]) -> bool:
    """Whether every action, wildcards included, lies within the allowed ones."""
    listed = list(actions)
    wanted = [pattern.lower() for pattern in allowed]
    return bool(listed) and all(
        isinstance(action, str) and any(matches(action.lower(), p) for p in wanted)
        for action in listed
    )


Tests = list[tuple[set[str], Callable[[str], bool]]]


def _held(statement: Statement, tests: Tests) -> bool:
    return any(_bounds(condition, tests) for condition in statement.conditions)


def _bounds(condition: Condition, tests: Tests) -> bool:
    if condition.operator not in _STRICT or not condition.values:
        return False
    by_parts = condition.operator.removeprefix("foranyvalue:") in _ARN_OPERATORS
    values = [_without_wildcards(v, by_parts) for v in condition.values]
    return any(
        condition.key in keys and all(v is not UNKNOWN and own(v) for v in values)
        for keys, own in tests
    )


def _without_wildcards(value: Value, by_parts: bool) -> Value:
    """A pattern of an ARN with a text for each wildcard before the account that reaches no further.

    ARN operators compare part by part, so none reaches past its colon (IAM User Guide, ARN
    operators). In a text it does; but behind the account of some services there is no colon, so
    what stands there for a region is one.
    """
    if not isinstance(value, str) or "$" in value:
        return value
    parts = value.split(":", 4)
    if len(parts) < 5 or parts[0] != "arn" or not (by_parts or parts[2] in UNDIVIDED):
        return value
    first = 0 if by_parts else 3
    told = [re.sub(r"[*?]+", "x", part) for part in parts[first:4]]
    return ":".join([*parts[:first], *told, parts[4]])


def _principal_tests(boundary: Boundary) -> Tests:
    return [
        (PRINCIPAL_ACCOUNTS, lambda value: value in boundary.accounts),
        (PRINCIPAL_ORGANIZATIONS, lambda value: value == boundary.organization_id),
        (PRINCIPAL_PATHS, lambda value: _own_path(value, boundary)),
        (PRINCIPAL_ARNS, lambda value: own_arn(value, boundary)),
    ]


def _source_tests(boundary: Boundary) -> Tests:
    return [
        ({"aws:sourceaccount", "aws:sourceowner"}, lambda value: value in boundary.accounts),
        ({"aws:sourceorgid"}, lambda value: value == boundary.organization_id),
        ({"aws:sourceorgpaths"}, lambda value: _own_path(value, boundary)),
        ({"aws:sourcearn"}, lambda value: own_source(value, boundary)),
    ]


def _service(value: Value) -> bool:
    """Whether one service is named: a wildcard would name every one there is."""
    return isinstance(value, str) and not set("*?") & set(value)


def _resource_tests(boundary: Boundary) -> Tests:
    return [
        (RESOURCE_ACCOUNTS, lambda value: value in boundary.accounts),
        (RESOURCE_ORGANIZATIONS, lambda value: value == boundary.organization_id),
        (RESOURCE_PATHS, lambda value: _own_path(value, boundary)),
    ]


def _own_path(value: str, boundary: Boundary) -> bool:
    own = boundary.organization_id
    return own is not None and value.startswith(f"{own}/")
