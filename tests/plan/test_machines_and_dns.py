"""Machines for people, and the names that machines may resolve."""

import re
from functools import partial

import pytest

from plan.features import aws_owned_buckets, service_domains
from plan.machines import BURSTABLE_FAMILIES, cpu_credits
from plan.partitions import partition_of
from tests.plan.samples import known_types, plan, refused
from tests.scenarios import SCENARIOS, planned

BASTION = {
    "kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
    "availabilityZone": "ap-northeast-1a", "allowedCidrs": ["203.0.113.7/32"],
}  # fmt: skip
ARM = (
    "is arm64, and the default image x86_64; write a type of that, such as t3.small, or an imageId"
)


def both(machine):
    return {
        "access.operator": {"machine": machine},
        "network.connections": {"b": {**BASTION, "machine": machine}},
    }


PATHS = ("access.operator.machine.instanceType", "network.connections.b.machine.instanceType")


def test_a_type_that_cannot_boot_the_default_image_is_refused():
    found = refused(both({"instanceType": "t4g.small"}))
    assert found == [(path, ARM, "'t4g.small'") for path in PATHS]
    own_image = {"instanceType": "t4g.small", "imageId": "ami-0123456789abcdef0"}
    assert plan(both(own_image)).machine_image_id


def test_an_unknown_type_of_a_machine_is_refused():
    found = refused(both({"instanceType": "t3.enormous"}))
    assert [path for path, _, _ in found] == list(PATHS)
    assert all("is no known instance type; known: t3." in message for _, message, _ in found)


def test_machines_of_burstable_families_buy_no_credits_and_others_have_none_to_say():
    assert {cpu_credits(f"{family}.small") for family in BURSTABLE_FAMILIES} == {"standard"}
    assert {cpu_credits(name) for name in ("m7i.large", "trn1.2xlarge", "c3.large")} == {None}
    said = {name for name in known_types() if cpu_credits(name)}
    assert {
        name for name in known_types() if name.startswith(("t2.", "t3.", "t3a.", "t4g."))
    } == said


def test_the_default_image_comes_from_the_lock():
    assert plan().machine_image_id == "ami-00000000000009900"


SMALLEST = {
    "*.ap-northeast-1.compute.internal", "*.ap-northeast-1.eks.amazonaws.com", "*.ec2.internal",
    "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com",
    "602401143452.dkr.ecr.ap-northeast-1.amazonaws.com", "api.ecr.ap-northeast-1.amazonaws.com",
    "autoscaling.ap-northeast-1.amazonaws.com", "ec2.ap-northeast-1.amazonaws.com",
    "eks-auth.ap-northeast-1.api.aws",
    "prod-ap-northeast-1-starport-layer-bucket.s3.ap-northeast-1.amazonaws.com",
    "prod-ap-northeast-1-starport-layer-bucket.s3.dualstack.ap-northeast-1.amazonaws.com",
    "s3.ap-northeast-1.amazonaws.com", "s3-r-w.ap-northeast-1.amazonaws.com",
    "s3-r-w.dualstack.ap-northeast-1.amazonaws.com",
}  # fmt: skip


def test_the_smallest_cluster_resolves_exactly_what_it_calls():
    assert set(plan().allowed_domains) == SMALLEST
    assert list(plan().allowed_domains) == sorted(SMALLEST)


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"addOns.irsa": True}, {"sts.ap-northeast-1.amazonaws.com"}),
        ({"addOns.containerLogs": True}, {"logs.ap-northeast-1.amazonaws.com"}),
        ({"network.dns.allowedDomains": ["*.corp.example.com."]}, {"*.corp.example.com"}),
        ({"network.endpoints.additional": {"kms": "asked"}}, {"kms.ap-northeast-1.amazonaws.com"}),
        ({"network.endpoints.buckets": ["own"]},
         {"own.s3.ap-northeast-1.amazonaws.com", "own.s3.dualstack.ap-northeast-1.amazonaws.com"}),
        ({"network.endpoints.packageRepositories": ["al2023"]},
         {f"al2023-{name}.s3.{dual}ap-northeast-1.amazonaws.com"
          for name in ("ap-northeast-1", "repos-ap-northeast-1-de612dc2")
          for dual in ("", "dualstack.")}),
    ],
)  # fmt: skip
def test_each_feature_adds_its_names_and_no_others(changes, more):
    assert set(plan(changes).allowed_domains) == SMALLEST | more


def test_s3_is_allowed_by_bucket_since_names_of_foreign_buckets_carry_data_out():
    assert not [d for d in plan().allowed_domains if d.startswith("*.s3")]


def answered(name):
    """What AWS answers to a name of S3, as seen with dig and in query logs: one CNAME."""
    bucket = re.fullmatch(r"[^.]+\.s3\.(dualstack\.)?([^.]+)\.(amazonaws\..+)", name)
    return f"s3-r-w.{bucket[1] or ''}{bucket[2]}.{bucket[3]}" if bucket else None


@pytest.mark.parametrize("region", ["ap-northeast-1", "us-gov-west-1", "cn-north-1"])
def test_what_an_allowed_name_is_answered_with_is_allowed_too(region):
    """DNS Firewall inspects the whole chain: one name missing, and no image layer is found."""
    partition = partition_of(region)
    service = partial(service_domains, partition=partition, account_id="123456789012")
    names = service("s3", buckets=(*aws_owned_buckets("ecrLayers", partition), "own"))
    chained = {name: answered(name) for name in names if answered(name)}
    layers = f"prod-{region}-starport-layer-bucket.s3.{region}.{partition.dns_suffix}"
    assert chained[layers] == f"s3-r-w.{region}.{partition.dns_suffix}"
    assert len(chained) == 4
    assert set(chained.values()) <= set(names)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_example_allows_what_its_names_are_answered_with(scenario):
    allowed = planned(scenario).allowed_domains
    targets = {answered(name) for name in allowed} - {None}
    assert targets
    assert targets <= set(allowed)
