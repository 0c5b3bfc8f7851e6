"""Supplied gateways and addresses: alive, of the very VPC, and not somebody else's."""

from typing import Any

import pytest

from plan.cluster import plan_cluster
from spec.lock import Lock
from tests.plan.brownfield.test_checks import (
    EXISTING,
    NEW_SUBNETS,
    OTHER_VPC,
    SUBNETS,
    VPC,
    existing_lock,
)
from tests.plan.samples import completed, locked, plan, refused, refused_as_read
from tests.spec.stack_files import stack

IGW, NAT, EIP = "igw-0123456789abcdef0", "nat-0123456789abcdef0", "eipalloc-0123456789abcdef0"
TGW, PCX, VGW = "tgw-0123456789abcdef0", "pcx-0123456789abcdef0", "vgw-0123456789abcdef0"
FAR = ["10.9.0.0/16"]
RUN_LOCK = "was not read; run heiiki lock"
SUBNET = {n: {k: v for k, v in s.items() if k != "routeTable"} for n, s in NEW_SUBNETS.items()}
BASE = EXISTING | {"network.subnets": SUBNET, "network.endpoints.existing": {}}
CONNECTIONS = {
    "hub": {"kind": "existing", "targetId": TGW, "cidrs": FAR},
    "ours": {"kind": "transitGateway", "transitGatewayId": TGW, "onPremisesCidrs": FAR},
    "peer": {"kind": "existing", "targetId": PCX, "cidrs": FAR},
    "line": {"kind": "virtualPrivateGateway", "onPremisesCidrs": FAR,
             "gateway": {"kind": "existing", "vpnGatewayId": VGW}},
}  # fmt: skip
KEYS = {"hub": "targetId", "ours": "transitGatewayId", "peer": "targetId",
        "line": "gateway.vpnGatewayId"}  # fmt: skip


def connected(name: str) -> dict[str, Any]:
    return {"network.connections": {name: {**CONNECTIONS[name], "subnets": ["n1"]}}}


def egress(**more: Any) -> dict[str, Any]:
    kind = "nat" if "natGateways" in more else "internetGateway"
    gateway = {"kind": "existing", "internetGatewayId": IGW}
    return {"network.egress": {"kind": kind, "internetGateway": gateway, **more}}


NATS = egress(natGateways={"n": {"kind": "existing", "natGatewayId": NAT}})
ADDRESS = {"kind": "existing", "allocationId": EIP}
IPS = egress(natGateways={"n": {"kind": "create", "subnet": "n1", "elasticIp": ADDRESS}})
NAT_KEY = "network.egress.natGateways.n.natGatewayId"
IP_KEY = "network.egress.natGateways.n.elasticIp.allocationId"
SOUND_NAT = {"vpcId": VPC, "subnetId": "subnet-01234567", "state": "available",
             "connectivityType": "public"}  # fmt: skip


def told(changes: dict[str, Any], noun: str, thing: str, record: Any) -> list[tuple[str, str]]:
    """Faults at keys of gateways and connections, the record being so."""
    asked = {"network.egress": {"kind": "none"}} | BASE | changes
    keys = completed(locked(existing_lock()), stack(asked)).model_dump(mode="json", by_alias=True)
    if record is None:
        del keys["supplied"][noun][thing]
    else:
        keys["supplied"][noun][thing] = record
    found = refused_as_read(asked, locked(keys))
    return [(p, m) for p, m, v in found if v == f"'{thing}'"]


UNSOUND = [
    (egress(), "internetGateways", IGW, {"vpcIds": []},
     "network.egress.internetGateway.internetGatewayId", f"is attached to no VPC, not to "
     f"network.vpc.vpcId {VPC}; name the gateway of that VPC, or have its owner attach it"),
    (NATS, "natGateways", NAT, {**SOUND_NAT, "state": "deleted"}, NAT_KEY,
     "is deleted, not available; name another, or have its owner mend it"),
    (NATS, "natGateways", NAT, {**SOUND_NAT, "connectivityType": "private"}, NAT_KEY,
     "is of connectivity type private, which leads to no internet; name a public one"),
    (NATS, "natGateways", NAT, {**SOUND_NAT, "vpcId": OTHER_VPC}, NAT_KEY,
     f"lies in {OTHER_VPC}, not in network.vpc.vpcId {VPC}, and a route leads to none of another "
     "VPC; name one of that VPC"),
    (IPS, "elasticIps", EIP, {"domain": "standard"}, IP_KEY,
     "is of domain standard, and NAT gateways take those of vpc; allocate one there"),
    (IPS, "elasticIps", EIP, {"domain": "vpc", "associatedWith": "nat-9", "madeBy": "other"},
     IP_KEY, "is in use by nat-9; name a free one, or have its owner disassociate it"),
    (connected("hub"), "transitGateways", TGW, {"state": "available"}, None,
     f"has no attachment of network.vpc.vpcId {VPC}, so no route leads there; have its owner "
     "attach the VPC, or write kind transitGateway, which does"),
    (connected("hub"), "transitGateways", TGW,
     {"state": "available", "attachments": {VPC: "pendingAcceptance"}}, None,
     f"has an attachment of network.vpc.vpcId {VPC} that is pendingAcceptance, not available; "
     "have its owner accept or mend it"),
    (connected("ours"), "transitGateways", TGW, {"state": "deleting"}, None,
     "is deleting, not available; have its owner mend it"),
    (connected("peer"), "peerings", PCX, {"peerVpcId": "vpc-1", "state": "expired"}, None,
     "is expired, not active; have both owners make and accept it anew"),
    (connected("peer"), "peerings", PCX, {"peerVpcId": "vpc-1", "vpcIds": ["vpc-1", "vpc-2"]},
     None, f"joins vpc-1 and vpc-2, not network.vpc.vpcId {VPC}; name one of that VPC"),
    (connected("line"), "vpnGateways", VGW, {"state": "deleted", "vpcIds": [VPC]}, None,
     "is deleted, not available; have its owner mend it"),
    (connected("line"), "vpnGateways", VGW, {"state": "available", "vpcIds": [OTHER_VPC]}, None,
     f"is attached to {OTHER_VPC}, not to network.vpc.vpcId {VPC}; have its owner attach it"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "noun", "thing", "record", "path", "message"), UNSOUND,
    ids=[str(i) for i in range(len(UNSOUND))],
)  # fmt: skip
def test_an_unsound_gateway_is_told_with_the_mend(changes, noun, thing, record, path, message):
    if path is None:
        (name,) = changes["network.connections"]
        path = f"network.connections.{name}.{KEYS[name]}"
    assert told(changes, noun, thing, record) == [(path, message)]
    assert told(changes, noun, thing, None) == [(path, RUN_LOCK)]


def test_sound_ones_are_taken():
    for name in CONNECTIONS:
        found = plan({"network.egress": {"kind": "none"}} | BASE | connected(name),
                     locked(existing_lock()))  # fmt: skip
        assert list(found.connections) == [name]


def test_an_address_that_the_clusters_own_gateway_has_is_free():
    public = {"kind": "create", "availabilityZone": "ap-northeast-1a", "cidr": "10.0.96.0/20",
              "exposure": "public"}  # fmt: skip
    asked = {
        "network.subnets": {**SUBNET, "x": public},
        **egress(natGateways={"n": {"kind": "create", "subnet": "x", "elasticIp": ADDRESS}}),
    }
    record = {"domain": "vpc", "associatedWith": "nat-9", "madeBy": "test"}
    keys = existing_lock()
    keys["supplied"]["elasticIps"] = {EIP: record}
    assert plan(BASE | asked, locked(keys)).spec.network.egress.kind == "nat"


def test_a_nat_gateway_in_an_isolated_subnet_of_ours_reaches_nothing():
    keys = existing_lock()
    keys["supplied"]["natGateways"] = {NAT: {**SOUND_NAT, "subnetId": SUBNETS[0]}}
    messages = [m for p, m, _ in refused(EXISTING | NATS, locked(keys)) if p == NAT_KEY]
    assert messages == [
        "lies in network.subnets.a, which is isolated, so it reaches no internet; name one in a "
        "public subnet"
    ]


def test_in_a_vpc_of_ours_only_what_needs_no_vpc_is_judged():
    line = {**CONNECTIONS["line"], "onPremisesCidrs": ["10.10.0.0/16"]}
    apart = {"network.vpc": {"kind": "create", "cidr": "10.0.0.0/16"}}
    found = plan({**apart, "network.connections": {"hub": CONNECTIONS["hub"], "line": line}})
    assert set(found.connections) == {"hub", "line"}


def test_an_address_is_given_to_one_gateway():
    public = {"kind": "create", "availabilityZone": "ap-northeast-1a", "exposure": "public"}
    asked = {
        "network.subnets": {**SUBNET, "x": {**public, "cidr": "10.0.96.0/20"},
                            "y": {**public, "cidr": "10.0.112.0/20"}},
        **egress(natGateways={n: {"kind": "create", "subnet": n, "elasticIp": ADDRESS}
                              for n in "xy"}),
    }  # fmt: skip
    path = "network.egress.natGateways.y.elasticIp.allocationId"
    message = (
        "is what natGateways.x has already, and an address belongs to one gateway; name another, "
        "or let both zones use that one"
    )
    assert (path, message, f"'{EIP}'") in refused(BASE | asked, locked(existing_lock()))


def with_ways(**made: Any) -> dict[str, Any]:
    keys = existing_lock()
    for noun, records in made.items():
        keys["supplied"].setdefault(noun, {}).update(records)
    return keys


def test_what_others_have_made_in_a_supplied_vpc_is_named_and_not_made_again():
    """Two clusters in one VPC, of which each asks for the way to the same network."""
    asked = {"network.egress": {"kind": "none"}} | BASE
    peering = {"peerVpcId": OTHER_VPC, "state": "active", "vpcIds": [OTHER_VPC, VPC]}
    peer = {"kind": "vpcPeering", "peerVpcId": OTHER_VPC, "peerCidrs": FAR, "subnets": ["n1"]}
    line = {**CONNECTIONS["line"], "gateway": {"kind": "create"}, "subnets": ["n1"]}
    hub = {**CONNECTIONS["ours"], "subnets": ["n1"]}
    attached = {"state": "available", "attachments": {VPC: "available"}}
    gateway = {"state": "available", "vpcIds": [VPC]}
    for way, keys, key, message in (
        (peer, with_ways(peerings={PCX: peering}), "peerVpcId",
         f"is peered with network.vpc.vpcId {VPC} already, by {PCX}, and AWS gives two VPCs one "
         "peering; write kind existing, with that as targetId"),
        (hub, with_ways(transitGateways={TGW: attached}), "transitGatewayId",
         f"has an attachment of network.vpc.vpcId {VPC} already, and AWS gives a VPC one; write "
         "kind existing, with it as targetId; or run heiiki lock, where this cluster has made it"),
        (line, with_ways(vpnGateways={VGW: gateway}), "gateway",
         f"would be a second one: network.vpc.vpcId {VPC} has {VGW}, and AWS gives a VPC one; "
         f"write {{kind: existing, vpnGatewayId: {VGW}}}"),
    ):  # fmt: skip
        changes = asked | {"network.connections": {"way": way}}
        found = refused_as_read(changes, completed_with(keys, changes))
        assert [f[:2] for f in found] == [(f"network.connections.way.{key}", message)]
        for noun in ("peerings", "transitGateways", "vpnGateways"):
            for record in keys["supplied"].get(noun, {}).values():
                record |= {"vpcIds": [OTHER_VPC]} if "vpcIds" in record else {}
                record |= {"attachments": {OTHER_VPC: "available"}} if noun[0] == "t" else {}
        assert plan_cluster(stack(changes), completed_with(keys, changes)).connections
    changes = asked | {"network.connections": {"way": peer}}
    for harmless in ({"state": "deleted"}, {"madeBy": "test"}):  # which is this cluster's name
        there = with_ways(peerings={PCX: peering | harmless})
        assert plan_cluster(stack(changes), completed_with(there, changes)).connections


def completed_with(keys: dict[str, Any], changes: dict[str, Any]) -> Lock:
    """The lock file with what the stack file names, and `keys` over it."""
    full = completed(locked(keys), stack(changes)).model_dump(mode="json", by_alias=True)
    for noun in ("peerings", "transitGateways", "vpnGateways"):
        full["supplied"][noun] |= keys["supplied"].get(noun, {})
    return locked(full)


def test_a_supplied_vpc_is_not_peered_with_itself():
    peer = {"kind": "vpcPeering", "peerVpcId": VPC, "peerCidrs": FAR, "subnets": ["n1"]}
    asked = {"network.egress": {"kind": "none"}, **BASE, "network.connections": {"way": peer}}
    told = ("network.connections.way.peerVpcId", "is network.vpc.vpcId itself; name the other VPC",
            f"'{VPC}'")  # fmt: skip
    assert refused(asked, locked(existing_lock())) == [told]
