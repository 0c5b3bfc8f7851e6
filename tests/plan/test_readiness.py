"""When a machine is in service: where the gate is on, what it needs, and that its times fit."""

import pytest

from plan.names import GROUP_NAME_MAX, group_name
from plan.readiness import Readiness
from tests.plan.samples import ACCOUNT, plan

POOL = "nodePools.workers"
READY = {"kind": "nodeReady"}
PROFILE = {
    "kind": "existing",
    "instanceProfileArn": f"arn:aws:iam::{ACCOUNT}:instance-profile/nodes",
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/nodes",
}
CUSTOM = {"kind": "custom", "imageId": "ami-0fffffffffffffff0"}
ELSEWHERE = [  # where heiiki does not give all that the gate needs, or nobody could pass it
    {f"{POOL}.kind": "managed"},
    {f"{POOL}.image": {"kind": "optimized", "family": "bottlerocket"}},
    {f"{POOL}.image": {**CUSTOM, "family": "bottlerocket"}},
    {f"{POOL}.image": {**CUSTOM, "family": "script", "script": "#!/bin/sh"}},
    {f"{POOL}.instanceProfile": PROFILE},
    {"addOns.vpcCni": False},
    {f"{POOL}.readiness": {"kind": "none"}},
]
ACTION = "autoscaling:CompleteLifecycleAction"


def gate(changes=None):
    return plan(changes).node_pools["workers"].readiness


@pytest.mark.parametrize("changes", [{}, {f"{POOL}.image": {**CUSTOM, "family": "al2023"}}])
def test_the_gate_is_on_where_heiiki_gives_all_that_it_needs(changes):
    assert gate(changes) == Readiness(900)


@pytest.mark.parametrize("changes", ELSEWHERE)
def test_elsewhere_it_is_off_and_nothing_is_opened_for_it(changes):
    found = plan(changes)
    assert found.node_pools["workers"].readiness is None
    assert "autoscaling" not in found.endpoints
    assert not [d for d in found.allowed_domains if d.startswith("autoscaling.")]
    assert ACTION not in str(found.roles)


@pytest.mark.parametrize(
    "changes", [{f"{POOL}.instanceProfile": PROFILE}, {"addOns.vpcCni": False}]
)
def test_it_can_be_asked_for_where_others_give_what_it_needs(changes):
    asked = {**changes, f"{POOL}.readiness": {**READY, "timeoutSeconds": 1800}}
    assert gate(asked) == Readiness(1800)
    assert "autoscaling" in plan(asked).endpoints


def test_a_gate_before_there_is_a_network_plug_in_is_warned_of():
    warning = (
        f"{POOL}.readiness: with addOns.vpcCni false no node is Ready, and `up` waits, until you "
        "have installed a network plug-in of your own"
    )
    changes = {"addOns.vpcCni": False, f"{POOL}.readiness": READY}
    assert warning in plan(changes).warnings
    assert warning not in plan({f"{POOL}.readiness": READY}).warnings
    assert warning not in plan({"addOns.vpcCni": False}).warnings


def test_a_pools_role_may_end_the_wait_of_its_own_group_and_no_other():
    changes = {
        "nodePools.others": {
            "instanceType": "m7i.large", "maxSize": 3, "readiness": {"kind": "none"},
        }
    }  # fmt: skip
    found = plan(changes)
    assert found.roles["node-workers"].statements == (
        {
            "Effect": "Allow",
            "Action": ACTION,
            "Resource": f"arn:aws:autoscaling:ap-northeast-1:{ACCOUNT}:"
            "autoScalingGroup:*:autoScalingGroupName/test-ap-northeast-1-workers",
        },
    )
    assert found.node_pools["workers"].group_name == "test-ap-northeast-1-workers"
    assert found.roles["node-others"].statements == ()


def test_the_endpoint_lets_nodes_end_their_wait_and_do_nothing_else():
    endpoint = plan().endpoints["autoscaling"]
    (statement,) = endpoint.policy["Statement"]
    assert statement["Action"] == [ACTION]
    assert statement["Condition"]["StringEquals"] == {
        "aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT,
    }  # fmt: skip
    assert endpoint.why == "nodes tell their Auto Scaling group that they are Ready"
    assert endpoint.callers == ("node",)


@pytest.mark.parametrize("seconds", [300, 900, 7000])
def test_the_machine_gives_up_first_then_aws_then_the_engine(seconds):
    found = gate({f"{POOL}.readiness": {**READY, "timeoutSeconds": seconds}})
    assert found.timeout_seconds == seconds
    assert seconds < found.heartbeat_timeout_seconds < found.capacity_timeout_seconds
    assert found.heartbeat_timeout_seconds <= 7200  # AWS's limit: PutLifecycleHook


def test_names_of_groups_keep_clusters_and_pools_apart():
    assert group_name("a-b", "eu-west-1", "c") != group_name("a", "eu-west-1", "b-c")
    longest = group_name("c" * 200, "eu-west-1", "p" * 60)
    assert len(longest) == GROUP_NAME_MAX
    assert longest != group_name("c" * 200, "eu-west-1", "p" * 59 + "q")
