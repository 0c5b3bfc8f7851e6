"""What an input of one type names, where others have an input of the same name that opens nothing:
a cluster of tasks, a definition of what runs in them.

Each is another thing, so somebody has to answer for it (CN-004).

Of SageMaker (API reference, ProductionVariantCoreDumpConfig, SharingSettings, WorkspaceSettings,
ContainerDefinition; read 2026-11-30): it writes snapshots of notebooks, what people make in Canvas
and the memory of a model that has crashed to a bucket, and runs what it fetches of one.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from rules import (
    apis,
    builds,
    firehose,
    pipelines,
    schedules,
    state_machines,
    studios,
    tasks,
    web_acls,
)
from rules.model import Resource
from rules.unknowns import UNKNOWN, at, each, is_set

_FUNCTION: Final = re.compile(r"(arn:[a-z-]+:lambda:[^:]*:\d*:function:[^:]+)(?::[^:]+)?")
_BUCKET: Final = re.compile(r"(?:arn:[a-z-]+:s3:::|s3://)([^/]+)(?:/.*)?")
# How a path ends where the name of a bucket stands: of a build, an action, a log, a state.
_AT_BUCKET: Final = re.compile(r".*[. ](?:location|[bB]ucketName|(?:S3)?Bucket)")
_STRATEGY: Final = ("capacityProviderStrategies.capacityProvider",)
_RUN: Final = ("cluster", "taskDefinition", *_STRATEGY)
# Of a container of a model: what it is, and where it is fetched.
_MODELLED: Final = (
    "modelDataUrl", "modelDataSource.s3DataSources.s3Uri",
    "additionalModelDataSources.s3DataSources.s3Uri", "modelPackageName",
)  # fmt: skip
# Of what serves a model: which one, and where its memory is written to where it crashes.
_SERVED: Final = ("modelName", "coreDumpConfig.destinationS3Uri")
# By type: paths of inputs that name another thing; lists are gone through.
_PATHS: Final[dict[str, tuple[str, ...]]] = {
    tasks.SERVICE: (*_RUN, "loadBalancers.elbName"),
    tasks.TASK_SET: (*_RUN, "service", "loadBalancers.loadBalancerName"),
    "aws:ecs/capacityProvider:CapacityProvider": (
        "autoScalingGroupProvider.autoScalingGroupArn",
        "cluster",
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": (
        "clusterName",
        "capacityProviders",
        "defaultCapacityProviderStrategies.capacityProvider",
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        "ecsTarget.taskDefinitionArn",
        "batchTarget.jobDefinition",
    ),
    "aws:batch/computeEnvironment:ComputeEnvironment": ("eksConfiguration.eksClusterArn",),
    "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation": ("dataRepositoryPath",),
    "aws:fsx/lustreFileSystem:LustreFileSystem": ("exportPath", "importPath"),
    "aws:fsx/windowsFileSystem:WindowsFileSystem": ("activeDirectoryId",),
    builds.BUILD: ("environment.fleet.fleetArn",),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
        "dataCaptureConfig.destinationS3Uri",
        "asyncInferenceConfig.outputConfig.s3OutputPath",
        "asyncInferenceConfig.outputConfig.s3FailurePath",
        "asyncInferenceConfig.outputConfig.notificationConfig.errorTopic",
        "asyncInferenceConfig.outputConfig.notificationConfig.successTopic",
        *(
            f"{variants}.{path}"
            for variants in ("productionVariants", "shadowProductionVariants")
            for path in _SERVED
        ),
    ),
    "aws:sagemaker/endpoint:Endpoint": ("endpointConfigName",),
    studios.DOMAIN: (
        "defaultUserSettings.sharingSettings.s3OutputPath",
        "defaultUserSettings.canvasAppSettings.workspaceSettings.s3ArtifactPath",
    ),
    studios.MODEL: tuple(
        f"{containers}.{path}" for containers in studios.CONTAINERS for path in _MODELLED
    ),
    apis.INTEGRATION: ("restApi",),
    apis.AUTHORIZER: ("restApi",),
    apis.PUT: ("restApiId",),
    # An API answers as soon as it is deployed, by methods that ask nobody who calls.
    "aws:apigateway/deployment:Deployment": ("restApi",),
    "aws:apigateway/method:Method": ("restApi",),
    "aws:apigateway/stage:Stage": ("restApi",),
    "aws:apigateway/restApiPolicy:RestApiPolicy": ("restApiId",),
    "aws:apigateway/basePathMapping:BasePathMapping": ("restApi", "domainName"),
    "aws:apigateway/domainNameAccessAssociation:DomainNameAccessAssociation": ("domainNameArn",),
    "aws:apigateway/vpcLink:VpcLink": ("targetArn",),
    "aws:batch/jobQueue:JobQueue": ("computeEnvironmentOrders.computeEnvironment",),
}
_OF_FIREHOSE: Final = (
    "bucketArn",
    "domainArn",
    "s3Configuration.bucketArn",
    "s3BackupConfiguration.bucketArn",
    "processingConfiguration.processors.parameters.parameterValue",
)
# AWS's own, by the names that it gives them.
_OF_AWS: Final = ("FARGATE", "FARGATE_SPOT")


class Bucket(str):
    """The name of a bucket. Anybody may have that, so only a bucket that is made here answers."""


def named_by_type(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """The input, the path and the name, or UNKNOWN, of what a resource of this type names."""
    for path in _PATHS.get(resource.type, ()):
        key, *rest = path.split(".")
        for where, value in _below(resource.props.get(key), key, rest):
            if is_set(value) and value not in _OF_AWS:
                yield key, where, _bare(where, value)
    if resource.type == firehose.STREAM:
        for key in firehose.CONFIGURATIONS:
            for path in _OF_FIREHOSE:
                for where, value in _below(resource.props.get(key), key, path.split(".")):
                    if is_set(value) and (not path.endswith("Value") or _is_function(value)):
                        yield key, where, _bare(where, value)
    if resource.type == builds.BUILD:
        for key, where, value in builds.buckets(resource):
            yield key, where, _bare(where, value)
    if resource.type == state_machines.MACHINE:
        for where, value in state_machines.named(resource):
            yield "definition", where, _bare(where, value)
    yield from web_acls.named(resource)
    yield from apis.named(resource)
    for key, where, value in (*schedules.named(resource), *pipelines.named(resource)):
        yield key, where, _bare(where, value)
    for where, value in tasks.buckets(resource):
        name = value.partition(":::")[2].partition("/")[0]
        yield re.split(r"[.\[]", where)[0], where, Bucket(name or value)


def _is_function(value: Any) -> bool:
    """Whether a parameter is what changes records on their way; most are numbers and words."""
    return value is UNKNOWN or (isinstance(value, str) and _FUNCTION.fullmatch(value) is not None)


def _bare(where: str, value: Any) -> Any:
    """A bucket by its name, a function without a version's or an alias's."""
    if not isinstance(value, str):
        return value
    bucket, function = _BUCKET.fullmatch(value), _FUNCTION.fullmatch(value)
    if bucket or _AT_BUCKET.fullmatch(where):
        return Bucket(bucket[1] if bucket else value)
    return function[1] if function else value


def _below(value: Any, path: str, steps: list[str]) -> Iterator[tuple[str, Any]]:
    for index, item in each(value):
        if item is UNKNOWN or not steps:
            yield f"{path}{index}", item
        else:
            yield from _below(at(item, steps[0]), f"{path}{index}.{steps[0]}", steps[1:])
