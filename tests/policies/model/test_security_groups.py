"""Security groups: every form that a rule is written in, and the rules that AWS gives."""

import pytest

from model.network import Network
from model.sets import EVERY_ADDRESS
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.views import called, rules

NET = node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"}, defaultSecurityGroupId="sg-default")
GROUP = node(t.GROUP, "group", {"vpcId": "net"})
PEER = node(t.GROUP, "peer", {"vpcId": "net"})
TCP = {"protocol": "tcp", "fromPort": 443, "toPort": 443}
VPC_TCP = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "securityGroupId": "group"}


def of_group(found: Network, key: str = "group") -> set[str]:
    return rules(found.security_groups[key])


def inline(direction: str, *items: object, sources: object = ()) -> Network:
    props = {"vpcId": "net", direction: list(items)}
    group = node(t.GROUP, "group", props, {direction: list(sources)} if sources else {})
    return network(NET, PEER, group)


def test_a_group_that_says_nothing_lets_nothing_pass():
    assert of_group(network(NET, GROUP)) == set()


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_every_form_of_a_rule_says_the_same(direction):
    out = direction == "egress"
    block = f"{'out' if out else 'in'} tcp 443 {'to' if out else 'from'} 10.1.0.0/16"
    peer = f"{'out' if out else 'in'} tcp 443 {'to' if out else 'from'} peer"
    itself = f"{'out' if out else 'in'} tcp 443 {'to' if out else 'from'} group"
    item = {**TCP, "cidrBlocks": ["10.1.0.0/16"], "securityGroups": ["peer"], "self": True}
    assert of_group(inline(direction, item)) == {block, peer, itself}
    old = {**TCP, "type": direction, "securityGroupId": "group"}
    separate = [
        node(t.GROUP_RULE, "1", {**old, "cidrBlocks": ["10.1.0.0/16"]}),
        node(t.GROUP_RULE, "2", {**old, "sourceSecurityGroupId": "peer"}),
        node(t.GROUP_RULE, "3", {**old, "self": True}),
    ]
    assert of_group(network(NET, PEER, GROUP, *separate)) == {block, peer, itself}
    type_ = t.EGRESS if out else t.INGRESS
    new = [
        node(type_, "1", {**VPC_TCP, "cidrIpv4": "10.1.0.0/16"}),
        node(type_, "2", {**VPC_TCP, "referencedSecurityGroupId": "peer"}),
        node(type_, "3", {**VPC_TCP, "referencedSecurityGroupId": "group"}),
    ]
    assert of_group(network(NET, PEER, GROUP, *new)) == {block, peer, itself}


@pytest.mark.parametrize(
    ("protocol", "first", "last", "said"),
    [
        ("-1", 0, 0, "all"),
        ("all", None, None, "all"),
        (UNKNOWN, 443, 443, "all"),
        ("tcp", 0, 65535, "tcp 0-65535"),
        ("tcp", -1, -1, "tcp 0-65535"),
        ("tcp", UNKNOWN, 80, "tcp 0-80"),
        ("tcp", 1024, UNKNOWN, "tcp 1024-65535"),
        ("TCP", "22", 22.0, "tcp 22"),
        ("6", 22, 22, "tcp 22"),
        (17, 53, 53, "udp 53"),
        ("udp", 53, 53, "udp 53"),
        ("icmp", 8, 0, "1 0-65535"),
        ("icmpv6", -1, -1, "58 0-65535"),
        ("50", None, None, "50 0-65535"),
        ("whatever", 22, 22, "all"),
    ],
)
def test_protocols_and_ports_as_people_write_them(protocol, first, last, said):
    item = {"protocol": protocol, "fromPort": first, "toPort": last}
    found = inline("egress", {**item, "cidrBlocks": ["10.1.0.0/16"]})
    assert of_group(found) == {f"out {said} to 10.1.0.0/16"}
    new = {"ipProtocol": protocol, "fromPort": first, "toPort": last, "securityGroupId": "group"}
    rule = node(t.EGRESS, "1", {**new, "cidrIpv4": "10.1.0.0/16"})
    assert of_group(network(NET, GROUP, rule)) == {f"out {said} to 10.1.0.0/16"}


def test_an_unknown_block_may_be_every_address_of_its_family():
    assert of_group(inline("egress", {**TCP, "cidrBlocks": [UNKNOWN]})) == {
        "out tcp 443 to 0.0.0.0/0"
    }
    assert of_group(inline("egress", {**TCP, "cidrBlocks": UNKNOWN})) == {
        "out tcp 443 to 0.0.0.0/0"
    }
    for value in (UNKNOWN, [UNKNOWN], ["::/0"]):
        assert of_group(inline("egress", {**TCP, "ipv6CidrBlocks": value})) == {
            "out tcp 443 to ::/0"
        }
    both = {**TCP, "cidrBlocks": ["10.1.0.0/16"], "ipv6CidrBlocks": ["fd00::/8"]}
    assert of_group(inline("ingress", both)) == {
        "in tcp 443 from 10.1.0.0/16",
        "in tcp 443 from fd00::/8",
    }


@pytest.mark.parametrize(("type_", "way"), [(t.INGRESS, "in"), (t.EGRESS, "out")])
def test_a_rule_of_its_own_may_be_of_ipv6(type_, way):
    given = {"securityGroupId": "group", "ipProtocol": "icmpv6", "cidrIpv6": "2001:db8::/32"}
    found = network(NET, GROUP, node(type_, "1", given))
    to = "to" if way == "out" else "from"
    assert of_group(found) == {f"{way} 58 0-65535 {to} 2001:db8::/32"}


def test_an_unknown_rule_allows_everything_and_unknown_rules_leave_the_group_incomplete():
    assert of_group(inline("egress", UNKNOWN)) == {"out all to 0.0.0.0/0, ::/0"}
    whole = network(node(t.GROUP, "group", {"vpcId": "net", "egress": UNKNOWN}))
    assert not whole.security_groups["group"].complete


def test_a_group_that_is_unknown_is_every_source_and_a_foreign_one_a_hole():
    found = inline("egress", {**TCP, "securityGroups": [UNKNOWN]}, sources=["peer"])
    assert of_group(found) == {"out tcp 443 to peer"}
    found = inline("egress", {**TCP, "securityGroups": [UNKNOWN]}, sources=["net"])
    assert of_group(found) == {"out tcp 443 to net#default-security-group"}
    foreign = inline("egress", {**TCP, "securityGroups": ["111122223333/sg-9"]})
    assert of_group(foreign) == {"out tcp 443 to ? sg-9"}


def test_self_that_is_unknown_counts_and_one_that_is_false_does_not():
    assert of_group(inline("ingress", {**TCP, "self": UNKNOWN})) == {"in tcp 443 from group"}
    assert of_group(inline("ingress", {**TCP, "self": False})) == set()


def test_a_prefix_list_gives_its_addresses_or_every_one():
    known = node(t.LIST, "list", {"entries": [{"cidr": "10.1.0.0/16"}]})
    props = {**VPC_TCP, "prefixListId": "list"}
    found = network(NET, GROUP, known, node(t.EGRESS, "1", props))
    assert of_group(found) == {"out tcp 443 to list"}
    (rule,) = found.security_groups["group"].rules
    assert rule.traffic.addresses.count == 65536
    service = node(t.ENDPOINT, "s3", {"vpcId": "net"}, prefixListId="pl-1")
    unknown = node(t.EGRESS, "1", {**VPC_TCP, "prefixListId": UNKNOWN}, {"prefixListId": ["s3"]})
    found = network(NET, GROUP, service, unknown)
    assert of_group(found) == {"out tcp 443 to s3#prefix-list"}
    (rule,) = found.security_groups["group"].rules
    assert rule.traffic.addresses == EVERY_ADDRESS


def test_a_direction_that_is_unknown_is_both():
    props = {**TCP, "type": UNKNOWN, "securityGroupId": "group", "cidrBlocks": ["10.1.0.0/16"]}
    both = {"in tcp 443 from 10.1.0.0/16", "out tcp 443 to 10.1.0.0/16"}
    assert of_group(network(NET, GROUP, node(t.GROUP_RULE, "1", props))) == both


def test_a_rule_whose_group_is_in_doubt_counts_for_each():
    props = {**VPC_TCP, "securityGroupId": UNKNOWN, "cidrIpv4": "0.0.0.0/0"}
    rule = node(t.EGRESS, "1", props, {"securityGroupId": ["group", "peer"]})
    found = network(NET, GROUP, PEER, rule)
    assert of_group(found) == of_group(found, "peer") == {"out tcp 443 to 0.0.0.0/0"}


def test_a_rule_for_a_supplied_group_is_kept_under_its_id():
    rule = node(t.EGRESS, "1", {**VPC_TCP, "securityGroupId": "sg-9", "cidrIpv4": "0.0.0.0/0"})
    found = network(rule)
    assert of_group(found, "sg-9") == {"out tcp 443 to 0.0.0.0/0"}
    assert not found.security_groups["sg-9"].complete


DEFAULT = {"in all from net#default-security-group", "out all to 0.0.0.0/0, ::/0"}


def test_a_vpc_comes_with_a_group_that_lets_everything_out():
    assert of_group(network(NET), "net#default-security-group") == DEFAULT


def test_the_default_group_is_what_whoever_takes_it_over_says():
    taken = node(t.DEFAULT_GROUP, "d", {"vpcId": "net", "ingress": [], "egress": []})
    found = network(NET, taken)
    assert list(found.security_groups) == ["net#default-security-group"]
    assert of_group(found, "net#default-security-group") == set()
    some = node(
        t.DEFAULT_GROUP, "d", {"vpcId": "net", "egress": [{**TCP, "cidrBlocks": ["10.1.0.0/16"]}]}
    )
    assert of_group(network(NET, some), "net#default-security-group") == {
        "out tcp 443 to 10.1.0.0/16"
    }


def test_a_cluster_comes_with_a_group_that_lets_everything_out():
    place = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.1.0/24"})
    cluster = node(t.CLUSTER, "k", {"vpcConfig": {"subnetIds": ["a"]}})
    found = network(NET, place, cluster)
    own = "k#cluster-security-group"
    assert of_group(found, own) == {f"in all from {own}", "out all to 0.0.0.0/0, ::/0"}
    assert called(found.security_groups[own].vpc) == "net"
    props = {**VPC_TCP, "securityGroupId": UNKNOWN, "cidrIpv4": "10.1.0.0/16"}
    added = node(t.INGRESS, "1", props, {"securityGroupId": ["k"]})
    assert "in tcp 443 from 10.1.0.0/16" in of_group(network(NET, place, cluster, added), own)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"cidrIpv4": "10.1.0.0/16"}, True),
        ({"cidrIpv4": UNKNOWN}, False),
        ({"cidrIpv4": "10.1.0.0/16", "toPort": UNKNOWN}, False),
        ({"cidrIpv4": "10.1.0.0/16", "ipProtocol": UNKNOWN}, False),
        ({"referencedSecurityGroupId": "peer"}, True),
        ({"referencedSecurityGroupId": "peer", "fromPort": UNKNOWN}, False),
        ({"prefixListId": "own"}, True),
        ({"prefixListId": "aws"}, False),  # AWS keeps the addresses of its services to itself
        ({"prefixListId": "pl-0a1b2c3d4e5f60718"}, False),
    ],
)
def test_a_rule_tells_whether_its_packets_are_known(named, told):
    own = node(
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        "own",
        {"entries": [{"cidr": "198.51.100.0/24"}]},
    )
    endpoint = node(t.ENDPOINT, "s3", {"vpcId": "net"}, prefixListId="aws")
    rule = node(t.EGRESS, "rule", {**VPC_TCP, **named})
    group = network(NET, GROUP, PEER, own, endpoint, rule).security_groups["group"]
    assert [each.told for each in group.rules] == [told]
