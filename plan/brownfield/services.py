"""Whether the policy of a supplied bucket or key lets a service of AWS do its work for us.

An Allow may be for another account only, and a Deny wins over every Allow.
"""

from plan.brownfield.policies import Statement, is_everybody, listed
from plan.brownfield.principals import does, services
from plan.iam_patterns import any_covers, covers
from plan.partitions import Partition

_EXACT = ("stringequals", "stringequalsignorecase")
_ALIKE = ("arnequals", "arnlike", "stringlike")
# What a request lacks that a service makes in its own name; a negated operator holds then (IAM user
# guide, global condition context keys and condition operators, read 2026-11-28).
_LACKING = (
    "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
    "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid",
    "aws:vpcsourceip",
)  # fmt: skip


def for_us(statement: Statement, partition: Partition, account_id: str) -> bool:
    """Whether its conditions on whom a service acts for let the own account's logs pass.

    One that is not understood counts as one that does.
    """
    own = partition.arn("logs", "", account_id=account_id, region=partition.region).rstrip(":")
    for operator, key, values in _conditions(statement):
        if key == "aws:sourceaccount" and operator in (*_EXACT, *_ALIKE):
            if not _any_of(operator, values, account_id):
                return False
        elif key == "aws:sourcearn" and operator in (*_EXACT, *_ALIKE):
            beginnings = [":".join(value.split(":")[:5]) for value in values]
            if not (any_covers(beginnings, own) or any_covers(values, f"{own}:x")):
                return False
    return True


def shut_by(statement: Statement, service: str, calls: dict[str, str]) -> str | None:
    """How a statement keeps a service from one of these calls: "always", "unless it is excepted",
    None where it does not, or where only its conditions tell.

    calls: resource by action.
    """
    if statement.get("Effect") != "Deny" or not _names(statement, service):
        return None
    if not any(_covers(statement, action, resource) for action, resource in calls.items()):
        return None
    found = _conditions(statement)
    if not found:
        return "always"
    negated = all("not" in operator and key in _LACKING for operator, key, _ in found)
    return "unless it is excepted" if negated else None


def _names(statement: Statement, service: str) -> bool:
    if "NotPrincipal" in statement:
        excepted = statement["NotPrincipal"]
        names = excepted.get("Service", ()) if isinstance(excepted, dict) else ()
        return not is_everybody(excepted) and service not in listed(names)
    return is_everybody(statement.get("Principal")) or service in services(statement)


def _covers(statement: Statement, action: str, resource: str) -> bool:
    negated = "NotResource" in statement
    patterns = listed(statement.get("NotResource" if negated else "Resource", ()))
    return does(statement, action) and negated != any_covers(patterns, resource)


def _conditions(statement: Statement) -> list[tuple[str, str, list[str]]]:
    """Operator and key in lower case, and the values as text."""
    return [
        (operator.lower().removesuffix("ifexists"), key.lower(), [str(v) for v in listed(values)])
        for operator, block in statement.get("Condition", {}).items()
        for key, values in block.items()
    ]


def _any_of(operator: str, values: list[str], text: str) -> bool:
    return text in values if operator in _EXACT else any(covers(value, text) for value in values)
