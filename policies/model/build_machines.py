"""Interfaces of what runs the operator's programs: instances, pools of them, control planes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from model.build_vpcs import default_group
from model.deployment import Node
from model.interfaces import Places, asked_public, forwards, given_addresses, public_if
from model.network import Hole, Interface, Key, Public, Reference
from model.nouns import (
    CLUSTER,
    CLUSTER_SECURITY_GROUP,
    INSTANCE,
    INTERFACE,
    LAUNCH_TEMPLATE,
    Noun,
)
from model.reading import Reader, number, text
from rules.unknowns import UNKNOWN, at, each, is_set

POOL: Final = "aws:autoscaling/group:Group"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
FARGATE: Final = "aws:eks/fargateProfile:FargateProfile"
_MIXED: Final = "mixedInstancesPolicy.launchTemplate"
_CHOSEN_IPV6: Final = ("ipv6AddressCount", "ipv6PrefixCount", "ipv6Prefixes")
_REMOTE_ACCESS: Final = "remoteAccess.sourceSecurityGroupIds"


@dataclass(frozen=True)
class _Card:
    """One network interface as a launch template describes it.

    groups: empty where the template names none. asked: for a public address, None where it is
    the subnet that decides.
    """

    groups: tuple[Reference, ...] = ()
    asked: Public | None = None
    subnets: tuple[Reference, ...] = ()


def machines(places: Places) -> Iterator[Interface]:
    """The interfaces of instances, pools and control planes."""
    reader = places.reader
    for key, node in reader.each(INTERFACE):
        yield _interface(places, key, node)
    for key, node in reader.each(INSTANCE):
        yield from _instance(places, key, node)
    for key, node in reader.each(POOL):
        yield from _pool(places, key, node)
    for key, node in reader.each(CLUSTER):
        yield _control_plane(places, key, node)
    for key, node in reader.each(NODE_GROUP):
        yield from _node_group(places, key, node)
    for key, node in reader.each(FARGATE):
        yield _fargate(places, key, node)


def _subnets(places: Places, node: Node, path: str) -> tuple[Reference, ...]:
    """The subnets of a list; a hole where it names none, as AWS then chooses."""
    found = places.reader.references.several(node, path, Noun.SUBNET)
    return found or (Hole(f"the subnet of {node.resource.name!r}"),)


def _interface(places: Places, key: Key, node: Node) -> Interface:
    props, subnets = node.resource.props, _subnets(places, node, "subnetId")
    given = given_addresses(props, "privateIp", "privateIps", "privateIpLists")
    prefixed = any(is_set(props.get(name)) for name in ("ipv4Prefixes", "ipv4PrefixCount"))
    chosen = prefixed or is_set(props.get("privateIpsCount"))
    six = _given_ipv6(props, "ipv6Addresses", "ipv6AddressLists")
    return Interface(
        key=key,
        name=node.resource.name,
        subnets=subnets,
        addresses=places.addresses(subnets, [] if chosen else given, six),
        security_groups=places.groups(node, "securityGroups", subnets),
        # By an Elastic IP, or as AWS tells of one that a machine was launched with.
        public=public_if(is_set(node.outputs().get("publicIp"))),
        forwards=forwards(props.get("sourceDestCheck")),
    )


def _given_ipv6(props: Mapping[str, Any], *names: str) -> list[Any]:
    """The IPv6 addresses that inputs give; empty where one of them is for AWS to choose."""
    chosen = any(is_set(props.get(name)) and props.get(name) != 0 for name in _CHOSEN_IPV6)
    return [] if chosen else given_addresses(props, *names)


def _instance(places: Places, key: Key, node: Node) -> Iterator[Interface]:
    props = node.resource.props
    if is_set(props.get("networkInterfaces")) or is_set(props.get("primaryNetworkInterface")):
        return  # its interfaces are resources of their own, or somebody else's
    cards = _cards(places.reader, node, "launchTemplate") or [_Card()]
    given = given_addresses(props, "privateIp", "secondaryPrivateIps")
    six = _given_ipv6(props, "ipv6Addresses")
    for index, card in enumerate(cards):
        subnets = places.reader.references.several(node, "subnetId", Noun.SUBNET)
        subnets = subnets or card.subnets or _subnets(places, node, "subnetId")
        groups = places.reader.references.several(node, "vpcSecurityGroupIds", Noun.SECURITY_GROUP)
        by_name = tuple(
            Hole(f"the security group named {text(name, 'unknown')}")
            for _, name in each(props.get("securityGroups"))
        )
        asked = asked_public(props.get("associatePublicIpAddress"))
        yield Interface(
            key=_numbered(key, index),
            name=node.resource.name,
            subnets=subnets,
            addresses=places.addresses(subnets, *((given, six) if index == 0 else ())),
            security_groups=(groups + by_name)
            or card.groups
            or places.groups(node, "vpcSecurityGroupIds", subnets),
            public=places.public(asked or card.asked, subnets),
            forwards=forwards(props.get("sourceDestCheck")),
            instance=key,
        )


def _numbered(key: Key, index: int) -> Key:
    return key if index == 0 else f"{key}#interface-{index}"


def _pool(places: Places, key: Key, node: Node) -> Iterator[Interface]:
    """An Auto Scaling group: what it launches from, in each of its subnets."""
    reader, subnets = places.reader, _subnets(places, node, "vpcZoneIdentifiers")
    cards = _cards(reader, node, "launchTemplate")
    mixed = at(node.resource.props, *_MIXED.split("."))
    if is_set(mixed):
        cards += _cards(reader, node, f"{_MIXED}.launchTemplateSpecification")
        for where, override in each(at(mixed, "overrides")):
            of = at(override, "launchTemplateSpecification")
            cards += _cards_of(reader, node, f"{_MIXED}.overrides{where}", of)
    cards = cards or [_unknown_card(f"the launch template of {node.resource.name!r}")]
    for index, card in enumerate(dict.fromkeys(cards)):
        yield _launched(places, _numbered(key, index), node, subnets, card)


def _launched(
    places: Places, key: Key, node: Node, subnets: tuple[Reference, ...], card: _Card
) -> Interface:
    within = card.subnets or subnets
    groups = card.groups or (default_group(places.vpc(within)),)
    return Interface(
        key=key,
        name=node.resource.name,
        subnets=within,
        addresses=places.addresses(within),
        security_groups=groups,
        public=places.public(card.asked, within),
        instance=node.resource.urn,
    )


def _unknown_card(what: str) -> _Card:
    return _Card((Hole(what),), Public.UNKNOWN)


def _cards(reader: Reader, node: Node, path: str) -> list[_Card]:
    return _cards_of(reader, node, path, at(node.resource.props, *path.split(".")))


def _cards_of(reader: Reader, node: Node, path: str, named: Any) -> list[_Card]:
    """What a template that is named here gives a machine; nothing where none is named."""
    if not is_set(named):
        return []
    refs = {
        found
        for name in ("id", "launchTemplateId", "name", "launchTemplateName")
        if (value := named if named is UNKNOWN else at(named, name)) is not None
        and (found := reader.references.value(node, path, value, Noun.LAUNCH_TEMPLATE))
    }
    if len(refs) != 1 or isinstance(next(iter(refs)), Hole):
        what = "; ".join(sorted(r.what if isinstance(r, Hole) else r for r in refs))
        return [_unknown_card(what or f"the launch template of {node.resource.name!r}")]
    template = next(n for key, n in reader.each(LAUNCH_TEMPLATE) if key in refs)
    if _older(template, at(named, "version")):
        return [_unknown_card(f"an older version of launch template {template.resource.name!r}")]
    return _template_cards(reader, template)


def _older(template: Node, version: Any) -> bool:
    """Whether a version other than the one that is described here is asked for."""
    outputs = template.outputs()
    latest = number(outputs.get("latestVersion"))
    asked = number(version)
    if asked is None and version in (None, "", "$Default"):
        asked = number(outputs.get("defaultVersion"))
    return latest is not None and asked is not None and asked != latest


def _template_cards(reader: Reader, template: Node) -> list[_Card]:
    props = template.resource.props
    groups = reader.references.several(template, "vpcSecurityGroupIds", Noun.SECURITY_GROUP)
    cards = props.get("networkInterfaces")
    if cards is UNKNOWN:
        return [_unknown_card(f"the interfaces of launch template {template.resource.name!r}")]
    if not is_set(cards):
        return [_Card(groups)]
    found = []
    for _, card in each(cards):
        if not isinstance(card, Mapping):
            found.append(_unknown_card(f"an interface of {template.resource.name!r}"))
        elif not is_set(card.get("networkInterfaceId")):  # which is described by itself
            found.append(_card(reader, template, card, groups))
    return found


def _card(
    reader: Reader, template: Node, card: Mapping[str, Any], groups: tuple[Reference, ...]
) -> _Card:
    def refs(name: str, noun: Noun) -> tuple[Reference, ...]:
        path = f"networkInterfaces.{name}"
        return reader.references.values(template, path, card.get(name), noun)

    own = refs("securityGroups", Noun.SECURITY_GROUP)
    asked = asked_public(card.get("associatePublicIpAddress"))
    return _Card(own or groups, asked, refs("subnetId", Noun.SUBNET))


def _cluster_group(places: Places, node: Node) -> Reference:
    """The group that EKS makes for the cluster that a resource belongs to."""
    cluster = places.reader.references.one(node, "clusterName", Noun.CLUSTER)
    if isinstance(cluster, str):
        return cluster + CLUSTER_SECURITY_GROUP
    what = cluster.what if isinstance(cluster, Hole) else f"that of {node.resource.name!r}"
    return Hole(f"the security group of EKS cluster {what}")


def _control_plane(places: Places, key: Key, node: Node) -> Interface:
    subnets = _subnets(places, node, "vpcConfig.subnetIds")
    more = places.reader.references.several(node, "vpcConfig.securityGroupIds", Noun.SECURITY_GROUP)
    return Interface(
        key=key,
        name=node.resource.name,
        subnets=subnets,
        addresses=places.addresses(subnets),
        security_groups=(key + CLUSTER_SECURITY_GROUP, *more),
        public=Public.NO,
    )


def _node_group(places: Places, key: Key, node: Node) -> Iterator[Interface]:
    """A managed node group: a template that names no group leaves it the cluster's."""
    subnets = _subnets(places, node, "subnetIds")
    own: tuple[Reference, ...] = (_cluster_group(places, node),)
    if is_set(at(node.resource.props, *_REMOTE_ACCESS.split("."))):
        own += (Hole(f"the group that EKS makes for SSH to {node.resource.name!r}"),)
    cards = _cards(places.reader, node, "launchTemplate") or [_Card()]
    for index, card in enumerate(dict.fromkeys(cards)):
        groups = card.groups or own
        yield _launched(
            places, _numbered(key, index), node, subnets, _Card(groups, card.asked, card.subnets)
        )


def _fargate(places: Places, key: Key, node: Node) -> Interface:
    subnets = _subnets(places, node, "subnetIds")
    return Interface(
        key=key,
        name=node.resource.name,
        subnets=subnets,
        addresses=places.addresses(subnets),
        security_groups=(_cluster_group(places, node),),
        public=Public.NO,  # Fargate runs pods without a public address
    )
