"""Launch templates. Every change is a new version; old versions stay as AWS keeps them."""

from collections.abc import Mapping
from typing import Any, Final

from local.aws.resources.forms import ec2_arn
from local.aws.translate.calls import Call
from local.aws.translate.compare import same
from local.aws.translate.shapes import from_api
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags
from local.provider_answers import ProviderError
from local.provider_values import Properties

# Properties that are not part of a version's data.
OUTSIDE: Final = frozenset({"name", "namePrefix", "defaultVersion", "updateDefaultVersion"})


def _read(call: Call) -> Mapping[str, Any] | None:
    template = call.find(
        "describe_launch_templates", "LaunchTemplates[0]", LaunchTemplateIds=[call.id]
    )
    if not template:
        return None
    latest = _latest(call)
    description = {"VersionDescription": latest.get("VersionDescription")}
    return {**latest["LaunchTemplateData"], **description, **template}


def _latest(call: Call) -> Mapping[str, Any]:
    found: Mapping[str, Any] = call.find(
        "describe_launch_template_versions",
        "LaunchTemplateVersions[0]",
        LaunchTemplateId=call.id,
        Versions=["$Latest"],
    )
    return found


def _new_version(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """A version equal to the latest is not made again: an interrupted update may be repeated."""
    latest = _latest(call)
    number = latest["VersionNumber"]
    if changed - OUTSIDE - {"tags", "tagsAll"}:
        request, failures = call.request("create_launch_template_version")
        if failures:
            raise ProviderError(f"{call.what}: {failures[0].property}: {failures[0].reason}")
        asked = (request.get("LaunchTemplateData", {}), request.get("VersionDescription"))
        told = (latest["LaunchTemplateData"], latest.get("VersionDescription"))
        if not same(from_api([*asked], {}), from_api([*told], {}), "set"):
            request.setdefault("LaunchTemplateData", {})
            answer = call.send(
                "create_launch_template_version", LaunchTemplateId=call.id, **request
            )
            number = answer["LaunchTemplateVersion"]["VersionNumber"]
    wanted = call.inputs.get("defaultVersion") if "defaultVersion" in changed else None
    if call.inputs.get("updateDefaultVersion"):
        wanted = number
    if wanted is not None:
        call.send("modify_launch_template", LaunchTemplateId=call.id, DefaultVersion=str(wanted))


def _empty_data(call: Call) -> Mapping[str, Any]:
    """EC2 asks for the data even when there is none."""
    outside = {*OUTSIDE, "description", "region", "tags", "tagsAll", "__defaults"}
    return {} if call.inputs.keys() - outside else {"LaunchTemplateData": {}}


DATA_NAMES: Final = [
    "capacityReservationSpecification",
    "cpuOptions",
    "creditSpecification",
    "disableApiStop",
    "disableApiTermination",
    "ebsOptimized",
    "enclaveOptions",
    "hibernationOptions",
    "iamInstanceProfile",
    "imageId",
    "instanceInitiatedShutdownBehavior",
    "instanceMarketOptions",
    "instanceRequirements",
    "instanceType",
    "kernelId",
    "keyName",
    "licenseSpecifications",
    "maintenanceOptions",
    "metadataOptions",
    "monitoring",
    "networkPerformanceOptions",
    "placement",
    "privateDnsNameOptions",
    "ramDiskId",
]

LAUNCH_TEMPLATE = Resource(
    token="aws:ec2/launchTemplate:LaunchTemplate",
    service="ec2",
    create="create_launch_template",
    within="LaunchTemplateData",
    members=_empty_data,
    id_path="LaunchTemplate.LaunchTemplateId",
    id_member="LaunchTemplateId",
    read=_read,
    update=_new_version,
    delete="delete_launch_template",
    missing=(
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateName.NotFoundException",
        "InvalidLaunchTemplateId.VersionNotFound",
    ),
    tags=Ec2Tags("launch-template"),
    auto_name="name",
    properties={
        "name": Property(member="LaunchTemplateName", replaces=True),
        "namePrefix": Property(local=True, replaces=True),
        "description": Property(member="VersionDescription"),
        "defaultVersion": Property(computed=True, hooked=True, read="DefaultVersionNumber"),
        "updateDefaultVersion": Property(local=True),
        "userData": Property(kind="base64"),
        "blockDeviceMappings": Property(),
        "networkInterfaces": Property(
            renames={
                "securityGroups": "Groups",
                "ipv4AddressCount": "SecondaryPrivateIpAddressCount",
            }
        ),
        "securityGroupNames": Property(member="SecurityGroups", kind="set"),
        "vpcSecurityGroupIds": Property(member="SecurityGroupIds", kind="set"),
        # The request has TagSpecifications of its own, for the template.
        "tagSpecifications": Property(
            member="LaunchTemplateData.TagSpecifications", kind="set", read="TagSpecifications"
        ),
        **{name: Property(kind="set") for name in DATA_NAMES},
    },
    computed={"arn": ec2_arn("launch-template"), "latestVersion": "LatestVersionNumber"},
    volatile=("defaultVersion", "latestVersion"),
)
TABLE = (LAUNCH_TEMPLATE,)
