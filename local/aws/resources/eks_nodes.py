"""EKS node groups and add-ons."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.aws.resources.eks import MISSING, PENDING, eks_tags
from local.aws.resources.forms import (
    CHOSEN,
    CHOSEN_ONCE,
    LOCAL,
    NAMING,
    REPLACES,
    REQUIRED,
)
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.provider_values import Properties


def _node_group_members(call: Call) -> Mapping[str, Any]:
    return {"taints": _taints(call.inputs["taints"])} if call.inputs.get("taints") else {}


def _taints(wanted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{k: taint[k] for k in ("key", "value", "effect") if taint.get(k)} for taint in wanted]


def _change_node_group(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    names = {
        "clusterName": call.inputs["clusterName"],
        "nodegroupName": call.inputs["nodeGroupName"],
    }
    versions = changed & {"version", "releaseVersion", "launchTemplate"}
    if versions:
        request, _ = call.request("update_nodegroup_version", {*versions, "forceUpdateVersion"})
        call.send("update_nodegroup_version", **{**request, **names})
        call.wait_until_settled()
    config = changed & {"scalingConfig", "updateConfig", "nodeRepairConfig", "labels", "taints"}
    if not config:
        return
    request, _ = call.request("update_nodegroup_config", config - {"labels", "taints"})
    if "labels" in config:
        before, after = olds.get("labels") or {}, call.inputs.get("labels") or {}
        request["labels"] = {
            "addOrUpdateLabels": {k: str(v) for k, v in after.items() if before.get(k) != v},
            "removeLabels": sorted(before.keys() - after.keys()),
        }
    if "taints" in config:
        old_taints, new_taints = (
            _taints(olds.get("taints") or ()),
            _taints(call.inputs.get("taints") or ()),
        )
        kept = [(t["key"], t["effect"]) for t in new_taints]
        request["taints"] = {
            "addOrUpdateTaints": [t for t in new_taints if t not in old_taints],
            "removeTaints": [t for t in old_taints if (t["key"], t["effect"]) not in kept],
        }
    call.send("update_nodegroup_config", **{**request, **names})


NODE_GROUP = Resource(
    token="aws:eks/nodeGroup:NodeGroup",
    service="eks",
    create="create_nodegroup",
    members=_node_group_members,
    identity=("clusterName", "nodeGroupName"),
    describe="describe_nodegroup",
    described="nodegroup",
    update=_change_node_group,
    delete="delete_nodegroup",
    missing=MISSING,
    tags=eks_tags("nodegroupArn"),
    pending=PENDING,
    auto_name="nodeGroupName",
    properties={
        "clusterName": NAMING,
        "nodeGroupName": Property(member="nodegroupName", replaces=True),
        "nodeGroupNamePrefix": Property(local=True, replaces=True),
        "nodeRoleArn": Property(member="nodeRole", required=True, replaces=True),
        "subnetIds": Property(member="subnets", required=True, replaces=True, kind="set"),
        "scalingConfig": REQUIRED,
        "amiType": CHOSEN_ONCE,
        "capacityType": CHOSEN_ONCE,
        "diskSize": CHOSEN_ONCE,
        "instanceTypes": CHOSEN_ONCE,
        "labels": Property(),
        "taints": Property(hooked=True, kind="set", request="create_nodegroup"),
        "launchTemplate": Property(replaces=("id", "name"), computed_in=("id", "name")),
        "nodeRepairConfig": CHOSEN,
        "releaseVersion": CHOSEN,
        "version": CHOSEN,
        "remoteAccess": REPLACES,
        "updateConfig": CHOSEN,
        "warmPoolConfig": Property(),
        "forceUpdateVersion": Property(
            unread=True, request="update_nodegroup_version", member="force"
        ),
    },
    computed={"arn": "nodegroupArn", "resources": "[resources]", "status": "status"},
    volatile=("status", "resources"),
)


def _create_addon_options(call: Call) -> Mapping[str, Any]:
    mode = call.inputs.get("resolveConflictsOnCreate")
    return {"resolveConflicts": mode} if mode else {}


def _change_addon(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    keys = {
        "addonVersion",
        "configurationValues",
        "serviceAccountRoleArn",
        "podIdentityAssociations",
    }
    if not changed & keys:
        return
    request, _ = call.request("update_addon", {*(changed & keys), "clusterName", "addonName"})
    if "podIdentityAssociations" in changed:
        request.setdefault("podIdentityAssociations", [])
    mode = call.inputs.get("resolveConflictsOnUpdate")
    call.send("update_addon", **request, **({"resolveConflicts": mode} if mode else {}))


def _delete_addon(call: Call) -> None:
    call.send(
        "delete_addon",
        clusterName=call.inputs["clusterName"],
        addonName=call.inputs["addonName"],
        preserve=bool(call.inputs.get("preserve")),
    )


def _addon_identities(call: Call, addon: Mapping[str, Any]) -> Mapping[str, Any]:
    """An add-on tells its associations as ARNs; the program names role and service account."""
    if "podIdentityAssociations" not in call.inputs:
        return {}
    rows = []
    for arn in addon.get("podIdentityAssociations") or ():
        found = call.find(
            "describe_pod_identity_association",
            "association",
            clusterName=call.inputs["clusterName"],
            associationId=arn.rsplit("/", 1)[-1],
        )
        if found:
            rows.append({"roleArn": found["roleArn"], "serviceAccount": found["serviceAccount"]})
    return {"podIdentityAssociations": rows}


ADDON = Resource(
    token="aws:eks/addon:Addon",
    service="eks",
    create="create_addon",
    members=_create_addon_options,
    identity=("clusterName", "addonName"),
    describe="describe_addon",
    described="addon",
    enrich=_addon_identities,
    update=_change_addon,
    delete=_delete_addon,
    missing=MISSING,
    tags=eks_tags("addonArn"),
    pending=PENDING,
    properties={
        "clusterName": NAMING,
        "addonName": NAMING,
        "addonVersion": CHOSEN,
        "configurationValues": Property(computed=True, kind="json"),
        "namespaceConfig": Property(computed=True, replaces=True),
        "podIdentityAssociations": Property(kind="set", when_asked=True, renames={}),
        "preserve": LOCAL,
        "resolveConflictsOnCreate": Property(
            local=True, request="create_addon", member="resolveConflicts"
        ),
        "resolveConflictsOnUpdate": Property(
            local=True, request="update_addon", member="resolveConflicts"
        ),
        "serviceAccountRoleArn": Property(),
    },
    computed={"arn": "addonArn", "createdAt": "createdAt", "modifiedAt": "modifiedAt"},
    volatile=("modifiedAt",),
)

TABLE = (
    NODE_GROUP,
    ADDON,
)
