"""Role trusts and resource policies: who may come in."""

from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from rules.table import BY_ID
from tests.policies.analyzer import ACCOUNT, FOREIGN, ORGANIZATION, OWN_BUCKET, REGION, broken
from tests.policies.cases import (
    ABSENT,
    KEY,
    OWN_ISSUER,
    ROLE,
    by_endpoint,
    document,
    statement,
    trust,
)

OWN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/x"


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": "ec2.amazonaws.com"},
        {"Service": ["pods.eks.amazonaws.com"], "AWS": ACCOUNT},
        {"AWS": [OWN_ROLE, f"arn:aws-cn:iam::{ACCOUNT}:root"]},
        {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/x"},
    ],
)
def test_a_role_trusts_own_principals_and_services(principal):
    assert broken(ROLE, {"assumeRolePolicy": trust(principal)}) == set()


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": [OWN_ROLE, FOREIGN]},
        {"AWS": f"arn:aws:iam::{FOREIGN}:root"},
        {"AWS": f"arn:aws:iam::{ACCOUNT[:4]}*:root"},
        {"Federated": "accounts.google.com"},
        {"Federated": f"arn:aws:iam::{FOREIGN}:saml-provider/x"},
        {"CanonicalUser": "a" * 64},
        {},
    ],
)
def test_a_role_that_trusts_others_is_found(principal):
    assert broken(ROLE, {"assumeRolePolicy": trust(principal)}) == {"CN-130"}


def test_everybody_is_bounded_by_the_own_organization():
    bounded = statement(Condition={"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}})
    loose = statement(Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}})
    assert broken(ROLE, {"assumeRolePolicy": document(bounded)}) == set()
    assert broken(ROLE, {"assumeRolePolicy": document(loose)}) == {"CN-130"}


SERVICES = {"Bool": {"aws:PrincipalIsAWSService": "true"}}
BY_NAME = "aws:PrincipalServiceName"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (SERVICES, {"CN-130"}),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, {"CN-130"}),
        ({**SERVICES, "StringEquals": {BY_NAME: "ec2.amazonaws.com"}}, set()),
        ({**SERVICES, "StringLike": {BY_NAME: "*.amazonaws.com"}}, {"CN-130"}),
        ({**SERVICES, "StringEquals": {BY_NAME: "rolesanywhere.amazonaws.com"}}, {"CN-130"}),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, set()),
    ],
)
def test_a_role_for_services_without_a_name_is_one_for_holders_of_certificates(condition, found):
    told = statement(Condition=condition, Action="sts:AssumeRole", Resource=ABSENT)
    assert broken(ROLE, {"assumeRolePolicy": document(told)}) == found


@pytest.mark.parametrize(
    ("condition", "over"),
    [
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01"}}, True),
        ({"DateLessThanEqualsIfExists": {"AWS:EpochTime": "1577836800"}}, True),
        ({"NumericLessThan": {"aws:EpochTime": 1577836800}}, True),
        ({"DateLessThan": {"aws:CurrentTime": ["2020-01-01", "2040-01-01"]}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2040-01-01"}}, False),
        ({"DateLessThan": {"aws:TokenIssueTime": "2020-01-01"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}}, False),
        ({"NumericLessThan": {"aws:CurrentTime": "1577836800"}}, False),  # is no number
        ({"DateLessThan": {"aws:CurrentTime": "soon"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": UNKNOWN_VALUE}}, False),
    ],
)
def test_what_was_allowed_until_a_day_that_has_passed_admits_nobody(condition, over):
    told = statement(Principal={"AWS": FOREIGN}, Condition=condition)
    assert broken(KEY, {"policy": document(told)}) == (set() if over else {"CN-131"})


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [("Bool", "true", set()), ("BoolIfExists", "true", {"CN-131"}), ("Bool", "false", {"CN-131"})],
)
def test_whoever_mounts_a_file_system_is_in_the_network(operator, value, found):
    held = {operator: {"elasticfilesystem:AccessedViaMountTarget": value}}
    told = statement(Action="elasticfilesystem:Client*", Condition=held)
    file_system = "aws:efs/fileSystemPolicy:FileSystemPolicy"
    assert broken(file_system, {"policy": document(told)}) == found


def test_trust_by_exclusion_is_found():
    by_exclusion = {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": OWN_ROLE},
        "Action": "sts:AssumeRole",
    }
    assert broken(ROLE, {"assumeRolePolicy": document(by_exclusion)}) == {"CN-130"}


def test_a_trust_given_as_an_object_with_one_unknown_principal_is_found():
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": [OWN_ROLE, UNKNOWN_VALUE]}}],
    }
    assert broken(ROLE, {"assumeRolePolicy": policy}) == {"CN-130"}


@pytest.mark.parametrize("typ", BY_ID["CN-131"].types)
def test_every_type_with_a_resource_policy_is_judged_where_its_policy_stands(typ):
    key = {
        "LogResourcePolicy": "policyDocument",
        "LogDestinationPolicy": "accessPolicy",
        "RepositoryCreationTemplate": "repositoryPolicy",
        "Domain": "accessPolicies",
        "DomainPolicy": "accessPolicies",
    }.get(typ.rsplit(":", 1)[-1], "policy")
    foreign = document(by_endpoint(), statement(Principal={"AWS": FOREIGN}, Condition={}))
    own = document(by_endpoint(), statement(Principal={"AWS": ACCOUNT}, Condition={}))
    # What an access point and a search domain have to say besides.
    rest: dict[str, Any] = {
        "aws:s3/accessPoint:AccessPoint": {"vpcConfiguration": {"vpcId": "vpc-1"}},
        "aws:opensearch/domain:Domain": {
            "vpcOptions": {"subnetIds": ["subnet-1"], "egressEnabled": True},
        },
    }.get(typ, {})
    for admitting in foreign, UNKNOWN_VALUE:
        assert broken(typ, {**rest, key: admitting}) == {"CN-131"}
    assert broken(typ, {**rest, key: own}) == broken(typ, rest) == set()


def test_a_key_for_a_service_role_named_in_a_condition_passes():
    """A service-linked role that may not exist yet cannot be a principal."""
    scaling = statement(
        Principal={"AWS": "*"},
        Condition={
            "StringEquals": {"kms:CallerAccount": ACCOUNT},
            "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x"},
        },
    )
    assert broken(KEY, {"policy": document(scaling)}) == set()


LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:x"
LOGS_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
TRAIL_CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/x"
LOGS_SERVICE, TRAILS = f"logs.{REGION}.amazonaws.com", "cloudtrail.amazonaws.com"


def admits(service, condition):
    principal = service if isinstance(service, dict) else {"Service": service}
    made = statement(Principal=principal, Condition=condition)
    return broken(KEY, {"policy": document(made)})


@pytest.mark.parametrize(
    ("service", "condition"),
    [
        ("sns.amazonaws.com", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        ("sns.amazonaws.com", {"StringEquals": {"aws:SourceOrgID": ORGANIZATION}}),
        ("sns.amazonaws.com", {"StringLike": {"aws:SourceOrgPaths": f"{ORGANIZATION}/r-1/*"}}),
        ("sns.amazonaws.com", {"ArnLike": {"aws:SourceArn": TRAIL}}),
        ("sns.amazonaws.com", {"ArnLike": {"aws:SourceArn": f"arn:aws:*:*:{ACCOUNT}:trail/*"}}),
        # As CloudTrail's guide writes it: no trail has a colon in its name.
        (TRAILS, {"StringLike": {TRAIL_CONTEXT: f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"}}),
        ("sns.amazonaws.com", {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{OWN_BUCKET}"}}),
        (LOGS_SERVICE, {"ArnLike": {LOGS_CONTEXT: LOGS}}),
        (LOGS_SERVICE, {"ArnEquals": {LOGS_CONTEXT: [LOGS]}}),
        ("cloudtrail.amazonaws.com", {"StringLike": {TRAIL_CONTEXT: TRAIL}}),
        (["a.amazonaws.com", LOGS_SERVICE], {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        ({"AWS": ACCOUNT}, {}),
    ],
)
def test_a_service_that_acts_for_own_accounts_passes(service, condition):
    assert admits(service, condition) == set()


@pytest.mark.parametrize(
    ("service", "condition"),
    [
        ("cloudtrail.amazonaws.com", {}),
        ("sns.amazonaws.com", {"StringEquals": {"aws:SourceAccount": FOREIGN}}),
        ("sns.amazonaws.com", {"StringEquals": {"aws:SourceAccount": [ACCOUNT, FOREIGN]}}),
        ("sns.amazonaws.com", {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}),
        ("sns.amazonaws.com", {"StringEquals": {"aws:SourceOrgID": "o-zzzzzzzzzz"}}),
        ("sns.amazonaws.com", {"StringLike": {"aws:SourceOrgPaths": "o-zzzzzzzzzz/*"}}),
        ("sns.amazonaws.com", {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}),
        (TRAILS, {"StringLike": {TRAIL_CONTEXT: f"arn:aws:*:*:{ACCOUNT}:trail/*"}}),
        (TRAILS, {"StringLike": {TRAIL_CONTEXT: f"arn:*:cloudtrail:x:{ACCOUNT}:trail/*"}}),
        # A text's wildcard reaches past colons, an ARN's does not; the account itself is whole.
        ("sns.amazonaws.com", {"StringLike": {"aws:SourceArn": f"arn:aws:*:*:{ACCOUNT}:trail/*"}}),
        ("sns.amazonaws.com", {"ArnLike": {"aws:SourceArn": f"arn:aws:*:*:{ACCOUNT}*:trail/*"}}),
        ("sns.amazonaws.com", {"ArnLike": {"aws:SourceArn": f"arn:aws:*{ACCOUNT}:trail/*"}}),
        ("sns.amazonaws.com", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::somebody-elses"}}),
        ("sns.amazonaws.com", {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{OWN_BUCKET}*"}}),
        ("sns.amazonaws.com", {"ArnLike": {LOGS_CONTEXT: LOGS}}),
        (LOGS_SERVICE, {"ArnLike": {LOGS_CONTEXT: "*"}}),
        (LOGS_SERVICE, {"ArnLike": {TRAIL_CONTEXT: TRAIL}}),
        (f"logs.{REGION}.amazonaws.com.evil", {"ArnLike": {LOGS_CONTEXT: LOGS}}),
        (["sns.amazonaws.com", LOGS_SERVICE], {"ArnLike": {LOGS_CONTEXT: LOGS}}),
        ({"AWS": "*"}, {"Bool": {"aws:PrincipalIsAWSService": "true"}}),
    ],
)
def test_a_service_that_may_act_for_anybody_is_found(service, condition):
    assert admits(service, condition) == {"CN-160"}


EDGE = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1A2B3C4D5E6F7"
EDGE_USER = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1A2B3C4D5E6F7"


@pytest.mark.parametrize(
    ("principal", "condition"),
    [
        ("cloudfront.amazonaws.com", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        ("cloudfront.amazonaws.com", {"ArnLike": {"AWS:SourceArn": EDGE}}),
        ({"AWS": "*"}, {"ArnLike": {"aws:SourceArn": EDGE}}),
        ({"AWS": EDGE_USER}, {}),
        ({"AWS": EDGE_USER.replace("arn:aws:", "arn:aws-cn:")}, {}),
        ({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}, {}),
    ],
)
def test_cloudfront_may_read_nothing_whoevers_distribution_asks(principal, condition):
    assert admits(principal, condition) == {"CN-131"}


@pytest.mark.parametrize("name", ["*", "*.amazonaws.com", "s?s.amazonaws.com"])
def test_no_principal_is_every_service(name):
    assert broken(ROLE, {"assumeRolePolicy": trust({"Service": name})}) == {"CN-130"}
    assert admits(name, {}) == {"CN-131", "CN-160"}


ISSUER = f"oidc.eks.{REGION}.amazonaws.com/id/A"
SUBJECT, AUDIENCE = f"{ISSUER}:sub", f"{ISSUER}:aud"
POD = "system:serviceaccount:kube-system:ebs-csi"
STS = "sts.amazonaws.com"


def for_tokens(condition):
    made = statement(
        Principal={"Federated": OWN_ISSUER},
        Action="sts:AssumeRoleWithWebIdentity",
        Resource=ABSENT,
        Condition=condition,
    )
    return broken(ROLE, {"assumeRolePolicy": document(made)})


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {AUDIENCE: STS, SUBJECT: POD}},
        {"StringEquals": {AUDIENCE: STS}, "StringLike": {SUBJECT: [POD, f"{POD}-*"]}},
    ],
)
def test_a_role_for_tokens_names_audience_and_service_accounts(condition):
    assert for_tokens(condition) == set()


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEquals": {SUBJECT: POD}},
        {"StringEquals": {AUDIENCE: STS}},
        {"StringLike": {AUDIENCE: "*", SUBJECT: POD}},
        {"StringLike": {AUDIENCE: STS, SUBJECT: "*"}},
        {"StringLike": {AUDIENCE: STS, SUBJECT: "system:serviceaccount:*:x"}},
        {"StringLike": {AUDIENCE: STS, SUBJECT: [POD, "system:*"]}},
        {"StringEqualsIfExists": {AUDIENCE: STS, SUBJECT: POD}},
        {"StringEquals": {"other/id/B:aud": STS, "other/id/B:sub": POD}},
    ],
)
def test_a_role_for_any_token_of_the_issuer_is_found(condition):
    assert for_tokens(condition) == {"CN-161"}
