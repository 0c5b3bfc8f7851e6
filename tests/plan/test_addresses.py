"""Where subnets lie when none are listed: inside the VPC, apart, and never moved."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.addresses import check_layout, control_plane_cidr, node_cidr, operator_cidr
from plan.errors import PlanError
from tests.plan.samples import plan, refused
from tests.spec.strategies import FAST

VPCS = st.builds(
    lambda prefix, start: IPv4Network((start >> (32 - prefix) << (32 - prefix), prefix)),
    st.integers(16, 22),
    st.integers(int(IPv4Network("10.0.0.0/8")[0]), int(IPv4Network("10.0.0.0/8")[-1])),
)


def laid_out(vpc: IPv4Network, zones: int) -> list[IPv4Network]:
    return [
        operator_cidr(vpc),
        *(cidr(vpc, i) for i in range(zones) for cidr in (node_cidr, control_plane_cidr)),
    ]


@FAST
@given(VPCS, st.integers(2, 7))
def test_subnets_lie_inside_the_vpc_and_overlap_none(vpc, zones):
    check_layout(vpc, zones)
    cidrs = laid_out(vpc, zones)
    assert all(cidr.subnet_of(vpc) for cidr in cidrs)
    assert not [pair for pair in combinations(cidrs, 2) if pair[0].overlaps(pair[1])]


@FAST
@given(VPCS, st.integers(2, 6))
def test_appending_a_zone_moves_nothing(vpc, zones):
    before, after = laid_out(vpc, zones), laid_out(vpc, zones + 1)
    assert after[: len(before)] == before


@FAST
@given(VPCS, st.integers(2, 7))
def test_every_subnet_is_of_a_size_that_aws_takes(vpc, zones):
    assert all(16 <= cidr.prefixlen <= 28 for cidr in laid_out(vpc, zones))


def test_the_default_layout_is_pinned_because_moving_a_subnet_replaces_it():
    layout = plan({"access.operator": {}}).layout
    assert {name: str(subnet.cidr) for name, subnet in layout.subnets.items()} == {
        "nodes-1a": "10.0.0.0/19",
        "nodes-1c": "10.0.32.0/19",
        "control-plane-1a": "10.0.224.0/28",
        "control-plane-1c": "10.0.224.16/28",
        "operator": "10.0.224.112/28",
    }


@pytest.mark.parametrize("prefix", [8, 15, 23, 28, 30])
def test_a_vpc_that_cannot_be_cut_up_is_refused(prefix):
    cidr = f"10.0.0.0/{prefix}"
    assert refused({"network.vpc": {"kind": "create", "cidr": cidr}}) == [
        ("network.vpc.cidr", "must be /16 to /22 to be cut up by itself; choose such a CIDR, or "
         "list network.subnets", f"'{cidr}'"),
    ]  # fmt: skip


def test_more_zones_than_slots_are_refused():
    check_layout(IPv4Network("10.0.0.0/16"), 7)
    with pytest.raises(PlanError) as caught:
        check_layout(IPv4Network("10.0.0.0/16"), 8)
    (fault,) = caught.value.faults
    assert (fault.path, fault.message) == (
        "availabilityZones", "8 zones are more than 7; list network.subnets yourself",
    )  # fmt: skip
