"""Machines that did not come into service: what AWS says of them, and what they say themselves.

When `up` fails on a pool, the reason stands on the machines' consoles, where nobody looks who has
no way into the network; EC2 hands them out all the same. Only reads, and never instead of the
error: what cannot be read is said, and the error stays.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import botocore.exceptions

from automation.aws_calls import Account, asking
from automation.errors import AutomationError
from automation.events import EventLog

GROUP, NODE_GROUP = "aws:autoscaling/group:Group", "aws:eks/nodeGroup:NodeGroup"
MOST_LINES = 40
MOST_MACHINES = 3  # of one pool: they mostly say the same
_MOST_CHARACTERS = 300
_ACTIVITIES = 20
_INSTANCE = re.compile(r"\bi-[0-9a-f]{8,17}\b")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-_])")
# A cluster's token, what signs a URL, AWS's key ids, and lines of keys in PEM.
_SECRETS = re.compile(
    r"k8s-aws-v1\.[\w=-]+|(?<=X-Amz-Signature=)\w+|(?<=X-Amz-Security-Token=)[\w%/+=.-]+"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|[A-Za-z0-9+/]{60,}={0,2}"
)


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine. state: of its life in the group; console: its last lines, oldest first."""

    instance_id: str
    state: str
    console: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SilentPool:
    """A pool that `up` waited for in vain. said: what AWS says of its launches, newest first."""

    name: str
    said: tuple[str, ...]
    machines: tuple[Machine, ...]


class SilentMachinesError(AutomationError):
    """Machines did not come into service; `pools` has what is known of why."""

    kind = "machinesNotInService"
    pools: tuple[SilentPool, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {**AutomationError.as_json(self), "pools": [asdict(pool) for pool in self.pools]}


def with_machines(
    error: AutomationError, log: EventLog, region: str, account: Account
) -> AutomationError:
    """The error as it is, or with what the machines say of the pools that it is about."""
    waited = [step for step in log.failed if step.type in (GROUP, NODE_GROUP)]
    pools, details = [], list(error.details)
    for step in waited:
        inputs = (log.steps[step.urn, step.operation].get("new") or {}).get("inputs") or {}
        ask = _group if step.type == GROUP else _node_group
        try:
            pool = ask(step.name, inputs, region, account)
        except AutomationError as unread:
            details.append(f"{step.name}: what its machines say cannot be read: {unread.message}")
            continue
        pools.append(pool)
        details += _details(pool)
    if not waited:
        return error
    told = SilentMachinesError(error.message, advice=error.advice, details=details)
    told.pools = tuple(pools)
    return told


def _details(pool: SilentPool) -> Iterator[str]:
    yield from (f"{pool.name}: {sentence}" for sentence in pool.said)
    for machine in pool.machines:
        heading = f"{pool.name}: {machine.instance_id} ({machine.state}), "
        if machine.console:
            yield "\n".join([f"{heading}the end of its console:", *machine.console])
        else:
            yield f"{heading}nothing on its console yet"


def _group(name: str, inputs: Mapping[str, Any], region: str, account: Account) -> SilentPool:
    """Of an Auto Scaling group: its unsuccessful launches, and machines that are not in service."""
    group = str(inputs.get("name", ""))
    client = account.client("autoscaling", region)
    with asking("autoscaling:DescribeAutoScalingGroups"):
        found = client.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    with asking("autoscaling:DescribeScalingActivities"):
        activities = client.describe_scaling_activities(
            AutoScalingGroupName=group, MaxRecords=_ACTIVITIES
        )["Activities"]
    states = {
        instance["InstanceId"]: instance["LifecycleState"]
        for row in found["AutoScalingGroups"]
        for instance in row["Instances"]
    }
    said = []
    for activity in activities:
        if activity["StatusCode"] == "Successful":
            continue
        why = f": {activity['StatusMessage']}" if activity.get("StatusMessage") else ""
        said.append(_plain(f"{activity['StatusCode']}: {activity['Description']}{why}"))
        for instance_id in _INSTANCE.findall(activity["Description"]):
            states.setdefault(instance_id, "gone")
    silent = [instance_id for instance_id, state in states.items() if state != "InService"]
    return SilentPool(name, tuple(dict.fromkeys(said)), _machines(silent, states, region, account))


def _node_group(name: str, inputs: Mapping[str, Any], region: str, account: Account) -> SilentPool:
    """Of a managed node group: the issues that EKS has with it, and the machines named there."""
    with asking("eks:DescribeNodegroup"):
        found = account.client("eks", region).describe_nodegroup(
            clusterName=str(inputs.get("clusterName", "")),
            nodegroupName=str(inputs.get("nodeGroupName", "")),
        )["nodegroup"]
    issues = found.get("health", {}).get("issues", [])
    said = [_plain(f"{issue['code']}: {issue.get('message', '')}") for issue in issues]
    named = _INSTANCE.findall(" ".join(i for issue in issues for i in issue.get("resourceIds", ())))
    states = dict.fromkeys(named, "named by EKS")
    return SilentPool(name, tuple(said), _machines(list(states), states, region, account))


def _machines(
    instance_ids: list[str], states: Mapping[str, str], region: str, account: Account
) -> tuple[Machine, ...]:
    client = account.client("ec2", region)
    return tuple(
        Machine(instance_id, states[instance_id], _console(instance_id, client))
        for instance_id in instance_ids[:MOST_MACHINES]
    )


def _console(instance_id: str, client: Any) -> tuple[str, ...]:
    """The last lines: of now where EC2 can tell them, else those of the last start or end."""
    answer: dict[str, Any] = {}
    with contextlib.suppress(botocore.exceptions.ClientError):  # ended, or not built on Nitro
        answer = client.get_console_output(InstanceId=instance_id, Latest=True)
    if not answer.get("Output"):
        with asking("ec2:GetConsoleOutput"):
            try:
                answer = client.get_console_output(InstanceId=instance_id)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] == "InvalidInstanceID.NotFound":
                    return ()  # forgotten, an hour or so after its end
                raise
    lines = [_plain(line) for line in answer.get("Output", "").splitlines()]
    return tuple([line for line in lines if line.strip()][-MOST_LINES:])


def _plain(line: str) -> str:
    """What a terminal may be given: no escapes, no control characters, and no secret."""
    shown = "".join(c for c in _ESCAPES.sub("", line).expandtabs() if c.isprintable())
    return _SECRETS.sub("(left out)", shown)[:_MOST_CHARACTERS]
