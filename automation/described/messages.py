"""Queues, topics with who is subscribed, and secrets: only what is recorded, with its policies."""

from typing import Final

from automation.described.calls import Call, From, Kind

_QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"
_TOPIC_POLICY: Final = "aws:sns/topicPolicy:TopicPolicy"
_SECRET_POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"

# Without a number AWS tells the first thousand, and not that there are more.
QUEUES: Final = Call(
    "sqs", "list_queues", "QueueUrls[].{url: @}", {"MaxResults": 1000}, ids="[url]", owned=True,
    more={
        "_queue": Call("sqs", "get_queue_attributes", "[Attributes]",
                       {"QueueUrl": From("url"), "AttributeNames": ["All"]}),
    },
)  # fmt: skip
_TOPIC: Final = {"TopicArn": From("TopicArn")}
TOPICS: Final = Call(
    "sns", "list_topics", "Topics[]", ids="[TopicArn]", owned=True,
    more={"_topic": Call("sns", "get_topic_attributes", "[Attributes]", _TOPIC)},
)  # fmt: skip
_SUBSCRIPTION: Final = {
    # One that nobody has confirmed has no ARN, and gets nothing yet. Of a stranger's only the
    # stranger knows more.
    "_more": Call("sns", "get_subscription_attributes", "[Attributes]",
                  {"SubscriptionArn": From("SubscriptionArn")},
                  when="begins(SubscriptionArn, 'arn:') && Owner==_here.account"),
}  # fmt: skip
# The account's own, to whosever topics; those of others to its topics the topics alone tell.
SUBSCRIPTIONS: Final = Call(
    "sns", "list_subscriptions", "Subscriptions[]", ids="[SubscriptionArn]", within="[TopicArn]",
    more=_SUBSCRIPTION,
)  # fmt: skip
SUBSCRIBED: Final = Call(
    "sns", "list_subscriptions_by_topic", "Subscriptions[]", _TOPIC, of=TOPICS,
    ids="[SubscriptionArn]", more=_SUBSCRIPTION,
)  # fmt: skip
_SECRET: Final = {"SecretId": From("ARN")}
SECRETS: Final = Call(
    "secretsmanager", "list_secrets", "SecretList[]", ids="[ARN]", owned=True,
    more={
        "_secret": Call("secretsmanager", "describe_secret", "[@]", _SECRET),
        "_policy": Call("secretsmanager", "get_resource_policy", "[ResourcePolicy]", _SECRET),
    },
)  # fmt: skip

_FEEDBACK: Final = tuple(
    (f"{name}{how}", f"{of}{how}")
    for name, of in (
        ("application", "Application"), ("firehose", "Firehose"), ("http", "HTTP"),
        ("lambda", "Lambda"), ("sqs", "SQS"),
    )
    for how in ("Failure", "Success")
)  # fmt: skip
# What each topic has of its own accord lets its account alone in, and nobody asks for it.
_OF_TOPIC: Final = "unless_usual(_topic[0].Policy, TopicArn)"

KINDS: Final = (
    Kind(
        "aws:sqs/queue:Queue", QUEUES, "url",
        {
            "name": "name(url)", "policy": "_queue[0].Policy",
            "kmsMasterKeyId": "_queue[0].KmsMasterKeyId",
            "redrivePolicy": "_queue[0].RedrivePolicy",
            "redriveAllowPolicy": "_queue[0].RedriveAllowPolicy",
        },
        {"arn": "_queue[0].QueueArn", "url": "url"}, apart={"policy": (_QUEUE_POLICY, "url")},
        silent=(
            "contentBasedDeduplication", "deduplicationScope", "delaySeconds", "fifoQueue",
            "fifoThroughputLimit", "kmsDataKeyReusePeriodSeconds", "maxMessageSize",
            "messageRetentionSeconds", "namePrefix", "receiveWaitTimeSeconds",
            "sqsManagedSseEnabled", "tags", "visibilityTimeoutSeconds",
        ),
    ),
    Kind(
        _QUEUE_POLICY, QUEUES, "url", {"queueUrl": "url", "policy": "_queue[0].Policy"},
        restates=True, where="_queue[0].Policy",
    ),
    Kind(
        "aws:sns/topic:Topic", TOPICS, "TopicArn",
        {
            "name": "split(TopicArn, ':')[5]", "policy": _OF_TOPIC,
            "kmsMasterKeyId": "_topic[0].KmsMasterKeyId",
            **{f"{name}FeedbackRoleArn": f"_topic[0].{of}FeedbackRoleArn"
               for name, of in _FEEDBACK},
        },
        {"arn": "TopicArn"}, apart={"policy": (_TOPIC_POLICY, "TopicArn")},
        silent=(
            "applicationSuccessFeedbackSampleRate", "archivePolicy", "contentBasedDeduplication",
            "deliveryPolicy", "displayName", "fifoThroughputScope", "fifoTopic",
            "firehoseSuccessFeedbackSampleRate", "httpSuccessFeedbackSampleRate",
            "lambdaSuccessFeedbackSampleRate", "maximumMessageSize", "namePrefix",
            "signatureVersion", "sqsSuccessFeedbackSampleRate", "tags", "tracingConfig",
        ),
    ),
    Kind(
        _TOPIC_POLICY, TOPICS, "TopicArn", {"arn": "TopicArn", "policy": _OF_TOPIC},
        restates=True, where=_OF_TOPIC,
    ),
    *(
        Kind(
            "aws:sns/topicSubscription:TopicSubscription", call,
            "join(' ', [TopicArn, Protocol, Endpoint || ''])",
            {
                "topic": "TopicArn", "protocol": "Protocol", "endpoint": "Endpoint",
                "redrivePolicy": "_more[0].RedrivePolicy",
                "subscriptionRoleArn": "_more[0].SubscriptionRoleArn",
            },
            key=("topic", "protocol", "endpoint"), silent=(
                "confirmationTimeoutInMinutes", "deliveryPolicy", "endpointAutoConfirms",
                "filterPolicy", "filterPolicyScope", "rawMessageDelivery", "replayPolicy",
            ),
        )
        for call in (SUBSCRIPTIONS, SUBSCRIBED)
    ),
    Kind(
        "aws:secretsmanager/secret:Secret", SECRETS, "ARN",
        {
            "name": "Name", "description": "Description", "kmsKeyId": "KmsKeyId",
            "policy": "_policy[0]", "tags": "tags(Tags)",
            "replicas": "_secret[0].ReplicationStatus[].{region: Region, kmsKeyId: KmsKeyId}",
        },
        {"arn": "ARN"}, apart={"policy": (_SECRET_POLICY, "ARN")},
        silent=(
            "forceOverwriteReplicaSecret", "namePrefix", "recoveryWindowInDays", "type",
        ),
    ),
    Kind(
        _SECRET_POLICY, SECRETS, "ARN", {"secretArn": "ARN", "policy": "_policy[0]"},
        restates=True, where="_policy", silent=("blockPublicPolicy",),
    ),
)  # fmt: skip
