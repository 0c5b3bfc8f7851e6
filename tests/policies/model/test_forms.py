"""The same network, written in two ways and with ids known or not, is read as the same.

A network is drawn at random, written in the wire form (with everything inside the table, group or
ACL, or each in a resource of its own), read back, and compared.
"""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from model.deployment import Node
from model.network import Network
from model.nouns import MAIN_ROUTE_TABLE
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node

BLOCKS = ("10.8.0.0/16", "10.9.0.0/17", "192.168.0.0/24", "0.0.0.0/0")
TARGETS = {
    "gatewayId": t.GATEWAY,
    "natGatewayId": t.NAT,
    "transitGatewayId": t.TRANSIT,
    "vpcPeeringConnectionId": t.PEERING,
}
ports = st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(sorted)
protocols = st.sampled_from(["tcp", "udp", "-1", "icmp"])
routes = st.dictionaries(st.sampled_from(BLOCKS), st.sampled_from(sorted(TARGETS)), max_size=4)
directions = st.sampled_from(["ingress", "egress"])
peers = st.sampled_from(["self", "other", *BLOCKS])
permissions = st.lists(st.tuples(directions, protocols, ports, peers), max_size=4)
entries = st.lists(
    st.tuples(directions, protocols, ports, st.sampled_from(BLOCKS), st.booleans()), max_size=4
)


@st.composite
def drawn(draw: Any) -> dict[str, Any]:
    return {
        "routes": draw(routes),
        "permissions": draw(permissions),
        "entries": draw(entries),
        "own_table": draw(st.booleans()),
        "own_acl": draw(st.booleans()),
        "endpoint": draw(st.booleans()),
        "propagates": draw(st.booleans()),
    }


def base() -> list[Node]:
    made = [node(type_, f"{name}-target") for name, type_ in TARGETS.items()]
    return [
        node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"}, defaultRouteTableId="rtb-main"),
        node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.0.0/24"}),
        node(t.GROUP, "other", {"vpcId": "net"}),
        node(t.VPN_GATEWAY, "vgw", {"vpcId": "net"}),
        *made,
    ]


def permission(protocol: str, span: list[int]) -> dict[str, Any]:
    return {"protocol": protocol, "fromPort": span[0], "toPort": span[1]}


def inside(drawing: dict[str, Any]) -> Network:
    """Everything in the resource that it belongs to, ids known."""
    table = {
        "vpcId": "net",
        "routes": [{"cidrBlock": b, n: f"{n}-target"} for b, n in drawing["routes"].items()],
        "propagatingVgws": ["vgw"] if drawing["propagates"] else [],
    }
    group: dict[str, Any] = {"vpcId": "net", "ingress": [], "egress": []}
    for direction, protocol, span, peer in drawing["permissions"]:
        far: dict[str, Any] = {"cidrBlocks": [peer]}
        if peer in ("self", "other"):
            far = {"self": True} if peer == "self" else {"securityGroups": ["other"]}
        group[direction].append({**permission(protocol, span), **far})
    acl: dict[str, Any] = {"vpcId": "net", "ingress": [], "egress": []}
    for number, (direction, protocol, span, block, allows) in enumerate(drawing["entries"], 1):
        item = {"ruleNo": number, "action": "allow" if allows else "deny", "cidrBlock": block}
        acl[direction].append({**permission(protocol, span), **item})
    acl["subnetIds"] = ["a"] if drawing["own_acl"] else []
    made = [node(t.TABLE, "table", table), node(t.GROUP, "group", group), node(t.ACL, "acl", acl)]
    tables = ["table"] if drawing["endpoint"] else []
    made.append(node(t.ENDPOINT, "s3", {"vpcId": "net", "routeTableIds": tables}))
    if drawing["own_table"]:
        made.append(node(t.ASSOCIATION, "as", {"subnetId": "a", "routeTableId": "table"}))
    return network(*base(), *made)


def separate(drawing: dict[str, Any], known: bool) -> Network:
    """Everything in a resource of its own; ids known, or unknown with their sources."""

    def own(type_: str, name: str, props: dict[str, Any], **ids: str) -> Node:
        named = ids if known else dict.fromkeys(ids, UNKNOWN)
        return node(type_, name, {**props, **named}, {key: [id_] for key, id_ in ids.items()})

    made = [
        own(t.TABLE, "table", {}, vpcId="net"),
        own(t.GROUP, "group", {}, vpcId="net"),
        own(t.ACL, "acl", {}, vpcId="net"),
        own(t.ENDPOINT, "s3", {}, vpcId="net"),
    ]
    for block, name in drawing["routes"].items():
        to = {"destinationCidrBlock": block}
        ids = {"routeTableId": "table", name: f"{name}-target"}
        made.append(own(t.ROUTE, f"route {block}", to, **ids))
    for index, (direction, protocol, span, peer) in enumerate(drawing["permissions"]):
        type_ = t.EGRESS if direction == "egress" else t.INGRESS
        props = {"ipProtocol": protocol, "fromPort": span[0], "toPort": span[1]}
        ids = {"securityGroupId": "group"}
        if peer in ("self", "other"):
            ids["referencedSecurityGroupId"] = "group" if peer == "self" else "other"
        else:
            props["cidrIpv4"] = peer
        made.append(own(type_, f"rule {index}", props, **ids))
    for number, (direction, protocol, span, block, allows) in enumerate(drawing["entries"], 1):
        props = {
            **permission(protocol, span),
            "ruleNumber": number,
            "ruleAction": "allow" if allows else "deny",
            "cidrBlock": block,
            "egress": direction == "egress",
        }
        made.append(own(t.ACL_RULE, f"entry {number}", props, networkAclId="acl"))
    made += joined(drawing, own)
    return network(*base(), *made)


def joined(drawing: dict[str, Any], own: Any) -> list[Node]:
    made = []
    if drawing["own_acl"]:
        made.append(own(t.ACL_ASSOCIATION, "acl of a", {}, subnetId="a", networkAclId="acl"))
    if drawing["own_table"]:
        made.append(own(t.ASSOCIATION, "as", {}, subnetId="a", routeTableId="table"))
    if drawing["endpoint"]:
        made.append(own(t.ENDPOINT_TABLE, "way", {}, vpcEndpointId="s3", routeTableId="table"))
    if drawing["propagates"]:
        made.append(own(t.PROPAGATION, "learns", {}, vpnGatewayId="vgw", routeTableId="table"))
    return made


def bare(found: Network) -> Network:
    """The network without where each route and rule is written."""
    tables = {
        key: replace(
            table,
            routes=tuple(sorted((replace(r, key="", name="") for r in table.routes), key=repr)),
        )
        for key, table in found.route_tables.items()
    }
    groups = {
        key: replace(
            group,
            rules=tuple(sorted((replace(r, key="", name="") for r in group.rules), key=repr)),
        )
        for key, group in found.security_groups.items()
    }
    return replace(found, route_tables=tables, security_groups=groups)


@settings(max_examples=60, deadline=None)
@given(drawn())
def test_every_way_to_write_a_network_is_read_as_the_same(drawing: dict[str, Any]) -> None:
    expected = bare(inside(drawing))
    assert len(expected.route_tables["table"].routes) >= 1 + len(drawing["routes"])
    assert len(expected.network_acls["acl"].entries) == len(drawing["entries"])
    assert len(expected.security_groups["group"].rules) == len(drawing["permissions"])
    assert "net" + MAIN_ROUTE_TABLE in expected.route_tables
    assert bare(separate(drawing, known=True)) == expected
    assert bare(separate(drawing, known=False)) == expected
