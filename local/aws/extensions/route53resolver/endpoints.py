"""Resolver endpoints: the settings that moto takes and does not tell again."""

import json
from dataclasses import dataclass, field

from local.aws.extensions.registry import Call, extends
from local.aws.extensions.route53resolver.kept import Record, resolver

FORGOTTEN = "moto forgets Protocols and ResolverEndpointType"
DEFAULTS: Record = {"Protocols": ["Do53"], "ResolverEndpointType": "IPV4"}  # of the service model


@dataclass
class Settings:
    by_endpoint: dict[str, Record] = field(default_factory=dict)


def _with_settings(call: Call, endpoint: Record) -> Record:
    return endpoint | call.state(Settings).by_endpoint.get(endpoint["Id"], DEFAULTS)


@extends("route53resolver", "CreateResolverEndpoint", FORGOTTEN)
def create_resolver_endpoint(call: Call) -> Record:
    return _changed(call)


@extends("route53resolver", "UpdateResolverEndpoint", f"{FORGOTTEN}, and a name not given again")
def update_resolver_endpoint(call: Call) -> Record:
    before = resolver(call).resolver_endpoints.get(call.params["ResolverEndpointId"])
    name = call.params.get("Name") or (before.name if before else "")
    answer = _changed(call)  # refused where it is not there
    resolver(call).resolver_endpoints[answer["ResolverEndpoint"]["Id"]].name = name
    return {"ResolverEndpoint": answer["ResolverEndpoint"] | {"Name": name}}


def _changed(call: Call) -> Record:
    endpoint: Record = json.loads(call.moto())["ResolverEndpoint"]
    asked = {name: call.params[name] for name in DEFAULTS if call.params.get(name)}
    kept = call.state(Settings).by_endpoint
    kept[endpoint["Id"]] = kept.get(endpoint["Id"], DEFAULTS) | asked
    return {"ResolverEndpoint": _with_settings(call, endpoint)}


@extends("route53resolver", "GetResolverEndpoint", FORGOTTEN)
def get_resolver_endpoint(call: Call) -> Record:
    return {"ResolverEndpoint": _with_settings(call, json.loads(call.moto())["ResolverEndpoint"])}


@extends("route53resolver", "ListResolverEndpoints", FORGOTTEN)
def list_resolver_endpoints(call: Call) -> Record:
    answer: Record = json.loads(call.moto())
    rows = [_with_settings(call, endpoint) for endpoint in answer["ResolverEndpoints"]]
    return answer | {"ResolverEndpoints": rows}
