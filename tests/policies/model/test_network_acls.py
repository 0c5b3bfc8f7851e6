"""Network ACLs: every form of an entry, and why a doubtful one must not close anything."""

import pytest

from model.network import AclEntry, Hole, Network
from model.sets import shown
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.views import packets

NET = node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"}, defaultNetworkAclId="acl-default")
ACL = node(t.ACL, "acl", {"vpcId": "net"})
DENY = {"protocol": "tcp", "cidrBlock": "10.1.0.0/16", "fromPort": 22, "toPort": 22}


def said(entry: AclEntry) -> str:
    way, verb = "out" if entry.egress else "in", "allow" if entry.allows else "deny"
    return f"{entry.number} {verb} {way} {packets(entry.traffic)} {shown(entry.traffic.addresses)}"


def entries(found: Network, key: str = "acl") -> list[str]:
    return [said(entry) for entry in found.network_acls[key].entries]


def inline(direction: str = "egress", **props: object) -> Network:
    item = {"action": "deny", "ruleNo": 100, **DENY, **props}
    return network(NET, node(t.ACL, "acl", {"vpcId": "net", direction: [item]}))


def separate(**props: object) -> Network:
    item = {"networkAclId": "acl", "ruleAction": "deny", "ruleNumber": 100, **DENY, **props}
    return network(NET, ACL, node(t.ACL_RULE, "rule", item))


def test_every_form_of_an_entry_says_the_same():
    expected = ["100 deny out tcp 22 10.1.0.0/16"]
    assert entries(inline()) == entries(separate(egress=True)) == expected
    assert entries(inline("ingress")) == entries(separate()) == ["100 deny in tcp 22 10.1.0.0/16"]
    taken = node(
        t.DEFAULT_ACL,
        "d",
        {
            "defaultNetworkAclId": "acl-default",
            "egress": [{"action": "deny", "ruleNo": 100, **DENY}],
        },
    )
    assert entries(network(NET, taken), "net#default-network-acl") == expected


def test_entries_stand_in_the_order_in_which_they_decide():
    allow = {"action": "allow", "ruleNo": 50, "protocol": "-1", "cidrBlock": "0.0.0.0/0"}
    deny = {"action": "deny", "ruleNo": "9", **DENY}
    found = network(NET, node(t.ACL, "acl", {"vpcId": "net", "egress": [allow, deny]}))
    assert [entry.number for entry in found.network_acls["acl"].entries] == [9, 50]


@pytest.mark.parametrize(
    "doubt",
    [
        {"cidrBlock": UNKNOWN},
        {"protocol": UNKNOWN},
        {"fromPort": UNKNOWN},
        {"toPort": UNKNOWN},
        {"ipv6CidrBlock": "::/0"},
        {"ipv6CidrBlock": UNKNOWN},
        {"cidrBlock": None, "ipv6CidrBlock": UNKNOWN},
        {"cidrBlock": None},
        {"protocol": "icmp", "icmpType": 8, "icmpCode": -1},
        {"protocol": "58", "icmpType": 128, "cidrBlock": None, "ipv6CidrBlock": "::/0"},
    ],
)
def test_what_denies_nobody_knows_what_denies_nothing(doubt):
    assert entries(inline(**doubt)) == entries(separate(egress=True, **doubt)) == []
    assert entries(inline(ruleNo=UNKNOWN)) == entries(separate(ruleNumber=UNKNOWN)) == []


def test_what_allows_nobody_knows_what_allows_the_widest_and_comes_first():
    allow = {"action": "allow", "ruleAction": "allow"}
    assert entries(inline(**allow, cidrBlock=UNKNOWN)) == ["100 allow out tcp 22 0.0.0.0/0"]
    assert entries(inline(**allow, fromPort=UNKNOWN)) == ["100 allow out tcp 0-22 10.1.0.0/16"]
    assert entries(inline(**allow, protocol=UNKNOWN)) == ["100 allow out all 10.1.0.0/16"]
    assert entries(inline(**allow, ruleNo=UNKNOWN)) == ["0 allow out tcp 22 10.1.0.0/16"]
    assert entries(inline(action=UNKNOWN)) == ["100 allow out tcp 22 10.1.0.0/16"]
    assert entries(separate(ruleAction=UNKNOWN, egress=True)) == [
        "100 allow out tcp 22 10.1.0.0/16"
    ]


def test_a_whole_kind_of_icmp_can_be_denied():
    whole = {"protocol": "icmp", "icmpType": -1, "icmpCode": -1}
    assert entries(inline(**whole)) == ["100 deny out 1 0-65535 10.1.0.0/16"]


def test_an_entry_of_ipv6_says_as_much():
    six = {"cidrBlock": None, "ipv6CidrBlock": "2001:db8::/32"}
    assert entries(inline(**six)) == ["100 deny out tcp 22 2001:db8::/32"]
    assert entries(separate(**six)) == ["100 deny in tcp 22 2001:db8::/32"]
    allow = {"action": "allow", "cidrBlock": None, "ipv6CidrBlock": UNKNOWN}
    assert entries(inline(**allow)) == ["100 allow out tcp 22 ::/0"]
    whole = {**six, "protocol": "icmpv6", "icmpType": -1, "icmpCode": -1}
    assert entries(inline(**whole)) == ["100 deny out 58 0-65535 2001:db8::/32"]


def test_a_direction_that_is_unknown_is_both():
    assert len(entries(separate(egress=UNKNOWN))) == 2


def test_unknown_entries():
    whole = network(NET, node(t.ACL, "acl", {"vpcId": "net", "egress": UNKNOWN}))
    assert not whole.network_acls["acl"].complete
    one = network(NET, node(t.ACL, "acl", {"vpcId": "net", "egress": [UNKNOWN]}))
    assert entries(one) == ["0 allow out all 0.0.0.0/0, ::/0"]


def test_a_rule_whose_acl_is_in_doubt_leaves_each_incomplete():
    other = node(t.ACL, "other", {"vpcId": "net"})
    props = {"networkAclId": UNKNOWN, "ruleAction": "deny", "ruleNumber": 1, **DENY}
    rule = node(t.ACL_RULE, "rule", props, {"networkAclId": ["acl", "other"]})
    found = network(NET, ACL, other, rule)
    assert not found.network_acls["acl"].complete and not found.network_acls["other"].complete
    assert entries(found) == []


def test_a_vpc_comes_with_an_acl_that_lets_everything_pass():
    found = network(NET)
    assert entries(found, "net#default-network-acl") == [
        "100 allow in all 0.0.0.0/0, ::/0",
        "100 allow out all 0.0.0.0/0, ::/0",
    ]


PLACES = [
    node(t.SUBNET, name, {"vpcId": "net", "cidrBlock": f"10.0.{number}.0/24"})
    for number, name in enumerate("ab")
]


def applied(*nodes: object) -> list[object]:
    found = network(NET, *PLACES, *nodes)  # type: ignore[arg-type]
    return [found.subnets[name].network_acl for name in "ab"]


def test_an_acl_applies_to_the_subnets_that_any_form_names():
    default = "net#default-network-acl"
    assert applied(ACL) == [default, default]
    assert applied(node(t.ACL, "acl", {"vpcId": "net", "subnetIds": ["a"]})) == ["acl", default]
    joined = node(t.ACL_ASSOCIATION, "j", {"subnetId": "a", "networkAclId": "acl"})
    assert applied(ACL, joined) == ["acl", default]
    taken = {"defaultNetworkAclId": "acl-default", "subnetIds": ["a"]}
    assert applied(node(t.DEFAULT_ACL, "d", taken)) == [default, default]
    supplied = node(t.SUBNET, "s", {"vpcId": "vpc-1", "cidrBlock": "10.0.1.0/24"})
    assert network(supplied).subnets["s"].network_acl == Hole("default network acl of vpc-1")


def test_an_acl_of_doubtful_subnets_applies_to_none_for_sure():
    props = {"vpcId": "net", "subnetIds": [UNKNOWN]}
    doubt = node(t.ACL, "acl", props, {"subnetIds": ["a", "b"]})
    assert all(isinstance(of, Hole) for of in applied(doubt))
    either = node(
        t.ACL_ASSOCIATION,
        "j",
        {"subnetId": UNKNOWN, "networkAclId": "acl"},
        {"subnetId": ["a", "b"]},
    )
    assert all(isinstance(of, Hole) for of in applied(ACL, either))
    exact = node(t.ACL, "acl", {"vpcId": "net", "subnetIds": UNKNOWN}, {"subnetIds": ["a"]})
    assert applied(exact) == ["acl", "net#default-network-acl"]
