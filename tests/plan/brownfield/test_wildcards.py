"""Wildcards and conditions that look as if they held to the own, and let others pass."""

from typing import Any

import pytest

from plan.brownfield.policies import open_statements
from plan.brownfield.principals import strangers
from plan.endpoint_policies import Boundary
from tests.plan.samples import ACCOUNT
from tests.spec.stack_files import stack

BOUNDARY = Boundary(stack({}).boundary, ACCOUNT)
GITHUB, EKS = "token.actions.githubusercontent.com", "oidc.eks.eu-central-1.amazonaws.com/id/A1"


def trusted(issuer: str, condition: dict[str, Any]) -> bool:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Condition": condition}
    return not strangers(statement, BOUNDARY)


@pytest.mark.parametrize(
    ("issuer", "condition"),
    [
        (GITHUB, {"StringEquals": {f"{GITHUB}:sub": "repo:bank/infra:ref:refs/heads/main"}}),
        (GITHUB, {"StringLike": {f"{GITHUB}:SUB": "repo:bank/infra:*"}}),
        (EKS, {"StringLike": {f"{EKS}:sub": "system:serviceaccount:payments:*"}}),
    ],
)
def test_subjects_of_one_repository_or_namespace_are_trusted(issuer, condition):
    assert trusted(issuer, condition)


@pytest.mark.parametrize(
    "value",
    ["*", "**", "*:*", "?*", "repo:*", "repo:bank/*", "repo:bank*/infra:*", "repo:bank/infra*",
     "system:serviceaccount:*", "system:serviceaccount:pay*:*"],
)  # fmt: skip
def test_a_subject_that_may_be_anybodys_is_not_trusted(value):
    assert not trusted(GITHUB, {"StringLike": {f"{GITHUB}:sub": value}})
    both = ["repo:bank/infra:*", value]
    assert not trusted(GITHUB, {"StringLike": {f"{GITHUB}:sub": both}})


def test_the_subject_of_another_issuer_or_an_operator_for_arns_holds_nobody():
    assert not trusted(GITHUB, {"StringEquals": {f"{EKS}:sub": "repo:bank/infra:x"}})
    assert not trusted(GITHUB, {"ArnLike": {f"{GITHUB}:sub": "repo:bank/infra:x"}})


@pytest.mark.parametrize(
    "arn",
    [f"arn:aws:*:*:{ACCOUNT}:*", f"arn:*::x:{ACCOUNT}:*", f"arn:aws:iam:?:{ACCOUNT}:role/x",
     f"arn:aws:iam:${{aws:x}}:{ACCOUNT}:role/x"],
)  # fmt: skip
def test_a_wildcard_before_the_account_may_stand_for_another(arn):
    sound = f"arn:aws:iam::{ACCOUNT}:role/*"
    held = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*"}
    for own, used in ((True, sound), (False, arn)):
        resources = {"Statement": [{**allow, "Resource": used, "Condition": held}]}
        assert (open_statements(resources, {}, BOUNDARY) == []) is own
        callers = {**allow, "Condition": {"ArnLike": {"aws:PrincipalArn": used}}}
        assert (strangers(callers, BOUNDARY) == []) is own


def test_a_key_that_is_written_twice_hides_no_foreign_account():
    twice = {"AWS:PrincipalAccount": "999999999999", "aws:PrincipalAccount": ACCOUNT}
    allow = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "*", "Resource": "*"}
    held = {**allow, "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}
    assert strangers(held, BOUNDARY) == []
    assert strangers({**allow, "Condition": {"StringEquals": twice}}, BOUNDARY) == ["*"]
