"""Jobs of Batch: where they run, in which order, and what runs in them.

Shapes are those of boto3's own models of DescribeComputeEnvironments, DescribeJobQueues and
DescribeJobDefinitions (read 2026-11-30).
"""

from typing import Final

from automation.described.calls import Call, From, Kind, named

_ENVIRONMENT: Final = "aws:batch/computeEnvironment:ComputeEnvironment"
_QUEUE: Final = "aws:batch/jobQueue:JobQueue"
_DEFINITION: Final = "aws:batch/jobDefinition:JobDefinition"
_TYPES: Final = (_ENVIRONMENT, _QUEUE, _DEFINITION)
_RESOURCES: Final = "computeResources"
# Machines that ECS launches for Batch are placed by another word.
_PLACED: Final = "managedInstancesProvider.instanceLaunchTemplate.networkConfiguration"

ENVIRONMENTS: Final = Call(
    "batch", "describe_compute_environments", "computeEnvironments[?status!='DELETED']",
    ids=f"[{named(_ENVIRONMENT, 'computeEnvironmentName')}, computeEnvironmentArn]",
    within=f"[{_RESOURCES}.subnets, {_RESOURCES}.securityGroupIds, {_RESOURCES}.{_PLACED}.subnets, "
    f"{_RESOURCES}.{_PLACED}.securityGroups][]",
    recorded=_TYPES,
)  # fmt: skip
QUEUES: Final = Call(
    "batch", "describe_job_queues", "jobQueues[?status!='DELETED']", ids="[jobQueueArn]",
    owned=True, recorded=_TYPES,
)  # fmt: skip
_ACTIVE: Final = {"status": "ACTIVE"}
_DEFINITIONS: Final = Call(
    "batch", "describe_job_definitions", "jobDefinitions[]", _ACTIVE, ids="[jobDefinitionArn]",
    owned=True, recorded=_TYPES,
)  # fmt: skip
# Of a definition that is recorded every revision that can be run, whoever has registered it: by the
# name alone Batch takes the newest.
DEFINITIONS: Final = Call(
    "batch", "describe_job_definitions", "jobDefinitions[]",
    {"jobDefinitionName": From("jobDefinitionName"), **_ACTIVE}, of=_DEFINITIONS,
    ids="[jobDefinitionArn]", recorded=_TYPES,
)  # fmt: skip

_TEMPLATE: Final = (
    "launchTemplate.{launchTemplateId: launchTemplateId, launchTemplateName: launchTemplateName, "
    "version: version, overrides: overrides[].{launchTemplateId: launchTemplateId, "
    "launchTemplateName: launchTemplateName}}"
)

KINDS: Final = (
    Kind(
        _ENVIRONMENT, ENVIRONMENTS, "computeEnvironmentName",
        {
            "name": "computeEnvironmentName", "type": "type", "serviceRole": "serviceRole",
            "computeResources": f"{_RESOURCES}.{{type: type, "
            f"subnets: subnets || {_PLACED}.subnets, "
            f"securityGroupIds: securityGroupIds || {_PLACED}.securityGroups, "
            "ec2KeyPair: ec2KeyPair, imageId: imageId, instanceRole: instanceRole, "
            f"spotIamFleetRole: spotIamFleetRole, launchTemplate: {_TEMPLATE}, "
            "ec2Configurations: ec2Configuration[].{imageType: imageType, "
            "imageIdOverride: imageIdOverride}}",
            "eksConfiguration": "eksConfiguration.{eksClusterArn: eksClusterArn, "
            "kubernetesNamespace: kubernetesNamespace}",
        },
        {"arn": "computeEnvironmentArn", "name": "computeEnvironmentName"}, key=("name",),
        silent=("namePrefix", "state", "tags", "updatePolicy"),
    ),
    Kind(
        _QUEUE, QUEUES, "jobQueueArn",
        {
            "name": "jobQueueName", "priority": "priority",
            "computeEnvironmentOrders":
                "computeEnvironmentOrder[].{order: order, computeEnvironment: computeEnvironment}",
            "schedulingPolicyArn": "schedulingPolicyArn",
        },
        {"arn": "jobQueueArn"}, silent=("jobStateTimeLimitActions", "state", "tags"),
    ),
    Kind(
        _DEFINITION, DEFINITIONS, "jobDefinitionArn",
        {
            "name": "jobDefinitionName", "type": "type", "parameters": "parameters",
            "containerProperties": "json(containerProperties)",
            "ecsProperties": "json(ecsProperties)", "nodeProperties": "json(nodeProperties)",
            "eksProperties": "eksProperties",
        },
        {"arn": "jobDefinitionArn", "name": "jobDefinitionName"}, silent=(
            "deregisterOnNewRevision", "platformCapabilities", "propagateTags", "retryStrategy",
            "schedulingPriority", "tags", "timeout",
        ),
    ),
)  # fmt: skip
