"""Policies of functions as permissions, and what no permission stands for."""

import json
from typing import Any

import pytest

from automation.described.function_policies import is_whole, permissions

SAID = {
    "Sid": "topic", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:r:1:function:f",
    "Condition": {
        "ArnLike": {"AWS:SourceArn": "arn:aws:sns:r:1:t"},
        "StringEquals": {"AWS:SourceAccount": "1", "aws:PrincipalOrgID": "o-1",
                         "lambda:FunctionUrlAuthType": "NONE"},
    },
}  # fmt: skip


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_permission_is_told_with_its_conditions():
    (found,) = permissions(policy(SAID))
    assert found == {
        "statementId": "topic", "principal": "sns.amazonaws.com", "sourceAccount": "1",
        "action": "lambda:InvokeFunction", "sourceArn": "arn:aws:sns:r:1:t",
        "organizationId": "o-1", "functionUrlAuthType": "NONE",
    }  # fmt: skip
    assert not is_whole(policy(SAID)) and permissions(None) == [] and not is_whole(None)


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": "arn:aws:iam::1:root"}])
def test_a_principal_is_told_however_it_is_written(principal):
    (found,) = permissions(policy({**SAID, "Principal": principal}))
    assert found["principal"] == (principal if principal == "*" else principal["AWS"])


@pytest.mark.parametrize(
    "other",
    [
        {"Effect": "Deny"},
        {"Principal": {"AWS": ["1", "2"]}},
        {"Principal": {"Federated": "x"}},
        {"Principal": None},
        {"Action": ["lambda:InvokeFunction"]},
        {"NotAction": "lambda:GetFunction"},
        {"Condition": {"StringLike": {"AWS:SourceArn": "*"}}},
        {"Condition": {"ArnLike": {"AWS:SourceArn": ["a", "b"]}}},
        {"Condition": {"ArnLikeIfExists": {"AWS:SourceArn": "a"}}},
        {"Condition": ["x"]},
        {"Sid": None},
    ],
)
def test_what_is_no_permission_makes_the_policy_told_as_a_whole(other):
    """Each beside one that is: that is told as one all the same."""
    text = policy(SAID, {**SAID, **other})
    assert is_whole(text) and [one["statementId"] for one in permissions(text)] == ["topic"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Statement": "x"}', '{"Statement": [1]}'])
def test_a_document_of_another_form_is_told_as_a_whole(text):
    assert is_whole(text) and permissions(text) == []
