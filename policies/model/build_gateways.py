"""Gateways and peerings: what a VPC is attached to, and public addresses by Elastic IPs."""

from collections.abc import Iterator
from typing import Final

from model.build_vpcs import meant, vpc_of
from model.deployment import Node
from model.network import (
    Hole,
    InternetGateway,
    Key,
    NatGateway,
    Public,
    Reference,
    VpcPeeringConnection,
    VpnGateway,
)
from model.nouns import (
    DEFAULT_VPC,
    EGRESS_ONLY_GATEWAY,
    EIP,
    INSTANCE,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    PEERING,
    PEERING_ACCEPTER,
    VPN_GATEWAY,
    Noun,
)
from model.reading import Reader, text
from rules.unknowns import UNKNOWN, at, each, is_set

ATTACHMENT: Final = "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"
VPN_ATTACHMENT: Final = "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment"
EIP_ASSOCIATION: Final = "aws:ec2/eipAssociation:EipAssociation"
GROUP_ATTACHMENT: Final = (
    "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"
)
_CARD_ID: Final = "networkInterfaceId"
_CARDS: Final = ("networkInterfaces", "primaryNetworkInterface")
DEFAULT_INTERNET_GATEWAY: Final = "#internet-gateway"


def internet_gateways(reader: Reader) -> dict[Key, InternetGateway]:
    """Internet gateways, egress-only or not, and the one that a default VPC comes with."""
    attached = _attached(reader, ATTACHMENT, "internetGatewayId", Noun.INTERNET_GATEWAY)
    found = {}
    for key, node in reader.each(INTERNET_GATEWAY, EGRESS_ONLY_GATEWAY):
        vpc = reader.references.one(node, "vpcId", Noun.VPC) or attached.get(key)
        loose = Hole(f"the VPC that {node.resource.name!r} may be attached to")
        found[key] = InternetGateway(key, node.resource.name, vpc or loose)
    for vpc_key, node in reader.each(DEFAULT_VPC):
        key = vpc_key + DEFAULT_INTERNET_GATEWAY
        found[key] = InternetGateway(key, f"{node.resource.name} (default)", vpc_key)
    return found


def _attached(reader: Reader, type_: str, path: str, noun: Noun) -> dict[Key, Reference]:
    """The VPCs that attachments of a type give to gateways."""
    found: dict[Key, Reference] = {}
    for _, node in reader.each(type_):
        gateway = reader.references.one(node, path, noun)
        if isinstance(gateway, str):
            found[gateway] = vpc_of(reader, node)
    return found


def nat_gateways(reader: Reader) -> dict[Key, NatGateway]:
    """NAT gateways; public unless connectivityType says private."""
    found = {}
    for key, node in reader.each(NAT_GATEWAY):
        subnet = reader.references.one(node, "subnetId", Noun.SUBNET)
        regional = Hole(f"the subnets of regional NAT gateway {node.resource.name!r}")
        private = node.resource.props.get("connectivityType") == "private"
        found[key] = NatGateway(key, node.resource.name, subnet or regional, not private)
    return found


def vpn_gateways(reader: Reader) -> dict[Key, VpnGateway]:
    """Virtual private gateways with the VPC that they are attached to."""
    attached = _attached(reader, VPN_ATTACHMENT, "vpnGatewayId", Noun.VPN_GATEWAY)
    return {
        key: VpnGateway(
            key,
            node.resource.name,
            reader.references.one(node, "vpcId", Noun.VPC) or attached.get(key),
        )
        for key, node in reader.each(VPN_GATEWAY)
    }


def peerings(reader: Reader) -> dict[Key, VpcPeeringConnection]:
    """Peerings, from whichever side they are declared."""
    found = {}
    for key, node in reader.each(PEERING):
        accepter = reader.references.one(node, "peerVpcId", Noun.VPC)
        found[key] = VpcPeeringConnection(
            key,
            node.resource.name,
            vpc_of(reader, node),
            accepter or Hole(f"the other VPC of {node.resource.name!r}"),
        )
    for key, node in reader.each(PEERING_ACCEPTER):
        if key not in found:
            found[key] = _from_accepter(key, node)
    return found


def _from_accepter(key: Key, node: Node) -> VpcPeeringConnection:
    """A peering that another deployment asked for: its ends are known once it exists."""
    outputs, name = node.outputs(), node.resource.name
    return VpcPeeringConnection(
        key,
        name,
        Hole(text(outputs.get("vpcId"), f"the requester's VPC of {name!r}")),
        Hole(text(outputs.get("peerVpcId"), f"the accepter's VPC of {name!r}")),
    )


def elastic(reader: Reader) -> Iterator[tuple[Key, Public]]:
    """The interfaces that Elastic IPs give a public address, or may give one.

    An instance's own interface has the instance's key.
    """
    attached = _cards(reader)
    paths = {EIP: ("instance", "networkInterface"), EIP_ASSOCIATION: ("instanceId", _CARD_ID)}
    for type_, (instance, interface) in paths.items():
        for _, node in reader.each(type_):
            for key, public in _of_address(reader, node, instance, interface):
                for card in attached.get(key, (key,)):
                    yield card, public


def _cards(reader: Reader) -> dict[Key, tuple[Key, ...]]:
    """The interfaces of instances that are resources of their own."""
    found: dict[Key, tuple[Key, ...]] = {}
    for key, node in reader.each(INSTANCE):
        for name in _CARDS:
            for _, card in each(node.resource.props.get(name)):
                value = UNKNOWN if card is UNKNOWN else at(card, _CARD_ID)
                of = reader.references.values(node, f"{name}.{_CARD_ID}", value, Noun.INTERFACE)
                found[key] = (*found.get(key, ()), *(ref for ref in of if isinstance(ref, str)))
    return found


def group_attachments(reader: Reader) -> Iterator[tuple[Key, Reference]]:
    """Interfaces with the security groups that resources of their own give them."""
    attached = _cards(reader)
    for _, node in reader.each(GROUP_ATTACHMENT):
        group = reader.references.one(node, "securityGroupId", Noun.SECURITY_GROUP)
        for key in meant(reader, node, _CARD_ID, Noun.INTERFACE):
            for card in attached.get(key, (key,)):
                yield card, group or Hole(f"the security group of {node.resource.name!r}")


def _of_address(
    reader: Reader, node: Node, instance: str, interface: str
) -> Iterator[tuple[Key, Public]]:
    props = node.resource.props
    for path, noun in ((instance, Noun.INSTANCE), (interface, Noun.INTERFACE)):
        if not is_set(props.get(path)):
            continue
        found = reader.references.one(node, path, noun)
        if isinstance(found, str):
            yield found, Public.YES
        elif props.get(path) is UNKNOWN:
            for key in reader.references.candidates(node, path, noun):
                yield key, Public.UNKNOWN
