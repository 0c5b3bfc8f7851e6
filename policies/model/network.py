"""The network as the proof sees it: typed, whatever told of it (a preview, a state, an account).

Every noun is AWS's own, as the EC2 API spells it. `key` is the URN, or for what is only named its
id; `name` is what people call it. Things refer to each other by key. A reference that is a HOLE
leads to something that nobody has described: the proof treats it as the worst that it may be, and
says which fact would close it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from model.sets import EVERY_ADDRESS, EVERY_IPV6, NOTHING, Destination, Ranges
from model.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Hole:
    """A thing that is named and not described. what: the id, or why nothing is known.

    of: the hole that it comes with, such as the VPC of a main route table that nobody declares.
    asked: the resource and the input in which an unknown value stands.
    """

    what: str
    of: "Hole | None" = field(default=None, compare=False)
    asked: tuple[str, str] | None = field(default=None, compare=False)


Key = str
Reference = Key | Hole


class TargetKind(Enum):
    """Where a route leads: each member of EC2's Route that names a target, by what it names."""

    LOCAL = "local"
    INTERNET_GATEWAY = "internet gateway"
    EGRESS_ONLY_INTERNET_GATEWAY = "egress-only internet gateway"
    CARRIER_GATEWAY = "carrier gateway"
    LOCAL_GATEWAY = "local gateway"
    NAT_GATEWAY = "NAT gateway"
    VPC_PEERING_CONNECTION = "VPC peering connection"
    TRANSIT_GATEWAY = "transit gateway"
    VPN_GATEWAY = "virtual private gateway"
    CORE_NETWORK = "core network"
    ODB_NETWORK = "ODB network"
    NETWORK_INTERFACE = "network interface"
    GATEWAY_ENDPOINT = "gateway endpoint"
    GATEWAY_LOAD_BALANCER_ENDPOINT = "Gateway Load Balancer endpoint"
    BLACKHOLE = "blackhole"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Target:
    """A route's target. of: None for the local target and for a blackhole."""

    kind: TargetKind
    of: Reference | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One route. The longest prefix wins; among equal ones a block's beats a prefix list's, and
    that a propagated one.

    destinations: of a CIDR block one entry, of a prefix list one for each of its entries, each
    with its prefix length. None: they are not known, and may be any within `family`.
    key, name: of the resource that the route is written in.
    prefix_list: whether its destination is written as a prefix list.
    """

    key: Key
    name: str
    destinations: tuple[Destination, ...] | None
    target: Target
    propagated: bool = False
    prefix_list: bool = False
    family: Ranges = EVERY_ADDRESS


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table with its local routes. complete: whether everything in it is described.

    gateways: of edge associations, whose incoming packets it routes.
    """

    key: Key
    name: str
    vpc: Reference
    routes: tuple[Route, ...]
    complete: bool = True
    gateways: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One entry of a network ACL: the lowest number that matches decides. Stateless.

    traffic: packets by protocol and port; its addresses are the far side's, of destinations for
    egress and of sources for ingress.
    """

    number: int
    allows: bool
    egress: bool
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """A network ACL; what no entry matches is denied."""

    key: Key
    name: str
    entries: tuple[AclEntry, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class SecurityGroupRule:
    """One permission of a security group. Stateful: answers pass.

    peers: security groups whose members it speaks of; traffic then holds protocol and ports, to
    every address. Otherwise traffic's addresses are the far side's.
    prefix_lists: that it speaks of; traffic's addresses are theirs.
    told: whether addresses, protocol and ports are known; traffic holds every one that is not.
    """

    key: Key
    name: str
    egress: bool
    traffic: Traffic
    peers: tuple[Reference, ...] = ()
    prefix_lists: tuple[Reference, ...] = ()
    told: bool = True


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group with all its rules. complete: whether all of them are described."""

    key: Key
    name: str
    vpc: Reference
    rules: tuple[SecurityGroupRule, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet. route_table: its own, else the VPC's main one; network_acl likewise.

    addresses: of its CIDR blocks; every one of a family in which its block is not known, and none
    of IPv6 where it has no such block.
    """

    key: Key
    name: str
    vpc: Reference
    availability_zone: str
    addresses: Ranges
    route_table: Reference
    network_acl: Reference


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC. addresses: of all its CIDR blocks; every one of a family in which one is not known."""

    key: Key
    name: str
    addresses: Ranges
    account: str | None = None

    @property
    def ipv6(self) -> bool:
        """Whether it has, or may have, IPv6."""
        return bool(self.addresses & EVERY_IPV6)


class Public(Enum):
    """Whether an interface has a public address."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Interface:
    """Network interfaces of one kind: those of an instance, a pool, a control plane, a balancer.

    subnets: each of them may hold one. addresses: that it may have, within its subnets.
    forwards: whether it passes on packets that are not its own (source and destination check off).
    instance: the machine that it belongs to, where that has several interfaces.
    workload: whether what runs there is the operator's, so that the proof asks where it reaches.
    """

    key: Key
    name: str
    subnets: tuple[Reference, ...]
    addresses: Ranges
    security_groups: tuple[Reference, ...]
    public: Public
    workload: bool = True
    forwards: bool = False
    instance: Key | None = None


@dataclass(frozen=True, slots=True)
class InternetGateway:
    """An internet gateway, egress-only or not, attached to a VPC."""

    key: Key
    name: str
    vpc: Reference


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway. public: of connectivity type public, which translates to a public address.

    addresses: its private ones; where none is told, any of its subnet's.
    """

    key: Key
    name: str
    subnet: Reference
    public: bool
    addresses: Ranges = NOTHING


@dataclass(frozen=True, slots=True)
class VpcPeeringConnection:
    """A peering: it carries packets to the other VPC's own addresses, and no further."""

    key: Key
    name: str
    requester: Reference
    accepter: Reference


@dataclass(frozen=True, slots=True)
class TransitGatewayAttachment:
    """An attachment. kind: vpc, or what else AWS attaches (vpn, direct-connect-gateway, peering,
    connect); subnets: of a VPC attachment, where packets arrive."""

    key: Key
    name: str
    transit_gateway: Reference
    kind: str
    vpc: Reference | None = None
    subnets: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class TransitGatewayRoute:
    """A static or propagated route; attachment None is a blackhole."""

    key: Key
    name: str
    destination: Destination
    attachment: Reference | None
    propagated: bool = False
    prefix_list: bool = False


@dataclass(frozen=True, slots=True)
class TransitGatewayRouteTable:
    """A transit gateway's table. associations: attachments whose packets it routes.

    untold: destinations of which it may have routes that nobody has described.
    """

    key: Key
    name: str
    transit_gateway: Reference
    associations: tuple[Reference, ...]
    routes: tuple[TransitGatewayRoute, ...]
    untold: Ranges = NOTHING

    @property
    def complete(self) -> bool:
        """Whether all its routes are described."""
        return not self.untold


@dataclass(frozen=True, slots=True)
class VpnGateway:
    """A virtual private gateway: what lies behind it is somebody else's network."""

    key: Key
    name: str
    vpc: Reference | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint. kind: Gateway, Interface, GatewayLoadBalancer, Resource, ServiceNetwork.

    service: the service's name, such as com.amazonaws.eu-west-1.s3; None where it is not known.
    route_tables: of a gateway endpoint. subnets and security_groups: of the other kinds.
    policy: the document, None where there is none, Hole where it is not known.
    """

    key: Key
    name: str
    vpc: Reference
    kind: str
    service: str | None
    route_tables: tuple[Reference, ...] = ()
    subnets: tuple[Reference, ...] = ()
    security_groups: tuple[Reference, ...] = ()
    private_dns: bool | None = None
    policy: Mapping[str, object] | str | Hole | None = None


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What a load balancer sends to one target, for whoever asks it, and to see whether it is well.

    balancer: the key of its interface. asked: the packets that it listens for, wherever they go.
    key, name: of the target group. target: which one of it, as people say it.
    traffic: the packets that it sends there, of any source. keeps_sources: whether in its clients'
    names, too. unknown: why it is not known where the target is, and about: what would tell.
    """

    balancer: Key
    asked: Traffic
    key: Key
    name: str
    target: str
    traffic: Traffic
    keeps_sources: bool = False
    unknown: str = ""
    about: Hole | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """Everything that decides where packets go, by key."""

    vpcs: Mapping[Key, Vpc] = field(default_factory=dict)
    subnets: Mapping[Key, Subnet] = field(default_factory=dict)
    route_tables: Mapping[Key, RouteTable] = field(default_factory=dict)
    network_acls: Mapping[Key, NetworkAcl] = field(default_factory=dict)
    security_groups: Mapping[Key, SecurityGroup] = field(default_factory=dict)
    interfaces: Mapping[Key, Interface] = field(default_factory=dict)
    internet_gateways: Mapping[Key, InternetGateway] = field(default_factory=dict)
    nat_gateways: Mapping[Key, NatGateway] = field(default_factory=dict)
    peerings: Mapping[Key, VpcPeeringConnection] = field(default_factory=dict)
    attachments: Mapping[Key, TransitGatewayAttachment] = field(default_factory=dict)
    transit_gateway_tables: Mapping[Key, TransitGatewayRouteTable] = field(default_factory=dict)
    vpn_gateways: Mapping[Key, VpnGateway] = field(default_factory=dict)
    endpoints: Mapping[Key, Endpoint] = field(default_factory=dict)
    forwardings: tuple[Forwarding, ...] = ()


LOCAL: Final = Target(TargetKind.LOCAL)
