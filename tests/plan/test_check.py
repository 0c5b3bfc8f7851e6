"""Faults of the stack file, of the lock file and of what follows from them, in one message."""

import pytest

from plan.check import plan_or_every_fault
from plan.cluster import ClusterPlan
from spec.errors import Fault, SpecError
from spec.stack_file import parse_stack_file
from tests.plan.samples import lock_for
from tests.spec.stack_files import WHERE, changed, stack, text_of

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
