"""Schedules and pipes of EventBridge: what they call, and where a pipe reads.

Both act by their role from AWS's own network. A schedule may call any action of any service of AWS
with whatever its input says, and a pipe any URL by an API destination; so each hands on to a thing
of a kind that a rule has judged. Whether that is made here, CN-004 asks (named_by_type.py), and
whose account it is of, CN-136. What keeps what it gets may be any of an own account.

EventBridge Scheduler user guide: managing-targets-universal, managing-targets-templated.
EventBridge user guide: eb-pipes-event-target, eb-pipes-enrichment, eb-pipes-kafka; API reference of
pipes, EcsContainerOverride and BatchContainerOverrides. Read 2026-11-30.
"""

from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.hosts import outside_host
from rules.identities import parse_arn
from rules.machines import shown
from rules.model import Check, Resource
from rules.named_hosts import listed_hosts
from rules.told_words import hosts_of_variable, hosts_of_words, proxies_outside
from rules.unknowns import UNKNOWN, at, each, false, is_set, says

SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
PIPE: Final = "aws:pipes/pipe:Pipe"
_KEEPS: Final = ("kinesis", "logs", "sqs")
_CALLS: Final = (
    *_KEEPS, "batch", "codebuild", "ecs", "firehose", "lambda", "sns", "states",
)  # fmt: skip
_BUS: Final = "event-bus/"
_FAILED: Final = tuple(
    f"sourceParameters.{kind}StreamParameters.deadLetterConfig.arn"
    for kind in ("dynamodb", "kinesis")
)
_HANDS: Final = {
    SCHEDULE: ("target.arn", "target.deadLetterConfig.arn"),
    PIPE: ("target", "enrichment", *_FAILED),
}
# What else each names: what runs in a task, or as a job, and where a pipe logs to.
_NAMES: Final = {
    SCHEDULE: ("target.ecsParameters.taskDefinitionArn",),
    PIPE: (
        "targetParameters.ecsTaskParameters.taskDefinitionArn",
        "targetParameters.batchJobParameters.jobDefinition",
        "logConfiguration.firehoseLogDestination.deliveryStreamArn",
        "logConfiguration.s3LogDestination.bucketName",
    ),
}
_TASKS: Final = {SCHEDULE: "target.ecsParameters", PIPE: "targetParameters.ecsTaskParameters"}
_PUBLIC: Final = ("assignPublicIp", "awsVpcConfiguration.assignPublicIp")
_KAFKA: Final = "sourceParameters.selfManagedKafkaParameters"
_OWN_KAFKA: Final = "smk://"
# What a pipe tells a task, or a job, in place of what its definition says.
_OVERRIDDEN: Final = (
    "targetParameters.ecsTaskParameters.overrides.containerOverrides",
    "targetParameters.batchJobParameters.containerOverrides",
)


def _hands_on(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for path in _HANDS[resource.type]:
        value = _at(resource, path)
        if is_set(value) and value is not UNKNOWN and not _judged(value):
            yield f"{path} is of a kind that no rule here has judged, such as an action or a URL"
    yield from _tasks(resource)
    yield from _reads(resource, boundary)
    yield from _tells(resource, boundary)


def _at(resource: Resource, path: str) -> Any:
    return at(resource.props, *path.split("."))


def _judged(value: Any) -> bool:
    """Whether an ARN is of a thing whose own rules say where it sends."""
    arn = parse_arn(value)
    if arn is None or not arn.account:
        return False
    return arn.service in _CALLS or (arn.service == "events" and arn.resource.startswith(_BUS))


def _tasks(resource: Resource) -> Iterator[str]:
    held = _TASKS[resource.type]
    kind = _at(resource, f"{held}.launchType")
    if kind == "EXTERNAL":
        yield f"{held}.launchType is EXTERNAL: tasks run on machines of one's own, wherever"
    for path in _PUBLIC:
        value = _at(resource, f"{held}.networkConfiguration.{path}")
        if is_set(value) and not false(value) and value != "DISABLED":
            yield f"{held}.networkConfiguration.{path} is {says(value)}, not false"


def _reads(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """Brokers of one's own, which a pipe reads inside or over the internet."""
    source = resource.props.get("source")
    if not (isinstance(source, str) and source.startswith(_OWN_KAFKA)):
        return
    if not is_set(_at(resource, f"{_KAFKA}.vpc.subnets")):
        yield f"{_KAFKA}.vpc names no subnets, so it reads over the internet"
    servers = [("source", source.removeprefix(_OWN_KAFKA))]
    more = f"{_KAFKA}.additionalBootstrapServers"
    servers += [(more, s) for _, s in each(_at(resource, more)) if isinstance(s, str)]
    for where, text in servers:
        for host in listed_hosts(text):
            fault = outside_host(host, boundary)
            if fault:
                yield f"{where} names {shown(host)}, which {fault}"


def _overrides(resource: Resource) -> Iterator[tuple[str, Any]]:
    for path in _OVERRIDDEN if resource.type == PIPE else ():
        yield from ((f"{path}{index}", held) for index, held in each(_at(resource, path)))


def _tells(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """Hosts and proxies outside that a task is told of."""
    for where, held in _overrides(resource):
        given = [(at(one, "name"), at(one, "value")) for _, one in each(at(held, "environments"))]
        said = [(n, v) for n, v in given if isinstance(n, str) and isinstance(v, str)]
        hosts = [host for name, value in said for host in hosts_of_variable(name, value)]
        for host in (*hosts, *hosts_of_words(at(held, "commands"))):
            fault = outside_host(host, boundary)
            if fault:
                yield f"{where} names {shown(host)}, which {fault}"
        yield from proxies_outside([(where, *one) for one in said], boundary)


def named(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """The input, the path and the name of what gets something and may send it on, or is run."""
    for path in _HANDS.get(resource.type, ()):
        value = _at(resource, path)
        arn = parse_arn(value)
        if is_set(value) and (arn is None or arn.service not in _KEEPS):
            yield path.split(".")[0], path, value
    for path in _NAMES.get(resource.type, ()):
        value = _at(resource, path)
        if is_set(value):
            yield path.split(".")[0], path, value
    for where, held in _overrides(resource):
        for index, file in each(at(held, "environmentFiles")):
            yield "targetParameters", f"{where}.environmentFiles{index}", at(file, "value")


CHECKS: dict[str, Check] = {"CN-257": _hands_on}
