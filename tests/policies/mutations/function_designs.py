"""What people have beside a cluster without a way out: functions, tables and access points."""

import json
from typing import Any

from model.deployment import Node
from tests.policies.mutations.functions import (
    ACCESS_POINT,
    DIGEST,
    EXPORT,
    FUNCTION,
    INVOKED,
    KINDS,
    LAYER_PERMISSION,
    PERMISSION,
    ROLE,
    SOURCE,
    STREAM,
    TABLE,
    placed,
)
from tests.policies.mutations.more_designs import tables
from tests.policies.mutations.parts import cluster_subnets, cluster_vpc
from tests.policies.mutations.stacks import ACCOUNT, ORGANIZATION, REGION, Of, Stack

OWN_BUCKET = "aws:s3/bucket:Bucket"
_LAMBDA, _DYNAMODB = "aws:lambda/", "aws:dynamodb/"
_QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"


def _own(action: str) -> str:
    """A policy for own principals."""
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                 "Action": action, "Resource": "*"}  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _kept(name: str) -> str:
    """A bucket's policy that lets nobody read who comes by no own endpoint."""
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject*",
              "Resource": f"arn:aws:s3:::{name}/*",
              "Condition": {"StringNotEquals": {"aws:VpceAccount": ACCOUNT}}}  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [denied]})


def _bucket(stack: Stack, name: str) -> Node:
    return stack.makes(OWN_BUCKET, name, {"bucket": name, "policy": _kept(name)})


def functions(stack: Stack) -> Stack:
    """A function in the cluster's subnets: what calls it, what it is told, where failures go."""
    code, failed = _bucket(stack, "code-of-functions"), _bucket(stack, "failed-events")
    host = {"DB_HOST": "db.corp.internal", "API": f"https://sqs.{REGION}.amazonaws.com",
            "TABLE": "orders", "LOG_LEVEL": "INFO"}  # fmt: skip
    layer = stack.makes(f"{_LAMBDA}layerVersion:LayerVersion", "own", {
        "layerName": "own", "s3Bucket": Of(code), "s3Key": "layer.zip",
    })  # fmt: skip
    group, function = placed(
        stack, cluster_subnets(stack)[0], environment={"variables": host},
        s3Bucket=Of(code), s3Key="function.zip", layers=[Of(layer, "arn")],
        deadLetterConfig={"targetArn": _QUEUE},
    )  # fmt: skip
    _, packed = placed(
        stack, cluster_subnets(stack)[0], imageConfig={"commands": ["main.handle"]},
        imageUri=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/own{DIGEST}",
    )  # fmt: skip
    packed = stack.makes(FUNCTION, "packed", {**packed.resource.props, "vpcConfig": {
        "subnetIds": [Of(cluster_subnets(stack)[0])], "securityGroupIds": [Of(group)],
    }})  # fmt: skip
    of = {"functionName": Of(function, "name")}
    return stack.having(
        code, failed, layer, group, function, packed,
        *_called(stack, {"function": Of(function, "name"), "action": "lambda:InvokeFunction"}),
        stack.makes(LAYER_PERMISSION, "own", {
            "layerName": "own", "versionNumber": 1, "action": "lambda:GetLayerVersion",
            "principal": "*", "organizationId": ORGANIZATION,
        }),
        stack.makes(f"{_LAMBDA}alias:Alias", "live", {**of, "functionVersion": "1"}),
        stack.makes(
            f"{_LAMBDA}provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
            "live",
            {**of, "qualifier": "live", "provisionedConcurrentExecutions": 2},
        ),
        stack.makes(INVOKED, "own", {**of, "destinationConfig": {
            "onFailure": {"destination": Of(failed, "arn")}, "onSuccess": {"destination": _QUEUE},
        }}),
        stack.makes(SOURCE, "queue", {**of, "eventSourceArn": _QUEUE}),
        stack.makes(SOURCE, "broker", {
            **of, "topics": ["orders"],
            "selfManagedEventSource": {
                "endpoints": {"KAFKA_BOOTSTRAP_SERVERS": "b1.corp.internal:9092"},
            },
            "sourceAccessConfigurations": [
                {"type": "VPC_SUBNET", "uri": "subnet:x"},
                {"type": "VPC_SECURITY_GROUP", "uri": "security_group:x"},
            ],
        }),
    )  # fmt: skip


def _called(stack: Stack, of: dict[str, Any]) -> list[Node]:
    """Whoever may call it: a service by the account, one by an ARN, an own role."""
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"
    callers = {
        "bucket": {"principal": "s3.amazonaws.com", "sourceAccount": ACCOUNT},
        "rule": {"principal": "events.amazonaws.com", "sourceArn": rule},
        "role": {"principal": ROLE},
    }
    whole = stack.makes(
        "aws:lambda/resourcePolicy:ResourcePolicy", "own", {"policy": _own("lambda:InvokeFunction")}
    )
    return [whole, *(stack.makes(PERMISSION, name, {**of, **c}) for name, c in callers.items())]


def kept_tables(stack: Stack) -> Stack:
    """DynamoDB by its gateway endpoint, and all that a table has beside it."""
    bucket = _bucket(stack, "tables")
    table = stack.makes(TABLE, "orders", {
        "hashKey": "id", "attributes": [{"name": "id", "type": "S"}],
        "replicas": [{"regionName": REGION}],
        "importTable": {"inputFormat": "CSV",
                        "s3BucketSource": {"bucket": Of(bucket), "bucketOwner": ACCOUNT}},
    })  # fmt: skip
    of, named = {"resourceArn": Of(table, "arn")}, {"tableName": Of(table, "name")}
    return tables(stack).having(
        bucket, table,
        stack.makes("aws:dynamodb/resourcePolicy:ResourcePolicy", "orders", {
            **of, "policy": _own("dynamodb:GetItem"),
        }),
        stack.makes(f"{_DYNAMODB}tag:Tag", "orders", {**of, "key": "a", "value": "b"}),
        stack.makes(f"{_DYNAMODB}tableItem:TableItem", "orders", {
            **named, "hashKey": "id", "item": '{"id": {"S": "1"}}',
        }),
        stack.makes(f"{_DYNAMODB}contributorInsights:ContributorInsights", "orders", named),
        stack.makes(f"{_DYNAMODB}tableReplica:TableReplica", "orders", {
            "globalTableArn": Of(table, "arn"), "region": REGION,
        }),
        stack.makes(STREAM, "orders", {
            **named, "streamArn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/orders",
        }),
        stack.makes(EXPORT, "orders", {
            "tableArn": Of(table, "arn"), "s3Bucket": Of(bucket), "s3BucketOwner": ACCOUNT,
        }),
    )  # fmt: skip


def access_points(stack: Stack) -> Stack:
    """A bucket by an access point that answers in the cluster's VPC only."""
    bucket = _bucket(stack, "shared")
    point = stack.makes(ACCESS_POINT, "shared", {
        "bucket": Of(bucket), "bucketAccountId": ACCOUNT,
        "vpcConfiguration": {"vpcId": Of(cluster_vpc(stack))},
        "publicAccessBlockConfiguration": {"blockPublicAcls": True},
    })  # fmt: skip
    (policy,) = (type_ for type_ in KINDS if "accessPoint" in type_)
    written = {"accessPointArn": Of(point, "arn"), "policy": _own("s3:GetObject")}
    return stack.having(bucket, point, stack.makes(policy, "shared", written))


FUNCTION_DESIGNS = {
    "functions": functions,
    "tables with all that they have": kept_tables,
    "an access point": access_points,
}
