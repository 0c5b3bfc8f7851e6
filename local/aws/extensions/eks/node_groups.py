"""EKS managed node groups: what is asked, kept and changed. No machine is started for them."""

from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from werkzeug.exceptions import HTTPException

from local.aws.extensions.eks import surroundings
from local.aws.extensions.eks.access import enter
from local.aws.extensions.eks.kept import (
    Kept,
    Record,
    cluster_of,
    facts,
    given,
    invalid,
    listed,
    new_uuid,
    now,
    refused,
)
from local.aws.extensions.eks.updates import recorded
from local.aws.extensions.registry import Call, extends

DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
LAST_AL2_VERSION = "1.32"
PASSED_THROUGH = ("remoteAccess", "nodeRepairConfig", "warmPoolConfig")


def _group(call: Call, kept: Kept) -> Record:
    name = call.params["nodegroupName"]
    if name not in kept.node_groups:
        raise refused(
            "ResourceNotFoundException",
            f"No node group found for name: {name}.",
            clusterName=kept.record["name"],
            nodegroupName=name,
        )
    return kept.node_groups[name]


def _launch_template(call: Call, asked: Record) -> tuple[Record, Any]:
    """As EKS keeps it: id, name and a version number, whatever of them was given."""
    ec2 = ec2_backends[call.account_id][call.region]
    if bool(asked.get("id")) == bool(asked.get("name")):
        raise invalid("Either the id or the name of the launch template must be given, not both.")
    try:
        if asked.get("id"):
            template = ec2.get_launch_template(asked["id"])
        else:
            template = ec2.get_launch_template_by_name(asked["name"])
    except (HTTPException, ServiceException) as error:
        raise invalid(f"Launch template {asked.get('id') or asked['name']} not found.") from error
    wanted = str(asked.get("version") or template.default_version_number)
    number = {
        "$Default": template.default_version_number,
        "$Latest": template.latest_version_number,
    }.get(wanted, wanted)
    if not 1 <= int(number) <= template.latest_version_number:
        raise invalid(f"Launch template {template.id} has no version {number}.")
    kept = {"id": template.id, "name": template.name, "version": str(number)}
    return kept, template.get_version(number).data


def _check_template(data: Record, params: Record) -> None:
    """docs.aws.amazon.com/eks/latest/userguide/launch-templates.html, read 2026-11-22."""
    if params.get("diskSize"):
        raise invalid("Disk size must be specified within the launch template.")
    if params.get("remoteAccess"):
        raise invalid("Remote access configuration cannot be specified with a launch template.")
    for member in ("IamInstanceProfile", "InstanceInitiatedShutdownBehavior", "HibernationOptions"):
        if data.get(member):
            raise invalid(f"{member} should not be specified in the launch template.")
    for interface in data.get("NetworkInterfaces") or []:
        if interface.get("SubnetId"):
            raise invalid("Subnets should not be specified in the launch template.")
    if data.get("InstanceType") and params.get("instanceTypes"):
        raise invalid("Instance type must be given in the launch template or the request, not both")
    if data.get("ImageId") and params.get("amiType") not in (None, "CUSTOM"):
        raise invalid("You cannot specify an AMI Type other than CUSTOM with an image id.")


def _ami_type(data: Record, params: Record, version: str) -> str:
    if data.get("ImageId"):
        return "CUSTOM"
    ami_type = str(params.get("amiType") or "AL2023_x86_64_STANDARD")
    if ami_type == "CUSTOM":
        raise invalid("Launch template must specify an image id when the AMI type is CUSTOM.")
    if ami_type.startswith("AL2_") and version > LAST_AL2_VERSION:
        raise invalid(
            f"Requested AMI type {ami_type} is supported up to Kubernetes {LAST_AL2_VERSION}, "
            f"and the version is {version}."
        )
    return ami_type


def _scaling(before: Record, asked: Record) -> Record:
    scaling = before | {name: value for name, value in asked.items() if value is not None}
    if not scaling["minSize"] <= scaling["desiredSize"] <= scaling["maxSize"]:
        raise invalid(
            f"desired capacity {scaling['desiredSize']} must lie between minSize "
            f"{scaling['minSize']} and maxSize {scaling['maxSize']}"
        )
    return scaling


def _check_new(call: Call, kept: Kept) -> str:
    """Returns the group's version."""
    params, record = call.params, kept.record
    name = params["nodegroupName"]
    if name in kept.node_groups:
        raise refused(
            "ResourceInUseException",
            f"NodeGroup already exists with name {name} and cluster name {record['name']}",
            clusterName=record["name"],
            nodegroupName=name,
        )
    surroundings.require_role(call, params["nodeRole"], "ec2")
    for subnet_id in params["subnets"]:
        if (
            surroundings.find_subnet(call, subnet_id).vpc_id
            != record["resourcesVpcConfig"]["vpcId"]
        ):
            raise invalid(f"Subnet {subnet_id} is not in the VPC of the cluster")
    version = params.get("version") or record["version"]
    if version not in facts("cluster_versions")["versions"] or version > record["version"]:
        raise invalid(
            f"Requested Nodegroup version {version} is not offered or newer than the cluster's "
            f"{record['version']}"
        )
    return str(version)


def _record(call: Call, kept: Kept, version: str) -> Record:
    params, name, group_uuid = call.params, call.params["nodegroupName"], new_uuid()
    template: Record | None = None
    data: Record = {}
    if params.get("launchTemplate"):
        template, data = _launch_template(call, params["launchTemplate"])
        _check_template(data, params)
    ami_type = _ami_type(data, params, version)
    cluster_name = kept.record["name"]
    record = {
        "nodegroupName": name,
        "nodegroupArn": call.arn("eks", f"nodegroup/{cluster_name}/{name}/{group_uuid}"),
        "clusterName": cluster_name,
        "version": version,
        "createdAt": now(),
        "modifiedAt": now(),
        "status": "ACTIVE",
        "capacityType": params.get("capacityType") or "ON_DEMAND",
        "scalingConfig": _scaling(DEFAULT_SCALING, params.get("scalingConfig") or {}),
        "subnets": list(params["subnets"]),
        "amiType": ami_type,
        "nodeRole": params["nodeRole"],
        "labels": dict(params.get("labels") or {}),
        "taints": list(params.get("taints") or []),
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{group_uuid}"}]},
        "health": {"issues": []},
        "updateConfig": params.get("updateConfig") or {"maxUnavailable": 1},
        "tags": dict(params.get("tags") or {}),
    } | given(params, *PASSED_THROUGH)
    if template is None:
        record["diskSize"] = params.get("diskSize") or 20
    else:
        record["launchTemplate"] = template
    if not data.get("InstanceType"):
        record["instanceTypes"] = list(params.get("instanceTypes") or ["t3.medium"])
    record["releaseVersion"] = _release_version(ami_type, params, version, data)
    return record


def _release_version(ami_type: str, params: Record, version: str, data: Record) -> str:
    if ami_type == "CUSTOM":
        return str(data["ImageId"])
    patch = facts("cluster_versions")["versions"][version]["patch"]
    default = "1.56.0-5f5ae5b1" if ami_type.startswith("BOTTLEROCKET") else f"{patch}-20261112"
    return str(params.get("releaseVersion") or default)


@extends(
    "eks",
    "CreateNodegroup",
    "moto drops updateConfig and nodeRepairConfig, resolves no launch template, defaults to "
    "Kubernetes 1.19 on AL2, and refuses nothing",
)
def create_nodegroup(call: Call) -> Record:
    kept = cluster_of(call)
    version = _check_new(call, kept)
    group = _record(call, kept, version)
    kept.node_groups[group["nodegroupName"]] = group
    mode = kept.record["accessConfig"]["authenticationMode"]
    if mode != "CONFIG_MAP" and group["nodeRole"] not in kept.access_entries:
        windows = group["amiType"].startswith("WINDOWS")
        enter(call, kept, group["nodeRole"], "EC2_WINDOWS" if windows else "EC2_LINUX")
    return {"nodegroup": group}


@extends("eks", "DescribeNodegroup", "from the same records")
def describe_nodegroup(call: Call) -> Record:
    return {"nodegroup": _group(call, cluster_of(call))}


@extends("eks", "ListNodegroups", "from the same records")
def list_nodegroups(call: Call) -> Record:
    return listed(call, "nodegroups", list(cluster_of(call).node_groups))


@extends("eks", "DeleteNodegroup", "from the same records")
def delete_nodegroup(call: Call) -> Record:
    kept = cluster_of(call)
    group = _group(call, kept)
    del kept.node_groups[group["nodegroupName"]]
    return {"nodegroup": group | {"status": "DELETING"}}


@extends("eks", "UpdateNodegroupConfig", "the update is kept for DescribeUpdate")
def update_nodegroup_config(call: Call) -> Record:
    kept, params = cluster_of(call), call.params
    group, changed = _group(call, kept), dict[str, object]()
    if params.get("scalingConfig"):
        group["scalingConfig"] = _scaling(group["scalingConfig"], params["scalingConfig"])
        changed |= {
            member[0].upper() + member[1:]: str(size)
            for member, size in group["scalingConfig"].items()
        }
    if params.get("labels"):
        added = params["labels"].get("addOrUpdateLabels") or {}
        removed = params["labels"].get("removeLabels") or []
        group["labels"] = {k: v for k, v in group["labels"].items() if k not in removed} | added
        changed |= {"LabelsToAdd": added, "LabelsToRemove": removed}
    if params.get("taints"):
        changed |= _change_taints(group, params["taints"])
    for member, kind in (
        ("updateConfig", "MaxUnavailable"),
        ("nodeRepairConfig", "NodeRepairConfig"),
        ("warmPoolConfig", "WarmPoolEnabled"),
    ):
        if params.get(member) is not None:
            group[member] = params[member]
            changed[kind] = params[member]
    group["modifiedAt"] = now()
    of = ("nodegroup", group["nodegroupName"])
    return {"update": recorded(kept, "ConfigUpdate", changed, of)}


def _change_taints(group: Record, asked: Record) -> dict[str, object]:
    added, removed = asked.get("addOrUpdateTaints") or [], asked.get("removeTaints") or []
    gone = {(taint["key"], taint["effect"]) for taint in (*added, *removed)}
    kept = [taint for taint in group["taints"] if (taint["key"], taint["effect"]) not in gone]
    group["taints"] = kept + list(added)
    return {"TaintsToAdd": added, "TaintsToRemove": removed}


@extends("eks", "UpdateNodegroupVersion", "absent from moto")
def update_nodegroup_version(call: Call) -> Record:
    kept, params = cluster_of(call), call.params
    group, changed = _group(call, kept), dict[str, object]()
    version = params.get("version") or group["version"]
    if not group["version"] <= version <= kept.record["version"]:
        raise invalid(
            f"Requested Nodegroup version {version} must lie between the node group's "
            f"{group['version']} and the cluster's {kept.record['version']}"
        )
    data: Record = {}
    if params.get("launchTemplate"):
        if "launchTemplate" not in group:
            raise invalid("A node group made without a launch template cannot be given one.")
        template, data = _launch_template(call, params["launchTemplate"])
        if template["id"] != group["launchTemplate"]["id"]:
            raise invalid("You must use the same launch template, in another version.")
        group["launchTemplate"] = template
        changed["LaunchTemplateVersion"] = template["version"]
    if group["amiType"] != "CUSTOM" or data.get("ImageId"):
        group["version"] = version
        group["releaseVersion"] = _release_version(group["amiType"], params, version, data)
        changed |= {"Version": version, "ReleaseVersion": group["releaseVersion"]}
    group["modifiedAt"] = now()
    of = ("nodegroup", group["nodegroupName"])
    return {"update": recorded(kept, "VersionUpdate", changed, of)}
