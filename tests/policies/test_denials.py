"""An allowance for everybody beside a denial that closes it; the solver says the same of each."""

from typing import Any

import pytest

from iam.perimeter import endpoint_reaches_outside, resource_admits_outside
from iam.requests import Closed
from rules.boundary_reader import parse_boundary
from tests.policies.analyzer import (
    ACCOUNT,
    CONFIG,
    FOREIGN,
    FOREIGN_ORGANIZATION,
    ORGANIZATION,
    TODAY,
    broken,
)
from tests.policies.cases import document, statement

BOUNDARY = parse_boundary(CONFIG, TODAY)
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ARN = "arn:aws:s3:::own"
ANY = statement(Condition={}, Action="s3:*", Resource=[ARN, f"{ARN}/*"])
UNLESS_OWN = {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}


def denial(**changes: Any) -> dict[str, Any]:
    given = {**ANY, "Effect": "Deny", "Condition": UNLESS_OWN, **changes}
    return {key: value for key, value in given.items() if value is not None}


def verdicts(*statements: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the rule lets a bucket's policy pass, and whether the solver does."""
    policy = document(*statements)
    passes = "CN-131" not in broken(BUCKET_POLICY, {"bucket": "own", "policy": policy})
    return passes, resource_admits_outside(policy, BOUNDARY, "bucket", ARN) == Closed()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Action": "*", "Resource": "*"},
        {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": [ACCOUNT]}}},
        {"Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}},
        {"Condition": {"StringNotLike": {"aws:PrincipalOrgID": ORGANIZATION}}},
        {"Principal": {"AWS": "*"}},
    ],
)
def test_a_denial_of_all_that_is_not_own_closes_an_allowance(changes):
    assert verdicts(ANY) == (False, False)
    assert verdicts(ANY, denial(**changes)) == verdicts(denial(**changes), ANY) == (True, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"Action": "s3:GetObject"},
        {"Resource": f"{ARN}/*"},
        {"Principal": {"AWS": FOREIGN}},
        {"Action": "*", "Resource": None, "NotResource": f"{ARN}/*"},
        {"Action": None, "NotAction": "s3:GetObject"},
        {"Principal": None, "NotPrincipal": {"AWS": f"arn:aws:iam::{FOREIGN}:root"}},
        {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": FOREIGN_ORGANIZATION}}},
        {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": [ACCOUNT, FOREIGN]}}},
        {"Condition": {"StringNotLike": {"aws:PrincipalOrgID": "o-*"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}},
        {"Condition": {**UNLESS_OWN, "Bool": {"aws:SecureTransport": "false"}}},
        {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION, "s3:prefix": "a"}}},
        {"Condition": {"ForAnyValue:StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}},
        {"Condition": {"StringNotEquals": {"aws:PrincipalTag/org": ORGANIZATION}}},
        {"Effect": "Allow"},
    ],
)
def test_a_denial_of_less_does_not(changes):
    passes, closed = verdicts(ANY, denial(**changes))
    assert not passes and not closed


def test_whoever_names_somebody_outside_is_told_of_it_all_the_same():
    passes, closed = verdicts({**ANY, "Principal": {"AWS": FOREIGN}}, denial())
    assert closed and not passes


def test_an_endpoint_is_held_by_denials_of_both_sides():
    of_resources = {"StringNotEquals": {"aws:ResourceOrgID": ORGANIZATION}}
    every = {"Action": "*", "Resource": "*"}
    callers, resources = denial(**every), denial(**every, Condition=of_resources)
    allowance = statement(Condition={})
    for given, rules, closed in (
        ((allowance,), {"CN-085", "CN-086"}, False),
        ((allowance, callers), {"CN-086"}, False),
        ((allowance, resources), {"CN-085"}, False),
        ((allowance, callers, resources), set(), True),
    ):
        policy = document(*given)
        found = broken(ENDPOINT, {"serviceName": "com.amazonaws.eu-west-1.s3", "policy": policy})
        assert found & {"CN-085", "CN-086"} == rules
        assert (endpoint_reaches_outside(policy, BOUNDARY, "s3", "eu-west-1") == Closed()) is closed


def test_whoever_names_a_resource_outside_is_told_of_it_all_the_same():
    of_resources = {"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}}
    kept_out = denial(Action="*", Resource="*", Condition=of_resources)
    held = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    for account, rules in ((ACCOUNT, set()), ("", set()), (FOREIGN, {"CN-086"})):
        named = statement(Condition=held, Resource=f"arn:aws:s3:eu-west-1:{account}:accesspoint/a")
        policy = document(named, kept_out)
        found = broken(ENDPOINT, {"serviceName": "com.amazonaws.eu-west-1.s3", "policy": policy})
        assert found & {"CN-085", "CN-086"} == rules, account
        assert endpoint_reaches_outside(policy, BOUNDARY, "s3", "eu-west-1") == Closed()


def test_services_that_a_denial_lets_off_are_aws_itself():
    """As AWS's own examples of perimeters have it."""
    spared = {**UNLESS_OWN, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    passes, closed = verdicts(ANY, denial(Condition=spared))
    assert passes and not closed  # for whom they act, the solver asks
