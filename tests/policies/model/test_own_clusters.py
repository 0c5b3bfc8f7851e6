"""Nodes of a cluster whose API servers are machines of the deployment pull no images of EKS, and
ask EC2 for no name."""

import pytest

from model.build import build_model
from tests.policies.mutations.stacks import Of, stack

TARGETS, GROUP = "aws:lb/targetGroup:TargetGroup", "aws:autoscaling/group:Group"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
NODES = {"controller", "workers"}


def pulls(changed):
    """Who pulls images of EKS, and who of the own registry alone."""
    uses = build_model(changed.deployment).uses
    named = {feature: set() for feature in ("image pulls", "carried images")}
    for use in uses:
        if use.feature in named:
            named[use.feature].add(use.machines.name)
    return named["image pulls"], named["carried images"]


def named(changed):
    """Which nodes look up their own name."""
    uses = build_model(changed.deployment).uses
    return {use.machines.name for use in uses if use.feature == "node name"}


@pytest.mark.parametrize("known", [True, False])
def test_their_name_is_their_machine_s_own(known):
    """The twin: EKS's images ask EC2, and so does whoever may boot from one."""
    assert named(stack("self-hosted", known)) == set()
    assert named(stack("dev", known)) >= {"workers"}
    whole = stack("self-hosted", known)
    (targets,) = whole.each(TARGETS)
    assert named(whole.having(whole.edited(targets, {"port": 443}))) == NODES


@pytest.mark.parametrize("known", [True, False])
def test_they_pull_what_was_carried_in(known):
    assert pulls(stack("self-hosted", known)) == (set(), NODES)


@pytest.mark.parametrize(
    "changes",
    [
        {"port": 443},
        {"healthCheck": {"protocol": "HTTPS", "path": "/"}},
        {"healthCheck": {"protocol": "TCP"}},
    ],
)
def test_a_load_balancer_that_asks_for_something_else_shows_nothing(changes):
    """The twin: whoever is not known to be the API of the cluster is none."""
    whole = stack("self-hosted", True)
    (targets,) = whole.each(TARGETS)
    assert pulls(whole.having(whole.edited(targets, changes))) == (NODES, set())


def test_machines_of_another_tag_show_nothing():
    whole = stack("self-hosted", True)
    (controller,) = (n for n in whole.each(GROUP) if n.resource.name == "controller")
    plain = whole.having(whole.edited(controller, {"targetGroupArns": []}))
    assert pulls(plain) == (NODES, set())


def test_nodes_of_eks_pull_images_of_eks():
    found, carried = pulls(stack("dev", True))
    assert found and carried == set()


def test_a_load_balancer_before_nodes_of_eks_makes_the_cluster_none_of_ours():
    """Nor where a tag alone says whose nodes they are."""
    whole = stack("dev", True)
    for node in (*whole.each(ENTRY), *whole.each(ATTACHMENT)):
        whole = whole.lacking(node)
    check = {"protocol": "HTTPS", "path": "/readyz"}
    targets = whole.makes(TARGETS, "api", {"port": 6443, "healthCheck": check})
    (workers,) = whole.each(GROUP)
    joined = whole.edited(workers, {"targetGroupArns": [Of(targets, "arn")]})
    assert pulls(whole.having(targets, joined)) == ({"workers"}, set())
