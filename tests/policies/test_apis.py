"""Private APIs: whose policies hold what, and what is no front."""

import json

import pytest

from tests.policies.analyzer import ACCOUNT, ORGANIZATION, broken
from tests.policies.mutations.apis import API, policy, written

PRIVATE = {"endpointConfiguration": {"types": "PRIVATE"}}
ENDPOINT = "vpce-0a1b2c3d4e5f60718"


@pytest.mark.parametrize("document", [
    written(policy(StringEquals={"aws:PrincipalOrgID": ORGANIZATION})),
    written(policy(StringEquals={"aws:VpceAccount": ACCOUNT})),
    written({**policy(), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}),
    None,  # which lets nobody in
    written(policy(StringEquals={"aws:SourceVpce": ENDPOINT})),
    written(policy(StringEquals={"aws:sourceVpc": ["vpc-0a1b2c3d4e5f60718"]})),
    written(policy(), policy("Deny", StringNotEquals={"aws:SourceVpce": ENDPOINT})),
    written(policy(), policy("Deny", StringNotEquals={"aws:VpceAccount": ACCOUNT})),
])  # fmt: skip
def test_a_policy_that_names_who_may_ask_breaks_no_rule_of_its_own(document):
    assert broken(API, {**PRIVATE, "policy": document}) <= {"CN-004"}


@pytest.mark.parametrize("denied", [
    {"Resource": "execute-api:/stage/*"},
    {"Action": "execute-api:ManageConnections"},
    {"Principal": {"AWS": ACCOUNT}},
    {"Condition": {"StringEquals": {"aws:SourceVpce": ENDPOINT}}},
    {"Condition": {
        "StringNotEquals": {"aws:SourceVpce": ENDPOINT},
        "Bool": {"aws:SecureTransport": "false"},
    }},
])  # fmt: skip
def test_a_denial_of_less_than_is_allowed_holds_nothing(denied):
    refused = policy("Deny", StringNotEquals={"aws:SourceVpce": ENDPOINT})
    document = written(policy(), {**refused, **denied})
    assert broken(API, {**PRIVATE, "policy": document}) == {"CN-256"}


def test_a_body_is_read_at_any_depth_and_shown_by_its_number():
    step = {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "https://x"}}
    body = {"paths": {"/": {"get": {}}, "/x": {"x-amazon-apigateway-any-method": step}}}
    assert broken(API, {**PRIVATE, "body": json.dumps(body)}) == {"CN-255"}
    assert broken(API, {**PRIVATE, "body": json.dumps({"paths": {"/": {"get": {}}}})}) == set()


def test_a_key_that_a_body_says_twice_is_not_passed_over():
    """Python keeps the last one, and AWS may keep the first."""
    out = '{"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "https://x"}}'
    twice = f'{{"paths": {{"/": {{"get": {out}, "get": {{}}}}}}}}'
    assert broken(API, {**PRIVATE, "body": twice}) == {"CN-255"}
