"""Pools whose machines are still being replaced when `up` has ended.

A changed launch template starts an instance refresh, and nobody waits for its end. Only reads; what
cannot be read is said in place of it, since `up` has done its work.
"""

from collections.abc import Callable, Iterator
from typing import Any

from automation.aws_calls import Account, asking
from automation.errors import AutomationError
from automation.events import EventLog, name_of
from automation.results import Rollout

GROUP = "aws:autoscaling/group:Group"
# InstanceRefresh.Status, Amazon EC2 Auto Scaling API reference; read 2026-11-28. The others are
# ends: Successful, Failed, Cancelled, RollbackFailed, RollbackSuccessful.
_UNDER_WAY = ("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress")


def rollouts_of(log: EventLog, region: str, account: Callable[[], Account]) -> tuple[Rollout, ...]:
    """Of every Auto Scaling group that was changed, the refresh that is under way now."""
    return tuple(
        found
        for pool, group in sorted(_changed(log))
        if (found := _rollout(pool, group, region, account)) is not None
    )


def _changed(log: EventLog) -> Iterator[tuple[str, str]]:
    for (urn, operation), data in log.steps.items():
        if data["type"] == GROUP and operation == "update":
            inputs = (data.get("new") or {}).get("inputs") or {}
            yield name_of(urn), str(inputs.get("name", ""))


def _rollout(pool: str, group: str, region: str, account: Callable[[], Account]) -> Rollout | None:
    watch = (
        f"aws autoscaling describe-instance-refreshes --region {region} "
        f"--auto-scaling-group-name {group} --max-records 1"
    )
    try:
        newest = _newest(group, region, account())
    except AutomationError as error:
        return Rollout(pool, group, "", 0, error.message, watch)
    if newest.get("Status") not in _UNDER_WAY:
        return None
    return Rollout(pool, group, newest["Status"], newest.get("PercentageComplete", 0), "", watch)


def _newest(group: str, region: str, account: Account) -> dict[str, Any]:
    """The last refresh of a group; AWS tells the newest first."""
    with asking("autoscaling:DescribeInstanceRefreshes"):
        found = account.client("autoscaling", region).describe_instance_refreshes(
            AutoScalingGroupName=group, MaxRecords=1
        )["InstanceRefreshes"]
    return dict(found[0]) if found else {}
