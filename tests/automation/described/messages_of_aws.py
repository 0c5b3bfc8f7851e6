"""Queues, topics and secrets of a deployment as AWS tells of them.

Written by hand from the API references of SQS, SNS and Secrets Manager (read 2026-11-29), apart
from the tables of the reader.
"""

import json
from typing import Any

from model.deployment import Node
from tests.automation.described.answers import Answers, Asked, Item, Nothing
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Stack

QUEUE, QUEUE_POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"
TOPIC, TOPIC_POLICY = "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
STRANGERS = "of-a-stranger"  # the name of a subscription that another account has made
# What a policy of its own is of, and how it names it.
OF = {
    QUEUE_POLICY: (QUEUE, "queueUrl"),
    TOPIC_POLICY: (TOPIC, "arn"),
    SECRET_POLICY: (SECRET, "secretArn"),
}
TYPES = (QUEUE, TOPIC, SUBSCRIPTION, SECRET, *OF)


def as_made(stack: Stack) -> Stack:
    """The deployment with what policies are of, each by the name that AWS has for it."""
    for policy, (type_, key) in OF.items():
        for node in list(stack.each(policy)):
            of = next(stack.each(type_), None) or stack.makes(type_, "own", {})
            stack = stack.having(of, stack.edited(node, {key: real_id(of)}))
    return stack


def real_id(node: Node) -> str:
    """The id that the provider gives a thing."""
    name, props = node.resource.name, node.resource.props
    if node.resource.type in OF:
        return str(props[OF[node.resource.type][1]])
    return {
        QUEUE: f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}",
        TOPIC: f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}",
        SUBSCRIPTION: f"{props.get('topic')}:{'f' if name == STRANGERS else '0'}a1b2c3d-4e5f-6071",
        SECRET: f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf",
    }[node.resource.type]


def tell(answers: Answers, stack: Stack) -> None:
    found = {real_id(node): node for node in stack.each(QUEUE, TOPIC, SECRET)}
    policies = {real_id(node): node.resource.props["policy"] for node in stack.each(*OF)}

    def policy(name: str) -> Any:
        return policies.get(name, found[name].resource.props.get("policy"))

    answers.lists("sqs", "ListQueues", "QueueUrls", *map(real_id, stack.each(QUEUE)))
    answers.says("sqs", "GetQueueAttributes", lambda asked: {
        "Attributes": _set({
            "Policy": policy(asked["QueueUrl"]),
            "RedrivePolicy": found[asked["QueueUrl"]].resource.props.get("redrivePolicy"),
            "RedriveAllowPolicy": found[asked["QueueUrl"]].resource.props.get("redriveAllowPolicy"),
        }),
    })  # fmt: skip
    answers.lists("sns", "ListTopics", "Topics",
                  *({"TopicArn": real_id(node)} for node in stack.each(TOPIC)))  # fmt: skip
    answers.says("sns", "GetTopicAttributes", lambda asked: {
        "Attributes": {"Policy": policy(asked["TopicArn"]) or usual(asked["TopicArn"])},
    })  # fmt: skip
    subscribed = [_subscription(node) for node in stack.each(SUBSCRIPTION)]
    own = [one for one in subscribed if one["Owner"] == ACCOUNT]
    answers.lists("sns", "ListSubscriptions", "Subscriptions", *own)
    answers.lists("sns", "ListSubscriptionsByTopic", "Subscriptions", *subscribed)
    owners = {one["SubscriptionArn"]: one["Owner"] for one in subscribed}

    def attributes(asked: Asked) -> Item:
        if owners[asked["SubscriptionArn"]] != ACCOUNT:
            raise Nothing("AuthorizationError")
        return {"Attributes": {"Owner": ACCOUNT}}

    answers.says("sns", "GetSubscriptionAttributes", attributes)
    answers.lists("secretsmanager", "ListSecrets", "SecretList",
                  *({"ARN": real_id(n), "Name": n.resource.name} for n in stack.each(SECRET)),
                  )  # fmt: skip
    answers.says("secretsmanager", "DescribeSecret", lambda asked: {
        "ReplicationStatus": [
            {"Region": copy["region"]}
            for copy in found[asked["SecretId"]].resource.props.get("replicas", ())
        ],
    })  # fmt: skip
    answers.says("secretsmanager", "GetResourcePolicy", lambda asked: _secret_policy(asked, policy))


def usual(topic: str) -> str:
    """What SNS gives a topic of its own accord."""
    statement = {
        "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"},
        "Action": ["SNS:GetTopicAttributes", "SNS:Publish", "SNS:Subscribe"], "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
    }  # fmt: skip
    named = {"Version": "2008-10-17", "Id": "__default_policy_ID"}
    return json.dumps({**named, "Statement": [statement]})


def _secret_policy(asked: Asked, policy: Any) -> Item:
    return _set({"ARN": asked["SecretId"], "ResourcePolicy": policy(asked["SecretId"])})


def _subscription(node: Node) -> Item:
    props = node.resource.props
    owner = FOREIGN if node.resource.name == STRANGERS else ACCOUNT
    told = {"Owner": owner, "Protocol": props["protocol"], "Endpoint": props["endpoint"]}
    return {**told, "SubscriptionArn": real_id(node), "TopicArn": props["topic"]}


def _set(values: Item) -> Item:
    return {name: value for name, value in values.items() if value is not None}
