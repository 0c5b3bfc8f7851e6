"""Role trusts and resource policies: who may come in."""

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from rules.table import BY_ID
from tests.policies.analyzer import ACCOUNT, FOREIGN, ORGANIZATION, broken
from tests.policies.cases import KEY, ROLE, document, statement, trust

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
    }.get(typ.rsplit(":", 1)[-1], "policy")
    foreign = document(statement(Principal={"AWS": FOREIGN}, Condition={}))
    own = document(statement(Principal={"AWS": ACCOUNT}, Condition={}))
    assert broken(typ, {key: foreign}) == broken(typ, {key: UNKNOWN_VALUE}) == {"CN-131"}
    assert broken(typ, {key: own}) == broken(typ, {}) == set()


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
