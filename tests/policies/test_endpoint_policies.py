"""Endpoint policies, statement by statement: what AWS's own guides ask for passes, no more."""

import json
from typing import ClassVar

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from rules.boundary_reader import UNPOLICED_RULE
from rules.unpoliced import UNPOLICED
from tests.policies.analyzer import (
    ACCOUNT,
    CONFIG,
    FOREIGN,
    FOREIGN_ORGANIZATION,
    ORGANIZATION,
    REGION,
    SOON,
    broken,
    configured,
    judge,
)
from tests.policies.cases import ABSENT, COMPLIANT, ENDPOINT, document, statement

OWN = {"aws:PrincipalOrgID": ORGANIZATION, "aws:ResourceOrgID": ORGANIZATION}
LAYERS = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"
EKS_IMAGES = f"arn:aws:ecr:{REGION}:602401143452:repository/eks/*"
READS = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
PRINCIPAL, RESOURCE, BOTH = {"CN-085"}, {"CN-086"}, {"CN-085", "CN-086"}


def found(service, *statements, servicer=None):
    props = {
        **COMPLIANT[ENDPOINT],
        "serviceName": f"com.amazonaws.{REGION}.{service}",
        "policy": document(*statements),
    }
    return broken(ENDPOINT, props, servicer=servicer)


def held(**keys):
    return {"StringEquals": {key.replace("_", ":"): value for key, value in keys.items()}}


CLOSED = {
    "own principals to own resources": ("kms", statement()),
    "by account instead of organization": (
        "kms",
        statement(Condition=held(aws_PrincipalAccount=ACCOUNT, aws_ResourceAccount=[ACCOUNT])),
    ),
    "own principals by ARN": ("kms", statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
    "own resources by ARN": (
        "sqs",
        statement(
            Resource=f"arn:aws:sqs:{REGION}:{ACCOUNT}:q",
            Condition=held(aws_PrincipalOrgID=ORGANIZATION),
        ),
    ),
    "organization paths": (
        "kms",
        statement(
            Condition={
                "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"},
                "StringEquals": {"aws:ResourceOrgID": ORGANIZATION},
            }
        ),
    ),
    "services of AWS": (
        "logs",
        statement(Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}),
    ),
    "ECR layers": (
        "s3",
        statement(Action="s3:GetObject", Resource=LAYERS, Condition=ABSENT),
    ),
    "EKS images by account": (
        "ecr.api",
        statement(
            Action=READS,
            Condition=held(aws_PrincipalOrgID=ORGANIZATION, aws_ResourceAccount="602401143452"),
        ),
    ),
    "EKS images by ARN": (
        "ecr.dkr",
        statement(
            Action=READS, Resource=EKS_IMAGES, Condition=held(aws_PrincipalOrgID=ORGANIZATION)
        ),
    ),
    "a registry token": (
        "ecr.api",
        statement(
            Action="ecr:GetAuthorizationToken", Condition=held(aws_PrincipalOrgID=ORGANIZATION)
        ),
    ),
    "public parameters": (
        "ssm",
        statement(
            Action="ssm:GetParameter",
            Resource=f"arn:aws:ssm:{REGION}::parameter/aws/service/eks/*",
            Condition=held(aws_PrincipalOrgID=ORGANIZATION),
        ),
    ),
    "images of anybody to start from": (
        "ec2",
        statement(
            Action="ec2:RunInstances",
            Resource=["arn:aws:ec2:*::image/*", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/*"],
            Condition=held(aws_PrincipalOrgID=ORGANIZATION),
        ),
    ),
    "web identity to own roles": (
        "sts",
        statement(
            Action="sts:AssumeRoleWithWebIdentity",
            Resource=f"arn:aws:iam::{ACCOUNT}:role/*",
            Condition=ABSENT,
        ),
    ),
    "a denial beside it": (
        "kms",
        statement(),
        {"Effect": "Deny", "Principal": "*", "NotAction": "kms:Decrypt", "Resource": "*"},
    ),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_bounded_statement_passes(name):
    service, *statements = CLOSED[name]
    assert found(service, *statements) == set()


OPEN = {
    "everybody to everything": (BOTH, "kms", statement(Condition=ABSENT)),
    "foreign organization": (
        BOTH,
        "kms",
        statement(
            Condition=held(
                aws_PrincipalOrgID=FOREIGN_ORGANIZATION, aws_ResourceOrgID=FOREIGN_ORGANIZATION
            )
        ),
    ),
    "a foreign account among own ones": (
        RESOURCE,
        "kms",
        statement(
            Condition=held(aws_PrincipalOrgID=ORGANIZATION, aws_ResourceAccount=[ACCOUNT, FOREIGN])
        ),
    ),
    "IfExists": (BOTH, "kms", statement(Condition={"StringEqualsIfExists": OWN})),
    "ForAllValues": (BOTH, "kms", statement(Condition={"ForAllValues:StringEquals": OWN})),
    "a negated operator": (BOTH, "kms", statement(Condition={"StringNotEquals": OWN})),
    "Null": (BOTH, "kms", statement(Condition={"Null": dict.fromkeys(OWN, "false")})),
    "a wildcard account": (
        BOTH,
        "kms",
        statement(
            Condition={"StringLike": {"aws:PrincipalAccount": "*", "aws:ResourceAccount": "1111*"}}
        ),
    ),
    "no value": (BOTH, "kms", statement(Condition={"StringEquals": {key: [] for key in OWN}})),
    "an ARN whose account is a wildcard": (
        RESOURCE,
        "sqs",
        statement(
            Resource=f"arn:aws:sqs:{REGION}:*:q", Condition=held(aws_PrincipalOrgID=ORGANIZATION)
        ),
    ),
    "an ARN with a wildcard before its account": (
        RESOURCE,
        "sqs",
        statement(
            Resource=f"arn:aws:sqs:*:{ACCOUNT}:q", Condition=held(aws_PrincipalOrgID=ORGANIZATION)
        ),
    ),
    "a bucket by name alone": (
        RESOURCE,
        "s3",
        statement(
            Action="s3:GetObject",
            Resource="arn:aws:s3:::mine/*",
            Condition=held(aws_PrincipalOrgID=ORGANIZATION),
        ),
    ),
    "layers with a wildcard": (
        BOTH,
        "s3",
        statement(Action="s3:GetObject", Resource="arn:aws:s3:::prod-*/*", Condition=ABSENT),
    ),
    "layers of another region": (
        BOTH,
        "s3",
        statement(
            Action="s3:GetObject",
            Resource="arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
            Condition=ABSENT,
        ),
    ),
    "layers for writing": (
        BOTH,
        "s3",
        statement(Action=["s3:GetObject", "s3:PutObject"], Resource=LAYERS, Condition=ABSENT),
    ),
    "layers with every read": (
        BOTH,
        "s3",
        statement(Action="s3:Get*", Resource=LAYERS, Condition=ABSENT),
    ),
    "reads of no bucket in particular": (
        BOTH,
        "s3",
        statement(Action="s3:GetObject", Resource=ABSENT, Condition=ABSENT),
    ),
    "EKS images for pushing": (
        RESOURCE,
        "ecr.api",
        statement(
            Action=[*READS, "ecr:PutImage"],
            Condition=held(aws_PrincipalOrgID=ORGANIZATION, aws_ResourceAccount="602401143452"),
        ),
    ),
    "EKS images of another region's account": (
        RESOURCE,
        "ecr.api",
        statement(
            Action=READS,
            Condition=held(aws_PrincipalOrgID=ORGANIZATION, aws_ResourceAccount="877085696533"),
        ),
    ),
    "images of a foreign registry": (
        RESOURCE,
        "ecr.dkr",
        statement(
            Action=READS,
            Resource=f"arn:aws:ecr:{REGION}:{FOREIGN}:repository/x",
            Condition=held(aws_PrincipalOrgID=ORGANIZATION),
        ),
    ),
    "something else of the EKS registry's account": (
        RESOURCE,
        "ecr.dkr",
        statement(
            Action=READS,
            Resource=f"arn:aws:sqs:{REGION}:602401143452:q",
            Condition=held(aws_PrincipalOrgID=ORGANIZATION),
        ),
    ),
    "EKS images for everybody": (
        PRINCIPAL,
        "ecr.api",
        statement(Action=READS, Condition=held(aws_ResourceAccount="602401143452")),
    ),
    "an image to share": (
        RESOURCE,
        "ec2",
        statement(
            Action="ec2:ModifyImageAttribute",
            Resource="arn:aws:ec2:*::image/*",
            Condition=held(aws_PrincipalOrgID=ORGANIZATION),
        ),
    ),
    "web identity to any role": (
        BOTH,
        "sts",
        statement(Action="sts:AssumeRoleWithWebIdentity", Resource="*", Condition=ABSENT),
    ),
    "web identity to no role in particular": (
        BOTH,
        "sts",
        statement(Action="sts:AssumeRoleWithWebIdentity", Resource=ABSENT, Condition=ABSENT),
    ),
    "web identity and more": (
        PRINCIPAL,
        "sts",
        statement(
            Action=["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole"],
            Resource=f"arn:aws:iam::{ACCOUNT}:role/*",
            Condition=ABSENT,
        ),
    ),
    "principals and a foreigner": (
        PRINCIPAL,
        "kms",
        statement(
            Principal={"AWS": [ACCOUNT, FOREIGN]}, Condition=held(aws_ResourceOrgID=ORGANIZATION)
        ),
    ),
    "an effect nobody knows": (BOTH, "kms", statement(Effect="Permit", Condition=ABSENT)),
    "a statement without a principal": (
        PRINCIPAL,
        "kms",
        statement(Principal=ABSENT, Condition=held(aws_ResourceOrgID=ORGANIZATION)),
    ),
    "services of AWS, perhaps": (
        BOTH,
        "logs",
        statement(Condition={"BoolIfExists": {"aws:PrincipalIsAWSService": "true"}}),
    ),
    "an unknown value in an object": (
        BOTH,
        "kms",
        statement(Condition={"StringEquals": dict.fromkeys(OWN, UNKNOWN_VALUE)}),
    ),
    "the second of two statements": (BOTH, "kms", statement(), statement(Condition=ABSENT)),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_statement_that_is_not_bounded_is_found(name):
    expected, service, *statements = OPEN[name]
    assert found(service, *statements) == expected


@pytest.mark.parametrize("name", OPEN)
def test_the_same_is_found_when_the_policy_is_given_as_an_object(name):
    expected, service, *statements = OPEN[name]
    props = {
        **COMPLIANT[ENDPOINT],
        "serviceName": f"com.amazonaws.{REGION}.{service}",
        "policy": json.loads(document(*statements)),
    }
    assert broken(ENDPOINT, props) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "no json",
        '{"Version": "2008-10-17", "Statement": []}',
        '{"Version": "2012-10-17"}',
        '{"Version": "2012-10-17", "Statement": []}',
        '{"Version": "2012-10-17", "Statement": ["x"]}',
        '{"Version": "2012-10-17", "Statement": {"effect": "Allow"}}',
        '{"Version": "2012-10-17", "Statement": [], "Statement": []}',
    ],
)
def test_a_policy_that_cannot_be_read_fails_and_is_not_echoed(text):
    props = {**COMPLIANT[ENDPOINT], "policy": text}
    assert broken(ENDPOINT, props) == {"CN-083"}
    (line,) = judge(ENDPOINT, props)
    assert len(line.message) < 600


def test_a_policy_that_is_too_deep_to_be_read_fails_and_is_not_echoed():
    """As one that cannot be read, and as any text that is too deep."""
    props = {**COMPLIANT[ENDPOINT], "policy": "[" * 100_000}
    assert broken(ENDPOINT, props) == {"CN-083", "CN-270"}
    assert all(len(line.message) < 600 for line in judge(ENDPOINT, props))


def test_nothing_is_own_without_a_declared_boundary():
    assert found("kms", statement()) == set()
    assert found("kms", statement(), servicer=configured({"accounts": []})) == BOTH


@pytest.mark.parametrize("key", ["NotAction", "NotResource", "NotPrincipal"])
def test_every_allowance_by_exclusion_is_found(key):
    whole = {key.removeprefix("Not"): ABSENT, key: "x"}
    assert found("kms", statement(Sid="Rest", **whole)) == {"CN-084"}


def test_a_statement_is_named_by_its_sid_or_its_place():
    def named(sid):
        props = {**COMPLIANT[ENDPOINT], "policy": document(statement(Sid=sid, NotAction="x"))}
        return next(d.message for d in judge(ENDPOINT, props) if "CN-084" in d.message)

    assert "statement OwnReads allows by NotAction" in named("OwnReads")
    assert "statement [0] allows by NotAction" in named("no sid at all")
    assert "statement [0] allows by NotAction" in named("")


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}])
def test_a_policy_of_the_older_version_says_the_same_without_variables(version):
    def found_of(**changes):
        policy = {**version, "Statement": statement(**{"Action": "sqs:*", **changes})}
        return broken(ENDPOINT, {**COMPLIANT[ENDPOINT], "policy": json.dumps(policy)})

    assert found_of() == set()
    assert found_of(Condition={}) == {"CN-085", "CN-086"}
    # There it is a text like any other, and whoever wrote it meant the newer version.
    assert found_of(Resource="arn:aws:sqs:*:${aws:PrincipalAccount}:x") == {"CN-083"}


TOKENS = [
    "sts:GetSessionToken",
    "sts:GetFederationToken",
    "sts:GetWebIdentityToken",
    "sts:GetDelegatedAccessToken",
]


@pytest.mark.parametrize("token", TOKENS)
def test_each_kind_of_session_token_is_found(token):
    assert found("sts", statement(Action=token)) == {"CN-087"}


def test_session_tokens_are_minted_only_where_nothing_denies_them():
    allow = statement(Action="*")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": TOKENS,
        "Resource": "*",
    }
    assert found("sts", allow) == {"CN-087"}
    assert found("sts", allow, deny) == set()
    for narrower in (
        {"Action": "sts:GetSessionToken"},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Principal": {"AWS": ACCOUNT}},
        {"Resource": f"arn:aws:iam::{ACCOUNT}:user/x"},
        {"Effect": "Allow", "Condition": allow["Condition"]},
    ):
        assert found("sts", allow, {**deny, **narrower}) == {"CN-087"}


@pytest.mark.parametrize("condition", [UNKNOWN_VALUE, {"Bool": UNKNOWN_VALUE}, [], {"Bool": []}])
def test_a_denial_under_a_condition_that_cannot_be_read_denies_nothing(condition):
    allow = statement(Action="sts:GetSessionToken")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allow, {**deny, "Condition": condition}]}
    props = {**COMPLIANT[ENDPOINT], "serviceName": f"com.amazonaws.{REGION}.sts", "policy": policy}
    assert broken(ENDPOINT, props) == {"CN-087"}


def test_an_unknown_action_may_mint_session_tokens_and_an_unknown_denial_denies_nothing():
    def judged(*statements):
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        return broken(ENDPOINT, {**COMPLIANT[ENDPOINT], "policy": policy})

    assert judged(statement(Action=[UNKNOWN_VALUE])) == {"CN-087"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": UNKNOWN_VALUE, "Resource": "*"}
    assert judged(statement(Action="sts:*"), deny) == {"CN-087"}


def test_a_policy_apart_from_its_endpoint_is_of_sts_when_its_actions_say_so():
    apart = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
    for action, expected in {"sts:Get*": {"CN-087"}, "*": set(), "s3:*": set()}.items():
        assert broken(apart, {"policy": document(statement(Action=action))}) == expected


def test_services_are_those_of_aws_in_their_own_spelling():
    names = {
        f"com.amazonaws.{REGION}.s3": set(),
        f"com.amazonaws.{REGION}.ecr.dkr": set(),
        "com.amazonaws.iam": set(),
        f"aws.sagemaker.{REGION}.studio": set(),
        f"com.amazonaws.{REGION}.sagemaker.api": set(),
        f"aws.sagemaker.{REGION}.x": {"CN-081"},
        f"aws.sagemaker.{REGION}.studio.example": {"CN-081"},
        "aws.sagemaker.us-east-1.studio": {"CN-081"},
        f"com.amazonaws.vpce.{REGION}.vpce-svc-0a": {"CN-081"},
        f"com.amazonaws.{REGION}.vpce.x": {"CN-081"},
        f"example.com.amazonaws.{REGION}.s3": {"CN-081"},
        f"com.amazonaws.{REGION}.s3 ": {"CN-081"},
    }
    for name, expected in names.items():
        props = {
            **COMPLIANT[ENDPOINT],
            "serviceName": name,
            "policy": document(statement(Action="s3:x")),
        }
        assert broken(ENDPOINT, props) == expected, name


def test_a_declared_list_of_services_bounds_the_endpoints():
    servicer = configured({**CONFIG, "services": ["s3"]})
    assert found("s3", statement(), servicer=servicer) == set()
    assert found("kms", statement(), servicer=servicer) == {"CN-081"}


def test_a_gateway_endpoint_needs_neither_dns_nor_groups():
    props = {
        "vpcEndpointType": "Gateway",
        "serviceName": f"com.amazonaws.{REGION}.s3",
        "policy": document(statement()),
    }
    assert broken(ENDPOINT, props) == set()
    del props["vpcEndpointType"]  # AWS's default is Gateway
    assert broken(ENDPOINT, props) == set()


class TestAnEndpointWithoutAPolicy:
    """An exception stands in for one only where AWS takes none, and where it names the SCP."""

    EXCEPTION: ClassVar = {
        "rule": "CN-083", "name": "e1", "owner": "net team", "reason": "certificates",
        "expires": SOON, "scp": "p-a1b2c3d4",
    }  # fmt: skip

    def found(self, service: str, **more: object) -> tuple[set[str], list[str]]:
        """Rules that it breaks, and what is said of the missing policy."""
        props = {**COMPLIANT[ENDPOINT], "serviceName": service}
        del props["policy"]
        exceptions = [{**self.EXCEPTION, **more}]
        servicer = configured({**CONFIG, "exceptions": exceptions})
        lines = [d.message for d in judge(ENDPOINT, props, "e1", servicer)]
        return broken(ENDPOINT, props, "e1", servicer), [m for m in lines if "CN-083" in m]

    @pytest.mark.parametrize(
        "service",
        [*(f"com.amazonaws.{REGION}.{name}" for name in sorted(UNPOLICED - {"route53"})),
         "com.amazonaws.route53"],
    )  # fmt: skip
    @pytest.mark.parametrize("rule", UNPOLICED_RULE)
    def test_passes_where_aws_takes_none(self, service, rule):
        rules, (line,) = self.found(service, rule=rule)
        assert rules == set() and "Excepted until" in line

    @pytest.mark.parametrize("name", ["sts", "ec2", "s3", "acm-pca"])
    def test_fails_where_aws_takes_one_and_says_why_the_exception_does_not_count(self, name):
        rules, (line,) = self.found(f"com.amazonaws.{REGION}.{name}")
        assert rules == {"CN-083"}
        assert f"its exception does not count, since AWS takes a policy for {name}." in line

    def test_fails_without_an_exception_for_it_in_the_usual_words(self):
        rules, (line,) = self.found(f"com.amazonaws.{REGION}.acm", name="another")
        assert rules == {"CN-083"} and "does not count" not in line

    def test_fails_where_the_service_is_not_known(self):
        assert "CN-083" in self.found("")[0]
