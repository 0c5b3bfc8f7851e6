"""Machines of etcd's members, replaced one by one: `up` writes their templates and replaces none.

A member's machine tells its group that it is in service when the member follows the leader of the
others (machines/agent/steps/settle_etcd.py), and one that is a controller too when its API server
is ready as well. So whoever asks the groups knows how members are, and needs no way to etcd itself.
All of it is asked of AWS again before each machine.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from automation.aws_calls import Account, asking
from automation.errors import AutomationError, RefusedError
from automation.state import State

GROUP, HOOK = "aws:autoscaling/group:Group", "aws:autoscaling/lifecycleHook:LifecycleHook"
# As plan/self_hosted/places.py and plan/etcd.py mark machines: a member's own, or a controller that
# one lives on. Controllers without a member are of the role `controller`, and one group.
ROLE_TAG, ROLES = "heiiki:role", ("etcd-", "controller-")
POLL_SECONDS = 5.0
PAGE = 50  # groups of one answer
LAUNCH_SECONDS = 900  # for EC2 to end the old machine and to start one, beside the boot's own time


@dataclass(frozen=True, slots=True)
class MemberGroup:
    """One member. name: etcd-1a, or controller-1a where it lives on one. seconds: that its machine
    has from its start to its service."""

    name: str
    group: str
    seconds: int


@dataclass(frozen=True, slots=True)
class MemberMachine:
    """A member's machine now. outdated: it was started from an earlier template than the group's
    next. trouble: why it is not to be counted on, or ""."""

    instance_id: str
    outdated: bool
    trouble: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Time, for whoever waits."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def member_groups(state: State) -> tuple[MemberGroup, ...]:
    """The members that the stack has made, in the order of their names."""
    hooks = {str(r.inputs.get("autoscalingGroupName", "")): r for r in state.of_type(HOOK)}
    found = []
    for resource in state.of_type(GROUP):
        tags = {tag.get("key"): tag.get("value") for tag in resource.inputs.get("tags") or ()}
        if str(tags.get(ROLE_TAG, "")).startswith(ROLES):
            group = str(resource.inputs.get("name", ""))
            hook = hooks.get(group)
            seconds = 0 if hook is None else int(hook.inputs.get("heartbeatTimeout") or 0)
            found.append(MemberGroup(str(tags[ROLE_TAG]), group, seconds))
    return tuple(sorted(found, key=lambda member: member.name))


def role_groups(state: State, roles: Iterable[str]) -> dict[str, str]:
    """Groups of machines of these roles, and what to call each: its own name of the stack. A
    controller that a member lives on is of the role of controllers, too."""
    wanted, found = tuple(roles), {}  # type: tuple[str, ...], dict[str, str]
    for resource in state.of_type(GROUP):
        tags = {tag.get("key"): tag.get("value") for tag in resource.inputs.get("tags") or ()}
        role = str(tags.get(ROLE_TAG, ""))
        if any(role == one or role.startswith(f"{one}-") for one in wanted):
            found[str(resource.inputs.get("name", ""))] = resource.name
    return found


def outdated_machines(
    groups: Iterable[str], region: str, account: Account
) -> dict[str, tuple[int, int]]:
    """By group, how many of its machines were started from an earlier template than its next, and
    how many it has."""
    asked, found = list(groups), {}  # type: list[str], dict[str, tuple[int, int]]
    for begin in range(0, len(asked), PAGE):
        with asking("autoscaling:DescribeAutoScalingGroups"):
            rows = account.client("autoscaling", region).describe_auto_scaling_groups(
                AutoScalingGroupNames=asked[begin : begin + PAGE]
            )["AutoScalingGroups"]
        for row in rows:
            machines = [_machine_of(row, one) for one in row["Instances"]]
            outdated = sum(machine.outdated for machine in machines)
            found[row["AutoScalingGroupName"]] = outdated, len(machines)
    return found


def machines_of(
    members: Iterable[MemberGroup], region: str, account: Account
) -> dict[str, MemberMachine]:
    """Each member's machine, by the member's name."""
    named = {member.group: member.name for member in members}
    with asking("autoscaling:DescribeAutoScalingGroups"):
        rows = account.client("autoscaling", region).describe_auto_scaling_groups(
            AutoScalingGroupNames=list(named)
        )["AutoScalingGroups"]
    found = {named[row["AutoScalingGroupName"]]: _machine(row) for row in rows}
    missing = MemberMachine("", False, "its group is gone")
    return {name: found.get(name, missing) for name in named.values()}


def _machine(row: dict[str, Any]) -> MemberMachine:
    machines = row["Instances"]
    if len(machines) != 1:
        return MemberMachine("", False, f"its group has {len(machines)} machines")
    return _machine_of(row, machines[0])


def _machine_of(row: dict[str, Any], machine: dict[str, Any]) -> MemberMachine:
    state, health = machine["LifecycleState"], machine["HealthStatus"]
    well = state == "InService" and health == "Healthy"
    next_version = row.get("LaunchTemplate", {}).get("Version")
    version = machine.get("LaunchTemplate", {}).get("Version")
    trouble = "" if well else f"{machine['InstanceId']} is {state} and {health}"
    return MemberMachine(machine["InstanceId"], version != next_version, trouble)


def require_all_well(machines: dict[str, MemberMachine], done: Iterable[str]) -> None:
    """Raise where a member is not to be counted on: one more at a time could end etcd."""
    wrong = {name: m.trouble for name, m in machines.items() if m.trouble}
    if wrong:
        before = ", ".join(done)
        told = f"{before} were replaced, no other" if before else "no machine was replaced"
        raise RefusedError(
            f"members of etcd are not in service, so {told}",
            details=[f"{name}: {trouble}" for name, trouble in wrong.items()],
            advice="Wait until its group has replaced it; the console of a machine that does not "
            "come up says which step failed. Then run the command again.",
        )


def replace_machines(
    members: tuple[MemberGroup, ...], region: str, account: Account, *,
    tell: Callable[[str], None], clock: Clock | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """Names of the members whose machines were replaced, in that order. tell: hears of each."""
    done: list[str] = []
    for member in members:
        machines = machines_of(members, region, account)
        require_all_well(machines, done)
        old = machines[member.name].instance_id
        if not machines[member.name].outdated:
            continue
        tell(f"{member.name}: {old} goes")
        with asking("autoscaling:TerminateInstanceInAutoScalingGroup"):
            account.client("autoscaling", region).terminate_instance_in_auto_scaling_group(
                InstanceId=old, ShouldDecrementDesiredCapacity=False
            )
        fresh = _awaited(member, old, region, account, clock or Clock())
        tell(f"{member.name}: {fresh} is in service")
        done.append(member.name)
    return tuple(done)


def _awaited(member: MemberGroup, old: str, region: str, account: Account, clock: Clock) -> str:
    """The machine that has taken the old one's place."""
    until = clock.now() + member.seconds + LAUNCH_SECONDS
    while True:
        found = machines_of((member,), region, account)[member.name]
        if not found.trouble and found.instance_id != old:
            return found.instance_id
        if clock.now() >= until:
            raise AutomationError(
                f"{member.name} has no new machine in service after "
                f"{member.seconds + LAUNCH_SECONDS} s: {found.trouble or 'the old one is there'}",
                advice="The others were left alone, and etcd goes on with them. The console of its "
                "machine says which step failed; run the command again when it is in service.",
            )
        clock.sleep(POLL_SECONDS)
