"""Jobs of Batch beside a cluster: where they run, what runs in them.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

import json
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import (
    ABSENT,
    Change,
    build,
    each_opens,
    made_with,
    opens,
)
from tests.policies.mutations.parts import (
    EGRESS,
    EVERYWHERE,
    GROUP,
    cluster_subnets,
    cluster_vpc,
    gateway,
    public_subnet,
)
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack
from tests.policies.mutations.tasks import DIGEST, REGISTRY

ENVIRONMENT: Final = "aws:batch/computeEnvironment:ComputeEnvironment"
QUEUE: Final = "aws:batch/jobQueue:JobQueue"
DEFINITION: Final = "aws:batch/jobDefinition:JobDefinition"
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/job"
_CONTAINER: Final[dict[str, Any]] = {
    "image": f"{REGISTRY}/report{DIGEST}",
    "command": ["report", "--day", "Ref::day"],
    "environment": [{"name": "DB_HOST", "value": "db.corp.internal"}],
    "executionRoleArn": _ROLE,
    "jobRoleArn": _ROLE,
    "networkConfiguration": {"assignPublicIp": "DISABLED"},
    "fargatePlatformConfiguration": {"platformVersion": "LATEST"},
    "logConfiguration": {"logDriver": "awslogs"},
}
# A container of a task has no roles, and its task the way out.
_IN_TASK: Final = {key: _CONTAINER[key] for key in ("image", "command")}


def jobs(stack: Stack, subnets: list[Of] | None = None) -> list[Node]:
    """A compute environment of Fargate and one of machines, a queue, jobs of every shape."""
    shore = subnets or [Of(subnet) for subnet in cluster_subnets(stack)[:2]]
    group = stack.makes(GROUP, "jobs", {"vpcId": Of(cluster_vpc(stack))})
    where = {"subnets": shore, "securityGroupIds": [Of(group)], "maxVcpus": 8}
    environments = [
        stack.makes(ENVIRONMENT, name, {
            "type": "MANAGED", "computeResources": {"type": kind, **where}, "serviceRole": _ROLE,
        })
        for name, kind in (("fargate", "FARGATE"), ("machines", "EC2"))
    ]  # fmt: skip
    task = {"containers": [_IN_TASK]}
    nodes = {"mainNode": 0, "numNodes": 2, "nodeRangeProperties": [
        {"targetNodes": "0:1", "container": _IN_TASK},
    ]}  # fmt: skip
    return [
        group, *environments,
        stack.makes(ENVIRONMENT, "own", {"type": "UNMANAGED", "serviceRole": _ROLE}),
        stack.makes(QUEUE, "reports", {"priority": 1, "computeEnvironmentOrders": [
            {"order": n, "computeEnvironment": Of(one, "arn")} for n, one in enumerate(environments)
        ]}),
        stack.makes(DEFINITION, "report", {
            "type": "container", "containerProperties": json.dumps(_CONTAINER),
        }),
        stack.makes(DEFINITION, "tasks", {
            "type": "container", "ecsProperties": json.dumps({"taskProperties": [task]}),
        }),
        stack.makes(DEFINITION, "nodes", {
            "type": "multinode", "nodeProperties": json.dumps(nodes),
        }),
    ]  # fmt: skip


def _opened(type_: str, path: str, value: Any) -> Change:
    return made_with(jobs, type_, path, value)


def _with(**given: Any) -> Change:
    return _opened(DEFINITION, "containerProperties", json.dumps({**_CONTAINER, **given}))


def _on_the_shore(stack: Stack) -> list[Node]:
    """Machines of Batch in a subnet that gives public addresses, and leads out."""
    door = gateway(stack)
    subnet, *rest = public_subnet(stack, door)
    nodes = [node for node in jobs(stack, [Of(subnet)]) if node.resource.name != "fargate"]
    kept = [node for node in nodes if node.resource.type != QUEUE]
    everything = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": EVERYWHERE}
    out = stack.makes(EGRESS, "jobs", {"securityGroupId": Of(nodes[0]), **everything})
    giving = stack.edited(subnet, {"mapPublicIpOnLaunch": True})
    return [door, giving, *rest, out, *kept]


_TEMPLATE: Final = {"launchTemplateId": "lt-0a1b2c3d4e5f60718"}
_ELSEWHERE: Final = f"arn:aws:batch:{REGION}:{ACCOUNT}:compute-environment/of-others"
_PUBLIC: Final = {"assignPublicIp": "ENABLED"}
MUTATIONS = (
    opens(
        "machines of Batch on a subnet that leads out and gives public addresses",
        "CN-010 CN-030 CN-032 CN-040 CN-100 reach", build(_on_the_shore),
    ),
    opens("a job with a public address", "CN-050", _with(networkConfiguration=_PUBLIC)),
    opens("a job that fetches from outside", "CN-251", _with(command=["curl", "https://x.example"])),
)  # fmt: skip
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-004", QUEUE, "computeEnvironmentOrders", [{"computeEnvironment": _ELSEWHERE}]),
    ("CN-004", QUEUE, "computeEnvironmentOrders", [{"computeEnvironment": UNKNOWN}]),
    ("CN-004", ENVIRONMENT, "eksConfiguration", {"eksClusterArn": "of-others"}),
    ("CN-004", ENVIRONMENT, "computeResources.launchTemplate", _TEMPLATE),
    ("CN-057", ENVIRONMENT, "computeResources.ec2KeyPair", "mine"),
    ("CN-136", ENVIRONMENT, "serviceRole", _ROLE.replace(ACCOUNT, FOREIGN)),
    ("CN-145", DEFINITION, "containerProperties", "{"),
    ("CN-145", DEFINITION, "containerProperties", ABSENT),
    ("CN-145 CN-146", DEFINITION, "containerProperties", UNKNOWN),
    ("CN-250", DEFINITION, "eksProperties", {"podProperties": {"containers": [{"image": "x"}]}}),
)  # fmt: skip
_WORDS: Final = {
    "an image of the internet": ("CN-145", _with(image=f"docker.io/x{DIGEST}")),
    "an image by its tag": ("CN-146", _with(image=f"{REGISTRY}/x:7")),
    "an old platform": ("CN-250", _with(
        fargatePlatformConfiguration={"platformVersion": "1.3.0"})),
    "a host in a variable": ("CN-251", _with(
        environment=[{"name": "DB_HOST", "value": "db.example.com"}])),
    "logs to a host outside": ("CN-251", _with(logConfiguration={
        "logDriver": "splunk", "options": {"splunk-url": "https://x.splunkcloud.example"}})),
    "a foreign role": ("CN-136", _with(jobRoleArn=_ROLE.replace(ACCOUNT, FOREIGN))),
    "an image of the internet in a task": ("CN-145", _opened(
        DEFINITION, "ecsProperties", json.dumps({"taskProperties": [
            {"containers": [{"image": f"docker.io/x{DIGEST}"}]}]}))),
    "a public address of a task": ("CN-050", _opened(
        DEFINITION, "ecsProperties", json.dumps({"taskProperties": [
            {"containers": [_IN_TASK], "networkConfiguration": _PUBLIC}]}))),
    "an image of the internet on nodes": ("CN-145", _opened(
        DEFINITION, "nodeProperties", json.dumps({"nodeRangeProperties": [
            {"container": {"image": f"docker.io/x{DIGEST}"}}]}))),
}  # fmt: skip
FURTHER: Final = (
    *each_opens(_FURTHER, _opened),
    *(opens(f"a job with {what}", caught, change) for what, (caught, change) in _WORDS.items()),
)  # fmt: skip
