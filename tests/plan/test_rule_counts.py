"""A group with more rules than AWS allows is told of before `up` breaks at one of them."""

import pytest

from tests.plan.samples import lock_keys, locked, plan, refused


def bastion(count: int):
    """Warnings where so many CIDRs may reach the bastion."""
    connection = {
        "kind": "bastionVpc", "vpcCidr": "172.24.0.0/24", "subnetCidr": "172.24.0.0/25",
        "availabilityZone": "ap-northeast-1a",
        "allowedCidrs": [f"203.0.113.{i}/32" for i in range(count)],
    }  # fmt: skip
    found = plan({"network.connections": {"b": connection}, "access.operator": {}})
    assert sum(row.target == "bastion" for row in found.firewall) == count
    return [warning for warning in found.warnings if "security group" in warning]


def test_more_rules_than_a_group_takes_are_told_of_with_their_number():
    assert bastion(60) == []
    (warning,) = bastion(80)
    assert warning.startswith(
        "the security group of bastion gets 80 rules in, and AWS allows 60 until the quota"
    )


def groups(count: int) -> list[str]:
    return [f"sg-{i:017x}" for i in range(count)]


@pytest.mark.parametrize(("kind", "ours"), [("selfManaged", 1), ("managed", 2)])
def test_groups_of_a_machine_are_counted_with_ours(kind, ours):
    path = "nodePools.workers.securityGroupIds"

    def asked(count: int):
        return {path: groups(count), "nodePools.workers.kind": kind}

    keys = lock_keys()
    keys["supplied"] = {"securityGroups": {group: {"vpcId": None} for group in groups(17)}}
    lock = locked(keys)

    def told(count: int):
        return [warning for warning in plan(asked(count), lock).warnings if path in warning]

    assert told(0) == told(5 - ours) == []
    (warning,) = told(6 - ours)
    assert warning.startswith(f"{path}: with ours 6 security groups, and AWS gives an interface 5")
    assert told(16 - ours)
    assert refused(asked(17 - ours), lock) == [
        (path, f"are {17 - ours}; write at most {16 - ours}, AWS takes 16 of a machine with ours",
         None)
    ]  # fmt: skip
