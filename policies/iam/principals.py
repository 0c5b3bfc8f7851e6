"""Whom an element of Principal names.

Source: IAM User Guide, Principal element (docs.aws.amazon.com/IAM/latest/UserGuide/
reference_policies_elements_principal.html, read 2026-11-28): * names everybody, also without
credentials; an account, as its id or its root, names everybody of it; anything else names one.
"""

import re
from enum import Enum

from iam.requests import Principal
from rules.documents import Value
from rules.unknowns import ACCOUNT

_ROOT = re.compile(r"arn:[a-z-]+:iam::(\d{12}):root")
SERVICE_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?")


class Match(Enum):
    """Whether an element names a principal; MAYBE where its text does not tell."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


def everybody(kind: str, value: Value) -> bool:
    """Whether the element is the lone *, in any of its spellings."""
    return kind == "AWS" and value == "*"


def account_of(value: str) -> str | None:
    """The account that an element names as a whole; None when it names less."""
    if ACCOUNT.fullmatch(value):
        return value
    match = _ROOT.fullmatch(value)
    return match[1] if match else None


def one_arn(value: str) -> bool:
    """Whether the element is the ARN of one principal of an account, with nothing left open.

    What stands for CloudFront (arn:aws:iam::cloudfront:user/…) is of none, and serves anybody.
    """
    parts = value.split(":", 5)
    of_account = len(parts) == 6 and parts[0] == "arn" and ACCOUNT.fullmatch(parts[4])
    return bool(of_account) and not set("*?$") & set(value)


def match_principal(kind: str, value: Value, principal: Principal) -> Match:
    """Whether one element names the principal."""
    if everybody(kind, value):
        return Match.YES
    if kind not in ("AWS", "Service", "Federated"):
        return Match.MAYBE if principal.kind == "AWS" else Match.NO
    if kind != principal.kind:
        return Match.NO
    text = str(value)
    if not isinstance(value, str) or not _readable(kind, text):
        return Match.MAYBE
    if kind != "AWS":
        return _yes(text == principal.name)
    account = account_of(text)
    if account is not None:
        return _yes(principal.owner is not None and principal.owner.account == account)
    return _yes(text in (principal.name, principal.session))


def _readable(kind: str, value: str) -> bool:
    if kind == "AWS":
        return account_of(value) is not None or one_arn(value)
    if kind == "Service":
        return SERVICE_NAME.fullmatch(value) is not None
    return bool(value) and not set("*?$") & set(value)


def readable(kind: str, value: Value) -> bool:
    """Whether an element says whom it names."""
    if everybody(kind, value):
        return True
    return (
        kind in ("AWS", "Service", "Federated")
        and isinstance(value, str)
        and _readable(kind, value)
    )


def _yes(value: bool) -> Match:
    return Match.YES if value else Match.NO
