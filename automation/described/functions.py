"""Lambda functions: where they run, what they are told, what calls and feeds them, their layers."""

from typing import Final

from pulumi.runtime.rpc import UNKNOWN

from automation.described.calls import Call, From, Kind, named

_FUNCTION: Final = "aws:lambda/function:Function"
_GONE: Final = ("ResourceNotFoundException",)
_NAMED: Final = {"FunctionName": From("FunctionName")}
_ARN: Final = "join(':', split(FunctionArn, ':')[:7])"  # without a version's or an alias's name
_NAME: Final = "split(FunctionArn, ':')[6]"
# What AWS may not decrypt, by the key's policy, it says is an error.
_UNKNOWN: Final = f"Error && '{UNKNOWN}'"
_QUALIFIER: Final = "split(FunctionArn, ':')[7]"

FUNCTIONS: Final = Call(
    "lambda", "list_functions", "Functions[]",
    ids=f"[{named(_FUNCTION, 'FunctionName')}, FunctionArn]",
    within="[[VpcConfig.VpcId], VpcConfig.SubnetIds, VpcConfig.SecurityGroupIds][]",
    more={
        # Only of images, of which nothing else tells: whoever may ask gets the code, too.
        "_code": Call("lambda", "get_function", "[Code]", _NAMED, when="PackageType=='Image'"),
    },
)  # fmt: skip
# Versions and aliases may each have a policy of their own.
ALIASES: Final = Call("lambda", "list_aliases", "Aliases[].{Version: Name}", _NAMED, of=FUNCTIONS)
VERSIONS: Final = Call(
    "lambda", "list_versions_by_function", "Versions[?Version!='$LATEST'].{Version: Version}",
    _NAMED, of=FUNCTIONS,
)  # fmt: skip
POLICY: Final = Call("lambda", "get_policy", "[@]", _NAMED, of=FUNCTIONS, none=_GONE)
_QUALIFIED: Final = {"FunctionName": From("_of.FunctionName"), "Qualifier": From("Version")}
ALIAS_POLICY: Final = Call("lambda", "get_policy", "[@]", _QUALIFIED, of=ALIASES, none=_GONE)
VERSION_POLICY: Final = Call("lambda", "get_policy", "[@]", _QUALIFIED, of=VERSIONS, none=_GONE)
URLS: Final = Call(
    "lambda", "list_function_url_configs", "FunctionUrlConfigs[]", _NAMED, of=FUNCTIONS
)
INVOKED: Final = Call(
    "lambda", "list_function_event_invoke_configs", "FunctionEventInvokeConfigs[]", _NAMED,
    of=FUNCTIONS,
)  # fmt: skip
SOURCES: Final = Call(
    "lambda", "list_event_source_mappings", "EventSourceMappings[]",
    ids="[UUID, EventSourceMappingArn]", within=f"[{_ARN}]",
)  # fmt: skip
LAYERS: Final = Call("lambda", "list_layers", "Layers[]", owned=True)
LAYER_VERSIONS: Final = Call(
    "lambda", "list_layer_versions", "LayerVersions[]", {"LayerName": From("LayerName")},
    of=LAYERS, every=True, owned=True,
    ids="[LayerVersionArn, join(',', [_of.LayerArn, to_string(Version)])]",
)  # fmt: skip
LAYER_POLICY: Final = Call(
    "lambda", "get_layer_version_policy", "[@]",
    {"LayerName": From("_of.LayerName"), "VersionNumber": From("Version")}, of=LAYER_VERSIONS,
    none=_GONE,
)  # fmt: skip

_REGISTRY: Final = (
    "{}.{{consumerGroupId: ConsumerGroupId, schemaRegistryConfig: SchemaRegistryConfig.{{"
    "schemaRegistryUri: SchemaRegistryURI, accessConfigs: AccessConfigs[].{{type: Type, "
    "uri: URI}}}}}}"
)


def _permission(call: Call, function: str, qualifier: str, arn: str) -> Kind:
    """The statements of a policy; one that is no permission makes the whole policy told."""
    return Kind(
        "aws:lambda/permission:Permission", call,
        f"join('/', [{function}, {qualifier} || '', statementId])",
        {
            "function": function, "statementId": "statementId", "principal": "principal",
            "action": "action", "sourceArn": "sourceArn", "sourceAccount": "sourceAccount",
            "principalOrgId": "organizationId", "functionUrlAuthType": "functionUrlAuthType",
            "eventSourceToken": "eventSourceToken",
            "invokedViaFunctionUrl": "invokedViaFunctionUrl",
            "qualifier": qualifier,
        },
        key=("function", "qualifier", "statementId"), each="permissions(Policy)",
        unless="aws:lambda/resourcePolicy:ResourcePolicy", unless_id=arn,
        silent=("statementIdPrefix",),
    )  # fmt: skip


def _whole(call: Call, arn: str) -> Kind:
    return Kind(
        "aws:lambda/resourcePolicy:ResourcePolicy", call, arn,
        {"resourceArn": arn, "policy": "Policy"}, key=("resourceArn",), where="is_whole(Policy)",
        or_recorded=True,
    )  # fmt: skip


KINDS: Final = (
    Kind(
        _FUNCTION, FUNCTIONS, "FunctionName",
        {
            "name": "FunctionName", "role": "Role", "runtime": "Runtime", "handler": "Handler",
            "description": "Description", "packageType": "PackageType",
            "vpcConfig": "VpcConfig.{subnetIds: SubnetIds, securityGroupIds: SecurityGroupIds, "
            "ipv6AllowedForDualStack: Ipv6AllowedForDualStack}",
            "environment": f"Environment.{{variables: Variables || {_UNKNOWN}}}",
            "layers": "Layers[].Arn",
            "imageUri": "_code[0].ImageUri",
            "imageConfig": "ImageConfigResponse.ImageConfig.{entryPoints: EntryPoint, "
            "commands: Command, workingDirectory: WorkingDirectory} "
            f"|| ImageConfigResponse.{_UNKNOWN}",
            "deadLetterConfig": "DeadLetterConfig.{targetArn: TargetArn}",
            "fileSystemConfig": "FileSystemConfigs[0].{arn: Arn, localMountPath: LocalMountPath}",
            "kmsKeyArn": "KMSKeyArn", "durableConfig": "DurableConfig.{kmsKeyArn: KMSKeyArn}",
            "capacityProviderConfig": "CapacityProviderConfig.{"
            "lambdaManagedInstancesCapacityProviderConfig: "
            "LambdaManagedInstancesCapacityProviderConfig.{capacityProviderArn: "
            "CapacityProviderArn}}",
            "loggingConfig": "LoggingConfig.{logFormat: LogFormat, logGroup: LogGroup}",
        },
        {"arn": "FunctionArn", "name": "FunctionName", "codeSha256": "CodeSha256"},
        # Where code was brought in from: AWS has a copy, and tells where that lies.
        kept=(
            "code", "s3Bucket", "s3Key", "s3ObjectVersion", "codeSha256", "sourceCodeHash",
            "sourceKmsKeyArn", "codeSigningConfigArn",
        ),
        while_=("codeSha256",), silent=(
            "architectures", "ephemeralStorage", "memorySize", "publish", "publishTo",
            "replaceSecurityGroupsOnDestroy", "replacementSecurityGroupIds",
            "reservedConcurrentExecutions", "skipDestroy", "snapStart", "tags", "tenancyConfig",
            "timeout", "tracingConfig", "useResourceTimeoutForPropagation",
        ),
    ),
    _permission(POLICY, "_of._of.FunctionName", "`null`", "_of._of.FunctionArn"),
    *(
        _permission(
            call, "_of._of._of.FunctionName", "_of._of.Version",
            "join(':', [_of._of._of.FunctionArn, _of._of.Version])",
        )
        for call in (ALIAS_POLICY, VERSION_POLICY)
    ),
    _whole(POLICY, "_of.FunctionArn"),
    *(
        _whole(call, "join(':', [_of._of.FunctionArn, _of.Version])")
        for call in (ALIAS_POLICY, VERSION_POLICY)
    ),
    Kind(
        "aws:lambda/functionUrl:FunctionUrl", URLS, "FunctionUrl",
        {
            "functionName": _NAME, "qualifier": _QUALIFIER, "authorizationType": "AuthType",
            "invokeMode": "InvokeMode",
        },
        {"functionUrl": "FunctionUrl"}, key=("functionName", "qualifier"), silent=("cors",),
    ),
    Kind(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", INVOKED, "FunctionArn",
        {
            "functionName": _NAME, "qualifier": f"unless({_QUALIFIER}, '$LATEST')",
            "destinationConfig": "DestinationConfig.{onFailure: OnFailure.{destination: "
            "Destination}, onSuccess: OnSuccess.{destination: Destination}}",
        },
        key=("functionName", "qualifier"),
        silent=("maximumEventAgeInSeconds", "maximumRetryAttempts"),
    ),
    Kind(
        "aws:lambda/eventSourceMapping:EventSourceMapping", SOURCES, "UUID",
        {
            "functionName": "FunctionArn", "eventSourceArn": "EventSourceArn", "topics": "Topics",
            "queues": "Queues", "kmsKeyArn": "KMSKeyArn",
            "sourceAccessConfigurations": "SourceAccessConfigurations[].{type: Type, uri: URI}",
            "selfManagedEventSource": "SelfManagedEventSource && {endpoints: {"
            "KAFKA_BOOTSTRAP_SERVERS: join(',', "
            "SelfManagedEventSource.Endpoints.KAFKA_BOOTSTRAP_SERVERS || `[]`)}}",
            "destinationConfig": "DestinationConfig.{onFailure: OnFailure.{destinationArn: "
            "Destination}}",
            "amazonManagedKafkaEventSourceConfig": _REGISTRY.format(
                "AmazonManagedKafkaEventSourceConfig"
            ),
            "selfManagedKafkaEventSourceConfig": _REGISTRY.format(
                "SelfManagedKafkaEventSourceConfig"
            ),
        },
        {"arn": "EventSourceMappingArn"}, silent=(
            "batchSize", "bisectBatchOnFunctionError", "documentDbEventSourceConfig", "enabled",
            "filterCriteria", "functionResponseTypes", "maximumBatchingWindowInSeconds",
            "maximumRecordAgeInSeconds", "maximumRetryAttempts", "metricsConfig",
            "parallelizationFactor", "provisionedPollerConfig", "scalingConfig",
            "startingPosition", "startingPositionTimestamp", "tags", "tumblingWindowInSeconds",
            "useResourceTimeoutForPropagation",
        ),
    ),
    Kind(
        "aws:lambda/layerVersionPermission:LayerVersionPermission", LAYER_POLICY,
        "join(',', [_of._of._of.LayerArn, to_string(_of._of.Version), statementId])",
        {
            "layerName": "_of._of._of.LayerName", "versionNumber": "_of._of.Version",
            "statementId": "statementId", "principal": "principal", "action": "action",
            "organizationId": "organizationId",
        },
        key=("layerName", "versionNumber", "statementId"), each="permissions(Policy)",
        silent=("skipDestroy",),
    ),
)  # fmt: skip
