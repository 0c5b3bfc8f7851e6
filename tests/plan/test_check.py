"""Faults of the stack file, of the lock file and of what follows from them, in one message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.check import plan_or_every_fault
from plan.cluster import ClusterPlan
from spec.errors import Fault, SpecError
from spec.stack_file import parse_stack_file
from tests.plan.samples import lock_for
from tests.scenarios import EXAMPLES, read
from tests.spec.stack_files import GONE, WHERE, changed, stack, text_of
from tests.spec.strategies import FAST

MISSING = SpecError([Fault("", "is missing")], where="heiiki.test.lock.yaml")
OVERLAP = {"controlPlane.serviceCidr": "10.0.0.0/16", "network.vpc": {"cidr": "10.0.0.0/16"}}
POOL = "nodePools.workers"


def asked(changes):
    try:
        return parse_stack_file(text_of(changed(changes)), where=WHERE)
    except SpecError as error:
        return error


def told(changes, lock=None):
    with pytest.raises(SpecError) as caught:
        plan_or_every_fault(asked(changes), lock or lock_for(stack()), where=WHERE)
    error = caught.value
    return {(f.file, f.path) for f in error.faults}, {(f.file, f.path) for f in error.more}


def test_sound_files_give_the_plan():
    assert isinstance(plan_or_every_fault(stack(), lock_for(stack()), where=WHERE), ClusterPlan)


def test_the_plan_of_what_is_left_is_checked_too():
    first, more = told({**OVERLAP, "tags": 3})
    assert first == {(None, "tags")}
    assert more == {(None, "controlPlane.serviceCidr")}


def test_what_follows_from_a_faulty_key_is_not_told_again():
    first, more = told({**OVERLAP, "controlPlane.colour": "red", f"{POOL}.instanceType": 3})
    assert first == {(None, "controlPlane.colour"), (None, f"{POOL}.instanceType")}
    assert more == {(None, "controlPlane.serviceCidr")}
    first, more = told({"network.vpc": {"cidr": "8.8.8.0/24"}, "controlPlane.serviceCidr": 3})
    assert first == {(None, "network.vpc.cidr"), (None, "controlPlane.serviceCidr")}
    assert not more


def test_without_a_lock_file_the_stack_file_is_checked_all_the_same():
    first, more = told(OVERLAP, MISSING)
    assert first == {(WHERE, "controlPlane.serviceCidr"), (MISSING.where, "")}
    assert not more
    assert told({**OVERLAP, "tags": 3}, MISSING) == (
        {(WHERE, "tags"), (MISSING.where, "")}, {(WHERE, "controlPlane.serviceCidr")},
    )  # fmt: skip


def test_a_region_that_is_none_is_told_without_a_lock_file():
    changes = {"region": "eu-west-9", "availabilityZones": ["eu-west-9a", "eu-west-9b"]}
    first, _ = told(changes, MISSING)
    assert first == {(WHERE, "region"), (MISSING.where, "")}


def test_a_missing_lock_file_alone_says_nothing_of_images_and_services():
    first, more = told({}, MISSING)
    assert first == {(None, "")} and not more
    supplied = {"kind": "existing", "vpcId": "vpc-0123456789abcdef0", "cidr": "10.0.0.0/16"}
    first, more = told({"network.vpc": supplied}, MISSING)
    assert first == {(WHERE, "network.subnets"), (MISSING.where, "")} and not more


def test_an_account_that_is_not_known_is_not_compared_with():
    role = {"kind": "existing", "roleArn": "arn:aws:iam::123456789012:role/eks"}
    first, more = told({"controlPlane.role": role}, MISSING)
    assert first == {(None, "")} and not more
    stated = {"controlPlane.role": role, "boundary.accountId": "999999999999"}
    first, _ = told(stated, MISSING)
    assert first == {(WHERE, "controlPlane.role.roleArn"), (MISSING.where, "")}


# Faults of their own places, of which those above may keep those below from being looked at.
PLACES: dict[str, tuple[dict[str, Any], str]] = {
    "region that is none": ({"region": "Tokyo"}, "region"),
    "unknown region": ({"region": "ap-northeast-9"}, "region"),
    "no region": ({"region": GONE}, "region"),
    "another's region": ({"region": "us-east-1"}, "region"),
    "zones that are none": ({"availabilityZones": 3}, "availabilityZones"),
    "one zone that is none": ({"availabilityZones": ["ap-northeast-1a", 3, "ap-northeast-1c"]},
                              "availabilityZones.1"),
    "zones twice": ({"availabilityZones": ["ap-northeast-1a"] * 2}, "availabilityZones"),
    "zones elsewhere": ({"availabilityZones": ["us-east-1a", "us-east-1b"]}, "availabilityZones"),
    "unlocked zone": ({"availabilityZones": ["ap-northeast-1a", "ap-northeast-1z"]},
                      "availabilityZones"),
    "too many zones": ({"availabilityZones": [f"ap-northeast-1{z}" for z in "abcdefgh"]},
                       "availabilityZones"),
    "public VPC": ({"network.vpc": {"cidr": "8.8.8.0/24"}}, "network.vpc.cidr"),
    "narrow VPC": ({"network.vpc": {"cidr": "10.0.0.0/24"}}, "network.vpc.cidr"),
    "another's account": ({"boundary.accountId": "999999999999"}, "boundary.accountId"),
    "encrypted": ({"tags": {"owner": {"secure": "v1:x"}}}, "tags.owner"),
}  # fmt: skip
BEYOND: dict[str, tuple[dict[str, Any], str]] = {  # what only the plan sees
    "type": ({f"{POOL}.instanceType": "m7i.larg"}, f"{POOL}.instanceType"),
    "version": ({"controlPlane.version": "1.99"}, "controlPlane.version"),
    "services": ({"controlPlane.serviceCidr": "192.168.0.0/28"}, "controlPlane.serviceCidr"),
    "far side": ({"network.connections.dc": {
        "kind": "vpcPeering", "peerVpcId": "vpc-0123456789abcdef0",
        "peerCidrs": ["8.8.8.0/24", "172.20.0.0/14"]}},
        "network.connections.dc.peerCidrs.1"),
    "firewall": ({"network.dns.firewall": False}, "network.dns.firewall"),
}  # fmt: skip


@FAST
@given(
    st.sets(st.sampled_from(sorted(PLACES)), min_size=1, max_size=3),
    st.sets(st.sampled_from(sorted(BEYOND)), min_size=1),
    st.booleans(),
)
def test_no_key_hides_what_is_wrong_elsewhere(places, beyond, with_lock):
    changes = {}
    for name in places:
        changes |= PLACES[name][0]
    for name in beyond:
        changes |= BEYOND[name][0]
    if {"services", "far side"} <= beyond:
        del changes["controlPlane.serviceCidr"]  # its overlap is what is to be told
        beyond = beyond - {"services"}
    first, more = told(changes, lock_for(stack()) if with_lock else MISSING)
    paths = {path for _, path in first | more}
    assert {BEYOND[name][1] for name in beyond} <= paths
    allowed = {PLACES[name][1] for name in places} | {BEYOND[name][1] for name in beyond}
    allowed |= {"", "region", "availabilityZones", "network.connections.dc.peerCidrs.0"}
    allowed.add(f"{POOL}.image")  # a version that is none has no image in the lock file either
    assert paths <= allowed, "a fault that only what stands in gives"


@pytest.mark.parametrize("lock", [None, MISSING])
def test_an_unknown_region_is_told_with_real_ones_and_hides_nothing(lock):
    zones = ["ap-northeast-1a", "ap-northeast-1c"]
    changes = {"region": "ap-northeast-9", "availabilityZones": zones, **BEYOND["type"][0]}
    with pytest.raises(SpecError) as caught:
        plan_or_every_fault(asked(changes), lock or lock_for(stack()), where=WHERE)
    text = str(caught.value)
    assert "did you mean ap-northeast-" in text and "m7i.xlarge" in text
    assert "ap-northeast-9a" not in text and "region: differs" not in text


def test_zones_of_an_unknown_region_are_not_told_to_be_locked():
    zones = ["ap-northeast-9a", "ap-northeast-9c"]
    first, more = told({"region": "ap-northeast-9", "availabilityZones": zones})
    assert (first, more) == ({(None, "region")}, set())


def test_subnets_are_not_measured_against_what_stands_in():
    zones = {"availabilityZone": "ap-northeast-1a"}, {"availabilityZone": "ap-northeast-1d"}
    subnets = {"a": {**zones[0], "cidr": "10.7.0.0/24"}, "d": {**zones[1], "cidr": "10.7.1.0/24"}}
    changes = {"network.subnets": subnets, "network.vpc": {"cidr": "10.7.0.0"}}
    first, more = told({**changes, "availabilityZones": ["a", "d"]})
    assert {path for _, path in first} == {"network.vpc.cidr", "availabilityZones.0",
                                           "availabilityZones.1"}  # fmt: skip
    assert not more


@pytest.mark.parametrize(
    ("line", "wrong", "path"),
    [
        ("vpcId: vpc-0a1b2c3d4e5f60718", "vpcId: vpc-123", "network.vpc.vpcId"),
        ("vpcId: vpc-0a1b2c3d4e5f60718, ", "", "network.vpc.vpcId"),
        (", cidr: 10.40.0.0/16", "", "network.vpc.cidr"),
        ("subnet-0a1b2c3d4e5f60711", "subnet-12", "network.subnets.core-1a.subnetId"),
        ("subnetId: subnet-0a1b2c3d4e5f60711, ", "", "network.subnets.core-1a.subnetId"),
    ],
)
def test_one_faulty_id_of_what_is_supplied_is_one_fault_and_hides_no_other(line, wrong, path):
    """Not a VPC that is ours, subnets outside of it and a control plane in one zone besides."""
    text = (EXAMPLES / "existing" / "Pulumi.existing.yaml").read_text(encoding="utf-8")
    _, lock = read("existing")

    def found(text):
        try:
            asked = parse_stack_file(text, where=WHERE)
        except SpecError as error:
            asked = error
        with pytest.raises(SpecError) as caught:
            plan_or_every_fault(asked, lock, where=WHERE)
        return [[f.path for f in faults] for faults in (caught.value.faults, caught.value.more)]

    assert line in text
    faulty = text.replace(line, wrong, 1)
    assert found(faulty) == [[path], []]
    overlap = "kind: eks\n    serviceCidr: 10.40.0.0/16"
    both = found(faulty.replace("kind: eks", overlap, 1))
    assert both[0] == [path]
    assert both[1] == ([] if path == "network.vpc.cidr" else ["controlPlane.serviceCidr"])
