"""Pipelines of CodePipeline and connections as AWS tells of them.

Written by hand from the API references of CodePipeline and CodeConnections (read 2026-11-30), apart
from the tables of the reader.
"""

from typing import Any, Final

from model.deployment import Node
from tests.automation.described.answers import Answers, Asked, Item
from tests.policies.mutations.pipelines import CONNECTION, PIPELINE
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

OLDER: Final = "aws:codestarconnections/connection:Connection"
TYPES: Final = (PIPELINE, CONNECTION, OLDER)
SERVICES: Final = {CONNECTION: "codeconnections", OLDER: "codestar-connections"}
_PAGE: Final = 2  # of pipelines, and of connections, in an answer
_OF_TYPE: Final = ("category", "owner", "provider", "version")


def real_id(node: Node) -> str:
    """As the provider calls it: a pipeline by its name, a connection by its ARN."""
    if node.resource.type == PIPELINE:
        return node.resource.name
    service = SERVICES[node.resource.type]
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:connection/0a1b2c3d-{node.resource.name}"


def tell(answers: Answers, stack: Stack) -> None:
    """All of them a few at a time, after some of others. Either service lists every connection."""
    pipelines = {node.resource.name: node.resource.props for node in stack.each(PIPELINE)}
    names = ["a-of-others", "b-of-others", *sorted(pipelines)]
    _paged(answers, "codepipeline", "ListPipelines", "nextToken", "pipelines", [
        {"name": name, "version": 1, "pipelineType": "V2"} for name in names
    ])  # fmt: skip
    answers.says("codepipeline", "GetPipeline", lambda asked: {
        "pipeline": _pipeline(asked["name"], pipelines[asked["name"]]),
        "metadata": {"pipelineArn": f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{asked['name']}"},
    })  # fmt: skip
    connections = [
        {"ConnectionArn": f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/{number}",
         "ConnectionName": f"of-others-{number}", "ProviderType": "GitHub"}
        for number in range(3)
    ] + [_connection(node) for node in stack.each(*SERVICES)]  # fmt: skip
    for service in SERVICES.values():
        _paged(answers, service, "ListConnections", "NextToken", "Connections", connections)


def _paged(
    answers: Answers, service: str, operation: str, token: str, member: str, items: list[Item]
) -> None:
    def listed(asked: Asked) -> Item:
        begin = int(asked.get(token, 0))
        end = begin + _PAGE
        more = {token: str(end)} if end < len(items) else {}
        return {member: items[begin:end], **more}

    answers.says(service, operation, listed)


def _connection(node: Node) -> Item:
    props = node.resource.props
    host = {"HostArn": props["hostArn"]} if "hostArn" in props else {}
    return {
        "ConnectionArn": real_id(node), "ConnectionName": props["name"], "OwnerAccountId": ACCOUNT,
        "ProviderType": props.get("providerType", "GitHubEnterpriseServer"),
        "ConnectionStatus": "AVAILABLE", **host,
    }  # fmt: skip


def _pipeline(name: str, props: Any) -> Item:
    stores = props["artifactStores"]
    abroad = any("region" in store for store in stores)
    kept = {
        store.get("region", REGION): {k: v for k, v in store.items() if k != "region"}
        for store in stores
    }
    return {
        "name": name, "roleArn": props["roleArn"], "version": 1, "pipelineType": "V2",
        "executionMode": "SUPERSEDED", "stages": [_stage(stage) for stage in props["stages"]],
        **({"artifactStores": kept} if abroad else {"artifactStore": stores[0]}),
    }  # fmt: skip


def _stage(stage: Any) -> Item:
    told: Item = {
        "name": stage["name"], "actions": [_action(action) for action in stage["actions"]],
        "onFailure": {"result": "ROLLBACK"},
    }  # fmt: skip
    for when in ("beforeEntry", "onSuccess", "onFailure"):
        if when in stage:
            told[when] = {"conditions": [stage[when]["condition"]]}
    return told


def _action(action: Any) -> Item:
    """With the region, which AWS says of each, and where it comes in turn."""
    said = {key: value for key, value in action.items() if key not in _OF_TYPE}
    kind = {key: action[key] for key in _OF_TYPE}
    return {"region": REGION, "runOrder": 1, **said, "actionTypeId": kind}
