"""IAM's evaluation of one request, small enough to be checked by reading; no code of ours.

What it does not know it refuses to judge. Source: IAM user guide, policy evaluation logic and
condition operators (read 2026-11-28): a negated operator holds where the key is missing, a plain
one does not, Null asks just that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Decision = Literal["allowed", "denied", "not allowed"]
_NEGATED = {"StringNotEquals": "StringEquals", "ArnNotEquals": "ArnEquals"}


@dataclass(frozen=True)
class Call:
    """Who calls what on what; context: global condition keys that AWS puts into the request."""

    action: str
    resource: str
    principal: str | None  # ARN of a role or user; None: unsigned
    context: Mapping[str, str] = field(default_factory=dict)

    def value(self, key: str) -> str | None:
        if key == "aws:PrincipalArn":
            return self.principal
        if key == "aws:PrincipalAccount":
            return self.principal.split(":")[4] if self.principal else None
        return self.context.get(key)


def decided(call: Call, resource_policy: Any, identity_policies: tuple[Any, ...] = ()) -> Decision:
    """By a resource policy and the caller's own, both of one account: a Deny wins, one Allow does.

    identity_policies: lists of statements.
    """
    found = {
        statement["Effect"]
        for statement in resource_policy["Statement"]
        if _names(statement["Principal"], call) and _concerns(statement, call)
    }
    found |= {
        statement["Effect"]
        for statements in identity_policies
        for statement in statements
        if _concerns(statement, call)
    }
    if "Deny" in found:
        return "denied"
    return "allowed" if "Allow" in found else "not allowed"


def _names(principal: Any, call: Call) -> bool:
    if principal == "*":
        return True
    assert set(principal) == {"AWS"}, principal
    named = _listed(principal["AWS"])
    return "*" in named or call.principal in named


def _concerns(statement: Mapping[str, Any], call: Call) -> bool:
    known = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
    assert set(statement) <= known, statement
    resources = _listed(statement.get("Resource", "*"))  # a repository's policy has none
    return (
        any(_matches(a.lower(), call.action.lower()) for a in _listed(statement["Action"]))
        and any(_matches(r, call.resource) for r in resources)
        and all(_holds(o, block, call) for o, block in statement.get("Condition", {}).items())
    )


def _holds(operator: str, block: Mapping[str, Any], call: Call) -> bool:
    for key, values in block.items():
        value = call.value(key)
        if operator == "Null":
            met = (value is None) == (values == "true")
        elif operator in _NEGATED:
            met = not _one(_NEGATED[operator], value, _listed(values))
        else:
            met = _one(operator, value, _listed(values))
        if not met:
            return False
    return True


def _one(operator: str, value: str | None, wanted: list[str]) -> bool:
    if value is None:
        return False
    if operator in ("StringEquals", "Bool"):
        return value in wanted
    assert operator in ("ArnEquals", "ArnLike"), f"the evaluator does not know {operator}"
    return any(_matches(pattern, value) for pattern in wanted)


def _matches(pattern: str, text: str) -> bool:
    parts = [re.escape(part).replace(r"\?", ".") for part in pattern.split("*")]
    return re.fullmatch(".*".join(parts), text) is not None


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
