"""Addresses: what takes them, and whether there are enough for the fewest and the most machines."""

import pytest

from plan.capacity import addresses_of_node
from plan.instance_types import instance_type, max_pods
from tests.plan import own
from tests.plan.brownfield.test_checks import EXISTING, SUBNETS, existing_lock
from tests.plan.samples import locked, plan, refused, subnet

OFFICE = {"kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0",
          "onPremisesCidrs": ["192.168.0.0/24"]}  # fmt: skip
WORKERS = {"instanceType": "m7i.large", "maxSize": 1}
FEW = "before all are there, pods or machines find no address"


def small(prefix: int, **pools):
    """Changes: two subnets of that prefix, in which everything lies."""
    wide = 2 ** (32 - prefix)
    blocks = {zone: f"10.0.{i * wide // 256}.{i * wide % 256}/{prefix}"
              for i, zone in enumerate("ac")}  # fmt: skip
    listed = {zone: subnet(zone, cidr) for zone, cidr in blocks.items()}
    return {"network.subnets": listed, "controlPlane.subnets": ["a", "c"],
            "nodePools": pools or {"workers": WORKERS}}  # fmt: skip


def told(changes, lock=None):
    """Warnings of capacity."""
    return [text for text in plan(changes, lock).warnings if text.endswith(FEW)]


@pytest.mark.parametrize(
    ("name", "pods", "least", "most"),
    [
        ("m7i.large", None, 10, 30),  # 3 interfaces of 10
        ("m7i.large", 4, 3, 20),  # two pods of their own, and an interface to spare
        ("t3.micro", None, 2, 4),  # 2 interfaces of 2
        ("m5.24xlarge", None, 50, 350),  # 250 pods are 248 addresses: 6 of 15 interfaces, and one
    ],
)
def test_a_node_holds_whole_interfaces_and_one_to_spare(name, pods, least, most):
    limits = instance_type(name, {}, path="x")
    assert addresses_of_node(limits, pods or max_pods(limits)) == (least, most)


def test_what_takes_addresses_of_a_small_subnet_is_counted():
    inbound = {"network.connections": {"office": OFFICE}, "network.dns.inboundEndpoint": {}}
    message = (
        "has 11 addresses, of which 13 are needed (6 for the control plane's interfaces, 5 for "
        "interface endpoints, 1 for transit gateways, 1 for the resolver's inbound endpoint); "
        "choose a larger CIDR"
    )
    found = refused({**small(28), **inbound})
    assert [fault for fault in found if fault[0].endswith(".cidr")] == [
        ("network.subnets.a.cidr", message, "'10.0.0.0/28'"),
        ("network.subnets.c.cidr", message, "'10.0.0.16/28'"),
    ]


def test_the_narrowest_subnet_holds_the_control_plane_alone():
    """A /28 of its own, as the layout gives it; with endpoints of the nodes nothing is left."""
    assert told({}) == []
    assert refused(small(28)) == [
        (
            "nodePools.workers.minSize",
            "1 of m7i.large at 10 addresses each, 10 in all, and for machines are left 0 in "
            "subnet a, 0 in subnet c. Choose larger subnets, more of them, or smaller machines",
            "1",
        )
    ]


def test_machines_for_which_no_addresses_are_left_are_refused_and_pods_told_of():
    """/27: 27 addresses, of which 6 and 5 are gone, so 16 for machines in each."""
    two, three = ({"workers": {**WORKERS, "minSize": n, "maxSize": n}} for n in (2, 3))
    assert told(small(27, **two)) == [
        "nodePools.workers.maxSize: 2 of m7i.large at 30 addresses each, 60 in all, and for "
        f"machines are left 16 in subnet a, 16 in subnet c; {FEW}"
    ]
    assert told(small(26, **two)) == []
    # 30 of 32 addresses would do by their number; in each subnet there is room for one machine.
    ((path, message, _),) = refused(small(27, **three))
    assert (path, message[:70]) == (
        "nodePools.workers.minSize",
        "3 of m7i.large at 10 addresses each, 30 in all, and for machines are l",
    )


def test_a_thousand_nodes_are_told_of_where_the_network_has_room_for_fewer():
    assert told({"nodePools": {"workers": {**WORKERS, "maxSize": 1000}}}) == [
        "nodePools.workers.maxSize: 1000 of m7i.large at 30 addresses each, 30000 in all, and for "
        f"machines are left 8182 in subnet nodes-1a, 8182 in subnet nodes-1c; {FEW}"
    ]
    assert told({"nodePools": {"workers": {**WORKERS, "maxSize": 500}}}) == []


def test_pools_that_share_subnets_share_their_addresses():
    pools = {name: {**WORKERS, "maxSize": 300} for name in ("one", "two")}
    (first, second) = told({"nodePools": pools})
    assert "300 of m7i.large at 30 addresses each, with two 18000 in all" in first.replace(
        "nodePools.", ""
    )
    assert second.startswith("nodePools.two.maxSize: ")


def test_without_the_vpc_cni_a_machine_takes_one_address():
    """/27 again: with an endpoint less 17 each, and pods' addresses are none of the VPC's."""
    pool = {"workers": {**WORKERS, "maxSize": 34, "readiness": {"kind": "none"}}}
    changes = {**small(27, **pool), "addOns": {"vpcCni": False}}
    assert told(changes) == []
    changes["nodePools"]["workers"]["maxSize"] = 35
    (warning,) = told(changes)
    assert warning.startswith("nodePools.workers.maxSize: 35 of m7i.large at 1 address each")


def test_free_addresses_of_a_supplied_subnet_count_as_the_lock_file_has_them():
    keys = existing_lock()
    assert told(EXISTING, locked(keys)) == [], "not known"
    keys["supplied"]["subnets"][SUBNETS[0]]["availableAddresses"] = 4091
    assert told(EXISTING, locked(keys)) == [], "all of a /20"
    keys["supplied"]["subnets"][SUBNETS[0]]["availableAddresses"] = 5
    found = refused({**EXISTING, "controlPlane.subnets": ["a", "c"]}, locked(keys))
    assert found == [
        (
            "network.subnets.a.subnetId",
            "has 5 addresses left by others, of which 11 are needed (6 for the control plane's "
            "interfaces, 5 for interface endpoints); choose another subnet. If some were freed "
            f"since the lock file was written, remove supplied.subnets.{SUBNETS[0]} from it and "
            "run heiiki lock",
            f"'{SUBNETS[0]}'",
        )
    ]


def test_supplied_endpoints_have_their_addresses_already():
    changes = {**small(28), "network.connections": {"office": OFFICE},
               "network.dns.inboundEndpoint": {}}  # fmt: skip

    def counted(more):
        found = dict((path, message) for path, message, _ in refused({**changes, **more}))
        return found["network.subnets.a.cidr"]

    assert "of which 13 are needed" in counted({})
    one = counted({"network.endpoints.existing": {"ec2": "vpce-0123456789abcdef1"}})
    assert "of which 12 are needed" in one and "4 for interface endpoints" in one


def test_machines_of_a_control_plane_of_our_own_are_counted():
    """A member takes two addresses, a load balancer one in each subnet, controllers one each."""
    assert not [w for w in own.planned().warnings if w.endswith(FEW)]

    def listed(each, prefix):
        """In three subnets that begin `each` blocks of 256 addresses apart."""
        blocks = {f"n-{zone}": subnet(zone, f"10.0.{each * i}.0/{prefix}")
                  for i, zone in enumerate("acd")}  # fmt: skip
        return {"network.subnets": blocks, "nodePools.workers.minSize": 800,
                "nodePools.workers.maxSize": 800}  # fmt: skip

    wide = own.planned(listed(16, 20))
    endpoints = sum("n-a" in endpoint.subnets for endpoint in wide.endpoints.values())
    assert endpoints > 3
    found = own.faults(listed(1, 24))
    left = 256 - 5 - endpoints - 2 - 1
    told = f"and for machines are left {left} in subnet n-a, {left} in subnet n-c, "
    for path in ("controlPlane.controllers.minSize: ", "nodePools.workers.minSize: "):
        assert any(line.startswith(path) and told in line for line in found), found
