"""Routes: unions that cover everything, ids unknown in preview, and every place a route stands."""

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from tests.policies.analyzer import CONFIG, broken, configured, judge
from tests.policies.cases import ROUTE, ROUTE_TABLE

DEFAULT_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"


def peered(destination):
    return {"destinationCidrBlock": destination, "vpcPeeringConnectionId": "pcx-1"}


@pytest.mark.parametrize(
    "destination",
    [
        "0.0.0.0/0",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "8.0.0.0/7",  # covers 8/8 and 9/8, beside the private 10/8
        "10.0.0.0/7",  # covers 10/8 and the public 11/8
        "10.0.0.0/8",  # private, but wider than the connection
        "10.2.0.0/16",
        "172.16.0.0/11",
        "::/0",
        "fd00::/8",  # private, but the connection has no IPv6
        "example.com",
        "10.1.0.0/255.255.0.0",  # AWS takes no netmasks
        UNKNOWN_VALUE,
    ],
)
def test_a_named_route_reaches_no_further_than_its_connection(destination):
    assert broken(ROUTE, peered(destination)) == {"CN-032"}


@pytest.mark.parametrize(
    ("destinations", "told"),
    [
        ({"destinationIpv6CidrBlock": "fd00::/8"}, ["has destinationIpv6CidrBlock as its"]),
        ({"destinationPrefixListId": "pl-1"}, ["has destinationPrefixListId as its"]),
        ({}, ["has no destination that can be read"]),
        ({"destinationCidrBlock": "10.1.0.0/16"}, []),
    ],
)
def test_a_destination_is_told_once_by_what_is_wrong_with_it(destinations, told):
    found = judge(ROUTE, {"vpcPeeringConnectionId": "pcx-1", **destinations})
    assert [said in found[n].message for n, said in enumerate(told)] == [True] * len(found)


@pytest.mark.parametrize("destination", ["10.1.0.0/16", "10.1.255.0/24", "10.1.2.3/32"])
def test_a_named_route_within_its_connection_passes(destination):
    assert broken(ROUTE, peered(destination)) == set()


BETWEEN = "aws:ec2transitgateway/route:Route"


@pytest.mark.parametrize(("blackhole", "more", "found"), [
    (True, {}, set()),
    ("true", {}, set()),
    (False, {}, {"CN-032"}),
    (UNKNOWN_VALUE, {}, {"CN-032"}),
    (True, {"transitGatewayAttachmentId": "tgw-attach-1"}, {"CN-032"}),
])  # fmt: skip
def test_a_transit_gateway_may_drop_all_that_it_has_no_route_for(blackhole, more, found):
    given = {"destinationCidrBlock": "0.0.0.0/0", "blackhole": blackhole, **more}
    assert broken(BETWEEN, given) == found


def test_two_connections_may_add_up_and_others_do_not_count():
    def connection(name, cidr):
        return {"name": name, "cidrs": [cidr], "owner": "o", "reason": "r"}

    halves = [connection("to-hq", "10.0.0.0/9"), connection("to-*", "10.128.0.0/9")]
    other = connection("elsewhere", "192.168.0.0/16")
    servicer = configured({**CONFIG, "connections": [*halves, other]})
    assert broken(ROUTE, peered("10.0.0.0/8"), servicer=servicer) == set()
    assert broken(ROUTE, peered("192.168.0.0/24"), servicer=servicer) == {"CN-032"}


def test_an_unknown_gateway_counts_as_the_internets_unless_a_connection_names_the_route():
    route = {"destinationCidrBlock": "10.1.0.0/16", "gatewayId": UNKNOWN_VALUE}
    assert broken(ROUTE, route, "stranger") == {"CN-030"}
    assert broken(ROUTE, route) == set()
    assert broken(ROUTE, {**route, "destinationCidrBlock": "0.0.0.0/0"}) == {"CN-032"}


def test_a_gateway_that_is_known_is_judged_by_its_kind():
    route = {"destinationCidrBlock": "10.1.0.0/16"}
    assert broken(ROUTE, {**route, "gatewayId": "vgw-0a1b"}) == set()
    assert broken(ROUTE, {**route, "gatewayId": "vgw-0a1b"}, "stranger") == {"CN-031"}
    for gateway in ("igw-0a1b", "vpce-0a1b", "something"):
        assert broken(ROUTE, {**route, "gatewayId": gateway}) == {"CN-030"}
        assert broken(ROUTE, {**route, "gatewayId": gateway}, "stranger") == {"CN-030"}


@pytest.mark.parametrize("table", [ROUTE_TABLE, DEFAULT_TABLE])
def test_inline_routes_are_judged_one_by_one(table):
    local = {"cidrBlock": "10.0.0.0/16", "gatewayId": "local"}
    peer = {"cidrBlock": "10.1.0.0/16", "vpcPeeringConnectionId": "pcx-1"}
    assert broken(table, {"routes": [local, peer]}) == set()
    assert broken(table, {"routes": [local, peer]}, "stranger") == {"CN-031"}
    out = {"cidrBlock": "10.1.0.0/16", "egressOnlyGatewayId": UNKNOWN_VALUE}
    assert broken(table, {"routes": [local, peer, out]}) == {"CN-030"}
    assert broken(table, {"routes": [UNKNOWN_VALUE, local]}) == {"CN-030"}
    assert broken(table, {"routes": UNKNOWN_VALUE}) == {"CN-030"}
    assert broken(table, {"routes": [UNKNOWN_VALUE, local]}, "stranger") == {"CN-030"}
    assert broken(table, {"routes": [local]}, "stranger") == set()
    assert broken(table, {"routes": []}) == broken(table, {}) == set()
    assert broken(table, {"routes": [peer, {**peer, "ipv6CidrBlock": "::/0"}]}) == {"CN-032"}


@pytest.mark.parametrize("target", ["natGatewayId", "networkInterfaceId", "vpcEndpointId"])
@pytest.mark.parametrize("id_", ["x-0a1b", UNKNOWN_VALUE])
def test_what_passes_packets_on_is_named_and_then_followed_by_the_proof(target, id_):
    """Where it leads: tests/policies/mutations/test_designs.py, and mutations of each of them."""
    route = {"destinationCidrBlock": "10.1.0.0/16", target: id_}
    assert broken(ROUTE, route) == set()
    assert broken(ROUTE, route, "stranger") == {"CN-030"}
    assert broken(ROUTE, {**route, "destinationCidrBlock": "0.0.0.0/0"}) == {"CN-032"}
    inline = {"cidrBlock": "10.1.0.0/16", target: id_}
    assert broken(ROUTE_TABLE, {"routes": [inline]}, "stranger") == {"CN-030"}


def test_a_default_table_may_lead_to_an_instance_in_its_old_spelling():
    route = {"cidrBlock": "10.1.0.0/16", "instanceId": "i-0a1b"}
    assert broken(DEFAULT_TABLE, {"routes": [route]}, "stranger") == {"CN-030"}
    assert broken(DEFAULT_TABLE, {"routes": [route]}) == set()


def test_zero_values_of_real_providers_are_no_targets():
    route = {
        **peered("10.1.0.0/16"),
        "gatewayId": "",
        "natGatewayId": "",
        "destinationIpv6CidrBlock": "",
        "destinationPrefixListId": "",
    }
    assert broken(ROUTE, route) == set()


def test_declared_ranges_bound_security_groups_too():
    rule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    servicer = configured({**CONFIG, "cidrs": ["10.0.0.0/16"]})
    assert (
        broken(rule, {"ipProtocol": "tcp", "cidrIpv4": "10.0.9.0/24"}, servicer=servicer) == set()
    )
    assert broken(rule, {"ipProtocol": "tcp", "cidrIpv4": "10.1.0.0/24"}, servicer=servicer) == {
        "CN-100"
    }
