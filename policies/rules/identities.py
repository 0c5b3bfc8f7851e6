"""Whose account a principal or resource belongs to."""

import re
from typing import Any, NamedTuple

from rules.boundary import Boundary
from rules.unknowns import ACCOUNT, listed

_ARN = re.compile(r"arn:([^:]*):([^:]*):([^:]*):([^:]*):(.+)", re.DOTALL)


class Arn(NamedTuple):
    """The parts of an ARN, as written."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_arn(value: Any) -> Arn | None:
    """The parts of an ARN; None when the text is no ARN."""
    match = _ARN.fullmatch(value) if isinstance(value, str) else None
    return Arn(*match.groups()) if match else None


def own_arn(value: Any, boundary: Boundary) -> bool:
    """Whether the ARN names an own account, with nothing before it left open.

    A wildcard at the end of a segment matches past the colons (IAM User Guide, Resource element),
    so one before the account would let other accounts in.
    """
    arn = parse_arn(value)
    if arn is None or arn.account not in boundary.accounts:
        return False
    return not set("*?$") & set(arn.partition + arn.service + arn.region)


def own_principal(value: Any, boundary: Boundary) -> bool:
    """An own account by its id, or an ARN in it."""
    return listed(value, boundary.accounts) or own_arn(value, boundary)


def own_bucket_arn(value: Any, boundary: Boundary) -> bool:
    """Whether the ARN is of a bucket that boundary.supplied lists, or of a prefix in one."""
    arn = parse_arn(value)
    if arn is None or (arn.service, arn.region, arn.account) != ("s3", "", ""):
        return False
    name = arn.resource.split("/", 1)[0]
    return not {name, f"arn:{arn.partition}:s3:::{name}"}.isdisjoint(boundary.supplied_ids)


def foreign_arn(value: Any, boundary: Boundary) -> str | None:
    """Why an ARN is of an own account; None when it is."""
    arn = parse_arn(value)
    if arn is None:
        return "is not an ARN"
    if not ACCOUNT.fullmatch(arn.account):
        return "names no account"
    if arn.account in boundary.accounts:
        return None
    return f"belongs to account {arn.account}, which boundary.accounts does not list"
