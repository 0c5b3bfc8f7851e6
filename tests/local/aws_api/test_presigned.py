"""Who somebody is, asked by a question that was signed before, as the IAM authenticator does."""

import json
import urllib.request
from urllib.parse import urlencode

import boto3
import pytest

from tests.embedded_aws import serving_aws

REGION = "ap-northeast-1"


@pytest.fixture(scope="module")
def url():
    with serving_aws() as url:
        yield url


def ask(url: str, signed: str, accept: str) -> tuple[str, str]:
    request = urllib.request.Request(f"{url}/?{signed.partition('?')[2]}")
    request.add_header("Accept", accept)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def presigned(url: str) -> str:
    """For a role that was taken on."""
    keys = {"aws_access_key_id": "embedded", "aws_secret_access_key": "embedded"}
    sts = boto3.client("sts", region_name=REGION, endpoint_url=url, **keys)
    given = sts.assume_role(
        RoleArn="arn:aws:iam::123456789012:role/dev-worker", RoleSessionName="i-0123456789abcdef0"
    )["Credentials"]
    own = boto3.client(
        "sts", region_name=REGION, aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"], aws_session_token=given["SessionToken"],
    )  # fmt: skip
    return own.generate_presigned_url("get_caller_identity", HttpMethod="GET")


def test_it_is_answered_as_it_accepts(url: str) -> None:
    signed = presigned(url)
    arn = "arn:aws:sts::123456789012:assumed-role/dev-worker/i-0123456789abcdef0"
    kind, said = ask(url, signed, "application/json")
    assert kind == "application/json"
    answer = json.loads(said)["GetCallerIdentityResponse"]["GetCallerIdentityResult"]
    assert (answer["Arn"], answer["Account"]) == (arn, "123456789012")
    kind, said = ask(url, signed, "*/*")
    assert kind == "text/xml" and f"<Arn>{arn}</Arn>" in said


def test_what_was_signed_for_s3_still_goes_there(url: str) -> None:
    query = urlencode({"X-Amz-Credential": f"AKIA/20261128/{REGION}/s3/aws4_request"})
    assert "ListAllMyBucketsResult" in ask(url, f"?{query}", "application/json")[1]
