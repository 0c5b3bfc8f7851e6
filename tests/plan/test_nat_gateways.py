"""Which NAT gateway a private subnet uses: its zone's, the only one, or the one that is named."""

from typing import Any

from tests.plan.samples import plan, refused, subnet

FRONT = {
    "front-a": subnet("a", "10.0.32.0/24", exposure="public"),
    "front-c": subnet("c", "10.0.33.0/24", exposure="public"),
}
A = subnet("a", "10.0.0.0/20", exposure="private")
C = subnet("c", "10.0.16.0/20", exposure="private")
NAT_A, NAT_C = ({"kind": "create", "subnet": f"front-{zone}"} for zone in "ac")


def network(
    gateways: dict[str, Any], a: dict[str, Any] = A, c: dict[str, Any] = C
) -> dict[str, Any]:
    return {
        "network.egress": {"kind": "nat", "natGateways": gateways},
        "network.subnets": {**FRONT, "a": a, "c": c},
    }


def assigned(changes: dict[str, Any]) -> dict[str, str | None]:
    return {name: subnet.nat_gateway for name, subnet in plan(changes).layout.subnets.items()}


def test_each_zone_uses_its_own_gateway():
    found = assigned(network({"nat-a": NAT_A, "nat-c": NAT_C}))
    assert found == {"front-a": None, "front-c": None, "a": "nat-a", "c": "nat-c"}


def test_the_only_gateway_serves_every_zone():
    found = assigned(network({"shared": NAT_A}))
    assert (found["a"], found["c"]) == ("shared", "shared")
    supplied = {"kind": "existing", "natGatewayId": "nat-01234567"}
    assert assigned(network({"theirs": supplied}))["c"] == "theirs"


def test_the_gateway_that_is_named_wins():
    found = assigned(network({"nat-a": NAT_A, "nat-c": NAT_C}, a={**A, "natGateway": "nat-c"}))
    assert (found["a"], found["c"]) == ("nat-c", "nat-c")


def test_a_name_that_stands_for_no_gateway_is_told():
    changes = network({"nat-a": NAT_A}, c={**C, "natGateway": "nat-c"})
    assert refused(changes) == [
        ("network.subnets.c.natGateway", "names no NAT gateway; known: nat-a", "'nat-c'")
    ]


def test_a_zone_without_a_gateway_must_choose_one():
    changes = network({"one": NAT_A, "two": NAT_A})
    assert refused(changes) == [
        ("network.subnets.c.natGateway",
         "is needed: no NAT gateway lies in its zone; choose one of one, two", None),
    ]  # fmt: skip


def test_a_shared_table_has_one_default_route_and_so_one_gateway():
    changes = network(
        {"nat-a": NAT_A, "nat-c": NAT_C}, {**A, "routeTable": "t"}, {**C, "routeTable": "t"}
    ) | {"network.routeTables": {"t": {"kind": "create"}}}
    assert refused(changes) == [
        (
            "network.subnets.c.natGateway",
            "differs from nat-a of network.subnets.a, which shares the table t; give each zone a "
            "table of its own, or name one gateway for both",
            "'nat-c'",
        ),
    ]
    both = network(
        {"nat-a": NAT_A, "nat-c": NAT_C},
        {**A, "routeTable": "t"}, {**C, "routeTable": "t", "natGateway": "nat-a"},
    ) | {"network.routeTables": {"t": {"kind": "create"}}}  # fmt: skip
    assert [r.via.name for r in plan(both).routes if r.route_table == "t"] == ["nat-a"]
