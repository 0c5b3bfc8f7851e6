"""What bounds a statement, key by key and operator by operator."""

import pytest

from rules.aws_owned import (
    ACCOUNT_SCOPED,
    EKS_REGISTRY_ACCOUNTS,
    public_bucket,
    reads_of,
    registry_accounts,
)
from rules.boundary import Boundary
from rules.bounds import by_aws_service, covered, principal_bounded, resource_bounded
from rules.documents import parse_document
from rules.unknowns import UNKNOWN
from tests.policies.analyzer import ACCOUNT, FOREIGN, ORGANIZATION, REGION
from tests.policies.cases import document, statement

BOUNDARY = Boundary(accounts=frozenset({ACCOUNT}), organization_id=ORGANIZATION)
OWN_ARN, FOREIGN_ARN = f"arn:aws:iam::{ACCOUNT}:role/x", f"arn:aws:iam::{FOREIGN}:role/x"
VALUES = {  # by the end of the key: own, foreign
    "account": (ACCOUNT, FOREIGN),
    "owner": (ACCOUNT, FOREIGN),
    "orgid": (ORGANIZATION, "o-zzzzzzzzzz"),
    "orgpaths": (f"{ORGANIZATION}/r-1/*", f"{ORGANIZATION}x/*"),
    "arn": (OWN_ARN, FOREIGN_ARN),
}
PRINCIPAL_KEYS = [
    "aws:PrincipalAccount",
    "aws:SourceAccount",
    "kms:CallerAccount",
    "aws:PrincipalOrgID",
    "aws:SourceOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceOrgPaths",
    "aws:PrincipalArn",
    "aws:SourceArn",
]
RESOURCE_KEYS = [
    "aws:ResourceAccount",
    "s3:ResourceAccount",
    "ec2:Owner",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
]
STRICT = ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"]
LOOSE = ["StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike", "Null", "Bool"]


def parsed(**changes):
    return parse_document(document(statement(**changes)))[0]


def held(operator, key, *values):
    return parsed(Condition={operator: {key: list(values)}})


def values_of(key):
    return next(pair for end, pair in VALUES.items() if key.lower().endswith(end))


@pytest.mark.parametrize("operator", STRICT + [f"ForAnyValue:{o}" for o in STRICT])
@pytest.mark.parametrize("key", PRINCIPAL_KEYS + RESOURCE_KEYS)
def test_a_strict_operator_bounds_by_own_values_only(key, operator):
    bounded = principal_bounded if key in PRINCIPAL_KEYS else resource_bounded
    own, foreign = values_of(key)
    assert bounded(held(operator, key, own), BOUNDARY)
    assert not bounded(held(operator, key, foreign), BOUNDARY)
    assert not bounded(held(operator, key, own, foreign), BOUNDARY)
    assert not bounded(held(operator, key), BOUNDARY)
    assert not bounded(held(operator, key, own), Boundary())


@pytest.mark.parametrize(
    "operator",
    [*LOOSE, *(f"{o}IfExists" for o in STRICT), *(f"ForAllValues:{o}" for o in STRICT)],
)
@pytest.mark.parametrize("key", PRINCIPAL_KEYS + RESOURCE_KEYS)
def test_an_operator_that_holds_without_its_key_bounds_nothing(key, operator):
    bounded = principal_bounded if key in PRINCIPAL_KEYS else resource_bounded
    assert not bounded(held(operator, key, values_of(key)[0]), BOUNDARY)


def test_a_key_of_one_side_does_not_bound_the_other():
    assert not resource_bounded(held("StringEquals", "aws:PrincipalAccount", ACCOUNT), BOUNDARY)
    assert not principal_bounded(held("StringEquals", "aws:ResourceAccount", ACCOUNT), BOUNDARY)
    assert not principal_bounded(held("StringEquals", "aws:SourceVpc", ACCOUNT), BOUNDARY)


def test_only_the_claim_to_be_a_service_of_aws_bounds_to_services():
    def claim(value, key="aws:PrincipalIsAWSService", operator="Bool"):
        return parsed(Condition={operator: {key: value}})

    assert by_aws_service(claim("true")) and by_aws_service(claim(True))
    for value in ("false", ["true", "false"], [], {"a": 1}):
        assert not by_aws_service(claim(value))
    assert not by_aws_service(claim("true", key="aws:SecureTransport"))
    assert not by_aws_service(claim("true", operator="BoolIfExists"))


def test_a_principal_is_own_by_account_arn_or_service():
    bare = {"Condition": {}}
    for principal in ({"AWS": ACCOUNT}, {"AWS": [OWN_ARN]}, {"Service": "ec2.amazonaws.com"}):
        assert principal_bounded(parsed(Principal=principal, **bare), BOUNDARY)
    for principal in ("*", {"AWS": "*"}, {"AWS": FOREIGN}, {"CanonicalUser": ACCOUNT}, {}):
        assert not principal_bounded(parsed(Principal=principal, **bare), BOUNDARY)


def test_a_path_bounds_only_under_a_declared_organization_and_when_known():
    key = {"StringLike": {"aws:PrincipalOrgPaths": "None/r-1"}}
    assert not principal_bounded(parsed(Condition=key), Boundary())
    unknown = parse_document(
        {
            "Version": "2012-10-17",
            "Statement": statement(Condition={"StringLike": {"aws:PrincipalOrgPaths": [UNKNOWN]}}),
        }
    )
    assert not principal_bounded(unknown[0], BOUNDARY)


def test_nothing_named_is_nothing_bounded():
    assert not resource_bounded(parsed(Resource=[], Condition={}), BOUNDARY)
    assert not covered([], ["s3:*"])
    assert not covered([UNKNOWN], ["*"])


def test_actions_are_covered_with_their_wildcards():
    assert covered(["EC2:Describe*", "ec2:DescribeSubnets"], ACCOUNT_SCOPED)
    assert not covered(["ec2:D*"], ACCOUNT_SCOPED)
    assert not covered(["ec2:DescribeSubnets", "ec2:RunInstances"], ACCOUNT_SCOPED)
    assert not covered(["*"], ACCOUNT_SCOPED)


BUCKETS = [
    f"prod-{REGION}-starport-layer-bucket",
    f"al2023-repos-{REGION}-de612dc2",
    f"al2023-{REGION}",
    f"amazonlinux-2-repos-{REGION}",
    f"amazonlinux.{REGION}.amazonaws.com",
    f"packages.{REGION}.amazonaws.com",
    f"repo.{REGION}.amazonaws.com",
    f"aws-ssm-{REGION}",
    f"amazon-ssm-{REGION}",
    f"amazon-ssm-packages-{REGION}",
    f"{REGION}-birdwatcher-prod",
    f"aws-ssm-document-attachments-{REGION}",
    f"patch-baseline-snapshot-{REGION}",
]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_the_buckets_of_aws_pass_by_their_exact_names(bucket):
    for partition in ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-eusc"):
        assert public_bucket(f"arn:{partition}:s3:::{bucket}/*", REGION)
    assert public_bucket(f"arn:aws:s3:::{bucket}/*", None)
    assert not public_bucket(f"arn:aws:s3:::{bucket}/*", "us-east-1")
    for wrong in (f"{bucket}x", f"x{bucket}", bucket.replace(REGION, "*"), bucket[:-1]):
        assert not public_bucket(f"arn:aws:s3:::{wrong}/*", REGION)
    assert not public_bucket(f"arn:aws:s3:::{bucket}", REGION)
    assert not public_bucket(f"arn:*:s3:::{bucket}/*", REGION)


def test_other_resources_of_aws_come_with_their_reads():
    assert reads_of(f"arn:aws:ec2:{REGION}::image/*", REGION) == ("ec2:RunInstances",)
    assert reads_of("arn:aws:ec2:*::snapshot/snap-1", REGION) == ("ec2:RunInstances",)
    assert "iam:GetPolicy*" in reads_of("arn:aws:iam::aws:policy/*", REGION)
    assert "ssm:GetParameter" in reads_of(f"arn:aws:ssm:{REGION}::parameter/aws/*", REGION)
    assert "ssm:GetDocument" in reads_of(f"arn:aws:ssm:{REGION}::document/AWS-x", REGION)
    assert reads_of(f"arn:aws:ec2:{REGION}:aws:prefix-list/*", REGION)
    for foreign in (
        f"arn:aws:ec2:{REGION}:{FOREIGN}:image/*",
        "arn:aws:ec2:us-east-1::image/*",
        f"arn:aws:ssm:{REGION}::parameter/*",
        f"arn:aws:iam::{FOREIGN}:policy/*",
    ):
        assert reads_of(foreign, REGION) == ()


def test_the_registry_of_a_region_is_one_account_and_an_unknown_region_has_none():
    assert registry_accounts(REGION) == {"602401143452"}
    assert registry_accounts("me-central-1") == {"759879836304"}
    assert registry_accounts("me-west-1") == frozenset()
    assert registry_accounts(None) == set(EKS_REGISTRY_ACCOUNTS.values())
