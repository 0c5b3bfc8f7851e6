"""Supplied route tables: whatever leads outward unnamed is told with table, destination, target."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plan.brownfield.test_checks import (
    EXISTING,
    NEW_SUBNETS,
    TABLE,
    TABLES,
    VPC,
    existing_lock,
    supplied,
)
from tests.plan.samples import locked, plan, refused

KEY = "network.subnets.a.routeTableId"
DELETE = "have its owner delete the route, or take a table without it"
NO_WAY = f"an isolated subnet has no such way, {DELETE}"
TGW, PCX, VGW = "tgw-0123456789abcdef0", "pcx-0123456789abcdef0", "vgw-0123456789abcdef0"
PREFIX_LIST = "pl-0fedcba9876543210"


def with_routes(*routes: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A lock whose table has these routes beside the local ones: destination, target."""
    keys = existing_lock()
    keys["supplied"]["routeTables"][TABLE]["routes"] += [
        {"destination": d.removesuffix(" dead"), "target": t, "blackhole": d.endswith(" dead")}
        for d, t in routes
    ]
    keys["supplied"]["routeTables"][TABLE] |= more
    return keys


def told(keys: dict[str, Any], **changes: Any) -> list[str]:
    """Messages at the table's key, and at no other."""
    faults = refused(EXISTING | changes, locked(keys))
    assert {(path, value) for path, _, value in faults} == {(KEY, f"'{TABLE}'")}
    return [message for _, message, _ in faults]


@pytest.mark.parametrize(
    ("target", "noun"),
    [
        ("igw-01234567", "an internet gateway"),
        ("eigw-01234567", "an egress-only internet gateway"),
        ("nat-01234567", "a NAT gateway"),
        ("cagw-01234567", "a carrier gateway"),
        ("lgw-01234567", "a local gateway"),
        ("eni-01234567", "a network interface"),
        ("i-01234567", "an instance"),
        ("vpce-01234567", "a VPC endpoint"),
        ("arn:aws:networkmanager::123456789012:core-network/c", "unknown here"),
        ("unknown", "unknown here"),
    ],
)
@pytest.mark.parametrize("destination", ["0.0.0.0/0", "10.9.0.0/16", "203.0.113.0/24", "::/0"])
def test_a_closed_table_leads_to_no_gateway_and_no_machine_wherever_to(target, noun, destination):
    assert told(with_routes((destination, target))) == [
        f"leads {destination} to {target} ({noun}); {NO_WAY}"
    ]


def test_two_halves_of_the_internet_are_the_internet():
    halves = (("0.0.0.0/1", "igw-01234567"), ("128.0.0.0/1", "igw-01234567"))
    assert told(with_routes(*halves)) == [
        f"leads {half} to igw-01234567 (an internet gateway); {NO_WAY}" for half, _ in halves
    ]


@pytest.mark.parametrize("target", [TGW, PCX, VGW])
@pytest.mark.parametrize("destination", ["0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/7", "fd00::/8"])
def test_nothing_outside_the_private_ranges_is_reached_by_any_target(target, destination):
    (message,) = told(with_routes((destination, target)))
    assert message.startswith(f"leads {destination} to {target} (")
    assert message.endswith(f"), beyond the private ranges; {DELETE}")


def test_a_private_network_is_reached_by_a_named_connection_only():
    keys = with_routes(("10.9.0.0/16", TGW))
    assert told(keys) == [
        f"leads 10.9.0.0/16 to {TGW} (a transit gateway), which nothing in network.connections "
        f"names; name it there, or {DELETE}"
    ]
    office = {"kind": "existing", "targetId": TGW, "cidrs": ["10.8.0.0/16", "10.9.0.0/16"]}
    assert plan(EXISTING | {"network.connections": {"office": office}}, locked(keys)).routes == ()
    wider = with_routes(("10.8.0.0/15", TGW))
    assert plan(EXISTING | {"network.connections": {"office": office}}, locked(wider)).routes == ()
    wider = with_routes(("10.8.0.0/14", TGW))
    assert told(wider, **{"network.connections": {"office": office}}) == [
        f"leads 10.8.0.0/14 to {TGW} (a transit gateway), and network.connections.office lists "
        f"10.8.0.0/15 only; list the destination there, or {DELETE}"
    ]


def test_a_subnet_that_the_connection_does_not_name_is_told():
    keys = with_routes(("10.9.0.0/16", TGW))
    office = {"kind": "existing", "targetId": TGW, "cidrs": ["10.9.0.0/16"], "subnets": ["a"]}
    assert told(keys, **{"network.connections": {"office": office}}) == [
        f"leads 10.9.0.0/16 to {TGW} (a transit gateway), which network.connections.office does "
        f"not ask for subnet c; list it in its subnets, or {DELETE}"
    ]


NAMED = {
    "a transit gateway": (TGW, {"kind": "transitGateway", "transitGatewayId": TGW,
                                "onPremisesCidrs": ["10.9.0.0/16"]}),
    "a supplied gateway for a VPN": (VGW, {
        "kind": "virtualPrivateGateway", "onPremisesCidrs": ["10.9.0.0/16"],
        "gateway": {"kind": "existing", "vpnGatewayId": VGW}}),
    "a supplied peering": (PCX, {"kind": "existing", "targetId": PCX, "cidrs": ["10.9.0.0/16"]}),
    "a peering of ours": (PCX, {"kind": "vpcPeering", "peerVpcId": "vpc-0eeeeeeeeeeeeeee0",
                                "peerCidrs": ["10.9.0.0/16"]}),
    "the bastion's peering": (PCX, {
        "kind": "bastionVpc", "vpcCidr": "10.9.0.0/16", "subnetCidr": "10.9.0.0/24",
        "availabilityZone": "ap-northeast-1a", "allowedCidrs": ["203.0.113.7/32"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_each_kind_of_connection_names_its_target(name):
    target, connection = NAMED[name]
    keys = with_routes(("10.9.0.0/16", target))
    peer = {
        "a peering of ours": {"peerVpcId": "vpc-0eeeeeeeeeeeeeee0"},
        "the bastion's peering": {"peerVpcId": "vpc-0ddddddddddddddd0", "madeBy": "test"},
    }
    keys["supplied"]["peerings"] = {PCX: peer.get(name, {"peerVpcId": "vpc-0ccccccccccccccc0"})}
    assert plan(EXISTING | {"network.connections": {"far": connection}}, locked(keys))
    keys["supplied"]["peerings"] = {PCX: {"peerVpcId": "vpc-0bbbbbbbbbbbbbbb0", "madeBy": "other"}}
    if name in peer:  # the same id, but neither made by us nor with that VPC
        assert "which nothing in network.connections names" in told(
            keys, **{"network.connections": {"far": connection}}
        )[0]  # fmt: skip


def test_a_gateway_of_our_own_names_no_target_in_a_supplied_table():
    own = {"kind": "virtualPrivateGateway", "onPremisesCidrs": ["10.9.0.0/16"]}
    (message,) = told(with_routes(("10.9.0.0/16", VGW)), **{"network.connections": {"office": own}})
    assert "which nothing in network.connections names" in message


def test_a_prefix_list_is_judged_by_its_entries():
    office = {"kind": "existing", "targetId": TGW, "cidrs": ["10.9.0.0/16"]}
    changes = {"network.connections": {"office": office}}
    keys = with_routes((PREFIX_LIST, TGW))
    keys["supplied"]["prefixLists"] = {PREFIX_LIST: ["10.9.1.0/24", "10.9.2.0/24"]}
    assert plan(EXISTING | changes, locked(keys)).routes == ()
    keys["supplied"]["prefixLists"] = {PREFIX_LIST: ["10.9.1.0/24", "10.7.0.0/24"]}
    assert "lists 10.9.0.0/16 only" in told(keys, **changes)[0]
    for entries in (["10.9.1.0/24", "198.51.100.0/24"], ["10.9.1.0/24", "::/0"], []):
        keys["supplied"]["prefixLists"] = {PREFIX_LIST: entries}
        assert "beyond the private ranges" in told(keys, **changes)[0]
    del keys["supplied"]["prefixLists"]
    assert "beyond the private ranges" in told(keys, **changes)[0]


def test_a_gateway_endpoint_that_nobody_names_is_told():
    assert told(with_routes((PREFIX_LIST, "vpce-0fedcba9876543210"))) == [
        f"leads {PREFIX_LIST} to vpce-0fedcba9876543210 (a VPC endpoint), a gateway endpoint that "
        "the stack file does not name; give it in network.endpoints.existing, so that its policy "
        "is read, or have its owner take the table off it"
    ]


def test_a_dead_route_is_named_and_refused_where_it_may_come_back():
    assert told(with_routes(("0.0.0.0/0 dead", "eni-01234567"))) == [
        "leads 0.0.0.0/0 to eni-01234567 (a network interface), dead now (blackhole) and alive "
        f"again with its target; {NO_WAY}"
    ]
    for target in ("nat-01234567", PCX):
        found = plan(EXISTING, locked(with_routes(("0.0.0.0/0 dead", target))))
        assert (
            f"{KEY}: {TABLE} leads 0.0.0.0/0 to {target}, which is gone (blackhole): the route is "
            "dead; have its owner delete it"
        ) in found.warnings


def test_a_gateway_that_announces_routes_is_named_or_refused():
    keys = with_routes(propagatingGateways=[VGW])
    assert told(keys) == [
        f"takes over every route that {VGW} announces, and nothing in network.connections names "
        "that gateway; have its owner switch route propagation off, or name it as "
        "virtualPrivateGateway"
    ]
    office = NAMED["a supplied gateway for a VPN"][1]
    found = plan(EXISTING | {"network.connections": {"office": office}}, locked(keys))
    assert (
        f"{KEY}: {TABLE} takes over every route that {VGW} of network.connections.office "
        "announces, a default route too; have its owner write static routes and switch route "
        "propagation off"
    ) in found.warnings


def open_network(exposure: str) -> dict[str, Any]:
    return EXISTING | {
        "network.egress": {
            "kind": "nat",
            "internetGateway": {"kind": "existing", "internetGatewayId": "igw-01234567"},
            "natGateways": {"n": {"kind": "existing", "natGatewayId": "nat-01234567"}},
        },
        "network.subnets": {
            "a": supplied(0, "a", exposure=exposure), "c": supplied(1, "c", exposure=exposure),
        },
    }  # fmt: skip


def test_a_table_with_a_way_out_is_taken_where_the_network_is_open_on_purpose():
    halves = (("0.0.0.0/1", "nat-01234567"), ("128.0.0.0/1", "nat-01234567"))
    assert plan(open_network("private"), locked(with_routes(*halves))).routes == ()
    direct = with_routes(("0.0.0.0/0", "igw-01234567"), propagatingGateways=[VGW])
    assert plan(open_network("public"), locked(direct)).routes == ()


def test_an_open_network_without_a_way_out_is_told():
    for routes in ((), (("0.0.0.0/0 dead", "nat-01234567"),), (("10.9.0.0/16", TGW),)):
        assert refused(open_network("private"), locked(with_routes(*routes))) == [
            (KEY, "has no live route to the internet, so the subnet is isolated, not private; "
             "change one of the two", f"'{TABLE}'")
        ]  # fmt: skip
    mixed = with_routes(("0.0.0.0/0", "nat-01234567"), ("203.0.113.0/24", "igw-01234567"))
    assert refused(open_network("private"), locked(mixed)) == [
        (KEY, "leads 203.0.113.0/24 to igw-01234567, so the subnet is public, not private; change "
         "one of the two", f"'{TABLE}'")
    ]  # fmt: skip
    private = with_routes(("0.0.0.0/0", "nat-01234567"))
    assert refused(open_network("public"), locked(private)) == [
        (KEY, "leads 0.0.0.0/0 to nat-01234567, so the subnet is private, not public; change one "
         "of the two", f"'{TABLE}'")
    ]  # fmt: skip


def test_an_isolated_subnet_stays_isolated_in_an_open_network():
    changes = open_network("isolated")
    keys = with_routes(("0.0.0.0/0", "nat-01234567"))
    assert [m for _, m, _ in refused(changes, locked(keys))] == [
        f"leads 0.0.0.0/0 to nat-01234567 (a NAT gateway); {NO_WAY}"
    ]


def test_a_supplied_table_that_no_subnet_uses_must_still_be_isolated():
    keys = existing_lock()
    extra = "rtb-0fffffffffffffff0"
    table = keys["supplied"]["routeTables"][TABLE]
    out = {"destination": "0.0.0.0/0", "target": "igw-01234567"}
    keys["supplied"]["routeTables"][extra] = {**table, "routes": [*table["routes"], out]}
    changes = EXISTING | {"network.routeTables": {"t": {"kind": "existing", "routeTableId": extra}}}
    assert refused(changes, locked(keys)) == [
        ("network.routeTables.t.routeTableId",
         f"leads 0.0.0.0/0 to igw-01234567 (an internet gateway); {NO_WAY}", f"'{extra}'")
    ]  # fmt: skip


def test_a_table_of_new_subnets_is_judged_like_one_of_supplied_subnets():
    changes = EXISTING | {"network.subnets": NEW_SUBNETS, "network.routeTables": TABLES}
    keys = with_routes(("0.0.0.0/1", "igw-01234567"))
    assert refused(changes, locked(keys)) == [
        ("network.routeTables.theirs.routeTableId",
         f"leads 0.0.0.0/1 to igw-01234567 (an internet gateway); {NO_WAY}", f"'{TABLE}'")
    ]  # fmt: skip


def test_what_stands_beside_the_tables_is_said():
    keys = existing_lock()
    keys["supplied"]["vpcs"][VPC] |= {
        "internetGatewayIds": ["igw-01234567"],
        "tenancy": "dedicated",
    }
    found = plan(EXISTING, locked(keys))
    assert (
        f"network.vpc.vpcId: {VPC} has igw-01234567 attached: one route, written by whoever may, "
        "opens the network; have its owner detach it"
    ) in found.warnings
    assert any(f"{VPC} has tenancy dedicated" in warning for warning in found.warnings)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["0.0.0.0/1", "128.0.0.0/2", "8.0.0.0/8", "10.0.0.0/7", "::/1"]),
            st.sampled_from(["igw-01234567", "nat-01234567", "eni-01234567", TGW, PCX, VGW]),
        ),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_no_union_of_routes_outward_ever_passes(routes):
    assert len(told(with_routes(*routes))) == len(routes)
