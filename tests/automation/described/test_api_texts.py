"""Bodies, policies and exports of APIs of API Gateway by themselves, as AWS tells them."""

import json
import sys
from dataclasses import replace

import pytest
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_TEXT

from automation.described.api_parts import blocks, form
from automation.described.bodies import Bodies
from automation.described.paths import at
from automation.described.records import Records
from automation.described.resources import resources_of
from automation.state import Resource
from tests.policies.mutations import apis as of_apis

PART = {"path": "/a", "httpMethod": "GET"}  # where a method stands


def recorded(type_, body):
    inputs = {"body": json.dumps(body) if isinstance(body, dict) else body, "restApiId": "a"}
    return Resource(f"urn:{type_}", type_, "x", "a", inputs, {})


def body(*uris):
    """A body that calls each of these."""
    return {"openapi": "3.0.1", "paths": {
        f"/{uri}": {"get": {"x-amazon-apigateway-integration": {"type": "aws", "uri": uri}}}
        for uri in uris
    }}  # fmt: skip


def told(bodies, record):
    """What a record is told to call."""
    found = json.loads(bodies.found(record)["body"])["paths"]
    blocks = (of["x-amazon-apigateway-integration"] for path in found.values()
              for of in path.values())  # fmt: skip
    return {block["uri"] for block in blocks}


def test_what_two_bodies_of_one_api_say_is_told_where_it_stands():
    """And what neither says in both, so that it is missed in none."""
    own, put = recorded(of_apis.API, body("a", "b")), recorded(of_apis.PUT, body("b", "c"))
    bodies = Bodies([own, put])
    for uri in ("a", "b", "c", "d"):
        inputs = {"restApi": "a", "type": "AWS", "uri": uri}
        part = {"path": f"/{uri}", "httpMethod": "GET"}
        assert bodies.takes(of_apis.INTEGRATION, part, inputs)
    assert told(bodies, own) == {"a", "b", "d"} and told(bodies, put) == {"b", "c", "d"}
    assert not bodies.takes(of_apis.INTEGRATION, part, {**inputs, "restApi": "b"})


def test_what_is_no_longer_there_of_a_body_is_not_told():
    own = recorded(of_apis.API, {**body("a", "b"), "x-amazon-apigateway-policy": {}})
    bodies = Bodies([own])
    bodies.takes(of_apis.INTEGRATION, PART, {"restApi": "a", "type": "AWS", "uri": "a"})
    assert told(bodies, own) == {"a"}
    assert "x-amazon-apigateway-policy" in bodies.found(own)["body"]  # which a rule asks about


DEEP = '{"a":' * 100_000


def test_a_text_that_is_too_deep_to_be_read_names_nothing():
    model = recorded("aws:apigateway/model:Model", "x")
    model = replace(model, inputs={"schema": DEEP})
    (told,) = resources_of({}, Records([model])).resources
    assert told["inputs"] == {"schema": DEEP} and told["sources"] == {}


@pytest.mark.parametrize(("begin", "end"), [('{"a":', "}"), ("[", "]")])
def test_a_body_of_any_depth_breaks_nothing_down(begin, end):
    """Neither a recorded nor an exported one, nor a policy: each is read, or none that can be."""
    for depth in range(sys.getrecursionlimit() - 300, sys.getrecursionlimit()):
        text = f'{{"a":{begin * depth}1{end * depth}}}'
        served = {"_of": {"policy": text}, "_export": [at("exported(@)", text.encode())]}
        assert at("served_body(@)", served) in (None, UNKNOWN_TEXT)
        assert at("served_policy(@)", served) == UNKNOWN_TEXT
        own = recorded(of_apis.API, text)
        assert Bodies([own]).found(own) == {"body": text}


@pytest.mark.parametrize("text", ["openapi: 3.0.1", '{"paths": {}, "paths": {}}', DEEP])
def test_a_body_that_no_rule_can_read_is_told_as_it_is_recorded(text):
    """It is found by that, and what AWS has made of it is told by itself, or in a readable one."""
    own, put = recorded(of_apis.API, text), recorded(of_apis.PUT, body("b"))
    asked = {"restApi": "a", "type": "AWS", "uri": "a"}
    assert not Bodies([own]).takes(of_apis.INTEGRATION, PART, asked)
    assert Bodies([own]).found(own) == {"body": text}
    bodies = Bodies([own, put])
    assert bodies.takes(of_apis.INTEGRATION, PART, asked)
    assert bodies.found(own) == {"body": text} and told(bodies, put) == {"a"}


def test_a_body_that_nobody_knows_is_told_as_aws_has_it():
    own = recorded(of_apis.API, UNKNOWN_TEXT)
    bodies = Bodies([own])
    bodies.takes(of_apis.INTEGRATION, PART, {"restApi": "a", "type": "AWS", "uri": "a"})
    assert told(bodies, own) == {"a"}


def test_an_authorizer_that_takes_tokens_asks_their_issuer():
    """For its keys, and over the internet."""
    jwt = {"issuers": [{"issuer": "https://x.example"}]}
    (found,) = at("authorizers(@)", [{"id": "a", "type": "JWT", "jwtConfiguration": jwt}])
    assert found["authorizerUri"] == "https://x.example"
    jwt["issuers"][0]["jwksUri"] = "https://keys.example"
    (found,) = at("authorizers(@)", [{"id": "a", "type": "JWT", "jwtConfiguration": jwt}])
    assert found["authorizerUri"] == "https://keys.example"


@pytest.mark.parametrize("policy", [
    '{"a": "b\\/c"}', '{\\"a\\": \\"b\\/c\\"}', '{\n\t\\"a\\": \\"b\\/c\\"\n}',
    '{\\n\\t\\"a\\": \\"b\\/c\\"\\n}',
])  # fmt: skip
def test_a_policy_is_read_with_its_backslashes_or_without(policy):
    assert json.loads(at("unescaped(@)", policy)) == {"a": "b/c"}
    assert at("unescaped(@)", "") is at("unescaped(@)", None) is None


@pytest.mark.parametrize("body", [None, b"", b"openapi: 3.0.1", b"[]", DEEP.encode()])
def test_an_export_that_cannot_be_read_says_nothing(body):
    assert at("exported(@)", body) is None


def test_user_pools_are_the_same_in_any_order():
    pools = ["arn:aws:cognito-idp:a", "arn:aws:cognito-idp:b"]
    (told,) = at("authorizers(@)", [{"id": "a", "providerARNs": pools}])
    assert told["providerArns"] == pools
    same = form(of_apis.AUTHORIZER, {"providerARNs": pools[::-1], "type": "cognito_user_pools"})
    assert same == form(of_apis.AUTHORIZER, {"providerARNs": pools, "authorizerUri": ""})


def test_an_integration_that_says_nothing_is_one_all_the_same():
    """A rule finds that it is of no type."""
    said = {"paths": [{"get": {"x-amazon-apigateway-integration": "$ref"}}]}
    assert list(blocks(said)) == [(of_apis.INTEGRATION, {})]
