"""What AWS delivers, and where to; whose account an ARN names is judged in arns.py."""

from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.identities import Arn, parse_arn
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, each, has_unknown, is_set

# Inputs that say where something is delivered, by the noun of what delivers.
_ALARMED: Final = ("alarmActions", "okActions", "insufficientDataActions")
DESTINATIONS: Final[dict[str, tuple[str, ...]]] = {
    "BucketNotification": ("topics", "queues", "lambdaFunctions"),
    "BucketObject": ("bucket",),
    "BucketObjectv2": ("bucket",),
    "Cluster": ("notificationTopicArn", "loggingInfo", "snsTopicArn"),  # of caches and of brokers
    "CompositeAlarm": _ALARMED,
    "DeliveryChannel": ("snsTopicArn",),
    "EventSourceMapping": ("destinationConfig",),
    "EventSubscription": ("snsTopic", "snsTopicArn"),
    "EventTarget": ("arn",),
    "Function": ("deadLetterConfig",),
    "FunctionEventInvokeConfig": ("destinationConfig",),
    "Group": ("initialLifecycleHooks",),  # of machines
    "LifecycleHook": ("notificationTargetArn",),
    "LogSubscriptionFilter": ("destinationArn",),
    "MetricAlarm": _ALARMED,
    "Notification": ("topicArn",),
    "ReplicationGroup": ("notificationTopicArn",),
    "Rule": ("source",),  # of Config: a function that judges by it
    "Service": ("deploymentConfiguration",),  # of ECS: a function that is asked along the way
    "TopicSubscription": ("endpoint",),
    "Trail": ("snsTopicName",),
    "VaultNotifications": ("snsTopicArn",),
}
# The same of what is kept where it comes to, so that it need not be known.
_STORED: Final[dict[str, tuple[str, ...]]] = {
    "FlowLog": ("logDestination",),
    "KinesisStreamingDestination": ("streamArn",),
    "ResolverQueryLogConfig": ("destinationArn",),
}
# Of a bucket's notifications, and of hooks.
_NAMING: Final = (
    "topicArn", "queueArn", "lambdaFunctionArn", "notificationTargetArn", "hookTargetArn",
)  # fmt: skip
_NAMED: Final = ("bucket", "snsTopicName")  # inputs that may hold a name in place of an ARN
_LOGGING: Final = "loggingInfo"  # of brokers
_LOG_BUCKET: Final = ("brokerLogs", "s3", "bucket")
# Of a function's events, of a rule of Config and of a deployment.
_FAILED: Final = (
    "targetArn", "destination", "onFailure", "onSuccess", "sourceIdentifier",
    "lifecycleHooks",
)  # fmt: skip
# What keeps what it gets until somebody of the account fetches it. Everything else sends it on to
# wherever it was told, or is a program.
_KEEPS: Final = ("kinesis", "logs", "sqs")


def delivered_to(resource: Resource, boundary: Boundary) -> Iterator[tuple[str, str, str]]:
    """The input, the path and the name of each thing of an own account that gets something and
    may send it on."""
    for key in DESTINATIONS.get(resource.noun, ()):
        for path, value in _below(key, resource.props.get(key)):
            arn = parse_arn(value)
            named = key == _LOGGING or (key in _NAMED and arn is None)
            if named or _sends_on(arn, boundary):
                yield key, path, value


def elsewhere(resource: Resource, boundary: Boundary) -> Iterator[tuple[str, str]]:
    """The path and the region of each place that something is delivered to in a region that is not
    declared, by its ARN; nothing is asked where no region is."""
    keys = (*DESTINATIONS.get(resource.noun, ()), *_STORED.get(resource.noun, ()))
    for key in keys if boundary.regions else ():
        for path, value in _below(key, resource.props.get(key)):
            arn = parse_arn(value)
            if arn is not None and arn.region and arn.region not in boundary.regions:
                yield path, arn.region


def unknown_destination(key: str, value: Any) -> bool:
    """Whether what stands in an input that says where something is delivered is unknown."""
    if key == _LOGGING:
        return value is UNKNOWN or at(value, *_LOG_BUCKET) is UNKNOWN
    return has_unknown(value) if isinstance(value, dict) else value is UNKNOWN


def _sends_on(arn: Arn | None, boundary: Boundary) -> bool:
    if arn is None or arn.account not in boundary.accounts:
        return False
    return arn.service not in _KEEPS or arn.resource.startswith("destination:")


def _below(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
        return
    if path == _LOGGING:
        bucket = at(value, *_LOG_BUCKET)
        if isinstance(bucket, str) and is_set(bucket):
            yield ".".join((path, *_LOG_BUCKET)), bucket
        return
    for name in _FAILED if isinstance(value, dict) else ():
        yield from _below(f"{path}.{name}", value.get(name))
    for index, item in each(value if isinstance(value, list) else None):
        if isinstance(item, str):
            yield f"{path}{index}", item
        elif isinstance(item, dict):
            named = ((name, item.get(name)) for name in _NAMING)
            yield from ((f"{path}{index}.{n}", v) for n, v in named if isinstance(v, str))


def _api_destination(resource: Resource, boundary: Boundary) -> Iterator[str]:
    arn = parse_arn(resource.props.get("arn"))
    if arn is not None and arn.service == "events" and arn.resource.startswith("api-destination/"):
        yield "sends events to an API destination, any URL there is"


CHECKS: dict[str, Check] = {"CN-171": _api_destination}
