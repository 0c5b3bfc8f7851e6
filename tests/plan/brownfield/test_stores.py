"""What the owner of a supplied bucket or repository must have in its policy."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from plan.carry_in import plan_buckets, plan_repositories
from plan.partitions import partition_of
from tests.plan.samples import ACCOUNT, lock_keys, locked, plan, refused
from tests.spec.stack_files import stack

ASKED: dict[str, Any] = {
    "carryIn": {
        "importerArns": [f"arn:aws:iam::{ACCOUNT}:role/carrier"],
        "buckets": {"material": {"kind": "existing", "bucketName": "shared"}},
        "repositories": {"base": {"kind": "existing", "repositoryName": "shared/base"}},
    }
}
BUCKET, REPOSITORY = (
    "carryIn.buckets.material.bucketName",
    ("carryIn.repositories.base.repositoryName"),
)
Change = Callable[[dict[str, Any], dict[str, Any]], None]


def keys(change: Change = lambda bucket, repository: None) -> Any:
    """A lock with both as a created one would be, but for the change."""
    spec = stack(ASKED)
    partition = partition_of(spec.region)
    bucket = {
        "region": spec.region, "publicAccessBlocked": True, "encryption": "aws:kms",
        "versioned": True,
        "policy": copy.deepcopy(plan_buckets(spec, partition, ACCOUNT)["material"].policy),
    }  # fmt: skip
    repository = {
        "encryption": "KMS", "tagMutability": "IMMUTABLE",
        "policy": copy.deepcopy(plan_repositories(spec, partition, ACCOUNT)["base"].policy),
    }  # fmt: skip
    change(bucket, repository)
    found = lock_keys()
    found["supplied"] = {"buckets": {"shared": bucket}, "repositories": {"shared/base": repository}}
    return locked(found)


def told(change: Change) -> list[tuple[str, str]]:
    return [(path, message) for path, message, _ in refused(ASKED, keys(change))]


def test_what_is_as_a_created_one_would_be_passes_without_a_word():
    planned = plan(ASKED, keys())
    assert planned.buckets["material"].supplied and planned.repositories["base"].supplied
    assert not [w for w in planned.warnings if w.startswith("carryIn")]


def test_what_was_not_read_is_a_fault():
    assert [(p, m) for p, m, _ in refused(ASKED)] == [
        (BUCKET, "was not read; run heiiki lock"), (REPOSITORY, "was not read; run heiiki lock"),
    ]  # fmt: skip


def statements(row: dict[str, Any]) -> list[dict[str, Any]]:
    return row["policy"]["Statement"]


@pytest.mark.parametrize("number", range(5))
def test_each_deny_of_a_bucket_is_needed(number):
    def change(bucket, repository):
        denied.append(statements(bucket).pop(number)["Sid"])

    denied: list[str] = []
    ((path, message),) = told(change)
    assert path == BUCKET and f"does what {denied[0]} of" in message


@pytest.mark.parametrize("number", range(7))
def test_each_deny_of_a_repository_is_needed(number):
    def change(bucket, repository):
        denied.append(statements(repository).pop(number)["Sid"])

    denied: list[str] = []
    ((path, message),) = told(change)
    assert path == REPOSITORY and denied[0] in message


@pytest.mark.parametrize(
    "weaker",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
        {"Action": "s3:GetObject"},
        {"Resource": "arn:aws:s3:::shared/public/*"},
        {"Condition": {"Null": {"aws:SourceIp": "true"}}},
        {"Condition": {"StringNotEquals": {"aws:VpceAccount": ACCOUNT},
                       "Bool": {"aws:ViaAWSService": "false"}}},
        {"NotAction": "s3:PutObject"},
        {"Action": "s3:GetObject?"},
        {"Resource": "arn:aws:s3:::shared/?"},
        {"Resource": "arn:aws:s3:::[s]hared/*"},
        {"Resource": "arn:aws:s3:::SHARED/*"},
        {"Condition": {"StringNotEquals": {"AWS:VpceAccount": "999999999999",
                                           "aws:VpceAccount": ACCOUNT}}},
        {"Principal": {"AWS": "*", "Service": "s3.amazonaws.com"}},
    ],
)  # fmt: skip
def test_a_weaker_deny_does_not_do(weaker):
    def change(bucket, repository):
        (reads,) = [s for s in statements(bucket) if s["Sid"] == "DenyReadsButOwnEndpoints"]
        reads |= weaker

    ((path, message),) = told(change)
    assert path == BUCKET and "DenyReadsButOwnEndpoints" in message


def test_a_wider_deny_written_otherwise_does():
    def change(bucket, repository):
        (reads,) = [s for s in statements(bucket) if s["Sid"] == "DenyReadsButOwnEndpoints"]
        reads |= {
            "Sid": "Mine", "Principal": {"AWS": ["*"]}, "Action": ["s3:Get*", "s3:List*"],
            "Resource": ["*"], "Condition": {"stringNotEquals": {"AWS:vpceAccount": [ACCOUNT]}},
        }  # fmt: skip

    assert plan(ASKED, keys(change)).buckets["material"].supplied


def test_no_policy_at_all_lacks_everything():
    def change(bucket, repository):
        bucket["policy"] = repository["policy"] = None

    found = told(change)
    assert [path for path, _ in found] == [BUCKET, REPOSITORY]
    assert all("DenyOtherAccounts" in message for _, message in found)


def test_a_bucket_that_may_become_public_or_lies_elsewhere_is_refused():
    found = told(lambda bucket, _: bucket.update(publicAccessBlocked=False, region="eu-west-1"))
    assert [path for path, _ in found] == [BUCKET, BUCKET]
    assert "lies in eu-west-1" in found[0][1] and "may become public" in found[1][1]


def test_what_is_less_than_a_created_one_but_no_door_is_warned_of():
    def change(bucket, repository):
        bucket.update(encryption=None, versioned=False)
        repository.update(encryption="AES256", tagMutability="MUTABLE")

    said = [w for w in plan(ASKED, keys(change)).warnings if w.startswith("carryIn")]
    assert [w.split(": ")[1] for w in said] == [
        "shared is not encrypted with a KMS key", "shared keeps no old versions",
        "shared/base is not encrypted with a KMS key",
        "tags of shared/base may be moved to other images",
    ]  # fmt: skip
