"""REST APIs of API Gateway as AWS tells of them.

Written by hand from the API Gateway API reference and from files that it has exported (read
2026-11-30), apart from the tables of the reader. Every
stage serves an API as it is written, where a test does not say what it serves.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from model.deployment import Node
from tests.automation.described.answers import Answers, Item, Nothing
from tests.policies.mutations.apis import (
    API,
    AUTHORIZER,
    DEPLOYMENT,
    DOMAIN,
    INTEGRATION,
    LINK,
    MAPPING,
    OF_API_GATEWAY,
    POLICY,
    PUT,
    STAGE,
)
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

TYPES: Final = (API, AUTHORIZER, DEPLOYMENT, DOMAIN, INTEGRATION, LINK, MAPPING, POLICY, PUT, STAGE)
OF_OTHERS: Final = "zzzzzzzzzz"
_PARTS: Final = (AUTHORIZER, DEPLOYMENT, INTEGRATION, STAGE)
_ASKED: Final = {"extensions": "integrations,authorizers,apigateway"}
# What nobody has asked for AWS says to be so, too.
_OF_A_METHOD: Final = {"passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000,
                       "cacheNamespace": "r1", "cacheKeyParameters": []}  # fmt: skip


class Stage(NamedTuple):
    """One of an API. serves: what AWS exports of it; None where it refuses to."""

    said: Item
    serves: Item | None


Stages = Mapping[str, Sequence[Stage]]


def real_id(node: Node) -> str:
    """As the provider calls it: a method by where it stands, a policy and a body by their API, and
    a name that is private with an id."""
    props, own = node.resource.props, str(node.outputs()["id"])
    if node.resource.type == INTEGRATION:
        return f"agi-{props['restApi']}-{_resource(node)}-GET"
    if node.resource.type == STAGE:
        return f"ags-{props['restApi']}-{props['stageName']}"
    if node.resource.type in (POLICY, PUT):
        return str(props["restApiId"])
    if node.resource.type == MAPPING:
        name = str(props["domainName"])
        return f"{name}/{props.get('basePath', '')}/{_id_of_domain(name)}"
    if node.resource.type == DOMAIN:
        of = f"/{_domain_id(node)}" if _types(props) == ["PRIVATE"] else ""
        return f"{props['domainName']}{of}"
    return own


def tell(answers: Answers, stack: Stack, stages: Stages | None = None) -> None:
    """All of them, an API of somebody else's, and whichever parts are said to be of."""
    apis = dict(_apis(stack))
    made = {
        api: [*theirs, *(one for one in _stages(stack, api, item) if not _among(one, theirs))]
        for api, item in apis.items() for theirs in [(stages or {}).get(api, ())]
    }  # fmt: skip
    answers.says("apigateway", "GetRestApis", lambda _: {
        "items": [{k: v for k, v in item.items() if k[0] != "_"} for item in apis.values()],
    })  # fmt: skip
    for operation, name in (("GetResources", "_resources"), ("GetAuthorizers", "_authorizers")):
        answers.says("apigateway", operation, lambda asked, name=name: {
            "items": apis[asked["restApiId"]][name],
        })  # fmt: skip
    answers.says("apigateway", "GetStages", lambda asked: {
        "item": [stage.said for stage in made[asked["restApiId"]]],
    })  # fmt: skip
    answers.says("apigateway", "GetDeployments", lambda asked: {
        "items": [{"id": real_id(node)} for node in stack.each(DEPLOYMENT)
                  if node.resource.props["restApi"] == asked["restApiId"]],
    })  # fmt: skip
    answers.says("apigateway", "GetExport", lambda asked: _exported(asked, made))
    _links(answers, stack)
    domains = [*map(_domain, stack.each(DOMAIN))]
    named = {str(node.resource.props["domainName"]) for node in stack.each(MAPPING)}
    for name in sorted(named - {domain["domainName"] for domain in domains}):
        domains.append({"domainName": name, "domainNameId": _id_of_domain(name)})  # of others
    answers.lists("apigateway", "GetDomainNames", "items", *domains)
    answers.says("apigateway", "GetBasePathMappings", lambda asked: {
        "items": [_mapping(node) for node in stack.each(MAPPING)
                  if node.resource.props["domainName"] == asked["domainName"]],
    })  # fmt: skip


def _links(answers: Answers, stack: Stack) -> None:
    """With the endpoint service that API Gateway has made behind each."""
    links = {real_id(node): node.resource for node in stack.each(LINK)}
    answers.lists("apigateway", "GetVpcLinks", "items", *(
        {"id": id_, "name": link.name, "targetArns": [link.props["targetArn"]],
         "status": "AVAILABLE", "statusMessage": "Your vpc link is ready for use", "tags": {}}
        for id_, link in links.items()
    ))  # fmt: skip
    services = [endpoint_service(link.props["targetArn"]) for link in links.values()]
    answers.lists("ec2", "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations",
                  *services)  # fmt: skip
    lets_in(answers)


def endpoint_service(balancer: str, name: str = "of-a-link") -> Item:
    """One as API Gateway makes it, or anybody else: EC2 tells of both alike."""
    return {"ServiceId": f"vpce-svc-{name}", "ServiceState": "Available",
            "ServiceType": [{"ServiceType": "Interface"}], "AcceptanceRequired": False,
            "ManagesVpcEndpoints": False, "NetworkLoadBalancerArns": [balancer],
            "Tags": []}  # fmt: skip


def lets_in(answers: Answers, *accounts: str) -> None:
    """Whom every endpoint service lets in."""
    answers.says("ec2", "DescribeVpcEndpointServicePermissions", lambda _: {"AllowedPrincipals": [
        {"Principal": f"arn:aws:iam::{account}:root", "PrincipalType": "Account"}
        for account in accounts or (OF_API_GATEWAY,)
    ]})  # fmt: skip


def _exported(asked: Mapping[str, Any], made: Stages) -> Item:
    assert asked["exportType"] == "oas30" and asked["parameters"] == _ASKED
    assert asked["accepts"] == "application/json"
    (stage,) = (s for s in made[asked["restApiId"]] if s.said["stageName"] == asked["stageName"])
    if stage.serves is None:
        raise Nothing("BadRequestException")
    return {
        "contentType": "application/json",
        "body": io.BytesIO(json.dumps(stage.serves).encode()),
    }


def stage(name: str = "live", serves: Item | None = None, **more: Any) -> Stage:
    return Stage({"stageName": name, "deploymentId": "d1", "variables": {}, **more}, serves)


def _stages(stack: Stack, api: str, told: Item) -> Iterator[Stage]:
    """Those of an API, which serve it as it is written."""
    for node in stack.each(STAGE):
        props = node.resource.props
        if props["restApi"] == api:
            kept = {k: v for k, v in props.items() if k not in ("restApi", "stageName")}
            kept["deploymentId"] = kept.pop("deployment")
            for canary in _canaries(stack, api):
                kept.setdefault("canarySettings", {**canary, "deploymentId": "d2"})
            yield stage(props["stageName"], exported(told), **kept)


def _canaries(stack: Stack, api: str) -> Iterator[Item]:
    """What deployments of an API were made as: it is their stage that has it since."""
    for node in stack.each(DEPLOYMENT):
        props = node.resource.props
        if props["restApi"] == api and "canarySettings" in props:
            yield props["canarySettings"]


def _among(one: Stage, stages: Sequence[Stage]) -> bool:
    return one.said["stageName"] in {other.said["stageName"] for other in stages}


def exported(api: Item) -> Item:
    """What AWS exports where an API is deployed as it is written."""
    paths: dict[str, Any] = {}
    for one in api["_resources"]:
        for method, of in one.get("resourceMethods", {}).items():
            said = {**of["methodIntegration"], "responses": {"default": {"statusCode": "200"}}}
            said = {k: v for k, v in said.items() if k != "timeoutInMillis"}
            for name in ("type", "passthroughBehavior"):
                said[name] = said[name].lower()
            if said.get("connectionType") == "INTERNET":
                del said["connectionType"]
            asked = {"x-amazon-apigateway-integration": said}
            paths.setdefault(one["path"], {})[method.lower()] = asked
    schemes = {
        one["name"]: {"type": "apiKey", "name": "Authorization", "in": "header",
                      "x-amazon-apigateway-authorizer": {**one, "type": one["type"].lower()}}
        for one in api["_authorizers"]
    }  # fmt: skip
    told: Item = {"openapi": "3.0.1", "info": {"title": "x", "version": "2026-11-30T00:00:00Z"},
                  "paths": paths, "components": {"securitySchemes": schemes}}  # fmt: skip
    if api.get("policy"):
        told["x-amazon-apigateway-policy"] = json.loads(api["policy"].replace('\\"', '"'))
    return told


def of_aws(stack: Stack, api: str) -> Item:
    """One API as AWS has it written."""
    return dict(_apis(stack))[api]


def _apis(stack: Stack) -> Iterator[tuple[str, Item]]:
    own = {real_id(node): node for node in stack.each(API)}
    named = {n.resource.props.get("restApi") for n in stack.each(*_PARTS)}
    named |= {n.resource.props["restApiId"] for n in stack.each(POLICY, PUT)}
    for api in sorted({*own, OF_OTHERS, *map(str, named)}):
        props = own[api].resource.props if api in own else {}
        body = _body_of(stack, api, props)
        policy = next((n.resource.props["policy"] for n in stack.each(POLICY)
                       if n.resource.props["restApiId"] == api), props.get("policy"))  # fmt: skip
        item: Item = {
            "id": api, "name": own[api].resource.name if api in own else "of-others",
            "endpointConfiguration": {"types": _types(props), "ipAddressType": "dualstack"},
            "apiKeySource": "HEADER", "disableExecuteApiEndpoint": False, "rootResourceId": "r0",
            "_resources": _resources(stack, api, body),
            "_authorizers": _authorizers(stack, api, body),
        }  # fmt: skip
        if policy is not None:
            item["policy"] = _stored(policy, api)
        yield api, item


def _types(props: Mapping[str, Any]) -> list[str]:
    """One; what is asked beside a body decides, and else it is everywhere's edge."""
    said = props.get("endpointConfiguration", {}).get("types", "EDGE")
    asked = props.get("parameters", {}).get("endpointConfigurationTypes")
    return [asked or said]


def _stored(policy: str, api: str) -> str:
    """Resources by their ARNs, and each quotation mark behind a backslash."""
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/"
    kept = json.dumps(json.loads(policy), separators=(",", ":")).replace("execute-api:/", arn)
    return kept.replace('"', '\\"')


def _body_of(stack: Stack, api: str, props: Mapping[str, Any]) -> Any:
    """The one that was put last."""
    put = [n for n in stack.each(PUT) if n.resource.props["restApiId"] == api]
    text = put[-1].resource.props["body"] if put else props.get("body", "{}")
    return json.loads(text)


def _resource(node: Node) -> str:
    return f"of-{node.resource.name}"


def _resources(stack: Stack, api: str, body: Any) -> list[Item]:
    found: list[Item] = [{"id": "r0", "path": "/"}]
    for node in stack.each(INTEGRATION):
        props = node.resource.props
        if props.get("restApi") == api:
            kept = {k: v for k, v in props.items() if k not in ("restApi", "integrationHttpMethod")}
            if "integrationHttpMethod" in props:
                kept["httpMethod"] = props["integrationHttpMethod"]
            found.append(_method(_resource(node), f"/{node.resource.name}", "GET", kept))
    for path, methods in body.get("paths", {}).items():
        for method, said in methods.items():
            asked = said["x-amazon-apigateway-integration"]
            found.append(_method(f"b{len(found)}", path, method.upper(), asked))
    return found


def _method(id_: str, path: str, method: str, said: Mapping[str, Any]) -> Item:
    asked = {**_OF_A_METHOD, **said, "type": said["type"].upper()}
    if asked["type"].startswith("HTTP"):
        asked.setdefault("connectionType", "INTERNET")
    return {"id": id_, "parentId": "r0", "pathPart": path.strip("/"), "path": path,
            "resourceMethods": {method: {"httpMethod": method, "authorizationType": "NONE",
                                         "methodIntegration": asked}}}  # fmt: skip


def _authorizers(stack: Stack, api: str, body: Any) -> list[Item]:
    found = [
        {"id": real_id(node), "name": node.resource.name, "authType": "custom",
         **{k: v for k, v in node.resource.props.items() if k != "restApi"}}
        for node in stack.each(AUTHORIZER) if node.resource.props["restApi"] == api
    ]  # fmt: skip
    for name, said in body.get("components", {}).get("securitySchemes", {}).items():
        asked = said["x-amazon-apigateway-authorizer"]
        found.append({"id": f"a{len(found)}", "name": name, "type": "REQUEST", **asked})
    return found


def _domain_id(node: Node) -> str:
    return _id_of_domain(str(node.resource.props["domainName"]))


def _id_of_domain(name: str) -> str:
    return f"id-of-{name.split('.')[0]}"


def _mapping(node: Node) -> Item:
    props = node.resource.props
    return {"basePath": props.get("basePath", "(none)"), "restApiId": props["restApi"],
            "stage": props.get("stageName", "live")}  # fmt: skip


def _domain(node: Node) -> Item:
    props = node.resource.props
    name, types = str(props["domainName"]), _types(props)
    told: Item = {
        "domainName": name, "domainNameArn": node.outputs()["arn"],
        "endpointConfiguration": {"types": types}, "domainNameStatus": "AVAILABLE",
    }  # fmt: skip
    if types == ["PRIVATE"]:
        told["domainNameId"] = _domain_id(node)
    if "policy" in props:
        told["policy"] = props["policy"].replace('"', '\\"')
    return told
