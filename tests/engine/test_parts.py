"""One cluster as three stacks, from nothing to nothing: AWS sees what the one stack makes.

The tests of this module follow each other: each begins with what the one before it has left.
"""

import pytest

from automation import AutomationError, RefusedError
from local.leftovers import leftovers
from proof.prove import prove
from spec.part import ORDER
from tests.engine.aws_side import client, inventory, routes_out
from tests.engine.changes import steps_taken
from tests.engine.proofs import boundary_of, declared, live, said
from tests.engine.stack_copies import copied, edited

REGION, CLUSTER = "ap-northeast-1", "parts"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copied("parts", tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="module")
def stack_of(world, folder):
    return lambda name: world.stack(name, folder)


def leftovers_of(world):
    return set(leftovers(world.aws_endpoint_url, [REGION]))


@pytest.fixture(scope="module")
def nothing(world):
    """What the embedded AWS has of its own."""
    return leftovers_of(world)


@pytest.fixture(scope="module")
def whole(world, nothing, stack_of):
    """What the same stack file makes as one stack, and that a part of it is refused meanwhile."""
    stack = stack_of("parts")
    stack.up()
    made = inventory(world, REGION, CLUSTER), routes_out(world, REGION, CLUSTER)
    with pytest.raises(RefusedError, match="stack parts is up as a whole"):
        stack_of("parts-network").up()
    stack.destroy(disable_protection=True)
    assert leftovers_of(world) == nothing
    return made


def test_a_later_part_is_refused_before_the_earlier_ones(stack_of, nothing, world, whole):
    with pytest.raises(RefusedError) as refused:
        stack_of("parts-pools").up()
    assert "Run heiiki up --file " in refused.value.advice
    assert "/Pulumi.parts-network.yaml first" in refused.value.advice
    assert leftovers_of(world) == nothing


def test_the_parts_in_their_order_make_what_the_whole_makes(world, stack_of, whole):
    for name in ORDER:
        made = stack_of(f"parts-{name}").up()
        assert made.verdict.passed and made.preview.verdict.passed
        assert made.counts["create"] == made.preview.counts["create"] > 5
    assert (inventory(world, REGION, CLUSTER), routes_out(world, REGION, CLUSTER)) == whole
    assert inventory(world, REGION, CLUSTER)["clusters"] == [CLUSTER]
    for name in ORDER:  # the later parts have changed nothing of the earlier ones
        again = stack_of(f"parts-{name}").preview()
        assert again.changes == () and set(again.counts) == {"same"}


def test_what_aws_has_of_the_parts_is_proved_as_the_one_network_that_they_are(
    stack_of, whole, monkeypatch
):
    of_network, of_pools = (live(stack_of(f"parts-{n}"), monkeypatch) for n in ("network", "pools"))
    assert of_network.proof.verdict == "closed" and of_network.missing == []
    assert of_network.deployment.nodes.keys() == of_pools.deployment.nodes.keys()
    assert of_network.proof.resources > 140
    by_file = prove(declared(stack_of("parts")), boundary_of(stack_of("parts")))
    assert (by_file.verdict, said(by_file)) == (of_network.proof.verdict, said(of_network.proof))


def test_a_change_concerns_the_parts_that_it_belongs_to_alone(world, stack_of, folder):
    edited(folder / "Pulumi.parts.yaml", lambda c: c["nodePools"]["batch"].update(maxSize=4))
    assert [stack_of(f"parts-{name}").preview().changes for name in ("network", "cluster")] == [
        (), (),
    ]  # fmt: skip
    stack = stack_of("parts-pools")
    assert steps_taken(stack.up()) == ["update eks/nodeGroup batch: scalingConfig"]
    eks = client(world, "eks", REGION)
    (name,) = eks.list_nodegroups(clusterName=CLUSTER)["nodegroups"]
    group = eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName=name)["nodegroup"]
    assert group["scalingConfig"]["maxSize"] == 4


@pytest.mark.parametrize("name", ORDER)
def test_a_refresh_finds_every_part_as_it_was_made(stack_of, name):
    refreshed = stack_of(f"parts-{name}").refresh()
    assert refreshed.changes == () and set(refreshed.counts) == {"same"}


def test_what_is_secret_in_one_stack_is_secret_in_the_next(world, stack_of):
    outputs = stack_of("parts-cluster").outputs()
    assert [name for name, output in outputs.items() if output.secret] == ["kubeconfig"]
    record = stack_of("parts-pools")._run
    assert "current-context" in record.command("stack", "export", "--show-secrets")
    assert "current-context" not in record.command("stack", "export")


def test_the_kubeconfig_is_had_from_the_cluster_part(world, folder):
    printed = world.heiiki("kubeconfig", "--file", str(folder / "Pulumi.parts-cluster.yaml"))
    assert "current-context" in printed


def test_a_stack_of_another_whole_is_not_taken_for_ones_own(stack_of, folder):
    """Told by the program, so `pulumi preview` tells it too."""
    for kind in ("Pulumi.{}.yaml", "heiiki.{}.lock.yaml", "heiiki.{}.policy.json"):
        text = (folder / kind.format("parts")).read_text(encoding="utf-8")
        (folder / kind.format("other")).write_text(text, encoding="utf-8")
    part = "config: {heiiki:part: {of: other, name: cluster, stacks: {network: parts-network}}}\n"
    (folder / "Pulumi.other-cluster.yaml").write_text(part, encoding="utf-8")
    with pytest.raises(AutomationError) as failed:
        stack_of("other-cluster").preview()
    assert (
        "stack parts-network is the network part of parts, and this stack needs the network part "
        "of other; set heiiki:part.stacks.network"
    ) in str(failed.value)
    assert "Traceback" not in str(failed.value)


def test_the_whole_is_refused_while_its_parts_are_up(stack_of):
    with pytest.raises(RefusedError) as refused:
        stack_of("parts").up()
    assert "parts-cluster, parts-network, parts-pools are up as parts of parts" in str(
        refused.value
    )


@pytest.mark.parametrize(("name", "later"), [("network", "pools"), ("cluster", "pools")])
def test_what_others_stand_on_is_not_destroyed(world, stack_of, whole, name, later):
    with pytest.raises(RefusedError) as refused:
        stack_of(f"parts-{name}").destroy(disable_protection=True)
    assert f"/Pulumi.parts-{later}.yaml first" in refused.value.advice
    assert (inventory(world, REGION, CLUSTER), routes_out(world, REGION, CLUSTER)) == whole


def test_the_parts_are_destroyed_in_the_reverse_order_to_nothing(world, stack_of, nothing):
    for name in reversed(ORDER):
        stack_of(f"parts-{name}").destroy(disable_protection=True)
    assert leftovers_of(world) == nothing
