"""Answers of the metadata service."""

import json
from http import HTTPStatus

import pytest

from local.machines import InterfaceSpec
from local.machines.metadata import (
    TOKEN,
    TOKEN_SECONDS,
    Facts,
    Tokens,
    answer,
    facts_of,
    host_name,
)
from tests.local.machines import worlds

CREDENTIALS = b'{"AccessKeyId": "ASIA"}'


def facts(**changes: object) -> Facts:
    machine = worlds.one().model_copy(update=changes)
    own = InterfaceSpec(subnet="core-1a", address="10.0.1.10", groups=("one",))
    moved = worlds.world().interfaces["eni-0a0a0a0a0a0a0a0a0"]
    attached = {0: (machine.primary_interface, own), 1: ("eni-0a0a0a0a0a0a0a0a0", moved)}
    return facts_of(worlds.world(), machine, attached, lambda: CREDENTIALS)


def said(path: str, **changes: object) -> str:
    answered = answer(path, facts(**changes))
    assert answered.status == HTTPStatus.OK, path
    return answered.body.decode()


def test_folders_list_what_is_below_them() -> None:
    assert said("/").split()[-1] == "latest"
    assert said("/latest") == "dynamic/\nmeta-data/\nuser-data"
    assert {"instance-id", "iam/", "network/", "placement/"} <= set(
        said("/latest/meta-data/").split()
    )
    assert said("/latest/meta-data/placement/") == "availability-zone\nregion"
    assert said("/latest/meta-data/iam/security-credentials/") == worlds.ROLE
    macs = said("/latest/meta-data/network/interfaces/macs/").split()
    assert len(macs) == 2
    numbers = {said(f"/latest/meta-data/network/interfaces/macs/{m}device-number") for m in macs}
    assert numbers == {"0", "1"}


def test_leaves_say_their_value() -> None:
    assert said("/latest/meta-data/instance-id") == worlds.one().id
    assert said("/2021-03-23/meta-data/local-ipv4") == "10.0.1.10"
    assert said(f"/latest/meta-data/iam/security-credentials/{worlds.ROLE}") == CREDENTIALS.decode()
    assert said("/latest/user-data", user_data=b"#!/bin/sh\n") == "#!/bin/sh\n"
    document = json.loads(said("/latest/dynamic/instance-identity/document"))
    assert (document["region"], document["privateIp"]) == (worlds.REGION, "10.0.1.10")


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/latest/user-data", {"user_data": b""}),
        ("/latest/meta-data/iam/", {"role": ""}),
        ("/latest/meta-data/tags/instance/Name", {"tags_in_metadata": False}),
        ("/2018-09-24/meta-data/tags/instance/Name", {}),
        ("/latest/meta-data/instance-i", {}),
        ("/1999-01-01/meta-data/instance-id", {}),
    ],
)
def test_what_is_not_there_is_not_found(path: str, changes: dict[str, object]) -> None:
    assert answer(path, facts(**changes)).status == HTTPStatus.NOT_FOUND


def test_tags_are_there_where_they_are_switched_on() -> None:
    assert said("/latest/meta-data/tags/instance/Name") == "first"


def test_a_token_lives_as_long_as_was_asked_for() -> None:
    tokens = Tokens(iter(["first", "second"]).__next__)
    given = tokens.new({TOKEN_SECONDS: "60"}, now=1000.0)
    assert (given.status, given.body) == (HTTPStatus.OK, b"first")
    assert tokens.hold({TOKEN: "first"}, now=1059.0)
    assert not tokens.hold({TOKEN: "first"}, now=1060.0)
    assert not tokens.hold({}, now=1000.0)
    assert not tokens.hold({TOKEN: "other"}, now=1000.0)
    tokens.new({TOKEN_SECONDS: "60"}, now=2000.0)
    assert list(tokens.ends) == ["second"], "what has ended is forgotten"


@pytest.mark.parametrize("seconds", ["", "0", "21601", "-1", "1.5", "x"])
def test_a_token_without_a_proper_life_is_refused(seconds: str) -> None:
    tokens = Tokens(lambda: "never")
    asked = {TOKEN_SECONDS: seconds} if seconds else {}
    assert tokens.new(asked, now=0.0).status == HTTPStatus.BAD_REQUEST
    assert tokens.ends == {}


def test_no_token_is_given_through_a_proxy() -> None:
    tokens = Tokens(lambda: "never")
    asked = {TOKEN_SECONDS: "60", "x-forwarded-for": "10.0.0.1"}
    assert tokens.new(asked, now=0.0).status == HTTPStatus.FORBIDDEN
    assert tokens.ends == {}


def test_the_host_name_is_the_one_that_the_region_gives() -> None:
    assert host_name(worlds.world(), worlds.one()) == "ip-10-0-1-10.ap-northeast-1.compute.internal"
    virginia = worlds.world().model_copy(update={"region": "us-east-1"})
    assert host_name(virginia, worlds.one()) == "ip-10-0-1-10.ec2.internal"
