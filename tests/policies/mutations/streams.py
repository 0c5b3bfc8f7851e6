"""Streams of Firehose and state machines beside a cluster: where they send, and what they call.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

import json
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.functions import placed
from tests.policies.mutations.mutation import (
    ABSENT,
    Change,
    add,
    each_opens,
    made_with,
    opens,
)
from tests.policies.mutations.parts import cluster_subnets
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack

STREAM: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
MACHINE: Final = "aws:sfn/stateMachine:StateMachine"
BUCKET: Final = "aws:s3/bucket:Bucket"
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/stream"
_QUEUE: Final = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"
_DENIED: Final = {
    "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject*",
    "Resource": "arn:aws:s3:::records/*",
    "Condition": {"StringNotEquals": {"aws:VpceAccount": ACCOUNT}},
}  # fmt: skip


def _task(what: str, **arguments: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{what}", "Arguments": arguments}


def definition(*states: dict[str, Any]) -> str:
    return json.dumps({"StartAt": "0", "States": {str(i): s for i, s in enumerate(states)}})


def streams(stack: Stack) -> list[Node]:
    """A stream into an own bucket, by an own function, and a state machine that calls own things.

    What a program fills into a definition is known in an update only.
    """
    policy = json.dumps({"Version": "2012-10-17", "Statement": [_DENIED]})
    bucket = stack.makes(BUCKET, "records", {"bucket": "records", "policy": policy})
    group, function = placed(stack, cluster_subnets(stack)[0])
    stream = stack.makes(STREAM, "records", {
        "destination": "extended_s3", "extendedS3Configuration": {
            "bucketArn": Of(bucket, "arn"), "roleArn": _ROLE,
            "processingConfiguration": {"enabled": True, "processors": [{
                "type": "Lambda", "parameters": [
                    {"parameterName": "LambdaArn", "parameterValue": Of(function, "arn")},
                    {"parameterName": "NumberOfRetries", "parameterValue": "3"},
                ],
            }]},
        },
    })  # fmt: skip
    arn = str(function.outputs()["arn"])
    text = definition(
        _task("lambda:invoke.waitForTaskToken", FunctionName=arn, Payload={"a": 1}),
        _task("sqs:sendMessage", QueueUrl=_QUEUE, MessageBody="{% $states.input %}"),
        {"Type": "Map", "ItemProcessor": {"StartAt": "0", "States": {
            "0": _task("dynamodb:putItem", TableName="orders", Item={})}}},
        {"Type": "Parallel", "Branches": [{"StartAt": "0", "States": {"0": {"Type": "Pass"}}}]},
        {"Type": "Task", "Resource": f"arn:aws:states:{REGION}:{ACCOUNT}:activity:people"},
    )  # fmt: skip
    machine = stack.makes(MACHINE, "orders", {"definition": text, "roleArn": _ROLE})
    sourced = {**machine.sources, "definition": frozenset({function.resource.urn})}
    if not stack.known:
        machine = stack.edited(machine, {"definition": UNKNOWN})
    return [bucket, group, function, stream, Node(machine.resource, sourced, machine.outputs)]


def _opened(type_: str, path: str, value: Any) -> Change:
    return made_with(streams, type_, path, value)


def _does(*states: dict[str, Any]) -> Change:
    return add(MACHINE, {"definition": definition(*states), "roleArn": _ROLE})


def _within(state: dict[str, Any], times: int) -> dict[str, Any]:
    """A state on a branch of a branch."""
    for _ in range(times):
        state = {"Type": "Parallel", "Branches": [{"StartAt": "0", "States": {"0": state}}]}
    return state


_S3: Final = "extendedS3Configuration"
_SCHEMA: Final = f"{_S3}.dataFormatConversionConfiguration.schemaConfiguration"
_TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:of-others"
_RUN: Final = {"TaskDefinition": "of-others", "Cluster": "of-others"}
MUTATIONS = (
    opens("a stream to a host of the internet", "CN-252", _opened(STREAM, "destination", "splunk")),
    opens("a stream into a bucket of others", "CN-004",
          _opened(STREAM, f"{_S3}.bucketArn", "arn:aws:s3:::of-others")),
    opens("a state machine that calls a URL", "CN-253",
          _does(_task("http:invoke", ApiEndpoint="https://x.example"))),
    opens("a state machine that calls what its input names", "CN-253",
          _does(_task("lambda:invoke", FunctionName="{% $states.input.f %}"))),
    opens("a state machine that is deeper than anybody reads", "CN-270",
          _does(_within(_task("http:invoke", ApiEndpoint="https://x.example"), 20)),
          verdict="undecided"),
)  # fmt: skip
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-252", STREAM, "destination", "http_endpoint"),
    ("CN-252", STREAM, "destination", "redshift"),
    ("CN-252", STREAM, "destination", "snowflake"),
    ("CN-252", STREAM, "destination", "opensearch"),
    ("CN-252 CN-004", STREAM, "destination", UNKNOWN),
    ("CN-252", STREAM, "destination", ABSENT),
    ("CN-252", STREAM, "mskSourceConfiguration.authenticationConfiguration.connectivity", "PUBLIC"),
    ("CN-252", STREAM, f"{_SCHEMA}.region", "us-east-1"),
    ("CN-252", STREAM, f"{_SCHEMA}.catalogId", FOREIGN),
    ("CN-004", STREAM, f"{_S3}.s3BackupConfiguration.bucketArn", "arn:aws:s3:::of-others"),
    ("CN-004", STREAM, "opensearchConfiguration.domainArn",
     f"arn:aws:es:{REGION}:{ACCOUNT}:domain/of-others"),
    ("CN-004", STREAM, f"{_S3}.processingConfiguration.processors", [{"parameters": [
        {"parameterValue": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:of-others:7"}]}]),
    ("CN-136", STREAM, f"{_S3}.roleArn", _ROLE.replace(ACCOUNT, FOREIGN)),
    ("CN-136", MACHINE, "roleArn", _ROLE.replace(ACCOUNT, FOREIGN)),
    ("CN-253", MACHINE, "definition", "{"),
)  # fmt: skip
_DOES: Final = {
    "an SDK": ("CN-253", _does(_task("aws-sdk:s3:putObject", Bucket="x"))),
    "an API": ("CN-253", _does(_task("apigateway:invoke", ApiEndpoint="x.example"))),
    "what is no ARN": ("CN-253 CN-004", _does({"Type": "Task", "Resource": "x"})),
    "a function of others": ("CN-004", _does(_task("lambda:invoke", FunctionName="of-others"))),
    "a foreign function": ("CN-253 CN-004", _does({
        "Type": "Task", "Resource": f"arn:aws:lambda:{REGION}:{FOREIGN}:function:x"})),
    "a foreign queue": ("CN-253", _does(
        _task("sqs:sendMessage", QueueUrl=_QUEUE.replace(ACCOUNT, FOREIGN)))),
    "a queue without an account": ("CN-253", _does(_task("sqs:sendMessage", QueueUrl="orders"))),
    "a foreign table": ("CN-253", _does(_task(
        "dynamodb:putItem", TableName=f"arn:aws:dynamodb:{REGION}:{FOREIGN}:table/x"))),
    "a topic of others": ("CN-004", _does(_task("sns:publish", TopicArn=_TOPIC))),
    "a telephone": ("CN-253", _does(_task("sns:publish", PhoneNumber="+1"))),
    "a name from its input": ("CN-253", _does(
        {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
         "Parameters": {"FunctionName.$": "$.f"}})),
    "a task with a public address": ("CN-253 CN-004", _does(_task(
        "ecs:runTask.sync", **_RUN, NetworkConfiguration={
            "AwsvpcConfiguration": {"AssignPublicIp": "ENABLED"}}))),
    "a foreign role": ("CN-253", _does({
        **_task("sqs:sendMessage", QueueUrl=_QUEUE),
        "Credentials": {"RoleArn": _ROLE.replace(ACCOUNT, FOREIGN)}})),
    "a URL for each item": ("CN-253", _does({"Type": "Map", "ItemProcessor": {
        "States": {"0": _task("http:invoke")}}})),
    "a URL on a branch": ("CN-253", _does({"Type": "Parallel", "Branches": [
        {"States": {"0": _task("http:invoke")}}]})),
    "results into a bucket of others": ("CN-004", _does({"Type": "Map", "ItemProcessor": {
        "States": {"0": {"Type": "Pass"}}}, "ResultWriter": _task(
            "s3:putObject", Bucket="of-others")})),
}  # fmt: skip
FURTHER: Final = (
    *each_opens(_FURTHER, _opened),
    *(opens(f"a state machine with {what}", c, change) for what, (c, change) in _DOES.items()),
)  # fmt: skip
