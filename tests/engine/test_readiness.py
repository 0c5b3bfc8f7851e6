"""The readiness gate through the real engine: AWS has the hook, and a gate that fails says why."""

import pytest

from automation.silent_machines import SilentMachinesError
from tests.engine.aws_side import client
from tests.engine.stack_copies import copied, edited

REGION = "ap-northeast-1"
GROUP = "dev-ap-northeast-1-workers"
HOOK = {
    "LifecycleHookName": "heiiki-node-ready",
    "AutoScalingGroupName": GROUP,
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
    "DefaultResult": "ABANDON",
}


def write(folder, change) -> None:
    edited(folder / "Pulumi.dev.yaml", change)


def hooks(world):
    asked = client(world, "autoscaling", REGION)
    return asked.describe_lifecycle_hooks(AutoScalingGroupName=GROUP)["LifecycleHooks"]


def groups(world):
    asked = client(world, "autoscaling", REGION)
    return asked.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]


def test_a_gate_that_fails_shows_the_console_and_one_that_changes_replaces_nothing(world, tmp_path):
    folder = copied("dev", tmp_path / "dev")
    write(folder, lambda config: config.update(tags={"embedded-aws:never-ready": "true"}))
    stack = world.stack("dev", folder)
    with pytest.raises(SilentMachinesError) as raised:
        stack.up()
    error = raised.value
    (group,) = groups(world)
    (instance,) = group["Instances"]
    assert instance["LifecycleState"] == "Pending:Wait"
    assert error.message == "up failed on workers"
    assert "capacity satisfied: timeout while waiting" in error.details[0]
    *_, left = error.details  # no stack policy has judged it
    assert left.startswith("what has been made so far, ")
    assert left.endswith(" has no way in or out")
    assert error.details[-3:-1] == (
        f"workers: MidLifecycleAction: Launching a new EC2 instance: {instance['InstanceId']}",
        f"workers: {instance['InstanceId']} (Pending:Wait), the end of its console:\n"
        f"heiiki: {instance['InstanceId']} is a record of the embedded AWS, and no machine boots "
        "here\nheiiki: gave up: node is not Ready: its group says that it never is",
    )
    assert [hook | {**HOOK, "HeartbeatTimeout": 1020} for hook in hooks(world)] == hooks(world)

    asked = client(world, "autoscaling", REGION)
    asked.complete_lifecycle_action(
        AutoScalingGroupName=GROUP, LifecycleHookName="heiiki-node-ready",
        InstanceId=instance["InstanceId"], LifecycleActionResult="CONTINUE",
    )  # fmt: skip
    write(folder, lambda config: config.pop("tags"))
    stack.up()  # it goes on from there
    assert stack.preview().changes == ()

    gate = {"kind": "nodeReady", "timeoutSeconds": 1800}
    write(folder, lambda config: config["nodePools"]["workers"].update(readiness=gate))
    made = groups(world)[0]["CreatedTime"]
    changed = [(c.type, c.operation) for c in stack.up().changes]
    assert ("aws:autoscaling/lifecycleHook:LifecycleHook", "update") in changed
    assert ("aws:autoscaling/group:Group", "update") in changed
    assert not [c for c in changed if c[1] not in ("update",)]
    assert [hook["HeartbeatTimeout"] for hook in hooks(world)] == [1920]

    ungated = {"kind": "none"}
    write(folder, lambda config: config["nodePools"]["workers"].update(readiness=ungated))
    gone = [(c.type, c.operation) for c in stack.up().changes]
    assert ("aws:autoscaling/lifecycleHook:LifecycleHook", "delete") in gone
    assert hooks(world) == [] and groups(world)[0]["CreatedTime"] == made
    stack.destroy(disable_protection=True)
