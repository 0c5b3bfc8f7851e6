"""SageMaker: notebooks, domains of Studio, and models, where their programs run.

Each runs people's programs in AWS's own network, with the internet before it, unless it is told to
keep to a VPC; a model may do without any network. Where one in a VPC reaches, the proof asks
(model/build_functions.py). Who may open a notebook, IAM decides for each presigned URL.

SageMaker developer guide: studio-notebooks-and-internet-access, appendix-notebook-and-internet-
access, host-vpc, mkt-algo-model-internet-free; API reference, DockerSettings (accounts that are
trusted in VPC-only mode). Read 2026-11-30.
"""

from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import ACCOUNT, UNKNOWN, at, each, is_set, listed, says, true

NOTEBOOK: Final = "aws:sagemaker/notebookInstance:NotebookInstance"
DOMAIN: Final = "aws:sagemaker/domain:Domain"
MODEL: Final = "aws:sagemaker/model:Model"
# By type: in which inputs the subnets and the security groups stand.
PLACED: Final = {
    NOTEBOOK: ("subnetId", "securityGroups"),
    DOMAIN: ("subnetIds", "defaultUserSettings.securityGroups"),
    MODEL: ("vpcConfig.subnets", "vpcConfig.securityGroupIds"),
}
_KEPT_IN: Final = {NOTEBOOK: ("directInternetAccess", "Disabled"),
                   DOMAIN: ("appNetworkAccessType", "VpcOnly")}  # fmt: skip
CONTAINERS: Final = ("primaryContainer", "containers")
_TRUSTED: Final = "domainSettings.dockerSettings.vpcOnlyTrustedAccounts"


def _outside_vpc(resource: Resource, boundary: Boundary) -> Iterator[str]:
    key, wanted = _KEPT_IN.get(resource.type, ("", ""))
    value = resource.props.get(key)
    if key and value != wanted:
        yield f"{key} is {says(value)}, not {wanted}: it has the internet before it"
    path = PLACED[resource.type][0]
    where = at(resource.props, *path.split("."))
    alone = resource.type == MODEL and true(resource.props.get("enableNetworkIsolation"))
    # The id of one subnet is unknown before that is made; of a list somebody knows the length.
    unknown = where is UNKNOWN and resource.type != NOTEBOOK
    if not alone and (unknown or not is_set(where)):
        yield f"has {path} {says(where)}, so it runs in AWS's network"
    for index, account in each(at(resource.props, *_TRUSTED.split("."))):
        if not listed(account, boundary.accounts):
            said = says(account, ACCOUNT)
            yield f"{_TRUSTED}{index} is {said}, which boundary.accounts does not list"


def images(resource: Resource) -> Iterator[tuple[str, Any]]:
    """The images of a model, of each container its own."""
    for key in CONTAINERS if resource.type == MODEL else ():
        for index, container in each(resource.props.get(key)):
            image = UNKNOWN if container is UNKNOWN else at(container, "image")
            if is_set(image):  # else a package of models names it
                yield f"{key}{index}.image", image


CHECKS: dict[str, Check] = {"CN-259": _outside_vpc}
