"""Auto Scaling groups: instances spread over the subnets, hooks, refreshes, and kept settings."""

from typing import Any, cast

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.core.utils import utcnow

from local.aws.extensions.autoscaling import refreshes
from local.aws.extensions.autoscaling.launching import WAITING, group_of, launch_instances
from local.aws.extensions.registry import Call, Passed, Refused, extends, patch

__all__ = ["install", "refreshes"]

Record = dict[str, Any]

# Settings that moto does not read; its serialiser finds them on the group by these names.
SETTINGS = {
    "MaxInstanceLifetime": "max_instance_lifetime",
    "DefaultInstanceWarmup": "default_instance_warmup",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "CapacityRebalance": "capacity_rebalance",
    "Context": "context",
    "DesiredCapacityType": "desired_capacity_type",
    "AvailabilityZoneDistribution": "availability_zone_distribution",
    "PlacementGroup": "placement_group",
}
# Those that moto reads at creation and forgets at an update.
UPDATED = {"DefaultCooldown": "default_cooldown", "TerminationPolicies": "termination_policies"}


def _backend(call: Call) -> AutoScalingBackend:
    return cast(AutoScalingBackend, call.backend)


def install() -> None:
    by_moto = FakeAutoScalingGroup.replace_autoscaling_group_instances

    def replace(self: FakeAutoScalingGroup, count_needed: int, tags: dict[str, str]) -> None:
        if self.ec2_launch_template is None or not self.vpc_zone_identifier:
            by_moto(self, count_needed, tags)
        else:
            launch_instances(self, count_needed, tags)

    patch(FakeAutoScalingGroup, replace_autoscaling_group_instances=replace)
    patch(AutoScalingBackend, update_attached_target_groups=_register_in_service)


def _register_in_service(self: AutoScalingBackend, group_name: str) -> None:
    """In place of moto's, which registers machines that wait, and keeps those that are gone."""
    group = self.autoscaling_groups[group_name]
    serving = {s.instance.id for s in group.instance_states if s.lifecycle_state == "InService"}
    for arn in group.target_group_arns or ():
        registered: Any = self.elbv2_backend.target_groups[arn]
        gone = [
            {"Id": i} for i in registered.targets if i not in serving and _was_of(self, group, i)
        ]
        if gone:
            registered.deregister(gone)
        new = sorted(serving - registered.targets.keys())
        registered.register([{"Id": i, "Port": registered.port} for i in new])


def _was_of(backend: AutoScalingBackend, group: FakeAutoScalingGroup, instance_id: str) -> bool:
    """Whether the group launched it: other targets are others' business."""
    found: Any = backend.ec2_backend.get_instance_by_id(instance_id)
    return found is not None and getattr(found, "autoscaling_group", None) is group


def _check_sizes(low: int, desired: int, high: int) -> None:
    if not low <= desired <= high:
        raise Refused(
            "ValidationError",
            f"Desired capacity:{desired} must be between the specified min size:{low} and "
            f"max size:{high}",
        )


def _keep(call: Call, group: FakeAutoScalingGroup, settings: dict[str, str]) -> None:
    for member, attribute in settings.items():
        if call.params.get(member) is not None:
            setattr(group, attribute, call.params[member])


@extends(
    "autoscaling",
    "CreateAutoScalingGroup",
    "moto overwrites a group of the same name, drops lifecycle hooks and several settings, and "
    "starts all instances in one subnet in the default security group",
)
def create_auto_scaling_group(call: Call) -> Record:
    params, name = call.params, call.params["AutoScalingGroupName"]
    if name in _backend(call).autoscaling_groups:
        raise Refused(
            "AlreadyExists",
            "AutoScalingGroup by this name already exists - A group with the name "
            f"{name} already exists",
        )
    low, high = params["MinSize"], params["MaxSize"]
    _check_sizes(low, params.get("DesiredCapacity", low), high)
    hooks = params.get("LifecycleHookSpecificationList") or []
    for hook in hooks:  # before its machines, which may wait for them
        _put_hook(call, hook)
    try:
        call.moto()
    except Exception:
        for hook in hooks:
            _backend(call).delete_lifecycle_hook(name, hook["LifecycleHookName"])
        raise
    _keep(call, group_of(call), SETTINGS)
    return {}


@extends(
    "autoscaling",
    "UpdateAutoScalingGroup",
    "moto forgets the mixed instances policy at every other update, and several settings",
)
def update_auto_scaling_group(call: Call) -> Record:
    group, params = group_of(call), call.params
    low = int(params.get("MinSize", group.min_size or 0))
    high = int(params.get("MaxSize", group.max_size or 0))
    desired: int | None = params.get("DesiredCapacity")
    if desired is None:
        desired = min(max(group.desired_capacity or 0, low), high)
    _check_sizes(low, desired, high)
    policy = group.mixed_instances_policy
    call.moto()
    if params.get("MixedInstancesPolicy") is None and params.get("LaunchTemplate") is None:
        group.mixed_instances_policy = policy
    if desired != group.desired_capacity:
        group.set_desired_capacity(desired)
    _keep(call, group, SETTINGS | UPDATED)
    return {}


@extends(
    "autoscaling",
    "DeleteAutoScalingGroup",
    "moto keeps the hooks of a group that is gone, and its machines that wait for one",
)
def delete_auto_scaling_group(call: Call) -> Passed:
    group, name = group_of(call), call.params["AutoScalingGroupName"]
    waiting = [s.instance.id for s in group.instance_states if s.lifecycle_state == WAITING]
    answer = call.pass_on()
    if waiting:
        group.ec2_backend.terminate_instances(waiting)
    for hook in cast(Any, _backend(call).describe_lifecycle_hooks(name)):
        _backend(call).delete_lifecycle_hook(name, hook.name)
    return answer


def _check_tags(call: Call) -> None:
    for tag in call.params["Tags"]:
        if tag.get("ResourceId") not in _backend(call).autoscaling_groups:
            raise Refused(
                "ValidationError", f"AutoScalingGroup name not found - {tag.get('ResourceId')}"
            )


@extends("autoscaling", "CreateOrUpdateTags", "moto fails on a group that is not there")
def create_or_update_tags(call: Call) -> Passed:
    _check_tags(call)
    return call.pass_on()


@extends("autoscaling", "DeleteTags", "moto fails on a group that is not there")
def delete_tags(call: Call) -> Passed:
    _check_tags(call)
    return call.pass_on()


def _put_hook(call: Call, hook: Record) -> None:
    made: Any = _backend(call).create_lifecycle_hook(
        hook["LifecycleHookName"],
        call.params["AutoScalingGroupName"],
        hook["LifecycleTransition"],
        hook.get("HeartbeatTimeout"),
        hook.get("DefaultResult") or "ABANDON",
    )
    made.role_arn = hook.get("RoleARN")
    made.notification_target_arn = hook.get("NotificationTargetARN")
    made.notification_metadata = hook.get("NotificationMetadata")
    made.global_timeout = 100 * made.heartbeat_timeout


@extends(
    "autoscaling", "PutLifecycleHook", "moto answers with a role and a queue of its own invention"
)
def put_lifecycle_hook(call: Call) -> Record:
    group_of(call)
    _put_hook(call, call.params)
    return {}


@extends(
    "autoscaling", "DescribeScalingActivities", "moto tells of none; one for each instance there is"
)
def describe_scaling_activities(call: Call) -> Record:
    group = group_of(call)
    return {"Activities": [_launch_of(group, state) for state in reversed(group.instance_states)]}


def _launch_of(group: FakeAutoScalingGroup, state: InstanceState) -> Record:
    waits = state.lifecycle_state == WAITING
    return {
        "ActivityId": f"launch-of-{state.instance.id}",
        "AutoScalingGroupName": group.name,
        "Description": f"Launching a new EC2 instance: {state.instance.id}",
        "Cause": "the group's capacity",
        "StartTime": utcnow(),
        "StatusCode": "MidLifecycleAction" if waits else "Successful",
        "Progress": 50 if waits else 100,
    }


@extends("autoscaling", "CompleteLifecycleAction", "absent from moto")
def complete_lifecycle_action(call: Call) -> Record:
    group, instance_id = group_of(call), call.params.get("InstanceId")
    hooks = _backend(call).describe_lifecycle_hooks(group.name, [call.params["LifecycleHookName"]])
    waiting = [
        state
        for state in group.instance_states
        if state.instance.id == instance_id and state.lifecycle_state == WAITING
    ]
    if not hooks or not waiting:
        raise Refused(
            "ValidationError",
            f"No active Lifecycle Action found with instance ID {instance_id}",
        )
    if call.params["LifecycleActionResult"] == "CONTINUE":
        waiting[0].lifecycle_state = "InService"
        _backend(call).update_attached_target_groups(group.name)
        return {}
    group.instance_states.remove(waiting[0])
    group.ec2_backend.terminate_instances([waiting[0].instance.id])
    group.replace_autoscaling_group_instances(1, group.get_propagated_tags())
    return {}
