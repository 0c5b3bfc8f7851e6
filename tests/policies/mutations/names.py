"""DNS: resolver endpoints and rules, the DNS Firewall, DHCP options, zones."""

from collections.abc import Iterator

from model.deployment import Node
from tests.policies.mutations.mutation import ABSENT, Change, add, build, edit, named, opens
from tests.policies.mutations.parts import cluster_subnets, cluster_vpc, connection
from tests.policies.mutations.stacks import Of, Stack

RESOLVER = "aws:route53/resolverEndpoint:ResolverEndpoint"
RULE = "aws:route53/resolverRule:ResolverRule"
FIREWALL_RULE = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
FIREWALL_CONFIG = "aws:route53/resolverFirewallConfig:ResolverFirewallConfig"
FIREWALL_ASSOCIATION = (
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
)
DHCP = "aws:ec2/vpcDhcpOptions:VpcDhcpOptions"
DHCP_ASSOCIATION = "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation"
ZONE = "aws:route53/zone:Zone"


def _outbound(stack: Stack, name: str = "door") -> Node:
    addresses = [{"subnetId": Of(subnet)} for subnet in cluster_subnets(stack)]
    return stack.makes(RESOLVER, name, {"direction": "OUTBOUND", "ipAddresses": addresses})


def _forwarded(domain: str, ip: str, name: str = "to-hq") -> Change:
    """A rule by an outbound endpoint, both declared as a connection where they are named so."""

    def change(stack: Stack) -> Iterator[Stack]:
        endpoint = _outbound(stack, "to-hq")
        props = {"ruleType": "FORWARD", "domainName": domain, "targetIps": [{"ip": ip}]}
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
        "questions forwarded to private addresses beyond the connection",
        "CN-121",
        _forwarded("corp.example", "10.98.0.53"),
    ),
    opens("a forwarding rule that nobody describes", "CN-004", build(_literal_rule)),
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
        "a DNS Firewall that only watches", "CN-125", edit(FIREWALL_RULE, "action", "ALERT", BLOCKS)
    ),
    opens(
        "a DNS Firewall that answers with another name",
        "CN-125",
        edit(FIREWALL_RULE, "blockResponse", "OVERRIDE", BLOCKS),
    ),
    opens("a list of allowed names that nobody describes", "CN-004", build(_literal_list)),
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
        "a VPC without DNS host names",
        "CN-044",
        edit("aws:ec2/vpc:Vpc", "enableDnsHostnames", ABSENT),
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
