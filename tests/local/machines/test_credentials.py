"""Credentials of an instance's role, made by the embedded AWS."""

import json

import boto3

from local.machines.credentials import Credentials
from tests.embedded_aws import serving_aws
from tests.local.machines import worlds

INSTANCE = "i-0123456789abcdef0"


def test_they_are_the_role_s_and_stay_the_same_while_they_live() -> None:
    with serving_aws() as url:
        credentials = Credentials(url, worlds.world())
        first = credentials.of(worlds.ROLE, INSTANCE)
        document = json.loads(first)
        assert (document["Code"], document["Type"]) == ("Success", "AWS-HMAC")
        sts = boto3.client(
            "sts", region_name=worlds.REGION, endpoint_url=url,
            aws_access_key_id=document["AccessKeyId"],
            aws_secret_access_key=document["SecretAccessKey"],
            aws_session_token=document["Token"],
        )  # fmt: skip
        arn = sts.get_caller_identity()["Arn"]
        assert arn.endswith(f":assumed-role/{worlds.ROLE}/{INSTANCE}")
        assert credentials.of(worlds.ROLE, INSTANCE) == first
        assert credentials.of(worlds.ROLE, "i-other") != first


def test_that_there_are_none_is_told_to_who_asks() -> None:
    nobody = Credentials("http://127.0.0.1:1", worlds.world())
    document = json.loads(nobody.of(worlds.ROLE, INSTANCE))
    assert document["Code"] == "AssumeRoleUnauthorizedAccess"
    assert "127.0.0.1:1" in document["Message"]
