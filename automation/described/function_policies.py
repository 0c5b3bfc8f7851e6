"""Policies of Lambda functions and layers: statements as AddPermission writes them, and others.

Source: Lambda API reference, AddPermission and AddLayerVersionPermission (read 2026-11-29). Whoever
puts a whole policy (PutResourcePolicy) may write anything, which no permission stands for.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

# What a condition's operator and key say of a permission, in lower case: the case of keys is free.
_CONDITIONS: Final = {
    ("arnlike", "aws:sourcearn"): "sourceArn",
    ("stringequals", "aws:sourceaccount"): "sourceAccount",
    ("stringequals", "aws:principalorgid"): "organizationId",
    ("stringequals", "lambda:functionurlauthtype"): "functionUrlAuthType",
    ("stringequals", "lambda:eventsourcetoken"): "eventSourceToken",
    ("bool", "lambda:invokedviafunctionurl"): "invokedViaFunctionUrl",
}
_MEMBERS: Final = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


def permissions(policy: str | None) -> list[dict[str, str]]:
    """The permissions that statements of a policy stand for: statementId, principal, action, and
    what of the conditions is there."""
    found = (_permission(statement) for statement in _statements(policy))
    return [permission for permission in found if permission is not None]


def is_whole(policy: str | None) -> bool:
    """Whether a policy says what no permission stands for."""
    return any(_permission(statement) is None for statement in _statements(policy))


def _statements(policy: str | None) -> Iterator[Any]:
    if policy is None:
        return
    try:
        document = json.loads(policy)
    except ValueError:
        document = None
    listed = document.get("Statement") if isinstance(document, Mapping) else None
    # A document of another form is one statement that is no permission.
    yield from listed if isinstance(listed, list) else [listed]


def _permission(statement: Any) -> dict[str, str] | None:
    if not isinstance(statement, Mapping) or not statement.keys() <= _MEMBERS:
        return None
    principal = _principal(statement.get("Principal"))
    said = [principal, statement.get("Sid"), statement.get("Action"), statement.get("Resource")]
    conditions = _conditions(statement.get("Condition") or {})
    if statement.get("Effect") != "Allow" or conditions is None:
        return None
    if not all(isinstance(text, str) for text in said):
        return None
    return {
        "principal": str(principal),
        "statementId": str(statement["Sid"]),
        "action": str(statement["Action"]),
        **conditions,
    }


def _principal(principal: Any) -> Any:
    """The one principal, however AWS writes it."""
    if isinstance(principal, Mapping) and len(principal) == 1:
        ((kind, value),) = principal.items()
        return value if kind in ("AWS", "Service") else None
    return principal if principal == "*" else None


def _conditions(conditions: Any) -> dict[str, str] | None:
    """What conditions say; None where one is no permission's."""
    found: dict[str, str] = {}
    if not isinstance(conditions, Mapping):
        return None
    for operator, keys in conditions.items():
        if not isinstance(keys, Mapping):
            return None
        for key, value in keys.items():
            name = _CONDITIONS.get((operator.lower(), key.lower()))
            if name is None or not isinstance(value, str):
                return None
            found[name] = value
    return found
