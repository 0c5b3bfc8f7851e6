"""Schedules and pipes of EventBridge beside a cluster: what they call, and where a pipe reads.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

from typing import Any, Final

from model.deployment import Node
from tests.policies.mutations.functions import placed
from tests.policies.mutations.mutation import ABSENT, Change, each_opens, made_with, opens
from tests.policies.mutations.parts import cluster_subnets
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack

SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
PIPE: Final = "aws:pipes/pipe:Pipe"
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/schedule"
_QUEUE: Final = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
_URL: Final = f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/outside/0123"
_TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:of-others"
_KAFKA: Final = "sourceParameters.selfManagedKafkaParameters"


def schedules(stack: Stack) -> list[Node]:
    """A schedule that calls an own function, and a pipe from own brokers through it to a queue."""
    subnet = cluster_subnets(stack)[0]
    group, function = placed(stack, subnet)
    at_night = {"scheduleExpression": "rate(1 day)", "flexibleTimeWindow": {"mode": "OFF"}}
    inside = {"subnets": [Of(subnet)], "securityGroups": [Of(group)]}
    kafka = {"topicName": "orders", "vpc": inside, "additionalBootstrapServers": ["10.0.0.9:9094"]}
    return [
        group, function,
        stack.makes(SCHEDULE, "nightly", {**at_night, "target": {
            "arn": Of(function, "arn"), "roleArn": _ROLE, "deadLetterConfig": {"arn": _QUEUE}}}),
        stack.makes(PIPE, "orders", {
            "source": "smk://kafka.corp.internal:9094", "roleArn": _ROLE, "target": _QUEUE,
            "enrichment": Of(function, "arn"),
            "sourceParameters": {"selfManagedKafkaParameters": kafka}}),
    ]  # fmt: skip


def _opened(type_: str, path: str, value: Any) -> Change:
    return made_with(schedules, type_, path, value)


def _task(**given: Any) -> dict[str, Any]:
    return {"taskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/x:1", **given}


def _told(**given: Any) -> dict[str, Any]:
    return _task(overrides={"containerOverrides": [{"name": "x", **given}]})


def _variable(name: str, value: str) -> dict[str, Any]:
    return {"environments": [{"name": name, "value": value}]}


_OUTSIDE: Final = "https://pypi.example.com"
_RUN: Final = "targetParameters.ecsTaskParameters"
_FAILED: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:failed"
MUTATIONS = (
    opens("a schedule that calls any action of AWS", "CN-257 CN-004",
          _opened(SCHEDULE, "target.arn", "arn:aws:scheduler:::aws-sdk:ec2:createNatGateway")),
    opens("a pipe that reads brokers over the internet", "CN-257",
          _opened(PIPE, f"{_KAFKA}.vpc", ABSENT)),
)  # fmt: skip
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-257 CN-004", SCHEDULE, "target.arn", _URL),
    ("CN-257 CN-004", SCHEDULE, "target.arn", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/x"),
    ("CN-257 CN-004", SCHEDULE, "target.ecsParameters", _task(launchType="EXTERNAL")),
    ("CN-257 CN-004", SCHEDULE, "target.ecsParameters",
     _task(networkConfiguration={"assignPublicIp": True})),
    ("CN-004", SCHEDULE, "target.ecsParameters", _task()),
    ("CN-004", SCHEDULE, "target.arn", _TOPIC),
    ("CN-004", SCHEDULE, "target.deadLetterConfig.arn", _FAILED),
    ("CN-136", SCHEDULE, "target.roleArn", _ROLE.replace(ACCOUNT, FOREIGN)),
    ("CN-136", SCHEDULE, "target.arn", _QUEUE.replace(ACCOUNT, FOREIGN)),
    ("CN-257 CN-004", PIPE, "target", _URL),
    ("CN-257 CN-004", PIPE, "enrichment", _URL),
    ("CN-257", PIPE, "source", "smk://kafka.example.com:9094"),
    ("CN-257", PIPE, f"{_KAFKA}.additionalBootstrapServers", ["198.51.100.7:9094"]),
    ("CN-257 CN-004", PIPE, "targetParameters.ecsTaskParameters", _task(
        networkConfiguration={"awsVpcConfiguration": {"assignPublicIp": "ENABLED"}})),
    ("CN-004", PIPE, _RUN, _told(**_variable("MIRROR_URL", "https://pypi.corp.internal"))),
    ("CN-257 CN-004", PIPE, _RUN, _told(**_variable("MIRROR_URL", _OUTSIDE))),
    ("CN-257 CN-004", PIPE, _RUN, _told(**_variable("HTTPS_PROXY", _OUTSIDE))),
    ("CN-257 CN-004", PIPE, _RUN, _told(commands=["curl", _OUTSIDE])),
    ("CN-257 CN-004", PIPE, "targetParameters.batchJobParameters",
     {"jobDefinition": "of-others", "containerOverrides": _variable("MIRROR_URL", _OUTSIDE)}),
    ("CN-004", PIPE, "targetParameters.ecsTaskParameters.overrides.containerOverrides",
     [{"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::of-others/x.env"}]}]),
    ("CN-004", PIPE, "targetParameters.batchJobParameters", {"jobDefinition": "of-others"}),
    ("CN-004", PIPE, "sourceParameters.kinesisStreamParameters.deadLetterConfig.arn", _FAILED),
    ("CN-004", PIPE, "logConfiguration.s3LogDestination", {"bucketName": "of-others"}),
    ("CN-004", PIPE, "logConfiguration.firehoseLogDestination.deliveryStreamArn",
     f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/of-others"),
    ("CN-136", PIPE, "target", _QUEUE.replace(ACCOUNT, FOREIGN)),
    ("CN-136", PIPE, "roleArn", _ROLE.replace(ACCOUNT, FOREIGN)),
)  # fmt: skip
FURTHER: Final = tuple(each_opens(_FURTHER, _opened))
