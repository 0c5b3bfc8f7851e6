"""EKS clusters, node groups, add-ons, access and pod identity."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import (
    CHOSEN,
    CHOSEN_ONCE,
    LOCAL,
    NAMING,
    REPLACES,
    REQUIRED,
)
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Tagging, Update
from local.aws.translate.tags import ServiceTags
from local.provider_answers import Failure
from local.provider_values import UNKNOWN, Properties

MISSING: Final = ("ResourceNotFoundException", "NotFoundException")
PENDING: Final = ("status", frozenset({"CREATING", "UPDATING", "PENDING"}))
LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def _tags(arn: str) -> Tagging:
    """EKS tags by ARN; `arn` is the member that tells it."""
    return ServiceTags(
        "tag_resource",
        "untag_resource",
        "resourceArn",
        owner_value=lambda call: str((call.describe() or {})[arn]),
        form="map",
        member="tags",
        tags_member="tags",
        keys_member="tagKeys",
        listed="tags",
    )


def _cluster_members(call: Call) -> Mapping[str, Any]:
    """CreateCluster takes log types and encryption in forms of their own."""
    members: dict[str, Any] = {}
    types = call.inputs.get("enabledClusterLogTypes")
    if types:
        members["logging"] = {"clusterLogging": [{"types": list(types), "enabled": True}]}
    if call.inputs.get("encryptionConfig"):
        members["encryptionConfig"] = [_encryption(call)]
    return members


def _encryption(call: Call) -> dict[str, Any]:
    wanted = call.inputs["encryptionConfig"]
    return {
        "resources": list(wanted["resources"]),
        "provider": {"keyArn": wanted["provider"]["keyArn"]},
    }


def _cluster_told(call: Call, cluster: Mapping[str, Any]) -> Mapping[str, Any]:
    logging = (cluster.get("logging") or {}).get("clusterLogging") or ()
    encryption = cluster.get("encryptionConfig") or [None]
    identity = cluster.get("identity") or {}
    return {
        "enabledClusterLogTypes": [
            t for row in logging if row.get("enabled") for t in row["types"]
        ],
        "encryptionConfig": encryption[0],
        "identities": [{"oidcs": [identity["oidc"]]}] if identity.get("oidc") else [],
    }


def _change_cluster(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """UpdateClusterConfig takes one kind of change a call, and each must end before the next."""
    name = call.inputs["name"]
    if "enabledClusterLogTypes" in changed:
        wanted = set(call.inputs.get("enabledClusterLogTypes") or ())
        rows = [
            {"types": sorted(types), "enabled": enabled}
            for types, enabled in ((wanted, True), (set(LOG_TYPES) - wanted, False))
            if types
        ]
        call.send("update_cluster_config", name=name, logging={"clusterLogging": rows})
        call.wait_until_settled()
    if "encryptionConfig" in changed:
        call.send(
            "associate_encryption_config",
            clusterName=name,
            encryptionConfig=[_encryption(call)],
        )
        call.wait_until_settled()
    if "vpcConfig" in changed:
        _change_network(call, olds)


# The parts of vpcConfig that each need a call of their own.
VPC_PARTS: Final = (
    ("subnetIds", "securityGroupIds"),
    ("endpointPrivateAccess", "endpointPublicAccess", "publicAccessCidrs"),
    ("controlPlaneEgressMode",),
)


def _change_network(call: Call, olds: Properties) -> None:
    before, after = olds.get("vpcConfig") or {}, call.inputs["vpcConfig"]
    for keys in VPC_PARTS:
        if any(before.get(key) != after.get(key) for key in keys):
            part = {key: after[key] for key in keys if key in after}
            if part:
                call.send(
                    "update_cluster_config", name=call.inputs["name"], resourcesVpcConfig=part
                )
                call.wait_until_settled()


def _check_cluster(inputs: Properties) -> Sequence[Failure]:
    failures: list[Failure] = []
    types = inputs.get("enabledClusterLogTypes")
    for index, kind in enumerate(types if isinstance(types, list) else ()):
        if kind is not UNKNOWN and kind not in LOG_TYPES:
            reason = f'"{kind}" is no log type; one of {", ".join(LOG_TYPES)}'
            failures.append(Failure(f"enabledClusterLogTypes[{index}]", reason))
    encryption = inputs.get("encryptionConfig")
    if isinstance(encryption, Mapping):
        for index, kind in enumerate(encryption.get("resources") or ()):
            if kind is not UNKNOWN and kind != "secrets":
                reason = f'"{kind}" cannot be encrypted; only "secrets" can'
                failures.append(Failure(f"encryptionConfig.resources[{index}]", reason))
    return failures


CLUSTER = Resource(
    token="aws:eks/cluster:Cluster",
    service="eks",
    create="create_cluster",
    members=_cluster_members,
    identity=("name",),
    describe="describe_cluster",
    described="cluster",
    enrich=_cluster_told,
    update=_change_cluster,
    updates=(
        Update("update_cluster_version", ("version",), always=("forceUpdateVersion",)),
        Update(
            "update_cluster_config",
            (
                "accessConfig",
                "upgradePolicy",
                "zonalShiftConfig",
                "deletionProtection",
                "remoteNetworkConfig",
                "controlPlaneScalingConfig",
                "kubeApiServerConfig",
                "kubeControllerManagerConfig",
                "kubeSchedulerConfig",
            ),
            each=True,
        ),
        Update(
            "update_cluster_config",
            ("computeConfig", "storageConfig", "kubernetesNetworkConfig"),
            always=("computeConfig", "storageConfig", "kubernetesNetworkConfig"),
        ),
    ),
    delete="delete_cluster",
    missing=MISSING,
    tags=_tags("arn"),
    pending=PENDING,
    auto_name="name",
    properties={
        "name": REPLACES,
        "roleArn": NAMING,
        "version": CHOSEN,
        "vpcConfig": Property(
            member="resourcesVpcConfig",
            required=True,
            kind="set",
            computed_in=(
                "clusterSecurityGroupId",
                "controlPlaneEgressMode",
                "publicAccessCidrs",
                "vpcId",
            ),
            defaults_in={"endpointPrivateAccess": False, "endpointPublicAccess": True},
        ),
        "accessConfig": Property(
            computed=True,
            replaces=("bootstrapClusterCreatorAdminPermissions",),
            computed_in=("authenticationMode",),
            defaults_in={"bootstrapClusterCreatorAdminPermissions": True},
        ),
        "bootstrapSelfManagedAddons": Property(default=True, replaces=True, unread=True),
        "enabledClusterLogTypes": Property(hooked=True, kind="set"),
        "encryptionConfig": Property(hooked=True, kind="set", replaces="removal"),
        "kubernetesNetworkConfig": Property(
            computed=True,
            replaces=("serviceIpv4Cidr", "ipFamily"),
            computed_in=("elasticLoadBalancing", "ipFamily", "serviceIpv4Cidr", "serviceIpv6Cidr"),
        ),
        "upgradePolicy": CHOSEN,
        "zonalShiftConfig": Property(),
        "deletionProtection": CHOSEN,
        "computeConfig": Property(),
        "storageConfig": Property(),
        "remoteNetworkConfig": Property(kind="set"),
        "outpostConfig": REPLACES,
        "controlPlaneScalingConfig": CHOSEN,
        "kubeApiServerConfig": Property(),
        "kubeControllerManagerConfig": Property(),
        "kubeSchedulerConfig": Property(),
        "forceUpdateVersion": Property(
            unread=True, request="update_cluster_version", member="force"
        ),
        "defaultAddonsToRemoves": LOCAL,
    },
    computed={
        "arn": "arn",
        "certificateAuthority": "certificateAuthority",
        "clusterId": "id",
        "createdAt": "createdAt",
        "endpoint": "endpoint",
        "identities": "identities",
        "platformVersion": "platformVersion",
        "status": "status",
    },
    volatile=("platformVersion", "status"),
    check=_check_cluster,
)


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
    tags=_tags("nodegroupArn"),
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
    tags=_tags("addonArn"),
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

ACCESS_ENTRY = Resource(
    token="aws:eks/accessEntry:AccessEntry",
    service="eks",
    create="create_access_entry",
    identity=("clusterName", "principalArn"),
    describe="describe_access_entry",
    described="accessEntry",
    updates=(Update("update_access_entry", ("kubernetesGroups", "userName")),),
    delete="delete_access_entry",
    missing=MISSING,
    tags=_tags("accessEntryArn"),
    properties={
        "clusterName": NAMING,
        "principalArn": NAMING,
        "kubernetesGroups": Property(computed=True, kind="set"),
        "type": Property(default="STANDARD", replaces=True),
        "userName": Property(member="username", computed=True),
    },
    computed={
        "accessEntryArn": "accessEntryArn",
        "createdAt": "createdAt",
        "modifiedAt": "modifiedAt",
    },
    volatile=("modifiedAt",),
)


def _read_policy_association(call: Call) -> Mapping[str, Any] | None:
    inputs = call.inputs
    path = f"associatedAccessPolicies[?policyArn=='{inputs['policyArn']}'] | [0]"
    found = call.find(
        "list_associated_access_policies",
        path,
        clusterName=inputs["clusterName"],
        principalArn=inputs["principalArn"],
    )
    names = {key: inputs[key] for key in ("clusterName", "principalArn")}
    return {**found, **names} if found else None


ACCESS_POLICY_ASSOCIATION = Resource(
    token="aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    service="eks",
    create="associate_access_policy",
    identity=("clusterName", "principalArn", "policyArn"),
    separator="#",
    read=_read_policy_association,
    delete="disassociate_access_policy",
    missing=MISSING,
    properties={
        "clusterName": NAMING,
        "principalArn": NAMING,
        "policyArn": NAMING,
        "accessScope": Property(required=True, replaces=True, kind="set"),
    },
    computed={"associatedAt": "associatedAt", "modifiedAt": "modifiedAt"},
)


def _association_names(call: Call) -> Properties:
    """An import names it <cluster>,<association id>; later the cluster stands in the inputs."""
    cluster, separator, id_ = call.id.partition(",")
    if not separator:
        return {}
    call.id = id_
    return {"clusterName": cluster}


POD_IDENTITY_ASSOCIATION = Resource(
    token="aws:eks/podIdentityAssociation:PodIdentityAssociation",
    service="eks",
    create="create_pod_identity_association",
    id_path="association.associationId",
    id_member="associationId",
    names=("clusterName",),
    describe="describe_pod_identity_association",
    described="association",
    updates=(
        Update(
            "update_pod_identity_association",
            ("roleArn", "disableSessionTags", "targetRoleArn", "policy"),
            always=("roleArn",),
        ),
    ),
    delete="delete_pod_identity_association",
    missing=MISSING,
    tags=_tags("associationArn"),
    parse_id=_association_names,
    properties={
        "clusterName": NAMING,
        "namespace": NAMING,
        "serviceAccount": NAMING,
        "roleArn": REQUIRED,
        "targetRoleArn": Property(),
        "disableSessionTags": CHOSEN,
        "policy": Property(kind="policy"),
    },
    computed={
        "associationArn": "associationArn",
        "associationId": "associationId",
        "externalId": "externalId",
    },
)


# What a program says of a provider; the API tells its state beside it.
OIDC_KEYS: Final = frozenset(
    {
        "clientId",
        "groupsClaim",
        "groupsPrefix",
        "identityProviderConfigName",
        "issuerUrl",
        "requiredClaims",
        "usernameClaim",
        "usernamePrefix",
    }
)


def _provider_name(call: Call) -> str:
    oidc = call.inputs.get("oidc") or {}
    return str(oidc.get("identityProviderConfigName") or call.id.partition(":")[2])


def _associate_provider(call: Call) -> str:
    request, _ = call.request("associate_identity_provider_config")
    tags = {"tags": call.tags()} if call.tags() else {}
    call.send("associate_identity_provider_config", **request, **tags)
    return f"{call.inputs['clusterName']}:{_provider_name(call)}"


def _read_provider(call: Call) -> Mapping[str, Any] | None:
    cluster = call.inputs.get("clusterName") or call.id.partition(":")[0]
    found = call.find(
        "describe_identity_provider_config",
        "identityProviderConfig.oidc",
        clusterName=cluster,
        identityProviderConfig={"type": "oidc", "name": _provider_name(call)},
    )
    oidc = {key: value for key, value in (found or {}).items() if key in OIDC_KEYS}
    return {**found, "clusterName": cluster, "oidc": oidc} if found else None


def _disassociate_provider(call: Call) -> None:
    call.send(
        "disassociate_identity_provider_config",
        clusterName=call.inputs["clusterName"],
        identityProviderConfig={"type": "oidc", "name": _provider_name(call)},
    )


IDENTITY_PROVIDER_CONFIG = Resource(
    token="aws:eks/identityProviderConfig:IdentityProviderConfig",
    service="eks",
    create=_associate_provider,
    shape="associate_identity_provider_config",
    read=_read_provider,
    delete=_disassociate_provider,
    missing=MISSING,
    tags=_tags("identityProviderConfigArn"),
    pending=PENDING,
    parse_id=lambda call: {"clusterName": call.id.partition(":")[0]},
    properties={
        "clusterName": NAMING,
        "oidc": Property(required=True, replaces=True, kind="set"),
    },
    computed={
        "arn": "identityProviderConfigArn",
        "identityProviderConfigName": "identityProviderConfigName",
        "status": "status",
    },
)

TABLE = (
    CLUSTER,
    NODE_GROUP,
    ADDON,
    ACCESS_ENTRY,
    ACCESS_POLICY_ASSOCIATION,
    POD_IDENTITY_ASSOCIATION,
    IDENTITY_PROVIDER_CONFIG,
)
