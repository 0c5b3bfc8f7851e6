"""The key of the tests' stacks is one: it opens what it closed, and nothing else."""

import os
import subprocess

import boto3
import pytest
from botocore.exceptions import ClientError

from local.engine import ensure_engine
from local.environment import closed, engine_home
from tests.warm.keys import ALIAS, KMS_URL, PROVIDER, key_service
from tests.warm.start import COLD, STEP_BY_STEP, hurried

SAYING = """#!/bin/sh
echo "$PULUMI_SKIP_CHECKPOINTS $AWS_ENDPOINT_URL_KMS"
printf '<%s>' "$@"
"""


@pytest.fixture(autouse=True)
def as_most_tests_are_run(monkeypatch):
    monkeypatch.delenv(COLD, raising=False)


@pytest.fixture(scope="module")
def kms():
    return boto3.client(
        "kms", region_name="us-east-1", endpoint_url=key_service(),
        aws_access_key_id="embedded", aws_secret_access_key="embedded",
    )  # fmt: skip


def refusal(call, **asked):
    with pytest.raises(ClientError) as refused:
        call(**asked)
    return refused.value.response["Error"]["Code"]


def test_it_opens_what_it_closed_and_nothing_else(kms):
    closed = kms.encrypt(KeyId=ALIAS, Plaintext=b"data key")["CiphertextBlob"]
    assert b"data key" not in closed
    assert kms.encrypt(KeyId=ALIAS, Plaintext=b"data key")["CiphertextBlob"] != closed
    assert kms.decrypt(KeyId=ALIAS, CiphertextBlob=closed)["Plaintext"] == b"data key"
    changed = closed[:-1] + bytes([closed[-1] ^ 1])
    assert refusal(kms.decrypt, CiphertextBlob=changed) == "InvalidCiphertextException"
    other = {"KeyId": "alias/pulumi"}
    assert refusal(kms.encrypt, **other, Plaintext=b"data key") == "NotFoundException"
    assert refusal(kms.decrypt, **other, CiphertextBlob=closed) == "NotFoundException"
    assert refusal(kms.list_keys) == "UnknownOperationException"


def test_only_what_makes_a_stack_is_told_of_it(tmp_path):
    (tmp_path / "pulumi").write_text(SAYING, encoding="utf-8")
    (tmp_path / "pulumi").chmod(0o755)
    engine = hurried(tmp_path, tmp_path / "hurried") / "pulumi"

    def said(*words, **variables):
        kept = {"PATH": os.environ["PATH"], **variables}
        return subprocess.run([engine, *words], env=kept, capture_output=True, text=True).stdout

    ours = key_service()
    assert said("stack", "ls") == f"true {ours}\n<stack><ls>"
    told = f"<stack><init><--secrets-provider><{PROVIDER}>"
    assert said("stack", "init", "a b") == f"true {ours}\n{told}<a b>"
    given = {KMS_URL: "http://x.example", STEP_BY_STEP: "1"}
    assert said("up", **given) == " http://x.example\n<up>"


def test_the_engine_keeps_secrets_by_it_and_opens_them_again(tmp_path):
    """Where a stack names another provider, that one counts."""
    folder = hurried(ensure_engine(print).path.parent, tmp_path / "hurried")
    (tmp_path / "Pulumi.yaml").write_text('{"name": "tiny", "runtime": "python"}')
    (tmp_path / "state").mkdir()
    environment = {
        **closed(os.environ),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "of a test",
        "PULUMI_HOME": str(engine_home(tmp_path / "home")),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def pulumi(*words):
        command = [folder / "pulumi", *words, "--non-interactive"]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    for stack, more in (("ours", ()), ("own", ("--secrets-provider", "passphrase"))):
        pulumi("stack", "init", stack, *more)
        pulumi("config", "set", "--secret", "word", "s3cr3t-value", "--stack", stack)
        assert pulumi("config", "get", "word", "--stack", stack) == "s3cr3t-value\n"
    ours, own = [(tmp_path / f"Pulumi.{name}.yaml").read_text() for name in ("ours", "own")]
    assert f"secretsprovider: {PROVIDER}" in ours and "encryptedkey: " in ours
    assert "encryptionsalt: " in own and "secretsprovider" not in own
    assert "s3cr3t" not in ours + own
