"""Security groups: their rules, wherever each is written, one for each peer or block.

Where nothing is declared, a new group lets nothing out: the provider takes away the rule that AWS
adds. A VPC's default group and a cluster's own one have the rules that AWS gives them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from model.build_prefix_lists import PrefixLists, addresses_of
from model.build_vpcs import default_group, vpc_of
from model.deployment import Node
from model.network import Hole, Key, Reference, SecurityGroup, SecurityGroupRule
from model.nouns import (
    CLUSTER,
    CLUSTER_SECURITY_GROUP,
    DEFAULT_GROUP,
    DEFAULT_SECURITY_GROUP,
    DEFAULT_VPC,
    SECURITY_GROUP,
    SUBNET,
    VPC,
    Noun,
)
from model.reading import Reader, block, traffic
from model.sets import EVERY_ADDRESS, EVERY_IPV4, EVERY_IPV6
from model.traffic import EVERYTHING
from rules.unknowns import UNKNOWN, at, each, is_set, true

RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_GROUPS: Final = ("securityGroups", "sourceSecurityGroupId", "referencedSecurityGroupId")
_BLOCKS: Final = {
    "cidrBlocks": EVERY_IPV4,
    "cidrIpv4": EVERY_IPV4,
    "ipv6CidrBlocks": EVERY_IPV6,
    "cidrIpv6": EVERY_IPV6,
}
_LISTS: Final = ("prefixListIds", "prefixListId")
_SPOKEN: Final = ("protocol", "ipProtocol", "fromPort", "toPort")


@dataclass
class _Draft:
    name: str
    vpc: Reference
    rules: list[SecurityGroupRule] = field(default_factory=list)
    complete: bool = True
    recorded: list[SecurityGroupRule] = field(default_factory=list)


def security_groups(reader: Reader, lists: PrefixLists) -> dict[Key, SecurityGroup]:
    """Every security group, those among them that come with a VPC or a cluster."""
    drafts = dict(_declared(reader, lists))
    for key, node in reader.each(VPC, DEFAULT_VPC):
        own = key + DEFAULT_SECURITY_GROUP
        drafts.setdefault(own, _implied(f"{node.resource.name} (default)", key, own))
    for key, node in reader.each(CLUSTER):
        own = key + CLUSTER_SECURITY_GROUP
        drafts.setdefault(own, _implied(node.resource.name, vpc_of_cluster(reader, node), own))
    for _, node in reader.each(RULE, INGRESS_RULE, EGRESS_RULE):
        _add(reader, drafts, node, lists)
    return {key: _finished(key, draft) for key, draft in drafts.items()}


def _finished(key: Key, draft: _Draft) -> SecurityGroup:
    told = {_means(rule) for rule in draft.rules}
    more = [rule for rule in draft.recorded if _means(rule) not in told]
    rules = tuple(sorted(draft.rules + more, key=lambda rule: rule.key))
    return SecurityGroup(key, draft.name, draft.vpc, rules, draft.complete)


def _means(rule: SecurityGroupRule) -> tuple[object, ...]:
    """What makes two rules the same, whoever tells of them."""
    return rule.egress, rule.traffic, rule.peers, rule.prefix_lists


def _declared(reader: Reader, lists: PrefixLists) -> Iterator[tuple[Key, _Draft]]:
    for key, node in reader.each(SECURITY_GROUP, DEFAULT_GROUP):
        draft = _Draft(node.resource.name, vpc_of(reader, node))
        for direction in ("ingress", "egress"):
            told = (node.resource.props.get(direction), node.recorded(direction))
            for value, rules in zip(told, (draft.rules, draft.recorded), strict=True):
                if value is UNKNOWN:
                    draft.complete = False
                    continue
                for _, item in each(value):
                    rules += _rules(reader, node, direction, item, key, lists)
        yield key, draft


def _implied(name: str, vpc: Reference, key: Key) -> _Draft:
    """All from its own members, and all out."""
    inward = SecurityGroupRule(key, name, egress=False, traffic=EVERYTHING, peers=(key,))
    outward = SecurityGroupRule(key, name, egress=True, traffic=EVERYTHING)
    return _Draft(name, vpc, [inward, outward])


def vpc_of_cluster(reader: Reader, node: Node) -> Reference:
    """The VPC of a cluster: that of its subnets."""
    for subnet in reader.references.several(node, "vpcConfig.subnetIds", Noun.SUBNET):
        for key, found in reader.each(SUBNET):
            if key == subnet:
                return vpc_of(reader, found)
    return Hole(f"the VPC of {node.resource.name!r}")


def _add(reader: Reader, drafts: dict[Key, _Draft], node: Node, lists: PrefixLists) -> None:
    """Add a rule to its group; to each of those that it may be meant for."""
    named = reader.references.one(node, "securityGroupId", Noun.SECURITY_GROUP)
    keys: tuple[Key, ...] = () if named is None else (str(named),)
    if isinstance(named, Hole):
        maybe = reader.references.candidates(node, "securityGroupId", Noun.SECURITY_GROUP)
        keys = maybe or (named.what,)
        if not maybe:
            vpc = Hole(f"the VPC of {named.what}")
            drafts.setdefault(named.what, _Draft(named.what, vpc, complete=False))
    for key in keys:
        for direction in _directions(node):
            drafts[key].rules += _rules(reader, node, direction, node.resource.props, key, lists)


def _directions(node: Node) -> tuple[str, ...]:
    if node.resource.type == RULE:
        given = node.resource.props.get("type")
        both = ("ingress", "egress")  # of what is not known, or is neither word
        return (str(given),) if given in both else both
    return ("egress",) if node.resource.type == EGRESS_RULE else ("ingress",)


def _rules(
    reader: Reader, node: Node, direction: str, props: Any, group: Key, lists: PrefixLists
) -> Iterator[SecurityGroupRule]:
    """What one permission allows: one rule for each block, group and prefix list that it names."""
    of, name, out = node.resource.urn, node.resource.name, direction == "egress"
    if not isinstance(props, Mapping):
        yield SecurityGroupRule(of, name, out, EVERYTHING, told=False)
        return
    path = "" if props is node.resource.props else f"{direction}."
    sure = not any(props.get(key) is UNKNOWN for key in _SPOKEN)
    for key, family in _BLOCKS.items():
        for _, value in each(props.get(key)):
            addresses = block(value, family)
            if addresses is not None:
                packets, told = _packets(props, addresses), sure and value is not UNKNOWN
                yield SecurityGroupRule(of, name, out, packets, told=told)
    for key in _LISTS:
        for ref in reader.references.values(node, path + key, props.get(key), Noun.PREFIX_LIST):
            known = addresses_of(lists, ref)
            packets = _packets(props, EVERY_ADDRESS if known is None else known)
            yield SecurityGroupRule(of, name, out, packets, (), (ref,), sure and known is not None)
    for peer in _peers(reader, node, path, props, group):
        packets = _packets(props, EVERY_ADDRESS)
        yield SecurityGroupRule(of, name, out, packets, (peer,), told=sure)


def _peers(
    reader: Reader, node: Node, path: str, props: Mapping[str, Any], group: Key
) -> Iterator[Reference]:
    own = props.get("self")
    if true(own) or own is UNKNOWN:
        yield group
    for key in _GROUPS:
        yield from reader.references.values(
            node, path + key, _without_owner(props.get(key)), Noun.SECURITY_GROUP
        )


def _without_owner(value: Any) -> Any:
    """Ids as they are: one of another account may be written with its owner before it."""
    if isinstance(value, list):
        return [_without_owner(item) for item in value]
    return value.rsplit("/", 1)[-1] if isinstance(value, str) else value


def _packets(props: Mapping[str, Any], addresses: Any) -> Any:
    named = at(props, "protocol") if is_set(at(props, "protocol")) else at(props, "ipProtocol")
    return traffic(addresses, named, props.get("fromPort"), props.get("toPort"))


def groups_or_default(
    reader: Reader, node: Node, path: str, vpc: Reference
) -> tuple[Reference, ...]:
    """The groups that a list names; where it names none, AWS takes the VPC's default one."""
    found = reader.references.several(node, path, Noun.SECURITY_GROUP)
    return found or (default_group(vpc),)
