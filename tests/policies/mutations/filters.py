"""Security groups, prefix lists and network ACLs: what filters, and what fails to."""

from collections.abc import Iterator
from typing import Any

from model.deployment import Node
from tests.policies.mutations.mutation import Change, build, edit, opens
from tests.policies.mutations.parts import (
    EGRESS,
    EVERYWHERE,
    GROUP,
    INGRESS,
    PREFIX_LIST,
    cluster_subnets,
    leads,
    way_by_nat,
)
from tests.policies.mutations.stacks import FOREIGN, Of, Stack

RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
ACL = "aws:ec2/networkAcl:NetworkAcl"
ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
ACL_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
HTTPS = {"fromPort": 443, "toPort": 443}
WAY = "CN-010 CN-012 CN-014 CN-030 CN-032 reach"


def _rule(type_: str, **given: Any) -> Change:
    """One more rule of each group, as a resource of its own."""

    def change(stack: Stack) -> Iterator[Stack]:
        for group in stack.each(GROUP):
            props = {"securityGroupId": Of(group), "ipProtocol": "tcp", **HTTPS, **given}
            yield stack.having(stack.makes(type_, "door", props))

    return change


def _classic(**given: Any) -> Change:
    """The older kind of resource for the same."""

    def change(stack: Stack) -> Iterator[Stack]:
        for group in stack.each(GROUP):
            props = {"securityGroupId": Of(group), "protocol": "tcp", **HTTPS, **given}
            yield stack.having(stack.makes(RULE, "door", props))

    return change


def _inline(direction: str, **given: Any) -> Change:
    return edit(GROUP, direction, [{"protocol": "tcp", **HTTPS, **given}])


def _list_named(stack: Stack, *blocks: str) -> list[Node]:
    """An own prefix list, and a rule that names it."""
    entries = [{"cidr": block} for block in blocks]
    props = {"addressFamily": "IPv4", "maxEntries": 5, "name": "door", "entries": entries}
    own = stack.makes(PREFIX_LIST, "door-list", props)
    group = stack.first(GROUP)
    rule = {"securityGroupId": Of(group), "ipProtocol": "tcp", **HTTPS, "prefixListId": Of(own)}
    return [own, stack.makes(EGRESS, "door", rule)]


def _entry(stack: Stack) -> list[Node]:
    own, rule = _list_named(stack)
    type_ = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
    entry = stack.makes(type_, "door-entry", {"cidr": "198.51.100.0/24", "prefixListId": Of(own)})
    return [stack.edited(own, {"entries": None}), rule, entry]


def _acl(stack: Stack, rules: list[dict[str, Any]]) -> list[Node]:
    """The control plane's subnets get an ACL with these rules; a way by NAT is there."""
    nodes = way_by_nat(stack)
    acl = stack.makes(ACL, "acl", {"vpcId": cluster_subnets(stack)[0].resource.props["vpcId"]})
    vpc_sources = cluster_subnets(stack)[0].sources["vpcId"]
    (vpc,) = (
        n
        for urn, n in stack.deployment.nodes.items()
        if urn in vpc_sources and n.resource.noun == "Vpc"
    )
    acl = stack.edited(acl, {"vpcId": Of(vpc)})
    written = [
        stack.makes(ACL_RULE, f"acl-{i}", {"networkAclId": Of(acl), "protocol": "-1", **rule})
        for i, rule in enumerate(rules)
    ]
    joined = [
        stack.makes(ACL_ASSOCIATION, s.resource.name, {"subnetId": Of(s), "networkAclId": Of(acl)})
        for s in cluster_subnets(stack)
    ]
    return [*nodes, acl, *written, *joined, leads(stack, "natGatewayId", nodes[-1])]


def _allow(
    number: int, allows: bool, cidr: str = EVERYWHERE, egress: bool = True
) -> dict[str, Any]:
    action = "allow" if allows else "deny"
    return {"ruleNumber": number, "ruleAction": action, "cidrBlock": cidr, "egress": egress}


OVERRULED = [_allow(100, False), _allow(90, True), _allow(100, True, egress=False)]
HALF = [_allow(100, False, "0.0.0.0/1"), _allow(200, True), _allow(100, True, egress=False)]


MUTATIONS = (
    opens("egress to every address", "CN-100", _rule(EGRESS, cidrIpv4=EVERYWHERE)),
    opens("egress to one half of all addresses", "CN-100", _rule(EGRESS, cidrIpv4="128.0.0.0/1")),
    opens("egress to one public address", "CN-100", _rule(EGRESS, cidrIpv4="198.51.100.7/32")),
    opens("egress to every address of IPv6", "CN-100", _rule(EGRESS, cidrIpv6="::/0")),
    opens(
        "egress by every protocol to every address",
        "CN-100 CN-102",
        _rule(EGRESS, cidrIpv4=EVERYWHERE, ipProtocol="-1"),
    ),
    opens(
        "egress by every protocol to private addresses",
        "CN-102",
        _rule(EGRESS, cidrIpv4="10.0.0.0/8", ipProtocol="-1"),
    ),
    *(
        opens(
            f"egress by every protocol, written as {protocol!r}",
            "CN-102",
            _rule(EGRESS, cidrIpv4="10.0.0.0/8", ipProtocol=protocol),
        )
        for protocol in (-1, -1.0, "ALL", "all")
    ),
    opens(
        "egress by an older rule that does not say so in EC2's words",
        "CN-100",
        _classic(type="Egress", cidrBlocks=[EVERYWHERE]),
        "CN-101",
    ),
    opens(
        "ingress by an older rule that does not say so at all",
        "CN-101",
        _classic(cidrBlocks=[EVERYWHERE]),
        "CN-100",
    ),
    opens(
        "egress written in its group",
        "CN-100",
        _inline("egress", cidrBlocks=["10.0.0.0/8", EVERYWHERE]),
    ),
    opens(
        "egress of IPv6 written in its group", "CN-100", _inline("egress", ipv6CidrBlocks=["::/0"])
    ),
    opens(
        "egress by the older kind of rule",
        "CN-100",
        _classic(type="egress", cidrBlocks=[EVERYWHERE]),
    ),
    opens(
        "egress to a prefix list that nobody describes",
        "CN-004",
        _rule(EGRESS, prefixListId="pl-0a1b2c3d4e5f60718"),
    ),
    opens(
        "egress to an own prefix list of public addresses",
        "CN-104",
        build(lambda s: _list_named(s, "198.51.100.0/24")),
    ),
    opens("egress to an own prefix list with a public entry of its own", "CN-104", build(_entry)),
    opens(
        "egress to a group of a foreign account",
        "CN-004",
        _rule(EGRESS, referencedSecurityGroupId=f"{FOREIGN}/sg-0a1b2c3d4e5f60718"),
    ),
    opens("ingress from every address", "CN-101", _rule(INGRESS, cidrIpv4=EVERYWHERE)),
    opens("ingress from IPv6", "CN-101", _rule(INGRESS, cidrIpv6="::/0")),
    opens("ingress from a public address", "CN-101", _rule(INGRESS, cidrIpv4="203.0.113.9/32")),
    opens("ingress written in its group", "CN-101", _inline("ingress", cidrBlocks=[EVERYWHERE])),
    opens(
        "ingress by the older kind of rule",
        "CN-101",
        _classic(type="ingress", cidrBlocks=[EVERYWHERE]),
    ),
    opens(
        "a default group with rules",
        "CN-103",
        edit(
            DEFAULT_GROUP,
            "egress",
            [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": [EVERYWHERE]}],
        ),
    ),
    opens(
        "a default group whose members may talk",
        "CN-103",
        edit(DEFAULT_GROUP, "ingress", [{"protocol": "-1", "self": True}]),
    ),
    opens("an ACL whose denial a lower number overrules", WAY, build(lambda s: _acl(s, OVERRULED))),
    opens("an ACL that denies one half of all addresses", WAY, build(lambda s: _acl(s, HALF))),
    opens(
        "a group of another program",
        "CN-004",
        edit(
            "aws:ec2/launchTemplate:LaunchTemplate",
            "networkInterfaces.0.securityGroups.0",
            "sg-0a1b2c3d4e5f60718",
        ),
    ),
)
