"""Schedules and pipes of EventBridge as AWS tells of them.

Written by hand from the API references of EventBridge Scheduler and EventBridge Pipes (read
2026-11-30), apart from the tables of the reader.
"""

from typing import Any, Final

from model.deployment import Node
from tests.automation.described.answers import Answers, Item
from tests.policies.mutations.schedules import PIPE, SCHEDULE
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

TYPES: Final = (SCHEDULE, PIPE)
_GROUP: Final = "default"
_OTHERS: Final = "of-others"
_AT_NIGHT: Final[Item] = {
    "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"},
    "ScheduleExpressionTimezone": "UTC", "State": "ENABLED", "ActionAfterCompletion": "NONE",
}  # fmt: skip
_RETRIED: Final = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
# What Scheduler says of a task where nobody has said it.
_BY_SCHEDULER: Final[Item] = {
    "TaskCount": 1,
    "EnableECSManagedTags": True,
    "EnableExecuteCommand": False,
}


def real_id(node: Node) -> str:
    """As the provider calls it: a schedule with its group, and a pipe by its name."""
    return (
        f"{_GROUP}/{node.resource.name}" if node.resource.type == SCHEDULE else node.resource.name
    )


def tell(answers: Answers, stack: Stack) -> None:
    """All of them, and those that others have, of which nobody is asked."""
    schedules = {node.resource.name: node for node in stack.each(SCHEDULE)}
    pipes = {node.resource.name: node for node in stack.each(PIPE)}
    answers.lists("scheduler", "ListSchedules", "Schedules", *(
        {**_schedule(name), "Target": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:x"}}
        for name in (_OTHERS, *schedules)
    ))  # fmt: skip
    answers.says("scheduler", "GetSchedule", lambda asked: {
        **_schedule(asked["Name"]), **_AT_NIGHT,
        "Target": _target(schedules[asked["Name"]].resource.props["target"]),
    })  # fmt: skip
    answers.lists("pipes", "ListPipes", "Pipes", *map(_pipe, (_OTHERS, *pipes)))
    answers.says("pipes", "DescribePipe", lambda asked: {
        **_pipe(asked["Name"]), **_does(pipes[asked["Name"]].resource.props),
    })  # fmt: skip


def _schedule(name: str) -> Item:
    arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{_GROUP}/{name}"
    return {"Name": name, "GroupName": _GROUP, "Arn": arn}


def _pipe(name: str) -> Item:
    arn = f"arn:aws:pipes:{REGION}:{ACCOUNT}:pipe/{name}"
    return {"Name": name, "Arn": arn, "CurrentState": "RUNNING", "DesiredState": "RUNNING"}


def _target(said: Any) -> Item:
    told: Item = {"Arn": said["arn"], "RoleArn": said["roleArn"], "RetryPolicy": _RETRIED,
                  "DeadLetterConfig": {"Arn": said["deadLetterConfig"]["arn"]}}  # fmt: skip
    task = said.get("ecsParameters")
    if task:
        where = task.get("networkConfiguration")
        told["EcsParameters"] = _started(task)
        if where:
            public = "ENABLED" if where["assignPublicIp"] else "DISABLED"
            told["EcsParameters"]["NetworkConfiguration"] = {
                "awsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": public}
            }
    return told


def _started(task: Any) -> Item:
    how = {"LaunchType": task["launchType"]} if "launchType" in task else {}
    return {"TaskDefinitionArn": task["taskDefinitionArn"], **how, **_BY_SCHEDULER}


def _does(props: Any) -> Item:
    told: Item = {"Source": props["source"], "Target": props["target"], "RoleArn": props["roleArn"],
                  "Enrichment": props["enrichment"]}  # fmt: skip
    given, to = props["sourceParameters"], props.get("targetParameters", {})
    told["SourceParameters"] = source = {}
    kafka, stream = given["selfManagedKafkaParameters"], given.get("kinesisStreamParameters")
    source["SelfManagedKafkaParameters"] = _kafka(kafka)
    if stream:
        failed = {"Arn": stream["deadLetterConfig"]["arn"]}
        source["KinesisStreamParameters"] = {"StartingPosition": "LATEST", "BatchSize": 100,
                                             "DeadLetterConfig": failed}  # fmt: skip
    task, job = to.get("ecsTaskParameters"), to.get("batchJobParameters")
    if task:
        told["TargetParameters"] = {"EcsTaskParameters": _task(task)}
    if job:
        named = {"JobDefinition": job["jobDefinition"], "JobName": "x"}
        if "containerOverrides" in job:
            named["ContainerOverrides"] = _told_to_job(job["containerOverrides"])
        told["TargetParameters"] = {"BatchJobParameters": named}
    logged = props.get("logConfiguration", {})
    if logged:
        told["LogConfiguration"] = {"Level": "INFO", **_logged(logged)}
    return told


def _task(said: Any) -> Item:
    """A task of a pipe."""
    told = _started(said)
    if "networkConfiguration" in said:
        public = said["networkConfiguration"]["awsVpcConfiguration"]["assignPublicIp"]
        where = {"Subnets": ["subnet-1"], "AssignPublicIp": public}
        told["NetworkConfiguration"] = {"awsvpcConfiguration": where}
    if "overrides" in said:
        told["Overrides"] = {"ContainerOverrides": [
            _told(one) for one in said["overrides"]["containerOverrides"]
        ]}  # fmt: skip
    return told


def _told(said: Any) -> Item:
    """What a container is told in place of what its definition says."""
    told: Item = {"Name": said["name"]} if "name" in said else {}
    if "commands" in said:
        told["Command"] = said["commands"]
    if "environments" in said:
        told["Environment"] = said["environments"]
    if "environmentFiles" in said:
        told["EnvironmentFiles"] = said["environmentFiles"]
    return told


def _told_to_job(said: Any) -> Item:
    """The same of a job, whose variables are called otherwise."""
    given = [{"Name": one["name"], "Value": one["value"]} for one in said["environments"]]
    return {"Environment": given}


def _kafka(said: Any) -> Item:
    told: Item = {"TopicName": said["topicName"], "BatchSize": 100,
                  "AdditionalBootstrapServers": said["additionalBootstrapServers"]}  # fmt: skip
    if "vpc" in said:
        told["Vpc"] = {"Subnets": said["vpc"]["subnets"],
                       "SecurityGroup": said["vpc"]["securityGroups"]}  # fmt: skip
    return told


def _logged(said: Any) -> Item:
    told: Item = {}
    if "s3LogDestination" in said:
        told["S3LogDestination"] = {"BucketName": said["s3LogDestination"]["bucketName"],
                                    "BucketOwner": ACCOUNT, "OutputFormat": "json"}  # fmt: skip
    if "firehoseLogDestination" in said:
        stream = said["firehoseLogDestination"]["deliveryStreamArn"]
        told["FirehoseLogDestination"] = {"DeliveryStreamArn": stream}
    return told
