"""What may change on a cluster, one kind of change a request, and the record of each update."""

import json
from collections.abc import Callable

from local.aws.extensions.eks import surroundings
from local.aws.extensions.eks.clusters import check_encryption, enabled_log_types, log_setups
from local.aws.extensions.eks.kept import (
    Kept,
    Record,
    cluster_of,
    facts,
    invalid,
    listed,
    new_uuid,
    now,
    refused,
)
from local.aws.extensions.registry import Call, extends

MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")  # a cluster moves to the right, never back
ENDPOINT_MEMBERS = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
NETWORK_MEMBERS = ("subnetIds", "securityGroupIds")
Update = tuple[str, dict[str, object]]


def recorded(kept: Kept, kind: str, params: dict[str, object], of: tuple[str, str]) -> Record:
    """Enter an update that has already happened. of: ("cluster" | "nodegroup" | "addon", name)."""
    update: Record = {
        "id": new_uuid(),
        "status": "Successful",
        "type": kind,
        "params": [
            {"type": name, "value": value if isinstance(value, str) else json.dumps(value)}
            for name, value in params.items()
        ],
        "createdAt": now(),
        "errors": [],
    }
    kept.updates[update["id"]] = (of, update)
    return update


def _endpoint(call: Call, kept: Kept, asked: Record) -> Update:
    config = kept.record["resourcesVpcConfig"]
    wanted = {member: config[member] for member in ENDPOINT_MEMBERS} | {
        member: asked[member] for member in ENDPOINT_MEMBERS if asked.get(member) is not None
    }
    if not wanted["endpointPublicAccess"]:
        wanted["publicAccessCidrs"] = []
        if not wanted["endpointPrivateAccess"]:
            raise invalid("Private and public endpoint access cannot be false")
    elif not wanted["publicAccessCidrs"]:
        wanted["publicAccessCidrs"] = ["0.0.0.0/0"]
    if all(config[member] == value for member, value in wanted.items()):
        raise invalid(
            "Cluster is already at the desired configuration with endpointPrivateAccess: "
            f"{wanted['endpointPrivateAccess']} , endpointPublicAccess: "
            f"{wanted['endpointPublicAccess']}, and Public Endpoint Restrictions: "
            f"{wanted['publicAccessCidrs']}"
        )
    config.update(wanted)
    return "EndpointAccessUpdate", {
        "EndpointPublicAccess": wanted["endpointPublicAccess"],
        "EndpointPrivateAccess": wanted["endpointPrivateAccess"],
        "PublicAccessCidrs": wanted["publicAccessCidrs"],
    }


def _network(call: Call, kept: Kept, asked: Record) -> Update:
    config = kept.record["resourcesVpcConfig"]
    subnet_ids = asked.get("subnetIds") or config["subnetIds"]
    group_ids = asked.get("securityGroupIds")
    group_ids = config["securityGroupIds"] if group_ids is None else group_ids
    if surroundings.check_network(call, subnet_ids, group_ids) != config["vpcId"]:
        raise invalid(f"Provided subnets must belong to the VPC of the cluster {config['vpcId']}")
    _require_zones(call, config["subnetIds"], subnet_ids)
    surroundings.remove_network_interfaces(call, kept)
    config.update(subnetIds=list(subnet_ids), securityGroupIds=list(group_ids))
    surroundings.make_network_interfaces(call, kept)
    return "VpcConfigUpdate", {"Subnets": subnet_ids, "SecurityGroups": group_ids}


def _require_zones(call: Call, before: list[str], wanted: list[str]) -> None:
    """A control plane stays in the zones that it was made in, all of them."""
    first, asked = (
        sorted({surroundings.find_subnet(call, subnet_id).availability_zone for subnet_id in ids})
        for ids in (before, wanted)
    )
    if asked != first:
        raise invalid(
            f"Provided subnets belong to the AZs '{','.join(asked)}'. But they should belong to "
            f"the exact set of AZs '{','.join(first)}' in which subnets were provided during "
            "cluster creation."
        )


def _egress(call: Call, kept: Kept, asked: Record) -> Update:
    config, wanted = kept.record["resourcesVpcConfig"], asked["controlPlaneEgressMode"]
    if wanted == "AWS_MANAGED" and config["controlPlaneEgressMode"] != "AWS_MANAGED":
        raise invalid(
            "Unsupported control plane egress mode update from "
            f"{config['controlPlaneEgressMode']} to AWS_MANAGED"
        )
    config["controlPlaneEgressMode"] = wanted
    return "ControlPlaneEgressUpdate", {"ControlPlaneEgressMode": wanted}


def _logging(call: Call, kept: Kept, asked: Record) -> Update:
    before = enabled_log_types(kept.record["logging"]["clusterLogging"])
    setups = log_setups(asked, before)
    if enabled_log_types(setups) == before:
        raise invalid("No changes needed for the logging config provided")
    kept.record["logging"] = {"clusterLogging": setups}
    if enabled_log_types(setups):
        surroundings.make_log_group(call, kept.record["name"])
    return "LoggingUpdate", {"ClusterLogging": {"clusterLogging": setups}}


def _access(call: Call, kept: Kept, asked: Record) -> Update:
    config, wanted = kept.record["accessConfig"], asked["authenticationMode"]
    if MODES.index(wanted) <= MODES.index(config["authenticationMode"]):
        raise invalid(
            "Unsupported authentication mode update from "
            f"{config['authenticationMode']} to {wanted}"
        )
    config["authenticationMode"] = wanted
    return "AccessConfigUpdate", {"AuthenticationMode": wanted}


def _deletion_protection(call: Call, kept: Kept, asked: bool) -> Update:
    kept.record["deletionProtection"] = asked
    return "DeletionProtectionUpdate", {"DeletionProtection": asked}


def _kubernetes_network(call: Call, kept: Kept, asked: Record) -> Update:
    if asked.get("serviceIpv4Cidr") or asked.get("ipFamily"):
        raise invalid("serviceIpv4Cidr and ipFamily can only be set when the cluster is created")
    kept.record["kubernetesNetworkConfig"].update(asked)
    return "AutoModeUpdate", {"KubernetesNetworkConfig": asked}


def _replacing(member: str, kind: str, param: str) -> Callable[[Call, Kept, Record], Update]:
    def change(call: Call, kept: Kept, asked: Record) -> Update:
        kept.record[member] = (kept.record.get(member) or {}) | asked
        return kind, {param: asked}

    return change


COMPONENTS = "ControlPlaneComponentConfigUpdate"
CHANGES: dict[str, Callable[[Call, Kept, Record], Update]] = {
    "logging": _logging,
    "accessConfig": _access,
    "kubernetesNetworkConfig": _kubernetes_network,
    "upgradePolicy": _replacing("upgradePolicy", "UpgradePolicyUpdate", "UpgradePolicy"),
    "zonalShiftConfig": _replacing(
        "zonalShiftConfig", "ZonalShiftConfigUpdate", "ZonalShiftConfig"
    ),
    "computeConfig": _replacing("computeConfig", "AutoModeUpdate", "ComputeConfig"),
    "storageConfig": _replacing("storageConfig", "AutoModeUpdate", "StorageConfig"),
    "remoteNetworkConfig": _replacing(
        "remoteNetworkConfig", "RemoteNetworkConfigUpdate", "RemoteNetworkConfig"
    ),
    "controlPlaneScalingConfig": _replacing(
        "controlPlaneScalingConfig", "ControlPlaneScalingConfigUpdate", "UpdatedTier"
    ),
    "kubeApiServerConfig": _replacing("kubeApiServerConfig", COMPONENTS, "KubeApiServerConfig"),
    "kubeSchedulerConfig": _replacing("kubeSchedulerConfig", COMPONENTS, "KubeSchedulerConfig"),
    "kubeControllerManagerConfig": _replacing(
        "kubeControllerManagerConfig", COMPONENTS, "KubeControllerManagerConfig"
    ),
}
TOGETHER = ({"computeConfig", "storageConfig", "kubernetesNetworkConfig"},)  # Auto Mode


def _vpc_changes(asked: Record) -> list[Callable[[Call, Kept, Record], Update]]:
    groups = (
        (ENDPOINT_MEMBERS, _endpoint),
        (NETWORK_MEMBERS, _network),
        (("controlPlaneEgressMode",), _egress),
    )
    return [
        change
        for members, change in groups
        if any(asked.get(member) is not None for member in members)
    ]


@extends(
    "eks",
    "UpdateClusterConfig",
    "moto answers with a cluster in place of an update, replaces whole settings by what was sent, "
    "takes several kinds of change at once, and any",
)
def update_cluster_config(call: Call) -> Record:
    kept, params = cluster_of(call), call.params
    vpc_asked = params.get("resourcesVpcConfig") or {}
    asked = [member for member in CHANGES if params.get(member) is not None]
    vpc_changes = _vpc_changes(vpc_asked)
    protects = params.get("deletionProtection") is not None
    if not asked and not vpc_changes and not protects:
        raise invalid("The request changes nothing")
    if len(asked) + len(vpc_changes) + protects > 1 and set(asked) not in TOGETHER:
        raise invalid("Only one type of update can be allowed.")
    done = [change(call, kept, vpc_asked) for change in vpc_changes]
    done += [CHANGES[member](call, kept, params[member]) for member in asked]
    if protects:
        done.append(_deletion_protection(call, kept, params["deletionProtection"]))
    changed = {name: value for _, values in done for name, value in values.items()}
    return {"update": recorded(kept, done[0][0], changed, ("cluster", kept.record["name"]))}


@extends("eks", "UpdateClusterVersion", "absent from moto")
def update_cluster_version(call: Call) -> Record:
    kept, wanted = cluster_of(call), call.params["version"]
    offered, before = facts("cluster_versions")["versions"], kept.record["version"]
    minors = [int(version.partition(".")[2]) for version in (before, wanted) if "." in version]
    if wanted not in offered or minors[1] - minors[0] != 1:
        raise invalid(f"Unsupported Kubernetes minor version update from {before} to {wanted}")
    kept.record.update(version=wanted, platformVersion=offered[wanted]["platform"])
    changed: dict[str, object] = {
        "Version": wanted,
        "PlatformVersion": offered[wanted]["platform"],
    }
    return {"update": recorded(kept, "VersionUpdate", changed, ("cluster", kept.record["name"]))}


@extends("eks", "AssociateEncryptionConfig", "absent from moto")
def associate_encryption_config(call: Call) -> Record:
    kept, asked = cluster_of(call), call.params["encryptionConfig"]
    if kept.record["encryptionConfig"]:
        raise refused(
            "ResourceInUseException", "Cluster already has an encryption config associated"
        )
    for encryption in asked:
        check_encryption(call, encryption)
    kept.record["encryptionConfig"] = list(asked)
    changed: dict[str, object] = {"EncryptionConfig": asked}
    of = ("cluster", kept.record["name"])
    return {"update": recorded(kept, "AssociateEncryptionConfig", changed, of)}


def _of(call: Call, kept: Kept) -> tuple[str, str]:
    if call.params.get("nodegroupName"):
        return ("nodegroup", call.params["nodegroupName"])
    if call.params.get("addonName"):
        return ("addon", call.params["addonName"])
    return ("cluster", kept.record["name"])


@extends("eks", "DescribeUpdate", "absent from moto")
def describe_update(call: Call) -> Record:
    kept = cluster_of(call)
    of, update = kept.updates.get(call.params["updateId"], (None, None))
    if update is None or of != _of(call, kept):
        raise refused(
            "ResourceNotFoundException", f"No update found for ID: {call.params['updateId']}"
        )
    return {"update": update}


@extends("eks", "ListUpdates", "absent from moto")
def list_updates(call: Call) -> Record:
    kept = cluster_of(call)
    wanted = _of(call, kept)
    return listed(call, "updateIds", [i for i, (of, _) in kept.updates.items() if of == wanted])
