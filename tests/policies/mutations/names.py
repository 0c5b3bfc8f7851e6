"""DNS: resolver endpoints and rules, the DNS Firewall, DHCP options, zones."""

from collections.abc import Iterator
from typing import Any

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import ABSENT, Change, When, add, build, edit, named, opens
from tests.policies.mutations.parts import cluster_subnets, cluster_vpc, connection
from tests.policies.mutations.stacks import Of, Stack

RESOLVER = "aws:route53/resolverEndpoint:ResolverEndpoint"
RULE = "aws:route53/resolverRule:ResolverRule"
FIREWALL_RULE = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
FIREWALL_CONFIG = "aws:route53/resolverFirewallConfig:ResolverFirewallConfig"
FIREWALL_ASSOCIATION = (
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
)
GROUP = "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup"
DOMAINS = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
DHCP = "aws:ec2/vpcDhcpOptions:VpcDhcpOptions"
DHCP_ASSOCIATION = "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation"
ZONE = "aws:route53/zone:Zone"
PROFILE = "aws:route53/profilesProfile:ProfilesProfile"
PROFILE_ASSOCIATION = "aws:route53/profilesAssociation:ProfilesAssociation"
PROFILE_RESOURCE = "aws:route53/profilesResourceAssociation:ProfilesResourceAssociation"


def _outbound(stack: Stack, name: str = "door") -> Node:
    addresses = [{"subnetId": Of(subnet)} for subnet in cluster_subnets(stack)]
    return stack.makes(RESOLVER, name, {"direction": "OUTBOUND", "ipAddresses": addresses})


def _forwarded(domain: str, ip: str, name: str = "to-hq", **given: Any) -> Change:
    """A rule by an outbound endpoint, both declared as a connection where they are named so."""

    def change(stack: Stack) -> Iterator[Stack]:
        endpoint = _outbound(stack, "to-hq")
        props = {"ruleType": "FORWARD", "domainName": domain, "targetIps": [{"ip": ip}], **given}
        rule = stack.makes(RULE, name, {**props, "resolverEndpointId": Of(endpoint)})
        type_ = "aws:route53/resolverRuleAssociation:ResolverRuleAssociation"
        joined = {"resolverRuleId": Of(rule), "vpcId": Of(cluster_vpc(stack))}
        connections = (*stack.boundary.connections, connection("to-hq", "10.99.0.0/16"))
        opened = stack.having(endpoint, rule, stack.makes(type_, "joint", joined))
        yield opened.declaring(connections=connections)

    return change


def _options(*servers: str) -> Change:
    def make(stack: Stack) -> list[Node]:
        options = stack.makes(DHCP, "door", {"domainNameServers": list(servers)})
        joined = {"vpcId": Of(cluster_vpc(stack)), "dhcpOptionsId": Of(options)}
        return [options, stack.makes(DHCP_ASSOCIATION, "door", joined)]

    return build(make)


def _literal_options(stack: Stack) -> list[Node]:
    props = {"vpcId": Of(cluster_vpc(stack)), "dhcpOptionsId": "dopt-0a1b2c3d4e5f60718"}
    return [stack.makes(DHCP_ASSOCIATION, "door", props)]


def _literal_rule(stack: Stack) -> list[Node]:
    type_ = "aws:route53/resolverRuleAssociation:ResolverRuleAssociation"
    props = {"vpcId": Of(cluster_vpc(stack)), "resolverRuleId": "rslvr-rr-0a1b2c3d4e5f60718"}
    return [stack.makes(type_, "door", props)]


def _literal_list(stack: Stack) -> list[Node]:
    group = stack.first("aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup")
    props = {
        "name": "door", "priority": 1, "action": "ALLOW", "firewallRuleGroupId": Of(group),
        "firewallDomainListId": "rslvr-fdl-0a1b2c3d4e5f60718",
    }  # fmt: skip
    return [stack.makes(FIREWALL_RULE, "door", props)]


def _unfiltered(stack: Stack) -> Iterator[Stack]:
    yield stack.lacking(stack.first(FIREWALL_ASSOCIATION))


def _gone(type_: str, when: When) -> Change:
    def change(stack: Stack) -> Iterator[Stack]:
        yield stack.lacking(stack.first(type_, when))

    return change


def _also_allowed(*names: str) -> Change:
    """Names that the list of allowed ones holds besides."""

    def change(stack: Stack) -> Iterator[Stack]:
        for node in stack.each(DOMAINS):
            listed = node.resource.props["domains"]
            if listed != ["*"]:
                yield stack.having(stack.edited(node, {"domains": [*listed, *names]}))

    return change


def _earlier(action: str, **more: Any) -> Change:
    """A rule before all others of the group, for every name."""

    def make(stack: Stack) -> list[Node]:
        listed = stack.makes(DOMAINS, "door", {"name": "door", "domains": ["*"]})
        props = {
            "name": "door", "priority": 1, "action": action, "firewallDomainListId": Of(listed),
            "firewallRuleGroupId": Of(stack.first(GROUP)), **more,
        }  # fmt: skip
        return [listed, stack.makes(FIREWALL_RULE, "door", props)]

    return build(make)


def _earlier_group(stack: Stack) -> list[Node]:
    """A rule group of its own before the one that blocks."""
    listed = stack.makes(DOMAINS, "door", {"name": "door", "domains": ["*.x.example"]})
    group = stack.makes(GROUP, "door", {"name": "door"})
    rule = {
        "name": "door", "priority": 900, "action": "ALLOW", "firewallDomainListId": Of(listed),
        "firewallRuleGroupId": Of(group),
    }  # fmt: skip
    joined = {
        "name": "door", "priority": 100, "mutationProtection": "ENABLED",
        "firewallRuleGroupId": Of(group), "vpcId": Of(cluster_vpc(stack)),
    }  # fmt: skip
    made = [stack.makes(FIREWALL_RULE, "door", rule)]
    return [listed, group, *made, stack.makes(FIREWALL_ASSOCIATION, "door", joined)]


def _joint(stack: Stack, profile: Any) -> Node:
    """A profile that is joined to the cluster's VPC."""
    joined = {"name": "door", "profileId": profile, "resourceId": Of(cluster_vpc(stack))}
    return stack.makes(PROFILE_ASSOCIATION, "door-profile", joined)


def profiled(stack: Stack, *given: tuple[Node, str]) -> list[Node]:
    """A profile of own things, each with its properties."""
    profile = stack.makes(PROFILE, "door-profile", {"name": "door"})
    held = [
        stack.makes(
            PROFILE_RESOURCE,
            f"door-{thing.resource.name}",
            {"profileId": Of(profile), "resourceArn": Of(thing, "arn"), "resourceProperties": said},
        )
        for thing, said in given
    ]
    return [profile, *held]


def _by_profile(stack: Stack) -> list[Node]:
    """The rule group of its own, joined by a profile."""
    *made, _ = _earlier_group(stack)
    profile, *held = profiled(stack, (made[1], '{"priority": 100}'))
    return [*made, profile, *held, _joint(stack, Of(profile))]


def _literal_group(stack: Stack) -> list[Node]:
    joined = {
        "name": "door", "priority": 100, "mutationProtection": "ENABLED",
        "firewallRuleGroupId": "rslvr-frg-0a1b2c3d4e5f60718", "vpcId": Of(cluster_vpc(stack)),
    }  # fmt: skip
    return [stack.makes(FIREWALL_ASSOCIATION, "door", joined)]


def _zone_elsewhere(stack: Stack) -> Iterator[Stack]:
    """An allowed name whose private zone is joined to another VPC."""
    blocks = {"cidrBlock": "10.250.0.0/16", "enableDnsHostnames": True}
    other = stack.makes("aws:ec2/vpc:Vpc", "other", blocks)
    joined = {
        "name": "other", "priority": 100, "mutationProtection": "ENABLED",
        "firewallRuleGroupId": Of(stack.first(GROUP)), "vpcId": Of(other),
    }  # fmt: skip
    held = stack.makes(FIREWALL_ASSOCIATION, "other", joined)
    zone = stack.makes(ZONE, "inner", {"name": "x.example", "vpcs": [{"vpcId": Of(other)}]})
    for allowed in _also_allowed("a.x.example")(stack):
        yield allowed.having(other, held, zone)


BLOCKS = named(action="BLOCK")
MUTATIONS = (
    opens("an outbound resolver endpoint", "CN-120", build(lambda s: [_outbound(s)])),
    opens(
        "an inbound resolver endpoint turned around",
        "CN-120",
        edit(RESOLVER, "direction", "OUTBOUND"),
    ),
    opens(
        "a forwarding rule that nobody answers for",
        "CN-121",
        _forwarded("corp.example", "10.99.0.53", "door"),
    ),
    opens("every question forwarded", "CN-121", _forwarded(".", "10.99.0.53")),
    opens(
        "questions forwarded to a public address", "CN-121", _forwarded("corp.example", "8.8.8.8")
    ),
    opens(
        "questions delegated to whatever servers records name",
        "CN-121",
        _forwarded("corp.example", "10.99.0.53", ruleType="DELEGATE", targetIps=[]),
    ),
    opens(
        "questions forwarded to private addresses beyond the connection",
        "CN-121",
        _forwarded("corp.example", "10.98.0.53"),
    ),
    opens("a forwarding rule that nobody describes", "CN-004 names", build(_literal_rule)),
    opens(
        "a DNS Firewall that fails open",
        "CN-122",
        edit(FIREWALL_CONFIG, "firewallFailOpen", "ENABLED"),
    ),
    opens(
        "a DNS Firewall association that anybody may loosen",
        "CN-123",
        edit(FIREWALL_ASSOCIATION, "mutationProtection", ABSENT),
    ),
    opens(
        "a DNS Firewall rule that trusts redirections",
        "CN-124",
        edit(FIREWALL_RULE, "firewallDomainRedirectionAction", "TRUST_REDIRECTION_DOMAIN"),
    ),
    opens(
        "a DNS Firewall that only watches",
        "CN-125 names",
        edit(FIREWALL_RULE, "action", "ALERT", BLOCKS),
    ),
    opens(
        "a DNS Firewall that answers with another name",
        "CN-125",
        edit(FIREWALL_RULE, "blockResponse", "OVERRIDE", BLOCKS),
    ),
    opens("a list of allowed names that nobody describes", "CN-004 names", build(_literal_list)),
    opens(
        "DHCP options with a public resolver", "CN-045", _options("AmazonProvidedDNS", "8.8.8.8")
    ),
    opens("DHCP options that nobody describes", "CN-004", build(_literal_options)),
    opens(
        "DHCP options with a public time server",
        "CN-045",
        add(DHCP, {"domainNameServers": ["AmazonProvidedDNS"], "ntpServers": ["192.0.2.1"]}),
    ),
    opens(
        "DHCP options with a public server of NetBIOS names",
        "CN-045",
        add(
            DHCP, {"domainNameServers": ["AmazonProvidedDNS"], "netbiosNameServers": ["192.0.2.1"]}
        ),
    ),
    opens(
        "a VPC without DNS host names",
        "CN-044",
        edit("aws:ec2/vpc:Vpc", "enableDnsHostnames", ABSENT),
    ),
    opens("a VPC without a DNS Firewall", "names", _unfiltered),
    opens("a DNS Firewall without its last rule", "names", _gone(FIREWALL_RULE, BLOCKS)),
    opens(
        "a DNS Firewall that blocks less than every name",
        "names",
        edit(DOMAINS, "domains", ["*.example"], named(domains=["*"])),
    ),
    opens(
        "a DNS Firewall that blocks one type of records",
        "names",
        edit(FIREWALL_RULE, "qType", "A", BLOCKS),
    ),
    opens("a name of somebody else that is allowed", "names", _also_allowed("x.example")),
    opens("names under a domain of somebody else", "names", _also_allowed("*.x.example")),
    opens("every name allowed", "names", _also_allowed("*")),
    opens("a rule that allows everything first", "names", _earlier("ALLOW")),
    opens("a rule that only watches first", "CN-125 names", _earlier("ALERT")),
    opens("a rule group that allows before another blocks", "names", build(_earlier_group)),
    opens("a rule group that nobody describes", "CN-004 names", build(_literal_group)),
    opens("a profile whose rule group allows before another blocks", "names", build(_by_profile)),
    opens(
        "a profile that nobody describes",
        "CN-004 names",
        build(lambda stack: [_joint(stack, "rp-0a1b2c3d4e5f60718")]),
    ),
    opens("an allowed name whose zone is another VPC's", "names", _zone_elsewhere),
    opens(
        "a rule for every name of a priority that is not known",
        "names",
        _earlier("ALLOW", priority=UNKNOWN),
        verdict="undecided",
    ),
    opens(
        "a list of allowed names that are not known",
        "names",
        edit(DOMAINS, "domains", UNKNOWN, lambda n: n.resource.props["domains"] != ["*"]),
        verdict="undecided",
    ),
    opens(
        "a star that no dot follows",
        "names",
        _also_allowed("*amazonaws.com"),
        verdict="undecided",
    ),
    opens("a public hosted zone", "CN-155", add(ZONE, {"name": "x.example"})),
    opens(
        "a hosted zone with public name servers",
        "CN-155",
        add(
            ZONE,
            lambda s: {
                "name": "x.example",
                "vpcs": [{"vpcId": Of(cluster_vpc(s))}],
                "delegationSetId": "N1",
            },
        ),
    ),
)
