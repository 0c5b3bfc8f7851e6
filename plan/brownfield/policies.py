"""Whether the policy of a supplied endpoint holds callers and resources to what is ours.

Every Allow must be held on both sides, by its own conditions or by a Deny over everything, as in
AWS's data-perimeter examples. What is not understood does not hold.
"""

from typing import Any

from plan.endpoint_policies import Boundary
from plan.iam_patterns import any_covers, covers_action

_EQUALS = ("stringequals", "stringequalsignorecase", "stringlike", "arnequals")
_DIFFERS = ("stringnotequals", "stringnotequalsifexists", "stringnotequalsignorecase")
_ACCOUNT = 4  # part of an ARN
Statement = dict[str, Any]


def open_statements(policy: dict[str, Any], least: dict[str, Any], boundary: Boundary) -> list[str]:
    """Names of the Allow statements through which strangers or their resources are reached.

    least: the policy that the plan itself would give; what is word for word in it is in order.
    """
    statements = listed(policy.get("Statement", ()))
    denies = [s for s in statements if s.get("Effect") == "Deny"]
    bound = {side: any(_denies_strangers(s, keys) for s in denies)
             for side, keys in (("p", boundary.principal), ("r", boundary.resource))}  # fmt: skip
    found = []
    for number, statement in enumerate(statements):
        if statement.get("Effect") == "Deny" or _within_least(statement, least):
            continue
        negated = any(key in statement for key in ("NotPrincipal", "NotAction", "NotResource"))
        principal = bound["p"] or holds(statement, boundary.principal)
        resource = bound["r"] or holds(statement, boundary.resource)
        resource = resource or _own_arns(statement, boundary)
        if negated or not (principal and resource):
            found.append(str(statement.get("Sid") or f"statement {number}"))
    return found


def missing_calls(policy: dict[str, Any], least: dict[str, Any]) -> list[str]:
    """Actions (with their resource, where it is not *) that the plan needs and no Allow has."""
    allows = [s for s in listed(policy.get("Statement", ())) if s.get("Effect") == "Allow"]
    needed = [
        (action, resource)
        for statement in listed(least.get("Statement", ()))
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if "*" not in action
    ]
    return [
        action if resource == "*" else f"{action} on {resource}"
        for action, resource in dict.fromkeys(needed)
        if not any(lets(s, action, resource) for s in allows)
    ]


def lets(statement: Statement, action: str, resource: str) -> bool:
    """Whether the statement's actions and resources hold these, whatever its effect is."""
    if "NotAction" in statement or "NotResource" in statement:
        return True  # refused elsewhere; what it leaves out is not worth a second fault
    return any(covers_action(a, action) for a in listed(statement.get("Action", ()))) and (
        any_covers(listed(statement.get("Resource", ())), resource)
    )


def listed(value: Any) -> list[Any]:
    """What IAM lets be written alone, as a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def conditions(statement: Statement, operators: tuple[str, ...]) -> list[dict[str, set[str]]]:
    """Condition blocks of these operators: key in lower case to its values. Those of a key that
    is written twice, in other case, are put together, so that none hides another."""
    found = []
    for operator, block in statement.get("Condition", {}).items():
        if operator.lower() in operators:
            joined: dict[str, set[str]] = {}
            for key, values in block.items():
                joined.setdefault(key.lower(), set()).update(str(v) for v in listed(values))
            found.append(joined)
    return found


def is_everybody(principal: Any) -> bool:
    """Whether a Principal is everybody, in any of the ways in which that is written."""
    if isinstance(principal, dict):
        return set(principal) == {"AWS"} and listed(principal["AWS"]) == ["*"]
    return bool(principal == "*")


def account_of(arn: str) -> str | None:
    """The account in an ARN. A wildcard up to there may stand for colons, and so for any account;
    a variable may stand for anything."""
    parts = arn.split(":")
    if len(parts) <= _ACCOUNT or set("*?$") & set("".join(parts[: _ACCOUNT + 1])):
        return None
    return parts[_ACCOUNT]


def holds(statement: Statement, own: dict[str, str]) -> bool:
    """Whether a condition of the statement lets own values pass and no others."""
    return any(
        block.get(key.lower()) == {value}
        for block in conditions(statement, _EQUALS)
        for key, value in own.items()
    )


def _denies_strangers(statement: Statement, own: dict[str, str]) -> bool:
    """Whether it denies everything to all but our own. Two keys in one Deny must both differ."""
    everything = (
        is_everybody(statement.get("Principal"))
        and listed(statement.get("Action")) == ["*"]
        and listed(statement.get("Resource")) == ["*"]
    )
    blocks = conditions(statement, _DIFFERS)
    alone = len(statement.get("Condition", {})) == 1 and [len(b) for b in blocks] == [1]
    return (
        everything
        and alone
        and any(blocks[0].get(key.lower()) == {value} for key, value in own.items())
    )


def _own_arns(statement: Statement, boundary: Boundary) -> bool:
    """Whether every resource is an ARN of the own account, written out."""
    account = boundary.resource.get("aws:ResourceAccount")
    arns = listed(statement.get("Resource", "*"))
    return account is not None and all(account_of(str(arn)) == account for arn in arns)


def _within_least(statement: Statement, least: dict[str, Any]) -> bool:
    """Whether a statement of the plan's own policy covers it, conditions and all."""
    return any(
        statement.get("Principal") in ("*", {"AWS": "*"}, own["Principal"])
        and statement.get("Condition", {}) == own.get("Condition", {})
        and set(listed(statement.get("Action", "*"))) <= set(listed(own["Action"]))
        and set(listed(statement.get("Resource", "*"))) <= set(listed(own["Resource"]))
        for own in listed(least.get("Statement", ()))
    )
