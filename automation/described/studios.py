"""SageMaker: notebooks, domains of Studio, and models, where their programs run; and by which
configuration an endpoint asks models.

Shapes are those of boto3's own models of DescribeNotebookInstance, DescribeDomain, DescribeModel
and DescribeEndpoint. A configuration is never changed, but another one taken (SageMaker API
reference, UpdateEndpoint). What is being deleted is there until it is gone: that may fail. Read
2026-11-30.
"""

from typing import Final

from automation.described.calls import Call, From, Kind, named

_NOTEBOOK: Final = "aws:sagemaker/notebookInstance:NotebookInstance"
_DOMAIN: Final = "aws:sagemaker/domain:Domain"
_MODEL: Final = "aws:sagemaker/model:Model"
_ENDPOINT: Final = "aws:sagemaker/endpoint:Endpoint"
_TYPES: Final = (_NOTEBOOK, _DOMAIN, _MODEL)

_LISTED_NOTEBOOKS: Final = Call(
    "sagemaker", "list_notebook_instances", "NotebookInstances[]", recorded=_TYPES,
)  # fmt: skip
NOTEBOOKS: Final = Call(
    "sagemaker", "describe_notebook_instance", "[@]",
    {"NotebookInstanceName": From("NotebookInstanceName")}, of=_LISTED_NOTEBOOKS, every=True,
    ids=f"[NotebookInstanceArn, {named(_NOTEBOOK, 'NotebookInstanceName')}]",
    within="[[SubnetId], SecurityGroups][]", recorded=_TYPES,
)  # fmt: skip
_LISTED_DOMAINS: Final = Call("sagemaker", "list_domains", "Domains[]", recorded=_TYPES)
DOMAINS: Final = Call(
    "sagemaker", "describe_domain", "[@]", {"DomainId": From("DomainId")}, of=_LISTED_DOMAINS,
    every=True, ids="[DomainId, DomainArn]", within="[[VpcId], SubnetIds][]", recorded=_TYPES,
)  # fmt: skip
_LISTED_MODELS: Final = Call("sagemaker", "list_models", "Models[]", recorded=_TYPES)
MODELS: Final = Call(
    "sagemaker", "describe_model", "[@]", {"ModelName": From("ModelName")}, of=_LISTED_MODELS,
    every=True, ids=f"[ModelArn, {named(_MODEL, 'ModelName')}]",
    within="[VpcConfig.Subnets, VpcConfig.SecurityGroupIds][]", recorded=_TYPES,
)  # fmt: skip
_LISTED_ENDPOINTS: Final = Call(
    "sagemaker", "list_endpoints", "Endpoints[]", owned=True,
    ids=f"[EndpointArn, {named(_ENDPOINT, 'EndpointName')}]", recorded=(_ENDPOINT,),
)  # fmt: skip
ENDPOINTS: Final = Call(
    "sagemaker", "describe_endpoint", "[@]", {"EndpointName": From("EndpointName")},
    of=_LISTED_ENDPOINTS, ids=f"[EndpointArn, {named(_ENDPOINT, 'EndpointName')}]",
    recorded=(_ENDPOINT,),
)  # fmt: skip

KINDS: Final = (
    Kind(
        _NOTEBOOK, NOTEBOOKS, "NotebookInstanceName",
        {
            "name": "NotebookInstanceName", "instanceType": "InstanceType", "roleArn": "RoleArn",
            "directInternetAccess": "DirectInternetAccess", "subnetId": "SubnetId",
            "securityGroups": "SecurityGroups", "kmsKeyId": "KmsKeyId", "rootAccess": "RootAccess",
            "lifecycleConfigName": "NotebookInstanceLifecycleConfigName",
            "defaultCodeRepository": "DefaultCodeRepository",
            "additionalCodeRepositories": "AdditionalCodeRepositories",
            "platformIdentifier": "PlatformIdentifier",
            "instanceMetadataServiceConfiguration": "camel(InstanceMetadataServiceConfiguration)",
        },
        {"arn": "NotebookInstanceArn", "networkInterfaceId": "NetworkInterfaceId"}, key=("name",),
        silent=("tags", "volumeSize"),
    ),
    Kind(
        _DOMAIN, DOMAINS, "DomainId",
        {
            "domainName": "DomainName", "authMode": "AuthMode", "vpcId": "VpcId",
            "subnetIds": "SubnetIds", "appNetworkAccessType": "AppNetworkAccessType",
            "appSecurityGroupManagement": "AppSecurityGroupManagement", "kmsKeyId": "KmsKeyId",
            "defaultUserSettings": "camel(DefaultUserSettings)",
            "defaultSpaceSettings": "camel(DefaultSpaceSettings)",
            "domainSettings": "camel(DomainSettings)",
        },
        {"arn": "DomainArn", "homeEfsFileSystemId": "HomeEfsFileSystemId"},
        silent=("retentionPolicy", "tagPropagation", "tags"),
    ),
    Kind(
        _MODEL, MODELS, "ModelName",
        {
            "name": "ModelName", "executionRoleArn": "ExecutionRoleArn",
            "primaryContainer": "camel(PrimaryContainer)", "containers": "camel(Containers)",
            "vpcConfig": "VpcConfig.{subnets: Subnets, securityGroupIds: SecurityGroupIds}",
            "enableNetworkIsolation": "EnableNetworkIsolation",
            "inferenceExecutionConfig": "camel(InferenceExecutionConfig)",
        },
        {"arn": "ModelArn", "name": "ModelName"}, key=("name",), silent=("tags",),
    ),
    Kind(
        _ENDPOINT, ENDPOINTS, "EndpointName",
        {"name": "EndpointName", "endpointConfigName": "EndpointConfigName"},
        {"arn": "EndpointArn", "name": "EndpointName"}, key=("name",),
        silent=("deploymentConfig", "tags"),
    ),
)  # fmt: skip
