"""Access points of S3, and tables' exports and imports: whose bucket, and asked from where."""

from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import ACCOUNT, UNKNOWN, at, is_set, listed, says

ACCESS_POINT: Final = "aws:s3/accessPoint:AccessPoint"
# Where the account of a bucket stands, by the noun of what names it; absent means the own account
# (S3 API reference, CreateAccessPoint; DynamoDB API reference, ExportTableToPointInTime and
# S3BucketSource; read 2026-11-29).
_OWNERS: Final[dict[str, tuple[str, ...]]] = {
    "AccessPoint": ("accountId", "bucketAccountId"),
    "Table": ("importTable.s3BucketSource.bucketOwner",),
    "TableExport": ("s3BucketOwner",),
}


def _foreign_owner(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for path in _OWNERS[resource.noun]:
        account = at(resource.props, *path.split("."))
        if is_set(account) and not listed(account, boundary.accounts):
            yield f"{path} is {says(account, ACCOUNT)}, not an account of boundary.accounts"


def _no_vpc(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type != ACCESS_POINT:
        yield "answers in every region and at a name of the internet, and is held to no VPC"
        return
    where: Any = resource.props.get("vpcConfiguration")
    if where is UNKNOWN or not is_set(at(where, "vpcId")):
        yield f"vpcConfiguration.vpcId is {says(at(where, 'vpcId'))}, so it answers the internet"


CHECKS: dict[str, Check] = {"CN-235": _foreign_owner, "CN-236": _no_vpc}
