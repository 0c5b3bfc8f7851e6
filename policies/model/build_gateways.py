"""Gateways and peerings: what a VPC is attached to."""

from typing import Final

from model.build_vpcs import vpc_of
from model.deployment import Node
from model.interfaces import given_addresses
from model.network import (
    Hole,
    InternetGateway,
    Key,
    NatGateway,
    Reference,
    VpcPeeringConnection,
    VpnGateway,
)
from model.nouns import (
    DEFAULT_VPC,
    EGRESS_ONLY_GATEWAY,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    PEERING,
    PEERING_ACCEPTER,
    VPN_GATEWAY,
    Noun,
)
from model.reading import Reader, text, union
from model.sets import NOTHING, Ranges
from rules.unknowns import is_set

ATTACHMENT: Final = "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"
VPN_ATTACHMENT: Final = "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment"
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
        found[key] = NatGateway(
            key, node.resource.name, subnet or regional, not private, _private_addresses(node)
        )
    return found


def _private_addresses(node: Node) -> Ranges:
    """The private addresses of a NAT gateway; nothing where some of them are for AWS to choose."""
    props = node.resource.props
    given = given_addresses(props, "privateIp", "secondaryPrivateIpAddresses")
    if not is_set(props.get("privateIp")) or is_set(props.get("secondaryPrivateIpAddressCount")):
        return NOTHING
    return union(iter(given))


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
            requester, accepter = (_end(reader, node, end) for end in ("peerVpcId", "vpcId"))
            found[key] = VpcPeeringConnection(key, node.resource.name, requester, accepter)
    return found


def _end(reader: Reader, node: Node, output: str) -> Reference:
    """An end of a peering that another deployment asked for: known once it exists."""
    value = text(node.outputs().get(output))
    found = reader.references.value(node, output, value, Noun.VPC)
    return found or Hole(f"{output} of VPC peering connection {node.resource.name!r}")
