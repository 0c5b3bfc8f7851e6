"""The engine dies between our call to AWS and its own checkpoint; the next run asks again."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from local.aws.api import forget
from tests.local.aws.cases import CASES
from tests.local.aws.engine_side import EngineSide, Made, embedded_aws, engine_side
from tests.local.aws.world import World

VPC, SECURITY_GROUP = "aws:ec2/vpc:Vpc", "aws:ec2/securityGroup:SecurityGroup"


@pytest.fixture(scope="module")
def endpoint_url() -> Iterator[str]:
    with embedded_aws() as url:
        yield url


@pytest.fixture
def engine(endpoint_url: str) -> Iterator[EngineSide]:
    forget()
    with engine_side(endpoint_url) as side:
        yield side


def vpcs(engine: EngineSide, cidr: str) -> list[dict[str, Any]]:
    found = engine.boto("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": [cidr]}])
    return list(found["Vpcs"])


# Adopting is one mechanism for all; these differ in how the object is named.
ROWS = ("vpc", "security_group_inline", "role", "route", "kms_key", "cluster", "launch_template")


@pytest.mark.parametrize("row", ROWS)
def test_a_create_asked_again_finds_what_is_there(engine: EngineSide, row: str) -> None:
    world = World(engine)
    inputs = world.inputs(row)
    first = engine.create(CASES[row].token, "again", inputs)
    second = engine.create(CASES[row].token, "again", inputs)
    assert second == first


def test_a_generated_name_is_found_again(engine: EngineSide) -> None:
    """The engine draws a new seed in each run; the name must not change with it."""
    vpc = engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    first = engine.create(SECURITY_GROUP, "group", {"vpcId": vpc.id})
    checked, _ = engine.check(SECURITY_GROUP, "group", {"vpcId": vpc.id}, seed=b"another run")
    assert checked["name"] == first.outputs["name"]


def test_what_is_adopted_gets_the_present_inputs(engine: EngineSide) -> None:
    first = engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    again = engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "late"}})
    assert again.id == first.id
    assert vpcs(engine, "10.0.0.0/16")[0]["Tags"] == [{"Key": "Name", "Value": "late"}]


def test_what_cannot_be_changed_so_is_made_anew_and_nothing_is_left(engine: EngineSide) -> None:
    engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    engine.create(VPC, "core", {"cidrBlock": "10.1.0.0/16"})
    assert vpcs(engine, "10.0.0.0/16") == []
    assert len(vpcs(engine, "10.1.0.0/16")) == 1


def test_what_the_engine_knows_is_not_adopted(engine: EngineSide) -> None:
    """A replacement creates under the URN of what it replaces."""
    old = engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    news = engine.recheck(old, {"cidrBlock": "10.1.0.0/16"})
    assert engine.diff(old, news).replaces
    new = engine.create(VPC, "core", {"cidrBlock": "10.1.0.0/16"})
    assert new.id != old.id
    assert len(vpcs(engine, "10.0.0.0/16")) == 1  # the engine deletes it next


def test_what_is_gone_is_made_again(engine: EngineSide) -> None:
    first = engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    engine.boto("ec2").delete_vpc(VpcId=first.id)
    assert engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"}).id != first.id


def test_two_engines_at_once_make_one_thing(engine: EngineSide) -> None:
    """The old create may still run when the next engine asks."""
    made: list[Made] = []

    def create() -> None:
        made.append(engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"}))

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.id for one in made}) == 1
    assert len(vpcs(engine, "10.0.0.0/16")) == 1


def test_a_provider_that_starts_anew_remembers_by_its_journal(
    endpoint_url: str, tmp_path: Path
) -> None:
    forget()
    journal = tmp_path / "aws-journal"
    inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"Secret": "hunter2"}}
    with engine_side(endpoint_url, journal) as before:
        first = before.create(VPC, "core", inputs)
    assert "hunter2" not in journal.read_text()
    with engine_side(endpoint_url, journal) as after:
        assert after.create(VPC, "core", inputs).id == first.id
        after.delete(first)
        assert after.create(VPC, "core", inputs).id != first.id


def test_a_create_that_fails_half_way_leaves_its_id_with_the_engine(engine: EngineSide) -> None:
    """The group exists; its rule is refused. The engine keeps the id, and can delete it."""
    vpc = engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    block = {"protocol": "tcp", "fromPort": 1, "toPort": 1, "securityGroups": ["sg-0000"]}
    inputs = {"vpcId": vpc.id, "ingress": [block], "name": "half"}
    with pytest.raises(grpc.RpcError) as caught:
        engine.create(SECURITY_GROUP, "half", inputs)
    metadata: Any = caught.value
    details = dict(metadata.trailing_metadata())["grpc-status-details-bin"]
    found = engine.boto("ec2").describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["half"]}]
    )
    assert found["SecurityGroups"][0]["GroupId"].encode() in details


def test_a_repeated_update_makes_no_second_version(engine: EngineSide) -> None:
    world = World(engine)
    made = world.need("launch_template")
    wanted = world.inputs("launch_template", CASES["launch_template"].update)
    first = engine.update(made, wanted)
    again = engine.update(made, wanted)
    assert first.outputs["latestVersion"] == again.outputs["latestVersion"] == 2
