"""The examples give exactly the networks that one expects of them, known ids or not."""

from typing import Any

import pytest

from model.build import build_network
from model.network import Hole, Network, Public, TargetKind
from tests.policies.model.deployments import example
from tests.policies.model.views import by_name, called, names, routes_of_subnets, rules
from tests.scenarios import SCENARIOS

LOCAL = "10.0.0.0/16 > local"
S3 = "? > gateway endpoint s3"


def first_preview(scenario: str) -> Network:
    return build_network(example(scenario, known=False))


def group(network: Network, name: str) -> set[str]:
    found: Any = by_name(network, "security_groups", name)
    return rules(found)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_preview_and_the_state_after_it_give_the_same_network(scenario):
    unknown = first_preview(scenario)
    assert len(unknown.interfaces) > 1
    assert unknown == build_network(example(scenario, known=True))


@pytest.mark.parametrize("scenario", sorted(set(SCENARIOS) - {"existing"}))
def test_nothing_is_left_open_where_everything_is_made_here(scenario):
    """No hole anywhere but behind what nobody could describe."""
    assert holes(first_preview(scenario)) == set()


def holes(network: Network) -> set[str]:
    found: set[str] = set()
    for subnet in network.subnets.values():
        found |= _holes(subnet.vpc, subnet.route_table, subnet.network_acl)
    for table in network.route_tables.values():
        assert table.complete, table.name
        found |= _holes(table.vpc, *(route.target.of for route in table.routes))
    for group in network.security_groups.values():
        assert group.complete, group.name
        found |= _holes(group.vpc, *(peer for rule in group.rules for peer in rule.peers))
    for interface in network.interfaces.values():
        found |= _holes(*interface.subnets, *interface.security_groups)
        assert interface.public is not Public.UNKNOWN, interface.name
    for endpoint in network.endpoints.values():
        found |= _holes(endpoint.vpc, *endpoint.route_tables, *endpoint.subnets, endpoint.policy)
        assert endpoint.service is not None, endpoint.name
    return found


def _holes(*references: object) -> set[str]:
    return {reference.what for reference in references if isinstance(reference, Hole)}


def test_a_supplied_network_is_all_holes_with_the_ids_in_them():
    network = first_preview("existing")
    assert network.vpcs == network.subnets == network.route_tables == {}
    nodes: Any = by_name(network, "interfaces", "workers")
    assert names(nodes.subnets) == ["? subnet-0a1b2c3d4e5f60711", "? subnet-0a1b2c3d4e5f60712"]
    assert "out tcp 443 to ? pl-0a1b2c3d4e5f60740" in group(network, "node")
    assert "out tcp 443 to ? sg-0a1b2c3d4e5f60720" in group(network, "node")


def test_dev_has_local_routes_and_a_way_to_buckets():
    network = first_preview("dev")
    assert routes_of_subnets(network) == {
        "control-plane-1a": {LOCAL},
        "control-plane-1c": {LOCAL},
        "nodes-1a": {LOCAL, S3},
        "nodes-1c": {LOCAL, S3},
    }
    assert {v.name: (v.addresses.count, v.ipv6) for v in network.vpcs.values()} == {
        "cluster": (65536, False)
    }
    assert not network.internet_gateways and not network.nat_gateways
    assert {i.public for i in network.interfaces.values()} == {Public.NO}


def test_dev_allows_what_its_table_of_rules_says():
    network = first_preview("dev")
    assert group(network, "node") == {
        "in tcp 1025-65535 from control-plane",
        "in tcp 443 from control-plane",
        "in all from node",
        "out tcp 443 to control-plane",
        "out all to node",
        "out tcp 443 to endpoint",
        "out tcp 443 to s3#prefix-list",
    }
    assert group(network, "endpoint") == {"in tcp 443 from node"}
    assert group(network, "cluster-default") == set()  # the VPC's own, emptied
    workers: Any = by_name(network, "interfaces", "workers")
    assert names(workers.security_groups) == ["node"] and workers.workload
    control: Any = by_name(network, "interfaces", "control-plane")
    expected = ["control-plane#cluster-security-group", "control-plane"]
    assert names(control.security_groups) == expected


def test_dev_has_its_endpoints_where_its_nodes_are():
    network = first_preview("dev")
    found = {e.name: e for e in network.endpoints.values()}
    assert set(found) == {"s3", "ec2", "ecr-api", "ecr-dkr", "eks-auth", "autoscaling"}
    assert found["s3"].kind == "Gateway"
    assert names(found["s3"].route_tables) == ["nodes-1a", "nodes-1c"]
    for name in set(found) - {"s3"}:
        endpoint = found[name]
        assert endpoint.kind == "Interface" and endpoint.private_dns
        assert names(endpoint.subnets) == ["nodes-1a", "nodes-1c"]
        assert names(endpoint.security_groups) == ["endpoint"]
        assert isinstance(endpoint.policy, dict)
        assert not network.interfaces[endpoint.key].workload


def test_the_open_example_leads_to_the_internet_by_what_it_names():
    network = first_preview("open")
    everything = "0.0.0.0/0 > internet gateway gateways"
    found = routes_of_subnets(network)
    assert found["public-2a"] == found["public-2b"] == {LOCAL, everything}
    assert found["private-2a"] == {LOCAL, S3, "0.0.0.0/0 > NAT gateway nat-2a"}
    assert found["private-2b"] == {LOCAL, S3, "0.0.0.0/0 > NAT gateway nat-2b"}
    nats = network.nat_gateways.values()
    assert {(n.name, called(n.subnet), n.public) for n in nats} == {
        ("nat-2a", "public-2a", True),
        ("nat-2b", "public-2b", True),
    }
    assert [called(g.vpc) for g in network.internet_gateways.values()] == ["cluster"]
    assert "out tcp 443 to 0.0.0.0/0" in group(network, "node")
    general: Any = by_name(network, "interfaces", "general")
    assert names(general.security_groups) == ["control-plane#cluster-security-group", "node"]


def test_two_vpcs_are_joined_by_a_peering_and_one_machine_is_public():
    network = first_preview("two-vpc")
    found = routes_of_subnets(network)
    assert found["bastion-public"] == {
        "172.24.0.0/24 > local",
        "0.0.0.0/0 > internet gateway bastion",
        "172.25.192.0/18 > VPC peering connection bastion",
    }
    local = "172.25.0.0/16 > local"
    back = "172.24.0.0/24 > VPC peering connection bastion"
    assert found["operator"] == {local, S3, back}
    assert found["worker-1"] == found["worker-2"] == {local, S3}
    (peering,) = network.peerings.values()
    assert (called(peering.requester), called(peering.accepter)) == ("cluster", "bastion")
    assert {i.name for i in network.interfaces.values() if i.public is Public.YES} == {"bastion"}
    assert "in tcp 22 from 203.0.113.7/32" in group(network, "bastion")


def test_on_premises_is_reached_through_its_gateway_from_the_control_plane_alone():
    network = first_preview("on-premises")
    found = routes_of_subnets(network)
    way = "192.168.0.0/17 > virtual private gateway datacentre"
    assert {name for name, listed in found.items() if way in listed} == {
        "control-plane-1a",
        "control-plane-1c",
    }
    assert [called(g.vpc) for g in network.vpn_gateways.values()] == ["cluster"]
    inbound: Any = by_name(network, "interfaces", "dns-inbound")
    assert not inbound.workload and names(inbound.security_groups) == ["dns-inbound"]


def test_parts_has_a_machine_for_people_beside_its_pools():
    network = first_preview("parts")
    machines = {i.name for i in network.interfaces.values() if i.workload}
    assert machines == {"operator", "workers", "batch", "control-plane"}
    assert routes_of_subnets(network)["operator"] == {LOCAL, S3}
    targets = {r.target.kind for t in network.route_tables.values() for r in t.routes}
    assert targets == {TargetKind.LOCAL, TargetKind.GATEWAY_ENDPOINT}
