"""Types are offered zone by zone, and newer ones than the table's are known from the lock file."""

from typing import Any

import pytest

from tests.plan.samples import lock_keys, locked, plan, refused

POOL = "nodePools.workers.instanceType"
ZONES = ["ap-northeast-1a", "ap-northeast-1c"]
BASTION = {"kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
           "availabilityZone": "ap-northeast-1d", "allowedCidrs": ["203.0.113.7/32"]}  # fmt: skip
NEW = {"architecture": "arm64", "vcpus": 2, "memoryMib": 8192, "networkInterfaces": 3,
       "ipv4AddressesPerInterface": 10}  # fmt: skip


def offering(**zones: Any):
    """A lock file in which these types, written with _ for the dot, are offered like this."""
    keys = lock_keys()
    for name, found in zones.items():
        kind = name.replace("_", ".")
        keys["instanceTypes"][kind] = found if isinstance(found, dict) else {
            "availabilityZones": [f"ap-northeast-1{letter}" for letter in found]
        }  # fmt: skip
    return locked(keys)


def test_a_type_that_its_zones_offer_is_planned():
    assert plan(lock=offering(m7i_large="ac")).node_pools["workers"].architecture == "x86_64"


def test_a_zone_without_the_type_is_refused_and_those_with_it_are_named():
    assert refused({}, offering(m7i_large="ad")) == [
        (POOL, "is not offered in ap-northeast-1c, where its subnets lie, but in ap-northeast-1a, "
         "ap-northeast-1d; choose another type, or subnets there", "'m7i.large'"),
    ]  # fmt: skip
    pinned = {"nodePools.workers.subnets": ["nodes-1a"]}
    assert plan(pinned, offering(m7i_large="ad")).node_pools


def test_a_type_that_no_zone_offers_is_refused():
    ((_, message, _),) = refused({}, offering(m7i_large=""))
    assert message.startswith("is not offered in ap-northeast-1a, ap-northeast-1c, where ")
    assert "but in no zone of ap-northeast-1; " in message


@pytest.mark.parametrize(
    ("changes", "path", "zone"),
    [
        ({"access.operator": {}}, "access.operator.machine", "ap-northeast-1a"),
        ({"network.connections": {"b": BASTION}, "access.operator": {}},
         "network.connections.b.machine", "ap-northeast-1d"),
    ],
)  # fmt: skip
def test_machines_for_people_are_offered_too(changes, path, zone):
    everywhere = offering(t3_small="acd")
    assert plan(changes, everywhere)
    elsewhere = offering(t3_small=[z for z in "acd" if z != zone[-1]])
    found = refused(changes, elsewhere)
    assert [(fault[0], fault[2]) for fault in found] == [(f"{path}.instanceType", "'t3.small'")]
    assert found[0][1].startswith(f"is not offered in {zone}, where ")


def test_a_type_that_is_not_in_the_lock_file_is_asked_of_aws_first():
    keys = lock_keys()
    del keys["instanceTypes"]["m7i.large"]
    assert refused({}, locked(keys)) == [
        (POOL, "is not in the lock file, so nobody knows which zones offer it; run heiiki lock",
         "'m7i.large'"),
    ]  # fmt: skip


def test_a_type_newer_than_the_table_is_as_the_lock_file_says():
    changes = {POOL: "z9g.large"}
    known = offering(z9g_large={"availabilityZones": ZONES, "limits": NEW})
    pool = plan(changes, known).node_pools["workers"]
    assert (pool.architecture, pool.max_pods) == ("arm64", 29)
    assert refused(changes, offering(z9g_large={"availabilityZones": ZONES[:1], "limits": NEW}))
    unknown = "is no known instance type; known: m7i.large, m7g.large; of a newer one the lock "
    unknown += "file tells, once it is written anew"
    for lock in (locked(lock_keys()), offering(z9g_large={"availabilityZones": ZONES})):
        assert refused(changes, lock) == [(POOL, unknown, "'z9g.large'")]


def test_the_shipped_table_comes_before_the_lock_file():
    other = offering(m7i_large={"availabilityZones": ZONES, "limits": NEW})
    assert plan(lock=other).node_pools["workers"].architecture == "x86_64"
