"""Tasks of ECS beside a cluster: where they run, what runs in them, where their logs go.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

import json
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.completeness import ATTACHMENT, breaks
from tests.policies.mutations.mutation import (
    ABSENT,
    Change,
    build,
    each_opens,
    edited,
    made_with,
    opens,
)
from tests.policies.mutations.parts import (
    EGRESS,
    EVERYWHERE,
    GROUP,
    POOL,
    cluster_subnets,
    cluster_vpc,
    gateway,
    public_subnet,
)
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack

CLUSTER: Final = "aws:ecs/cluster:Cluster"
SERVICE: Final = "aws:ecs/service:Service"
TASK_SET: Final = "aws:ecs/taskSet:TaskSet"
DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
CAPACITY: Final = "aws:ecs/capacityProvider:CapacityProvider"
CAPACITIES: Final = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
BUCKET: Final = "aws:s3/bucket:Bucket"
REGISTRY: Final = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
DIGEST: Final = "@sha256:" + "0123456789abcdef" * 4
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/task"
_LOGS: Final = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/orders", "awslogs-region": REGION},
}
_CONTAINER: Final[dict[str, Any]] = {
    "name": "orders",
    "image": f"{REGISTRY}/orders{DIGEST}",
    "command": ["serve", "--port", "8443"],
    "environment": [
        {"name": "DB_HOST", "value": "db.corp.internal"},
        {"name": "API", "value": f"https://sqs.{REGION}.amazonaws.com"},
    ],
    "secrets": [{
        "name": "PASSWORD", "valueFrom": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:x",
    }],
    "healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost:8443/ || exit 1"]},
    "logConfiguration": _LOGS,
}  # fmt: skip
_ROUTER: Final = {
    "name": "router",
    "image": f"{REGISTRY}/router{DIGEST}",
    "firelensConfiguration": {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "true"}},
}


def containers(**given: Any) -> str:
    """The text of a task definition, with other words on its first container."""
    return json.dumps([{**_CONTAINER, **given}, _ROUTER])


def tasks(stack: Stack, subnets: list[Of] | None = None) -> list[Node]:
    """A service on Fargate, a task set on machines that ECS launches, a pool of a program's own."""
    shore = subnets or [Of(subnet) for subnet in cluster_subnets(stack)[:2]]
    group = stack.makes(GROUP, "tasks", {"vpcId": Of(cluster_vpc(stack))})
    where = {"subnets": shore, "securityGroups": [Of(group)]}
    cluster = stack.makes(CLUSTER, "orders", {
        "settings": [{"name": "containerInsights", "value": "enabled"}],
    })  # fmt: skip
    definition = stack.makes(DEFINITION, "orders", {
        "family": "orders", "containerDefinitions": containers(), "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "executionRoleArn": _ROLE, "taskRoleArn": _ROLE,
    })  # fmt: skip
    launched = stack.makes(CAPACITY, "launched", {
        "cluster": Of(cluster, "name"),
        "managedInstancesProvider": {
            "infrastructureRoleArn": _ROLE,
            "instanceLaunchTemplate": {
                "ec2InstanceProfileArn": f"arn:aws:iam::{ACCOUNT}:instance-profile/task",
                "networkConfiguration": where,
            },
        },
    })  # fmt: skip
    pools = [
        stack.makes(CAPACITY, "pool", {
            "autoScalingGroupProvider": {"autoScalingGroupArn": Of(pool, "arn")},
        })
        for pool in list(stack.each(POOL))[:1]
    ]  # fmt: skip
    run = {"cluster": Of(cluster, "arn"), "taskDefinition": Of(definition, "arn")}
    service = stack.makes(SERVICE, "orders", {
        **run, "launchType": "FARGATE", "networkConfiguration": {**where, "assignPublicIp": False},
        "platformVersion": "LATEST", "serviceConnectConfiguration": {
            "enabled": True, "logConfiguration": _LOGS,
        },
    })  # fmt: skip
    providers = [Of(one, "name") for one in (launched, *pools)]
    return [
        group, cluster, definition, launched, *pools, service,
        stack.makes(CAPACITIES, "orders", {
            "clusterName": Of(cluster, "name"),
            "capacityProviders": ["FARGATE", "FARGATE_SPOT", *providers],
            "defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE_SPOT"}],
        }),
        stack.makes(TASK_SET, "orders", {
            **run, "service": Of(service, "arn"), "networkConfiguration": where,
            "capacityProviderStrategies": [{"capacityProvider": Of(launched, "name")}],
        }),
    ]  # fmt: skip


def _opened(type_: str, path: str, value: Any) -> Change:
    return made_with(tasks, type_, path, value)


def _with(**given: Any) -> Change:
    return _opened(DEFINITION, "containerDefinitions", containers(**given))


def _logs(driver: str, **options: str) -> Change:
    named = {key.replace("_", "-"): value for key, value in options.items()}
    return _with(logConfiguration={"logDriver": driver, "options": named})


def _routed(**options: str) -> Change:
    return _with(logConfiguration={"logDriver": "awsfirelens", "options": options})


def _on_the_shore(stack: Stack) -> list[Node]:
    """Tasks in a subnet whose route leads to an internet gateway, one with a public address."""
    door = gateway(stack)
    subnet, *rest = public_subnet(stack, door)
    nodes = tasks(stack, [Of(subnet)])
    everything = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": EVERYWHERE}
    out = stack.makes(EGRESS, "tasks", {"securityGroupId": Of(nodes[0]), **everything})
    kept = [node for node in nodes if node.resource.type not in (SERVICE, TASK_SET, CAPACITIES)]
    kept = [node for node in kept if node.resource.name != "launched"]
    (one,) = (node for node in nodes if node.resource.type == SERVICE)
    public = edited(stack, one, "networkConfiguration.assignPublicIp", True)
    return [door, subnet, *rest, out, *kept, public]


def _of_ecs(stack: Stack) -> list[Node]:
    """Machines that are given what AWS gives to those of ECS, and have no endpoint of it."""
    machines = (n for n in stack.each(ATTACHMENT) if "node" in n.resource.name)
    role = next(machines, stack.first(ATTACHMENT)).resource.props["role"]
    managed = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
    return [stack.makes(ATTACHMENT, "of-ecs", {"role": role, "policyArn": managed})]


_POOL: Final = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:x:autoScalingGroupName/x"
MUTATIONS = (
    opens(
        "a task with a public address, on a subnet that leads out",
        "CN-010 CN-030 CN-032 CN-050 CN-100 reach", build(_on_the_shore),
    ),
    opens("tasks on machines outside AWS", "CN-250", _opened(SERVICE, "launchType", "EXTERNAL")),
    opens("a task that sends its logs to a host outside", "CN-251",
          _logs("splunk", splunk_url="https://x.splunkcloud.example:8088")),
    opens("a task of an image of the internet", "CN-145", _with(image=f"docker.io/x/y{DIGEST}")),
    breaks("machines of ECS without its endpoints", "CN-190", build(_of_ecs)),
    opens("tasks that others have defined", "CN-004",
          _opened(SERVICE, "taskDefinition", "of-others:7")),
)  # fmt: skip
# What is opened, of which type, by which input, and by which rule that is found.
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-004", SERVICE, "cluster", "of-others"),
    ("CN-004", SERVICE, "cluster", UNKNOWN),
    ("CN-004", SERVICE, "taskDefinition", UNKNOWN),
    ("CN-004", SERVICE, "capacityProviderStrategies", [{"capacityProvider": "of-others"}]),
    ("CN-004", SERVICE, "loadBalancers", [{"elbName": "of-others", "containerName": "x"}]),
    ("CN-004", SERVICE, "deploymentConfiguration", {"lifecycleHooks": [
        {"hookTargetArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:of-others"}]}),
    ("CN-050", SERVICE, "networkConfiguration.assignPublicIp", True),
    ("CN-050", SERVICE, "networkConfiguration.assignPublicIp", UNKNOWN),
    ("CN-050", TASK_SET, "networkConfiguration.assignPublicIp", "true"),
    ("CN-250", SERVICE, "platformVersion", "1.3.0"),
    ("CN-250", TASK_SET, "platformVersion", UNKNOWN),
    ("CN-250", TASK_SET, "launchType", "EXTERNAL"),
    ("CN-250", SERVICE, "launchType", UNKNOWN),
    ("CN-250", DEFINITION, "requiresCompatibilities", ["FARGATE", "EXTERNAL"]),
    ("CN-251", SERVICE, "serviceConnectConfiguration.logConfiguration", {
        "logDriver": "gelf", "options": {"gelf-address": "udp://logs.example:12201"}}),
    ("CN-251", DEFINITION, "volumes", [{"name": "x", "dockerVolumeConfiguration": {
        "driver": "local", "driverOpts": {"device": ":/", "o": "addr=198.51.100.7,rw"}}}]),
    ("CN-136", DEFINITION, "taskRoleArn", _ROLE.replace(ACCOUNT, FOREIGN)),
    ("CN-004", CAPACITY, "autoScalingGroupProvider.autoScalingGroupArn", _POOL),
    ("CN-004", CLUSTER, "configuration.executeCommandConfiguration.logConfiguration.s3BucketName",
     "of-others"),
    ("CN-004", CAPACITIES, "capacityProviders", ["FARGATE", "of-others"]),
)  # fmt: skip
_WORDS: Final = {
    "an image that nobody knows": ("CN-145 CN-146", _opened(
        DEFINITION, "containerDefinitions", UNKNOWN)),
    "a text that is no list of containers": ("CN-145", _opened(
        DEFINITION, "containerDefinitions", "{")),
    "no containers at all": ("CN-145", _opened(
        DEFINITION, "containerDefinitions", ABSENT)),
    "an image by its tag": ("CN-146", _with(image=f"{REGISTRY}/orders:7")),
    "a foreign registry": ("CN-145", _with(image=f"{FOREIGN}{REGISTRY[12:]}/x{DIGEST}")),
    "a host in a variable": ("CN-251", _with(
        environment=[{"name": "DB_HOST", "value": "db.example.com"}])),
    "a URL in a variable": ("CN-251", _with(
        environment=[{"name": "API", "value": "https://api.example.com/v1"}])),
    "a proxy": ("CN-251", _with(
        environment=[{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}])),
    "a command that fetches": ("CN-251", _with(command=["curl", "https://x.example/run"])),
    "an entry point that fetches": ("CN-251", _with(
        entryPoint=["sh", "-c", "wget https://x.example/run"])),
    "a health check outside": ("CN-251", _with(
        healthCheck={"command": ["CMD-SHELL", "curl https://x.example/up"]})),
    "a name server outside": ("CN-251", _with(dnsServers=["8.8.8.8"])),
    "a name for an address outside": ("CN-251", _with(
        extraHosts=[{"hostname": "db", "ipAddress": "198.51.100.7"}])),
    "logs to syslog outside": ("CN-251", _logs("syslog", syslog_address="tcp://198.51.100.7:514")),
    "logs to fluentd outside": ("CN-251", _logs("fluentd", fluentd_address="x.example.com:24224")),
    "logs to another region": ("CN-251", _logs(
        "awslogs", awslogs_group="/x", awslogs_region="us-east-1")),
    "logs to an endpoint outside": ("CN-251", _logs(
        "awslogs", awslogs_group="/x", awslogs_endpoint="https://logs.example.com")),
    "logs routed to a host outside": ("CN-251", _routed(Name="http", Host="logs.example.com")),
    "logs routed to their maker": ("CN-251", _routed(Name="datadog", apikey="x")),
    "logs routed to another region": ("CN-251", _routed(Name="cloudwatch", region="us-east-1")),
    "variables of a bucket of others": ("CN-004", _with(
        environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::of-others/x.env"}])),
    "routes of a bucket of others": ("CN-004", _with(firelensConfiguration={
        "type": "fluentbit", "options": {
            "config-file-type": "s3", "config-file-value": "arn:aws:s3:::of-others/x.conf"}})),
    "a secret of a foreign account": ("CN-136", _with(secrets=[{
        "name": "x", "valueFrom": f"arn:aws:secretsmanager:{REGION}:{FOREIGN}:secret:x"}])),
}  # fmt: skip
FURTHER: Final = (
    *each_opens(_FURTHER, _opened),
    *(opens(f"a task with {what}", caught, change) for what, (caught, change) in _WORDS.items()),
)  # fmt: skip
