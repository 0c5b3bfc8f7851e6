"""Types that the provider has under two names are one thing: read, recorded and told as such."""

import pathlib
import re

import pulumi_aws
import pytest

from automation.described.records import OTHER_NAMES, Records
from automation.described.resources import resources_of
from automation.described.scope import Grade, Thing
from automation.described.tables import KINDS
from automation.state import Resource
from tests.automation.described.parity import HERE
from tests.policies.mutations.stacks import ACCOUNT, REGION

TOKENS = {kind.token for kind in KINDS}
_TOKEN = re.compile(r'"(aws:[a-z0-9]+/[A-Za-z0-9]+:[A-Za-z0-9]+)":')
PROVIDED = frozenset(
    _TOKEN.findall(pathlib.Path(str(pulumi_aws.__file__)).read_text(encoding="utf-8"))
)


def siblings(token: str) -> set[str]:
    """What the provider registers a type as once more."""
    older = token.replace("aws:lb/", "aws:alb/")
    return {older, re.sub(r"/(\w+):(\w+)$", r"/\1V2:\2V2", token)} - {token}


def test_every_other_name_of_a_type_that_is_read_is_known():
    found = {s: token for token in TOKENS for s in siblings(token) & PROVIDED}
    assert found == OTHER_NAMES


GROUP_ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/own/0123456789abcdef"
RULE_ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener-rule/app/own/1/2/3"
OF_BUCKET = {"_of": {"Name": "own"}}


@pytest.mark.parametrize(("type_", "id_", "item", "inputs"), [
    ("aws:alb/listenerRule:ListenerRule", RULE_ARN,
     {"RuleArn": RULE_ARN, "_of": {"ListenerArn": "x"}}, {}),
    ("aws:alb/targetGroup:TargetGroup", GROUP_ARN, {"TargetGroupArn": GROUP_ARN}, {}),
    ("aws:alb/targetGroupAttachment:TargetGroupAttachment", "made-up",
     {"TargetGroupArn": GROUP_ARN, "_targets": [{"Id": "10.0.0.9", "Port": 443}]},
     {"targetGroupArn": GROUP_ARN, "targetId": "10.0.0.9", "port": 443}),
    ("aws:s3/bucketAclV2:BucketAclV2", "own,private",
     {**OF_BUCKET, "Owner": {"ID": "x"}, "Grants": []}, {"bucket": "own"}),
    ("aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2", "own", OF_BUCKET, {}),
    ("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
     "own", OF_BUCKET, {}),
])  # fmt: skip
def test_what_is_recorded_under_another_name_is_told_by_it_and_once(type_, id_, item, inputs):
    """So an exception for it holds, and what AWS has of it is what is judged."""
    kinds = [kind for kind in KINDS if kind.token == OTHER_NAMES[type_]]
    found = {
        kind.call: [Thing({**item, "_here": HERE}, frozenset(), frozenset(), None, Grade.MADE)]
        for kind in kinds
    }
    record = Resource(f"urn:pulumi:s::p::{type_}::own", type_, "own", id_, inputs, inputs, {})
    of_type = [r for r in resources_of(found, Records([record])).resources
               if r["type"] in (type_, OTHER_NAMES[type_])]  # fmt: skip
    assert [(r["type"], r["name"]) for r in of_type] == [(type_, "own")]
    gone = resources_of({}, Records([record]))
    assert gone.missing == [record] and gone.resources == []
