"""The whole plan: every fault at once, the lock of the stack, always the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plan.cluster import MACHINE_IMAGE
from plan.errors import Faults, PlanError
from spec.errors import Fault, SpecError
from spec.shown import NOT_SHOWN
from tests.plan.samples import ACCOUNT, lock_keys, locked, plan, refused, subnet
from tests.scenarios import SCENARIOS, planned

ROOT = Path(__file__).parents[2]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/x"
AGAIN = "the lock file is of another stack or out of date; run heiiki lock"


def test_faults_of_every_part_are_told_at_once():
    found = refused(
        {
            "tags": {"Name": "x"},
            "network.subnets": {
                "a": subnet("a", "10.9.0.0/20"), "c": subnet("c", "10.0.16.0/20"),
                "front": subnet("c", "10.0.32.0/20", exposure="public"),
            },
            "network.dns.firewall": False,
            "network.connections": {
                "office": {"kind": "transitGateway", "transitGatewayId": "tgw-01234567",
                           "onPremisesCidrs": ["172.20.0.0/24"], "subnets": ["nowhere"]},
            },
            "network.endpoints.additional": {"nosuch": "asked for"},
            "controlPlane.version": "1.34",
            "controlPlane.role": {"kind": "existing",
                                  "roleArn": "arn:aws:iam::999999999999:role/y"},
            "access.operator": {"machine": {"instanceType": "nosuch.large"}},
            "access.principals": {"administrator": {"principalArn": ROLE}},
            "addOns": {"podIdentity": False, "ebsCsi": True},
            "nodePools.workers.maxPods": 250,
        }
    )  # fmt: skip
    assert [path for path, _, _ in found] == [
        "tags.Name",
        "network.connections.office.onPremisesCidrs.0",
        "network.subnets.a.cidr",
        "network.connections.office.subnets",
        "network.subnets.front.exposure",
        "network.dns.firewall",
        "controlPlane.role.roleArn",
        "access.operator.machine.instanceType",
        "network.endpoints.additional.nosuch",
        "controlPlane.version",
        "addOns.ebsCsi",
        "nodePools.workers.image",
        "nodePools.workers.maxPods",
        "access.principals.administrator",
    ]


def test_the_lock_of_another_region_is_refused_before_anything_else():
    changes = {"nodePools.workers.instanceType": "nosuch.large"}
    assert refused(changes, locked(lock_keys("us-east-1"))) == [
        ("region", f"differs from the lock file's us-east-1; {AGAIN}", "'ap-northeast-1'")
    ]


def test_a_lock_of_another_account_or_without_what_the_stack_needs_is_refused():
    keys = lock_keys(zones="a")
    del keys["images"][MACHINE_IMAGE]
    assert refused({"boundary.accountId": "999999999999"}, locked(keys)) == [
        ("boundary.accountId", f"differs from the lock file's {ACCOUNT}; {AGAIN}",
         "'999999999999'"),
        ("access.operator", f"the lock file has no image al2023/x86_64; {AGAIN}", None),
        ("availabilityZones", f"ap-northeast-1c is not in the lock file; {AGAIN}",
         "'ap-northeast-1c'"),
    ]  # fmt: skip


def test_the_own_account_may_be_written_out():
    assert plan({"boundary.accountId": ACCOUNT}).account_id == ACCOUNT


def test_a_fault_is_noted_once_and_shows_values_as_written():
    faults = Faults()
    faults.raise_if_any(where="x")  # nothing noted, nothing raised
    for _ in range(2):
        faults.add("a.b", "is wrong", "10.0.0.0/8")
    faults.add("a.c", "is wrong", 3)
    faults.add("a.d", "is wrong", False)
    faults.add("a.password", "is wrong", "hunter2")
    faults.add("a.e", "is missing")
    faults.extend(SpecError([Fault("a.b", "is wrong", "'10.0.0.0/8'"), Fault("z", "too")]))
    assert [(f.path, f.value) for f in faults.found] == [
        ("a.b", "'10.0.0.0/8'"), ("a.c", "3"), ("a.d", "false"), ("a.password", NOT_SHOWN),
        ("a.e", None), ("z", None),
    ]  # fmt: skip
    with pytest.raises(PlanError, match=r"^stack is not valid \(6 faults\)"):
        faults.raise_if_any(where="stack")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_example_is_planned_and_refers_to_itself(scenario):
    from tests.plan.test_properties import check

    check(planned(scenario))


PROGRAM = """
import hashlib, sys
from machines.rendered import planned_user_data
from tests.scenarios import SCENARIOS, planned
from tests.plan.samples import refused
text = "".join(repr(planned(name)) for name in SCENARIOS)
text += "".join(repr(planned_user_data(planned(name))) for name in SCENARIOS)
text += repr(refused({"controlPlane.subnets": ["nodes-1a"], "addOns.clusterAutoscaler": True}))
sys.stdout.write(hashlib.sha256(text.encode()).hexdigest())
"""


ELSEWHERE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "TZ": "Asia/Tokyo"}


def test_the_same_bytes_come_from_processes_that_hash_and_live_differently():
    """Plans, and what machines read, which names their bundles by digest. One process is on a
    machine of another locale and time."""
    digests = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT),
                 **place},
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=300,
        ).stdout
        for seed, place in (("1", {}), ("4242", ELSEWHERE))
    }  # fmt: skip
    assert len(digests) == 1
    assert len(digests.pop()) == 64
