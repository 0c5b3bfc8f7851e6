"""Every region in its partition, and no ARN or principal of another one anywhere in a plan."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import botocore
import pytest

from plan.errors import PlanError
from plan.fact_files import FOLDER, load_facts
from plan.partitions import partition_of
from tests.plan.samples import lock_keys, locked, plan, refused

BOTOCORE = json.loads((Path(botocore.__file__).parent / "data/partitions.json").read_text("utf-8"))[
    "partitions"
]
FACTS = load_facts("partitions.yaml")
REGIONS = sorted(r for rs in FACTS["eks_image_accounts"].values() for r in rs)
EVERYTHING = {
    "access": {"operator": {}, "sessionManager": True},
    "addOns": {"irsa": True, "ebsCsi": True, "containerLogs": True},
    "network.endpoints.buckets": ["own-bucket"],
    "network.endpoints.additional": {"kms": "why not"},
}  # fmt: skip


PACKAGES = {"network.endpoints.packageRepositories": ["al2023"]}


def documents(region: str) -> str:
    """Everything that the plan says in ARNs, principals and domain names, as one text."""
    zones = [f"{region}a", f"{region}b"]
    changes = {"region": region, "availabilityZones": zones, **EVERYTHING}
    if partition_of(region).name in ("aws", "aws-us-gov"):
        changes |= PACKAGES
    found = plan(changes, locked(lock_keys(region)))
    return json.dumps(
        [
            [asdict(role) for role in found.roles.values()],
            [endpoint.policy for endpoint in found.endpoints.values()],
            found.key_policy,
            [principal.policy_arn for principal in found.principals.values()],
            found.allowed_domains,
        ]
    )


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_lies_where_botocore_says(region):
    known = partition_of(region)
    (row,) = [p for p in BOTOCORE if re.fullmatch(p["regionRegex"].strip("^$"), region)]
    assert known.name == row["id"]
    assert known.dns_suffix == row["outputs"]["dnsSuffix"]
    assert known.api_dns_suffix == row["outputs"]["dualStackDnsSuffix"]


@pytest.mark.parametrize("region", REGIONS)
def test_no_arn_and_no_name_of_another_partition_stands_anywhere(region):
    text = documents(region)
    partition = partition_of(region)
    arns = re.findall(r"arn:([a-z-]+):", text)
    assert len(arns) > 10
    assert set(arns) == {partition.name}
    domains = json.loads(text)[-1]
    outside = [d for d in domains if not d.endswith(".internal")]
    assert len(outside) > 10
    assert all(d.endswith((partition.dns_suffix, partition.api_dns_suffix)) for d in outside)


@pytest.mark.parametrize(
    ("region", "principal"),
    [("ap-northeast-1", "ec2.amazonaws.com"), ("cn-north-1", "ec2.amazonaws.com.cn"),
     ("us-gov-west-1", "ec2.amazonaws.com")],
)  # fmt: skip
def test_machines_are_trusted_by_the_principal_of_their_partition(region, principal):
    found = re.findall(r'"(ec2\.[^"]*)"', documents(region))
    services = {name for name in found if name.startswith("ec2.amazonaws")}
    assert services == {principal}


@pytest.mark.parametrize("region", ["me-west-1", "sa-west-1", "xx-nowhere-1", "us-gov-nowhere-1"])
def test_a_region_of_no_table_is_refused(region):
    with pytest.raises(PlanError) as caught:
        partition_of(region)
    (fault,) = caught.value.faults
    assert fault.path == "region"
    assert fault.message.startswith("is in no table of heiiki; ")
    assert "known: af-south-1, ap-east-1, " in fault.message
    assert fault.value == f"'{region}'"


def test_a_region_that_is_nearly_a_known_one_is_told_which():
    with pytest.raises(PlanError, match=r"did you mean ap-northeast-[123]\? known: "):
        partition_of("ap-northeast-9")


def test_an_unknown_region_of_a_stack_is_told_with_the_files_name():
    changes = {"region": "me-west-1", "availabilityZones": ["me-west-1a", "me-west-1b"]}
    with pytest.raises(PlanError, match=r"^Pulumi\.test\.yaml is not valid \(1 fault\)"):
        plan(changes)


def test_no_source_file_of_the_plan_writes_a_partition_literally():
    files = list(FOLDER.parent.glob("*.py"))
    assert len(files) > 20
    for file in files:
        assert "arn:aws" not in file.read_text(encoding="utf-8"), file.name


@pytest.mark.parametrize("region", ["cn-north-1", "us-iso-east-1"])
def test_package_buckets_that_may_be_anybodys_are_refused(region):
    changes = {"region": region, "availabilityZones": [f"{region}a", f"{region}b"], **PACKAGES}
    name = partition_of(region).name
    assert refused(changes) == [
        ("network.endpoints.packageRepositories", "names buckets that are known in no table of "
         f"partition {name}; mirror packages into a bucket of your own, in "
         "network.endpoints.buckets", None),
    ]  # fmt: skip
