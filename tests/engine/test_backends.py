"""State in a bucket and secrets under a KMS key: no folder and no passphrase of this machine's."""

import json
from pathlib import Path

from automation import Stack
from tests.engine.aws_side import client
from tests.engine.stack_copies import copied
from tests.warm.keys import KMS_URL

REGION, BUCKET = "ap-northeast-1", "states-of-the-bank"
PROVIDER = f"awskms://alias/pulumi?region={REGION}"


def recorded(world) -> list[dict[str, object]]:
    """Every state that the bucket holds."""
    s3 = client(world, "s3", REGION)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
    stacks = [key for key in keys if key.startswith(".pulumi/stacks/") and key.endswith(".json")]
    return [json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in stacks]


def test_a_stack_lives_in_a_bucket_with_its_secrets_under_a_key(world, tmp_path):
    place = {"LocationConstraint": REGION}
    client(world, "s3", REGION).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    kms = client(world, "kms", REGION)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/pulumi", TargetKeyId=key)
    file = copied("dev", tmp_path / "dev") / "Pulumi.dev.yaml"
    file.write_text(f"secretsprovider: {PROVIDER}\n{file.read_text('utf-8')}", encoding="utf-8")
    environment = {
        **world.environment,
        "PULUMI_BACKEND_URL": f"s3://{BUCKET}?region={REGION}&awssdk=v2",
        "PULUMI_CONFIG_PASSPHRASE": "",
        KMS_URL: world.aws_endpoint_url,
    }
    stack = Stack("dev", file=Path(file), environment=environment)
    made = stack.up()
    assert made.counts["create"] > 90 and made.outputs["clusterName"].value == "dev"
    (state,) = recorded(world)
    latest = state["checkpoint"]["latest"]
    assert latest["secrets_providers"]["type"] == "cloud"
    assert latest["secrets_providers"]["state"]["url"].startswith("awskms://alias/pulumi")
    assert len(latest["resources"]) > 90
    assert not (world.home.state / ".pulumi" / "stacks").exists(), "nothing is kept here"

    stack.destroy(disable_protection=True)
    assert stack.state().managed == []
