"""The engine killed in the middle of an `up`, a replacement or a `destroy`, and run again.

It converges: nothing stands twice, nothing is lost, nothing is left behind. The provider takes over
nothing that is there, as the real one takes over nothing: what a killed run has made is found by
heiiki, or an `up` fails on it. test_life.py has each kind of resource found so, and two
other examples whose first `up` is killed.
"""

from collections import Counter

import pytest

from automation.events import ResourceDone
from local.leftovers import leftovers
from tests.engine.aws_side import client, inventory
from tests.engine.killer import Killer, killed
from tests.engine.stack_copies import Config, copied, declared, edited
from tests.engine.whole_aws import whole_aws

REGION, CLUSTER = "ap-northeast-1", "dev"
# How many are done when it dies. On a busy machine five more are by then, and some of all have to
# be left.
PLACES = (5, 25, 45, 60, 75)


@pytest.fixture(scope="module")
def world(world):
    """Whose engines may be killed at any time."""
    return world.killable


def test_an_up_that_is_killed_again_and_again_converges(world):
    """Each run goes on from what the one before it left, and the last one makes what a run without
    any interruption makes."""
    before = set(leftovers(world.aws_endpoint_url, [REGION]))
    world.stack("dev").up()
    expected = whole_aws(world, REGION, CLUSTER)
    world.stack("dev").destroy(disable_protection=True, allow_data_loss=True)

    for place in PLACES:
        killer = Killer.after(place)
        killed(killer, world.stack("dev", on_event=killer).up)
    world.stack("dev").up()
    assert whole_aws(world, REGION, CLUSTER) == expected
    assert world.stack("dev").preview().changes == ()

    world.stack("dev").destroy(disable_protection=True, allow_data_loss=True)
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == before


GROWN = {  # what the update below makes: nouns, and the names that are new of each
    "access entries": ["arn:aws:iam::123456789012:role/dev-ap-northeast-1-node-batch"],
    "auto scaling groups": ["batch"],
    "endpoints": ["dev-logs"],
    "launch templates": ["dev-batch-node"],
    "machines": ["dev-batch-node"],
    "roles": ["dev-ap-northeast-1-node-batch"],
}


def unprotected(config: Config) -> None:
    config["controlPlane"] = {"deletionProtection": False}


def excepted(boundary: Config) -> None:
    why = {"owner": "team", "reason": "a test replaces it", "expires": "2027-10-31"}
    boundary["exceptions"] = [
        {"rule": "CN-064", "name": "control-plane", **why},
        {"rule": "CN-123", "name": "dns-firewall", **why},
    ]


def grow(config: Config) -> None:
    """More add-ons, tags on everything, and a pool more."""
    config |= {"addOns": {"containerLogs": True}, "tags": {"owner": "network-team"}}
    pools = config["nodePools"]
    pools["batch"] = {**pools["workers"], "maxSize": 2}


def move(config: Config) -> None:
    """What EKS cannot change: the cluster is replaced, and all that stands on it."""
    config["controlPlane"]["serviceCidr"] = "10.200.0.0/16"


def is_replaced(event: ResourceDone, _: int) -> bool:
    """The old cluster is gone, and the new one is not there yet."""
    return event.name == "control-plane" and event.operation == "delete-replaced"


def test_killed_changes_and_a_killed_destroy_converge_when_they_are_run_again(world, tmp_path):
    """The update creates, changes in place and rolls a pool; the replacement takes the cluster away
    with its add-ons and entries; destroy is killed more than once."""
    before = set(leftovers(world.aws_endpoint_url, [REGION]))
    folder = copied("dev", tmp_path / "dev")
    file = folder / "Pulumi.dev.yaml"
    edited(file, unprotected)
    declared(folder / "heiiki.dev.policy.json", excepted)
    world.stack("dev", folder).up()
    small = inventory(world, REGION, CLUSTER)

    edited(file, grow)
    killer = Killer.after(40)
    killed(killer, world.stack("dev", folder, on_event=killer).up)
    world.stack("dev", folder).up()
    grown = inventory(world, REGION, CLUSTER)
    more = {
        noun: sorted((Counter(grown[noun]) - Counter(small[noun])).elements()) for noun in grown
    }
    assert {noun: names for noun, names in more.items() if names} == GROWN
    assert {n: len(grown[n]) - len(small[n]) for n in GROWN} == {n: len(GROWN[n]) for n in GROWN}
    assert world.stack("dev", folder).preview().changes == ()

    there = whole_aws(world, REGION, CLUSTER)
    assert there["add-ons"] and there["access entries"]
    edited(file, move)
    killer = Killer(is_replaced)
    stack = world.stack("dev", folder, on_event=killer)
    killed(killer, lambda: stack.up(allow_data_loss=True))
    assert any(resource.replacing for resource in stack.state().resources)
    world.stack("dev", folder).up(allow_data_loss=True)
    moved = whole_aws(world, REGION, CLUSTER)
    cidr = client(world, "eks", REGION).describe_cluster(name=CLUSTER)["cluster"]
    assert cidr["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.200.0.0/16"
    assert there.keys() == moved.keys()
    changed = {
        noun: sorted({*there[noun]} ^ {*moved[noun]})
        for noun in there if there[noun] != moved[noun]
    }  # fmt: skip
    assert changed.keys() == {"whole cluster", "whole launch template"}, changed
    assert world.stack("dev", folder).preview().changes == ()

    for place in (10, 40):
        killer = Killer.after(place, "destroy")
        stack = world.stack("dev", folder, on_event=killer)
        killed(killer, lambda stack=stack: stack.destroy(disable_protection=True))
    world.stack("dev", folder).destroy(disable_protection=True)
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == before
    assert world.stack("dev", folder).state().managed == []
