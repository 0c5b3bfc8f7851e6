"""Gateways, peerings and endpoints: what is attached to which VPC."""

import pytest

from model.network import Hole, Network
from model.sets import shown
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.views import called, names

NET = node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"})
A = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.0.0/24"})
GROUP = node(t.GROUP, "group", {"vpcId": "net"})


@pytest.mark.parametrize("type_", [t.GATEWAY, t.EGRESS_ONLY])
def test_an_internet_gateway_is_attached_as_it_says(type_):
    found = network(NET, node(type_, "igw", {"vpcId": "net"}))
    assert found.internet_gateways["igw"].vpc == "net"


def test_an_internet_gateway_may_be_attached_later_or_by_others():
    later = node(t.GATEWAY_ATTACHMENT, "as", {"internetGatewayId": "igw", "vpcId": "net"})
    assert network(NET, node(t.GATEWAY, "igw"), later).internet_gateways["igw"].vpc == "net"
    loose = network(NET, node(t.GATEWAY, "igw")).internet_gateways["igw"].vpc
    assert loose == Hole("the VPC that 'igw' may be attached to")


@pytest.mark.parametrize(
    ("connectivity", "public"),
    [(None, True), ("public", True), (UNKNOWN, True), ("private", False)],
)
def test_a_nat_gateway_is_public_unless_it_says_private(connectivity, public):
    gateway = node(t.NAT, "nat", {"subnetId": "a", "connectivityType": connectivity})
    found = network(NET, A, gateway).nat_gateways["nat"]
    assert (called(found.subnet), found.public) == ("a", public)


def test_a_nat_gateway_has_the_private_addresses_that_it_is_given():
    def given(**props: object) -> str:
        found = network(NET, A, node(t.NAT, "nat", {"subnetId": "a", **props}))
        return shown(found.nat_gateways["nat"].addresses)

    assert given(privateIp="10.0.0.9") == "10.0.0.9/32"
    more = {"secondaryPrivateIpAddresses": ["10.0.0.8"]}
    assert given(privateIp="10.0.0.9", **more) == "10.0.0.8/31"
    assert given() == given(**more) == given(privateIp=UNKNOWN) == ""
    assert given(privateIp="10.0.0.9", secondaryPrivateIpAddressCount=2) == ""


def test_a_regional_nat_gateway_has_no_subnet_that_is_known():
    gateway = node(t.NAT, "nat", {"vpcId": "net", "availabilityMode": "regional"})
    assert isinstance(network(NET, gateway).nat_gateways["nat"].subnet, Hole)


def test_a_virtual_private_gateway_is_attached_in_either_form():
    inline = node(t.VPN_GATEWAY, "vgw", {"vpcId": "net"})
    later = node(t.VPN_ATTACHMENT, "as", {"vpnGatewayId": "vgw", "vpcId": "net"})
    for given in ([inline], [node(t.VPN_GATEWAY, "vgw"), later]):
        assert network(NET, *given).vpn_gateways["vgw"].vpc == "net"
    assert network(node(t.VPN_GATEWAY, "vgw")).vpn_gateways["vgw"].vpc is None


def ends(found: Network, key: str = "pcx") -> tuple[str, str]:
    peering = found.peerings[key]
    return called(peering.requester), called(peering.accepter)


def test_a_peering_has_two_ends_and_one_may_be_somebody_else_s():
    other = node(t.VPC, "other", {"cidrBlock": "10.1.0.0/16"})
    both = node(t.PEERING, "pcx", {"vpcId": "net", "peerVpcId": "other"})
    assert ends(network(NET, other, both)) == ("net", "other")
    assert ends(network(NET, both)) == ("net", "? other")
    accepted = node(t.PEERING_ACCEPTER, "ok", {"vpcPeeringConnectionId": "pcx"})
    found = network(NET, other, both, accepted)
    assert list(found.peerings) == ["pcx"]


def test_a_peering_that_is_only_accepted_is_known_by_its_id():
    """Of an accepter, vpcId is the accepter's VPC, and peerVpcId the requester's."""
    named = {"vpcPeeringConnectionId": "pcx-9"}
    known = node(t.PEERING_ACCEPTER, "ok", named, id="pcx-9", vpcId="net", peerVpcId="vpc-9")
    assert ends(network(NET, known), "ok") == ("? vpc-9", "net")
    unknown = node(t.PEERING_ACCEPTER, "ok", named, id=UNKNOWN)
    assert ends(network(NET, unknown), "ok") == (
        "? peerVpcId of VPC peering connection 'ok'",
        "? vpcId of VPC peering connection 'ok'",
    )


ENDPOINT = {"vpcId": "net", "vpcEndpointType": "Interface", "serviceName": "com.amazonaws.x.ec2"}


def test_an_endpoint_in_either_form():
    inline = [
        node(
            t.ENDPOINT,
            "e",
            {
                **ENDPOINT,
                "subnetIds": ["a"],
                "securityGroupIds": ["group"],
                "policy": '{"Statement": []}',
                "privateDnsEnabled": True,
            },
        )
    ]
    separate = [
        node(t.ENDPOINT, "e", {**ENDPOINT, "privateDnsEnabled": True, "policy": "gone"}),
        node(t.ENDPOINT_SUBNET, "s", {"vpcEndpointId": "e", "subnetId": "a"}),
        node(t.ENDPOINT_GROUP, "g", {"vpcEndpointId": "e", "securityGroupId": "group"}),
        node(t.ENDPOINT_POLICY, "p", {"vpcEndpointId": "e", "policy": {"Statement": []}}),
    ]
    for given, groups in ((inline, ["group"]), (separate, ["net#default-security-group", "group"])):
        found = network(NET, A, GROUP, *given).endpoints["e"]
        assert (found.kind, found.service) == ("Interface", "com.amazonaws.x.ec2")
        assert names(found.subnets) == ["a"] and names(found.security_groups) == groups
        assert found.policy == {"Statement": []} and found.private_dns is True


def test_an_endpoint_is_of_kind_gateway_unless_it_says_otherwise():
    assert network(NET, node(t.ENDPOINT, "e", {"vpcId": "net"})).endpoints["e"].kind == "Gateway"
    unknown = node(t.ENDPOINT, "e", {"vpcId": "net", "vpcEndpointType": UNKNOWN})
    assert network(NET, unknown).endpoints["e"].kind == "unknown"
    assert "e" in network(NET, unknown).interfaces


def test_what_is_not_known_of_an_endpoint_is_none_or_a_hole():
    props = {**ENDPOINT, "serviceName": UNKNOWN, "policy": UNKNOWN, "privateDnsEnabled": UNKNOWN}
    found = network(NET, node(t.ENDPOINT, "e", props)).endpoints["e"]
    assert found.service is None and found.private_dns is None
    assert found.policy == Hole("policy of VpcEndpoint 'e' is unknown")
    plain = network(NET, node(t.ENDPOINT, "e", ENDPOINT)).endpoints["e"]
    assert plain.policy is None and plain.private_dns is False
    odd = network(NET, node(t.ENDPOINT, "e", {**ENDPOINT, "policy": "{"})).endpoints["e"]
    assert odd.policy == "{"


def test_an_endpoint_may_stand_for_a_resource_or_a_service_network():
    props = {"vpcId": "net", "vpcEndpointType": "Resource", "resourceConfigurationArn": "arn:r"}
    found = network(NET, node(t.ENDPOINT, "e", props))
    assert (found.endpoints["e"].kind, found.endpoints["e"].service) == ("Resource", "arn:r")


def test_an_endpoint_of_a_balancer_of_gateways_has_no_groups():
    props = {
        "vpcId": "net",
        "vpcEndpointType": "GatewayLoadBalancer",
        "subnetConfigurations": [{"subnetId": "a"}],
    }
    found = network(NET, A, node(t.ENDPOINT, "e", props))
    assert names(found.interfaces["e"].security_groups) == ["e#no-security-group"]
    assert names(found.interfaces["e"].subnets) == ["a"]
