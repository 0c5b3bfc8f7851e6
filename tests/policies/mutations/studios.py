"""SageMaker beside a cluster: a notebook, a domain of Studio and a model, where each runs.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.functions import FUNCTION, NAT_DOORS, behind_nat
from tests.policies.mutations.mutation import (
    ABSENT,
    Change,
    build,
    each_opens,
    made_with,
    opens,
)
from tests.policies.mutations.parts import GROUP, SUBNET, cluster_subnets, cluster_vpc
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, Of, Stack
from tests.policies.mutations.streams import BUCKET, streams
from tests.policies.mutations.tasks import DIGEST, REGISTRY

NOTEBOOK: Final = "aws:sagemaker/notebookInstance:NotebookInstance"
DOMAIN: Final = "aws:sagemaker/domain:Domain"
MODEL: Final = "aws:sagemaker/model:Model"
_CONFIG: Final = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/studio"


def _notebook(stack: Stack, subnet: Node, group: Node) -> Node:
    return stack.makes(NOTEBOOK, "notebook", {
        "roleArn": _ROLE, "instanceType": "ml.t3.medium", "directInternetAccess": "Disabled",
        "subnetId": Of(subnet), "securityGroups": [Of(group)],
    })  # fmt: skip


def studios(stack: Stack) -> list[Node]:
    """One of each, kept to the VPC, a model that has no network, and where a model is asked."""
    subnet, vpc = cluster_subnets(stack)[0], cluster_vpc(stack)
    group = stack.makes(GROUP, "studio", {"vpcId": Of(vpc)})
    bucket = next(node for node in streams(stack) if node.resource.type == BUCKET)
    kept = f"s3://{bucket.resource.props['bucket']}"
    container = {"image": f"{REGISTRY}/model{DIGEST}", "modelDataUrl": f"{kept}/model.tar.gz"}
    served = {"executionRoleArn": _ROLE, "primaryContainer": container}
    shared = {"notebookOutputOption": "Allowed", "s3OutputPath": f"{kept}/shared"}
    model = stack.makes(
        MODEL,
        "model",
        {**served, "vpcConfig": {"subnets": [Of(subnet)], "securityGroupIds": [Of(group)]}},
    )
    variant = {"modelName": Of(model, "name"), "coreDumpConfig": {"destinationS3Uri": kept}}
    return [
        group, bucket, _notebook(stack, subnet, group), model,
        stack.makes(MODEL, "alone", {**served, "enableNetworkIsolation": True}),
        stack.makes(DOMAIN, "domain", {
            "domainName": "domain", "authMode": "IAM", "vpcId": Of(vpc),
            "appNetworkAccessType": "VpcOnly", "subnetIds": [Of(subnet)],
            "domainSettings": {"dockerSettings": {"vpcOnlyTrustedAccounts": [ACCOUNT]}},
            "defaultUserSettings": {
                "executionRole": _ROLE, "securityGroups": [Of(group)], "sharingSettings": shared,
            },
        }),
        stack.makes(_CONFIG, "served", {"productionVariants": [variant]}),
    ]  # fmt: skip


def _opened(type_: str, path: str, value: Any) -> Change:
    return made_with(studios, type_, path, value)


def _behind_nat(stack: Stack) -> list[Node]:
    nodes = [node for node in behind_nat(stack) if node.resource.type != FUNCTION]
    subnet = next(n for n in nodes if (n.resource.type, n.resource.name) == (SUBNET, "function"))
    group = next(n for n in nodes if n.resource.type == GROUP)
    return [*nodes, _notebook(stack, subnet, group)]


MUTATIONS = (
    opens("a notebook with the internet before it", "CN-259",
          _opened(NOTEBOOK, "directInternetAccess", "Enabled")),
)  # fmt: skip
_CAPTURED: Final = {"destinationS3Uri": "s3://of-others/captured"}
_FETCHED: Final = {"s3DataSources": [{"s3Uri": "s3://of-others/model"}]}
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-259", NOTEBOOK, "directInternetAccess", ABSENT),
    ("CN-259", NOTEBOOK, "subnetId", ABSENT),
    ("CN-259", DOMAIN, "appNetworkAccessType", "PublicInternetOnly"),
    ("CN-259", DOMAIN, "appNetworkAccessType", ABSENT),
    ("CN-259", DOMAIN, "appNetworkAccessType", UNKNOWN),
    ("CN-259", DOMAIN, "domainSettings.dockerSettings.vpcOnlyTrustedAccounts", [FOREIGN]),
    ("CN-259", DOMAIN, "domainSettings.dockerSettings.vpcOnlyTrustedAccounts", UNKNOWN),
    ("CN-259", MODEL, "vpcConfig", ABSENT),
    ("CN-145", MODEL, "primaryContainer.image", f"docker.io/x{DIGEST}"),
    ("CN-146", MODEL, "primaryContainer.image", f"{REGISTRY}/x:7"),
    ("CN-004", NOTEBOOK, "securityGroups", ["sg-0123456789abcdef0"]),
    ("CN-004", _CONFIG, "dataCaptureConfig", _CAPTURED),
    ("CN-004", _CONFIG, "productionVariants.0.modelName", "of-others"),
    ("CN-004", _CONFIG, "productionVariants.0.coreDumpConfig", _CAPTURED),
    ("CN-004", _CONFIG, "shadowProductionVariants", [{"coreDumpConfig": _CAPTURED}]),
    ("CN-004", DOMAIN, "defaultUserSettings.sharingSettings.s3OutputPath", "s3://of-others"),
    ("CN-004", DOMAIN, "defaultUserSettings.canvasAppSettings.workspaceSettings",
     {"s3ArtifactPath": "s3://of-others/canvas"}),
    ("CN-004", MODEL, "primaryContainer.modelDataUrl", "s3://of-others/model.tar.gz"),
    ("CN-004", MODEL, "primaryContainer.modelDataSource", _FETCHED),
    ("CN-004", MODEL, "primaryContainer.additionalModelDataSources", [_FETCHED]),
    ("CN-004", MODEL, "primaryContainer.modelPackageName", "of-others"),
    ("CN-136", DOMAIN, "defaultUserSettings.executionRole", _ROLE.replace(ACCOUNT, FOREIGN)),
    ("CN-136", NOTEBOOK, "roleArn", _ROLE.replace(ACCOUNT, FOREIGN)),
    ("CN-136", MODEL, "executionRoleArn", _ROLE.replace(ACCOUNT, FOREIGN)),
)  # fmt: skip
FURTHER: Final = (
    *each_opens(_FURTHER, _opened, also="reach"),
    opens("a notebook whose subnet leads to a NAT gateway", f"{NAT_DOORS} reach",
          build(_behind_nat), "CN-100"),
)  # fmt: skip
