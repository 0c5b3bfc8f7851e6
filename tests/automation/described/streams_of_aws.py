"""Streams of Firehose and state machines as AWS tells of them.

Written by hand from the API references of Firehose and Step Functions (read 2026-11-30), apart from
the tables of the reader.
"""

import datetime
import json
import re
from dataclasses import replace
from typing import Any, Final

from model.deployment import Node
from tests.automation.described.answers import Answers, Asked, Item
from tests.policies.mutations.functions import FUNCTION
from tests.policies.mutations.schedules import PIPE, SCHEDULE
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack
from tests.policies.mutations.streams import MACHINE, STREAM

TYPES: Final = (STREAM, MACHINE)
_CALLING: Final = (*TYPES, SCHEDULE, PIPE)  # what names functions by their ARNs
_MADE: Final = datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/stream"
_PAGE: Final = 2  # names of streams in an answer
_NOT_BUFFERED: Final[Item] = {"BufferingHints": {}, "CompressionFormat": "UNCOMPRESSED"}
# What a stream may send to beside a bucket, by the program's word and by AWS's.
_OUTSIDE: Final = {
    "splunk": "Splunk", "http_endpoint": "HttpEndpoint", "snowflake": "Snowflake",
    "redshift": "Redshift",
}  # fmt: skip


def real_id(node: Node) -> str:
    """As the provider calls it: by its ARN."""
    if node.resource.type == STREAM:
        return f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{node.resource.name}"
    return str(node.outputs()["arn"])


def as_made(stack: Stack) -> Stack:
    """The deployment with functions by the ARNs that Lambda gives them."""
    if not any(stack.each(*_CALLING)):
        return stack
    real = {
        str(
            node.outputs()["arn"]
        ): f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{node.resource.name}"
        for node in stack.each(FUNCTION)
    }
    for node in stack.each(FUNCTION, *_CALLING):
        shown = replace(node.resource, props=_renamed(node.resource.props, real))
        given = _renamed(dict(node.outputs()), real)
        stack = stack.having(Node(shown, node.sources, lambda given=given: given))
    return stack


def _renamed(value: Any, real: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(item, real) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, real) for item in value]
    for before, after in real.items():
        value = value.replace(before, after) if isinstance(value, str) else value
    return value


def tell(answers: Answers, stack: Stack) -> None:
    """All of them; streams a few at a time, after one that is named."""
    machines = {real_id(node): node for node in stack.each(MACHINE)}
    streams = {node.resource.name: node for node in stack.each(STREAM)}
    answers.lists("stepfunctions", "ListStateMachines", "stateMachines", *(
        {**_machine(node), "type": "STANDARD"} for node in machines.values()
    ))  # fmt: skip
    answers.says("stepfunctions", "DescribeStateMachine", lambda asked: {
        **_machine(machines[asked["stateMachineArn"]]), "type": "STANDARD",
        **_does(machines[asked["stateMachineArn"]].resource.props),
    })  # fmt: skip
    names = ["a-of-others", "b-of-others", *sorted(streams)]

    def listed(asked: Asked) -> Item:
        after = asked.get("ExclusiveStartDeliveryStreamName")
        begin = 0 if after is None else names.index(after) + 1
        some = names[begin : begin + _PAGE]
        more = begin + _PAGE < len(names)
        return {"DeliveryStreamNames": some, "HasMoreDeliveryStreams": more}

    answers.says("firehose", "ListDeliveryStreams", listed)
    answers.says("firehose", "DescribeDeliveryStream", lambda asked: {
        "DeliveryStreamDescription": _stream(streams[asked["DeliveryStreamName"]]),
    })  # fmt: skip


def _machine(node: Node) -> Item:
    return {"stateMachineArn": real_id(node), "name": node.resource.name, "creationDate": _MADE}


def _does(props: Any) -> Item:
    """By a text that says the same as the program's."""
    text = props["definition"]
    spaced = json.dumps(json.loads(text), indent=1) if text != "{" else text
    return {"definition": spaced, "roleArn": props["roleArn"]}


def _stream(node: Node) -> Item:
    props = node.resource.props
    told: Item = {
        "DeliveryStreamName": node.resource.name, "DeliveryStreamARN": real_id(node),
        "DeliveryStreamStatus": "ACTIVE", "DeliveryStreamType": "DirectPut", "VersionId": "1",
        "HasMoreDestinations": False,
        "Destinations": [{"DestinationId": "destinationId-1", **_destination(props)}],
    }  # fmt: skip
    brokers = props.get("mskSourceConfiguration")
    if brokers:
        how = brokers["authenticationConfiguration"]["connectivity"]
        told["Source"] = {"MSKSourceDescription": {
            "AuthenticationConfiguration": {"RoleARN": _ROLE, "Connectivity": how}
        }}  # fmt: skip
    return told


def _destination(props: Any) -> Item:
    to, stored = props["destination"], props["extendedS3Configuration"]
    if to in _OUTSIDE:
        told: Item = {"S3DestinationDescription": _bucket(stored)}
        if to == "redshift":
            told |= {"RoleARN": stored["roleArn"], "ClusterJDBCURL": "jdbc:redshift://x",
                     "CopyCommand": {"DataTableName": "x"}}  # fmt: skip
        return {f"{_OUTSIDE[to]}DestinationDescription": told}
    searched = {}
    if to == "opensearch" or "opensearchConfiguration" in props:
        domain = props.get("opensearchConfiguration", {}).get("domainArn")
        told = {"S3DestinationDescription": _bucket(stored), "ClusterEndpoint": "https://x"}
        searched["AmazonopensearchserviceDestinationDescription"] = (
            {**told, "DomainARN": domain} if domain else told
        )
    if to == "opensearch":
        return searched
    return {
        **searched, "S3DestinationDescription": _bucket(stored),
        "ExtendedS3DestinationDescription": _extended(stored),
    }  # fmt: skip


def _bucket(stored: Any, **more: Any) -> Item:
    role, kept = stored.get("roleArn", _ROLE), {"NoEncryptionConfig": "NoEncryption"}
    return {"BucketARN": stored["bucketArn"], "RoleARN": role, "EncryptionConfiguration": kept,
            **_NOT_BUFFERED, **more}  # fmt: skip


def _extended(stored: Any) -> Item:
    more: Item = {"S3BackupMode": "Disabled"}
    if "processingConfiguration" in stored:
        more["ProcessingConfiguration"] = {"Enabled": True, "Processors": [
            {"Type": "Lambda", "Parameters": [
                {"ParameterName": one.get("parameterName", "LambdaArn"),
                 "ParameterValue": _latest(one["parameterValue"])}
                for one in processor["parameters"]
            ]} for processor in stored["processingConfiguration"]["processors"]
        ]}  # fmt: skip
    if "s3BackupConfiguration" in stored:
        more["S3BackupDescription"] = _bucket(stored["s3BackupConfiguration"])
    if "dataFormatConversionConfiguration" in stored:
        given = stored["dataFormatConversionConfiguration"]["schemaConfiguration"]
        said = {name[0].upper() + name[1:]: value for name, value in given.items()}
        more["DataFormatConversionConfiguration"] = {"Enabled": True, "SchemaConfiguration": said}
    return _bucket(stored, **more)


def _latest(value: str) -> str:
    """A function by its newest version, as Firehose has it where nobody names one."""
    return f"{value}:$LATEST" if re.fullmatch(r"arn:.+:function:[^:]+", value) else value
