"""What the policy of a VPC endpoint lets through, statement by statement."""

from collections.abc import Iterator

from rules.aws_owned import (
    ACCOUNT_SCOPED,
    REGISTRY_READS,
    public_bucket,
    reads_of,
    registry_accounts,
)
from rules.boundary import Boundary, name_matches
from rules.boundary_reader import UNPOLICED_RULE
from rules.bounds import (
    RESOURCE_ACCOUNTS,
    allowances,
    by_aws_service,
    covered,
    held_to,
    matches,
    own_resources,
    principal_bounded,
    resource_bounded,
)
from rules.denials import callers_held, resources_held
from rules.documents import DocumentError, Statement, Value, parse_document
from rules.endpoints import service_of, takes_policy
from rules.identities import own_arn, parse_arn
from rules.model import Check, Resource
from rules.unknowns import is_set

# The last two hand out what others than AWS take, or what others of AWS's customers asked for (STS
# API reference, read 2026-11-29).
TOKEN_ACTIONS = (
    "sts:getsessiontoken",
    "sts:getfederationtoken",
    "sts:getwebidentitytoken",
    "sts:getdelegatedaccesstoken",
)


def _statements(resource: Resource) -> tuple[Statement, ...]:
    """The statements, or none when the policy cannot be read: CN-083 speaks of that."""
    value = resource.props.get("policy")
    try:
        return parse_document(value) if is_set(value) else ()
    except DocumentError:
        return ()


def _allowing(resource: Resource) -> Iterator[Statement]:
    yield from (s for s in allowances(_statements(resource)) if not s.negated)


def _region(resource: Resource) -> str | None:
    service = service_of(resource)
    return service.region if service else None


def _readable(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("policy")
    if not is_set(value):
        yield "has no policy, so everybody may reach everything of the service" + _void(
            resource, boundary
        )
        return
    try:
        parse_document(value)
    except DocumentError as fault:
        yield f"has a policy that {fault}"


def _void(resource: Resource, boundary: Boundary) -> str:
    """That an exception is there and does not count."""
    service = service_of(resource)
    if service is None or not takes_policy(resource):
        return ""
    named = any(
        e.rule in UNPOLICED_RULE and name_matches(e.name, resource.name)
        for e in boundary.exceptions
    )
    if not named:
        return ""
    return f"; its exception does not count, since AWS takes a policy for {service.name}"


def _negated(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for statement in allowances(_statements(resource)):
        if statement.negated:
            yield f"{statement.label} allows by {', '.join(statement.negated)}"


def _principal(resource: Resource, boundary: Boundary) -> Iterator[str]:
    region = _region(resource)
    for statement in _allowing(resource):
        anonymous = _public_reads(statement, region) or _web_identity(statement, boundary)
        held = callers_held(statement, _statements(resource), boundary)
        if not anonymous and not held and not principal_bounded(statement, boundary):
            yield f"{statement.label} serves principals outside the boundary"


def _resource(resource: Resource, boundary: Boundary) -> Iterator[str]:
    region = _region(resource)
    for statement in _allowing(resource):
        held = resources_held(statement, _statements(resource), boundary)
        if not held and not _resources_closed(statement, region, boundary):
            yield f"{statement.label} reaches resources outside the boundary"


def _resources_closed(statement: Statement, region: str | None, boundary: Boundary) -> bool:
    return (
        resource_bounded(statement, boundary)
        or by_aws_service(statement)
        or _registry_reads(statement, region, boundary)
        or covered(statement.actions, ACCOUNT_SCOPED)
        or _each_owned(statement, region, boundary)
    )


def _public_reads(statement: Statement, region: str | None) -> bool:
    """Objects of AWS's own buckets, read only. They are read unsigned or by presigned URL."""
    return (
        covered(statement.actions, ("s3:GetObject",))
        and bool(statement.resources)
        and all(isinstance(r, str) and public_bucket(r, region) for r in statement.resources)
    )


def _web_identity(statement: Statement, boundary: Boundary) -> bool:
    """Token callers have no principal yet; the role's account holds the statement."""
    web = covered(statement.actions, ("sts:AssumeRoleWithWebIdentity",))
    return web and own_resources(statement.resources, boundary)


def _registry_reads(statement: Statement, region: str | None, boundary: Boundary) -> bool:
    known = boundary.accounts | registry_accounts(region)
    reads = covered(statement.actions, REGISTRY_READS)
    return reads and held_to(statement, RESOURCE_ACCOUNTS, known)


def _each_owned(statement: Statement, region: str | None, boundary: Boundary) -> bool:
    """Every resource is own, or one of AWS's own with nothing but its documented reads."""
    return bool(statement.resources) and all(
        own_arn(item, boundary) or _aws_owned(item, statement, region)
        for item in statement.resources
    )


def _aws_owned(item: Value, statement: Statement, region: str | None) -> bool:
    if not isinstance(item, str):
        return False
    arn = parse_arn(item)
    if arn and arn.service == "ecr" and arn.account in registry_accounts(region):
        return covered(statement.actions, REGISTRY_READS)
    if public_bucket(item, region):
        return covered(statement.actions, ("s3:GetObject",))
    return covered(statement.actions, reads_of(item, region))


def _session_tokens(resource: Resource, boundary: Boundary) -> Iterator[str]:
    service = service_of(resource)
    if service is not None and service.name not in ("sts", "sts-fips"):
        return
    # A policy apart from its endpoint does not say of which service it is; its actions do.
    apart = "serviceName" not in resource.props
    for token in TOKEN_ACTIONS:
        if any(_denies(statement, token) for statement in _statements(resource)):
            continue
        for statement in _allowing(resource):
            if any(_may_be(action, token, apart) for action in statement.actions):
                yield f"{statement.label} allows {token}"


def _denies(statement: Statement, action: str) -> bool:
    """Whether the action is denied to everybody, on everything, always."""
    return (
        not statement.allows
        and not statement.conditions
        and ("AWS", "*") in statement.principals
        and "*" in statement.resources
        and any(isinstance(a, str) and matches(action, a.lower()) for a in statement.actions)
    )


def _may_be(given: Value, action: str, apart: bool) -> bool:
    if not isinstance(given, str):
        return not apart
    named = given.lower()
    return matches(action, named) and (named.startswith("sts:") or not apart)


CHECKS: dict[str, Check] = {
    "CN-083": _readable,
    "CN-084": _negated,
    "CN-085": _principal,
    "CN-086": _resource,
    "CN-087": _session_tokens,
}
