"""The controllers' group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.node_pools import group_label
from tests.plan.self_hosted.scopes import HIGHLY_AVAILABLE, controllers, scope_of
from tests.spec.strategies import FAST


def test_two_controllers_over_all_zones_judged_by_their_load_balancers():
    found, told = controllers()
    assert told.refused == [] and told.warnings == []
    assert (found.min_size, found.max_size, found.min_healthy_percentage) == (2, 3, 50)
    assert found.subnets == ("nodes-1a", "nodes-1c", "nodes-1d")
    assert (found.health_check_type, found.grace_seconds) == ("ELB", 600)
    assert (found.role, found.group_name) == ("controller", "test-ap-northeast-1-controller")
    assert found.tags["kubernetes.io/cluster/test"] == "owned"
    assert found.tags["heiiki:role"] == "controller"


@FAST
@given(st.integers(1, 9), st.data())
def test_exactly_as_many_stay_in_service_as_are_asked_for(size, data):
    """AWS takes the percentage of the size, and counts upwards."""
    kept = data.draw(st.integers(0, size - 1))
    found, _ = controllers({"minSize": size, "minInService": kept})
    assert -(-found.min_healthy_percentage * size // 100) == kept


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"minSize": 1}, "controllers.minSize: one controller survives no failure; 2 do"),
        ({"subnets": ["nodes-1c"]},
         "controllers.subnets: all controllers lie in ap-northeast-1c, and none is left when that "
         "zone fails; name subnets of two zones"),
        ({"instanceType": "t3.small"},
         "controllers.instanceType: t3.small has 2 vCPU and 2048 MiB; an API server and what "
         "stands beside it want 2 and 4096"),
    ],
)  # fmt: skip
def test_what_is_too_little_is_said_and_refused_where_it_must_stand(asked, said):
    _, told = controllers(asked)
    assert (told.warnings, told.refused) == ([said], [])
    _, told = controllers(asked, scope_of(changes=HIGHLY_AVAILABLE))
    assert (told.warnings, told.refused) == ([], [f"{said} (profile highlyAvailable)"])


def test_health_may_be_left_to_ec2_and_sizes_be_named():
    found, _ = controllers(
        {"health": {"kind": "instance", "graceSeconds": 60}, "minSize": 3, "maxSize": 5}
    )
    assert (found.health_check_type, found.grace_seconds, found.max_size) == ("EC2", 60, 5)


def test_an_unknown_type_is_refused_and_has_no_architecture():
    found, told = controllers({"instanceType": "m7i.huge"})
    assert len(told.refused) == 1 and found.architecture == ""


def test_their_nodes_say_which_group_they_are_of_and_what_is_asked():
    usual, _ = controllers()
    assert usual.labels == {"heiiki/group": usual.group_name}
    found, told = controllers({"labels": {"rack": "a", "heiiki/group": "mine"}})
    assert found.labels["rack"] == "a"
    assert told.refused == [
        "controllers.labels.heiiki/group: is reserved: heiiki sets it; choose another key"
    ]
    _, told = controllers({"labels": {"node-role.kubernetes.io/control-plane": ""}})
    assert told.refused == [
        "controllers.labels.node-role.kubernetes.io/control-plane: is reserved: the kubelet "
        "refuses to start with it; choose another key"
    ]


def test_a_group_whose_name_no_label_takes_is_told_by_its_beginning_and_a_hash():
    (value,) = group_label("a" * 64).values()
    assert (
        len(value) == 63
        and value.startswith("a" * 54 + "-")
        and group_label("a" * 63) == {"heiiki/group": "a" * 63}
    )
