"""What who carries in may: each call of `heiiki carry-in`, at the places of the stack alone."""

import pytest

from plan.iam_carrier import carrier_policy
from plan.partitions import partition_of
from tests.iam_evaluator import Call, decided
from tests.plan.own import own
from tests.plan.samples import ACCOUNT

REGION = "ap-northeast-1"
CARRIER = f"arn:aws:iam::{ACCOUNT}:role/carrier"
PROGRAM = f"arn:aws:s3:::carried-in/binaries/{'0' * 64}"
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/kubernetes/pause"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
HERE = {"aws:ResourceAccount": ACCOUNT}
THERE = {"aws:ResourceAccount": "210987654321"}
BY_S3 = {
    "kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": PROGRAM,
}  # fmt: skip
NOBODY = {"Statement": []}


def may(action, resource, context):
    policy = carrier_policy(own().artifacts, partition_of(REGION), ACCOUNT)
    call = Call(action, resource, CARRIER, context)
    return decided(call, NOBODY, (policy["Statement"],)) == "allowed"


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("s3:GetObject", PROGRAM, HERE),
        ("s3:PutObject", PROGRAM, HERE),
        ("s3:ListBucket", "arn:aws:s3:::carried-in", HERE),
        ("kms:GenerateDataKey", KEY, BY_S3),
        ("kms:Decrypt", KEY, BY_S3),
        ("ecr:GetAuthorizationToken", "*", {}),
        *((f"ecr:{name}", REPOSITORY, {}) for name in (
            "BatchGetImage", "BatchCheckLayerAvailability", "InitiateLayerUpload",
            "UploadLayerPart", "CompleteLayerUpload", "PutImage")),
    ],
)  # fmt: skip
def test_each_call_is_allowed(action, resource, context):
    assert may(action, resource, context)


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("s3:DeleteObject", PROGRAM, HERE),
        ("s3:PutObject", PROGRAM, THERE),
        ("s3:GetObject", PROGRAM, THERE),
        ("s3:PutObject", "arn:aws:s3:::carried-in/other", HERE),
        ("s3:PutObject", "arn:aws:s3:::self-hosted-machines/binaries/x", HERE),
        ("kms:Decrypt", KEY, {}),
        ("kms:Decrypt", KEY, {**BY_S3, "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other"}),
        ("ecr:PutImage", REPOSITORY.replace("pause", "other"), {}),
        ("ecr:BatchDeleteImage", REPOSITORY, {}),
        ("ecr:GetDownloadUrlForLayer", REPOSITORY, {}),
        ("ecr:SetRepositoryPolicy", REPOSITORY, {}),
    ],
)
def test_nothing_else_is(action, resource, context):
    assert not may(action, resource, context)
