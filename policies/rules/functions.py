"""Lambda functions: where they run, what they are told of, and who may call them.

Whose account an ARN names that a function has (layers, file systems, keys, where failed events go),
arns.py says of every property; where a function in a VPC reaches, the model is asked.
Lambda developer guide: configuration-vpc, access-control-resource-based, with-kafka,
images-create. Read 2026-11-29.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from model.deployment import Node
from rules.boundary import Boundary
from rules.bounds import own_source
from rules.hosts import outside_host
from rules.identities import own_principal, parse_arn
from rules.machines import shown
from rules.model import Check, Resource
from rules.named_hosts import URL, hosts_in, listed_hosts
from rules.told_words import hosts_of_variable, hosts_of_words, proxies_outside
from rules.unknowns import ACCOUNT, UNKNOWN, at, each, has_unknown, is_set, listed, says

FUNCTION: Final = "aws:lambda/function:Function"
_SHOWN_NAME: Final = re.compile(r"[A-Za-z]\w{0,63}")
_SERVICE: Final = re.compile(r"(?:[a-z0-9-]+\.)+amazonaws\.com(?:\.cn)?")
# What calls functions for whoever asks it from the internet, or copies them to where it does: a
# CDN, sign-ups to a user pool, mail, chats and telephone calls (Lambda developer guide, using
# Lambda with other services; read 2026-11-29).
_EDGES: Final = {
    "cloudfront": "CloudFront",
    "cognito-idp": "Cognito",
    "connect": "Connect",
    "edgelambda": "CloudFront",
    "lex": "Lex",
    "lexv2": "Lex",
    "replicator.lambda": "CloudFront",
    "ses": "SES",
}
# What does so where it was told to: the services of the ARNs that call, and what each stands for.
_FRONTS: Final = {
    "apigateway": ("execute-api", "API"),
    "elasticloadbalancing": ("elasticloadbalancing", "load balancer"),
}
PERMISSION: Final = "aws:lambda/permission:Permission"
_API: Final = re.compile(r"/.*", re.DOTALL)  # stage, method and path
_REGISTRIES: Final = ("amazonManagedKafkaEventSourceConfig", "selfManagedKafkaEventSourceConfig")


def _outside_vpc(resource: Resource, boundary: Boundary) -> Iterator[str]:
    props = resource.props
    if resource.type != FUNCTION:
        if is_set(props.get("selfManagedEventSource")) and "VPC_SUBNET" not in _access(props):
            yield "names no VPC_SUBNET in sourceAccessConfigurations, so it polls over the internet"
        return
    where = props.get("vpcConfig")
    if where is UNKNOWN or not is_set(at(where, "subnetIds")):
        yield f"has vpcConfig.subnetIds {says(at(where, 'subnetIds'))}, so it runs in AWS's network"
    if is_set(props.get("capacityProviderConfig")):
        yield "runs on machines of a capacity provider, wherever that has them"


def _access(props: Mapping[str, Any]) -> list[Any]:
    """The types of what an event source is reached by."""
    return [
        UNKNOWN if item is UNKNOWN else at(item, "type")
        for _, item in each(props.get("sourceAccessConfigurations"))
    ]


def _outside_hosts(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, host in dict.fromkeys(_told(resource.props)):
        fault = outside_host(host, boundary)
        if fault:
            yield f"{where} names {shown(host)}, which {fault}"
    yield from proxies_outside(_variables(resource.props), boundary)


def _told(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The hosts that a function, or what polls for it, is told of."""
    for where, name, value in _variables(props):
        yield from ((where, host) for host in hosts_of_variable(name, value))
    for key in ("entryPoints", "commands"):
        words = at(props, "imageConfig", key)
        yield from ((f"imageConfig.{key}", host) for host in hosts_of_words(words))
    servers = at(props, "selfManagedEventSource", "endpoints")
    for value in servers.values() if isinstance(servers, dict) else ():
        where = "selfManagedEventSource.endpoints"
        known = value if isinstance(value, str) else ""
        yield from ((where, host) for host in listed_hosts(known))
    for key in _REGISTRIES:
        uri = at(props, key, "schemaRegistryConfig", "schemaRegistryUri")
        if isinstance(uri, str) and URL.match(uri):
            yield from ((f"{key}.schemaRegistryConfig", host) for _, host in hosts_in(uri))


def _variables(props: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The variables whose values are known: where, name, value."""
    given = at(props, "environment", "variables")
    for name, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, str):
            where = name if _SHOWN_NAME.fullmatch(name) else "of another name"
            yield f"environment variable {where}", name, value


def _foreign_caller(resource: Resource, boundary: Boundary) -> Iterator[str]:
    principal = resource.props.get("principal")
    organization = resource.props.get(
        "principalOrgId" if resource.noun == "Permission" else "organizationId"
    )
    if isinstance(principal, str) and _SERVICE.fullmatch(principal):
        source = resource.props.get("sourceArn")
        named = source is UNKNOWN or next(fronts(resource), None) is not None
        yield from fronting(principal, named)
        return
    own = boundary.organization_id is not None and organization == boundary.organization_id
    if principal is UNKNOWN or not (own or own_principal(principal, boundary)):
        yield f"principal is {says(principal, ACCOUNT)}, not an own principal"


def _name_of(principal: str) -> str:
    return principal.removesuffix(".cn").removesuffix(".amazonaws.com")


def fronting(principal: str, named: bool) -> Iterator[str]:
    """What makes a service one that passes on what the internet asks. named: whether it is held to
    one thing of its own, such as an API."""
    service = _name_of(principal)
    if service in _EDGES:
        yield f"admits {_EDGES[service]}, which answers the internet"
    elif service in _FRONTS and not named:
        yield f"admits every {_FRONTS[service][1]} of an account, one on the internet too"


def fronts(resource: Resource) -> Iterator[tuple[str, str]]:
    """The API, or the target group of a load balancer, that may call a function for those who ask
    it, by its ARN and its id: whether it answers the internet, whoever has made it knows."""
    principal, arn = resource.props.get("principal"), parse_arn(resource.props.get("sourceArn"))
    wanted = _FRONTS.get(_name_of(principal)) if isinstance(principal, str) else None
    if resource.type != PERMISSION or wanted is None or arn is None or arn.service != wanted[0]:
        return
    whole = _API.sub("", arn.resource) if arn.service == "execute-api" else arn.resource
    if not set("*?$") & set(whole):
        yield ":".join(("arn", *arn[:4], whole)), whole


def _unbounded_service(resource: Resource, boundary: Boundary) -> Iterator[str]:
    props = resource.props
    principal = props.get("principal")
    named = isinstance(principal, str) and _SERVICE.fullmatch(principal)
    if principal is not UNKNOWN and not named:
        return
    source = props.get("sourceArn")
    own = isinstance(source, str) and own_source(source, boundary)
    if not own and not listed(props.get("sourceAccount"), boundary.accounts):
        who = principal if named else "a principal that is unknown in preview"
        yield f"lets {who} call for anybody"


CHECKS: dict[str, Check] = {
    "CN-231": _outside_vpc,
    "CN-232": _outside_hosts,
    "CN-233": _foreign_caller,
    "CN-234": _unbounded_service,
}


def unknown_variables(nodes: Mapping[str, Node], later: bool) -> Iterator[tuple[Resource, str]]:
    """Functions with variables that nobody knows yet, or ever: a state keeps secrets from readers.

    later: whether they are judged again when they are known. What comes from nothing of this
    deployment is known no better then; what comes from others altogether, CN-004 says.
    """
    for node in nodes.values():
        given = node.resource.props.get("environment")
        if node.resource.type != FUNCTION or not has_unknown(at(given, "variables")):
            continue
        sources = node.sources.get("environment", frozenset())
        if not sources & nodes.keys() and sources:
            continue
        if not (later and sources):
            yield node.resource, "environment has variables that are unknown in preview"
