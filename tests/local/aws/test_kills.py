"""The engine dies between our call to AWS and its own checkpoint; the next run asks again."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from local.aws.api import forget
from tests.local.aws.cases import CASES
from tests.local.aws.engine_side import EngineSide, embedded_aws, engine_side
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


def test_a_create_asked_again_is_made_again(engine: EngineSide) -> None:
    """As by the real provider, which knows nothing of a run before it."""
    first = engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    second = engine.create(VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    assert sorted(v["VpcId"] for v in vpcs(engine, "10.0.0.0/16")) == sorted([first.id, second.id])


# Some of each service: by their names, or by what they join.
REFUSED = {
    "security_group": "InvalidGroup.Duplicate",
    "role": "EntityAlreadyExists",
    "route": "RouteAlreadyExists",
    "kms_alias": "AlreadyExists",
    "log_group": "ResourceAlreadyExists",
    "cluster": "ResourceInUse",
    "addon": "ResourceInUse",
    "access_entry": "ResourceInUse",
    "group": "AlreadyExists",
    "firewall_rule": "priority 100 is in use",
}


@pytest.mark.parametrize("row", REFUSED)
def test_a_create_asked_again_is_refused_where_aws_refuses(engine: EngineSide, row: str) -> None:
    """Nothing is taken over: what is there has to be found before (automation/pending)."""
    world = World(engine)
    made = world.need(row)
    inputs = {name: value for name, value in made.inputs.items() if not name.startswith("__")}
    with pytest.raises(grpc.RpcError, match=REFUSED[row]):
        engine.create(CASES[row].token, "again", inputs)


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
