"""What a state was seen to have of a thing, and nobody in it has asked for: policies, and copies.

AWS tells of a bucket's policy at the bucket, too, where a resource of its own gives it one. Where
there is none, somebody has written it in the console. The policies that AWS itself gives keys and
topics are for their own account alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from model.deployment import Deployment, Node
from rules.documents import DocumentError, parse_document
from rules.identities import parse_arn
from rules.unknowns import UNKNOWN, is_set

# By the noun of a thing: the property, the type of a resource that stands for it, and by what that
# names the thing.
_APART: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "Bucket": (
        ("policy", "aws:s3/bucketPolicy:BucketPolicy", "bucket"),
        ("replicationConfiguration", "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
         "bucket"),
    ),
    "RestApi": (("policy", "aws:apigateway/restApiPolicy:RestApiPolicy", "restApiId"),),
    "Key": (("policy", "aws:kms/keyPolicy:KeyPolicy", "keyId"),),
    "Queue": (("policy", "aws:sqs/queuePolicy:QueuePolicy", "queueUrl"),),
    "Secret": (("policy", "aws:secretsmanager/secretPolicy:SecretPolicy", "secretArn"),),
    "Topic": (("policy", "aws:sns/topicPolicy:TopicPolicy", "arn"),),
}  # fmt: skip
_CALLED: Final = ("id", "arn", "bucket", "keyId", "url")
_OWNER: Final = "aws:sourceowner"  # what AWS holds a topic's policy to (SNS developer guide)


def of_nobody(
    node: Node, found: Mapping[str, Any], deployment: Deployment
) -> Iterator[tuple[str, Any]]:
    """Each such property with what was seen."""
    names = {found[name] for name in _CALLED if isinstance(found.get(name), str)}
    for key, type_, by in _APART.get(node.resource.noun, ()):
        now = found.get(key)
        if is_set(node.resource.props.get(key)) or not is_set(now) or now is UNKNOWN:
            continue
        given = (other.resource.props.get(by) for other in deployment.of_type(type_))
        if not (names.intersection(v for v in given if isinstance(v, str)) or _by_aws(now, found)):
            yield key, now


def _by_aws(value: Any, found: Mapping[str, Any]) -> bool:
    """Whether a policy is the one that AWS gives a key or a topic (KMS developer guide, Default key
    policy; SNS developer guide, access policies; read 2026-11-29)."""
    arn = parse_arn(found.get("arn"))
    try:
        statements = parse_document(value)
    except DocumentError:
        return False
    if arn is None or len(statements) != 1 or statements[0].doubts or statements[0].negated:
        return False
    one = statements[0]
    if not one.conditions:
        return one.principals == (("AWS", f"arn:{arn.partition}:iam::{arn.account}:root"),)
    held = [(c.operator, c.key, c.values) for c in one.conditions]
    return held == [("stringequals", _OWNER, (arn.account,))]
