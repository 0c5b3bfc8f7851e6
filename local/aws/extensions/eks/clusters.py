"""EKS clusters: create, describe, list, delete. What changes later is in updates.py."""

import ipaddress
from datetime import datetime, time
from typing import Any

from moto.eks.models import EKSBackend

from local.aws.extensions.eks import surroundings
from local.aws.extensions.eks.access import enter_creator
from local.aws.extensions.eks.api_servers import api_server_of
from local.aws.extensions.eks.certificates import cluster_ca_base64
from local.aws.extensions.eks.kept import (
    Kept,
    Record,
    cluster_of,
    clusters,
    facts,
    given,
    invalid,
    listed,
    new_id,
    now,
    refused,
)
from local.aws.extensions.registry import Call, extends

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
DNS_SUFFIX = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
SERVICE_RANGES = tuple(
    ipaddress.ip_network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
PASSED_THROUGH = (
    "outpostConfig",
    "remoteNetworkConfig",
    "kubeApiServerConfig",
    "kubeSchedulerConfig",
    "kubeControllerManagerConfig",
    "clientRequestToken",
)


@extends(
    "eks",
    "CreateCluster",
    "moto keeps 10 of the 22 settings, invents the certificate, leaves the defaults out, makes "
    "no cluster security group, and refuses nothing that AWS refuses",
)
def create_cluster(call: Call) -> Record:
    params, name = call.params, call.params["name"]
    if name in clusters(call):
        raise refused(
            "ResourceInUseException", f"Cluster already exists with name: {name}", clusterName=name
        )
    config = params["resourcesVpcConfig"]
    vpc_id = surroundings.check_network(
        call, config.get("subnetIds") or [], config.get("securityGroupIds") or []
    )
    surroundings.require_role(call, params["roleArn"], "eks")
    kept = Kept(_record(call, vpc_id))
    _check_endpoint_access(kept.record["resourcesVpcConfig"])
    for encryption in kept.record.get("encryptionConfig", []):
        check_encryption(call, encryption)
    # From here on nothing is refused: what follows leaves traces in other services.
    vpc_config = kept.record["resourcesVpcConfig"]
    vpc_config["clusterSecurityGroupId"] = surroundings.make_cluster_security_group(
        call, name, vpc_id
    )
    surroundings.make_network_interfaces(call, kept)
    if any(setup["enabled"] for setup in kept.record["logging"]["clusterLogging"]):
        surroundings.make_log_group(call, name)
    clusters(call)[name] = kept
    _tell_moto(call, kept)
    enter_creator(call, kept)
    return {"cluster": kept.record}


def _record(call: Call, vpc_id: str) -> Record:
    params = call.params
    version = params.get("version") or facts("cluster_versions")["default"]
    offered = facts("cluster_versions")["versions"]
    if version not in offered:
        raise invalid(f"unsupported Kubernetes version {version}; offered: {', '.join(offered)}")
    cluster_id = new_id(32, "0123456789ABCDEF")
    suffix = DNS_SUFFIX.get(call.partition, "amazonaws.com")
    access = params.get("accessConfig") or {}
    bootstraps = access.get("bootstrapClusterCreatorAdminPermissions", True)
    return (
        {
            "name": params["name"],
            "arn": call.arn("eks", f"cluster/{params['name']}"),
            "createdAt": now(),
            "version": version,
            "endpoint": f"https://{cluster_id}.gr7.{call.region}.eks.{suffix}",
            "roleArn": params["roleArn"],
            "resourcesVpcConfig": _vpc_config(params["resourcesVpcConfig"], vpc_id),
            "kubernetesNetworkConfig": _network_config(call, vpc_id),
            "logging": {"clusterLogging": log_setups(params.get("logging") or {}, frozenset())},
            "identity": {
                "oidc": {"issuer": f"https://oidc.eks.{call.region}.{suffix}/id/{cluster_id}"}
            },
            "status": "ACTIVE",
            "certificateAuthority": {"data": cluster_ca_base64()},
            "platformVersion": offered[version]["platform"],
            "tags": dict(params.get("tags") or {}),
            "health": {"issues": []},
            "accessConfig": {
                "bootstrapClusterCreatorAdminPermissions": bootstraps,
                "authenticationMode": access.get("authenticationMode", "CONFIG_MAP"),
            },
            "upgradePolicy": {"supportType": "EXTENDED"} | (params.get("upgradePolicy") or {}),
            "zonalShiftConfig": {"enabled": False} | (params.get("zonalShiftConfig") or {}),
            "computeConfig": {"enabled": False} | (params.get("computeConfig") or {}),
            "storageConfig": params.get("storageConfig") or {"blockStorage": {"enabled": False}},
            "deletionProtection": params.get("deletionProtection", False),
            "controlPlaneScalingConfig": params.get("controlPlaneScalingConfig")
            or {"tier": "standard"},
            "encryptionConfig": params.get("encryptionConfig") or [],
        }
        | given(params, *PASSED_THROUGH)
        | api_server_of(params["name"])
    )


def _vpc_config(asked: Record, vpc_id: str) -> Record:
    public = asked.get("endpointPublicAccess", True)
    return {
        "subnetIds": list(asked["subnetIds"]),
        "securityGroupIds": list(asked.get("securityGroupIds") or []),
        "vpcId": vpc_id,
        "endpointPublicAccess": public,
        "endpointPrivateAccess": asked.get("endpointPrivateAccess", False),
        "publicAccessCidrs": list(asked.get("publicAccessCidrs") or ["0.0.0.0/0"])
        if public
        else [],
        "controlPlaneEgressMode": asked.get("controlPlaneEgressMode", "AWS_MANAGED"),
    }


def _check_endpoint_access(config: Record) -> None:
    if not config["endpointPublicAccess"] and not config["endpointPrivateAccess"]:
        raise invalid("Private and public endpoint access cannot be false")


def _network_config(call: Call, vpc_id: str) -> Record:
    asked = call.params.get("kubernetesNetworkConfig") or {}
    vpc_cidrs = [ipaddress.ip_network(cidr) for cidr in surroundings.vpc_cidrs(call, vpc_id)]
    in_ten = any(cidr.subnet_of(SERVICE_RANGES[0]) for cidr in vpc_cidrs)  # type: ignore[arg-type]
    cidr = asked.get("serviceIpv4Cidr") or ("172.20.0.0/16" if in_ten else "10.100.0.0/16")
    _check_service_cidr(cidr, vpc_cidrs)
    config: Record = {
        "ipFamily": asked.get("ipFamily", "ipv4"),
        "elasticLoadBalancing": asked.get("elasticLoadBalancing") or {"enabled": False},
    }
    if config["ipFamily"] == "ipv6":
        return config | {"serviceIpv6Cidr": f"fd{new_id(2, '0123456789abcdef')}::/108"}
    return config | {"serviceIpv4Cidr": cidr}


def _check_service_cidr(cidr: str, vpc_cidrs: list[Any]) -> None:
    try:
        block = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        raise invalid(f"serviceIpv4Cidr {cidr} is not a CIDR block: {error}") from error
    if not 12 <= block.prefixlen <= 24 or not any(block.subnet_of(r) for r in SERVICE_RANGES):  # type: ignore[arg-type]
        raise invalid(
            f"serviceIpv4Cidr {cidr} must lie in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, "
            "with a prefix length from 12 to 24"
        )
    if any(block.overlaps(vpc_cidr) for vpc_cidr in vpc_cidrs):
        raise invalid(f"serviceIpv4Cidr {cidr} overlaps with the VPC's CIDR blocks")


def check_encryption(call: Call, encryption: Record) -> None:
    if encryption.get("resources") != ["secrets"]:
        raise invalid("encryptionConfig.resources must be ['secrets']")
    surroundings.require_key(call, (encryption.get("provider") or {}).get("keyArn", ""))


def enabled_log_types(setups: list[Record]) -> frozenset[str]:
    return frozenset(t for setup in setups if setup.get("enabled") for t in setup.get("types", []))


def log_setups(asked: Record, before: frozenset[str]) -> list[Record]:
    """EKS answers with one list of the enabled types and one of the others, in its own order."""
    enabled = set(before)
    for setup in asked.get("clusterLogging") or []:
        types = set(setup.get("types") or [])
        enabled = enabled | types if setup.get("enabled") else enabled - types
    halves = {
        True: [name for name in LOG_TYPES if name in enabled],
        False: [name for name in LOG_TYPES if name not in enabled],
    }
    return [{"types": types, "enabled": on} for on, types in halves.items() if types]


def _tell_moto(call: Call, kept: Kept) -> None:
    """moto's own Fargate profiles look their cluster up in moto's table; the tags are shared."""
    backend = call.backend
    assert isinstance(backend, EKSBackend)
    record = kept.record
    backend.create_cluster(
        name=record["name"],
        role_arn=record["roleArn"],
        resources_vpc_config=record["resourcesVpcConfig"],
        version=record["version"],
        tags=record["tags"],
    )


def fargate_profile_names(call: Call, name: str) -> list[str]:
    backend = call.backend
    assert isinstance(backend, EKSBackend)
    return list(backend.clusters[name].fargate_profiles)


@extends("eks", "DescribeCluster", "answers with everything that CreateCluster keeps")
def describe_cluster(call: Call) -> Record:
    return {"cluster": cluster_of(call).record}


@extends("eks", "ListClusters", "from the same records")
def list_clusters(call: Call) -> Record:
    return listed(call, "clusters", list(clusters(call)))


@extends("eks", "DeleteCluster", "deletion protection; removes what EKS made in the VPC")
def delete_cluster(call: Call) -> Record:
    kept = cluster_of(call)
    name = kept.record["name"]
    if kept.record["deletionProtection"]:
        raise refused(
            "InvalidRequestException",
            f"Cannot delete cluster {name} because deletion protection is enabled. Set "
            "deletionProtection to false with UpdateClusterConfig first.",
            clusterName=name,
        )
    if kept.node_groups or fargate_profile_names(call, name):
        raise refused(
            "ResourceInUseException",
            "Cluster has nodegroups attached"
            if kept.node_groups
            else "Cluster has Fargate profiles attached",
            clusterName=name,
        )
    surroundings.remove_network_interfaces(call, kept)
    surroundings.remove_cluster_security_group(
        call, kept.record["resourcesVpcConfig"]["clusterSecurityGroupId"]
    )
    backend = call.backend
    assert isinstance(backend, EKSBackend)
    backend.delete_cluster(name)
    del clusters(call)[name]
    return {"cluster": kept.record | {"status": "DELETING"}}


@extends("eks", "DescribeClusterVersions", "absent from moto")
def describe_cluster_versions(call: Call) -> Record:
    params, table = call.params, facts("cluster_versions")
    wanted = params.get("clusterVersions") or list(table["versions"])
    status = params.get("versionStatus") or (params.get("status") or "").upper().replace("-", "_")
    rows = [
        _version(version, row, table["default"])
        for version, row in sorted(table["versions"].items(), reverse=True)
        if version in wanted
        and status in ("", row["status"])
        and (not params.get("defaultOnly") or version == table["default"])
    ]
    return {"clusterVersions": rows}


def _version(version: str, row: Record, default: str) -> Record:
    return {
        "clusterVersion": version,
        "clusterType": "eks",
        "defaultPlatformVersion": row["platform"],
        "defaultVersion": version == default,
        "releaseDate": datetime.combine(row["released"], time()),
        "endOfStandardSupportDate": datetime.combine(row["standard_ends"], time()),
        "endOfExtendedSupportDate": datetime.combine(row["extended_ends"], time()),
        "status": row["status"].lower().replace("_", "-"),
        "versionStatus": row["status"],
        "kubernetesPatchVersion": row["patch"],
    }
