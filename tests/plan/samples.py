"""Stacks and lock files that the tests of the plan start from."""

from functools import cache
from typing import Any

import pytest

from plan.brownfield.api import hosted_zone_uses, target_group_uses
from plan.brownfield.uses import image_uses, key_pair_uses, profile_uses, role_uses
from plan.cluster import ClusterPlan, plan_cluster
from plan.errors import PlanError
from plan.fact_files import FOLDER
from plan.iam import node_policies
from plan.instance_types import instance_type
from plan.kms import key_policy
from plan.log_buckets import plan_flow_log_bucket
from plan.machines import machines_for_people
from plan.partitions import partition_of
from plan.self_hosted.needs import machine_images, security_groups
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingKey, ExistingRole
from spec.errors import SpecError
from spec.lock import Lock
from tests.spec.stack_files import stack

ACCOUNT = "123456789012"
WHERE = "Pulumi.test.yaml"
SERVICES = (
    "ec2", "ecr.api", "ecr.dkr", "s3", "eks-auth", "ssm", "ssmmessages", "sts", "logs",
    "autoscaling", "eks", "kms", "monitoring",
)  # fmt: skip
# What the samples' regions offer: enough of every kind that a plan tells apart. All 1,400 types in
# every sample would cost more time than the plans.
FAMILIES = (
    "c3",
    "c7g",
    "g5",
    "g5g",
    "i4i",
    "inf2",
    "m5",
    "m6i",
    "m7g",
    "m7i",
    "p5",
    "t3",
    "t4g",
    "trn1",
)
ADD_ONS = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "aws-ebs-csi-driver")


@cache
def known_types() -> tuple[str, ...]:
    """Every type of the shipped table."""
    lines = (FOLDER / "instance_types.csv").read_text(encoding="utf-8").splitlines()
    return tuple(line.split(",")[0] for line in lines if "." in line and line[0] != "#")


@cache
def offered_types() -> tuple[str, ...]:
    """The types that the samples' regions offer."""
    return tuple(name for name in known_types() if name.partition(".")[0] in FAMILIES)


def _partition(region: str) -> str:
    try:
        return partition_of(region).name
    except PlanError:  # of a region that the test makes up
        return "aws"


def lock_keys(region: str = "ap-northeast-1", zones: str = "abcdefg") -> dict[str, Any]:
    """A lock file's keys for any region, to be changed by a test."""
    names = [f"{region}{letter}" for letter in zones]
    images = {
        f"{family}/1.35/{architecture}": f"ami-0000000000000{i}{j}00"
        for i, family in enumerate(("al2023", "bottlerocket"))
        for j, architecture in enumerate(("x86_64", "arm64"))
    }
    return {
        "region": region,
        "partition": _partition(region),
        "accountId": ACCOUNT,
        "kubernetesVersion": "1.35",
        "availabilityZones": {name: f"zone-az{i + 1}" for i, name in enumerate(names)},
        "images": {**images, "al2023/x86_64": "ami-00000000000009900"},
        "instanceTypes": {name: {"availabilityZones": names} for name in offered_types()},
        "endpointServices": {
            service: {
                "serviceName": f"com.amazonaws.{region}.{service}",
                "type": "Gateway" if service == "s3" else "Interface",
                "policySupported": True,
                "availabilityZones": names,
                **({"prefixListId": "pl-0123456789abcdef0"} if service == "s3" else {}),
            }
            for service in SERVICES
        },
        "addOns": {name: "v1.0.0-eksbuild.1" for name in ADD_ONS},
    }


def with_endpoint(
    keys: dict[str, Any], service: str, policy: dict[str, Any] | None, /, **more: Any
) -> dict[str, Any]:
    """The keys with a sound supplied endpoint vpce-0123456789abcdef0 of the service."""
    endpoint = {
        "vpcId": "vpc-0123456789abcdef0", "state": "available", "privateDns": service != "s3",
        "serviceName": keys["endpointServices"][service]["serviceName"], "policy": policy,
        "type": keys["endpointServices"][service]["type"],
        "availabilityZones": list(keys["availabilityZones"]), **more,
    }  # fmt: skip
    supplied = keys.setdefault("supplied", {})
    supplied.setdefault("endpoints", {})["vpce-0123456789abcdef0"] = endpoint
    return keys


def like_ec2(keys: dict[str, Any], service: str) -> dict[str, Any]:
    """What a lock file knows of a service, as of that of EC2."""
    ec2: dict[str, Any] = keys["endpointServices"]["ec2"]
    return {**ec2, "serviceName": ec2["serviceName"].removesuffix("ec2") + service}


def locked(keys: dict[str, Any]) -> Lock:
    """The lock with these keys."""
    return Lock.model_validate(keys)


def lock_for(spec: ClusterSpec) -> Lock:
    """A lock in which everything is found that the stack may need."""
    return completed(usual_lock(spec.region), spec)


@cache
def usual_lock(region: str) -> Lock:
    """The lock of a region in which nothing is supplied."""
    return locked(lock_keys(region))


def completed(lock: Lock, spec: ClusterSpec) -> Lock:
    """The lock with sound records of what the stack supplies, where it has none."""
    supplied = sound_supplied(spec)
    if not any(supplied.values()):
        return lock
    keys = lock.model_dump(mode="json", by_alias=True)
    for noun, records in supplied.items():
        have = keys["supplied"][noun]
        if isinstance(records, dict):
            keys["supplied"][noun] = {**records, **have}
        else:
            keys["supplied"][noun] = sorted({*records, *have})
    return locked(keys)


def sound_supplied(spec: ClusterSpec) -> dict[str, Any]:
    """Roles, profiles, key, images, key pairs, gateways and bucket as they should be."""
    try:
        partition = partition_of(spec.region)
    except PlanError:
        return {}
    service = {"Service": ["ec2.amazonaws.com", "eks.amazonaws.com"]}
    trust = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": service}]
    role = {
        "trust": {"Version": "2012-10-17", "Statement": trust},
        "managedPolicyArns": [partition.managed_policy_arn(name) for name in (
            "AmazonEKSClusterPolicy", "AmazonSSMManagedInstanceCore", *node_policies(spec))],
    }  # fmt: skip
    found: dict[str, Any] = {
        "roles": {use.named: role for use in role_uses(spec)},
        "instanceProfiles": {u.named: {"roleArns": [_role_in(spec, u)]}
                             for u in profile_uses(spec)},
        "images": {use.named: _image(spec, use) for use in image_uses(spec)},
        "keyPairs": [use.named for use in key_pair_uses(spec)],
        "securityGroups": {group: {"vpcId": getattr(spec.network.vpc, "vpc_id", None)}
                           for groups in security_groups(spec).values() for group in groups},
        "targetGroups": {arn: {
            "protocol": "TCP", "port": 6443, "targetType": "instance",
            "vpcId": getattr(spec.network.vpc, "vpc_id", None),
            "healthCheck": {"protocol": "HTTPS", "path": "/readyz"},
        } for arn in target_group_uses(spec).values()},
        "hostedZones": {use.named: {
            "name": use.dns_name.partition(".")[2], "private": True,
            "vpcIds": [getattr(spec.network.vpc, "vpc_id", "vpc-0fffffffffffffff0")],
        } for use in hosted_zone_uses(spec)},
        **sound_gateways(spec),
    }  # fmt: skip
    key = spec.control_plane.encryption_key
    if isinstance(key, ExistingKey):
        found["keys"] = {key.key_arn: {
            "state": "Enabled", "usage": "ENCRYPT_DECRYPT", "spec": "SYMMETRIC_DEFAULT",
            "manager": "CUSTOMER", "rotation": True,
            "policy": key_policy(spec, partition, ACCOUNT),
        }}  # fmt: skip
    bucket = plan_flow_log_bucket(spec, partition, ACCOUNT)
    if bucket is not None and bucket.supplied:
        found["logBuckets"] = {bucket.arn: {"region": spec.region, "policy": bucket.policy,
                                         "publicAccessBlocked": True}}  # fmt: skip
    return found


def _role_in(spec: ClusterSpec, use: Any) -> str:
    if use.pool is not None:
        return str(spec.node_pools[use.pool].instance_profile.role_arn)  # type: ignore[union-attr]
    asked = spec.access.administrator
    return asked.role_arn if isinstance(asked, ExistingRole) else "arn:aws:iam::1:role/none"


def _image(spec: ClusterSpec, use: Any) -> dict[str, Any]:
    pool, path = spec.node_pools[use.pool] if use.pool else None, use.path.removesuffix(".imageId")
    own, image = machine_images(spec).get(path, (None, None))
    asked = own or (pool or machines_for_people(spec)[path]).instance_type
    try:
        architecture = instance_type(asked, {}, path="x").architecture
    except SpecError:
        architecture = "x86_64"
    image = image or (pool.image if pool is not None else None)
    root = getattr(image, "root_device", None) if image is not None else "/dev/xvda"
    return {"ownerId": ACCOUNT, "state": "available", "architecture": architecture,
            "rootDeviceName": root}  # fmt: skip


def sound_gateways(spec: ClusterSpec) -> dict[str, Any]:
    """Gateways that live and, where the VPC is supplied, are of it."""
    network = spec.network.model_dump(mode="json", by_alias=True)
    vpc = network["vpc"].get("vpcId")
    vpcs = [vpc] if vpc else []
    found: dict[str, Any] = {"internetGateways": {}, "natGateways": {}, "elasticIps": {},
                             "transitGateways": {}, "vpnGateways": {}, "peerings": {}}  # fmt: skip
    gateway = network["egress"].get("internetGateway", {}).get("internetGatewayId")
    if gateway:
        found["internetGateways"][gateway] = {"vpcIds": vpcs}
    for nat in network["egress"].get("natGateways", {}).values():
        if nat["kind"] == "existing":
            found["natGateways"][nat["natGatewayId"]] = {
                "vpcId": vpc or "vpc-01234567", "subnetId": "subnet-01234567",
                "state": "available", "connectivityType": "public",
            }  # fmt: skip
        elif nat["elasticIp"]["kind"] == "existing":
            found["elasticIps"][nat["elasticIp"]["allocationId"]] = {"domain": "vpc"}
    for connection in network["connections"].values():
        target = connection.get("targetId") or connection.get("transitGatewayId", "")
        vpn = connection.get("gateway", {}).get("vpnGatewayId")
        if vpn:
            found["vpnGateways"][vpn] = {"state": "available", "vpcIds": vpcs}
        if target.startswith("tgw-"):
            found["transitGateways"][target] = {
                "state": "available",
                "attachments": dict.fromkeys(vpcs if "targetId" in connection else (), "available"),
            }  # fmt: skip
        elif target:
            found["peerings"][target] = {
                "peerVpcId": "vpc-0fedcba9", "vpcIds": [*vpcs, "vpc-0fedcba9"],
            }  # fmt: skip
    return found


def plan(changes: dict[str, Any] | None = None, lock: Lock | None = None) -> ClusterPlan:
    """The plan of the smallest stack file so changed."""
    spec = stack(changes)
    return plan_cluster(spec, _lock(spec, lock), where=WHERE)


def refused(changes: dict[str, Any], lock: Lock | None = None) -> list[tuple[str, str, str | None]]:
    """Path, message and shown value of each fault that the plan finds."""
    return refused_as_read(changes, _lock(stack(changes), lock))


def refused_as_read(changes: dict[str, Any], lock: Lock) -> list[tuple[str, str, str | None]]:
    """The same with this very lock, which may lack what was not read."""
    spec = stack(changes)
    with pytest.raises(PlanError) as caught:
        plan_cluster(spec, lock, where=WHERE)
    assert str(caught.value).startswith(f"{WHERE} is not valid (")
    return [(fault.path, fault.message, fault.value) for fault in caught.value.faults]


def _lock(spec: ClusterSpec, lock: Lock | None) -> Lock:
    return lock_for(spec) if lock is None else completed(lock, spec)


def subnet(zone: str, cidr: str, **more: Any) -> dict[str, Any]:
    """A subnet that we create, in zone a, b, c … of the smallest stack's region."""
    return {"kind": "create", "availabilityZone": f"ap-northeast-1{zone}", "cidr": cidr, **more}


LISTED: dict[str, Any] = {  # two isolated subnets in two zones
    "network.subnets": {"a": subnet("a", "10.0.0.0/20"), "c": subnet("c", "10.0.16.0/20")}
}
