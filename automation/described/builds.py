"""Builds of CodeBuild: where they run, what they fetch and are told, where they put it.

A variable that is a secret's name is told by that name, and any other one by its value, to whoever
may look at a build. A webhook, by which hosts of others start builds, is a part of its project.
Shapes are those of boto3's own model of BatchGetProjects (read 2026-11-30).
"""

from typing import Final

from automation.described.calls import Call, From, Kind, named

_BUILD: Final = "aws:codebuild/project:Project"
_WEBHOOK: Final = "aws:codebuild/webhook:Webhook"
_TYPES: Final = (_BUILD, _WEBHOOK)
_SOURCE: Final = (
    "{type: type, location: location, buildspec: buildspec, auth: auth.{type: type, "
    "resource: resource}}"
)
_ARTIFACTS: Final = "{type: type, location: location, path: path, name: name}"
_LOGS: Final = (
    "logsConfig.{cloudwatchLogs: cloudWatchLogs.{status: status, groupName: groupName}, "
    "s3Logs: s3Logs.{status: status, location: location}}"
)

_LISTED: Final = Call("codebuild", "list_projects", "projects[]", recorded=_TYPES)
BUILDS: Final = Call(
    "codebuild", "batch_get_projects", "projects[]", {"names": [From("_text")]}, of=_LISTED,
    every=True, ids=f"[arn, {named(_BUILD, 'name')}]",
    within="[[vpcConfig.vpcId], vpcConfig.subnets, vpcConfig.securityGroupIds][]",
    recorded=_TYPES,
)  # fmt: skip

KINDS: Final = (
    Kind(
        _BUILD, BUILDS, "arn",
        {
            "name": "name", "serviceRole": "serviceRole", "encryptionKey": "encryptionKey",
            "source": f"source.{_SOURCE}", "secondarySources": f"secondarySources[].{_SOURCE}",
            "artifacts": f"artifacts.{_ARTIFACTS}",
            "secondaryArtifacts": f"secondaryArtifacts[].{_ARTIFACTS}",
            "cache": "cache.{type: type, location: location}",
            "environment": "environment.{type: type, image: image, environmentVariables: "
            "environmentVariables[].{name: name, value: value, type: type}, "
            "fleet: fleet.{fleetArn: fleetArn}, privilegedMode: privilegedMode, "
            "certificate: certificate, imagePullCredentialsType: imagePullCredentialsType, "
            "registryCredential: registryCredential.{credential: credential, "
            "credentialProvider: credentialProvider}, dockerServer: dockerServer.{"
            "securityGroupIds: securityGroupIds}}",
            "vpcConfig": "vpcConfig.{vpcId: vpcId, subnets: subnets, "
            "securityGroupIds: securityGroupIds}",
            "badgeEnabled": "badge.badgeEnabled", "projectVisibility": "projectVisibility",
            "resourceAccessRole": "resourceAccessRole", "logsConfig": _LOGS,
            "fileSystemLocations": "fileSystemLocations[].{type: type, location: location}",
            "buildBatchConfig": "buildBatchConfig.{serviceRole: serviceRole}",
        },
        {"arn": "arn", "name": "name"}, key=("name",), silent=(
            "autoRetryLimit", "buildTimeout", "concurrentBuildLimit", "description",
            "queuedTimeout", "secondarySourceVersions", "sourceVersion", "tags",
        ),
    ),
    Kind(
        _WEBHOOK, BUILDS, "name", {"projectName": "name"}, where="webhook", silent=(
            "branchFilter", "buildType", "filterGroups", "manualCreation",
            "pullRequestBuildPolicy", "scopeConfiguration",
        ),
    ),
)  # fmt: skip
