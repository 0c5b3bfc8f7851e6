"""An Auto Scaling group, and the gate that its machines pass before they are in service.

With a gate, the first machines wait for it too, so the group is made with the hook. There a change
of the hook would replace the group with all its machines, so from then on the hook is a resource of
its own, under the same name, and the group's own mention of it is left alone.
"""

from __future__ import annotations  # else a type in a signature loads the SDK's module

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from plan.readiness import Readiness

# Of the group as a whole, each minute; CloudWatch asks no money for them. EC2 Auto Scaling user
# guide, CloudWatch metrics for Amazon EC2 Auto Scaling (read 2026-11-29).
METRICS = tuple(
    f"Group{name}"
    for name in ("MinSize", "MaxSize", "DesiredCapacity", "InServiceInstances", "PendingInstances",
                 "StandbyInstances", "TerminatingInstances", "TotalInstances")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refresh:
    """How machines are replaced when what they are started from changes.

    max_healthy_percentage: None is AWS's own choice, with min_healthy_percentage 100 or less at
    most as many machines as the group has.
    """

    min_healthy_percentage: int
    max_healthy_percentage: int | None = None


def auto_scaling_group(
    name: str,
    *,
    group_name: str,
    min_size: int,
    max_size: int,
    desired_size: int | None,
    subnet_ids: Sequence[pulumi.Input[str]],
    template_id: pulumi.Input[str],
    template_version: pulumi.Input[str],
    gate: Readiness | None,
    refresh: Refresh | None,
    health_check_type: Literal["EC2", "ELB"] = "EC2",
    grace_seconds: int = 600,
    target_group_arns: Sequence[pulumi.Input[str]] = (),
    scaled_by_others: bool = False,
    measured: bool = False,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource] = (),
) -> aws.autoscaling.Group:
    """A group that is in service when as many of its machines as it wants have passed the gate.

    refresh: None leaves it to others to replace machines. measured: how many machines the group
    has is told to CloudWatch. tags: of the group, and of what it launches.
    """
    ignored = ["initialLifecycleHooks", *(["desiredCapacity"] if scaled_by_others else [])]
    group = aws.autoscaling.Group(
        name,
        name=group_name,
        min_size=min_size,
        max_size=max_size,
        desired_capacity=desired_size,
        vpc_zone_identifiers=list(subnet_ids),
        health_check_type=health_check_type,
        health_check_grace_period=grace_seconds,
        target_group_arns=list(target_group_arns) or None,
        launch_template={"id": template_id, "version": template_version},
        instance_refresh=None if refresh is None else _refresh(refresh, gate),
        initial_lifecycle_hooks=[
            {
                "name": gate.hook_name,
                "lifecycle_transition": gate.transition,
                "heartbeat_timeout": gate.heartbeat_timeout_seconds,
                "default_result": "ABANDON",
            }
        ]
        if gate
        else None,
        enabled_metrics=[aws.autoscaling.Metric(name) for name in METRICS] if measured else None,
        metrics_granularity="1Minute" if measured else None,
        wait_for_capacity_timeout=f"{gate.capacity_timeout_seconds}s" if gate else None,
        tags=[
            {"key": key, "value": value, "propagate_at_launch": True} for key, value in tags.items()
        ],
        opts=pulumi.ResourceOptions(
            parent=parent, ignore_changes=ignored, depends_on=list(depends_on) or None
        ),
    )
    if gate is not None:
        aws.autoscaling.LifecycleHook(
            name,
            name=gate.hook_name,
            autoscaling_group_name=group.name,
            lifecycle_transition=gate.transition,
            heartbeat_timeout=gate.heartbeat_timeout_seconds,
            default_result="ABANDON",
            opts=pulumi.ResourceOptions(parent=parent),
        )
    return group


def _refresh(
    asked: Refresh, gate: Readiness | None
) -> aws.autoscaling.GroupInstanceRefreshArgsDict:
    preferences: aws.autoscaling.GroupInstanceRefreshPreferencesArgsDict = {
        "min_healthy_percentage": asked.min_healthy_percentage,
        "skip_matching": True,
    }
    if asked.max_healthy_percentage is not None:
        preferences["max_healthy_percentage"] = asked.max_healthy_percentage
    if gate is not None:
        preferences["instance_warmup"] = str(gate.warmup_seconds)
    return {"strategy": "Rolling", "preferences": preferences}
