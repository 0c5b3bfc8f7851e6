"""Topics that are held to their owner, as SNS itself writes their policies."""

from typing import Any

from iam.perimeter import resource_admits_outside
from iam.requests import Closed
from rules.boundary_reader import parse_boundary
from tests.policies.analyzer import ACCOUNT, CONFIG, FOREIGN, TODAY, broken
from tests.policies.cases import document, statement

BOUNDARY = parse_boundary(CONFIG, TODAY)
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
OWNER = "AWS:SourceOwner"


def topic(principal: Any, *, by: str = "StringEquals", owner: str = ACCOUNT) -> str:
    held = {by: {OWNER: owner}}
    return document(statement(Principal=principal, Action="SNS:Publish", Condition=held))


def test_the_policy_that_sns_itself_writes_is_closed():
    """For the topic's owner alone; programs copy it from the provider's own example."""
    for principal in ({"AWS": "*"}, {"Service": "s3.amazonaws.com"}):
        written = topic(principal)
        assert broken(TOPIC_POLICY, {"arn": "x", "policy": written}) == set()
        assert resource_admits_outside(written, BOUNDARY, "topic") == Closed()
    for short in (
        topic({"AWS": "*"}, owner=FOREIGN),
        topic({"AWS": "*"}, by="StringEqualsIfExists"),
        topic({"AWS": "*"}, by="StringNotEquals", owner=FOREIGN),
    ):
        assert "CN-131" in broken(TOPIC_POLICY, {"arn": "x", "policy": short})
        assert resource_admits_outside(short, BOUNDARY, "topic") != Closed()
