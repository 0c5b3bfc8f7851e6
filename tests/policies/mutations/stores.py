"""Buckets, keys, queues, topics, repositories, secrets: whom their policies and ACLs admit."""

import json
from collections.abc import Iterator
from typing import Any

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import Change, add, build, edit, opens, rewrite
from tests.policies.mutations.parts import KEY, supply
from tests.policies.mutations.stacks import (
    ACCOUNT,
    FOREIGN,
    FOREIGN_ORGANIZATION,
    ORGANIZATION,
    REGION,
    Of,
    Stack,
)

FOREIGN_ROOT, OWN_ROOT = f"arn:aws:iam::{FOREIGN}:root", f"arn:aws:iam::{ACCOUNT}:root"
EDGE_USER = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1A2B3C4D5E6F7"
EDGE, OBJECTS = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1A2B3C4D5E6F7", "arn:aws:s3:::*/*"
ALL_USERS = {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers"}
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
PARAMETER = "aws:ssm/parameter:Parameter"
PRIVATE = "-----BEGIN EC PRIVATE KEY-----\nx\n-----END EC PRIVATE KEY-----"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
ADMITS = "CN-131 perimeter"
# Types with a policy, the property that it stands in, and an action of theirs.
KINDS = {
    "aws:sqs/queue:Queue": ("policy", "sqs:SendMessage"),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy", "sqs:SendMessage"),
    "aws:sns/topic:Topic": ("policy", "sns:Publish"),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", "sns:Publish"),
    "aws:secretsmanager/secret:Secret": ("policy", "secretsmanager:GetSecretValue"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy", "secretsmanager:GetSecretValue"),
    "aws:kms/keyPolicy:KeyPolicy": ("policy", "kms:Decrypt"),
    "aws:ecr/registryPolicy:RegistryPolicy": ("policy", "ecr:ReplicateImage"),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": ("policy", "elasticfilesystem:ClientMount"),
    "aws:backup/vaultPolicy:VaultPolicy": ("policy", "backup:CopyIntoBackupVault"),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": ("policy", "events:PutEvents"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ("policyDocument", "logs:PutLogEvents"),
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": (
        "accessPolicy",
        "logs:PutSubscriptionFilter",
    ),
}


def _statement(principal: Any, action: str, **given: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **given}


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _added(type_: str, *statements: dict[str, Any]) -> Change:
    """A policy has one more statement."""

    def more(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "Statement": [*document["Statement"], *statements]}

    return rewrite(type_, "policy", more)


def _admitting(principal: Any, condition: Any = None, action: str = "kms:Decrypt") -> Change:
    held = {} if condition is None else {"Condition": condition}
    return _added(KEY, _statement(principal, action, **held))


def _mailbox(type_: str) -> Change:
    key, action = KINDS[type_]
    return add(type_, {key: _document(_statement({"AWS": FOREIGN_ROOT}, action))})


def _lets(sid: str) -> Any:
    """The document without the statements that begin so."""

    def less(document: dict[str, Any]) -> dict[str, Any] | None:
        kept = [s for s in document["Statement"] if not s.get("Sid", "").startswith(sid)]
        return {**document, "Statement": kept} if len(kept) < len(document["Statement"]) else None

    return less


def _wide(document: dict[str, Any]) -> dict[str, Any]:
    """Anybody may read what is carried in."""
    read = _statement("*", "s3:GetObject", Resource="arn:aws:s3:::*/*")
    return {"Version": "2012-10-17", "Statement": [read]}


def _copied_to_an_answered_bucket(stack: Stack) -> Iterator[Stack]:
    """Who answers for a bucket does not make another account one's own."""
    to = {"bucket": "arn:aws:s3:::copies", "accountId": FOREIGN}
    copies = {
        "role": f"arn:aws:iam::{ACCOUNT}:role/x",
        "rules": [{"status": "Enabled", "destination": to}],
    }
    for opened in edit(BUCKET, "replicationConfiguration", copies)(stack):
        yield opened.declaring(supplied=(*stack.boundary.supplied, supply("copies")))


def _granted_logs(stack: Stack) -> list[Node]:
    """Who reads access logs, a grant says for each of them."""
    granted = [{"permission": "READ", "grantee": ALL_USERS}]
    return [
        stack.makes("aws:s3/bucketLogging:BucketLogging", "door", {
            "bucket": Of(bucket), "targetBucket": Of(bucket), "targetGrants": granted,
        })
        for bucket in list(stack.each(BUCKET))[:1]
    ]  # fmt: skip


LOGS = {"Service": f"logs.{REGION}.amazonaws.com"}
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ALL = dict.fromkeys(
    ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
)
MUTATIONS = (
    opens("a key for everybody", ADMITS, _admitting("*")),
    opens("a key for every principal of AWS", ADMITS, _admitting({"AWS": "*"})),
    opens("a key for a foreign account", ADMITS, _admitting({"AWS": FOREIGN_ROOT})),
    opens(
        "a key for a foreign account among own ones",
        ADMITS,
        _admitting({"AWS": [OWN_ROOT, FOREIGN]}),
    ),
    opens(
        "a key for everybody but one",
        ADMITS,
        _added(
            KEY,
            {
                "Effect": "Allow",
                "NotPrincipal": {"AWS": FOREIGN_ROOT},
                "Action": "kms:Decrypt",
                "Resource": "*",
            },
        ),
    ),
    opens(
        "a key for an organization with a wildcard",
        ADMITS,
        _admitting("*", {"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
    ),
    opens(
        "a key for a foreign organization",
        ADMITS,
        _admitting("*", {"StringEquals": {"aws:PrincipalOrgID": FOREIGN_ORGANIZATION}}),
    ),
    opens(
        "a key for principals held to an organization by IfExists",
        ADMITS,
        _admitting("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}),
    ),
    opens(
        "a key for principals held by ForAllValues",
        ADMITS,
        _admitting(
            "*", {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"}}
        ),
    ),
    opens(
        "a key for whoever comes by a service",
        ADMITS,
        _admitting("*", {"StringEquals": {"kms:ViaService": f"ec2.{REGION}.amazonaws.com"}}),
    ),
    opens("a key for a service on anybody's behalf", "CN-160 perimeter", _admitting(LOGS)),
    opens(
        "a key for a service on behalf of a foreign account",
        "CN-160 perimeter",
        _admitting(LOGS, {"StringEquals": {"aws:SourceAccount": FOREIGN}}),
    ),
    opens(
        "a key for a service held by IfExists",
        "CN-160 perimeter",
        _admitting(LOGS, {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}),
    ),
    opens(
        "a key for a service that a denial alone bounds",
        "CN-160",
        _added(
            KEY,
            _statement(LOGS, "kms:Decrypt"),
            _statement(
                LOGS,
                "kms:*",
                Effect="Deny",
                Condition={"StringNotEquals": {"aws:SourceAccount": ACCOUNT}},
            ),
        ),
    ),
    opens(
        "a bucket for everybody", "CN-131 CN-180 perimeter", rewrite(BUCKET_POLICY, "policy", _wide)
    ),
    opens(
        "a bucket for a foreign writer",
        "CN-131 perimeter",
        _added(
            BUCKET_POLICY,
            _statement({"AWS": FOREIGN_ROOT}, "s3:PutObject", Resource=OBJECTS),
        ),
        "CN-180",
    ),
    opens(
        "a bucket for a user of CloudFront's",
        "CN-131 perimeter",
        _added(BUCKET_POLICY, _statement({"AWS": EDGE_USER}, "s3:GetObject", Resource=OBJECTS)),
        "CN-180",
    ),
    opens(
        "a bucket for a distribution of one's own",
        "CN-131",
        _added(
            BUCKET_POLICY,
            _statement(
                {"Service": "cloudfront.amazonaws.com"},
                "s3:GetObject",
                Resource=OBJECTS,
                Condition={"StringEquals": {"AWS:SourceArn": EDGE}},
            ),
        ),
        "CN-180",
    ),
    opens(
        "a bucket that is read from anywhere",
        "CN-180",
        rewrite(BUCKET_POLICY, "policy", _lets("DenyReadsBut")),
    ),
    opens(
        "a repository that is read from anywhere",
        "CN-180",
        rewrite(REPOSITORY_POLICY, "policy", _lets("DenyLayersBut")),
    ),
    opens(
        "a repository for a foreign account",
        "CN-131",
        _added(REPOSITORY_POLICY, _statement({"AWS": FOREIGN_ROOT}, "ecr:BatchGetImage")),
        "perimeter",
    ),
    *(
        opens(f"a {t.rsplit(':')[-1]} for a foreign account", "CN-131", _mailbox(t), "perimeter")
        for t in KINDS
    ),
    opens("a bucket that an ACL shows to everybody", "CN-152", edit(BUCKET, "acl", "public-read")),
    opens(
        "a bucket that a grant shows to everybody",
        "CN-152",
        edit(
            BUCKET,
            "grants",
            [
                {
                    "type": "Group",
                    "uri": "http://acs.amazonaws.com/groups/global/AllUsers",
                    "permissions": ["READ"],
                }
            ],
        ),
    ),
    opens(
        "an object that every account of AWS may read",
        "CN-152",
        add(
            "aws:s3/bucketObjectv2:BucketObjectv2",
            {"bucket": "x", "key": "y", "acl": "authenticated-read"},
        ),
        "CN-004",
    ),
    opens(
        "access logs that a grant shows to everybody",
        "CN-152",
        build(_granted_logs),
    ),
    opens(
        "a bucket in which whoever writes an object says who reads it",
        "CN-152",
        add(
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            {"bucket": "x", "rule": {"objectOwnership": "ObjectWriter"}},
        ),
    ),
    opens(
        "a key that is kept outside",
        "CN-004",
        edit(KEY, "customKeyStoreId", "cks-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a bucket that is a website",
        "CN-153",
        edit(BUCKET, "website", {"indexDocument": "index.html"}),
    ),
    opens(
        "a bucket copied to a foreign account",
        "CN-154",
        edit(
            BUCKET,
            "replicationConfiguration",
            {
                "role": f"arn:aws:iam::{ACCOUNT}:role/x",
                "rules": [
                    {
                        "status": "Enabled",
                        "destination": {"bucket": "arn:aws:s3:::thief", "accountId": FOREIGN},
                    }
                ],
            },
        ),
        "CN-004",
    ),
    opens(
        "a bucket copied to one that somebody answers for, as a foreign account's",
        "CN-154",
        _copied_to_an_answered_bucket,
    ),
    opens("a bucket without a policy", "CN-181", add(BUCKET, {})),
    opens(
        "a template for repositories without a policy",
        "CN-181",
        add(TEMPLATE, {"prefix": "ROOT", "appliedFors": ["CREATE_ON_PUSH"]}),
    ),
    *(
        opens(f"a private key in a parameter of type {kind}", "CN-182", add(PARAMETER, {**given}))
        for kind, given in {
            "String": {"type": "String", "name": "/x/ca", "value": PRIVATE},
            "String, not known yet": {"type": "String", "name": "/x/ca.key", "value": UNKNOWN},
            "SecureString, and in clear besides": {
                "type": "SecureString",
                "name": "/x/ca",
                "insecureValue": PRIVATE,
            },
        }.items()
    ),
    opens(
        "a parameter in clear whose text nobody has read",
        "CN-225",
        add(PARAMETER, {"type": "String", "name": "/x/ca", "value": UNKNOWN}),
        verdict="undecided",
    ),
    *(opens(f"a bucket without {key}", "CN-151", add(BLOCK, {**ALL, key: False})) for key in ALL),
    opens(
        "the account's barrier of S3 taken away",
        "CN-151",
        add("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", {}),
    ),
    opens(
        "images that may be public",
        "CN-150",
        add("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess", {"state": "unblocked"}),
    ),
    opens(
        "snapshots that may be public",
        "CN-150",
        add("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", {"state": "unblocked"}),
    ),
    opens(
        "a key granted to a foreign principal",
        "CN-132",
        add(
            "aws:kms/grant:Grant",
            {
                "keyId": "x",
                "granteePrincipal": f"arn:aws:iam::{FOREIGN}:role/x",
                "operations": ["Decrypt"],
            },
        ),
        "CN-136",
    ),
)
