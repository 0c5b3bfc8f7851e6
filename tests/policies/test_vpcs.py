"""VPCs and subnets: a real provider's way to write nothing is nothing."""

import pytest

from tests.policies.analyzer import broken
from tests.policies.cases import COMPLIANT

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
SWITCHES = [  # where, which, and the rule about it
    (SUBNET, "mapPublicIpOnLaunch", "CN-040"),
    (SUBNET, "ipv6Native", "CN-041"),
    (SUBNET, "assignIpv6AddressOnCreation", "CN-041"),
    (SUBNET, "enableDns64", "CN-041"),
    (SUBNET, "mapCustomerOwnedIpOnLaunch", "CN-042"),
    (VPC, "assignGeneratedIpv6CidrBlock", "CN-043"),
]
TEXTS = [
    (SUBNET, "ipv6CidrBlock", "CN-041"),
    (SUBNET, "ipv6IpamPoolId", "CN-041"),
    (SUBNET, "customerOwnedIpv4Pool", "CN-042"),
    ("aws:lb/loadBalancer:LoadBalancer", "customerOwnedIpv4Pool", "CN-042"),
    (VPC, "ipv6CidrBlock", "CN-043"),
    (VPC, "ipv6IpamPoolId", "CN-043"),
]
NUMBERS = [
    (SUBNET, "ipv6NetmaskLength", "CN-041"),
    (SUBNET, "enableLniAtDeviceIndex", "CN-042"),
    (VPC, "ipv6NetmaskLength", "CN-043"),
]


def rules_of(typ, key, value):
    return broken(typ, {**COMPLIANT[typ], key: value})


@pytest.mark.parametrize(("typ", "key", "rule"), SWITCHES)
def test_a_switch_is_off_in_every_way_of_writing_it(typ, key, rule):
    for off in (False, "false", "False", 0, "", None):
        assert rules_of(typ, key, off) == set(), off
    for on in (True, "true", 1, "yes", "0"):
        assert rules_of(typ, key, on) == {rule}, on


@pytest.mark.parametrize(("typ", "key", "rule"), TEXTS)
def test_a_text_that_is_empty_is_not_given(typ, key, rule):
    assert rules_of(typ, key, "") == set()
    assert rules_of(typ, key, "2001:db8::/56") == {rule}


@pytest.mark.parametrize(("typ", "key", "rule"), NUMBERS)
def test_a_length_of_nothing_is_not_given(typ, key, rule):
    assert rules_of(typ, key, 0) == set()
    assert rules_of(typ, key, 56) == {rule}
