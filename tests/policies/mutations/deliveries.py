"""What AWS's own services carry for us: logs, events, copies, notifications, images."""

import json
from collections.abc import Iterator
from typing import Any

from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import Change, add, edit, opens
from tests.policies.mutations.parts import POOL, TEMPLATE, cluster_vpc, supply
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
QUERY_LOG = "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
FOREIGN_GROUP = f"arn:aws:logs:{REGION}:{FOREIGN}:log-group:x"
FOREIGN_TOPIC = f"arn:aws:sns:{REGION}:{FOREIGN}:x"
FOREIGN_STREAM = f"arn:aws:kinesis:{REGION}:{FOREIGN}:stream/x"
OWN_FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:x"
OWN_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:x"
LATTICE = f"arn:aws:vpc-lattice:{REGION}:{ACCOUNT}:targetgroup/tg-0a1b2c3d4e5f60718"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"


def _replication(**destination: str) -> Change:
    own = {"registryId": ACCOUNT, "region": REGION, **destination}
    rules = {"rules": [{"destinations": [own]}]}
    return add(
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        {"replicationConfiguration": rules},
    )


def _upstream(url: str) -> Change:
    return add(
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        {"ecrRepositoryPrefix": "x", "upstreamRegistryUrl": url},
    )


def _notified(key: str, arn: str) -> Change:
    return add(
        NOTIFICATION, {"bucket": "x", key: [{arn: FOREIGN_TOPIC, "events": ["s3:ObjectCreated:*"]}]}
    )


def _subscribed(protocol: str, endpoint: Any) -> Change:
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:own"
    return add(
        "aws:sns/topicSubscription:TopicSubscription",
        {"topic": topic, "protocol": protocol, "endpoint": endpoint},
    )


def _trail(topic: str) -> Change:
    """A trail into a bucket that somebody answers for, and a topic that it tells of each file."""

    def change(stack: Stack) -> Iterator[Stack]:
        made = stack.makes(
            "aws:cloudtrail/trail:Trail", "door", {"s3BucketName": "trails", "snsTopicName": topic}
        )
        answered = (*stack.boundary.supplied, supply("trails"))
        yield stack.having(made).declaring(supplied=answered)

    return change


def _target(arn: str, **given: Any) -> Change:
    return add("aws:cloudwatch/eventTarget:EventTarget", {"rule": "x", "arn": arn, **given})


def _to_an_answered_url(stack: Stack) -> Iterator[Stack]:
    """Whoever answers for a destination does not make a URL of it that is inside."""
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/x/1"
    (opened,) = _target(arn)(stack)
    yield opened.declaring(supplied=(*stack.boundary.supplied, supply(arn)))


def _to_a_public_task(stack: Stack) -> Iterator[Stack]:
    """Whoever answers for a cluster and a definition does not choose where tasks have addresses."""
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/x"
    definition = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/x:1"
    task = {
        "networkConfiguration": {"assignPublicIp": True}, "launchType": "FARGATE",
        "taskDefinitionArn": definition,
    }  # fmt: skip
    (opened,) = _target(arn, ecsTarget=task)(stack)
    known = (*stack.boundary.supplied, supply(arn), supply(definition))
    yield opened.declaring(supplied=known)


MUTATIONS = (
    opens(
        "a secret that is copied to another region",
        "CN-003",
        add("aws:secretsmanager/secret:Secret", {"replicas": [{"region": "us-east-1"}]}),
    ),
    opens(
        "logs of a firewall to a stream that nobody answers for",
        "CN-004",
        add(
            "aws:networkfirewall/loggingConfiguration:LoggingConfiguration",
            {
                "loggingConfiguration": {
                    "logDestinationConfigs": [
                        {"logType": "FLOW", "logDestination": {"deliveryStream": "elsewhere"}}
                    ]
                }
            },
        ),
    ),
    opens(
        "a flow log to a stream that nobody answers for",
        "CN-004",
        add(
            FLOW_LOG,
            {
                "logDestinationType": "kinesis-data-firehose",
                "logDestination": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/elsewhere",
            },
        ),
    ),
    opens(
        "flow logs to a foreign bucket",
        "CN-004",
        edit(FLOW_LOG, "logDestination", "arn:aws:s3:::thief-of-logs"),
    ),
    opens(
        "flow logs to a foreign log group",
        "CN-133",
        edit(FLOW_LOG, "logDestination", FOREIGN_GROUP),
        "CN-136",
    ),
    opens(
        "one more flow log, to a foreign stream",
        "CN-133",
        add(
            FLOW_LOG,
            lambda s: {
                "vpcId": Of(cluster_vpc(s)),
                "trafficType": "ALL",
                "logDestination": FOREIGN_STREAM,
            },
        ),
        "CN-136",
    ),
    opens(
        "DNS query logs to a foreign bucket",
        "CN-004",
        edit(QUERY_LOG, "destinationArn", "arn:aws:s3:::thief-of-logs"),
    ),
    opens(
        "DNS query logs to a foreign log group",
        "CN-133",
        edit(QUERY_LOG, "destinationArn", FOREIGN_GROUP),
        "CN-136",
    ),
    opens(
        "a log subscription to a foreign stream",
        "CN-133",
        add(
            "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
            {"logGroup": "x", "destinationArn": FOREIGN_STREAM},
        ),
        "CN-136",
    ),
    opens(
        "a trail to a bucket that nobody describes",
        "CN-004",
        add("aws:cloudtrail/trail:Trail", {"s3BucketName": "thief-of-trails"}),
    ),
    opens(
        "access logs to a bucket that nobody describes",
        "CN-004",
        add(
            "aws:lb/loadBalancer:LoadBalancer",
            {"internal": True, "accessLogs": {"bucket": "thief-of-logs", "enabled": True}},
        ),
    ),
    opens(
        "a bucket's access logs to a bucket that nobody describes",
        "CN-004",
        add("aws:s3/bucketLogging:BucketLogging", {"bucket": "x", "targetBucket": "thief-of-logs"}),
    ),
    opens(
        "a bucket's notifications to a foreign topic",
        "CN-133",
        _notified("topics", "topicArn"),
        "CN-136",
    ),
    opens(
        "a bucket's notifications to a foreign queue",
        "CN-133",
        _notified("queues", "queueArn"),
        "CN-136",
    ),
    opens(
        "a bucket's notifications to a foreign function",
        "CN-133",
        _notified("lambdaFunctions", "lambdaFunctionArn"),
        "CN-136",
    ),
    opens(
        "objects copied to a foreign account",
        "CN-133",
        add(
            "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
            {
                "bucket": "x",
                "rules": [
                    {
                        "status": "Enabled",
                        "destination": {"bucket": "arn:aws:s3:::thief", "account": FOREIGN},
                    }
                ],
            },
        ),
        "CN-004",
    ),
    opens(
        "objects copied to a bucket of nobody's",
        "CN-133",
        add(
            "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
            {
                "bucket": "x",
                "rules": [{"status": "Enabled", "destination": {"bucket": "arn:aws:s3:::thief"}}],
            },
        ),
        "CN-004",
    ),
    opens(
        "objects copied to a bucket that is none of the account that is named",
        "CN-004",
        add(
            "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
            {
                "bucket": "x",
                "rules": [
                    {
                        "status": "Enabled",
                        "destination": {"bucket": "arn:aws:s3:::thief", "account": ACCOUNT},
                    }
                ],
            },
        ),
    ),
    opens(
        "hooks of machines that tell a topic of which nobody knows whom it tells",
        "CN-004",
        edit(POOL, "initialLifecycleHooks", [{"notificationTargetArn": OWN_TOPIC}]),
    ),
    *(
        opens(
            f"a trail that tells a topic by its {what}, of which nobody knows whom it tells",
            "CN-004",
            _trail(topic),
        )
        for what, topic in (("ARN", OWN_TOPIC), ("name", "anything"))
    ),
    opens("messages sent by mail", "CN-133", _subscribed("email", "thief@example.com")),
    opens("messages sent to a URL", "CN-133", _subscribed("https", "https://x.example/hook")),
    opens(
        "messages sent to a URL that nobody knows",
        "CN-133",
        _subscribed("https", UNKNOWN),
        "CN-004",
    ),
    opens(
        "messages sent to a queue of another region",
        "CN-003",
        _subscribed("sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:x"),
    ),
    opens(
        "flow logs to a stream of another region",
        "CN-003 CN-004",
        edit(FLOW_LOG, "logDestination", f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/x"),
    ),
    opens(
        "messages sent to a foreign queue",
        "CN-133",
        _subscribed("sqs", f"arn:aws:sqs:{REGION}:{FOREIGN}:x"),
        "CN-136",
    ),
    opens(
        "a pool's notifications to a foreign topic",
        "CN-133",
        add("aws:autoscaling/notification:Notification", {"topicArn": FOREIGN_TOPIC}),
        "CN-136",
    ),
    opens(
        "events sent to a foreign bus",
        "CN-133",
        _target(f"arn:aws:events:{REGION}:{FOREIGN}:event-bus/x"),
        "CN-136",
    ),
    opens(
        "events sent to a URL",
        "CN-171",
        _target(f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/x/1"),
        "CN-004",
    ),
    opens("events sent to a URL that somebody answers for", "CN-171", _to_an_answered_url),
    opens("a task with a public address that events start", "CN-050", _to_a_public_task),
    opens("events sent to a function that nobody answers for", "CN-004", _target(OWN_FUNCTION)),
    opens(
        "events sent to a bus of another region",
        "CN-003 CN-004",
        _target(f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/x"),
    ),
    opens("events sent to whoever it may be", "CN-004", _target(UNKNOWN)),
    opens(
        "messages sent to a function that nobody answers for",
        "CN-004",
        _subscribed("lambda", OWN_FUNCTION),
    ),
    opens(
        "a log subscription to a function that nobody answers for",
        "CN-004",
        add(
            "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
            {"logGroup": "x", "destinationArn": OWN_FUNCTION},
        ),
    ),
    opens(
        "a log subscription to a destination that nobody answers for",
        "CN-004",
        add(
            "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
            {"logGroup": "x", "destinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:x"},
        ),
    ),
    opens(
        "a bucket's notifications to a function that nobody answers for",
        "CN-004",
        add(
            NOTIFICATION,
            {
                "bucket": "x",
                "lambdaFunctions": [
                    {"lambdaFunctionArn": OWN_FUNCTION, "events": ["s3:ObjectCreated:*"]}
                ],
            },
        ),
    ),
    opens(
        "a pool's notifications to a topic that nobody answers for",
        "CN-004",
        add("aws:autoscaling/notification:Notification", {"topicArn": OWN_TOPIC}),
    ),
    opens(
        "an alarm to a function that nobody answers for",
        "CN-004",
        add("aws:cloudwatch/metricAlarm:MetricAlarm", {"alarmActions": [OWN_FUNCTION]}),
    ),
    opens(
        "an object in a bucket that nobody answers for",
        "CN-004",
        add("aws:s3/bucketObjectv2:BucketObjectv2", {"bucket": "thief-of-objects", "key": "x"}),
    ),
    opens(
        "machines behind a target group of VPC Lattice that nobody answers for",
        "CN-004",
        edit(POOL, "trafficSources", [{"identifier": LATTICE, "type": "vpc-lattice"}]),
    ),
    opens("images copied to a foreign registry", "CN-134", _replication(registryId=FOREIGN)),
    opens("images copied to another region", "CN-134", _replication(region="us-east-1")),
    opens("images pulled through from a public registry", "CN-135", _upstream("public.ecr.aws")),
    opens(
        "images pulled through from a foreign account",
        "CN-135",
        _upstream(f"{FOREIGN}.dkr.ecr.{REGION}.amazonaws.com"),
    ),
    opens(
        "logs under a foreign key",
        "CN-136",
        edit(LOG_GROUP, "kmsKeyId", f"arn:aws:kms:{REGION}:{FOREIGN}:key/1"),
    ),
    opens(
        "disks under a foreign key",
        "CN-136",
        edit(
            TEMPLATE, "blockDeviceMappings.0.ebs.kmsKeyId", f"arn:aws:kms:{REGION}:{FOREIGN}:key/1"
        ),
    ),
    opens(
        "machines under a foreign instance profile",
        "CN-136",
        edit(TEMPLATE, "iamInstanceProfile.arn", f"arn:aws:iam::{FOREIGN}:instance-profile/x"),
    ),
    *(
        opens(
            f"a queue that {what} a foreign queue",
            "CN-136",
            add("aws:sqs/queue:Queue", {key: json.dumps({name: value})}),
        )
        for what, key, name, value in (
            (
                "gives what fails to",
                "redrivePolicy",
                "deadLetterTargetArn",
                f"arn:aws:sqs:{REGION}:{FOREIGN}:x",
            ),
            (
                "takes what fails of",
                "redriveAllowPolicy",
                "sourceQueueArns",
                [f"arn:aws:sqs:{REGION}:{FOREIGN}:x"],
            ),
        )
    ),
    opens(
        "lifecycle hooks to a foreign queue",
        "CN-136",
        edit(
            POOL,
            "initialLifecycleHooks.0.notificationTargetArn",
            f"arn:aws:sqs:{REGION}:{FOREIGN}:x",
        ),
    ),
    opens(
        "an alarm to a foreign topic",
        "CN-136",
        add("aws:cloudwatch/metricAlarm:MetricAlarm", {"alarmActions": [FOREIGN_TOPIC]}),
    ),
    opens(
        "a foreign policy at a role",
        "CN-136",
        add(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "x", "policyArn": f"arn:aws:iam::{FOREIGN}:policy/x"},
        ),
    ),
)
