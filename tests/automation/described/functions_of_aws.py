"""Functions, tables and access points of a deployment as AWS tells of them.

Written by hand from the API references of Lambda, DynamoDB and S3 (read 2026-11-29), apart from the
tables of the reader.
"""

import json
import uuid
from typing import Any

from model.deployment import Node
from rules.unknowns import at
from tests.automation.described.answers import Answers, Asked, Item, Nothing
from tests.automation.described.data_services_of_aws import id_of
from tests.policies.mutations.functions import (
    ACCESS_POINT,
    EXPORT,
    FUNCTION,
    INVOKED,
    KINDS,
    LAYER_PERMISSION,
    PERMISSION,
    SOURCE,
    STREAM,
    TABLE,
    placed,
)
from tests.policies.mutations.parts import cluster_subnets
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

POLICY_OF_FUNCTION, POLICY_OF_TABLE, POLICY_OF_POINT = KINDS
OF_FUNCTION = (PERMISSION, POLICY_OF_FUNCTION, INVOKED, SOURCE)
OF_TABLE = (STREAM, EXPORT, POLICY_OF_TABLE)
TYPES = (
    FUNCTION, *OF_FUNCTION, LAYER_PERMISSION, TABLE, *OF_TABLE, ACCESS_POINT, POLICY_OF_POINT
)  # fmt: skip
_DIGEST = "A" * 43 + "="


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def as_made(stack: Stack) -> Stack:
    """The deployment with what AWS would want beside it, and the names that it would have."""
    if any(stack.each(*OF_FUNCTION)) and not any(stack.each(FUNCTION)):
        stack = stack.having(*placed(stack, cluster_subnets(stack)[0]))
    if any(stack.each(*OF_TABLE)) and not any(stack.each(TABLE)):
        stack = stack.having(stack.makes(TABLE, "orders", {"hashKey": "id"}))
    if any(stack.each(POLICY_OF_POINT)) and not any(stack.each(ACCESS_POINT)):
        beside = stack.first("aws:ec2/vpc:Vpc")
        where = {"bucket": "x", "vpcConfiguration": {"vpcId": id_of(beside)}}
        stack = stack.having(stack.makes(ACCESS_POINT, "shared", where))
    return stack.having(*(stack.edited(node, _named(stack, node)) for node in stack.each(*TYPES)))


def _named(stack: Stack, node: Node) -> dict[str, Any]:
    name, table = node.resource.name, _arn("dynamodb", "table/orders")
    functions = [function.resource.name for function in stack.each(FUNCTION)]
    points = [point.resource.name for point in stack.each(ACCESS_POINT)]
    given: dict[str, dict[str, Any]] = {
        FUNCTION: {"codeSha256": _DIGEST},
        LAYER_PERMISSION: {"statementId": name},
        STREAM: {"tableName": "orders"},
        EXPORT: {"tableArn": table},
        POLICY_OF_TABLE: {"resourceArn": table},
    }
    if functions:
        of_first = {"functionName": functions[0]}
        whole = {"resourceArn": _arn("lambda", f"function:{functions[-1]}")}
        # A program may name a function by its ARN, and gets the same permission.
        permitted = {"function": _arn("lambda", f"function:{functions[0]}"), "statementId": name}
        given |= {INVOKED: of_first, SOURCE: of_first, POLICY_OF_FUNCTION: whole}
        given[PERMISSION] = permitted
    if points:
        given[POLICY_OF_POINT] = {"accessPointArn": _arn("s3", f"accesspoint/{points[0]}")}
    return given.get(node.resource.type, {})


def real_id(node: Node) -> str:
    """The id that the provider gives a thing."""
    props, name = node.resource.props, node.resource.name
    ids = {
        FUNCTION: lambda: name,
        TABLE: lambda: name,
        PERMISSION: lambda: name,
        SOURCE: lambda: str(uuid.uuid5(uuid.NAMESPACE_URL, node.resource.urn)),
        ACCESS_POINT: lambda: f"{ACCOUNT}:{name}",
        STREAM: lambda: f"{props['tableName']},{props['streamArn']}",
        EXPORT: lambda: f"{props['tableArn']}/export/01",
        LAYER_PERMISSION: lambda: f"{_arn('lambda', 'layer:' + props['layerName'])},1",
        POLICY_OF_FUNCTION: lambda: props["resourceArn"],
        POLICY_OF_TABLE: lambda: props["resourceArn"],
        POLICY_OF_POINT: lambda: props["accessPointArn"],
    }
    return str(ids.get(node.resource.type, lambda: id_of(node))())


def tell(answers: Answers, stack: Stack) -> None:
    _functions(answers, stack)
    _layers(answers, stack)
    _tables(answers, stack)
    _access_points(answers, stack)


def _functions(answers: Answers, stack: Stack) -> None:
    found = {node.resource.name: node for node in stack.each(FUNCTION)}
    answers.lists("lambda", "ListFunctions", "Functions", *map(_function, found.values()))

    def code(asked: Asked) -> Item:
        uri = found[asked["FunctionName"]].resource.props["imageUri"]
        return {"Code": {"RepositoryType": "ECR", "ImageUri": uri}}

    def policy(asked: Asked) -> Item:
        if "Qualifier" in asked:
            raise Nothing("ResourceNotFoundException")
        return {"Policy": _policy(stack, asked["FunctionName"])}

    answers.says("lambda", "GetFunction", code)
    answers.says("lambda", "GetPolicy", policy)
    answers.lists("lambda", "ListFunctionUrlConfigs", "FunctionUrlConfigs")
    answers.lists("lambda", "ListAliases", "Aliases", {"Name": "live", "FunctionVersion": "1"})
    answers.lists("lambda", "ListVersionsByFunction", "Versions", {"Version": "$LATEST"},
                  {"Version": "1"})  # fmt: skip
    answers.lists(
        "lambda", "ListEventSourceMappings", "EventSourceMappings",
        *(_source(node) for node in stack.each(SOURCE)),
    )  # fmt: skip
    invoked = [
        (node.resource.props["functionName"], _invoked(node)) for node in stack.each(INVOKED)
    ]
    answers.says("lambda", "ListFunctionEventInvokeConfigs", lambda asked: {
        "FunctionEventInvokeConfigs": [c for of, c in invoked if of == asked["FunctionName"]],
    })  # fmt: skip


def _function(node: Node) -> Item:
    props, name = node.resource.props, node.resource.name
    told: Item = {
        "FunctionName": name, "FunctionArn": _arn("lambda", f"function:{name}"),
        "Role": props["role"], "CodeSha256": _DIGEST, "PackageType": "Zip",
        "Layers": [{"Arn": arn} for arn in props.get("layers", ())],
        "Environment": {"Variables": at(props, "environment", "variables") or {}},
    }  # fmt: skip
    where = props.get("vpcConfig") or {}
    told["VpcConfig"] = {
        "SubnetIds": where.get("subnetIds", []),
        "SecurityGroupIds": where.get("securityGroupIds", []), "VpcId": "",
    }  # fmt: skip
    if "imageUri" in props:
        told["PackageType"] = "Image"
    if "imageConfig" in props:
        command = {"Command": props["imageConfig"]["commands"]}
        told["ImageConfigResponse"] = {"ImageConfig": command}
    if "deadLetterConfig" in props:
        told["DeadLetterConfig"] = {"TargetArn": props["deadLetterConfig"]["targetArn"]}
    if "capacityProviderConfig" in props:
        provider = {"CapacityProviderArn": _arn("lambda", "capacity-provider:x")}
        told["CapacityProviderConfig"] = {"LambdaManagedInstancesCapacityProviderConfig": provider}
    return told


def _policy(stack: Stack, function: str) -> str:
    """What permissions add to a function's policy, or the whole that was put there."""
    arn = _arn("lambda", f"function:{function}")
    for node in stack.each(POLICY_OF_FUNCTION):
        if node.resource.props["resourceArn"] == arn:
            return str(node.resource.props["policy"])
    added = [n for n in stack.each(PERMISSION) if n.resource.props["function"] == arn]
    if not added:
        raise Nothing("ResourceNotFoundException")
    statements = [_statement(node, arn, "principalOrgId") for node in added]
    return json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": statements})


def _statement(node: Node, arn: str, organization: str) -> Item:
    props = node.resource.props
    principal, conditions = str(props["principal"]), dict[str, dict[str, str]]()
    if principal.endswith("amazonaws.com"):
        who: Any = {"Service": principal}
    else:
        root = f"arn:aws:iam::{principal}:root" if principal.isdecimal() else principal
        who = principal if principal == "*" else {"AWS": root}
    for name, operator, key in (
        ("sourceArn", "ArnLike", "AWS:SourceArn"),
        ("sourceAccount", "StringEquals", "AWS:SourceAccount"),
        (organization, "StringEquals", "aws:PrincipalOrgID"),
    ):
        if name in props:
            conditions.setdefault(operator, {})[key] = props[name]
    said = {"Sid": node.resource.name, "Effect": "Allow", "Principal": who,
            "Action": props["action"], "Resource": arn}  # fmt: skip
    return {**said, **({"Condition": conditions} if conditions else {})}


def _source(node: Node) -> Item:
    props = node.resource.props
    function = _arn("lambda", f"function:{props['functionName']}")
    told: Item = {"UUID": real_id(node), "FunctionArn": function}
    if "eventSourceArn" in props:
        told["EventSourceArn"] = props["eventSourceArn"]
    if "selfManagedEventSource" in props:
        servers = props["selfManagedEventSource"]["endpoints"]["KAFKA_BOOTSTRAP_SERVERS"]
        told["SelfManagedEventSource"] = {
            "Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": servers.split(",")}
        }
        told["SourceAccessConfigurations"] = [
            {"Type": one["type"], "URI": one["uri"]} for one in props["sourceAccessConfigurations"]
        ]
    return told


def _invoked(node: Node) -> Item:
    props = node.resource.props
    sent = {
        name[0].upper() + name[1:]: {"Destination": where["destination"]}
        for name, where in props["destinationConfig"].items()
    }
    latest = _arn("lambda", f"function:{props['functionName']}:$LATEST")
    return {"FunctionArn": latest, "DestinationConfig": sent}


def _layers(answers: Answers, stack: Stack) -> None:
    added = {node.resource.props["layerName"]: node for node in stack.each(LAYER_PERMISSION)}
    for name in added:
        arn = _arn("lambda", f"layer:{name}")
        answers.lists("lambda", "ListLayers", "Layers", {"LayerName": name, "LayerArn": arn})
        answers.lists("lambda", "ListLayerVersions", "LayerVersions",
                      {"LayerVersionArn": f"{arn}:1", "Version": 1})  # fmt: skip

    def policy(asked: Asked) -> Item:
        node = added[asked["LayerName"]]
        arn = _arn("lambda", f"layer:{asked['LayerName']}:{asked['VersionNumber']}")
        said = {"Statement": [_statement(node, arn, "organizationId")]}
        return {"Policy": json.dumps({"Version": "2012-10-17", "Id": "default", **said})}

    answers.says("lambda", "GetLayerVersionPolicy", policy)


def _tables(answers: Answers, stack: Stack) -> None:
    names = [node.resource.name for node in stack.each(TABLE)]
    answers.lists("dynamodb", "ListTables", "TableNames", *names)
    tables = {node.resource.name: _table(node) for node in stack.each(TABLE)}
    policies = {n.resource.props["resourceArn"]: n for n in stack.each(POLICY_OF_TABLE)}
    exports = {real_id(node): _export(node) for node in stack.each(EXPORT)}

    def policy(asked: Asked) -> Item:
        if asked["ResourceArn"] not in policies:
            raise Nothing("PolicyNotFoundException")
        return {"Policy": policies[asked["ResourceArn"]].resource.props["policy"]}

    answers.says("dynamodb", "DescribeTable", lambda asked: {"Table": tables[asked["TableName"]]})
    answers.says("dynamodb", "GetResourcePolicy", policy)
    answers.says("dynamodb", "ListExports", lambda asked: {
        "ExportSummaries": [
            {"ExportArn": arn} for arn in exports if arn.startswith(f"{asked['TableArn']}/")
        ],
    })  # fmt: skip
    answers.says("dynamodb", "DescribeExport",
                 lambda asked: {"ExportDescription": exports[asked["ExportArn"]]})  # fmt: skip
    answers.says("dynamodb", "DescribeKinesisStreamingDestination", lambda asked: {
        "KinesisDataStreamDestinations": [
            {"StreamArn": node.resource.props["streamArn"], "DestinationStatus": "ACTIVE"}
            for node in stack.each(STREAM)
            if node.resource.props["tableName"] == asked["TableName"]
        ],
    })  # fmt: skip


def _table(node: Node) -> Item:
    props, name = node.resource.props, node.resource.name
    told: Item = {
        "TableName": name, "TableArn": _arn("dynamodb", f"table/{name}"),
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Replicas": [{"RegionName": one["regionName"]} for one in props.get("replicas", ())],
    }  # fmt: skip
    if "globalTableWitness" in props:
        region = props["globalTableWitness"]["regionName"]
        told["GlobalTableWitnesses"] = [{"RegionName": region, "WitnessStatus": "ACTIVE"}]
    return told


def _export(node: Node) -> Item:
    props = node.resource.props
    return {"ExportArn": real_id(node), "TableArn": props["tableArn"],
            "S3Bucket": props["s3Bucket"], "S3BucketOwner": props["s3BucketOwner"]}  # fmt: skip


def _access_points(answers: Answers, stack: Stack) -> None:
    points = {node.resource.name: node for node in stack.each(ACCESS_POINT)}
    policies = {n.resource.props["accessPointArn"]: n for n in stack.each(POLICY_OF_POINT)}
    answers.lists("s3control", "ListAccessPoints", "AccessPointList", *map(_point, points.values()))

    def point(asked: Asked) -> Item:
        blocks = {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True,
                  "restrictPublicBuckets": True}  # fmt: skip
        given = points[asked["Name"]].resource.props.get("publicAccessBlockConfiguration", {})
        said = {name[0].upper() + name[1:]: v for name, v in {**blocks, **given}.items()}
        return {"Name": asked["Name"], "PublicAccessBlockConfiguration": said}

    def policy(asked: Asked) -> Item:
        own = points[asked["Name"]].resource.props.get("policy")
        found = policies.get(_arn("s3", f"accesspoint/{asked['Name']}"))
        said = own if found is None else found.resource.props["policy"]
        if said is None:
            raise Nothing("NoSuchAccessPointPolicy")
        return {"Policy": said}

    answers.says("s3control", "GetAccessPoint", point)
    answers.says("s3control", "GetAccessPointPolicy", policy)


def _point(node: Node) -> Item:
    props, name = node.resource.props, node.resource.name
    vpc = at(props, "vpcConfiguration", "vpcId")
    return {
        "Name": name, "Bucket": props["bucket"], "NetworkOrigin": "VPC" if vpc else "Internet",
        "AccessPointArn": _arn("s3", f"accesspoint/{name}"),
        "BucketAccountId": props.get("bucketAccountId", ACCOUNT),
        **({"VpcConfiguration": {"VpcId": vpc}} if vpc else {}),
    }  # fmt: skip
