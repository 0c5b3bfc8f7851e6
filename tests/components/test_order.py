"""No node is started before what it needs is there: its network, its access entry, its add-ons.

By what the program tells the engine; tests/engine/test_life.py looks at what the engine recorded.
"""

import functools

import pytest

from spec.part import ORDER
from tests.mocks import STACK_REFERENCE
from tests.order import (
    ADD_ON,
    ENDPOINT,
    ENTRY,
    NETWORK,
    POLICY_ASSOCIATION,
    POOLS,
    missing_before_nodes,
    name_of,
    needed_by,
    type_of,
)
from tests.program.split import declared, split
from tests.scenarios import OF_EKS, planned

INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
EIP_ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation"
ROUTE = "aws:ec2/route:Route"
# What AWS refuses a route to before it is there and attached, by what names it in a route. A
# gateway of our own is attached when it is made, by its `vpcId`.
TARGETS = {
    "gatewayId": (INTERNET_GATEWAY, "aws:ec2/vpnGateway:VpnGateway"),
    "natGatewayId": (NAT_GATEWAY,),
    "vpcPeeringConnectionId": ("aws:ec2/vpcPeeringConnection:VpcPeeringConnection",),
}
ROUTED = {"two-vpc": {"gatewayId", "vpcPeeringConnectionId"}, "open": {"gatewayId", "natGatewayId"},
          "on-premises": {"gatewayId"}}  # fmt: skip
PUBLIC = {
    "two-vpc": ("bastion",),
    "open": ("nat-2a", "nat-2b"),
}  # the examples that bind one, and to what

recorded = functools.cache(lambda scenario: declared(scenario, None, {}).recorder)
whole = functools.cache(lambda scenario: recorded(scenario).order)
parts = functools.cache(split)


def self_managed(scenario):
    return {n for n, pool in planned(scenario).node_pools.items() if pool.spec.kind != "managed"}


@pytest.mark.parametrize("scenario", OF_EKS)
def test_nodes_come_after_all_that_they_need(scenario):
    pools = planned(scenario).node_pools
    assert pools and missing_before_nodes(whole(scenario)) == {pool: [] for pool in pools}


@pytest.mark.parametrize("scenario", OF_EKS)
def test_what_they_need_is_there_to_be_waited_for(scenario):
    """The twin: an empty list would be waited for too."""
    order = whole(scenario)
    for pool in planned(scenario).node_pools:
        needed = needed_by(pool, order)
        supplied = {ENDPOINT} if scenario == "existing" else set()
        assert set(NETWORK) - supplied <= {type_of(urn) for urn in needed}
        assert {"vpc-cni", "kube-proxy"} <= {name_of(u) for u in needed if type_of(u) == ADD_ON}
        entries = {name_of(urn) for urn in needed if type_of(urn) == ENTRY}
        assert entries == ({f"node-{pool}"} if pool in self_managed(scenario) else set())


@pytest.mark.parametrize("scenario", OF_EKS)
def test_what_is_known_by_its_names_is_deleted_before_it_is_made_anew(scenario):
    """The other way round, the engine deletes what it has just made, when it was cut off before."""
    order = whole(scenario)
    named = order.of_types(ADD_ON, ENTRY, POLICY_ASSOCIATION)
    assert named and named <= order.deleted_first
    assert not order.of_types(*POOLS) & order.deleted_first, "pools stay until others are there"


@pytest.mark.parametrize("scenario", OF_EKS)
def test_public_addresses_are_bound_where_a_gateway_is_attached_already(scenario):
    """AWS refuses both else, by Gateway.NotAttached, and detaches no gateway below them. An address
    that is only allocated needs none."""
    order = whole(scenario)
    found = {}
    for urn in order.of_types(EIP_ASSOCIATION, NAT_GATEWAY):
        before = {type_of(earlier) for earlier in order.before(urn)}
        found[name_of(urn)] = INTERNET_GATEWAY in before
    assert found == dict.fromkeys(PUBLIC.get(scenario, ()), True)


@pytest.mark.parametrize("scenario", OF_EKS)
def test_routes_come_after_what_they_lead_to_is_attached(scenario):
    order, seen = whole(scenario), set()
    routes = {r.name: r for r in recorded(scenario).resources if r.typ == ROUTE}
    urns = {name_of(urn): urn for urn in order.of_types(ROUTE)}
    assert urns.keys() == routes.keys()
    for name, route in routes.items():
        (key,) = (key for key in TARGETS if route.inputs.get(key))
        before = {type_of(urn) for urn in order.before(urns[name])}
        assert before & {*TARGETS[key]}, name
        seen.add(key)
    assert seen == ROUTED.get(scenario, set())


@pytest.mark.parametrize("scenario", OF_EKS)
def test_what_runs_on_nodes_comes_after_them(scenario):
    order = whole(scenario)
    (coredns,) = (urn for urn in order.of_types(ADD_ON) if name_of(urn) == "coredns")
    pools = order.of_types(*POOLS)
    assert pools and pools <= order.before(coredns)


@pytest.mark.parametrize("scenario", OF_EKS)
def test_the_pools_of_a_split_cluster_come_after_their_entries_and_the_other_stacks(scenario):
    """A stack that is read is up: components/parts.py ends the program where it is not."""
    order = parts(scenario)["pools"].recorder.order
    assert missing_before_nodes(order) == {pool: [] for pool in planned(scenario).node_pools}
    entries = {name_of(urn) for urn in order.of_types(ENTRY)}
    assert entries == {f"node-{pool}" for pool in self_managed(scenario)}
    for pool in order.of_types(*POOLS):
        read = {name_of(u) for u in order.before(pool) if type_of(u) == STACK_REFERENCE}
        assert read == set(ORDER) - {"pools"}
