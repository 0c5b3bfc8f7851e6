"""APIs of API Gateway: who may ask them, and what they ask for those.

Of REST APIs a private one is reached by interface endpoints of VPCs alone, of any account, as far
as its policy lets them; without a policy by nobody. It calls from AWS's own network: over the
internet, by a link into a VPC, or a service of AWS by its API. HTTP and WebSocket APIs cannot be
private, and are refused by their type (CN-015). What a canary serves AWS exports to nobody: so
there may be none. Whose a link, a function or an endpoint is, CN-004 asks (named_by_type.py).

API Gateway developer guide: apigateway-private-apis, apigateway-resource-policies-examples (VPCs
and endpoints "in any account"), private-integration, apigateway-private-custom-domains,
canary-release, rest-api-jwt-authorizer (an issuer's keys are fetched over the internet, "including
for private APIs"); API reference, PutIntegration (uri); extensions to OpenAPI. SQS developer guide,
sqs-making-api-requests-json (with X-Amz-Target a body says the queue). Read 2026-11-30.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from rules.boundary import Boundary
from rules.bounds import allowances, held_strictly, principal_bounded
from rules.denials import callers_held, endpoints_held, own_endpoint
from rules.documents import DocumentError, Statement, parse_document, unique
from rules.identities import own_arn, parse_arn
from rules.model import Check, Resource
from rules.nesting import read_json
from rules.unknowns import ACCOUNT, REGION, UNKNOWN, at, each, is_set, listed, says

API: Final = "aws:apigateway/restApi:RestApi"
DOMAIN: Final = "aws:apigateway/domainName:DomainName"
PUT: Final = "aws:apigateway/restApiPut:RestApiPut"
INTEGRATION: Final = "aws:apigateway/integration:Integration"
AUTHORIZER: Final = "aws:apigateway/authorizer:Authorizer"
STAGE: Final = "aws:apigateway/stage:Stage"
# In version 6 of the provider a deployment may be made as a canary of its stage.
_DEPLOYED: Final = (STAGE, "aws:apigateway/deployment:Deployment")
PRIVATE: Final = (API, DOMAIN)  # what may be
_OF_ENDPOINTS: Final = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpceaccount")
_URI: Final = re.compile(
    r"arn:[a-z-]+:apigateway:(?P<region>[a-z0-9-]+):(?P<service>[a-z0-9.-]+):(?P<what>.+)"
)
_FUNCTION: Final = re.compile(
    r"path/[\d-]+/functions/(?P<arn>arn:.+)/(?:response-streaming-)?invocations"
)
_QUEUE: Final = re.compile(r"path/(?P<account>\d{12})/[\w.-]+")
_MAPPED: Final = ("requestParameters", "requestTemplates")
_ANOTHER_QUEUE: Final = re.compile(r"x-amz-target|queueurl", re.IGNORECASE)
_SHOWN: Final = re.compile(r"[a-z0-9-]{1,32}")
_CALLERS_OWN: Final = "arn:aws:iam::*:user/*"  # whoever calls acts as himself
_INTEGRATION: Final = "x-amazon-apigateway-integration"
_AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
# Of a body, what inputs say that rules read.
_ELSEWHERE: Final = (
    "x-amazon-apigateway-policy", "x-amazon-apigateway-endpoint-configuration",
    "x-amazon-apigateway-integrations",
)  # fmt: skip


class _Call(NamedTuple):
    """What an API asks, as an integration says it. key: the input; where: the path before it."""

    key: str
    where: str
    said: Mapping[str, Any]


def faces(resource: Resource) -> bool:
    """Whether an API, or a name of one, answers the internet, or may."""
    kinds = [kind for _, kind in each(at(resource.props, "endpointConfiguration", "types"))]
    given = at(resource.props, "parameters", "endpointConfigurationTypes")
    return kinds != ["PRIVATE"] or (is_set(given) and given != "PRIVATE")


def _asked_by(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """Whom a policy lets ask: own principals, or whoever comes by an endpoint that it names."""
    value = resource.props.get("policy")
    if value is UNKNOWN or not is_set(value):
        return  # without one a private API answers nobody
    try:
        statements = parse_document(value)
    except DocumentError as fault:
        yield f"policy: {fault}"
        return
    for statement in allowances(statements):
        if "NotPrincipal" in statement.negated:
            yield f"policy: {statement.label} allows by NotPrincipal"
        elif not _held(statement, statements, boundary):
            yield f"policy: {statement.label} admits endpoints of VPCs that it does not name"


def _held(statement: Statement, statements: Sequence[Statement], boundary: Boundary) -> bool:
    return (
        any(held_strictly(statement, key, own_endpoint(key, boundary)) for key in _OF_ENDPOINTS)
        or principal_bounded(statement, boundary)
        or callers_held(statement, statements, boundary)
        or endpoints_held(statement, statements, boundary)
    )


def _calls(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type in _DEPLOYED:
        if is_set(resource.props.get("canarySettings")):
            yield "canarySettings serves some callers by another deployment, or other variables"
        return
    body = _body(resource)
    if body is None and resource.props.get("body") is not UNKNOWN:
        yield "body is no JSON that can be read, or says a key twice"
    for key in sorted(_keys(body) & {*_ELSEWHERE}):
        yield f"body says {key}, which is read in the inputs alone"
    given = at(resource.props, "parameters", "endpointConfigurationTypes")
    if resource.type == PUT and is_set(given):
        yield "parameters says endpointConfigurationTypes, which is read in the inputs alone"
    for call in _integrations(resource, body):
        yield from (f"{call.where}{fault}" for fault in _faults(call.said, boundary))
    for call in _authorizers(resource, body):
        kind = call.said.get("type")
        if isinstance(kind, str) and kind.upper() == "JWT":
            yield f"{call.where}type is {says(kind)}: it asks an issuer for keys over the internet"
        if call.said.get("authorizerUri") is not None:
            uri = call.said["authorizerUri"]
            faults = _by_uri(uri, "authorizerUri", boundary)
            yield from (f"{call.where}{fault}" for fault in faults)


def _body(resource: Resource) -> Any:
    """What a body says; an empty one where there is none, None where it cannot be read."""
    value = resource.props.get("body")
    if not is_set(value):
        return {}
    try:
        read = read_json(value, unique) if isinstance(value, str) else None
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _keys(value: Any) -> set[str]:
    """Every key below a value."""
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    if not isinstance(value, dict):
        return set()
    return {*map(str, value)}.union(*map(_keys, value.values()))


def _below(value: Any, wanted: str) -> Iterator[Mapping[str, Any]]:
    """Every block of a name below a value."""
    if isinstance(value, list):
        for item in value:
            yield from _below(item, wanted)
    for key, item in value.items() if isinstance(value, dict) else ():
        if key == wanted:
            yield item if isinstance(item, dict) else {}
        else:
            yield from _below(item, wanted)


def _integrations(resource: Resource, body: Any) -> Iterator[_Call]:
    if resource.type == INTEGRATION:
        yield _Call("", "", resource.props)
    for index, said in enumerate(_below(body, _INTEGRATION)):
        yield _Call("body", f"body: integration {index + 1} ", said)


def _authorizers(resource: Resource, body: Any) -> Iterator[_Call]:
    if resource.type == AUTHORIZER:
        yield _Call("", "", resource.props)
    for index, said in enumerate(_below(body, _AUTHORIZER)):
        yield _Call("body", f"body: authorizer {index + 1} ", said)


def _faults(said: Mapping[str, Any], boundary: Boundary) -> Iterator[str]:
    kind = said.get("type")
    kind = kind.upper() if isinstance(kind, str) else kind
    if kind in ("HTTP", "HTTP_PROXY"):
        way, link = said.get("connectionType"), said.get("connectionId")
        if way != "VPC_LINK":
            yield f"connectionType is {says(way)}, not VPC_LINK: it calls over the internet"
        elif not is_set(link) or "$" in str(link):
            yield "connectionId is filled in as it is called, or absent"
    elif kind in ("AWS", "AWS_PROXY"):
        yield from _by_uri(said.get("uri"), "uri", boundary)
        yield from _to_another_queue(said)
    elif kind != "MOCK":
        yield f"type is {says(kind)}, none that a rule here has judged"
    role = said.get("credentials")
    known = isinstance(role, str) and role not in ("", _CALLERS_OWN)
    if known and not own_arn(role, boundary):
        yield "credentials are those of a role that is none of an own account"


def _to_another_queue(said: Mapping[str, Any]) -> Iterator[str]:
    """Where a request is written such that it may name another queue than its URI does."""
    found = _URI.fullmatch(said["uri"]) if isinstance(said.get("uri"), str) else None
    for key in _MAPPED if found is not None and found["service"] == "sqs" else ():
        mapped = said.get(key)
        texts = (
            (text for pair in mapped.items() for text in pair) if isinstance(mapped, dict) else ()
        )
        if any(isinstance(text, str) and _ANOTHER_QUEUE.search(text) for text in texts):
            yield f"{key} may name another queue than uri does"


def _by_uri(uri: Any, key: str, boundary: Boundary) -> Iterator[str]:
    """What is called by AWS's own API: a function, or a queue, of an own account."""
    if uri is UNKNOWN:
        return
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if found is None:
        yield f"{key} is none of AWS's that can be read"
        return
    if boundary.regions and not listed(found["region"], boundary.regions):
        yield f"{key} calls a region, {says(found['region'], REGION)}, that is not declared"
    function, queue = _FUNCTION.fullmatch(found["what"]), _QUEUE.fullmatch(found["what"])
    if found["service"] == "lambda" and function is not None and "$" not in function["arn"]:
        arn = parse_arn(function["arn"])
        account = "" if arn is None else arn.account
    elif found["service"] == "sqs" and queue is not None:
        account = queue["account"]
    else:
        yield f"{key} calls {says(found['service'], _SHOWN)}, and no rule here has judged how"
        return
    if not listed(account, boundary.accounts):
        yield f"{key} calls account {says(account, ACCOUNT)}, which is none of its own"


def named(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """The input, the path and the name of what an API hands on to what it is asked: a link into a
    VPC, what stands behind that, a function. A queue keeps what it gets."""
    body = _body(resource) or {}
    for call in _integrations(resource, body):
        for name in ("connectionId", "integrationTarget"):
            if is_set(call.said.get(name)):
                yield call.key or name, f"{call.where}{name}", call.said[name]
        yield from _function(call, "uri")
    for call in _authorizers(resource, body):
        yield from _function(call, "authorizerUri")


def _function(call: _Call, name: str) -> Iterator[tuple[str, str, Any]]:
    uri = call.said.get(name)
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    function = _FUNCTION.fullmatch(found["what"]) if found is not None else None
    if uri is UNKNOWN or function is not None:
        value = UNKNOWN if function is None else function["arn"]
        yield call.key or name, f"{call.where}{name}", value


CHECKS: dict[str, Check] = {"CN-255": _calls, "CN-256": _asked_by}
