"""A group with more rules than AWS allows is told of before `up` breaks at one of them."""

from tests.plan.samples import plan


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
