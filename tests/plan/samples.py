"""Stacks and lock files that the tests of the plan start from."""

from functools import cache
from typing import Any

import pytest

from plan.cluster import ClusterPlan, plan_cluster
from plan.errors import PlanError
from plan.fact_files import FOLDER
from plan.partitions import partition_of
from spec.cluster import ClusterSpec
from spec.lock import Lock
from tests.spec.stack_files import stack

ACCOUNT = "123456789012"
WHERE = "Pulumi.test.yaml"
SERVICES = (
    "ec2", "ecr.api", "ecr.dkr", "s3", "eks-auth", "ssm", "ssmmessages", "sts", "logs",
    "autoscaling", "eks", "kms", "monitoring",
)  # fmt: skip
ADD_ONS = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "aws-ebs-csi-driver")


@cache
def known_types() -> tuple[str, ...]:
    """Every type of the shipped table: the samples' regions offer all of them."""
    lines = (FOLDER / "instance_types.csv").read_text(encoding="utf-8").splitlines()
    return tuple(line.split(",")[0] for line in lines if "." in line and line[0] != "#")


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
        "instanceTypes": {name: {"availabilityZones": names} for name in known_types()},
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


def locked(keys: dict[str, Any]) -> Lock:
    """The lock with these keys."""
    return Lock.model_validate(keys)


def lock_for(spec: ClusterSpec) -> Lock:
    """A lock in which everything is found that the stack may need."""
    return locked(lock_keys(spec.region))


def plan(changes: dict[str, Any] | None = None, lock: Lock | None = None) -> ClusterPlan:
    """The plan of the smallest stack file so changed."""
    spec = stack(changes)
    return plan_cluster(spec, lock or lock_for(spec), where=WHERE)


def refused(changes: dict[str, Any], lock: Lock | None = None) -> list[tuple[str, str, str | None]]:
    """Path, message and shown value of each fault that the plan finds."""
    spec = stack(changes)
    with pytest.raises(PlanError) as caught:
        plan_cluster(spec, lock or lock_for(spec), where=WHERE)
    assert str(caught.value).startswith(f"{WHERE} is not valid (")
    return [(fault.path, fault.message, fault.value) for fault in caught.value.faults]


def subnet(zone: str, cidr: str, **more: Any) -> dict[str, Any]:
    """A subnet that we create, in zone a, b, c … of the smallest stack's region."""
    return {"kind": "create", "availabilityZone": f"ap-northeast-1{zone}", "cidr": cidr, **more}


LISTED: dict[str, Any] = {  # two isolated subnets in two zones
    "network.subnets": {"a": subnet("a", "10.0.0.0/20"), "c": subnet("c", "10.0.16.0/20")}
}
