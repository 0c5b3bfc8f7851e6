"""EKS clusters."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import (
    CHOSEN,
    LOCAL,
    NAMING,
    REPLACES,
)
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Tagging, Update
from local.aws.translate.tags import ServiceTags
from local.provider_answers import Failure
from local.provider_values import UNKNOWN, Properties

MISSING: Final = ("ResourceNotFoundException", "NotFoundException")


PENDING: Final = ("status", frozenset({"CREATING", "UPDATING", "PENDING"}))


LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def eks_tags(arn: str) -> Tagging:
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
    tags=eks_tags("arn"),
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

TABLE = (CLUSTER,)
