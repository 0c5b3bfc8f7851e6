"""Whatever holds a document that is nested without end: a sentence about the resource, undecided at
best, and never the end of the proof."""

import base64
import json

import pytest

from proof.findings import Proof
from proof.prove import prove
from rules.nesting import DEEPEST, TooDeep, is_deep, read_json
from tests.policies.analyzer import judge
from tests.policies.mutations.stacks import ACCOUNT, stack

CLOSED = stack("dev", True)
LEVELS = (DEEPEST + 1, 400, 100_000)


def lists(levels: int) -> str:
    return "[" * levels + "]" * levels


def objects(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def user_data(text: str) -> dict[str, object]:
    return {"userDataBase64": base64.b64encode(text.encode()).decode()}


def held(levels: int) -> dict[str, tuple[str, dict[str, object], str]]:
    """Everything that holds a document: its type, inputs, and the rule that speaks of it."""
    deep, machine = objects(levels), "aws:ec2/instance:Instance"
    node, tables = f"apiVersion: node.eks.aws/v1alpha1\nspec: {'[' * levels}", ".a" * levels
    return {
        "a state machine": ("aws:sfn/stateMachine:StateMachine", {"definition": deep}, "CN-270"),
        "tasks": (
            "aws:ecs/taskDefinition:TaskDefinition",
            {"containerDefinitions": lists(levels)},
            "CN-270",
        ),
        "a job": ("aws:batch/jobDefinition:JobDefinition", {"nodeProperties": deep}, "CN-270"),
        "rules of WAF": ("aws:wafv2/webAcl:WebAcl", {"ruleJson": lists(levels)}, "CN-270"),
        "a provider": ("pulumi:providers:aws", {"assumeRoles": lists(levels)}, "CN-270"),
        "a profile": (
            "aws:route53/profilesResourceAssociation:ProfilesResourceAssociation",
            {"resourceProperties": deep, "profileId": "rp-1", "resourceArn": "arn:aws:x"},
            "CN-270",
        ),
        "a policy of a bucket": ("aws:s3/bucketPolicy:BucketPolicy", {"policy": deep}, "CN-270"),
        "a policy of an endpoint": ("aws:ec2/vpcEndpoint:VpcEndpoint", {"policy": deep}, "CN-083"),
        "a trust": ("aws:iam/role:Role", {"assumeRolePolicy": deep}, "CN-130"),
        "aws-auth": (
            "kubernetes:core/v1:ConfigMap",
            {
                "metadata": {"name": "aws-auth", "namespace": "kube-system"},
                "data": {"mapRoles": lists(levels)},
            },
            "CN-073",
        ),
        "a kubeconfig": ("pulumi:providers:kubernetes", {"kubeconfig": deep}, "CN-168"),
        "an add-on": (
            "aws:eks/addon:Addon",
            {"addonName": "coredns", "configurationValues": deep},
            "CN-270",
        ),
        "Ignition": (machine, user_data(deep), "CN-206"),
        "cloud-config": (machine, user_data(f"#cloud-config\na: {lists(levels)}"), "CN-206"),
        "a NodeConfig": (machine, user_data(node), "CN-206"),
        "Bottlerocket": (machine, user_data(f"[settings.kubernetes]\na{tables} = 1"), "CN-206"),
    }


def proved(type_: str, props: dict[str, object]) -> Proof:
    return prove(CLOSED.having(CLOSED.makes(type_, "deep", props)).deployment, CLOSED.boundary)


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("what", held(1))
def test_what_is_nested_without_end_is_said_of_its_resource(what, levels):
    type_, props, rule = held(levels)[what]
    found = [f for f in proved(type_, props).findings if f.resource == "deep" and f.counts]
    assert rule in {finding.rule for finding in found}
    assert not any(finding.decided for finding in found if finding.rule in ("CN-206", "CN-270"))
    assert judge(type_, props, "deep"), "the pack says something, too"


@pytest.mark.parametrize("levels", LEVELS)
def test_a_state_machine_that_nobody_has_read_is_undecided_and_not_open(levels):
    proof = proved(
        "aws:sfn/stateMachine:StateMachine",
        {"definition": objects(levels), "roleArn": f"arn:aws:iam::{ACCOUNT}:role/x"},
    )
    (found,) = (finding for finding in proof.findings if finding.counts)
    assert proof.verdict == "undecided" and (found.rule, found.resource) == ("CN-270", "deep")
    assert found.what == "definition is nested deeper than 64, so nobody here has read it"


def test_as_deep_as_that_is_read():
    assert is_deep(read_json(lists(DEEPEST))) is False
    for text in (lists(DEEPEST + 1), objects(DEEPEST + 1), f"[{lists(DEEPEST)}]"):
        with pytest.raises(TooDeep):
            read_json(text)
    assert is_deep([read_json(lists(DEEPEST))]) is True


def test_what_lies_side_by_side_or_in_a_string_is_not_deep():
    many = [[{"a": '\\"[[{{"'}] for _ in range(500)]
    assert read_json(json.dumps(many)) == many
    assert read_json(json.dumps("[{" * 500)) == "[{" * 500
    with pytest.raises(ValueError, match="Unterminated"):
        read_json('"' + '\\"[' * 500)
