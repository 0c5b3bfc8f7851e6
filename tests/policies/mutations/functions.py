"""Functions, tables and access points beside a cluster: where they run, whom they admit, and what
they are told of.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

import json
from typing import Any

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import Change, add, build, opens
from tests.policies.mutations.parts import (
    ASSOCIATION,
    EGRESS,
    EVERYWHERE,
    GROUP,
    ROUTE_TABLE,
    SUBNET,
    cluster_subnets,
    cluster_vpc,
    free_block,
    route,
    way_by_nat,
)
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack

FUNCTION = "aws:lambda/function:Function"
SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping"
PERMISSION = "aws:lambda/permission:Permission"
LAYER_PERMISSION = "aws:lambda/layerVersionPermission:LayerVersionPermission"
INVOKED = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
TABLE = "aws:dynamodb/table:Table"
EXPORT = "aws:dynamodb/tableExport:TableExport"
STREAM = "aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination"
ACCESS_POINT = "aws:s3/accessPoint:AccessPoint"
MANY_REGIONS = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"
KINDS = {
    "aws:lambda/resourcePolicy:ResourcePolicy": "lambda:InvokeFunction",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "dynamodb:PutItem",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "s3:GetObject",
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/function"
QUEUE_OF_OTHERS = f"arn:aws:sqs:{REGION}:{FOREIGN}:x"
DIGEST = "@sha256:" + "0123456789abcdef" * 4
NAT_DOORS = "CN-010 CN-012 CN-014 CN-030 CN-032"


def placed(stack: Stack, subnet: Node, **given: Any) -> list[Node]:
    """A function in a subnet, sound in every other respect, and its group."""
    group = stack.makes(GROUP, "function", {"vpcId": Of(cluster_vpc(stack))})
    where = {"subnetIds": [Of(subnet)], "securityGroupIds": [Of(group)]}
    props = {"role": ROLE, "runtime": "python3.13", "handler": "main.handle", "vpcConfig": where}
    return [group, stack.makes(FUNCTION, "function", {**props, **given})]


def _function(**given: Any) -> Change:
    return build(lambda stack: placed(stack, cluster_subnets(stack)[0], **given))


def _told(**variables: Any) -> Change:
    return _function(environment={"variables": variables})


def behind_nat(stack: Stack) -> list[Node]:
    """A subnet that holds a function alone, and whose table leads to a NAT gateway."""
    vpc, ways = cluster_vpc(stack), way_by_nat(stack)
    block = free_block(stack.having(*ways), vpc)
    at = {"vpcId": Of(vpc), "cidrBlock": block, "availabilityZone": f"{REGION}a"}
    subnet = stack.makes(SUBNET, "function", at)
    table = stack.makes(ROUTE_TABLE, "function", {"vpcId": Of(vpc)})
    joined = {"subnetId": Of(subnet), "routeTableId": Of(table)}
    group, function = placed(stack, subnet)
    out = {"securityGroupId": Of(group), "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    return [
        *ways, subnet, table, stack.makes(ASSOCIATION, "function", joined),
        route(stack, table, natGatewayId=Of(ways[-1])), group,
        stack.makes(EGRESS, "function", {**out, "cidrIpv4": EVERYWHERE}), function,
    ]  # fmt: skip


def _polling(servers: str, *access: str) -> Change:
    source = {"endpoints": {"KAFKA_BOOTSTRAP_SERVERS": servers}}
    reached = [{"type": kind, "uri": "subnet:x"} for kind in access]
    props = {"functionName": "x", "topics": ["x"], "selfManagedEventSource": source}
    return add(SOURCE, {**props, "sourceAccessConfigurations": reached})


def _permitted(principal: Any, **given: Any) -> Change:
    called = {"action": "lambda:InvokeFunction", "function": "x"}
    return add(PERMISSION, {**called, "principal": principal, **given})


def _layer(principal: str, **given: Any) -> Change:
    read = {"action": "lambda:GetLayerVersion", "layerName": "x", "versionNumber": 1}
    return add(LAYER_PERMISSION, {**read, "principal": principal, **given})


def _table(**given: Any) -> Change:
    return add(TABLE, {"hashKey": "id", "attributes": [{"name": "id", "type": "S"}], **given})


def _imported(**source: Any) -> Change:
    return _table(importTable={"inputFormat": "CSV", "s3BucketSource": source})


def _point(**given: Any) -> Change:
    def props(stack: Stack) -> dict[str, Any]:
        return {"bucket": "x", "vpcConfiguration": {"vpcId": Of(cluster_vpc(stack))}, **given}

    return add(ACCESS_POINT, props)


def _lets(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _mail(action: str) -> str:
    stranger = {"AWS": f"arn:aws:iam::{FOREIGN}:root"}
    statement = {"Effect": "Allow", "Principal": stranger, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


MUTATIONS = (
    opens("a function without a VPC", "CN-231", add(FUNCTION, {"role": ROLE})),
    opens(
        "a function whose subnet leads to a NAT gateway",
        f"{NAT_DOORS} reach",
        build(behind_nat),
        "CN-100",
    ),
    opens("a function that is told of a URL outside", "CN-232", _told(API="https://x.example/v1")),
    opens(
        "a function with a variable that nobody knows",
        "CN-210",
        _told(TOKEN=UNKNOWN),
        verdict="undecided",
    ),
    opens("a function that anybody may call", "CN-233", _permitted("*")),
    opens("a function that anybody's topic may call", "CN-234", _permitted("sns.amazonaws.com")),
    opens("an access point without a VPC", "CN-236", _point(vpcConfiguration=None)),
    opens("an access point to a stranger's bucket", "CN-235", _point(bucketAccountId=FOREIGN)),
)  # fmt: skip

FURTHER = (
    opens(
        "a function that whoever sends mail calls",
        "CN-233",
        _permitted("ses.amazonaws.com", sourceAccount=ACCOUNT),
    ),
    opens(
        "a function whose policy lets sign-ups to a user pool call it",
        "CN-131",
        add("aws:lambda/resourcePolicy:ResourcePolicy", {"policy": _lets("cognito-idp")}),
    ),
    opens(
        "a function that any API of the account calls",
        "CN-233",
        _permitted("apigateway.amazonaws.com", sourceAccount=ACCOUNT),
    ),
    opens(
        "a function that an API calls which nobody answers for",
        "CN-004",
        _permitted(
            "apigateway.amazonaws.com",
            sourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:a1b2c3d4e5/*",
        ),
    ),
    opens(
        "a function whose image is a stranger's",
        "CN-145",
        _function(imageUri=f"{FOREIGN}.dkr.ecr.{REGION}.amazonaws.com/x{DIGEST}"),
    ),
    opens(
        "a function whose failed events go to a topic that nobody answers for",
        "CN-004",
        _function(deadLetterConfig={"targetArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:x"}),
    ),
    opens(
        "a table with a replica in another region",
        "CN-003",
        _table(replicas=[{"regionName": "us-east-1"}]),
    ),
    opens(
        "a table whose changes go to a foreign stream",
        "CN-133",
        add(STREAM, {"tableName": "x",
                     "streamArn": f"arn:aws:kinesis:{REGION}:{FOREIGN}:stream/x"}),
    ),
    opens(
        "an access point that may be made public",
        "CN-151",
        _point(publicAccessBlockConfiguration={"blockPublicPolicy": False}),
    ),
    *(
        opens(
            f"a {type_.split('/')[0][4:]} {type_.rsplit(':')[-1]} for a stranger",
            "CN-131 perimeter",
            add(type_, {"policy": _mail(action)}),
        )
        for type_, action in KINDS.items()
    ),
    opens(
        "a function with a VPC of which nothing is said",
        "CN-231",
        add(FUNCTION, {"role": ROLE, "vpcConfig": {"subnetIds": [], "securityGroupIds": []}}),
    ),
    opens(
        "a function on machines of a capacity provider",
        "CN-231",
        _function(capacityProviderConfig={"lambdaManagedInstancesCapacityProviderConfig": {}}),
    ),
    opens(
        "a function that is fed by a broker over the internet",
        "CN-231",
        _polling("broker.corp.internal:9092"),
    ),
    opens(
        "a function in a subnet that nobody answers for",
        "CN-004 reach",
        _function(vpcConfig={"subnetIds": ["subnet-0a1b2c3d4e5f60718"], "securityGroupIds": []}),
    ),
    opens("a function that is told of a host outside", "CN-232", _told(DB_HOST="db.example")),
    opens("a function behind a proxy outside", "CN-232", _told(HTTPS_PROXY="http://x.example:1")),
    opens(
        "a function whose image runs a command that fetches from outside",
        "CN-232",
        _function(imageConfig={"commands": ["curl", "https://x.example/run"]}),
    ),
    opens(
        "a function that is fed by a broker outside",
        "CN-232",
        _polling("broker-1.example:9092,broker-2.example:9092", "VPC_SUBNET"),
    ),
    opens(
        "a function with a foreign layer",
        "CN-136",
        _function(layers=[f"arn:aws:lambda:{REGION}:{FOREIGN}:layer:x:1"]),
    ),
    opens(
        "a function whose image is named by a tag",
        "CN-146",
        _function(imageUri=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/x:latest"),
    ),
    opens(
        "a function whose code lies in a bucket that nobody answers for",
        "CN-004",
        _function(s3Bucket="elsewhere", s3Key="x.zip"),
    ),
    opens(
        "a function whose failed events go to a foreign queue",
        "CN-136",
        _function(deadLetterConfig={"targetArn": QUEUE_OF_OTHERS}),
    ),
    *(
        opens(
            f"a function whose events go to {what}",
            caught,
            add(INVOKED, {
                "functionName": "x", "destinationConfig": {when: {"destination": arn}},
            }),
        )
        for what, when, arn, caught in (
            ("a bucket that nobody answers for", "onFailure", "arn:aws:s3:::elsewhere", "CN-004"),
            ("a foreign queue", "onSuccess", QUEUE_OF_OTHERS, "CN-136"),
            ("a place that nobody knows", "onSuccess", UNKNOWN, "CN-004"),
        )
    ),
    opens("a function that a foreign account may call", "CN-233", _permitted(FOREIGN)),
    opens("a function that nobody knows who may call", "CN-233 CN-234", _permitted(UNKNOWN)),
    opens(
        "a function that CloudFront may call",
        "CN-233",
        _permitted("edgelambda.amazonaws.com", sourceAccount=ACCOUNT),
    ),
    opens("a layer for everybody", "CN-233", _layer("*")),
    opens(
        "a layer for a foreign organization", "CN-233", _layer("*", organizationId="o-zzzzzzzzzz")
    ),
    opens(
        "a function that a bucket may call, whosever it becomes",
        "CN-234",
        _permitted("s3.amazonaws.com", sourceArn="arn:aws:s3:::own"),
    ),
    opens(
        "a function that a topic may call which nobody knows",
        "CN-234",
        _permitted("sns.amazonaws.com", sourceArn=UNKNOWN),
    ),
    opens(
        "a table with a witness in another region",
        "CN-003",
        _table(globalTableWitness={"regionName": "us-east-1"}),
    ),
    opens(
        "a global table of the older kind in another region",
        "CN-003",
        add("aws:dynamodb/globalTable:GlobalTable", {"replicas": [{"regionName": "us-east-1"}]}),
    ),
    opens(
        "a table that is filled from a stranger's bucket",
        "CN-235 CN-004",
        _imported(bucket="elsewhere", bucketOwner=FOREIGN),
    ),
    opens(
        "a table that is filled from a bucket that nobody answers for",
        "CN-004",
        _imported(bucket="elsewhere"),
    ),
    opens(
        "a table that is exported to a stranger's bucket",
        "CN-235 CN-004",
        add(EXPORT, {"tableArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/x",
                     "s3Bucket": "elsewhere", "s3BucketOwner": FOREIGN}),
    ),
    opens("an access point of several regions", "CN-236", add(MANY_REGIONS)),
    opens(
        "an access point for a stranger", "CN-131 perimeter", _point(policy=_mail("s3:GetObject"))
    ),
)  # fmt: skip
