"""Closed policies, and the ways in which people open them without noticing."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import botocore.session
import pytest

from iam.perimeter import endpoint_reaches_outside, resource_admits_outside, trust_admits_outside
from iam.requests import Closed, Open, Undecided
from iam.usual_calls import USUAL_CALLS
from rules.boundary import Boundary, Supply
from rules.unknowns import UNKNOWN

# What botocore calls a service whose calls are shown; None where the action is no operation of it.
PERMISSIONS_ALONE = {
    "backup", "elasticfilesystem", "es", "execute-api", "lambda", "ssmmessages", "vpc-lattice-svcs"
}  # fmt: skip
OPERATIONS_OF = {
    **dict.fromkeys(PERMISSIONS_ALONE),
    "bedrock": "bedrock-runtime",
    "elasticloadbalancing": "elbv2",
    "sagemaker": "sagemaker-runtime",
    "states": "stepfunctions",
}
ROOT = Path(__file__).parents[3]
ACCOUNT, FOREIGN = "111122223333", "444455556666"
ORGANIZATION, FOREIGN_ORGANIZATION = "o-a1b2c3d4e5", "o-zzzzzzzzzz"
REGION = "eu-west-1"
ISSUER = f"oidc.eks.{REGION}.amazonaws.com/id/A1"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
BOUNDARY = Boundary(
    accounts=frozenset({ACCOUNT}),
    organization_id=ORGANIZATION,
    supplied=(Supply(("flow-logs-bucket",), (), "net team", "theirs"),),
)
OWN = {"aws:PrincipalOrgID": ORGANIZATION, "aws:ResourceOrgID": ORGANIZATION}
CALLER = "a principal of another account"
ANYBODY = "anybody, without credentials"
SERVICE = "a service acting for another account"
TOKEN = "a token that the policy does not name"
PROVIDERS = "an identity provider outside the boundary"
RESOURCE = "a resource of another account"
UNDECIDED = "undecided"
LAYERS = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"
READS = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
ABSENT = object()


def policy(base, changes):
    """A base statement with changes, and whatever further statements stand behind it."""
    listed = changes if isinstance(changes, list) else [changes]
    whole = [{**base, **listed[0]}, *listed[1:]]
    kept = [{k: v for k, v in s.items() if v is not ABSENT} for s in whole]
    return {"Version": "2012-10-17", "Statement": kept}


def deny(**changes):
    return {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", **changes}


def check(decision, expected):
    if expected is None:
        assert decision == Closed()
    elif expected == UNDECIDED:
        assert isinstance(decision, Undecided) and decision.reasons
        assert "disagree" not in " ".join(decision.reasons)
    else:
        assert isinstance(decision, Open), decision
        assert decision.outside == expected
        assert decision.statement.startswith("statement")


def when(operator="StringEquals", **keys):
    return {operator: {key.replace("_", ":", 1): value for key, value in keys.items()}}


ANY = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
ENDPOINT = {**ANY, "Condition": {"StringEquals": OWN}}
SOLVED = {"StringLike": OWN}  # the same, but nothing that iam/plain.py knows
PRINCIPALS = when(aws_PrincipalOrgID=ORGANIZATION)
RESOURCES = when(aws_ResourceOrgID=ORGANIZATION)

ENDPOINTS = {
    "own principals to own resources": ({}, None),
    "by accounts": (
        {"Condition": when(aws_PrincipalAccount=ACCOUNT, aws_ResourceAccount=[ACCOUNT])},
        None,
    ),
    "organization paths": (
        {
            "Condition": {
                "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"},
                **RESOURCES,
            }
        },
        None,
    ),
    "own principals by name": ({"Principal": {"AWS": ACCOUNT}, "Condition": RESOURCES}, None),
    "own principals by ARN": (
        {
            "Condition": {
                **RESOURCES,
                **when("ArnLike", aws_PrincipalArn=f"arn:aws:iam::{ACCOUNT}:*"),
            }
        },
        None,
    ),
    "the caller's own account": (
        {
            "Condition": when(
                aws_PrincipalOrgID=ORGANIZATION, aws_ResourceAccount="${aws:PrincipalAccount}"
            )
        },
        None,
    ),
    "services of AWS": ({"Condition": when("Bool", aws_PrincipalIsAWSService="true")}, None),
    "layers": ({"Action": "s3:GetObject", "Resource": LAYERS, "Condition": ABSENT}, None),
    "a denial of everybody else": (
        [
            {"Condition": ABSENT},
            deny(Condition=when("StringNotEquals", aws_PrincipalOrgID=ORGANIZATION)),
            deny(Condition=when("StringNotEquals", aws_ResourceOrgID=ORGANIZATION)),
        ],
        None,
    ),
    "EKS images": (
        {
            "Action": READS,
            "Condition": when(aws_PrincipalOrgID=ORGANIZATION, aws_ResourceAccount="602401143452"),
        },
        None,
    ),
    "a token for own roles": (
        {
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Resource": f"arn:aws:iam::{ACCOUNT}:role/*",
            "Condition": ABSENT,
        },
        None,
    ),
    "a bucket that somebody answers for": (
        {"Resource": "arn:aws:s3:::flow-logs-bucket/*", "Condition": PRINCIPALS},
        None,
    ),
    "calls that nobody may make any more": (
        {"Condition": when("DateLessThan", aws_CurrentTime="2026-10-31T23:59:59Z")},
        None,
    ),
    "calls until a number of seconds": (
        {"Condition": when("NumericLessThanEquals", aws_EpochTime="1577836800")},
        None,
    ),
    "calls that are denied from a day on that has passed": (
        [
            {"Condition": ABSENT},
            deny(Condition=when("DateGreaterThan", aws_CurrentTime="2020-01-01")),
        ],
        None,
    ),
    "images of anybody to start from": (
        {
            "Action": "ec2:RunInstances",
            "Resource": "arn:aws:ec2:*::image/*",
            "Condition": PRINCIPALS,
        },
        None,
    ),
    # opened
    "calls until a day to come": (
        {"Condition": when("DateLessThan", aws_CurrentTime="2040-01-01")},
        CALLER,
    ),
    "a denial that is over": (
        [{"Condition": ABSENT}, deny(Condition=when("DateLessThan", aws_CurrentTime="2020-01-01"))],
        CALLER,
    ),
    "roles by a wildcard before the account, which a role's path may fill": (
        {
            "Action": "sts:AssumeRole",
            "Resource": f"arn:aws:iam:*:{ACCOUNT}:role/*",
            "Condition": PRINCIPALS,
        },
        RESOURCE,
    ),
    "no condition": ({"Condition": ABSENT}, CALLER),
    "IfExists": ({"Condition": {"StringEqualsIfExists": OWN}}, CALLER),
    "IfExists on the principal": (
        {"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}, **RESOURCES}},
        CALLER,
    ),
    "ForAllValues, true of nothing": ({"Condition": {"ForAllValues:StringEquals": OWN}}, CALLER),
    "ForAllValues on paths": (
        {
            "Condition": {
                "ForAllValues:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"},
                **RESOURCES,
            }
        },
        CALLER,
    ),
    "a key that anybody may set": (
        {"Condition": {**RESOURCES, **when("StringLike", aws_UserAgent="heiiki*")}},
        CALLER,
    ),
    "a tag that anybody may give": (
        {"Condition": when(aws_ResourceOrgID=ORGANIZATION, **{"aws_PrincipalTag/team": "net"})},
        CALLER,
    ),
    "the wrong side's key twice": ({"Condition": RESOURCES}, CALLER),
    "the principal's side only": ({"Condition": PRINCIPALS}, RESOURCE),
    "any organization": (
        {"Condition": {**RESOURCES, **when("StringLike", aws_PrincipalOrgID="*")}},
        CALLER,
    ),
    "a wildcard in the organization": (
        {"Condition": {**RESOURCES, **when("StringLike", aws_PrincipalOrgID="o-a1b2c3d4e*")}},
        CALLER,
    ),
    "another organization beside it": (
        {
            "Condition": when(
                aws_ResourceOrgID=ORGANIZATION,
                aws_PrincipalOrgID=[ORGANIZATION, FOREIGN_ORGANIZATION],
            )
        },
        CALLER,
    ),
    "everybody but one": (
        {"Condition": {**RESOURCES, **when("StringNotEquals", aws_PrincipalAccount=FOREIGN)}},
        CALLER,
    ),
    "Null only": ({"Condition": {**RESOURCES, **when("Null", aws_PrincipalOrgID="false")}}, CALLER),
    "no principal key at all": (
        {"Condition": {**RESOURCES, **when("Null", aws_PrincipalOrgID="true")}},
        CALLER,
    ),
    "a wildcard before the account": (
        {
            "Condition": {
                **RESOURCES,
                **when("StringLike", aws_PrincipalArn=f"arn:aws:iam::*{ACCOUNT}*"),
            }
        },
        CALLER,
    ),
    "every account": ({"Resource": f"arn:aws:sqs:{REGION}:*:q", "Condition": PRINCIPALS}, RESOURCE),
    "a region left open": (
        {"Resource": f"arn:aws:sqs:*:{ACCOUNT}:q", "Condition": PRINCIPALS},
        RESOURCE,
    ),
    "a bucket by name alone": (
        {"Resource": "arn:aws:s3:::mine/*", "Condition": PRINCIPALS},
        RESOURCE,
    ),
    "NotAction": ({"Action": ABSENT, "NotAction": "s3:*", "Condition": ABSENT}, CALLER),
    "NotResource": (
        {"Resource": ABSENT, "NotResource": "arn:aws:s3:::secret/*", "Condition": PRINCIPALS},
        RESOURCE,
    ),
    "NotPrincipal": (
        {"Principal": ABSENT, "NotPrincipal": {"AWS": FOREIGN}, "Condition": RESOURCES},
        CALLER,
    ),
    "a denial of too few actions": (
        [
            {"Condition": RESOURCES},
            deny(
                Action="s3:Put*",
                Condition=when("StringNotEquals", aws_PrincipalOrgID=ORGANIZATION),
            ),
        ],
        CALLER,
    ),
    "a denial that wants both wrong": (
        [{"Condition": ABSENT}, deny(Condition={"StringNotEquals": OWN})],
        CALLER,
    ),
    "a denial of what is not there": (
        [{"Condition": RESOURCES}, deny(Condition=when(aws_PrincipalOrgID=FOREIGN_ORGANIZATION))],
        CALLER,
    ),
    "a denial that spares the nameless": (
        [
            {"Condition": RESOURCES},
            deny(
                Condition={
                    **when("StringNotEquals", aws_PrincipalOrgID=ORGANIZATION),
                    **when("Null", aws_PrincipalOrgID="false"),
                }
            ),
        ],
        CALLER,
    ),
    "layers for writing": (
        {"Action": "s3:*", "Resource": LAYERS, "Condition": ABSENT},
        CALLER,
    ),
    "layers of every region": (
        {
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::prod-*-starport-layer-bucket/*",
            "Condition": ABSENT,
        },
        CALLER,
    ),
    "EKS images for pushing": (
        {
            "Action": "ecr:*",
            "Condition": when(aws_PrincipalOrgID=ORGANIZATION, aws_ResourceAccount="602401143452"),
        },
        RESOURCE,
    ),
    "a token for any role": (
        {"Action": "sts:AssumeRoleWithWebIdentity", "Condition": ABSENT},
        CALLER,
    ),
    "a second statement of the same name": (
        [
            {"Sid": "Own"},
            {**ANY, "Sid": "Own", "Condition": RESOURCES},
            {**ENDPOINT, "Sid": "Own"},
        ],
        CALLER,
    ),
    "a second statement": ([{}, ANY], CALLER),
    "a time": (
        [{}, {**ANY, "Condition": when("DateGreaterThan", aws_CurrentTime="2030-01-01T00:00:00Z")}],
        CALLER,
    ),
    "an address": (
        [{}, {**ANY, "Condition": when("IpAddress", aws_VpcSourceIp="10.0.0.0/8")}],
        CALLER,
    ),
    "the public address, which is never there": (
        [{}, {**ANY, "Condition": when("IpAddress", aws_SourceIp="10.0.0.0/8")}],
        None,
    ),
    # not to be said
    "an unknown organization": (
        {"Condition": when(aws_PrincipalOrgID=UNKNOWN, aws_ResourceOrgID=ORGANIZATION)},
        UNDECIDED,
    ),
    "an operator of the future": (
        {"Condition": {**RESOURCES, **when("StringMatches", aws_PrincipalOrgID=ORGANIZATION)}},
        UNDECIDED,
    ),
    "a plain operator on a list": (
        {
            "Condition": {
                **RESOURCES,
                **when("StringLike", aws_PrincipalOrgPaths=f"{FOREIGN_ORGANIZATION}/*"),
            }
        },
        UNDECIDED,
    ),
    "a wildcard within a principal": (
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT[:4]}*:root"}, "Condition": RESOURCES},
        UNDECIDED,
    ),
    "a denial that spares one, whose account may be denied first": (
        [
            {"Principal": {"AWS": FOREIGN}, "Condition": RESOURCES},
            deny(Principal=ABSENT, NotPrincipal={"AWS": f"arn:aws:iam::{FOREIGN}:role/x"}),
        ],
        UNDECIDED,
    ),
    "both Action and NotAction": ({"NotAction": "s3:*"}, UNDECIDED),
    "an operator without keys": (
        [{"Condition": RESOURCES}, deny(Condition={"StringNotEquals": {}})],
        UNDECIDED,
    ),
    "too much to compare": (
        {
            "Condition": SOLVED,
            "Resource": [f"arn:aws:s3:::*{c}*{d}*" for c in "abcdef" for d in "ghijkl"],
        },
        UNDECIDED,
    ),
    "an effect nobody knows": ({"Effect": "Permit", "Condition": ABSENT}, UNDECIDED),
    "an unknown denial": (
        [
            {"Condition": RESOURCES},
            deny(Condition=when("StringNotEquals", aws_PrincipalOrgID=UNKNOWN)),
        ],
        UNDECIDED,
    ),
}


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint(name):
    changes, expected = ENDPOINTS[name]
    check(endpoint_reaches_outside(policy(ENDPOINT, changes), BOUNDARY, region=REGION), expected)


BUCKET = {**ANY, "Action": "s3:*", "Condition": PRINCIPALS}
KEY = {**ANY, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*"}
TRAIL = {
    **ANY,
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": "s3:PutObject",
    "Condition": when(aws_SourceAccount=ACCOUNT),
}
LOGS = {
    **KEY,
    "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
    "Condition": {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}
    },
}
OTHER_LOGS = {
    "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{FOREIGN}:*"}
}

MOUNTED = {**ANY, "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]}
OF_RESOURCES = {
    "a bucket of the organization": ("bucket", BUCKET, {}, None),
    "a key of the account": ("key", KEY, {}, None),
    "the caller's own account of a key": (
        "key",
        KEY,
        {"Principal": "*", "Condition": when(kms_CallerAccount=ACCOUNT)},
        None,
    ),
    "logs encrypt with a key": ("key", LOGS, {}, None),
    "a trail of the account": ("bucket", TRAIL, {}, None),
    "a trail by ARN": (
        "bucket",
        TRAIL,
        {"Condition": when("ArnLike", aws_SourceArn=f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*")},
        None,
    ),
    "a trail by organization": (
        "bucket",
        TRAIL,
        {"Condition": when(aws_SourceOrgID=ORGANIZATION)},
        None,
    ),
    "only a denial": ("bucket", BUCKET, [deny()], None),
    "notices of a bucket that somebody answers for": (
        "queue",
        TRAIL,
        {
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Condition": when("ArnEquals", aws_SourceArn="arn:aws:s3:::flow-logs-bucket"),
        },
        None,
    ),
    "clients that mount a file system": (
        "file system",
        MOUNTED,
        {"Condition": when("Bool", elasticfilesystem_AccessedViaMountTarget="true")},
        None,
    ),
    "a denial of all clients but those": (
        "file system",
        MOUNTED,
        [
            {"Condition": ABSENT},
            deny(Condition=when("BoolIfExists", elasticfilesystem_AccessedViaMountTarget="false")),
        ],
        None,
    ),
    # opened
    "clients that mount a file system, IfExists": (
        "file system",
        MOUNTED,
        {"Condition": when("BoolIfExists", elasticfilesystem_AccessedViaMountTarget="true")},
        CALLER,
    ),
    "a denial of clients that do not mount it, where the key is there": (
        "file system",
        MOUNTED,
        [
            {"Condition": ABSENT},
            deny(Condition=when("Bool", elasticfilesystem_AccessedViaMountTarget="false")),
        ],
        CALLER,
    ),
    "everybody": ("bucket", BUCKET, {"Condition": ABSENT}, CALLER),
    "everybody, who has no organization": (
        "bucket",
        BUCKET,
        {"Condition": when("StringNotEquals", aws_PrincipalOrgID=FOREIGN_ORGANIZATION)},
        CALLER,
    ),
    "anonymous only": (
        "bucket",
        BUCKET,
        {"Condition": when(aws_PrincipalType="Anonymous")},
        ANYBODY,
    ),
    "everybody through an endpoint": (
        "bucket",
        BUCKET,
        {"Condition": when(aws_SourceVpce="vpce-0a1b")},
        CALLER,
    ),
    "everybody from an address": (
        "bucket",
        BUCKET,
        {"Condition": when("IpAddress", aws_SourceIp="10.0.0.0/8")},
        CALLER,
    ),
    "everybody with a referer": (
        "bucket",
        BUCKET,
        {"Condition": when("StringLike", aws_Referer="https://x/*")},
        CALLER,
    ),
    "a foreign account": ("key", KEY, {"Principal": {"AWS": [ACCOUNT, FOREIGN]}}, CALLER),
    "a foreign role": (
        "key",
        KEY,
        {"Principal": {"AWS": f"arn:aws:iam::{FOREIGN}:role/x"}},
        CALLER,
    ),
    "a foreign session": (
        "key",
        KEY,
        {"Principal": {"AWS": f"arn:aws:sts::{FOREIGN}:assumed-role/x/y"}},
        CALLER,
    ),
    "the caller's account of a key": (
        "key",
        KEY,
        {"Principal": "*", "Condition": when("StringLike", kms_CallerAccount="*")},
        CALLER,
    ),
    "the service behind a call": (
        "key",
        KEY,
        {"Principal": "*", "Condition": when(kms_ViaService=f"s3.{REGION}.amazonaws.com")},
        CALLER,
    ),
    "a trail of anybody": ("bucket", TRAIL, {"Condition": ABSENT}, SERVICE),
    "a trail of anybody, IfExists": (
        "bucket",
        TRAIL,
        {"Condition": when("StringEqualsIfExists", aws_SourceAccount=ACCOUNT)},
        SERVICE,
    ),
    "a trail named by a wildcard": (
        "bucket",
        TRAIL,
        {"Condition": when("ArnLike", aws_SourceArn="arn:aws:cloudtrail:*:*:trail/mine")},
        SERVICE,
    ),
    "a topic by a text": (
        "queue",
        TRAIL,
        {
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Condition": when("StringLike", aws_SourceArn=f"arn:aws:sns:*:{ACCOUNT}:*"),
        },
        SERVICE,
    ),
    "a bucket's name that anybody may take": (
        "queue",
        TRAIL,
        {
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Condition": when("ArnLike", aws_SourceArn="arn:aws:s3:::mine"),
        },
        SERVICE,
    ),
    "logs of another account": ("key", LOGS, {"Condition": OTHER_LOGS}, SERVICE),
    "a context that is not the service's": (
        "key",
        LOGS,
        {"Principal": {"Service": "sqs.amazonaws.com"}},
        SERVICE,
    ),
    "services of AWS": (
        "bucket",
        BUCKET,
        {"Condition": when("Bool", aws_PrincipalIsAWSService="true")},
        SERVICE,
    ),
    "NotPrincipal": (
        "bucket",
        BUCKET,
        {"Principal": ABSENT, "NotPrincipal": {"AWS": FOREIGN}, "Condition": ABSENT},
        CALLER,
    ),
    "a denial with a gap": (
        "bucket",
        BUCKET,
        [
            {"Condition": ABSENT},
            deny(
                Action="s3:*",
                Condition={
                    **when("StringNotEquals", aws_PrincipalOrgID=ORGANIZATION),
                    **when("Bool", aws_SecureTransport="true"),
                },
            ),
        ],
        CALLER,
    ),
    # not to be said
    "a canonical user": (
        "bucket",
        BUCKET,
        {"Principal": {"CanonicalUser": "a" * 64}, "Condition": ABSENT},
        UNDECIDED,
    ),
    "a user of CloudFront's, which is of no account": (
        "bucket",
        BUCKET,
        {"Principal": {"AWS": "arn:aws:iam::cloudfront:user/X E1ABC"}, "Condition": ABSENT},
        UNDECIDED,
    ),
    "an unknown principal": ("key", KEY, {"Principal": {"AWS": [UNKNOWN]}}, UNDECIDED),
    "somebody who was deleted": ("key", KEY, {"Principal": {"AWS": "AROAEXAMPLE"}}, UNDECIDED),
    "a service by a wildcard": (
        "bucket",
        TRAIL,
        {"Principal": {"Service": "*"}, "Condition": ABSENT},
        UNDECIDED,
    ),
}


@pytest.mark.parametrize("name", OF_RESOURCES)
def test_a_resource(name):
    kind, base, changes, expected = OF_RESOURCES[name]
    check(resource_admits_outside(policy(base, changes), BOUNDARY, kind), expected)


TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "ec2.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
WEB = {
    "Effect": "Allow",
    "Principal": {"Federated": PROVIDER},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
        "StringEquals": {
            f"{ISSUER}:aud": "sts.amazonaws.com",
            f"{ISSUER}:sub": "system:serviceaccount:kube-system:aws-node",
        }
    },
}
AUDIENCE = {f"{ISSUER}:aud": "sts.amazonaws.com"}


def subject(pattern, operator="StringLike"):
    return {"Condition": {"StringEquals": AUDIENCE, operator: {f"{ISSUER}:sub": pattern}}}


TRUSTS = {
    "a service": (TRUST, {}, None),
    "the own account": (TRUST, {"Principal": {"AWS": ACCOUNT}}, None),
    "the own organization": (TRUST, {"Principal": "*", "Condition": PRINCIPALS}, None),
    "a service account": (WEB, {}, None),
    "service accounts of a namespace": (WEB, subject("system:serviceaccount:kube-system:*"), None),
    "a service account, without case": (
        WEB,
        subject("system:serviceaccount:Kube-System:aws-node", "StringEqualsIgnoreCase"),
        None,
    ),
    "a service account, by claims that are lists of one": (
        WEB,
        {"Condition": {f"ForAnyValue:{k}": v for k, v in WEB["Condition"].items()}},
        None,
    ),
    "own people by SAML": (
        TRUST,
        {
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/x"},
            "Action": "sts:AssumeRoleWithSAML",
        },
        None,
    ),
    # opened
    "everybody": (TRUST, {"Principal": "*"}, CALLER),
    "a foreign account": (TRUST, {"Principal": {"AWS": FOREIGN}}, CALLER),
    "a foreign account with an id": (
        TRUST,
        {"Principal": {"AWS": FOREIGN}, "Condition": when(sts_ExternalId="x")},
        CALLER,
    ),
    "everybody, IfExists": (
        TRUST,
        {
            "Principal": "*",
            "Condition": when("StringEqualsIfExists", aws_PrincipalOrgID=ORGANIZATION),
        },
        CALLER,
    ),
    "any action": (TRUST, {"Principal": {"AWS": "*"}, "Action": "sts:*"}, CALLER),
    "a tag on the session": (
        TRUST,
        {"Principal": {"AWS": FOREIGN}, "Action": "sts:TagSession"},
        CALLER,
    ),
    "every token": (WEB, {"Condition": ABSENT}, TOKEN),
    "every subject": (WEB, {"Condition": {"StringEquals": AUDIENCE}}, TOKEN),
    "every audience": (
        WEB,
        {"Condition": when(**{f"{ISSUER}:sub": "system:serviceaccount:a:b"})},
        TOKEN,
    ),
    "another's subject, without case": (
        WEB,
        subject("repo:own/app", "StringEqualsIgnoreCase"),
        TOKEN,
    ),
    "every namespace": (WEB, subject("system:serviceaccount:*:aws-node"), TOKEN),
    "a subject, IfExists and more": (WEB, subject("system:*", "StringLikeIfExists"), TOKEN),
    "a subject that is not": (WEB, subject("system:serviceaccount:a:b", "StringNotEquals"), TOKEN),
    "another issuer's claims": (
        WEB,
        {
            "Condition": {
                "StringEqualsIfExists": {
                    "oidc.example.com:aud": "sts.amazonaws.com",
                    "oidc.example.com:sub": "system:serviceaccount:a:b",
                }
            }
        },
        TOKEN,
    ),
    "everybody of a public provider": (
        WEB,
        {
            "Principal": {"Federated": "accounts.google.com"},
            "Condition": when(**{"accounts.google.com:aud": "app"}),
        },
        PROVIDERS,
    ),
    "a foreign provider": (
        WEB,
        {
            "Principal": {"Federated": f"arn:aws:iam::{FOREIGN}:saml-provider/x"},
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": ABSENT,
        },
        PROVIDERS,
    ),
    "claims of anybody's session": (
        WEB,
        {"Principal": "*", "Action": "sts:AssumeRole"},
        CALLER,
    ),
    # not to be said
    "services by a wildcard": (TRUST, {"Principal": {"Service": "*"}}, UNDECIDED),
    "an unknown principal": (TRUST, {"Principal": {"AWS": UNKNOWN}}, UNDECIDED),
}


@pytest.mark.parametrize("name", TRUSTS)
def test_a_trust(name):
    base, changes, expected = TRUSTS[name]
    check(trust_admits_outside(policy(base, changes), BOUNDARY), expected)


def test_nothing_is_inside_of_an_empty_boundary():
    for document, base in ((ENDPOINT, {}), (KEY, {})):
        held = policy(document, base)
        assert isinstance(endpoint_reaches_outside(held, Boundary(), region=REGION), Open)
    assert isinstance(resource_admits_outside(policy(KEY, {}), Boundary(), "key"), Open)


def test_a_counterexample_is_plain_and_needs_all_that_it_says():
    found = endpoint_reaches_outside(policy(ENDPOINT, {"Condition": RESOURCES}), BOUNDARY)
    assert isinstance(found, Open)
    asked = found.request
    assert asked.principal.name == "arn:aws:iam::999999999999:role/outside"
    assert (asked.action, asked.resource) == ("s3:putobject", "arn:aws:s3:::outside-bucket/key")
    assert asked.context == {"aws:resourceorgid": (ORGANIZATION,)}
    again = endpoint_reaches_outside(policy(ENDPOINT, {"Condition": RESOURCES}), BOUNDARY)
    assert again == found


SHOWN = {
    "s3": ("s3:putobject", "arn:aws:s3:::outside-bucket/key"),
    "ecr.api": ("ecr:putimage", f"arn:aws:ecr:{REGION}:999999999999:repository/outside"),
    "kms": ("kms:decrypt", f"arn:aws:kms:{REGION}:999999999999:key/outside"),
    "monitoring": ("cloudwatch:putmetricdata", f"arn:aws:cloudwatch:{REGION}:999999999999:outside"),
    "sts": ("sts:assumerole", "arn:aws:iam::999999999999:role/outside"),
    "a.service.of.its.own": ("s3:putobject", "arn:aws:s3:::outside-bucket/key"),
}


@pytest.mark.parametrize("service", SHOWN)
@pytest.mark.parametrize("changes", [{}, {"Condition": RESOURCES}], ids=["plain", "by the solver"])
def test_a_policy_for_any_call_is_shown_open_by_a_call_of_the_endpoint_s_service(service, changes):
    found = endpoint_reaches_outside(policy(ENDPOINT, changes or {"Condition": {}}), BOUNDARY,
                                     service=service, region=REGION)  # fmt: skip
    assert isinstance(found, Open)
    assert (found.request.action, found.request.resource) == SHOWN[service]


def test_a_call_of_another_service_is_shown_where_no_other_passes():
    """A policy of ECR's endpoint that lets S3 through is open all the same."""
    changes = {"Condition": {}, "Action": "s3:*"}
    found = endpoint_reaches_outside(policy(ENDPOINT, changes), BOUNDARY, service="ecr.api",
                                     region=REGION)  # fmt: skip
    assert isinstance(found, Open) and found.request.action == "s3:putobject"


def test_usual_calls_are_calls_of_aws():
    session, names = botocore.session.get_session(), {}
    for service, called in {
        prefix: OPERATIONS_OF.get(prefix, prefix) for prefix in USUAL_CALLS
    }.items():
        if called is not None:
            model = session.get_service_model(called)
            names[service] = {name.lower() for name in model.operation_names}
    assert len(names) > 30
    for service, call in USUAL_CALLS.items():
        prefix, _, name = call.action.partition(":")
        assert prefix == service
        assert name in names[service] if service in names else service in PERMISSIONS_ALONE


BESIDE = {**policy(TRUST, {}), "statement": [ANY]}  # IAM's keys have a case, and no others stand


@pytest.mark.parametrize("document", [UNKNOWN, "no json", "{}", None, "[]", 5, BESIDE])
def test_what_cannot_be_read_is_undecided(document):
    for decision in (
        endpoint_reaches_outside(document, BOUNDARY),
        resource_admits_outside(document, BOUNDARY, "bucket"),
        trust_admits_outside(document, BOUNDARY),
    ):
        assert isinstance(decision, Undecided)


def test_an_unknown_piece_is_named_by_its_path_and_no_value_is_echoed():
    secret = "hunter2 and more"
    held = {"StringEquals": {"aws:PrincipalOrgID": UNKNOWN, f"aws:RequestTag/{secret}": secret}}
    found = endpoint_reaches_outside(policy(ENDPOINT, {"Condition": held}), BOUNDARY)
    assert isinstance(found, Undecided)
    where = "policy.Statement[0].Condition.StringEquals.aws:PrincipalOrgID is unknown in preview"
    assert where in found.reasons
    assert secret not in " ".join(found.reasons)


def test_too_few_steps_are_no_pass(monkeypatch):
    import iam.solve

    monkeypatch.setattr(iam.solve, "RLIMIT", 1)
    found = endpoint_reaches_outside(
        policy(ENDPOINT, {"Condition": SOLVED}), BOUNDARY, region=REGION
    )
    assert found == Undecided(("statement [0] is too much for the solver",))


def test_the_solver_is_imported_only_when_it_is_asked():
    asked = "print('z3' in sys.modules)"
    lines = (
        "import sys; sys.path.insert(0, 'policies')",
        "from iam.perimeter import trust_admits_outside as trust",
        "from rules.boundary import Boundary",
        asked,
        f"own = Boundary(frozenset([{ACCOUNT!r}]))",
        f"trust({policy(TRUST, {'Principal': '*'})!r}, own)",
        asked,
        f"trust({policy(TRUST, {'Principal': {'AWS': ACCOUNT}})!r}, own)",
        asked,
        f"trust({policy(TRUST, {'Principal': '*', 'Condition': SOLVED})!r}, own)",
        asked,
    )
    command = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False", "True"]


def test_ids_that_no_bucket_has_are_not_compared_with_buckets():
    """Each would be two more patterns, and a few of them more than can be looked at."""
    ids = tuple(
        f"{kind}-0a1b2c3d4e5f6071{i}" for kind in ("vpc", "subnet", "tgw") for i in range(4)
    )
    supplied = (Supply((*ids, "own-logs"), (), "team", "theirs"),)
    boundary = replace(BOUNDARY, supplied=supplied)
    held = {"StringEquals": OWN}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": held}]}
    assert endpoint_reaches_outside(document, boundary) == Closed()
    to_bucket = {"Action": "s3:*", "Resource": "arn:aws:s3:::own-logs/*", "Condition": {
        "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}  # fmt: skip
    document["Statement"] = [{**statement, **to_bucket}]
    assert endpoint_reaches_outside(document, boundary) == Closed()
