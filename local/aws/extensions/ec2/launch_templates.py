"""Launch template versions: data as it was given, from the source version on, and deletable."""

from moto.core.types import Base64EncodedString
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion

from local.aws.extensions.ec2.kept import Record, ec2, tags_of
from local.aws.extensions.registry import Call, Refused, extends, patch


def _template(call: Call) -> LaunchTemplate:
    params = call.params
    if params.get("LaunchTemplateId"):
        return ec2(call).get_launch_template(params["LaunchTemplateId"])
    if not params.get("LaunchTemplateName"):
        raise Refused(
            "MissingParameter", "The request must include LaunchTemplateId or LaunchTemplateName."
        )
    return ec2(call).get_launch_template_by_name(params["LaunchTemplateName"])


def _data(given: Record) -> Record:
    """moto insists that user data is its own type of string when an instance reads it."""
    user_data = given.get("UserData")
    return given | ({"UserData": Base64EncodedString(user_data)} if user_data else {})


def _check_data(data: Record) -> None:
    """docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html"""
    if not data:
        raise Refused("MissingParameter", "LaunchTemplateData must not be empty")
    if data.get("NetworkInterfaces") and data.get("SecurityGroupIds"):
        raise Refused(
            "InvalidParameterCombination",
            "Network interfaces and an instance-level security groups may not be specified on the "
            "same request",
        )
    limit = (data.get("MetadataOptions") or {}).get("HttpPutResponseHopLimit")
    if limit is not None and not 1 <= limit <= 64:
        raise Refused("InvalidParameterValue", f"HttpPutResponseHopLimit {limit} is not in 1 to 64")


def _created_by(call: Call) -> str:
    return f"arn:{call.partition}:iam::{call.account_id}:root"


def _description(call: Call, template: LaunchTemplate) -> Record:
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "CreateTime": template.create_time,
        "CreatedBy": _created_by(call),
        "DefaultVersionNumber": template.default_version_number,
        "LatestVersionNumber": template.latest_version_number,
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in template.get_tags()],
    }


@extends("ec2", "CreateLaunchTemplate", "moto mixes the template's own tags into its data")
def create_launch_template(call: Call) -> Record:
    params = call.params
    _check_data(params["LaunchTemplateData"])
    template = ec2(call).create_launch_template(
        params["LaunchTemplateName"],
        params.get("VersionDescription") or "",
        _data(params["LaunchTemplateData"]),
        {"launch-template": tags_of(params, "launch-template")},
    )
    return {"LaunchTemplate": _description(call, template)}


@extends("ec2", "CreateLaunchTemplateVersion", "moto leaves the source version out")
def create_launch_template_version(call: Call) -> Record:
    params, template = call.params, _template(call)
    source = params.get("SourceVersion")
    inherited = _version(template, source).data if source else {}
    data = inherited | _data(params["LaunchTemplateData"])
    _check_data(data)
    version = template.create_version(data, params.get("VersionDescription") or "")
    version.number = 1 + max((v.number for v in template.versions[:-1]), default=0)
    return {
        "LaunchTemplateVersion": {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "VersionNumber": version.number,
            "VersionDescription": version.description or None,
            "CreateTime": version.create_time,
            "CreatedBy": _created_by(call),
            "DefaultVersion": template.is_default(version),
            "LaunchTemplateData": version.data,
        }
    }


def _version(template: LaunchTemplate, wanted: str) -> LaunchTemplateVersion:
    number = {
        "$latest": template.versions[-1].number,
        "$default": template.default_version_number,
    }.get(str(wanted).lower(), wanted)
    for version in template.versions:
        if str(version.number) == str(number):
            return version
    raise Refused(
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find the specified version {wanted} for the launch template with ID "
        f"{template.id}.",
    )


def install() -> None:
    """Versions are found by their number, since deleted ones leave gaps."""
    patch(
        LaunchTemplate,
        get_version=_version,
        default_version=lambda template: _version(template, "$Default"),
    )


@extends("ec2", "DeleteLaunchTemplateVersions", "absent from moto")
def delete_launch_template_versions(call: Call) -> Record:
    template = _template(call)
    done, failed = [], []
    for wanted in call.params["Versions"]:
        told = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
        version = next((v for v in template.versions if str(v.number) == str(wanted)), None)
        if version is None or template.is_default(version):
            code = "launchTemplateVersionDoesNotExist" if version is None else "unexpectedError"
            message = "no such version" if version is None else "the default version"
            error = {"Code": code, "Message": f"Version {wanted}: {message}"}
            failed.append(told | {"VersionNumber": int(wanted), "ResponseError": error})
            continue
        template.versions.remove(version)
        done.append(told | {"VersionNumber": version.number})
    return {
        "SuccessfullyDeletedLaunchTemplateVersions": done,
        "UnsuccessfullyDeletedLaunchTemplateVersions": failed,
    }
