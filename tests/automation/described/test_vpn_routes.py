"""Static routes of a VPN: `prove --live` says of them what their state says, and of one more that
somebody has added.

Told by hand from EC2's API reference, DescribeVpnConnections and VpnStaticRoute (read 2026-11-30).
"""

from collections.abc import Iterator

from automation.described.tables import KINDS
from model.deployment import Node
from proof.prove import prove
from tests.automation.described.answers import Answers, Item
from tests.automation.described.data_services_of_aws import id_of
from tests.automation.described.parity import Told, said
from tests.policies.mutations.stacks import Of, Stack, stack

VPN = "aws:ec2/vpnConnection:VpnConnection"
ROUTE = "aws:ec2/vpnConnectionRoute:VpnConnectionRoute"
GATEWAY = "aws:ec2/vpnGateway:VpnGateway"
BEFORE = stack("on-premises", True)
PRIVATE, EVERYWHERE = "192.168.0.0/17", "0.0.0.0/0"


def real_id(node: Node) -> str:
    props = node.resource.props
    if node.resource.type == ROUTE:
        return f"{props['destinationCidrBlock']}:{props['vpnConnectionId']}"
    return id_of(node)


def tell(answers: Answers, opened: Stack) -> None:
    answers.lists("ec2", "DescribeVpnConnections", "VpnConnections", *_connections(opened))


def _connections(opened: Stack) -> Iterator[Item]:
    for node in opened.each(VPN):
        props, id_ = node.resource.props, id_of(node)
        routes = [
            {"DestinationCidrBlock": route.resource.props["destinationCidrBlock"],
             "Source": "Static", "State": "available"}
            for route in opened.each(ROUTE)
            if route.resource.props["vpnConnectionId"] == id_
        ]  # fmt: skip
        gone = {"DestinationCidrBlock": EVERYWHERE, "Source": "Static", "State": "deleted"}
        yield {
            "VpnConnectionId": id_, "State": "available", "Type": "ipsec.1",
            "VpnGatewayId": props["vpnGatewayId"], "CustomerGatewayId": props["customerGatewayId"],
            "Options": {"StaticRoutesOnly": True}, "Routes": [*routes, gone],
        }  # fmt: skip


TOLD = Told([kind for kind in KINDS if kind.token in (VPN, ROUTE)], (tell,), real_id)


def routed(*blocks: str) -> Stack:
    """The example with a connection of static routes to its named network."""
    (gateway,) = BEFORE.each(GATEWAY)
    name = gateway.resource.name
    props = {
        "vpnGatewayId": Of(gateway, "id"), "customerGatewayId": "cgw-0a1b2c3d4e5f60718",
        "type": "ipsec.1", "staticRoutesOnly": True,
    }  # fmt: skip
    vpn = BEFORE.makes(VPN, name, props)
    routes = [
        BEFORE.makes(ROUTE, name, {"destinationCidrBlock": block, "vpnConnectionId": Of(vpn, "id")})
        for block in blocks
    ]
    return BEFORE.having(vpn, *routes)


def test_a_static_route_is_what_its_state_says(stubbed, monkeypatch):
    for block in (PRIVATE, EVERYWHERE):
        opened = routed(block)
        deployment, described = TOLD.read(stubbed, opened, monkeypatch)
        assert described.missing == []
        (told,) = deployment.of_type(ROUTE)
        (declared,) = opened.each(ROUTE)
        assert told.resource == declared.resource
        by_aws = said(prove(deployment, opened.boundary))
        assert by_aws == said(prove(opened.deployment, opened.boundary))
        assert ("CN-032" in {rule for rule, _ in by_aws}) is (block == EVERYWHERE)


def test_a_static_route_that_nobody_has_recorded_is_found(stubbed, monkeypatch):
    deployment, _ = TOLD.read(stubbed, routed(EVERYWHERE), monkeypatch, beside=ROUTE)
    (told,) = deployment.of_type(ROUTE)
    found = said(prove(deployment, BEFORE.boundary))
    assert ("CN-032", told.resource.name) in found and told.resource.name.startswith(EVERYWHERE)
