"""Instance refreshes: done at once where machines are records, step by step where they boot.

Where machines boot, a refresh goes on when a machine has come into service and its warm-up is over,
and never takes more at once than the group may lack. Nothing here runs by itself, so time passes
whenever somebody looks at instances, as whoever boots them does all the time.
"""

import time
from dataclasses import dataclass, field
from typing import Any, cast

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, autoscaling_backends
from moto.core.utils import utcnow

from local.aws.extensions.autoscaling.launching import boots, group_of, version_of
from local.aws.extensions.eks.kept import new_uuid
from local.aws.extensions.registry import Call, Passed, Refused, extends

Record = dict[str, Any]
# Of what AWS is asked to wait, this much at most is waited here: a load balancer of a booted
# machine looks every two seconds, and not every ten.
WARMUP_SECONDS_MOST, LEAVING_SECONDS_MOST = 10.0, 5.0
HEALTHY_PERCENTAGE = 90  # AWS's own choice; RefreshPreferences, EC2 Auto Scaling API reference
LEAVES_AFTER = "deregistration_delay.timeout_seconds"


class Refreshes(dict[str, list[Record]]):
    """Instance refreshes by group, the newest first."""


@dataclass
class Rolling:
    """A refresh that is under way. old: instances that go, in order. since: when each of the others
    was first seen in service."""

    refresh: Record
    old: list[str]
    total: int
    since: dict[str, float] = field(default_factory=dict)


@dataclass
class UnderWay:
    """rolling: by group. leaving: instances that load balancers ask no more, and when they end."""

    rolling: dict[str, Rolling] = field(default_factory=dict)
    leaving: dict[str, float] = field(default_factory=dict)


def _backend(call: Call) -> AutoScalingBackend:
    return autoscaling_backends[call.account_id][call.region]


def _under_way(backend: AutoScalingBackend) -> UnderWay:
    """As Call.state keeps it, for whoever has another service's call."""
    return cast(UnderWay, backend.__dict__.setdefault("kept_UnderWay", UnderWay()))


@extends(
    "autoscaling",
    "StartInstanceRefresh",
    "absent from moto; at once where no machine boots, else as few at a time as is asked",
)
def start_instance_refresh(call: Call) -> Record:
    group, params = group_of(call), call.params
    under_way = _under_way(_backend(call))
    if group.name in under_way.rolling:
        raise Refused(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance "
            "Refresh.",
        )
    preferences: Record = params.get("Preferences") or {}
    refresh: Record = {
        "InstanceRefreshId": new_uuid(),
        "AutoScalingGroupName": group.name,
        "Status": "InProgress",
        "StartTime": utcnow(),
        "PercentageComplete": 0,
        "Preferences": preferences,
    }
    if params.get("DesiredConfiguration"):
        refresh["DesiredConfiguration"] = params["DesiredConfiguration"]
    call.state(Refreshes).setdefault(group.name, []).insert(0, refresh)
    old = [state.instance.id for state in group.instance_states]
    if boots(group):
        if preferences.get("SkipMatching"):
            old = [s.instance.id for s in group.instance_states if not _matches(group, s)]
        refresh["InstancesToUpdate"] = len(old)
        under_way.rolling[group.name] = Rolling(refresh, old, len(old))
        _advance(_backend(call), group)
    else:
        for instance_id in old:
            _replace(_backend(call), group, instance_id, at_once=True)
        _backend(call).update_attached_target_groups(group.name)
        _end(refresh, "Successful")
    return {"InstanceRefreshId": refresh["InstanceRefreshId"]}


def _matches(group: FakeAutoScalingGroup, state: Any) -> bool:
    return bool(version_of(state) == _next_version(group))


def _next_version(group: FakeAutoScalingGroup) -> str:
    template = group.ec2_launch_template
    return (
        "" if template is None else str(template.get_version(group.launch_template_version).number)
    )


def _end(refresh: Record, status: str) -> None:
    refresh |= {"Status": status, "EndTime": utcnow()}
    if status == "Successful":
        refresh |= {"PercentageComplete": 100, "InstancesToUpdate": 0}


def _replace(
    backend: AutoScalingBackend, group: FakeAutoScalingGroup, instance_id: str, *, at_once: bool
) -> None:
    """One that load balancers lead to is asked no more at once, and ends a moment later."""
    group.instance_states = [s for s in group.instance_states if s.instance.id != instance_id]
    seconds = 0.0 if at_once else _leaving_seconds(backend, group)
    if seconds:
        _under_way(backend).leaving[instance_id] = time.monotonic() + seconds
        backend.update_attached_target_groups(group.name)
    else:
        group.ec2_backend.terminate_instances([instance_id])
    group.replace_autoscaling_group_instances(1, group.get_propagated_tags())


def _leaving_seconds(backend: AutoScalingBackend, group: FakeAutoScalingGroup) -> float:
    balancers: Any = backend.elbv2_backend
    groups = [balancers.target_groups[arn] for arn in group.target_group_arns or ()]
    asked = [float(one.attributes.get(LEAVES_AFTER, 300)) for one in groups]
    return min(max(asked, default=0.0), LEAVING_SECONDS_MOST)


def pass_time(backend: AutoScalingBackend) -> None:
    """Let what is under way go on as far as it may by now."""
    under_way, now = _under_way(backend), time.monotonic()
    for instance_id in [one for one, until in under_way.leaving.items() if until <= now]:
        del under_way.leaving[instance_id]
        cast(Any, backend).ec2_backend.terminate_instances([instance_id])
    for name in list(under_way.rolling):
        if name in backend.autoscaling_groups:
            _advance(backend, backend.autoscaling_groups[name])
        else:
            _end(under_way.rolling.pop(name).refresh, "Cancelled")


def _advance(backend: AutoScalingBackend, group: FakeAutoScalingGroup) -> None:
    under_way = _under_way(backend)
    rolling, now = under_way.rolling[group.name], time.monotonic()
    preferences = rolling.refresh["Preferences"]
    there = {state.instance.id: state.lifecycle_state for state in group.instance_states}
    rolling.old = [one for one in rolling.old if one in there]  # others may have ended some
    warm = min(float(preferences.get("InstanceWarmup") or 0), WARMUP_SECONDS_MOST)
    fresh = there.keys() - set(rolling.old)
    for one in fresh:
        if there[one] == "InService":
            rolling.since.setdefault(one, now)
    busy = sum(one not in rolling.since or now - rolling.since[one] < warm for one in fresh)
    desired = group.desired_capacity or 0
    # Rounded up, and one at a time where that leaves none to take; EC2 Auto Scaling API reference,
    # RefreshPreferences, and its user guide, How an instance refresh works (read 2026-11-29).
    percentage = int(preferences.get("MinHealthyPercentage", HEALTHY_PERCENTAGE))
    at_once = max(desired - -(-percentage * desired // 100), 1)
    while rolling.old and busy < at_once:
        _replace(backend, group, rolling.old.pop(0), at_once=False)
        busy += 1
    done = rolling.total - len(rolling.old) - busy
    rolling.refresh["InstancesToUpdate"] = len(rolling.old)
    rolling.refresh["PercentageComplete"] = 100 * max(done, 0) // max(rolling.total, 1)
    if not rolling.old and not busy:
        del under_way.rolling[group.name]
        _end(rolling.refresh, "Successful")


@extends("ec2", "DescribeInstances", "instance refreshes go on while somebody looks")
def describe_instances(call: Call) -> Passed:
    pass_time(_backend(call))
    return call.pass_on()


@extends("autoscaling", "DescribeInstanceRefreshes", "absent from moto")
def describe_instance_refreshes(call: Call) -> Record:
    pass_time(_backend(call))
    wanted = call.params.get("InstanceRefreshIds")
    refreshes = call.state(Refreshes).get(group_of(call).name, [])
    return {
        "InstanceRefreshes": [
            refresh for refresh in refreshes if not wanted or refresh["InstanceRefreshId"] in wanted
        ]
    }


@extends("autoscaling", "CancelInstanceRefresh", "absent from moto; what was begun goes on")
def cancel_instance_refresh(call: Call) -> Record:
    group = group_of(call)
    rolling = _under_way(_backend(call)).rolling.pop(group.name, None)
    if rolling is None:
        raise Refused(
            "ActiveInstanceRefreshNotFound",
            f"No in progress or pending instance refresh found for {group.name}",
        )
    _end(rolling.refresh, "Cancelled")
    return {"InstanceRefreshId": rolling.refresh["InstanceRefreshId"]}
