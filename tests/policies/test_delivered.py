"""What delivers to own things, or names own accounts, passes: the twins of what mutations open."""

import json

import pytest

from tests.policies.analyzer import ACCOUNT, REGION, broken
from tests.policies.mutations.parts import supply
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import Of, stack

TARGET, TOPIC = "aws:cloudwatch/eventTarget:EventTarget", "aws:sns/topic:Topic"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
OBJECT, BUCKET = "aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucket:Bucket"
CONFIG_MAP, PARAMETER = "kubernetes:core/v1:ConfigMap", "aws:ssm/parameter:Parameter"
FUNCTION = "arn:aws:lambda:ap-northeast-1:123456789012:function:x"
OWN = f"arn:aws:iam::{ACCOUNT}:role/own"


@pytest.mark.parametrize("known", [True, False])
def test_what_is_delivered_to_things_of_the_same_program_passes(known):
    whole = stack("dev", known)
    topic = whole.makes(TOPIC, "own")
    bucket = whole.makes(BUCKET, "kept", {"bucket": "kept-by-its-name", "policy": "{}"})
    made = whole.having(
        topic,
        bucket,
        whole.makes(TARGET, "events", {"rule": "x", "arn": Of(topic, "arn")}),
        whole.makes(ALARM, "alarm", {"alarmActions": [Of(topic, "arn")]}),
        whole.makes(OBJECT, "by-id", {"bucket": Of(bucket), "key": "a"}),
        whole.makes(OBJECT, "by-name", {"bucket": "kept-by-its-name", "key": "b"}),
    )
    told = [f for f in proved("dev", made).counted if f.rule == "CN-004"]
    assert told == []
    lacking = proved("dev", made.lacking(topic, bucket)).counted
    assert {f.resource for f in lacking if f.rule == "CN-004"} >= {"by-name"}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sqs:ap-northeast-1:123456789012:x",
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/x",
        "arn:aws:kinesis:ap-northeast-1:123456789012:stream/x",
    ],
)
def test_what_keeps_what_it_gets_needs_nobody(arn):
    whole = stack("dev", True)
    assert proved("dev", whole.having(whole.makes(TARGET, "events", {"arn": arn}))).counted == []


def test_who_answers_for_a_function_answers_for_what_it_does():
    whole = stack("dev", True)
    made = whole.having(whole.makes(TARGET, "events", {"arn": FUNCTION}))
    assert {f.rule for f in proved("dev", made).counted} == {"CN-004"}
    named = made.declaring(supplied=(*whole.boundary.supplied, supply(FUNCTION)))
    assert proved("dev", named).counted == []


@pytest.mark.parametrize(
    ("typ", "props"),
    [
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            {"parameters": {"kmsKeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"}},
        ),
        (CONFIG_MAP, {"data": {"role": "arn:aws:iam::999988887777:role/x"}}),
        (
            PARAMETER,
            {"name": "/x/ca.crt", "type": "String", "value": "BEGIN CERTIFICATE"},
        ),
        (PARAMETER, {"name": "/x/ca.key", "type": "SecureString", "value": "x"}),
        ("aws:eks/addon:Addon", {"addonName": "kube-proxy", "addonVersion": "v1.35.0-eksbuild.2"}),
    ],
)
def test_what_names_own_things_alone_passes(typ, props):
    group = typ.split(":")[1].removeprefix("core/")
    said = {"apiVersion": group, "kind": typ.rsplit(":", 1)[-1]}
    assert broken(typ, {**(said if typ.startswith("kubernetes:") else {}), **props}) == set()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"mapRoles": f"- rolearn: {OWN}\n  username: x", "mapAccounts": f'- "{ACCOUNT}"'}, set()),
        ({"mapUsers": f"- userarn: arn:aws:iam::{ACCOUNT}:user/x"}, set()),
        ({"mapRoles": "- username: nobody"}, {"CN-073"}),
        ({}, set()),
    ],
)
def test_aws_auth_lets_own_principals_in(data, found):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}}
    assert broken(CONFIG_MAP, {**body, "data": data}) == found
    other = {**body, "metadata": {"name": "another"}}
    assert broken(CONFIG_MAP, {**other, "data": data}) == set()


def test_an_arn_within_a_text_of_json_is_read():
    named = "arn:aws:elasticloadbalancing:x:999988887777:targetgroup/x"
    action = json.dumps({"targetGroupARN": named})
    notes = {"alb.ingress.kubernetes.io/scheme": "internal", "x/actions": action}
    body = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"annotations": notes},
        "spec": {"ingressClassName": "alb"},
    }
    assert broken("kubernetes:networking.k8s.io/v1:Ingress", body) == {"CN-136"}
