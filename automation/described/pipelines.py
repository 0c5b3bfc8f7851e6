"""Pipelines of CodePipeline, and connections to hosts of code.

Shapes are those of boto3's own models of GetPipeline, ListWebhooks and ListConnections (read
2026-11-30). What is secret in an action comes back as asterisks, and nothing reads it. A webhook,
by which hosts of others start a pipeline, is a part of that. A connection has one ARN, by the name
that the service had as it was made, and may be listed under both names (Developer Tools console
user guide, Connections rename; read 2026-11-30): it counts as the type that a stack has recorded.
One that no stack has, and a pipeline as well, is the account's, as a role is: by itself it fetches
and runs nothing for this stack, and what would use it here names it.
"""

from typing import Final

from automation.described.calls import Call, From, Kind, named

_PIPELINE: Final = "aws:codepipeline/pipeline:Pipeline"
_WEBHOOK: Final = "aws:codepipeline/webhook:Webhook"
_TYPES: Final = (_PIPELINE, _WEBHOOK)
_CONNECTION: Final = "aws:codeconnections/connection:Connection"
_OLDER: Final = "aws:codestarconnections/connection:Connection"

_LISTED: Final = Call(
    "codepipeline", "list_pipelines", "pipelines[]", ids=f"[{named(_PIPELINE, 'name')}]",
    recorded=_TYPES,
)  # fmt: skip
PIPELINES: Final = Call(
    "codepipeline", "get_pipeline", "[@]", {"name": From("name")}, of=_LISTED,
    ids=f"[{named(_PIPELINE, 'pipeline.name')}, metadata.pipelineArn]", recorded=_TYPES,
)  # fmt: skip
# Those of all pipelines are one answer, however often it is looked at.
WEBHOOKS: Final = Call(
    "codepipeline", "list_webhooks", "webhooks[]", of=PIPELINES, ids="[arn]", recorded=_TYPES
)


def _connections(service: str, token: str) -> Call:
    ids = f"[{named(token, 'ConnectionArn')}]"
    return Call(service, "list_connections", "Connections[]", ids=ids, recorded=(token,))


CONNECTIONS: Final = _connections("codeconnections", _CONNECTION)
OLDER: Final = _connections("codestar-connections", _OLDER)

_ARTIFACTS: Final = "inputArtifacts: inputArtifacts[].name"
_RUNS: Final = (
    f"configuration: configuration, commands: commands, {_ARTIFACTS}, region: region, "
    "roleArn: roleArn, timeoutInMinutes: timeoutInMinutes"
)
_ACTION: Final = (
    "{name: name, category: actionTypeId.category, owner: actionTypeId.owner, "
    "provider: actionTypeId.provider, version: actionTypeId.version, namespace: namespace, "
    "outputArtifacts: outputArtifacts[].name, outputVariables: outputVariables, "
    f"environmentVariables: environmentVariables, runOrder: runOrder, {_RUNS}}}"
)
_RULE: Final = (
    "{name: name, ruleTypeId: ruleTypeId.{category: category, owner: owner, provider: provider, "
    f"version: version}}, {_RUNS}}}"
)
# AWS has a list of them, which holds one.
_CONDITION: Final = (
    f"conditions && {{result: conditions[0].result, rules: conditions[].rules[].{_RULE}}}"
)
_STAGE: Final = (
    f"{{name: name, actions: actions[].{_ACTION}, "
    f"beforeEntry: beforeEntry.{{condition: {_CONDITION}}}, "
    f"onSuccess: onSuccess.{{condition: {_CONDITION}}}, "
    f"onFailure: onFailure.{{condition: {_CONDITION}, result: result, "
    "retryConfiguration: retryConfiguration}}"
)
_STORE: Final = (
    "{type: type, location: location, region: region, encryptionKey: encryptionKey.{id: id, "
    "type: type}}"
)


def _connection(token: str, call: Call) -> Kind:
    return Kind(
        token, call, "ConnectionArn",
        {"name": "ConnectionName", "hostArn": "HostArn", "providerType": "ProviderType"},
        {"arn": "ConnectionArn"}, silent=("tags",),
    )  # fmt: skip


KINDS: Final = (
    Kind(
        _PIPELINE, PIPELINES, "pipeline.name",
        {
            "name": "pipeline.name", "roleArn": "pipeline.roleArn",
            "artifactStores": "(pipeline.artifactStore && [pipeline.artifactStore] || "
            f"rows(pipeline.artifactStores, 'region'))[].{_STORE}",
            "stages": f"abroad(pipeline.stages, _here.region)[].{_STAGE}",
            "variables": "pipeline.variables[].{name: name, defaultValue: defaultValue, "
            "description: description}",
        },
        {"arn": "metadata.pipelineArn", "name": "pipeline.name"},
        silent=("executionMode", "pipelineType", "tags", "triggers"),
    ),
    Kind(
        _WEBHOOK, WEBHOOKS, "arn",
        {
            "name": "definition.name", "targetPipeline": "definition.targetPipeline",
            "targetAction": "definition.targetAction",
        },
        {"arn": "arn"}, where="definition.targetPipeline==_of.pipeline.name",
        silent=("authentication", "authenticationConfiguration", "filters", "tags"),
    ),
    _connection(_CONNECTION, CONNECTIONS),
    _connection(_OLDER, OLDER),
)  # fmt: skip
