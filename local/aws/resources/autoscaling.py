"""Auto Scaling groups and their lifecycle hooks."""

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from local.aws.booting import BOOTING
from local.aws.resources.forms import CHOSEN, LOCAL, REQUIRED
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.provider_answers import Failure, ProviderError
from local.provider_values import Properties

POLL_SECONDS = 1.0
# What a hook sends by an operation of its own.
HOOKED: Final = frozenset(
    {"suspendedProcesses", "enabledMetrics", "tags", "targetGroupArns", "loadBalancers"}
)


def _members(call: Call) -> Mapping[str, Any]:
    members = _subnets(call)
    if call.inputs.get("tags"):
        members["Tags"] = _tags(call, call.inputs["tags"])
    for name, member in (
        ("targetGroupArns", "TargetGroupARNs"),
        ("loadBalancers", "LoadBalancerNames"),
    ):
        if call.inputs.get(name):
            members[member] = list(call.inputs[name])
    return members


def _subnets(call: Call) -> dict[str, Any]:
    ids = call.inputs.get("vpcZoneIdentifiers")
    return {"VPCZoneIdentifier": ",".join(ids)} if ids else {}


def _tags(call: Call, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "Key": row["key"],
            "Value": row["value"],
            "PropagateAtLaunch": row["propagateAtLaunch"] in (True, "true"),
            "ResourceId": call.inputs["name"],
            "ResourceType": "auto-scaling-group",
        }
        for row in rows
    ]


def _read(call: Call) -> Mapping[str, Any] | None:
    path = "AutoScalingGroups[0]"
    found = call.find(
        "describe_auto_scaling_groups", path, AutoScalingGroupNames=[call.inputs["name"]]
    )
    if not found:
        return None
    zones = found.get("VPCZoneIdentifier") or ""
    return {
        **found,
        "VpcZoneIdentifiers": [zone for zone in zones.split(",") if zone],
        "SuspendedProcesses": [p["ProcessName"] for p in found.get("SuspendedProcesses") or ()],
        "EnabledMetrics": [m["Metric"] for m in found.get("EnabledMetrics") or ()],
        "MetricsGranularity": next(
            (m.get("Granularity") for m in found.get("EnabledMetrics") or ()), None
        ),
        "TagRows": [
            {k: tag[k] for k in ("Key", "Value", "PropagateAtLaunch")}
            for tag in found.get("Tags") or ()
            if not tag["Key"].startswith("aws:")
        ],
    }


def _change(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    group = {"AutoScalingGroupName": call.inputs["name"]}
    request, _ = call.request("update_auto_scaling_group", changed - HOOKED)
    if "vpcZoneIdentifiers" in changed:
        request |= _subnets(call)
    if request:
        call.send("update_auto_scaling_group", **{**request, **group})
    if "tags" in changed:
        _change_tags(call, olds)
    _change_processes(call, olds, changed)
    for name, noun, member in (
        ("targetGroupArns", "load_balancer_target_groups", "TargetGroupARNs"),
        ("loadBalancers", "load_balancers", "LoadBalancerNames"),
    ):
        before, after = set(olds.get(name) or ()), set(call.inputs.get(name) or ())
        if name in changed and after - before:
            call.send(f"attach_{noun}", **group, **{member: sorted(after - before)})
        if name in changed and before - after:
            call.send(f"detach_{noun}", **group, **{member: sorted(before - after)})
    if changed & {"minSize", "desiredCapacity"}:
        _require_capacity(call)
    _refresh_instances(call, changed)


def _change_tags(call: Call, olds: Properties) -> None:
    before, after = (_tags(call, source.get("tags") or ()) for source in (olds, call.inputs))
    keys = {tag["Key"] for tag in after}
    gone = [tag for tag in before if tag["Key"] not in keys]
    if gone:
        call.send("delete_tags", Tags=gone)
    coming = [tag for tag in after if tag not in before]
    if coming:
        call.send("create_or_update_tags", Tags=coming)


def _change_processes(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    group = {"AutoScalingGroupName": call.inputs["name"]}
    if "suspendedProcesses" in changed:
        before = set(olds.get("suspendedProcesses") or ())
        after = set(call.inputs.get("suspendedProcesses") or ())
        if before - after:
            call.send("resume_processes", **group, ScalingProcesses=sorted(before - after))
        if after - before:
            call.send("suspend_processes", **group, ScalingProcesses=sorted(after - before))
    if "enabledMetrics" in changed:
        before = set(olds.get("enabledMetrics") or ())
        after = set(call.inputs.get("enabledMetrics") or ())
        grain = call.inputs.get("metricsGranularity", "1Minute")
        if before - after:
            call.send("disable_metrics_collection", **group, Metrics=sorted(before - after))
        if after - before:
            call.send(
                "enable_metrics_collection",
                **group,
                Metrics=sorted(after - before),
                Granularity=grain,
            )


def _refresh_instances(call: Call, changed: frozenset[str]) -> None:
    """With instanceRefresh, a change of what instances are starts one, as in the real provider."""
    wanted = call.inputs.get("instanceRefresh")
    triggers = {"launchTemplate", "mixedInstancesPolicy", "launchConfiguration"}
    triggers |= set((wanted or {}).get("triggers") or ())
    if not wanted or not changed & triggers:
        return
    preferences = wanted.get("preferences")
    request, _ = call.request("start_instance_refresh", set())
    if isinstance(preferences, Mapping):
        request["Preferences"] = {
            _pascal(key): _number(value)
            for key, value in preferences.items()
            if not key.startswith("__")
        }
    group = {"AutoScalingGroupName": call.inputs["name"]}
    request |= {**group, "Strategy": wanted.get("strategy", "Rolling")}
    try:
        call.send("start_instance_refresh", **request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "InstanceRefreshInProgress":
            raise
        # As the real provider: what is asked now takes the place of what was asked before.
        call.send("cancel_instance_refresh", **group)
        call.send("start_instance_refresh", **request)


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def _number(value: Any) -> Any:
    """The SDK writes some numbers as strings."""
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _first_settings(call: Call) -> None:
    names = {"suspendedProcesses", "enabledMetrics"} & call.inputs.keys()
    _change_processes(call, {}, frozenset(names))
    _require_capacity(call)


def _require_capacity(call: Call) -> None:
    """What the real provider waits for, in its words. Nothing changes here while one waits, unless
    somebody boots the machines."""
    timeout = call.inputs.get("waitForCapacityTimeout") or "10m"
    wanted = call.inputs.get("desiredCapacity") or call.inputs["minSize"]
    healthy = _in_service(call)
    if healthy < wanted and call.send("get_parameters", "ssm", Names=[BOOTING])["Parameters"]:
        deadline = time.monotonic() + _seconds(timeout)
        while (healthy := _in_service(call)) < wanted and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    if timeout != "0" and healthy < wanted:
        raise ProviderError(
            f"waiting for Auto Scaling Group ({call.inputs['name']}) capacity satisfied: timeout "
            f"while waiting for state to become 'ok' (last state: 'want at least {wanted} healthy "
            f"instance(s) in Auto Scaling Group, have {healthy}', timeout: {timeout})"
        )


def _in_service(call: Call) -> int:
    instances = (_read(call) or {}).get("Instances") or ()
    return sum(one["LifecycleState"] == "InService" for one in instances)


def _seconds(duration: str) -> float:
    """As Go writes it: 1h30m, 900s."""
    parts = re.findall(r"(\d+)(h|m|s)", duration)
    return float(sum(int(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in parts))


def _delete(call: Call) -> None:
    """Emptied first, as the real provider does, unless forceDelete leaves that to AWS."""
    group = {"AutoScalingGroupName": call.inputs["name"]}
    force = bool(call.inputs.get("forceDelete"))
    if _read(call) is None:
        return
    if not force:
        call.send("update_auto_scaling_group", **group, MinSize=0, MaxSize=0, DesiredCapacity=0)
    call.send("delete_auto_scaling_group", **group, ForceDelete=True)


def _check(inputs: Properties) -> Sequence[Failure]:
    failures = []
    sources = [
        name
        for name in ("launchTemplate", "launchConfiguration", "mixedInstancesPolicy")
        if inputs.get(name)
    ]
    if len(sources) != 1:
        said = f"it has {', '.join(sources)}" if sources else "it has none"
        failures.append(
            Failure(
                "",
                "a group has one of launchTemplate, mixedInstancesPolicy or "
                f"launchConfiguration; {said}",
            )
        )
    low, high = inputs.get("minSize"), inputs.get("maxSize")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        failures.append(Failure("minSize", f"{low} is more than maxSize {high}"))
    for index, row in enumerate(inputs["tags"] if isinstance(inputs.get("tags"), list) else ()):
        missing = (
            {"key", "value", "propagateAtLaunch"} - set(row) if isinstance(row, Mapping) else ()
        )
        failures += [
            Failure(f"tags[{index}].{name}", "is required and missing") for name in sorted(missing)
        ]
    return failures


LAUNCH_TEMPLATE_NAMES: Final = {"id": "LaunchTemplateId", "name": "LaunchTemplateName"}
MIXED_NAMES: Final = {
    "launchTemplate.launchTemplateSpecification.launchTemplateId": "LaunchTemplateId",
    "launchTemplate.launchTemplateSpecification.launchTemplateName": "LaunchTemplateName",
}

GROUP = Resource(
    token="aws:autoscaling/group:Group",
    service="autoscaling",
    create="create_auto_scaling_group",
    members=_members,
    identity=("name",),
    read=_read,
    after_create=_first_settings,
    update=_change,
    delete=_delete,
    auto_name="name",
    properties={
        "name": Property(member="AutoScalingGroupName", replaces=True),
        "namePrefix": Property(local=True, replaces=True),
        "minSize": REQUIRED,
        "maxSize": REQUIRED,
        "desiredCapacity": CHOSEN,
        "desiredCapacityType": Property(),
        "vpcZoneIdentifiers": Property(hooked=True, computed=True, kind="set"),
        "availabilityZones": CHOSEN,
        "launchTemplate": Property(renames=LAUNCH_TEMPLATE_NAMES, computed_in=("id", "name")),
        "launchConfiguration": Property(member="LaunchConfigurationName"),
        "mixedInstancesPolicy": Property(renames=MIXED_NAMES),
        "capacityRebalance": Property(),
        "context": Property(),
        "defaultCooldown": CHOSEN,
        "defaultInstanceWarmup": Property(),
        "healthCheckGracePeriod": Property(default=300),
        "healthCheckType": CHOSEN,
        "instanceMaintenancePolicy": Property(),
        "maxInstanceLifetime": Property(),
        "placementGroup": Property(),
        "protectFromScaleIn": Property(member="NewInstancesProtectedFromScaleIn", default=False),
        "serviceLinkedRoleArn": Property(member="ServiceLinkedRoleARN", computed=True),
        "terminationPolicies": CHOSEN,
        "availabilityZoneDistribution": Property(computed=True),
        "suspendedProcesses": Property(hooked=True, kind="set"),
        "enabledMetrics": Property(hooked=True, kind="set"),
        "metricsGranularity": Property(hooked=True, unread=True, default="1Minute"),
        "tags": Property(hooked=True, kind="set", read="TagRows"),
        "targetGroupArns": Property(hooked=True, computed=True, kind="set", read="TargetGroupARNs"),
        "loadBalancers": Property(hooked=True, computed=True, kind="set", read="LoadBalancerNames"),
        "initialLifecycleHooks": Property(
            member="LifecycleHookSpecificationList",
            unread=True,
            replaces=True,
            renames={"name": "LifecycleHookName"},
        ),
        "instanceRefresh": LOCAL,
        "forceDelete": Property(local=True, default=False),
        "forceDeleteWarmPool": Property(local=True, default=False),
        "ignoreFailedScalingActivities": Property(local=True, default=False),
        "minElbCapacity": LOCAL,
        "waitForElbCapacity": LOCAL,
        "waitForCapacityTimeout": Property(local=True, default="10m"),
    },
    computed={"arn": "AutoScalingGroupARN", "predictedCapacity": "PredictedCapacity"},
    check=_check,
)


def _hook_names(call: Call) -> Properties:
    """The id is the hook's name; an import says <group>/<hook>."""
    group, separator, name = call.id.rpartition("/")
    call.id = name
    return {"autoscalingGroupName": group, "name": name} if separator else {"name": name}


LIFECYCLE_HOOK = Resource(
    token="aws:autoscaling/lifecycleHook:LifecycleHook",
    service="autoscaling",
    create="put_lifecycle_hook",
    identity=("name",),
    names=("autoscalingGroupName",),
    parse_id=_hook_names,
    describe="describe_lifecycle_hooks",
    described="LifecycleHooks[0]",
    updates=(
        Update(
            "put_lifecycle_hook",
            (
                "defaultResult",
                "heartbeatTimeout",
                "lifecycleTransition",
                "notificationMetadata",
                "notificationTargetArn",
                "roleArn",
            ),
            always=("defaultResult", "heartbeatTimeout", "lifecycleTransition"),
        ),
    ),
    delete="delete_lifecycle_hook",
    missing=("ValidationError",),
    auto_name="name",
    properties={
        "autoscalingGroupName": Property(
            member="AutoScalingGroupName", required=True, replaces=True
        ),
        "name": Property(member="LifecycleHookName", replaces=True),
        "lifecycleTransition": REQUIRED,
        "defaultResult": CHOSEN,
        "heartbeatTimeout": Property(),
        "notificationMetadata": Property(),
        "notificationTargetArn": Property(member="NotificationTargetARN"),
        "roleArn": Property(member="RoleARN"),
    },
)

TABLE = (GROUP, LIFECYCLE_HOOK)
