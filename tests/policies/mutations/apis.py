"""Private APIs of API Gateway beside a cluster: who may ask them, and what they hand on. Somebody
answers for the link by which one reaches a load balancer.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.functions import placed
from tests.policies.mutations.mutation import ABSENT, Change, each_opens, made_with, opens
from tests.policies.mutations.parts import ENDPOINT, cluster_subnets, connection
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack, arn_of

API: Final = "aws:apigateway/restApi:RestApi"
INTEGRATION: Final = "aws:apigateway/integration:Integration"
AUTHORIZER: Final = "aws:apigateway/authorizer:Authorizer"
LINK: Final = "aws:apigateway/vpcLink:VpcLink"
DOMAIN: Final = "aws:apigateway/domainName:DomainName"
POLICY: Final = "aws:apigateway/restApiPolicy:RestApiPolicy"
PUT: Final = "aws:apigateway/restApiPut:RestApiPut"
DEPLOYMENT: Final = "aws:apigateway/deployment:Deployment"
STAGE: Final = "aws:apigateway/stage:Stage"
PARTS: Final = (DEPLOYMENT, "aws:apigateway/method:Method", STAGE)
MAPPING: Final = "aws:apigateway/basePathMapping:BasePathMapping"
OF_API_GATEWAY: Final = "987654321098"  # an account of its own
_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_PRIVATE: Final = {"types": "PRIVATE"}
_CALLED: Final = f"arn:aws:apigateway:{REGION}:"
_FUNCTION: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:of-others"
_BALANCER_OF_OTHERS: Final = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/x"
_OTHER_VPC: Final = "vpc-0123456789abcdef0"


def _invoking(function: str, region: str = REGION) -> str:
    called = f"path/2015-03-31/functions/{function}/invocations"
    return f"arn:aws:apigateway:{region}:lambda:{called}"


def _body(**integration: Any) -> str:
    asked = {"x-amazon-apigateway-integration": integration}
    return json.dumps({"openapi": "3.0.1", "paths": {"/x": {"get": asked}}})


def _queued(account: str, header: str = "Content-Type", told: str = "MessageBody") -> str:
    return _body(
        type="aws", uri=f"{_CALLED}sqs:path/{account}/orders",
        requestParameters={f"integration.request.header.{header}": "'application/x'"},
        requestTemplates={"application/json": f"Action=SendMessage&{told}=$input.body"},
    )  # fmt: skip


def policy(effect: str = "Allow", /, **condition: Any) -> dict[str, Any]:
    return {
        "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*", **({"Condition": condition} if condition else {}),
    }  # fmt: skip


def written(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _text(stack: Stack, node: Node, key: str, text: str, of: Node) -> Node:
    """A node with a text that another one's ARN or id is filled into, known in an update only."""
    made = stack.edited(node, {key: text if stack.known else UNKNOWN})
    sources = {**made.sources, key: frozenset({of.resource.urn})}
    return Node(made.resource, sources, made.outputs)


def apis(stack: Stack) -> list[Node]:
    """One API that asks a load balancer by a link and a function who may, and one with a body."""
    endpoint = stack.first(ENDPOINT)
    vpce = str(endpoint.outputs()["id"])
    group, function = placed(stack, cluster_subnets(stack)[0])
    inside = {"subnets": [Of(n) for n in cluster_subnets(stack)], "internal": True}
    called = {"id": arn_of(_BALANCER, "orders")} if stack.known else {}
    network = {**inside, "loadBalancerType": "network"}
    balancer = stack.makes(_BALANCER, "orders", network, **called)
    link = stack.makes(LINK, "orders", {"targetArn": Of(balancer, "arn")})
    api = stack.makes(API, "orders", {"endpointConfiguration": _PRIVATE})
    allowed = written(policy(), policy("Deny", StringNotEquals={"aws:SourceVpce": vpce}))
    api = _text(stack, api, "policy", allowed, endpoint)
    reports = {"endpointConfiguration": _PRIVATE, "body": _queued(ACCOUNT)}
    other = stack.makes(API, "reports", reports)
    held = stack.makes(POLICY, "reports", {"restApiId": Of(other)})
    allowed = written(policy(StringEquals={"aws:SourceVpce": [vpce]}))
    asks = stack.makes(AUTHORIZER, "orders", {"restApi": Of(api), "type": "TOKEN"})
    uri = _invoking(str(function.outputs()["arn"]))
    domain = {"domainName": "orders.corp.internal", "endpointConfiguration": _PRIVATE}
    name = stack.makes(DOMAIN, "orders", domain)
    deployed = [stack.makes(DEPLOYMENT, n.resource.name, {"restApi": Of(n)}) for n in (api, other)]
    return [
        group, function, balancer, link, api, other,
        _text(stack, held, "policy", allowed, endpoint),
        _text(stack, asks, "authorizerUri", uri, function),
        stack.makes(INTEGRATION, "orders", {
            "restApi": Of(api), "type": "HTTP_PROXY", "uri": "https://orders.corp.internal/x",
            "connectionType": "VPC_LINK", "connectionId": Of(link),
        }),
        stack.makes(INTEGRATION, "nothing", {"restApi": Of(api), "type": "MOCK"}), name,
        stack.makes(MAPPING, "orders", {"restApi": Of(api), "domainName": Of(name, "domainName")}),
        *deployed, stack.makes("aws:apigateway/method:Method", "orders", {"restApi": Of(api)}),
        *(
            stack.makes(STAGE, of.resource.name, {
                "restApi": Of(of), "deployment": Of(as_), "stageName": "live",
            })
            for of, as_ in zip((api, other), deployed, strict=True)
        ),
        stack.makes(PUT, "reports", {"restApiId": Of(other), "body": _queued(ACCOUNT)}),
    ]  # fmt: skip


def answered(stack: Stack) -> Stack:
    """With an answer for the link: that it is there, and whom its endpoint service lets in."""
    named = replace(connection("orders"), accounts=frozenset({OF_API_GATEWAY}))
    return stack.declaring(connections=(*stack.boundary.connections, named))


def designed(stack: Stack) -> Stack:
    return answered(stack).having(*apis(stack))


def _opened(type_: str, path: str, value: Any) -> Change:
    change = made_with(apis, type_, path, value)
    return lambda stack: change(answered(stack))


def _named(**changed: Any) -> Change:
    """The connection that names the link says something else."""

    def change(stack: Stack) -> Iterator[Stack]:
        *others, named = answered(stack).boundary.connections
        now = (*others, replace(named, **changed))
        yield stack.having(*apis(stack)).declaring(connections=now)

    return change


MUTATIONS = (
    opens("a private API that calls over the internet", "CN-255",
          _opened(INTEGRATION, "connectionType", "INTERNET")),
    opens("a private API that every VPC may ask", "CN-256",
          _opened(API, "policy", written(policy()))),
)  # fmt: skip
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-015", API, "endpointConfiguration.types", "REGIONAL"),
    ("CN-015", API, "endpointConfiguration", ABSENT),
    ("CN-015", API, "endpointConfiguration.types", UNKNOWN),
    ("CN-015", API, "parameters", {"endpointConfigurationTypes": "EDGE"}),
    ("CN-015", DOMAIN, "endpointConfiguration.types", "EDGE"),
    ("CN-255", INTEGRATION, "connectionType", ABSENT),
    ("CN-255 CN-004", INTEGRATION, "connectionId", "${stageVariables.link}"),
    ("CN-255", INTEGRATION, "type", "AWS"),
    ("CN-255", INTEGRATION, "type", ABSENT),
    ("CN-255", INTEGRATION, "credentials", f"arn:aws:iam::{FOREIGN}:role/x"),
    ("CN-255 CN-004", AUTHORIZER, "authorizerUri", _invoking(_FUNCTION.replace(ACCOUNT, FOREIGN))),
    ("CN-255 CN-004", AUTHORIZER, "authorizerUri", _invoking(_FUNCTION, "us-east-1")),
    ("CN-255", AUTHORIZER, "authorizerUri", "https://login.example"),
    ("CN-255", AUTHORIZER, "type", "JWT"),
    ("CN-255", PUT, "parameters", {"endpointConfigurationTypes": "EDGE"}),
    ("CN-255", STAGE, "canarySettings", {"deploymentId": "d2", "percentTraffic": 0.5}),
    ("CN-255", STAGE, "canarySettings", UNKNOWN),
    ("CN-255", DEPLOYMENT, "canarySettings", {"percentTraffic": 0.5}),
    ("CN-136", STAGE, "accessLogSettings.destinationArn",
     f"arn:aws:logs:{REGION}:{FOREIGN}:log-group:x"),
    ("CN-255", API, "body", "{"),
    ("CN-255", API, "body", _queued(FOREIGN)),
    ("CN-255", API, "body", _queued(ACCOUNT, header="X-Amz-Target")),
    ("CN-255", API, "body", _queued(ACCOUNT, told="QueueUrl")),
    ("CN-255", API, "body", _body(type="http", uri="https://x.example")),
    ("CN-255", API, "body", _body(type="aws", uri=f"{_CALLED}s3:path/x/y")),
    ("CN-255", API, "body", _body(type="aws", uri=f"{_CALLED}x.execute-api:path/x")),
    ("CN-255", API, "body", json.dumps({"x-amazon-apigateway-policy": {}})),
    ("CN-255", API, "body", json.dumps({"components": {"securitySchemes": {"a": {
        "x-amazon-apigateway-authorizer": {"authorizerUri": "https://x"}}}}})),
    ("CN-255", API, "body", json.dumps({"components": {"securitySchemes": {"a": {
        "x-amazon-apigateway-authorizer": {"type": "jwt", "jwtConfiguration": {
            "issuers": [{"issuer": "https://login.example"}]}}}}}})),
    ("CN-004", API, "body", _body(type="aws_proxy", uri=_invoking(_FUNCTION))),
    ("CN-004", LINK, "targetArn", _BALANCER_OF_OTHERS),
    ("CN-004", INTEGRATION, "connectionId", "a1b2c3"),
    ("CN-004", INTEGRATION, "integrationTarget", _BALANCER_OF_OTHERS),
    ("CN-004", INTEGRATION, "restApi", "a1b2c3d4e5"),
    ("CN-004", POLICY, "restApiId", "a1b2c3d4e5"),
    *(("CN-004", type_, "restApi", "a1b2c3d4e5") for type_ in PARTS),
    ("CN-004", MAPPING, "domainName", "of-others.corp.internal"),
    ("CN-004", API, "policy", written(policy(StringEquals={"aws:SourceVpc": _OTHER_VPC}))),
    ("CN-256", POLICY, "policy", written(policy())),
    ("CN-256", DOMAIN, "policy", written(policy())),
    ("CN-256", API, "policy", "{"),
    ("CN-256", API, "policy", written(policy(StringLike={"aws:SourceVpce": "vpce-*"}))),
    ("CN-256", API, "policy", written(policy(StringEqualsIfExists={"aws:SourceVpce": "*"}))),
    ("CN-256", API, "policy", written(policy(IpAddress={"aws:VpcSourceIp": "10.0.0.0/8"}))),
    ("CN-256", API, "policy", written(
        policy(), policy("Deny", StringNotLike={"aws:SourceVpce": "vpce-*"}))),
    ("CN-256", API, "policy", written({**policy(), "Principal": {"AWS": FOREIGN}})),
)  # fmt: skip
FURTHER: Final = (
    *each_opens(_FURTHER, _opened),
    opens("a VPC link that no connection names", "CN-025 CN-159", _named(name="others")),
    opens("a VPC link that lets in whom nobody names", "CN-159",
          _named(cidrs=connection("orders", "10.99.0.0/24").cidrs, accounts=frozenset())),
)  # fmt: skip
