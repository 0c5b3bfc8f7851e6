"""SageMaker's notebooks, domains and models as AWS tells of them.

Written by hand from the SageMaker API reference (read 2026-11-30), apart from the tables of the
reader.
"""

import datetime
from typing import Any, Final

from model.deployment import Node
from tests.automation.described.answers import Answers, Asked, Item
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack
from tests.policies.mutations.studios import DOMAIN, MODEL, NOTEBOOK

TYPES: Final = (NOTEBOOK, DOMAIN, MODEL)
_MADE: Final = datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)
_ARN: Final = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
_PAGE: Final = 1


def real_id(node: Node) -> str:
    """As the provider calls it: a domain by the id that AWS gives, and others by their names."""
    return f"d-{node.resource.name}" if node.resource.type == DOMAIN else node.resource.name


def tell(answers: Answers, stack: Stack) -> None:
    """All of them, one at a time, after a model that others have."""
    notebooks = {node.resource.name: node for node in stack.each(NOTEBOOK)}
    domains = {real_id(node): node for node in stack.each(DOMAIN)}
    models = {node.resource.name: node for node in stack.each(MODEL)}
    answers.says("sagemaker", "ListNotebookInstances", lambda asked: _page(asked, [
        {"NotebookInstanceName": name, "NotebookInstanceArn": f"{_ARN}:notebook-instance/{name}",
         "NotebookInstanceStatus": "InService"} for name in notebooks
    ], "NotebookInstances"))  # fmt: skip
    answers.says("sagemaker", "DescribeNotebookInstance", lambda asked: _notebook(
        notebooks[asked["NotebookInstanceName"]]
    ))  # fmt: skip
    answers.says("sagemaker", "ListDomains", lambda asked: _page(asked, [
        {"DomainId": id_, "DomainName": "x", "Status": "InService"} for id_ in domains
    ], "Domains"))  # fmt: skip
    answers.says("sagemaker", "DescribeDomain", lambda asked: _domain(domains[asked["DomainId"]]))
    listed = [{"ModelName": name, "ModelArn": f"{_ARN}:model/{name}", "CreationTime": _MADE}
              for name in ("of-others", *models)]  # fmt: skip
    answers.says("sagemaker", "ListModels", lambda asked: _page(asked, listed, "Models"))

    def model(asked: Asked) -> Item:
        name = asked["ModelName"]
        if name in models:
            return _model(models[name])
        image = {"Image": "docker.io/x", "Mode": "SingleModel"}
        return {**_named(name, "Model", "model"), "CreationTime": _MADE, "PrimaryContainer": image}

    answers.says("sagemaker", "DescribeModel", model)


def _page(asked: Asked, items: list[Item], member: str) -> Item:
    begin = int(asked.get("NextToken", 0))
    more = begin + _PAGE < len(items)
    token = {"NextToken": str(begin + _PAGE)} if more else {}
    return {member: items[begin : begin + _PAGE], **token}


def _named(name: str, noun: str, path: str) -> Item:
    return {f"{noun}Name": name, f"{noun}Arn": f"{_ARN}:{path}/{name}"}


def _notebook(node: Node) -> Item:
    props = node.resource.props
    told: Item = {
        **_named(node.resource.name, "NotebookInstance", "notebook-instance"),
        "NotebookInstanceStatus": "InService", "InstanceType": props["instanceType"],
        "RoleArn": props["roleArn"], "RootAccess": "Enabled", "VolumeSizeInGB": 5,
        "DirectInternetAccess": props.get("directInternetAccess", "Enabled"),
        "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
    }  # fmt: skip
    if "subnetId" in props:
        told |= {"SubnetId": props["subnetId"], "SecurityGroups": props["securityGroups"],
                 "NetworkInterfaceId": "eni-0123456789abcdef0"}  # fmt: skip
    return told


def _domain(node: Node) -> Item:
    props = node.resource.props
    settings = props["defaultUserSettings"]
    docker = props["domainSettings"]["dockerSettings"]
    return {
        "DomainId": real_id(node), "DomainArn": f"{_ARN}:domain/{real_id(node)}",
        "DomainName": props["domainName"], "Status": "InService", "AuthMode": props["authMode"],
        "VpcId": props["vpcId"], "SubnetIds": props["subnetIds"], "HomeEfsFileSystemId": "fs-1",
        "AppNetworkAccessType": props.get("appNetworkAccessType", "PublicInternetOnly"),
        "DefaultUserSettings": {
            "ExecutionRole": settings["executionRole"],
            "SecurityGroups": settings["securityGroups"], "StudioWebPortal": "ENABLED",
            "JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}},
            "SharingSettings": {
                "NotebookOutputOption": "Allowed",
                "S3OutputPath": settings["sharingSettings"]["s3OutputPath"],
            },
            "CanvasAppSettings": _canvas(settings.get("canvasAppSettings", {})),
        },
        "DomainSettings": {"DockerSettings": {
            "EnableDockerAccess": "ENABLED",
            "VpcOnlyTrustedAccounts": docker["vpcOnlyTrustedAccounts"],
        }},
        "TagPropagation": "DISABLED",
    }  # fmt: skip


def _model(node: Node) -> Item:
    props = node.resource.props
    told: Item = {
        **_named(node.resource.name, "Model", "model"), "CreationTime": _MADE,
        "ExecutionRoleArn": props["executionRoleArn"],
        "EnableNetworkIsolation": props.get("enableNetworkIsolation", False),
        "DeploymentRecommendation": {"RecommendationStatus": "IN_PROGRESS"},
    }  # fmt: skip
    if "primaryContainer" in props:
        told["PrimaryContainer"] = _container(props["primaryContainer"])
    if "containers" in props:
        told["Containers"] = [_container(one) for one in props["containers"]]
    if "vpcConfig" in props:
        where = props["vpcConfig"]
        told["VpcConfig"] = {"Subnets": where["subnets"],
                             "SecurityGroupIds": where["securityGroupIds"]}  # fmt: skip
    return told


def _canvas(said: Any) -> Item:
    """Where what people make in it is kept."""
    kept = said.get("workspaceSettings")
    return {"WorkspaceSettings": {"S3ArtifactPath": kept["s3ArtifactPath"]}} if kept else {}


def _container(said: Any) -> Item:
    variables = {"MODEL_HOST": "models.corp.internal"}
    told: Item = {"Image": said["image"], "Mode": "SingleModel", "Environment": variables,
                  "ModelDataUrl": said["modelDataUrl"]}  # fmt: skip
    if "modelPackageName" in said:
        told["ModelPackageName"] = said["modelPackageName"]
    if "modelDataSource" in said:
        told["ModelDataSource"] = _fetched(said["modelDataSource"])
    if "additionalModelDataSources" in said:
        told["AdditionalModelDataSources"] = [
            {"ChannelName": "x", **_fetched(one)} for one in said["additionalModelDataSources"]
        ]
    return told


def _fetched(said: Any) -> Item:
    """A source: one, of which a program makes a list."""
    (source,) = said["s3DataSources"]
    how = {"S3DataType": "S3Prefix", "CompressionType": "None"}
    return {"S3DataSource": {"S3Uri": source["s3Uri"], **how}}
