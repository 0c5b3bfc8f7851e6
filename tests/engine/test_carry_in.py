"""What is carried in, as AWS itself keeps it: asked through boto3, past the providers."""

import json

import pytest

from automation.errors import RefusedError
from local.leftovers import leftovers
from tests.engine.aws_side import client
from tests.engine.stack_copies import copied
from tests.scenarios import planned

REGION = "ap-northeast-1"
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "layers": [],
        "config": {"digest": f"sha256:{'0' * 64}"},
    }
)


@pytest.fixture(scope="module")
def stack(world, tmp_path_factory):
    """The example that carries in, brought up."""
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == set()
    made = world.stack("two-vpc", copied("two-vpc", tmp_path_factory.mktemp("two-vpc")))
    preview = made.preview()
    assert preview.verdict.passed, "nothing of its policies is unknown before the endpoints exist"
    made.up()
    return made


def test_aws_keeps_what_was_planned(world, stack):
    plan = planned("two-vpc")
    bucket, repository = plan.buckets["material"], plan.repositories["mirror"]
    s3, ecr = client(world, "s3", REGION), client(world, "ecr", REGION)
    name = bucket.bucket_name
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == bucket.policy
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert len(block) == 4 and all(block.values())
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    controls = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    outputs = stack.outputs()
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": outputs["keyArn"].value,
    }  # fmt: skip
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    physical = repository.repository_name
    stored = ecr.get_repository_policy(repositoryName=physical)["policyText"]
    assert json.loads(stored) == repository.policy
    (found,) = ecr.describe_repositories(repositoryNames=[physical])["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE"
    assert found["encryptionConfiguration"]["encryptionType"] == "KMS"
    assert outputs["carryInBuckets"].value == {"material": name}
    assert outputs["carryInRepositories"].value == {"mirror": found["repositoryUri"]}


def test_a_second_preview_changes_nothing(stack):
    again = stack.preview()
    assert again.changes == () and set(again.counts) == {"same"}


def test_what_holds_something_is_destroyed_by_nobody_who_did_not_say_so(world, stack):
    """And when it was said, everything goes, old versions and untagged images too."""
    plan = planned("two-vpc")
    bucket = plan.buckets["material"].bucket_name
    repository = plan.repositories["mirror"].repository_name
    s3, ecr = client(world, "s3", REGION), client(world, "ecr", REGION)
    for body in (b"first", b"second"):
        s3.put_object(Bucket=bucket, Key="tools/kubectl", Body=body)
    s3.delete_object(Bucket=bucket, Key="tools/kubectl")
    ecr.put_image(repositoryName=repository, imageManifest=MANIFEST, imageTag="1")
    before = set(leftovers(world.aws_endpoint_url, [REGION]))
    with pytest.raises(RefusedError) as refused:
        stack.destroy(disable_protection=True)
    assert refused.value.details == (f"bucket {bucket}", f"repository {repository}")
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == before, "nothing was touched"
    stack.destroy(disable_protection=True, allow_data_loss=True)
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == set()
