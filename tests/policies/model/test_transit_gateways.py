"""Transit gateways: attachments, the tables that route their packets, and what is added to them."""

import pytest

from model.deployment import Node
from model.network import Network, TransitGatewayRouteTable
from model.sets import shown
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.views import called, names

NET = node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"})
A = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.0.0/24"})
GATEWAY = node(t.TRANSIT, "tgw")
OFF = {"defaultRouteTableAssociation": "disable", "defaultRouteTablePropagation": "disable"}
MANUAL = node(t.TRANSIT, "tgw", OFF)
TABLE = node(t.TRANSIT_TABLE, "table", {"transitGatewayId": "tgw"})
DEFAULT = "tgw#default-route-table"


def attachment(**props: object) -> Node:
    named = {"transitGatewayId": "tgw", "vpcId": "net", "subnetIds": ["a"], **props}
    return node(t.VPC_ATTACHMENT, "att", named)


def table(found: Network, key: str = "table") -> TransitGatewayRouteTable:
    return found.transit_gateway_tables[key]


def routes(of: TransitGatewayRouteTable) -> set[str]:
    return {
        f"{shown(r.destination[0])} > {called(r.attachment)}"
        + (" (propagated)" if r.propagated else "")
        for r in of.routes
    }


def test_an_attachment_says_what_it_joins():
    (found,) = network(NET, A, GATEWAY, attachment()).attachments.values()
    assert (found.kind, called(found.transit_gateway), called(found.vpc)) == ("vpc", "tgw", "net")
    assert names(found.subnets) == ["a"]


def test_by_default_every_attachment_is_routed_by_and_known_to_the_default_table():
    default = table(network(NET, A, GATEWAY, attachment()), DEFAULT)
    assert names(default.associations) == ["att"] and default.complete
    assert routes(default) == {"10.0.0.0/16 > att (propagated)"}


@pytest.mark.parametrize("value", [False, "false"])
def test_an_attachment_may_refuse_the_default_table(value):
    refusing = attachment(
        transitGatewayDefaultRouteTableAssociation=value,
        transitGatewayDefaultRouteTablePropagation=value,
    )
    default = table(network(NET, A, GATEWAY, refusing), DEFAULT)
    assert default.associations == default.routes == ()
    maybe = attachment(transitGatewayDefaultRouteTableAssociation=UNKNOWN)
    assert names(table(network(NET, A, GATEWAY, maybe), DEFAULT).associations) == ["att"]


def test_a_gateway_may_have_no_default_table():
    found = network(NET, A, MANUAL, TABLE, attachment())
    assert list(found.transit_gateway_tables) == ["table"]
    assert table(found).associations == table(found).routes == ()


def test_associations_and_propagations_of_their_own():
    names_both = {"transitGatewayAttachmentId": "att", "transitGatewayRouteTableId": "table"}
    made = [
        node(t.TRANSIT_ASSOCIATION, "as", names_both),
        node(t.TRANSIT_PROPAGATION, "pr", names_both),
    ]
    found = table(network(NET, A, MANUAL, TABLE, attachment(), *made))
    assert names(found.associations) == ["att"]
    assert routes(found) == {"10.0.0.0/16 > att (propagated)"}
    moved = network(NET, A, GATEWAY, TABLE, attachment(), made[0])
    assert table(moved, DEFAULT).associations == ()  # an attachment has one table


def test_another_table_may_be_the_default_one():
    props = {"transitGatewayId": "tgw", "transitGatewayRouteTableId": "table"}
    other = node(t.TRANSIT_DEFAULT, "d", props)
    found = network(NET, A, GATEWAY, TABLE, other, attachment())
    assert names(table(found).associations) == ["att"]
    assert table(found, DEFAULT).associations == ()
    assert routes(table(found, DEFAULT)) == {"10.0.0.0/16 > att (propagated)"}


def static(type_: str = t.TRANSIT_ROUTE, **props: object) -> Node:
    return node(type_, "r", {"transitGatewayRouteTableId": "table", **props})


def test_static_routes_and_blackholes():
    to = {"destinationCidrBlock": "10.2.0.0/16"}
    base = (NET, A, MANUAL, TABLE, attachment())
    there = table(network(*base, static(transitGatewayAttachmentId="att", **to)))
    assert routes(there) == {"10.2.0.0/16 > att"}
    foreign = table(network(*base, static(transitGatewayAttachmentId="tgw-attach-9", **to)))
    assert routes(foreign) == {"10.2.0.0/16 > ? tgw-attach-9"}
    assert routes(table(network(*base, static(blackhole=True, **to)))) == {"10.2.0.0/16 > -"}
    nowhere = table(network(*base, static(**to)))
    assert routes(nowhere) == {"10.2.0.0/16 > ? the attachment of 'r'"}


def test_routes_to_what_nobody_knows_leave_the_table_incomplete():
    base = (NET, A, MANUAL, TABLE, attachment())
    unknown = table(network(*base, static(destinationCidrBlock=UNKNOWN)))
    assert not unknown.complete and unknown.routes == ()
    known = static(destinationCidrBlock="::/0", transitGatewayAttachmentId="att")
    six = table(network(*base, known))
    assert six.complete and routes(six) == {"::/0 > att"}


def test_a_prefix_list_may_be_routed():
    listed = node(t.LIST, "list", {"entries": [{"cidr": "10.2.0.0/16"}, {"cidr": "10.4.0.0/16"}]})
    named = static(t.TRANSIT_LIST, prefixListId="list", transitGatewayAttachmentId="att")
    found = table(network(NET, A, MANUAL, TABLE, attachment(), listed, named))
    assert routes(found) == {"10.2.0.0/16 > att", "10.4.0.0/16 > att"}
    assert not table(network(NET, A, MANUAL, TABLE, attachment(), named)).complete


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (node(t.VPN_CONNECTION, "att", {"transitGatewayId": "tgw"}), "vpn"),
        (attachment(vpcId="vpc-9"), "vpc"),
        (
            node(
                "aws:directconnect/gatewayAssociation:GatewayAssociation",
                "att",
                {"associatedGatewayId": "tgw"},
            ),
            "direct-connect-gateway",
        ),
        (
            node("aws:ec2transitgateway/connect:Connect", "att", {"transitGatewayId": "tgw"}),
            "connect",
        ),
    ],
)
def test_what_others_announce_may_be_anything(made, kind):
    found = network(NET, A, GATEWAY, made)
    assert found.attachments["att"].kind == kind
    assert not table(found, DEFAULT).complete


def test_a_peering_belongs_to_no_table_by_itself():
    peering = node(t.PEERING_ATTACHMENT, "att", {"transitGatewayId": "tgw"})
    found = network(GATEWAY, peering)
    assert found.attachments["att"].kind == "peering"
    assert table(found, DEFAULT).associations == () and table(found, DEFAULT).complete


def test_a_vpn_connection_of_a_virtual_private_gateway_is_no_attachment():
    direct = node(t.VPN_CONNECTION, "vpn", {"vpnGatewayId": "vgw-1"})
    assert network(GATEWAY, direct).attachments == {}


def test_a_gateway_that_takes_in_whoever_asks_has_an_incomplete_table():
    shared = node(t.TRANSIT, "tgw", {"autoAcceptSharedAttachments": "enable"})
    assert not table(network(shared), DEFAULT).complete


def test_an_association_with_a_doubtful_table_leaves_each_incomplete():
    other = node(t.TRANSIT_TABLE, "other", {"transitGatewayId": "tgw"})
    props = {"transitGatewayAttachmentId": "att", "transitGatewayRouteTableId": UNKNOWN}
    sources = {"transitGatewayRouteTableId": ["table", "other"]}
    doubt = node(t.TRANSIT_ASSOCIATION, "as", props, sources)
    found = network(NET, A, MANUAL, TABLE, other, attachment(), doubt)
    assert not table(found).complete and not table(found, "other").complete


def test_a_supplied_gateway_is_a_hole():
    found = network(NET, A, attachment(transitGatewayId="tgw-9"))
    assert called(found.attachments["att"].transit_gateway) == "? tgw-9"
    assert found.transit_gateway_tables == {}
