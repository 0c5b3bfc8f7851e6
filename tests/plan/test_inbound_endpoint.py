"""The resolver's inbound endpoint: who may ask, where it listens, and what is refused."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from plan.firewall import CONTROL_PLANE, DNS_INBOUND, NODE, allowed
from tests.plan.samples import LISTED, plan, refused, subnet
from tests.scenarios import planned

PATH = "network.dns.inboundEndpoint"
OFFICE = {"kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0",
          "onPremisesCidrs": ["192.168.0.0/24", "192.168.9.0/24"]}  # fmt: skip
PEER = {"kind": "vpcPeering", "peerVpcId": "vpc-0a1b2c3d4e5f60718", "peerCidrs": ["10.9.0.0/16"]}
BASTION = {"kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
           "availabilityZone": "ap-northeast-1a", "allowedCidrs": ["203.0.113.7/32"]}  # fmt: skip


def asked(connections=None, **endpoint):
    """Changes of the smallest stack: an inbound endpoint beside these connections."""
    found = {"office": OFFICE} if connections is None else connections
    return {"network.connections": found, PATH: endpoint}


def test_without_being_asked_for_there_is_none():
    found = plan({"network.connections": {"office": OFFICE}})
    assert found.inbound_endpoint is None
    assert DNS_INBOUND not in {row.target for row in found.firewall}


def test_by_default_on_premises_networks_ask_where_answers_find_the_way_back():
    found = plan(asked()).inbound_endpoint
    assert found.addresses == {"control-plane-1a": None, "control-plane-1c": None}
    assert found.sources == {
        IPv4Network("192.168.0.0/24"): "office",
        IPv4Network("192.168.9.0/24"): "office",
    }
    assert not found.fixed


def test_one_subnet_of_each_zone_is_enough():
    more = {"a2": subnet("a", "10.0.32.0/20"), **LISTED["network.subnets"]}
    office = {**OFFICE, "subnets": ["a2", "a", "c"]}
    changes = {**asked({"office": office}), "network.subnets": more}
    assert list(plan(changes).inbound_endpoint.addresses) == ["a", "c"]
    named = {**asked({"office": office}, subnets=["c", "a"]), "network.subnets": more}
    assert list(plan(named).inbound_endpoint.addresses) == ["c", "a"]


def test_only_questions_pass_and_only_from_the_sources():
    table = plan(asked(sourceCidrs=["192.168.9.0/28"])).firewall
    source = IPv4Network("192.168.9.0/28")
    for protocol in ("udp", "tcp"):
        row = allowed(table, source, DNS_INBOUND, protocol, 53)
        assert row is not None and row.why == "names of the VPC, asked from office"
    assert {(r.source, r.protocol, r.ports) for r in table if r.target == DNS_INBOUND} == {
        (source, "udp", (53, 53)), (source, "tcp", (53, 53)),
    }  # fmt: skip
    assert not [row for row in table if row.source == DNS_INBOUND], "it asks nobody"
    assert not allowed(table, source, NODE, "tcp", 53)
    assert not allowed(table, source, CONTROL_PLANE, "tcp", 443), "the office may, a part is no row"


def test_addresses_may_be_fixed_for_forwarders_elsewhere():
    found = planned("on-premises").inbound_endpoint
    assert found.addresses == {
        "control-plane-1a": IPv4Address("10.64.224.10"),
        "control-plane-1c": IPv4Address("10.64.224.26"),
    }
    assert found.fixed


def test_one_fixed_address_is_enough_to_let_no_second_endpoint_stand_beside_it():
    found = plan(asked(addresses={"control-plane-1a": "10.0.224.5"})).inbound_endpoint
    assert found.addresses == {
        "control-plane-1a": IPv4Address("10.0.224.5"), "control-plane-1c": None,
    }  # fmt: skip
    assert found.fixed


@pytest.mark.parametrize("address", ["10.0.224.4", "10.0.224.14"])
def test_the_first_and_the_last_address_that_aws_leaves_are_taken(address):
    assert plan(asked(addresses={"control-plane-1a": address})).inbound_endpoint.fixed


@pytest.mark.parametrize("address", ["10.0.224.3", "10.0.224.15", "10.0.224.16", "10.0.223.255"])
def test_an_address_that_is_not_the_subnets_own_is_refused(address):
    assert refused(asked(addresses={"control-plane-1a": address})) == [
        (f"{PATH}.addresses.control-plane-1a",
         "is none of the subnet's own; write one of 10.0.224.4 to 10.0.224.14", f"'{address}'"),
    ]  # fmt: skip


def test_an_address_for_another_subnet_is_refused():
    assert refused(asked(addresses={"nodes-1a": "10.0.0.9"})) == [
        (f"{PATH}.addresses.nodes-1a", "is for a subnet of the endpoint; those are: "
         "control-plane-1a, control-plane-1c", "'10.0.0.9'"),
    ]  # fmt: skip


KNOWN = "192.168.0.0/24 (office), 192.168.9.0/24 (office)"


@pytest.mark.parametrize("source", ["192.168.1.0/24", "192.168.0.0/16", "10.0.0.0/16"])
def test_a_source_that_no_connection_leads_to_is_refused(source):
    assert refused(asked(sourceCidrs=["192.168.9.0/24", source])) == [
        (f"{PATH}.sourceCidrs.1", "lies behind no connection to another network, so nobody there "
         f"could ask; the connections lead to {KNOWN}", f"'{source}'"),
    ]  # fmt: skip


def test_a_bastion_vpc_has_a_resolver_of_its_own():
    found = refused(asked({"bastion": BASTION}, sourceCidrs=["172.24.0.0/24"]))
    assert found == [
        (f"{PATH}.sourceCidrs.0", "lies behind no connection to another network, so nobody there "
         "could ask; the connections lead to nothing", "'172.24.0.0/24'"),
    ]  # fmt: skip


def test_a_peer_asks_only_where_it_is_named():
    assert refused(asked({"peer": PEER})) == [
        (f"{PATH}.sourceCidrs", "is needed: no connection leads to an on-premises network; the "
         "connections lead to 10.9.0.0/16 (peer)", None),
    ]  # fmt: skip
    found = plan(asked({"peer": PEER}, sourceCidrs=["10.9.8.0/24"])).inbound_endpoint
    assert found.sources == {IPv4Network("10.9.8.0/24"): "peer"}


def test_a_subnet_without_a_way_back_is_refused():
    changes = {
        "network.subnets": {**LISTED["network.subnets"], "d": subnet("c", "10.0.32.0/20")},
        **asked({"office": {**OFFICE, "subnets": ["a", "c"]}},
                subnets=["a", "d"], sourceCidrs=["192.168.9.0/24"]),
    }  # fmt: skip
    assert refused(changes) == [
        (f"{PATH}.subnets", "has no route to 192.168.9.0/24, so no answer would reach it; name "
         "the subnet in network.connections.office.subnets too", "'d'"),
    ]  # fmt: skip


def test_a_zone_alone_is_refused_whether_chosen_or_left_over():
    left_over = refused({**asked(), "access.operator": {}})
    message = (
        "must lie in two Availability Zones or more, and lead to every source; they lie in "
        "ap-northeast-1a. Name more subnets in the connection's subnets"
    )
    assert left_over == [(f"{PATH}.subnets", message, None)]
    assert refused(asked(subnets=["control-plane-1a"])) == [(f"{PATH}.subnets", message, None)]


@pytest.mark.parametrize("most", [20, 21])
def test_it_has_no_more_addresses_than_an_endpoint_takes(most):
    subnets = {f"s{i}": subnet("ac"[i % 2], f"10.0.{i}.0/24") for i in range(most)}
    near = {f"n{zone}": subnet(zone, cidr) for zone, cidr in
            (("a", "10.0.128.0/20"), ("c", "10.0.144.0/20"))}  # fmt: skip
    changes = {
        "network.subnets": {**subnets, **near},
        **asked({"office": {**OFFICE, "subnets": [*subnets]}}, subnets=[*subnets]),
    }
    if most == 20:
        assert len(plan(changes).inbound_endpoint.addresses) == 20
        return
    assert refused(changes) == [
        (f"{PATH}.subnets", "are 21, and an endpoint has 20 addresses at most; name fewer", None)
    ]


def test_networks_that_no_subnet_leads_to_together_are_refused():
    home = {**PEER, "subnets": ["nodes-1a", "nodes-1c"]}
    changes = asked({"office": OFFICE, "peer": home},
                    sourceCidrs=["192.168.9.0/24", "10.9.0.0/16"])  # fmt: skip
    message = (
        "must lie in two Availability Zones or more, and lead to every source; they lie in "
        "none. Name more subnets in the connection's subnets"
    )
    assert refused(changes) == [(f"{PATH}.subnets", message, None)]


def test_a_subnet_that_is_not_there_is_refused_once():
    found = refused(asked(subnets=["control-plane-1a", "control-plane-1c", "nowhere"]))
    assert [fault[0] for fault in found] == [f"{PATH}.subnets"]
    assert found[0][1].startswith("names no subnet; known: nodes-1a, ")
    assert found[0][2] == "'nowhere'"
