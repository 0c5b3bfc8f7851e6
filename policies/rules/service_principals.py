"""Services and token issuers as principals: for whom they may act, and with whose tokens."""

import re
from collections.abc import Iterator

from rules.aws_owned import ENCRYPTION_CONTEXTS
from rules.boundary import Boundary
from rules.bounds import allowances, by_aws_service, held_strictly, source_bounded
from rules.documents import DocumentError, Statement, Value, parse_document
from rules.identities import own_arn, parse_arn
from rules.issuers import is_of_eks
from rules.model import Check, Resource
from rules.perimeter import POLICY_PROPERTY
from rules.unknowns import UNKNOWN, is_set

_SERVICE = re.compile(r"([a-z-]+)(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
_SERVICE_ACCOUNT = re.compile(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.*?-]+")


def _statements(value: object) -> Iterator[Statement]:
    """What a policy allows; the rules of the data perimeter speak of one that cannot be read."""
    try:
        yield from allowances(parse_document(value))
    except DocumentError:
        return


def _unbounded_service(resource: Resource, boundary: Boundary) -> Iterator[str]:
    key = POLICY_PROPERTY.get(resource.noun, "policy")
    value = resource.props.get(key)
    if not is_set(value):
        return
    for statement in _statements(value):
        services = [name for kind, name in statement.principals if kind == "Service"]
        if not services and not by_aws_service(statement):
            continue
        if source_bounded(statement, boundary):
            continue
        if not services or not all(_by_context(s, statement, boundary) for s in services):
            yield f"{key}: {statement.label} lets a service act for anybody"


def _by_context(service: Value, statement: Statement, boundary: Boundary) -> bool:
    """Whether the encryption context holds the service to own resources."""
    match = _SERVICE.fullmatch(service) if isinstance(service, str) else None
    key = ENCRYPTION_CONTEXTS.get(match[1]) if match else None
    return key is not None and held_strictly(statement, key, lambda v: own_arn(v, boundary))


def _unbounded_token(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for statement in _statements(resource.props.get("assumeRolePolicy")):
        for kind, provider in statement.principals:
            if kind == "Federated" and provider is not UNKNOWN:
                yield from _token_faults(statement, provider)


def _token_faults(statement: Statement, provider: str) -> Iterator[str]:
    arn = parse_arn(provider)
    issuer = arn.resource.removeprefix("oidc-provider/").lower() if arn else ""
    if arn is None or issuer == arn.resource.lower():
        return  # another kind of provider, or none: CN-130 judges whose it is
    if not is_of_eks(issuer):
        yield f"assumeRolePolicy: {statement.label} trusts an issuer that is no EKS cluster's"
    start = f"assumeRolePolicy: {statement.label} does not hold"
    if not held_strictly(statement, f"{issuer}:aud", _literal):
        yield f"{start} the issuer's :aud to one audience"
    if not held_strictly(statement, f"{issuer}:sub", _one_namespace):
        yield f"{start} the issuer's :sub to service accounts of one namespace"


def _literal(value: str) -> bool:
    return not set("*?") & set(value)


def _one_namespace(value: str) -> bool:
    return _SERVICE_ACCOUNT.fullmatch(value) is not None


CHECKS: dict[str, Check] = {"CN-160": _unbounded_service, "CN-161": _unbounded_token}
