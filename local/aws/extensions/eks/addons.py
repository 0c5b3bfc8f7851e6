"""EKS add-ons: which there are, in which versions, and those of a cluster."""

from typing import Any

import yaml

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
    page,
    refused,
)
from local.aws.extensions.eks.pod_identity import associate
from local.aws.extensions.eks.updates import recorded
from local.aws.extensions.registry import Call, extends

ABSENT = "absent from moto"
COMPUTE_TYPES = ("auto", "ec2", "fargate", "hybrid")


def versions_for(name: str, cluster_version: str) -> list[str]:
    """The versions of an add-on for a Kubernetes version, newest first; first the default."""
    patch = facts("cluster_versions")["versions"][cluster_version]["patch"]
    return [version.format(patch=patch) for version in reversed(facts("addons")[name]["versions"])]


def _version(call: Call, kept: Kept, name: str) -> str:
    if name not in facts("addons"):
        raise invalid(f"Addon {name} specified is not supported", addonName=name)
    offered = versions_for(name, kept.record["version"])
    wanted = str(call.params.get("addonVersion") or offered[0])
    if wanted not in offered:
        raise invalid(
            f"Addon version specified is not supported, {name} has {', '.join(offered)} for "
            f"Kubernetes {kept.record['version']}",
            addonName=name,
        )
    return wanted


def _check_configuration(values: str | None) -> None:
    if not values:
        return
    try:
        parsed = yaml.safe_load(values)
    except yaml.YAMLError as error:
        raise invalid("ConfigurationValue provided in request is not JSON or YAML") from error
    if not isinstance(parsed, dict):
        raise invalid("ConfigurationValue provided in request is not an object")


def _addon(call: Call, kept: Kept) -> Record:
    name = call.params["addonName"]
    if name not in kept.addons:
        raise refused(
            "ResourceNotFoundException",
            f"No addon: {name} found in cluster: {kept.record['name']}",
            clusterName=kept.record["name"],
            addonName=name,
        )
    return kept.addons[name]


def _set_associations(call: Call, kept: Kept, addon: Record, asked: list[Record]) -> None:
    """Replaces the associations that the add-on owns."""
    owned = set(addon.get("podIdentityAssociations") or [])
    for association_id, association in list(kept.associations.items()):
        if association["associationArn"] in owned:
            del kept.associations[association_id]
    namespace = addon["namespaceConfig"]["namespace"]
    made = [
        associate(
            call, kept, entry | {"namespace": namespace, "ownerArn": addon["addonArn"], "tags": {}}
        )
        for entry in asked
    ]
    addon["podIdentityAssociations"] = [entry["associationArn"] for entry in made]


@extends("eks", "CreateAddon", ABSENT)
def create_addon(call: Call) -> Record:
    kept, params = cluster_of(call), call.params
    name, cluster_name = params["addonName"], kept.record["name"]
    version = _version(call, kept, name)
    if name in kept.addons:
        raise refused(
            "ResourceInUseException",
            "Addon already exists.",
            clusterName=cluster_name,
            addonName=name,
        )
    _check_configuration(params.get("configurationValues"))
    row = facts("addons")[name]
    namespace = (params.get("namespaceConfig") or {}).get("namespace") or row["namespace"]
    addon: Record = {
        "addonName": name,
        "clusterName": cluster_name,
        "status": "ACTIVE",
        "addonVersion": version,
        "health": {"issues": []},
        "addonArn": call.arn("eks", f"addon/{cluster_name}/{name}/{new_uuid()}"),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": dict(params.get("tags") or {}),
        "publisher": "eks",
        "owner": row.get("owner", "aws"),
        "namespaceConfig": {"namespace": namespace},
    } | given(params, "serviceAccountRoleArn", "configurationValues")
    if params.get("podIdentityAssociations"):
        _set_associations(call, kept, addon, params["podIdentityAssociations"])
    kept.addons[name] = addon
    return {"addon": addon}


@extends("eks", "DescribeAddon", ABSENT)
def describe_addon(call: Call) -> Record:
    return {"addon": _addon(call, cluster_of(call))}


@extends("eks", "ListAddons", ABSENT)
def list_addons(call: Call) -> Record:
    return listed(call, "addons", list(cluster_of(call).addons))


@extends("eks", "UpdateAddon", ABSENT)
def update_addon(call: Call) -> Record:
    kept, params = cluster_of(call), call.params
    addon, changed = _addon(call, kept), dict[str, object]()
    if params.get("addonVersion"):
        addon["addonVersion"] = _version(call, kept, addon["addonName"])
        changed["AddonVersion"] = addon["addonVersion"]
    _check_configuration(params.get("configurationValues"))
    for member, kind in (
        ("serviceAccountRoleArn", "ServiceAccountRoleArn"),
        ("configurationValues", "ConfigurationValues"),
    ):
        if params.get(member) is not None:
            addon[member] = params[member]
            changed[kind] = params[member]
    if params.get("podIdentityAssociations") is not None:
        _set_associations(call, kept, addon, params["podIdentityAssociations"])
        changed["PodIdentityAssociations"] = addon["podIdentityAssociations"]
    addon["modifiedAt"] = now()
    return {"update": recorded(kept, "AddonUpdate", changed, ("addon", addon["addonName"]))}


@extends("eks", "DeleteAddon", ABSENT)
def delete_addon(call: Call) -> Record:
    kept = cluster_of(call)
    addon = _addon(call, kept)
    _set_associations(call, kept, addon, [])
    del kept.addons[addon["addonName"]]
    return {"addon": addon | {"status": "DELETING"}}


def _compatibilities(name: str, wanted: str | None) -> dict[str, list[Record]]:
    """By add-on version, newest first: the Kubernetes versions it is for."""
    found: dict[str, list[Record]] = {}
    for cluster_version in sorted(facts("cluster_versions")["versions"], reverse=True):
        if wanted not in (None, cluster_version):
            continue
        for position, version in enumerate(versions_for(name, cluster_version)):
            found.setdefault(version, []).append(
                {
                    "clusterVersion": cluster_version,
                    "platformVersions": ["*"],
                    "defaultVersion": position == 0,
                }
            )
    return found


def _description(name: str, row: Record, cluster_version: str | None) -> Record:
    return {
        "addonName": name,
        "type": row["type"],
        "publisher": "eks",
        "owner": row.get("owner", "aws"),
        "defaultNamespace": row["namespace"],
        "addonVersions": [
            {
                "addonVersion": version,
                "architecture": ["amd64", "arm64"],
                "computeTypes": list(COMPUTE_TYPES),
                "compatibilities": compatibilities,
                "requiresConfiguration": False,
                "requiresIamPermissions": bool(row.get("service_accounts")),
            }
            for version, compatibilities in _compatibilities(name, cluster_version).items()
        ],
    }


@extends("eks", "DescribeAddonVersions", ABSENT)
def describe_addon_versions(call: Call) -> Record:
    params, table = call.params, facts("addons")
    cluster_version, name = params.get("kubernetesVersion"), params.get("addonName")
    if cluster_version and cluster_version not in facts("cluster_versions")["versions"]:
        raise invalid(f"unsupported Kubernetes version {cluster_version}")
    if name and name not in table:
        raise invalid(f"Addon {name} specified is not supported", addonName=name)
    rows = {key: row for key, row in table.items() if name in (None, key) and _is(row, params)}
    shown, token = page(call, list(rows))
    addons = [_description(key, rows[key], cluster_version) for key in shown]
    return {"addons": addons} | ({"nextToken": token} if token else {})


def _is(row: Record, params: Record) -> bool:
    facets: dict[str, Any] = {
        "types": row["type"],
        "publishers": "eks",
        "owners": row.get("owner", "aws"),
    }
    return all(not params.get(facet) or value in params[facet] for facet, value in facets.items())


@extends("eks", "DescribeAddonConfiguration", ABSENT)
def describe_addon_configuration(call: Call) -> Record:
    name, version = call.params["addonName"], call.params["addonVersion"]
    if name not in facts("addons") or version not in _compatibilities(name, None):
        raise refused("ResourceNotFoundException", f"No addon {name} in version {version}")
    return {
        "addonName": name,
        "addonVersion": version,
        "configurationSchema": '{"$schema": "http://json-schema.org/draft-07/schema#"}',
        "podIdentityConfiguration": [
            {
                "serviceAccount": service_account,
                "recommendedManagedPolicies": [
                    f"arn:{call.partition}:iam::aws:policy/{policy}" for policy in policies
                ],
            }
            for service_account, policies in facts("addons")[name]
            .get("service_accounts", {})
            .items()
        ],
    }
