"""Auto Scaling groups: instances spread over the subnets, hooks, refreshes, and kept settings."""

from typing import Any, cast

from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    autoscaling_backends,
)
from moto.core.utils import utcnow
from moto.ssm.models import ssm_backends

from local.aws.booting import BOOTING
from local.aws.extensions.ec2.instances import NEVER_READY, launch
from local.aws.extensions.eks.kept import new_uuid
from local.aws.extensions.registry import Call, Passed, Refused, extends, patch

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


WAITING = "Pending:Wait"
LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"


class Refreshes(dict[str, list[Record]]):
    """Instance refreshes by group, the newest first."""


class Launched(InstanceState):
    """A machine with the version that it was started from, for which moto gives the template's
    default, whatever that is now."""

    def __init__(self, instance: Any, state: str, protected: bool | None, version: int) -> None:
        super().__init__(instance, state, protected_from_scale_in=protected)
        self._version = str(version)

    @property
    def launch_template(self) -> Record | None:
        found = super().launch_template
        return None if found is None else {**found, "Version": self._version}


def _backend(call: Call) -> AutoScalingBackend:
    return cast(AutoScalingBackend, call.backend)


def _group(call: Call) -> FakeAutoScalingGroup:
    name = call.params["AutoScalingGroupName"]
    if name not in _backend(call).autoscaling_groups:
        raise Refused("ValidationError", f"AutoScalingGroup name not found - {name}")
    return _backend(call).autoscaling_groups[name]


def _spread(group: FakeAutoScalingGroup) -> str:
    """The subnet with the fewest of the group's instances; the first of those."""
    subnet_ids = (group.vpc_zone_identifier or "").split(",")
    used = [state.instance.subnet_id for state in group.instance_states]
    return min(subnet_ids, key=used.count)


def _launch_instances(group: FakeAutoScalingGroup, count: int, tags: dict[str, str]) -> None:
    """In place of moto's: every instance in the first subnet, from the default version."""
    assert group.ec2_launch_template is not None
    template = group.ec2_launch_template.get_version(group.launch_template_version)
    for _ in range(count):
        instance = launch(
            group.ec2_backend,
            _spread(group),
            template,
            instance_type=group.instance_type,
            tags={"instance": {**group.instance_tags, **tags, ASG_NAME_TAG: group.name}},
        )
        instance.autoscaling_group = group
        protected = group.new_instances_protected_from_scale_in
        state = WAITING if _waits(group) else "InService"
        group.instance_states.append(Launched(instance, state, protected, template.number))


def _waits(group: FakeAutoScalingGroup) -> bool:
    """Whether its machines wait until somebody completes their hook."""
    if NEVER_READY in group.get_propagated_tags():
        return True
    backend = autoscaling_backends[group.account_id][group.region]
    hooks: list[Any] = backend.describe_lifecycle_hooks(group.name)
    subnet = group.ec2_backend.get_subnet((group.vpc_zone_identifier or "").split(",")[0])
    parameter = ssm_backends[group.account_id][group.region].get_parameter(BOOTING)
    boots = parameter is not None and parameter.value == subnet.vpc_id
    return boots and any(hook.lifecycle_transition == LAUNCHING for hook in hooks)


def install() -> None:
    by_moto = FakeAutoScalingGroup.replace_autoscaling_group_instances

    def replace(self: FakeAutoScalingGroup, count_needed: int, tags: dict[str, str]) -> None:
        if self.ec2_launch_template is None or not self.vpc_zone_identifier:
            by_moto(self, count_needed, tags)
        else:
            _launch_instances(self, count_needed, tags)

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
    _keep(call, _group(call), SETTINGS)
    return {}


@extends(
    "autoscaling",
    "UpdateAutoScalingGroup",
    "moto forgets the mixed instances policy at every other update, and several settings",
)
def update_auto_scaling_group(call: Call) -> Record:
    group, params = _group(call), call.params
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


@extends("autoscaling", "DeleteAutoScalingGroup", "moto keeps the hooks of a group that is gone")
def delete_auto_scaling_group(call: Call) -> Passed:
    answer, name = call.pass_on(), call.params["AutoScalingGroupName"]
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
    _group(call)
    _put_hook(call, call.params)
    return {}


@extends(
    "autoscaling",
    "StartInstanceRefresh",
    "absent from moto; done at once, one instance after the other",
)
def start_instance_refresh(call: Call) -> Record:
    group, params = _group(call), call.params
    old = [state.instance.id for state in group.instance_states]
    for instance_id in old:
        group.instance_states = [s for s in group.instance_states if s.instance.id != instance_id]
        group.ec2_backend.terminate_instances([instance_id])
        group.replace_autoscaling_group_instances(1, group.get_propagated_tags())
    _backend(call).update_attached_target_groups(group.name)
    refresh: Record = {
        "InstanceRefreshId": new_uuid(),
        "AutoScalingGroupName": group.name,
        "Status": "Successful",
        "StartTime": utcnow(),
        "EndTime": utcnow(),
        "PercentageComplete": 100,
        "InstancesToUpdate": 0,
        "Preferences": params.get("Preferences") or {},
    }
    if params.get("DesiredConfiguration"):
        refresh["DesiredConfiguration"] = params["DesiredConfiguration"]
    call.state(Refreshes).setdefault(group.name, []).insert(0, refresh)
    return {"InstanceRefreshId": refresh["InstanceRefreshId"]}


@extends("autoscaling", "DescribeInstanceRefreshes", "absent from moto")
def describe_instance_refreshes(call: Call) -> Record:
    wanted = call.params.get("InstanceRefreshIds")
    refreshes = call.state(Refreshes).get(_group(call).name, [])
    return {
        "InstanceRefreshes": [
            refresh for refresh in refreshes if not wanted or refresh["InstanceRefreshId"] in wanted
        ]
    }


@extends("autoscaling", "CancelInstanceRefresh", "absent from moto; a refresh ends as it begins")
def cancel_instance_refresh(call: Call) -> Record:
    raise Refused(
        "ActiveInstanceRefreshNotFound",
        f"No in progress or pending instance refresh found for {_group(call).name}",
    )


@extends(
    "autoscaling", "DescribeScalingActivities", "moto tells of none; one for each instance there is"
)
def describe_scaling_activities(call: Call) -> Record:
    group = _group(call)
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
    group, instance_id = _group(call), call.params.get("InstanceId")
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
