"""VPCs and subnets: which addresses they hold, and what applies where nothing is said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from model.deployment import Node
from model.network import Hole, Key, Reference, Subnet, Vpc
from model.nouns import (
    DEFAULT_NETWORK_ACL,
    DEFAULT_SECURITY_GROUP,
    DEFAULT_SUBNET,
    DEFAULT_VPC,
    MAIN_ROUTE_TABLE,
    SUBNET,
    VPC,
    Noun,
)
from model.reading import Reader, prefix, text
from model.sets import EVERY_ADDRESS, EVERY_IPV4, EVERY_IPV6, NOTHING, Destination, Ranges
from rules.unknowns import UNKNOWN, false, is_set

VPC_BLOCK = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
VPC_BLOCK_V6 = "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation"
_V6 = "ipv6CidrBlock"
VPC_V6 = (
    "assignGeneratedIpv6CidrBlock",
    "ipv6CidrBlock",
    "ipv6IpamPoolId",
    "ipv6NetmaskLength",
)
SUBNET_V6 = (
    "assignIpv6AddressOnCreation",
    "enableDns64",
    "ipv6CidrBlock",
    "ipv6IpamPoolId",
    "ipv6Native",
    "ipv6NetmaskLength",
)
MAIN_ASSOCIATION = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ACL_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
ACLS = (
    "aws:ec2/networkAcl:NetworkAcl",
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
)


class Block(NamedTuple):
    """One of a VPC's blocks. of: None where it is not known; then it is one of this family."""

    of: Destination | None = None
    family: Ranges = EVERY_ADDRESS

    @property
    def addresses(self) -> Ranges:
        return self.family if self.of is None else self.of[0]


def vpc_blocks(reader: Reader) -> dict[Key, tuple[Block, ...]]:
    """Each VPC's blocks, one by one."""
    found: dict[Key, dict[Block, None]] = {}
    for key, node in reader.each(VPC, DEFAULT_VPC):
        found[key] = {_block(node): None}
    for _, node in reader.each(VPC_BLOCK):
        for key in meant(reader, node, "vpcId", Noun.VPC):
            found.setdefault(key, {})[_block(node)] = None
    for key, block_ in _blocks_v6(reader):
        blocks = found.setdefault(key, {})
        # One that only a subnet tells of is among those that the VPC tells of.
        if block_ is not None or not any(each.family is EVERY_IPV6 for each in blocks):
            blocks[block_ or Block(None, EVERY_IPV6)] = None
    return {key: tuple(blocks) for key, blocks in found.items()}


def _block(node: Node) -> Block:
    return Block(_known(node, "cidrBlock"), EVERY_IPV4)


def _blocks_v6(reader: Reader) -> Iterator[tuple[Key, Block | None]]:
    """VPCs that have IPv6 in any form, with the block; None where only a subnet tells of it."""
    for key, node in reader.each(VPC, DEFAULT_VPC):
        if _has_ipv6(node, VPC_V6):
            yield key, Block(_known(node, _V6), EVERY_IPV6)
    for _, node in reader.each(VPC_BLOCK_V6):
        for key in meant(reader, node, "vpcId", Noun.VPC):
            yield key, Block(_known(node, _V6), EVERY_IPV6)
    for _, node in reader.each(SUBNET, DEFAULT_SUBNET):
        if _has_ipv6(node, SUBNET_V6):
            yield from ((key, None) for key in meant(reader, node, "vpcId", Noun.VPC))


def _has_ipv6(node: Node, names: tuple[str, ...]) -> bool:
    """Whether a VPC or subnet has, or may have, IPv6. AWS tells of a block that it has chosen."""
    told = node.outputs().get(_V6)
    given = any(_given(node.resource.props.get(name)) for name in names)
    return given or (told is not UNKNOWN and is_set(told))


def _known(node: Node, name: str) -> Destination | None:
    return prefix(node.resource.props.get(name)) or prefix(node.outputs().get(name))


def vpcs(reader: Reader) -> dict[Key, Vpc]:
    """The VPCs with all their blocks."""
    blocks = vpc_blocks(reader)
    return {
        key: Vpc(
            key,
            node.resource.name,
            Ranges.of(span for each in blocks[key] for span in each.addresses.spans),
            text(node.outputs().get("ownerId")) or None,
        )
        for key, node in reader.each(VPC, DEFAULT_VPC)
    }


def _of_subnet(node: Node) -> Ranges:
    """The addresses of a subnet; what a pool will choose may be any."""
    four, six = _known(node, "cidrBlock"), _known(node, _V6)
    native = node.resource.props.get("ipv6Native") is True
    found = NOTHING if native else EVERY_IPV4 if four is None else four[0]
    if not _has_ipv6(node, SUBNET_V6):
        return found
    return found | (EVERY_IPV6 if six is None else six[0])


def _given(value: Any) -> bool:
    return is_set(value) and not false(value) and value != 0


def meant(reader: Reader, node: Node, path: str, noun: Noun) -> tuple[Key, ...]:
    """Everything that a reference may mean, for where more is worse."""
    found = reader.references.one(node, path, noun)
    if isinstance(found, Hole):
        return reader.references.candidates(node, path, noun)
    return () if found is None else (found,)


@dataclass
class Associations:
    """What resources say of keys, once; a second word on the same key leaves a hole."""

    what: str
    said: dict[Key, Reference] = field(default_factory=dict)

    def say(self, reader: Reader, node: Node, path: str, noun: Noun, of: Reference) -> None:
        """A resource's word on what a path of it names; of whatever it may name, a doubt."""
        named = reader.references.one(node, path, noun)
        if isinstance(named, Hole):
            doubt = Hole(f"{self.what} that {node.resource.name!r} may give it")
            for key in reader.references.candidates(node, path, noun):
                self.said[key] = doubt
        elif named is not None:
            self.settle(named, of)

    def settle(self, key: Key, of: Reference) -> None:
        """A word on a key."""
        if key in self.said and self.said[key] != of:
            self.said[key] = Hole(f"{self.what}: two are associated")
        else:
            self.said[key] = of


def implied(vpc: Reference, suffix: str) -> Reference:
    """What comes with a VPC by itself; a hole where the VPC is one."""
    if isinstance(vpc, Hole):
        return Hole(f"{suffix.removeprefix('#').replace('-', ' ')} of {vpc.what}", vpc)
    return vpc + suffix


def vpc_of(reader: Reader, node: Node, path: str = "vpcId") -> Reference:
    """The VPC that a resource lies in."""
    found = reader.references.one(node, path, Noun.VPC)
    return found if found is not None else Hole(f"the VPC of {node.resource.name!r}")


def main_tables(reader: Reader) -> Mapping[Key, Reference]:
    """VPCs whose main route table is another than the one they came with."""
    main = Associations("main route table")
    for _, node in reader.each(MAIN_ASSOCIATION):
        table = reader.references.one(node, "routeTableId", Noun.ROUTE_TABLE)
        if table is not None:
            main.say(reader, node, "vpcId", Noun.VPC, table)
    return main.said


def subnets(reader: Reader) -> dict[Key, Subnet]:
    """The subnets, each with the route table and the network ACL that apply to it."""
    tables, acls, main = _tables(reader), _acls(reader), main_tables(reader)
    found = {}
    for key, node in reader.each(SUBNET, DEFAULT_SUBNET):
        vpc = vpc_of(reader, node)
        otherwise = implied(vpc, MAIN_ROUTE_TABLE)
        found[key] = Subnet(
            key=key,
            name=node.resource.name,
            vpc=vpc,
            availability_zone=_zone(node),
            addresses=_of_subnet(node),
            route_table=tables.get(key) or _main(main, vpc) or otherwise,
            network_acl=acls.get(key) or implied(vpc, DEFAULT_NETWORK_ACL),
        )
    return found


def _main(main: Mapping[Key, Reference], vpc: Reference) -> Reference | None:
    return None if isinstance(vpc, Hole) else main.get(vpc)


def _zone(node: Node) -> str:
    """By its name wherever that is told: ids are no names, so the two cannot be compared."""
    for name in ("availabilityZone", "availabilityZoneId"):
        for source in (node.resource.props, node.outputs()):
            if text(source.get(name)):
                return text(source.get(name))
    return ""


def _tables(reader: Reader) -> Mapping[Key, Reference]:
    tables = Associations("route table")
    for _, node in reader.each(ROUTE_TABLE_ASSOCIATION):
        table = reader.references.one(node, "routeTableId", Noun.ROUTE_TABLE)
        if table is not None:
            tables.say(reader, node, "subnetId", Noun.SUBNET, table)
    return tables.said


def _acls(reader: Reader) -> Mapping[Key, Reference]:
    acls = Associations("network ACL")
    for key, node in reader.each(*ACLS):
        named = reader.references.exactly(node, "subnetIds", Noun.SUBNET)
        for subnet in named:
            if not isinstance(subnet, Hole):
                acls.settle(subnet, key)
        if any(isinstance(subnet, Hole) for subnet in named):
            doubt = Hole(f"network ACL: {node.resource.name!r} may apply")
            for maybe in reader.references.candidates(node, "subnetIds", Noun.SUBNET):
                if maybe not in named:
                    acls.said[maybe] = doubt
    for _, node in reader.each(ACL_ASSOCIATION):
        acl = reader.references.one(node, "networkAclId", Noun.NETWORK_ACL)
        if acl is not None:
            acls.say(reader, node, "subnetId", Noun.SUBNET, acl)
    _doubt_moved(reader, acls)
    return acls.said


def _doubt_moved(reader: Reader, acls: Associations) -> None:
    """Subnets that a state last saw with another ACL than is asked for, or without one's own.

    What a default ACL was seen with before others were made tells nothing.
    """
    for key, node in reader.each(*ACLS):
        recorded = node.recorded("subnetIds")
        if recorded is None:
            continue
        seen = set(reader.references.values(node, "subnetIds", recorded, Noun.SUBNET))
        asked = {*reader.references.several(node, "subnetIds", Noun.SUBNET)} - seen
        lost = {k for k in asked if isinstance(k, str) and acls.said.get(k) == key}
        default = key.endswith(DEFAULT_NETWORK_ACL)
        new = {k for k in seen if isinstance(k, str) and k not in acls.said and not default}
        for subnet in lost | new:
            acls.said[subnet] = Hole(f"network ACL: {node.resource.name!r} may apply")


def default_group(vpc: Reference) -> Reference:
    """The security group that applies where none is named."""
    return implied(vpc, DEFAULT_SECURITY_GROUP)
