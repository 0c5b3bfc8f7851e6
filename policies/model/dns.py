"""Who answers the questions of a VPC, what is filtered, and what is forwarded where.

The resolver of a VPC answers public names without any gateway, so that a question can carry data
out. DNS Firewall filters by rule groups in the order of their priority, and within one by rules in
theirs; where none matches, the question is answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from model.build_profiles import held
from model.build_services import RESOLVER_ENDPOINT
from model.build_vpcs import vpc_of
from model.build_zones import PrivateZone, private_zones
from model.deployment import Node
from model.network import Hole, Key, Reference
from model.nouns import DEFAULT_VPC, VPC, Noun
from model.reading import Reader, number, text
from rules.unknowns import UNKNOWN, at, each, is_set, true

GROUP: Final = "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup"
RULE: Final = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
DOMAINS: Final = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
ASSOCIATION: Final = (
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
)
CONFIG: Final = "aws:route53/resolverFirewallConfig:ResolverFirewallConfig"
RESOLVER_RULE: Final = "aws:route53/resolverRule:ResolverRule"
RESOLVER_ASSOCIATION: Final = "aws:route53/resolverRuleAssociation:ResolverRuleAssociation"
OPTIONS: Final = "aws:ec2/vpcDhcpOptions:VpcDhcpOptions"
OPTIONS_ASSOCIATION: Final = "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation"
AMAZON_PROVIDED: Final = ("AmazonProvidedDNS",)  # what a VPC hands out unless told otherwise


@dataclass(frozen=True, slots=True)
class FirewallRule:
    """A rule of DNS Firewall. domains: None where it has none of its own (threat protection).

    priority, action: None where it is not known. response: to a blocked question.
    types: of records that it speaks of; None: all; a hole where that is not known.
    """

    key: Key
    name: str
    priority: int | None
    action: str | None
    domains: tuple[str, ...] | Hole | None
    response: str | None = None
    types: str | Hole | None = None


@dataclass(frozen=True, slots=True)
class FirewallRuleGroup:
    """Rules in the order in which they are asked; those of unknown priority come last.

    complete: whether all of them are described.
    """

    key: Key
    name: str
    rules: tuple[FirewallRule, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class FirewallAssociation:
    """A rule group that filters the questions of a VPC. protected: against being taken away."""

    key: Key
    name: str
    vpc: Reference
    group: Reference
    priority: int | None
    protected: bool


@dataclass(frozen=True, slots=True)
class ResolverEndpoint:
    """Where questions come in from, or go out to, another network."""

    key: Key
    name: str
    direction: str | None
    subnets: tuple[Reference, ...]
    security_groups: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class ResolverRule:
    """A domain whose questions are forwarded, or not (SYSTEM). targets: addresses as written."""

    key: Key
    name: str
    domain: str | None
    kind: str | None
    targets: tuple[str | None, ...]
    endpoint: Reference | None


@dataclass(frozen=True, slots=True)
class ResolverRuleAssociation:
    """A resolver rule that holds for a VPC."""

    key: Key
    name: str
    vpc: Reference
    rule: Reference


@dataclass(frozen=True, slots=True)
class VpcDns:
    """What a VPC tells its machines. None: not known.

    name_servers: of its DHCP options. fail_open: what happens to questions when DNS Firewall does
    not answer.
    """

    vpc: Key
    support: bool | None = True
    host_names: bool | None = False
    name_servers: tuple[str, ...] | Hole = AMAZON_PROVIDED
    fail_open: bool | None = False


@dataclass(frozen=True, slots=True)
class Dns:
    """Everything that decides who hears questions, by key; vpcs by the VPC's key."""

    vpcs: Mapping[Key, VpcDns] = field(default_factory=dict)
    groups: Mapping[Key, FirewallRuleGroup] = field(default_factory=dict)
    associations: Mapping[Key, FirewallAssociation] = field(default_factory=dict)
    endpoints: Mapping[Key, ResolverEndpoint] = field(default_factory=dict)
    rules: Mapping[Key, ResolverRule] = field(default_factory=dict)
    rule_associations: Mapping[Key, ResolverRuleAssociation] = field(default_factory=dict)
    zones: Mapping[Key, PrivateZone] = field(default_factory=dict)


def build_dns(reader: Reader) -> Dns:
    """What a deployment says of DNS."""
    return Dns(
        vpcs=_vpcs(reader),
        groups=_groups(reader),
        associations=_associations(reader),
        endpoints={
            key: _endpoint(reader, key, node) for key, node in sorted_(reader, RESOLVER_ENDPOINT)
        },
        rules={
            key: _resolver_rule(reader, key, node) for key, node in sorted_(reader, RESOLVER_RULE)
        },
        rule_associations=_rule_associations(reader),
        zones=private_zones(reader),
    )


def sorted_(reader: Reader, *types: str) -> list[tuple[Key, Node]]:
    """The resources of these types by key."""
    return sorted(reader.each(*types), key=lambda found: found[0])


def said(value: Any) -> bool | None:
    """A Boolean; None where it is unknown."""
    return None if value is UNKNOWN else true(value)


def _vpcs(reader: Reader) -> dict[Key, VpcDns]:
    servers, open_ = _name_servers(reader), _fail_open(reader)
    found = {}
    for key, node in sorted_(reader, VPC, DEFAULT_VPC):
        props = node.resource.props
        support = props.get("enableDnsSupport")
        found[key] = VpcDns(
            key,
            support=said(support) if is_set(support) else True,
            host_names=said(props.get("enableDnsHostnames")),
            name_servers=servers.get(key, AMAZON_PROVIDED),
            fail_open=open_.get(key, False),
        )
    return found


def _name_servers(reader: Reader) -> dict[Key, tuple[str, ...] | Hole]:
    listed: dict[Key, tuple[str, ...] | Hole] = {}
    for key, node in reader.each(OPTIONS):
        value = node.resource.props.get("domainNameServers")
        listed[key] = texts(value, f"the name servers of {node.resource.name!r}")
    found: dict[Key, tuple[str, ...] | Hole] = {}
    for _, node in reader.each(OPTIONS_ASSOCIATION):
        options = reader.references.one(node, "dhcpOptionsId", Noun.DHCP_OPTIONS)
        vpc = reader.references.one(node, "vpcId", Noun.VPC)
        maybe = reader.references.candidates(node, "vpcId", Noun.VPC)
        what = options.what if isinstance(options, Hole) else node.resource.name
        unknown = Hole(f"DHCP options {what}")
        if isinstance(vpc, str):
            found[vpc] = listed[options] if isinstance(options, str) else unknown
        else:
            found.update(dict.fromkeys(maybe, unknown))
    return found


def texts(value: Any, what: str) -> tuple[str, ...] | Hole:
    """The texts of a list; a hole where one of them is not known."""
    found = [item for _, item in each(value)]
    if any(not isinstance(item, str) for item in found):
        return Hole(f"{what}, which are unknown")
    return tuple(found)


def _fail_open(reader: Reader) -> dict[Key, bool | None]:
    found: dict[Key, bool | None] = {}
    for _, node in reader.each(CONFIG):
        value = node.resource.props.get("firewallFailOpen")
        vpc = reader.references.one(node, "resourceId", Noun.VPC)
        if isinstance(vpc, str):
            found[vpc] = None if value is UNKNOWN else is_set(value) and value != "DISABLED"
        else:
            maybe = reader.references.candidates(node, "resourceId", Noun.VPC)
            found.update(dict.fromkeys(maybe))
    return found


def _groups(reader: Reader) -> dict[Key, FirewallRuleGroup]:
    rules: dict[Key, list[FirewallRule]] = {}
    doubtful: set[Key] = set()
    for _, node in sorted_(reader, RULE):
        group = reader.references.one(node, "firewallRuleGroupId", Noun.RULE_GROUP)
        if isinstance(group, str):
            rules.setdefault(group, []).append(_firewall_rule(reader, node))
        else:
            doubtful |= set(
                reader.references.candidates(node, "firewallRuleGroupId", Noun.RULE_GROUP)
            )
    return {
        key: FirewallRuleGroup(
            key,
            node.resource.name,
            tuple(sorted(rules.get(key, ()), key=_rank)),
            key not in doubtful,
        )
        for key, node in sorted_(reader, GROUP)
    }


def _rank(rule: FirewallRule) -> tuple[bool, int]:
    return rule.priority is None, rule.priority or 0


def _firewall_rule(reader: Reader, node: Node) -> FirewallRule:
    props = node.resource.props
    return FirewallRule(
        key=node.resource.urn,
        name=node.resource.name,
        priority=number(props.get("priority")),
        action=text(props.get("action")) or None,
        domains=_domains(reader, node),
        response=text(props.get("blockResponse")) or None,
        types=_types(node),
    )


def _types(node: Node) -> str | Hole | None:
    given = node.resource.props.get("qType")
    if given is UNKNOWN:
        return Hole(f"the type of records that {node.resource.name!r} is for")
    return text(given) or None


def _domains(reader: Reader, node: Node) -> tuple[str, ...] | Hole | None:
    found = reader.references.one(node, "firewallDomainListId", Noun.DOMAIN_LIST)
    if not isinstance(found, str):
        return found
    listed = next(n for key, n in reader.each(DOMAINS) if key == found)
    return texts(listed.resource.props.get("domains"), f"the domains of {listed.resource.name!r}")


def _associations(reader: Reader) -> dict[Key, FirewallAssociation]:
    """What filters each VPC: joined to it by itself, or by a profile."""
    found = {key: _association(reader, key, node) for key, node in sorted_(reader, ASSOCIATION)}
    for joined in held(reader, Noun.RULE_GROUP):
        found[joined.key] = FirewallAssociation(*joined, protected=False)
    return found


def _rule_associations(reader: Reader) -> dict[Key, ResolverRuleAssociation]:
    found = {
        key: ResolverRuleAssociation(
            key, node.resource.name, vpc_of(reader, node), _rule_of(reader, node)
        )
        for key, node in sorted_(reader, RESOLVER_ASSOCIATION)
    }
    for joined in held(reader, Noun.RESOLVER_RULE):
        found[joined.key] = ResolverRuleAssociation(*joined[:4])
    return found


def _association(reader: Reader, key: Key, node: Node) -> FirewallAssociation:
    group = reader.references.one(node, "firewallRuleGroupId", Noun.RULE_GROUP)
    return FirewallAssociation(
        key,
        node.resource.name,
        vpc_of(reader, node),
        group or Hole(f"the rule group of {node.resource.name!r}"),
        number(node.resource.props.get("priority")),
        node.resource.props.get("mutationProtection") == "ENABLED",
    )


def _endpoint(reader: Reader, key: Key, node: Node) -> ResolverEndpoint:
    listed = [at(item, "subnetId") for _, item in each(node.resource.props.get("ipAddresses"))]
    return ResolverEndpoint(
        key,
        node.resource.name,
        text(node.resource.props.get("direction")) or None,
        reader.references.values(node, "ipAddresses.subnetId", listed, Noun.SUBNET),
        reader.references.several(node, "securityGroupIds", Noun.SECURITY_GROUP),
    )


def _resolver_rule(reader: Reader, key: Key, node: Node) -> ResolverRule:
    props = node.resource.props
    return ResolverRule(
        key,
        node.resource.name,
        text(props.get("domainName")) or None,
        text(props.get("ruleType")) or None,
        tuple(
            text(at(item, "ip")) or text(at(item, "ipv6")) or None
            for _, item in each(props.get("targetIps"))
        ),
        reader.references.one(node, "resolverEndpointId", Noun.RESOLVER_ENDPOINT),
    )


def _rule_of(reader: Reader, node: Node) -> Reference:
    found = reader.references.one(node, "resolverRuleId", Noun.RESOLVER_RULE)
    return found or Hole(f"the rule of {node.resource.name!r}")
