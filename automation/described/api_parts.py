"""What a REST API of API Gateway asks of others, in the forms in which AWS tells it: by resources
and methods, and in what it exports of a stage.

Integrations and authorizers are told with the names that a program has for their properties. Two
count as the same where all is that a rule reads: case and what AWS says of its own accord are not.
Of a stage that is told which it serves and nobody has written: a change of an API, and of its
policy, is served only once it is deployed.

API Gateway API reference: GetResources, GetAuthorizers, GetExport, PutIntegration; developer guide:
api-gateway-export-api, apigateway-resource-policies-create-attach. Read 2026-11-30.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi.runtime.rpc import UNKNOWN

INTEGRATION: Final = "aws:apigateway/integration:Integration"
AUTHORIZER: Final = "aws:apigateway/authorizer:Authorizer"
_POLICY: Final = "x-amazon-apigateway-policy"
# Where a body says either.
EXTENSIONS: Final = {
    INTEGRATION: "x-amazon-apigateway-integration",
    AUTHORIZER: "x-amazon-apigateway-authorizer",
}
# Names of a program's, where a body and AWS have other ones.
_RENAMED: Final = {
    INTEGRATION: {"integrationHttpMethod": "httpMethod"},
    AUTHORIZER: {"providerArns": "providerARNs"},
}
_SAID: Final = {
    INTEGRATION: (
        "type", "uri", "connectionType", "connectionId", "credentials", "integrationTarget",
        "integrationHttpMethod", "requestParameters", "requestTemplates",
    ),
    AUTHORIZER: ("type", "authorizerUri", "authorizerCredentials", "providerArns"),
}  # fmt: skip
# By what they are the same.
_COMPARED: Final = {
    INTEGRATION: (
        "type", "uri", "connectionType", "connectionId", "credentials", "integrationTarget",
        "requestParameters", "requestTemplates",
    ),
    AUTHORIZER: ("authorizerUri", "authorizerCredentials", "providerARNs"),
}  # fmt: skip
_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})
_OF_ANY_CASE: Final = ("type", "connectionType")

Block = Mapping[str, Any]
Form = tuple[str, frozenset[tuple[str, str]]]


def integrations(resources: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """What each method of an API asks, and where it stands: resourceId, path, httpMethod."""
    return [
        {**_renamed(INTEGRATION, method["methodIntegration"]), "resourceId": resource["id"],
         "path": resource.get("path"), "httpMethod": method.get("httpMethod") or name}
        for resource in resources or ()
        for name, method in sorted((resource.get("resourceMethods") or {}).items())
        if method.get("methodIntegration")
    ]  # fmt: skip


def authorizers(listed: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Whom an API asks who may. One that takes an issuer's tokens asks that for its keys."""
    found = []
    for one in listed or ():
        issuers = (one.get("jwtConfiguration") or {}).get("issuers") or [{}]
        asks = one.get("authorizerUri") or issuers[0].get("jwksUri") or issuers[0].get("issuer")
        found.append({**_renamed(AUTHORIZER, one), "authorizerUri": asks})
    return found


def _renamed(token: str, said: Block) -> dict[str, Any]:
    names = {theirs: own for own, theirs in _RENAMED[token].items()}
    return {names.get(name, name): value for name, value in said.items()}


def block(token: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """As a body says it."""
    names = _RENAMED[token]
    return {
        names.get(name, name): inputs[name] for name in _SAID[token] if inputs.get(name) is not None
    }


def form(token: str, said: Block) -> Form:
    """What of a block counts, in one spelling. Over the internet is how AWS calls where nothing
    else is said, and whoever takes an issuer's tokens asks over it, whichever that is."""
    if token == AUTHORIZER and str(said.get("type")).upper() == "JWT":
        return token, frozenset({("type", "JWT")})
    found = {name: said[name] for name in _COMPARED[token] if said.get(name) not in _NOTHING}
    for name in _OF_ANY_CASE:
        if isinstance(found.get(name), str):
            found[name] = found[name].upper()
    if found.get("connectionType") == "INTERNET":
        del found["connectionType"]
    return token, frozenset((name, _text(value)) for name, value in found.items())


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True, default=str)
    return ",".join(sorted(map(str, value))) if isinstance(value, list) else str(value)


def blocks(document: Any) -> Iterator[tuple[str, Block]]:
    """All that a body says of both, wherever it does, and however deep that is."""
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += reversed(part)
        for key, value in reversed(part.items()) if isinstance(part, dict) else ():
            token = next((token for token, name in EXTENSIONS.items() if name == key), None)
            if token is None:
                waiting.append(value)
            else:
                yield token, value if isinstance(value, Mapping) else {}


def document(found: Iterable[tuple[str, str, Block]], beside: Mapping[str, Any]) -> str:
    """A body that says these: each with its type and the name of where it stands. beside: what else
    it says."""
    paths: dict[str, Any] = {}
    schemes: dict[str, Any] = {}
    for token, where, said in found:
        if token == AUTHORIZER:
            schemes[where] = {EXTENSIONS[token]: said}
        else:
            path, _, method = where.rpartition(" ")
            paths.setdefault(path, {})[method.lower()] = {EXTENSIONS[token]: said}
    return json.dumps({**beside, "paths": paths, "components": {"securitySchemes": schemes}})


def unescaped(policy: Any) -> Any:
    """A policy as it was written: API Gateway puts a backslash before each quotation mark."""
    if not isinstance(policy, str) or not policy:
        return None
    try:
        return json.loads(f'"{policy}"', strict=False)  # with the lines that it was written in
    except ValueError:
        return policy


def exported(body: Any) -> dict[str, Any] | None:
    """What an export says, if it can be read."""
    try:
        read = json.loads(body)
    except (TypeError, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def served_body(stage: Mapping[str, Any]) -> str | None:
    """What a stage serves beside all that is written, as a body; unknown where AWS exports nothing
    of it."""
    api, told = stage["_of"], _export(stage)
    if told is None:
        return UNKNOWN
    written = {
        form(token, block(token, one))
        for token, listed in (
            (INTEGRATION, integrations(api.get("_resources"))),
            (AUTHORIZER, authorizers(api.get("_authorizers"))),
        )
        for one in listed
    }
    others = [(t, said) for t, said in blocks(told) if form(t, said) not in written]
    if not others:
        return None
    return document(
        ((t, f"/{number}" + " get" * (t == INTEGRATION), said)
         for number, (t, said) in enumerate(others)), {},
    )  # fmt: skip


def served_policy(stage: Mapping[str, Any]) -> str | None:
    """The policy that a stage serves, where it is another one than what is written; unknown where
    AWS tells of none, since without one no private API is deployed."""
    written, told = unescaped(stage["_of"].get("policy")), _export(stage)
    served = None if told is None else told.get(_POLICY)
    if served is None:
        return UNKNOWN if told is None or written is not None else None
    return None if _read(written) == served else json.dumps(served)


def _export(stage: Mapping[str, Any]) -> Any:
    listed: Sequence[Any] = stage.get("_export") or ()
    return listed[0] if listed else None


def _read(policy: Any) -> Any:
    try:
        return json.loads(policy)
    except (TypeError, ValueError, RecursionError):
        return None
