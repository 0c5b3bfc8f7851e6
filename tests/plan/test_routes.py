"""Every route beyond the local one: the seed's for two VPCs, and none outward when closed."""

from ipaddress import IPv4Network

from plan.cluster import ClusterPlan
from plan.routes import EVERYWHERE
from tests.plan.samples import plan, subnet
from tests.scenarios import CLOSED, planned

BASTION_VPC = "172.24.0.0/24"
TRANSIT = {"kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0",
           "onPremisesCidrs": ["192.168.0.0/16", "172.30.0.0/16"]}  # fmt: skip


def routes(found: ClusterPlan) -> set[tuple[str, str, str, str]]:
    return {(r.route_table, str(r.destination), r.target, r.via.name) for r in found.routes}


def leads_out(found: ClusterPlan) -> list[str]:
    """Names of routes to anywhere."""
    return [route.name for route in found.routes if route.destination == EVERYWHERE]


def test_two_vpcs_have_exactly_the_route_of_the_seed():
    found = planned("two-vpc")
    assert routes(found) == {("operator", BASTION_VPC, "vpc_peering_connection_id", "bastion")}
    assert set(found.layout.route_tables) == {"worker", "operator"}
    connection = found.connections["bastion"]
    assert connection.near_cidrs == (IPv4Network("172.25.192.0/18"),)  # not the whole VPC


def test_a_closed_network_has_no_route_outward():
    for scenario in CLOSED:
        found = planned(scenario)
        assert found.layout.subnets
        assert leads_out(found) == []


def test_the_detector_sees_the_routes_of_an_open_network():
    assert leads_out(planned("open")) == [
        "private-2a-nat", "private-2b-nat", "public-2a-internet", "public-2b-internet",
    ]  # fmt: skip
    assert routes(planned("open")) == {
        ("public-2a", "0.0.0.0/0", "gateway_id", "internet-gateway"),
        ("public-2b", "0.0.0.0/0", "gateway_id", "internet-gateway"),
        ("private-2a", "0.0.0.0/0", "nat_gateway_id", "nat-2a"),
        ("private-2b", "0.0.0.0/0", "nat_gateway_id", "nat-2b"),
    }


def test_subnets_that_share_a_table_share_one_default_route():
    public = {"exposure": "public", "routeTable": "front"}
    found = plan(
        {
            "network.egress": {"kind": "internetGateway"},
            "network.routeTables": {"front": {"kind": "create"}},
            "network.subnets": {
                "a": subnet("a", "10.0.0.0/20"), "c": subnet("c", "10.0.16.0/20"),
                "f1": subnet("a", "10.0.32.0/24", **public),
                "f2": subnet("c", "10.0.33.0/24", **public),
            },
        }
    )  # fmt: skip
    assert routes(found) == {("front", "0.0.0.0/0", "gateway_id", "internet-gateway")}


def test_each_way_to_other_networks_has_routes_of_its_own_kind():
    kinds = {
        "tgw": (TRANSIT, "transit_gateway_id"),
        "vgw": ({"kind": "virtualPrivateGateway", "onPremisesCidrs": ["192.168.0.0/16"]},
                "gateway_id"),
        "peer": ({"kind": "vpcPeering", "peerVpcId": "vpc-0123456789abcdef0",
                  "peerCidrs": ["192.168.0.0/16"]}, "vpc_peering_connection_id"),
    }  # fmt: skip
    for name, (connection, target) in kinds.items():
        found = plan({"network.connections": {name: connection}})
        assert {r[2] for r in routes(found)} == {target}
        assert {r[0] for r in routes(found)} == {"control-plane-1a", "control-plane-1c"}
        assert leads_out(found) == []


def test_only_the_operators_subnet_leads_to_the_other_side_by_default():
    found = plan({"network.connections": {"office": TRANSIT}, "access.operator": {}})
    assert routes(found) == {
        ("operator", "192.168.0.0/16", "transit_gateway_id", "office"),
        ("operator", "172.30.0.0/16", "transit_gateway_id", "office"),
    }


def test_named_subnets_lead_there_and_their_addresses_are_what_the_far_side_routes_back():
    named = {**TRANSIT, "subnets": ["nodes-1a", "nodes-1c"]}
    found = plan({"network.connections": {"office": named}})
    assert {r[0] for r in routes(found)} == {"nodes-1a", "nodes-1c"}
    office = found.connections["office"]
    assert [str(c) for c in office.near_cidrs] == ["10.0.0.0/19", "10.0.32.0/19"]
    assert office.attachment_subnets == ("nodes-1a", "nodes-1c")


def test_a_transit_gateway_is_attached_by_one_subnet_per_zone():
    named = {**TRANSIT, "subnets": ["nodes-1a", "control-plane-1a", "nodes-1c"]}
    found = plan({"network.connections": {"office": named}})
    assert found.connections["office"].attachment_subnets == ("nodes-1a", "nodes-1c")


def test_route_names_are_unique():
    found = plan({"network.connections": {"office": TRANSIT}})
    names = [route.name for route in found.routes]
    assert len(names) == 4
    assert len(set(names)) == 4
    assert "control-plane-1a-office-192.168.0.0-16" in names


def test_a_supplied_table_gets_no_route():
    from tests.plan.brownfield.test_checks import EXISTING, existing_lock
    from tests.plan.samples import locked

    connection = {"network.connections": {"office": TRANSIT}}
    found = plan(EXISTING | connection, locked(existing_lock()))
    assert found.connections["office"].subnets == ("a", "c")
    assert found.routes == ()


def test_a_way_that_is_there_already_gets_routes_in_our_own_tables_and_nothing_else():
    far = {
        "kind": "existing", "targetId": "tgw-0123456789abcdef0", "cidrs": ["192.168.0.0/16"],
        "subnets": ["nodes-1a"],
    }  # fmt: skip
    assert routes(plan({"network.connections": {"office": far}})) == {
        ("nodes-1a", "192.168.0.0/16", "transit_gateway_id", "office")
    }
    peered = far | {"targetId": "pcx-0123456789abcdef0"}
    assert routes(plan({"network.connections": {"office": peered}})) == {
        ("nodes-1a", "192.168.0.0/16", "vpc_peering_connection_id", "office")
    }
