"""Two clusters in one supplied VPC: neither touches the other, nor what both have been given."""

from pathlib import Path
from typing import Any

import pytest

from bench.supplied import supply
from local.leftovers import leftovers
from tests.engine.aws_side import client, inventory
from tests.engine.stack_copies import copied, edited
from tests.engine.world import World

REGION = "eu-central-1"
FIRST, SECOND = "existing", "neighbour"


class Street:
    """A supplied VPC and the two clusters in it, the second begun when the first was up."""

    def __init__(self, world: World, folder: Path) -> None:
        supply(world, folder)
        self.world = world
        invite(world, SECOND)
        self.supplied, self.nothing = given(world), everything(world)
        self.stacks = {FIRST: world.stack(FIRST, folder)}
        self.stacks[FIRST].up()
        self.alone = everything(world)
        for file in ("Pulumi.{}.yaml", "heiiki.{}.policy.json"):
            text = (folder / file.format(FIRST)).read_text(encoding="utf-8")
            (folder / file.format(SECOND)).write_text(text, encoding="utf-8")
        file = folder / f"Pulumi.{SECOND}.yaml"
        edited(file, lambda config: config.update(name=SECOND))
        world.heiiki("lock", "--file", str(file))
        self.stacks[SECOND] = world.stack(SECOND, folder)
        self.stacks[SECOND].up()


def invite(world: World, cluster: str) -> None:
    """The owner's tag for one cluster more, on subnets and their table."""
    ec2 = client(world, "ec2", REGION)
    tagged = ec2.describe_tags(
        Filters=[{"Name": "key", "Values": [f"kubernetes.io/cluster/{FIRST}"]}]
    )["Tags"]
    assert sorted(tag["ResourceType"] for tag in tagged) == ["route-table", "subnet", "subnet"]
    tag = {"Key": f"kubernetes.io/cluster/{cluster}", "Value": "shared"}
    ec2.create_tags(Resources=[t["ResourceId"] for t in tagged], Tags=[tag])


def everything(world: World) -> set[Any]:
    return set(leftovers(world.aws_endpoint_url, [REGION]))


def given(world: World) -> dict[str, Any]:
    """What the owners made, whole, as AWS describes it, without what machines take of it: free
    addresses. The clusters' own things are left out."""
    ec2, iam = client(world, "ec2", REGION), client(world, "iam", REGION)
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.40.0.0/16"]}])["Vpcs"]
    within = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    groups = ec2.describe_security_groups(Filters=within)["SecurityGroups"]
    endpoints = ec2.describe_vpc_endpoints(Filters=within)["VpcEndpoints"]
    return {
        "vpc": vpc,
        "subnets": [
            {key: value for key, value in subnet.items() if key != "AvailableIpAddressCount"}
            for subnet in ec2.describe_subnets(Filters=within)["Subnets"]
        ],
        "route tables": ec2.describe_route_tables(Filters=within)["RouteTables"],
        "endpoints": endpoints,
        "groups": [g for g in groups if g["GroupName"] in ("default", "endpoints")],
        "roles": {
            role: (
                iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"],
                iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"],
                iam.list_role_policies(RoleName=role)["PolicyNames"],
            )
            for role in ("eks-cluster", "eks-nodes", "platform-admins")
        },
    }


@pytest.fixture(scope="module")
def street(world, tmp_path_factory):
    return Street(world, copied(FIRST, tmp_path_factory.mktemp("street") / FIRST))


def test_both_are_up_with_names_and_tags_of_their_own(street):
    first, second = (inventory(street.world, REGION, name) for name in (FIRST, SECOND))
    for noun in ("clusters", "security groups", "launch templates", "machines", "log groups"):
        assert first[noun] and len(first[noun]) == len(second[noun]), noun
        assert [name.replace(FIRST, SECOND) for name in first[noun]] == second[noun]
        assert not set(first[noun]) & set(second[noun]), noun
    assert first["add-ons"] == second["add-ons"] and first["add-ons"]
    assert first["access entries"] == second["access entries"] and first["access entries"]
    eks = client(street.world, "eks", REGION)
    for name in (FIRST, SECOND):
        assert eks.describe_cluster(name=name)["cluster"]["tags"]["heiiki:cluster"] == name


def test_what_both_were_given_is_as_it_was_with_the_tags_of_both(street):
    assert given(street.world) == street.supplied
    tables = street.supplied["route tables"]
    named = [table for table in tables if table["Tags"]]
    assert len(street.supplied["subnets"]) == 2 and len(named) == 1
    for thing in (*street.supplied["subnets"], *named):
        tags = {tag["Key"]: tag["Value"] for tag in thing["Tags"]}
        assert tags == {f"kubernetes.io/cluster/{n}": "shared" for n in (FIRST, SECOND)}


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_a_second_preview_changes_nothing(street, name):
    again = street.stacks[name].preview()
    assert again.changes == () and set(again.counts) == {"same"}


def test_the_end_of_one_leaves_the_other_and_what_both_were_given(street):
    world = street.world
    assert street.alone < everything(world), "the second has things of its own"
    before = inventory(world, REGION, FIRST)
    street.stacks[SECOND].destroy(disable_protection=True)
    after = inventory(world, REGION, FIRST)
    assert everything(world) == street.alone and given(world) == street.supplied
    assert after == {**before, "auto scaling groups": ["workers"]}, "those are of both clusters"
    assert street.stacks[FIRST].preview().changes == ()
    street.stacks[FIRST].destroy(disable_protection=True)
    assert everything(world) == street.nothing and given(world) == street.supplied
