"""Every node of a control plane of our own takes a part of podCidr."""

import pytest

from machines import self_hosted_cluster
from plan.pod_addresses import NODE_PREFIX, WIDEST_PREFIX
from tests.plan.own import faults, planned

# Two controllers, three where the group is at its largest, and nodes.
POOLS = {"nodePools": {"workers": {"instanceType": "m6i.large", "minSize": 2, "maxSize": 6}}}


def test_it_counts_as_the_controller_manager_is_told():
    assert NODE_PREFIX == self_hosted_cluster.NODE_PREFIX
    assert self_hosted_cluster.PREFIXES["pod_cidr"] == (WIDEST_PREFIX, NODE_PREFIX - 1)


@pytest.mark.parametrize("cidr", ["10.128.0.0/24", "10.128.0.0/26"])
def test_one_that_holds_no_two_nodes_is_told_by_its_key(cidr):
    (found,) = faults({"controlPlane.podCidr": cidr, **POOLS})
    assert found == "controlPlane.podCidr: must be /8 to /23: each node takes a /24 of it"


def test_too_few_for_the_fewest_nodes_is_a_fault():
    (found,) = faults({"controlPlane.podCidr": "10.128.0.0/23", **POOLS})
    assert found == (
        "controlPlane.podCidr: has a /24 for each of 2 nodes, controllers among them, and there "
        "are 4 at the least; write a wider one. It is for the cluster's life"
    )


@pytest.mark.parametrize(("prefix", "warned"), [(22, True), (21, True), (20, False)])
def test_too_few_for_the_most_is_a_warning(prefix, warned):
    plan = planned({"controlPlane.podCidr": f"10.128.0.0/{prefix}", **POOLS})
    (found,) = [w for w in plan.warnings if w.startswith("controlPlane.podCidr")] or [""]
    assert (
        found.startswith(
            f"controlPlane.podCidr: has a /24 for each of {2 ** (24 - prefix)} nodes, controllers "
            "among them, and there may be 9; the others would never be Ready"
        )
        is warned
    )
