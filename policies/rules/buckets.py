"""S3 buckets and objects: whom their ACLs admit, what they publish, where they copy to."""

import re
from collections.abc import Iterator
from typing import Any

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import ACCOUNT, UNKNOWN, at, each, is_set, listed, says

# S3 User Guide, canned ACLs: these name nobody but the owner and S3's own log delivery group
# (read 2026-11-22).
OWN_ACLS = (
    "private",
    "log-delivery-write",
    "bucket-owner-read",
    "bucket-owner-full-control",
)
_OWNERSHIP = re.compile(r"BucketOwnerPreferred|ObjectWriter")
_LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"


def _acl(resource: Resource, boundary: Boundary) -> Iterator[str]:
    acl = resource.props.get("acl")
    if is_set(acl) and not listed(acl, OWN_ACLS):
        yield f"acl is {says(acl)}, which admits others than the owner"
    for index, grant in each(resource.props.get("grants")):
        # A canonical user id tells nobody whose it is.
        if at(grant, "uri") != _LOG_DELIVERY or is_set(at(grant, "id")):
            yield f"grants{index} admits others than the owner"
    yield from _granted(resource.props.get("accessControlPolicy"))
    for index, grant in each(resource.props.get("targetGrants")):  # of access logs
        # S3 writes logs itself, so that nobody needs a grant for them.
        if grant is UNKNOWN or is_set(at(grant, "grantee")):
            yield f"targetGrants{index} admits others than the owner"
    if resource.noun == "BucketOwnershipControls":
        owner = at(resource.props, "rule", "objectOwnership")
        if owner != "BucketOwnerEnforced":
            yield f"objectOwnership is {says(owner, _OWNERSHIP)}, not BucketOwnerEnforced"


def _granted(policy: Any) -> Iterator[str]:
    """Grants of an ACL that is written out, to others than the owner whom it names itself."""
    owner = at(policy, "owner", "id")
    grants = at(policy, "grants")
    for index, grant in [("", UNKNOWN)] if grants is UNKNOWN else each(grants):
        grantee = UNKNOWN if grant is UNKNOWN else at(grant, "grantee")
        own = isinstance(owner, str) and is_set(owner) and at(grantee, "id") == owner
        if not own and at(grantee, "uri") != _LOG_DELIVERY:
            yield f"accessControlPolicy.grants{index} admits others than the owner"


def _website(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun.startswith("BucketWebsiteConfiguration"):
        yield "makes a bucket a website"
    for key in ("website", "websites"):
        if is_set(resource.props.get(key)):
            yield f"sets {key}"
    if is_set(resource.props.get("websiteRedirect")):
        yield "sets websiteRedirect"


def _replication(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in ("replicationConfiguration", "replicationConfigurations"):
        for outer, configuration in each(resource.props.get(key)):
            for where, account in _destinations(configuration):
                if not listed(account, boundary.accounts):
                    yield (
                        f"{key}{outer}.{where} is {says(account, ACCOUNT)}, not an account of "
                        "boundary.accounts"
                    )


def _destinations(configuration: Any) -> Iterator[tuple[str, Any]]:
    """The account of every destination; S3 copies to the own account's bucket or any other's."""
    if configuration is UNKNOWN:
        yield "rules", UNKNOWN
        return
    for index, rule in each(at(configuration, "rules")):
        key = "destinations" if is_set(at(rule, "destinations")) else "destination"
        account = at(rule, key, "accountId")
        yield (
            f"rules{index}.{key}.accountId",
            account if is_set(account) else at(rule, key, "account"),
        )


CHECKS: dict[str, Check] = {"CN-152": _acl, "CN-153": _website, "CN-154": _replication}
