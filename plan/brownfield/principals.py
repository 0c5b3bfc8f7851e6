"""Whom trust policies and resource policies let in, and what gives a role everything.

What is not understood lets strangers in.
"""

import re
from typing import Any

from plan.brownfield.policies import Statement, account_of, conditions, holds, listed
from plan.endpoint_policies import Boundary
from plan.iam_patterns import covers_action

_ARN_OPERATORS = ("arnequals", "arnlike", "stringequals", "stringlike")
# What a subject begins with that is of one repository, or of one namespace's service accounts.
_SUBJECT = re.compile(r"(repo:[^/:*?$]+/[^/:*?$]+:|system:serviceaccount:[^:*?$]+:)")
_EVERYTHING = ("*", "*:*", "iam:*")
_SOURCES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid")


def allowing(policy: dict[str, Any]) -> list[Statement]:
    """The policy's statements that allow something."""
    return [s for s in listed(policy.get("Statement", ())) if s.get("Effect") == "Allow"]


def named(statement: Statement, number: int) -> str:
    """What the owner finds the statement by."""
    return str(statement.get("Sid") or f"statement {number}")


def services(statement: Statement) -> list[str]:
    """The service principals that it names."""
    return [str(name) for name in listed(_kinds(statement).get("Service", ()))]


def strangers(statement: Statement, boundary: Boundary) -> list[str]:
    """Whom an allowing statement lets in beside AWS's services and the own."""
    if "NotPrincipal" in statement:
        return ["all but some (NotPrincipal)"]
    account = {"aws:PrincipalAccount": boundary.account_id, "kms:CallerAccount":
               boundary.account_id}  # fmt: skip
    if holds(statement, {**account, **boundary.principal}) or _own_arns(statement, boundary):
        return []
    return [
        str(name)
        for kind, names in _kinds(statement).items()
        for name in listed(names)
        if not _own(kind, str(name), statement, boundary.account_id)
    ]


def for_anybody(statement: Statement) -> bool:
    """Whether a service may act for whoever asks it: nothing tells whose resource it acts for."""
    keys = {
        key.lower() for block in statement.get("Condition", {}).values() for key in block
    }  # fmt: skip
    return bool(services(statement)) and not any(
        key in _SOURCES or key.startswith("kms:encryptioncontext:") for key in keys
    )


def gives_everything(policy: dict[str, Any]) -> bool:
    """Whether a role with it may do everything, or give itself everything through IAM."""
    return any(
        "*" in listed(s.get("Resource", ()))
        and ("NotAction" in s or any(str(a).lower() in _EVERYTHING
                                     for a in listed(s.get("Action", ()))))
        for s in allowing(policy)
    )  # fmt: skip


def does(statement: Statement, action: str) -> bool:
    """Whether the action is among the statement's, whatever its effect and resources are."""
    negated = "NotAction" in statement
    patterns = listed(statement.get("NotAction" if negated else "Action", ()))
    return negated != any(covers_action(pattern, action) for pattern in patterns)


def aws_principals(statement: Statement) -> list[str]:
    """The accounts, users and roles that it names; * is everybody."""
    return [str(name) for name in listed(_kinds(statement).get("AWS", ()))]


def _kinds(statement: Statement) -> dict[str, Any]:
    """Principals by kind; one that is written alone is AWS's own kind."""
    principal = statement.get("Principal", {})
    return principal if isinstance(principal, dict) else {"AWS": principal}


def _own(kind: str, name: str, statement: Statement, account_id: str) -> bool:
    if kind == "Service":
        return "*" not in name
    own = account_id in (name, account_of(name))
    if kind == "Federated" and ":oidc-provider/" in name:
        return own and _names_a_subject(statement, name.partition(":oidc-provider/")[2])
    return own and kind in ("AWS", "Federated")


def _names_a_subject(statement: Statement, issuer: str) -> bool:
    """An issuer's tokens are anybody's who has an account there, unless subjects are named: each
    word for word, or at least the repository or the namespace that it is of."""
    key = f"{issuer}:sub".lower()
    exact = [block[key] for block in conditions(statement, ("stringequals",)) if key in block]
    alike = [block[key] for block in conditions(statement, ("stringlike",)) if key in block]
    return any(exact) or any(
        values and all(_SUBJECT.match(value) or not set("*?$") & set(value) for value in values)
        for values in alike
    )


def _own_arns(statement: Statement, boundary: Boundary) -> bool:
    """Whether a condition holds the principal to ARNs of the own account."""
    arns = [
        arn
        for block in conditions(statement, _ARN_OPERATORS)
        for arn in block.get("aws:principalarn", ())
    ]
    return bool(arns) and all(_own("AWS", arn, statement, boundary.account_id) for arn in arns)
