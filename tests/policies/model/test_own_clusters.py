"""Nodes of a cluster whose API servers are machines of the deployment pull no images of EKS."""

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
