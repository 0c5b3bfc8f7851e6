"""By which ways a bucket or repository is read, as its policy says (CN-180)."""

from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from tests.policies.analyzer import (
    ACCOUNT,
    ADVISORY,
    FOREIGN,
    MANDATORY,
    ORGANIZATION,
    SOON,
    broken,
    judge,
)
from tests.policies.cases import (
    ABSENT,
    BUCKET_POLICY,
    REPOSITORY_POLICY,
    by_endpoint,
    document,
)
from tests.policies.test_origins import node, whole

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
def test_a_condition_that_leaves_another_way_is_whole(typ, condition):
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
def test_a_deny_that_leaves_something_out_is_whole(change):
    assert judged(BUCKET_POLICY, by_endpoint(**change), READERS) == {"CN-180"}


HELD = "arn:aws:s3:::material/public/*"


@pytest.mark.parametrize(
    ("not_resource", "parts"),
    [
        (HELD, {"public/*"}),
        ([HELD, "arn:aws:s3:::material/x"], {"public/*", "x"}),
        ("arn:aws:s3:::m*/public/*", {""}),  # what stands before the slash may be any
        ("arn:aws:s3:::material", {""}),
        ("arn:aws:s3:::material/${aws:username}/*", {""}),
        ([HELD, "*"], {"public/*", ""}),
        ([], {""}),
        ([HELD, UNKNOWN_VALUE], {""}),
    ],
)
def test_what_a_deny_leaves_out_is_told_part_by_part(not_resource, parts):
    denied = by_endpoint(Resource=ABSENT, NotResource=not_resource)
    assert left_open(denied) == parts
    assert left_open(by_endpoint(), denied) == set()


def test_of_several_that_leave_something_out_one_tells_that_leaves_out_least():
    one, two = (by_endpoint(Resource=ABSENT, NotResource=[HELD, "arn:aws:s3:::material/x"][:n])
                for n in (1, 2))  # fmt: skip
    assert left_open(two, one) == left_open(one, two) == {"public/*"}
    everything = by_endpoint(Resource=ABSENT, NotResource="*")
    assert left_open(everything, two) == {"public/*", "x"}


def left_open(*statements):
    """The parts that CN-180 names; "" is everything."""
    policy = {"Version": "2012-10-17", "Statement": [*statements, READERS]}
    found = [d.message for d in judge(BUCKET_POLICY, {"policy": policy}) if "CN-180" in d.message]
    assert all("lets s3:GetObject and s3:GetObjectVersion" in each for each in found)
    return {each.split(" be called")[0].partition("GetObjectVersion of ")[2] for each in found}


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
def test_no_deny_at_all_is_whole(typ):
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


BUCKET, REPOSITORY = "aws:s3/bucket:Bucket", "aws:ecr/repository:Repository"
READS_BOUND = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject*",
               "Resource": "arn:aws:s3:::material/*", "Condition": BOUND[2]}  # fmt: skip
BUCKETS = node(BUCKET, "mine", {"bucket": "material"}, id="material")
REPOSITORIES = node(REPOSITORY, "mine", {"name": "base"}, id="base")
UNNAMED = node(BUCKET, "mine", {})  # which the engine names when it is made


def policy_of(key, value, *sources, typ=BUCKET_POLICY):
    """A policy of a store, named by what the program gives it."""
    return node(typ, "policy", {key: value, "policy": document(READS_BOUND)},
                {key: list(sources)})  # fmt: skip


@pytest.mark.parametrize(
    ("store", "policy"),
    [
        (BUCKETS, policy_of("bucket", "material")),
        (UNNAMED, policy_of("bucket", UNKNOWN_VALUE, "mine")),
        (REPOSITORIES, policy_of("repository", "base", typ=REPOSITORY_POLICY)),
        (REPOSITORIES, policy_of("repository", UNKNOWN_VALUE, "mine", typ=REPOSITORY_POLICY)),
    ],
)
def test_a_store_with_a_policy_in_the_deployment_is_left_to_the_rule_on_policies(store, policy):
    assert bare(store, policy) == []
    assert bare(store) == ["mine"]


@pytest.mark.parametrize(
    "policy",
    [policy_of("bucket", "other"), policy_of("bucket", "other", "mine"),
     policy_of("bucket", UNKNOWN_VALUE), policy_of("bucket", UNKNOWN_VALUE, "other"),
     policy_of("repository", "material", typ=REPOSITORY_POLICY)],
)  # fmt: skip
def test_a_policy_of_another_store_does_not_do(policy):
    assert bare(BUCKETS, policy) == ["mine"]


def test_a_bucket_with_a_policy_of_its_own_or_an_exception_needs_none():
    assert bare(node(BUCKET, "mine", {"policy": document(READS_BOUND)})) == []
    who = {"owner": "net team", "reason": "state of the engine", "expires": SOON}
    exceptions = [{"rule": "CN-181", "name": "mine", **who}]
    assert bare(BUCKETS, exceptions=exceptions) == []
    assert whole(BUCKETS, exceptions=exceptions)[0][0] == ADVISORY


def bare(*nodes, **more):
    return [message.split("'")[1] for level, message in whole(*nodes, **more)
            if level == MANDATORY and message.startswith("CN-181 ")]  # fmt: skip


def test_only_this_rule_sees_a_bucket_without_any_policy():
    assert broken(BUCKET, {"bucket": "material"}) == set()
    ((level, message),) = whole(BUCKETS)
    assert level == MANDATORY
    assert message.startswith("CN-181 Bucket 'mine' has no BucketPolicy in this deployment.")
