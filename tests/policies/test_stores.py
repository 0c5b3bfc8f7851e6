"""By which ways a bucket or repository is read, as its policy says (CN-180)."""

from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from tests.policies.analyzer import ACCOUNT, FOREIGN, ORGANIZATION, broken
from tests.policies.cases import (
    ABSENT,
    BUCKET_POLICY,
    REPOSITORY_POLICY,
    by_endpoint,
    document,
)

OWN = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"}
READERS = {"Effect": "Allow", "Principal": OWN, "Action": "*", "Resource": "*"}
VPCE, VPC = "vpce-0a1b2c3d4e5f60718", "vpc-0a1b2c3d4e5f60718"
BOUND = [  # conditions that every request by another way meets
    {"StringNotEquals": {"aws:SourceVpce": [VPCE, "vpce-0a1b2c3d"]}},
    {"StringNotEqualsIfExists": {"aws:SourceVpc": VPC}},
    {"StringNotEquals": {"aws:VpceAccount": ACCOUNT}},
    {"StringNotEquals": {"AWS:vpceOrgId": ORGANIZATION}},
]
NOT_BOUND = [
    ABSENT,  # nobody reads then; but what is meant was not said
    {"Null": {"aws:SourceVpce": "false"}},
    {"Null": {"aws:SourceIp": "true"}},
    {"StringEquals": {"aws:SourceVpce": VPCE}},
    {"StringNotLike": {"aws:SourceVpce": "vpce-*"}},
    {"StringNotEquals": {"aws:SourceVpce": []}},
    {"StringNotEquals": {"aws:SourceVpce": UNKNOWN_VALUE}},
    # A variable is compared with itself, and so never differs.
    {"StringNotEquals": {"aws:SourceVpce": "${aws:SourceVpce}"}},
    {"StringNotEquals": {"aws:SourceVpce": [VPCE, "${aws:SourceVpce}"]}},
    {"StringNotEqualsIfExists": {"aws:SourceVpc": "${aws:SourceVpc}"}},
    {"StringNotEquals": {"aws:SourceVpc": "${aws:SourceVpc, 'vpc-0a1b2c3d4e5f60718'}"}},
    {"StringNotEquals": {"aws:SourceVpce": VPC}},
    {"StringNotEquals": {"aws:SourceVpc": VPCE}},
    {"StringNotEquals": {"aws:VpceAccount": "${aws:VpceAccount}"}},
    {"StringNotEquals": {"aws:VpceAccount": [ACCOUNT, FOREIGN]}},
    {"StringNotEquals": {"aws:VpceOrgID": "o-zzzzzzzzzz"}},
    {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
    # Both must be met, so that either opens a way around the other.
    {"StringNotEquals": {"aws:SourceVpce": VPCE, "aws:SourceVpc": VPC}},
    {"StringNotEquals": {"aws:SourceVpce": VPCE}, "Bool": {"aws:ViaAWSService": "false"}},
    # What cannot be read is one more.
    {"StringNotEquals": {"aws:SourceVpce": VPCE}, "Bool": UNKNOWN_VALUE},
    {"StringNotEquals": {"aws:SourceVpce": VPCE}, "Bool": [{"aws:ViaAWSService": "false"}]},
    {"StringNotEquals": {"aws:SourceVpce": VPCE}, "Bool": None},
]


def judged(typ: str, *statements: dict[str, Any]) -> set[str]:
    """The rules that a policy of these statements breaks; a repository's names no resource."""
    left_out = {"Resource"} if typ == REPOSITORY_POLICY else set()
    held = [{k: v for k, v in s.items() if k not in left_out} for s in statements]
    return broken(typ, {"policy": {"Version": "2012-10-17", "Statement": held}})


both = pytest.mark.parametrize("typ", [BUCKET_POLICY, REPOSITORY_POLICY])


@both
@pytest.mark.parametrize("condition", BOUND)
def test_a_store_that_is_read_through_endpoints_only_passes(typ, condition):
    assert judged(typ, by_endpoint(Condition=condition), READERS) == set()


@both
@pytest.mark.parametrize("condition", NOT_BOUND)
def test_a_condition_that_leaves_another_way_is_found(typ, condition):
    assert judged(typ, by_endpoint(Condition=condition), READERS) == {"CN-180"}


NOBODYS = [{"Null": {"aws:SourceVpce": "true"}}, {"Null": {"aws:SourceVpc": True}}]


@pytest.mark.parametrize("condition", NOBODYS)
@pytest.mark.parametrize(
    ("typ", "resource", "rules"),
    [
        (REPOSITORY_POLICY, ABSENT, set()),
        (BUCKET_POLICY, "arn:aws-cn:s3:::material/*", set()),
        (BUCKET_POLICY, "arn:aws-us-gov:s3:::material/*", set()),
        (BUCKET_POLICY, "arn:aws:s3:::material/*", {"CN-180"}),
        (BUCKET_POLICY, "arn:*:s3:::material/*", {"CN-180"}),
        (BUCKET_POLICY, ["arn:aws-cn:s3:::material/*", "arn:aws:s3:::material/*"], {"CN-180"}),
        (BUCKET_POLICY, ["arn:aws-cn:s3:::material/*", UNKNOWN_VALUE], {"CN-180"}),
        (BUCKET_POLICY, "*", {"CN-180"}),
    ],
)
def test_endpoints_of_anybody_pass_only_where_their_owner_is_not_told(
    condition, typ, resource, rules
):
    assert judged(typ, by_endpoint(Condition=condition, Resource=resource), READERS) == rules


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Allow", "Principal": OWN},
        {"Principal": OWN},
        {"Principal": {"AWS": OWN["AWS"]}},
        {"Action": "s3:GetObject"},  # its versions are read by another action
        {"Action": ABSENT, "NotAction": "s3:PutObject"},
        {"Resource": "arn:aws:s3:::material/public/*"},
        {"Resource": "arn:aws:s3:::material"},
        {"Resource": ABSENT, "NotResource": "arn:aws:s3:::material/x"},
    ],
)
def test_a_deny_that_leaves_something_out_is_found(change):
    assert judged(BUCKET_POLICY, by_endpoint(**change), READERS) == {"CN-180"}


SERVICES_WRITE = {
    "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject*",
    "Resource": "arn:aws:s3:::logs/*",
    "Condition": {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
}  # fmt: skip


def test_a_bucket_that_services_of_aws_alone_write_into_may_be_read_from_elsewhere():
    assert judged(BUCKET_POLICY, SERVICES_WRITE, READERS) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Allow", "Principal": OWN},
        {"Principal": OWN},
        {"Action": "s3:PutObjectAcl"},
        {"Resource": "arn:aws:s3:::logs/AWSLogs/*"},
        # Who has not signed has no such key, and would be let in.
        {"Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}}},
        {"Condition": {"BoolIfExists": {"aws:PrincipalIsAWSService": "true"}}},
        {"Condition": {"BoolIfExists": {"aws:ViaAWSService": "false"}}},
        {"Condition": {**SERVICES_WRITE["Condition"], "Null": {"aws:SourceVpce": "true"}}},
    ],
)
def test_a_bucket_that_others_write_into_may_not(change):
    assert judged(BUCKET_POLICY, {**SERVICES_WRITE, **change}, READERS) == {"CN-180"}


@both
def test_no_deny_at_all_is_found(typ):
    assert judged(typ, READERS) == {"CN-180"}
    assert broken(typ, {"policy": document(READERS)}) == {"CN-180"}


@both
def test_what_cannot_be_read_is_told_by_the_rule_that_reads_it(typ):
    assert broken(typ, {"policy": UNKNOWN_VALUE}) == {"CN-131"}
    assert broken(typ, {"policy": "{"}) == {"CN-131"}


@pytest.mark.parametrize(
    ("typ", "key"),
    [
        ("aws:s3/bucket:Bucket", "policy"),
        ("aws:s3/bucketV2:BucketV2", "policy"),
        ("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate", "repositoryPolicy"),
    ],
)
def test_a_policy_among_other_properties_is_judged_where_there_is_one(typ, key):
    assert "CN-180" in broken(typ, {key: document(READERS)})
    assert "CN-180" not in broken(typ, {key: document(by_endpoint(), READERS)})
    assert "CN-180" not in broken(typ, {})
