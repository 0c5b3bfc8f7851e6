"""Role trusts, resource policies, grants, and what AWS sends on our behalf."""

from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.bounds import allowances, by_unnamed_service, held_strictly, principal_bounded
from rules.denials import callers_held
from rules.documents import DocumentError, Statement, parse_document
from rules.functions import fronting
from rules.identities import foreign_arn, own_principal, parse_arn
from rules.model import Check, Resource
from rules.unknowns import ACCOUNT, UNKNOWN, at, each, is_set, listed, says

# Where the policy stands when it is not in the property `policy`.
POLICY_PROPERTY = {
    "LogResourcePolicy": "policyDocument",
    "LogDestinationPolicy": "accessPolicy",
    "RepositoryCreationTemplate": "repositoryPolicy",
    "Domain": "accessPolicies",  # of OpenSearch
    "DomainPolicy": "accessPolicies",
}

# Protocols of a topic whose endpoint is the ARN of a thing in an account. All others carry messages
# to URLs, people or telephones, whatever the endpoint is (Amazon SNS API, Subscribe; read
# 2026-11-28). `application` has an ARN, too, and goes on to Apple's or Google's hosts.
_KEPT_PROTOCOLS: Final = ("sqs", "lambda", "firehose")

# Services by which a role goes to whoever outside holds a certificate, over the internet (IAM Roles
# Anywhere user guide, trust model; IoT Core developer guide, credential provider; read 2026-11-29),
# as they begin in every region and partition.
_HOLDERS: Final = ("rolesanywhere.", "credentials.iot.")

_SERVICE: Final = "aws:principalservicename"  # the key that names the service which asks

# What serves a bucket to whoever asks (CloudFront developer guide, Restrict access to an Amazon S3
# origin; read 2026-11-28).
_EDGE_SERVICE: Final = "cloudfront.amazonaws.com"
_OF_FUNCTION: Final = "aws:lambda/resourcePolicy:ResourcePolicy"

# Where the ARN stands that something is sent to.
TARGET_PROPERTY = {
    "LogSubscriptionFilter": "destinationArn",
    "ResolverQueryLogConfig": "destinationArn",
    "FlowLog": "logDestination",
    "EventTarget": "arn",
    "TopicSubscription": "endpoint",
    "Notification": "topicArn",
    "KinesisStreamingDestination": "streamArn",
}


def _document_faults(value: Any, boundary: Boundary) -> Iterator[str]:
    try:
        statements = parse_document(value)
    except DocumentError as fault:
        yield str(fault)
        return
    for statement in allowances(statements):
        if "NotPrincipal" in statement.negated:
            yield f"{statement.label} allows by NotPrincipal"
        elif not (
            principal_bounded(statement, boundary) or callers_held(statement, statements, boundary)
        ):
            yield f"{statement.label} admits principals outside the boundary"


def _trust(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for fault in _document_faults(resource.props.get("assumeRolePolicy"), boundary):
        yield f"assumeRolePolicy: {fault}"
    yield from (f"assumeRolePolicy: {fault}" for fault in _holder_faults(resource))


def _holder_faults(resource: Resource) -> Iterator[str]:
    """What hands the role to holders of certificates, own ones too: they are wherever they are."""
    try:
        statements = parse_document(resource.props.get("assumeRolePolicy"))
    except DocumentError:
        return
    for statement in allowances(statements):
        start = f"{statement.label} admits whoever holds a certificate, by"
        held = sorted(s for s in _services(statement) if s.startswith(_HOLDERS))
        yield from (f"{start} {service}" for service in held)
        if by_unnamed_service(statement) and not held_strictly(statement, _SERVICE, _no_holder):
            yield f"{start} services of AWS that it does not name"


def _no_holder(service: str) -> bool:
    return not set("*?$") & set(service) and not service.startswith(_HOLDERS)


def _resource_policy(resource: Resource, boundary: Boundary) -> Iterator[str]:
    key = POLICY_PROPERTY.get(resource.noun, "policy")
    value = resource.props.get(key)
    # Without one, AWS's default holds: the own account only.
    if is_set(value):
        yield from (f"{key}: {fault}" for fault in _document_faults(value, boundary))
        yield from (f"{key}: {fault}" for fault in _edge_faults(value, resource.type))


def _edge_faults(value: Any, type_: str) -> Iterator[str]:
    """What lets CloudFront in by its service, own distributions' too, and to functions what else
    passes on what the internet asks. As a user of its own (arn:aws:iam::cloudfront:user/…)
    CloudFront is a principal outside already."""
    try:
        statements = parse_document(value)
    except DocumentError:
        return
    for statement in allowances(statements):
        if _EDGE_SERVICE in _services(statement) or _from_edge(statement):
            yield f"{statement.label} admits CloudFront, which answers the internet"
        elif type_ == _OF_FUNCTION:
            by_arn = held_strictly(statement, "aws:sourcearn", lambda _: True)
            for service in sorted(_services(statement)):
                yield from (f"{statement.label} {fault}" for fault in fronting(service, by_arn))


def _services(statement: Statement) -> set[str]:
    named = (str(name) for kind, name in statement.principals if kind == "Service")
    return {name.removesuffix(".cn") for name in named}


def _from_edge(statement: Statement) -> bool:
    """Whether it is held to distributions, by which nothing but CloudFront passes."""
    arns = (v for c in statement.conditions if c.key == "aws:sourcearn" for v in c.values)
    return any((arn := parse_arn(v)) is not None and arn.service == "cloudfront" for v in arns)


def _grantee(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in ("granteePrincipal", "retiringPrincipal"):
        value = resource.props.get(key)
        if is_set(value) and value is not UNKNOWN and not own_principal(value, boundary):
            yield f"{key} {foreign_arn(value, boundary)}"


def _access_grant(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """Whom a part of a bucket is granted to: a principal, or people of a directory."""
    grantee = resource.props.get("grantee")
    kind = UNKNOWN if grantee is UNKNOWN else at(grantee, "granteeType")
    if kind not in ("IAM", UNKNOWN):
        yield f"grantee.granteeType is {says(kind)}, not IAM: a directory tells not who it is for"
        return
    value = UNKNOWN if grantee is UNKNOWN else at(grantee, "granteeIdentifier")
    if value is not UNKNOWN and not own_principal(value, boundary):
        yield f"grantee.granteeIdentifier {foreign_arn(value, boundary)}"


def _foreign_target(resource: Resource, boundary: Boundary) -> Iterator[str]:
    protocol = resource.props.get("protocol")
    sent = resource.noun == "TopicSubscription" and is_set(protocol) and protocol is not UNKNOWN
    if sent and protocol not in _KEPT_PROTOCOLS:
        yield f"protocol is not {', '.join(_KEPT_PROTOCOLS)}, so messages leave every account"
        return
    if resource.noun == "BucketReplicationConfig":
        yield from _copied(resource, boundary)
        return
    for where, value in _targets(resource):
        if value is UNKNOWN or _bucket_for_logs(resource, value):
            continue
        fault = foreign_arn(value, boundary)
        if fault:
            yield f"{where} {fault}"


def _copied(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """Copies of objects that go to nobody's account by name. Whose the bucket is, CN-004 asks."""
    for index, rule in each(resource.props.get("rules")):
        account = at(rule, "destination", "account")
        if account is not UNKNOWN and not listed(account, boundary.accounts):
            where = f"rules{index}.destination.account"
            yield f"{where} is {says(account, ACCOUNT)}, not an account of boundary.accounts"


def _bucket_for_logs(resource: Resource, value: Any) -> bool:
    """A bucket's ARN names no account; whose it is, the deployment or boundary.supplied tells
    (CN-004)."""
    arn = parse_arn(value)
    logs = resource.noun in ("FlowLog", "ResolverQueryLogConfig")
    return logs and arn is not None and (arn.service, arn.account) == ("s3", "")


def _targets(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Every ARN that something is sent to."""
    props = resource.props
    if resource.noun in TARGET_PROPERTY:
        yield TARGET_PROPERTY[resource.noun], props.get(TARGET_PROPERTY[resource.noun])
    else:  # a bucket's notifications
        lists = {"topics": "topicArn", "queues": "queueArn", "lambdaFunctions": "lambdaFunctionArn"}
        for key, arn in lists.items():
            for index, item in each(props.get(key)):
                yield f"{key}{index}.{arn}", at(item, arn)


CHECKS: dict[str, Check] = {
    "CN-130": _trust,
    "CN-131": _resource_policy,
    "CN-132": _grantee,
    "CN-244": _access_grant,
    "CN-133": _foreign_target,
}
