"""Ways to other networks: peerings, transit gateways, virtual private gateways, what shares."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from model.deployment import Node
from tests.policies.mutations.mutation import Change, add, build, opens
from tests.policies.mutations.parts import (
    EVERYWHERE,
    VPC,
    cluster_table,
    cluster_vpc,
    connection,
    filtered,
    leads,
    route,
    supply,
    way_by_nat,
)
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, Of, Stack

PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
VPN_GATEWAY = "aws:ec2/vpnGateway:VpnGateway"
VPN = "aws:ec2/vpnConnection:VpnConnection"
CUSTOMER = "aws:ec2/customerGateway:CustomerGateway"
PROPAGATION = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"
FAR_VPC = "vpc-0a1b2c3d4e5f60718"


def far_vpc(stack: Stack) -> tuple[Node, list[Node]]:
    """Another VPC of the same program, which has a way out."""
    props = {"cidrBlock": "10.77.0.0/16", "enableDnsHostnames": True}
    far = stack.makes(VPC, "far", props)
    return far, [far, filtered(stack, far), *way_by_nat(stack, far)]


def _peered(stack: Stack, name: str = "door", **given: Any) -> list[Node]:
    props = {"vpcId": Of(cluster_vpc(stack)), "peerVpcId": FAR_VPC, **given}
    return [stack.makes(PEERING, name, props)]


def _by_peering(stack: Stack) -> Iterator[Stack]:
    (peering,) = _peered(stack)
    way = leads(stack, "vpcPeeringConnectionId", peering)
    supplied = replace(stack.boundary, supplied=(*stack.boundary.supplied, supply(FAR_VPC)))
    yield replace(stack.having(peering, way), boundary=supplied)


def _by_peering_onwards(stack: Stack) -> list[Node]:
    """A default route into a peered VPC with a NAT gateway: AWS carries nothing on from there."""
    far, nodes = far_vpc(stack)
    (peering,) = _peered(stack, peerVpcId=Of(far))
    return [*nodes, peering, leads(stack, "vpcPeeringConnectionId", peering)]


def _peered_own(stack: Stack) -> list[Node]:
    """Two VPCs of one program are peered, and nobody answers for it."""
    far, _ = far_vpc(stack)
    return [far, filtered(stack, far), *_peered(stack, peerVpcId=Of(far))]


def _unnamed_route(stack: Stack) -> Iterator[Stack]:
    """Somebody answers for the peering, and nobody for the route into it."""
    far, _ = far_vpc(stack)
    (peering,) = _peered(stack, "to-far", peerVpcId=Of(far))
    way = leads(stack, "vpcPeeringConnectionId", peering, destinationCidrBlock="10.77.0.0/16")
    named = (*stack.boundary.connections, connection("to-far", "10.77.0.0/16"))
    yield stack.having(far, filtered(stack, far), peering, way).declaring(connections=named)


def _crossed(stack: Stack) -> Iterator[Stack]:
    """Two connections are answered for, and the route of one leads by the other's gateway."""
    if list(stack.each(VPN_GATEWAY)):
        return
    one, other = connection("to-one", "10.98.0.0/16"), connection("to-other", "10.99.0.0/16")
    door = stack.makes(VPN_GATEWAY, "to-one", {"vpcId": Of(cluster_vpc(stack))})
    way = route(
        stack,
        cluster_table(stack),
        "to-other",
        destinationCidrBlock="10.99.0.0/16",
        gatewayId=Of(door),
    )
    yield stack.having(door, way).declaring(connections=(*stack.boundary.connections, one, other))


def _foreign_peer(stack: Stack) -> Iterator[Stack]:
    named = (*stack.boundary.connections, connection("to-partner", "10.99.0.0/16"))
    (peering,) = _peered(stack, "to-partner", peerOwnerId=FOREIGN)
    supplied = (*stack.boundary.supplied, supply(FAR_VPC))
    yield stack.having(peering).declaring(connections=named, supplied=supplied)


def _vpn_gateway(stack: Stack) -> Node:
    return stack.makes(VPN_GATEWAY, "door", {"vpcId": Of(cluster_vpc(stack))})


def _by_vpn_gateway(stack: Stack) -> list[Node]:
    door = _vpn_gateway(stack)
    return [door, leads(stack, "gatewayId", door)]


def _by_learnt_routes(stack: Stack) -> list[Node]:
    door = _vpn_gateway(stack)
    props = {"vpnGatewayId": Of(door), "routeTableId": Of(cluster_table(stack))}
    return [door, stack.makes(PROPAGATION, "door", props)]


def _by_listed_gateways(stack: Stack) -> list[Node]:
    door = _vpn_gateway(stack)
    return [door, stack.edited(cluster_table(stack), {"propagatingVgws": [Of(door)]})]


def _learnt_from_named(stack: Stack) -> Iterator[Stack]:
    """The gateway is a connection that somebody answers for, but it says itself what it carries."""
    for door in stack.each(VPN_GATEWAY):
        props = {"vpnGatewayId": Of(door), "routeTableId": Of(cluster_table(stack))}
        yield stack.having(stack.makes(PROPAGATION, "door", props))


def _idle_table(stack: Stack) -> Iterator[Stack]:
    """A table that no subnet has yet learns its routes."""
    for door in stack.each(VPN_GATEWAY):
        props = {"vpcId": Of(cluster_vpc(stack)), "propagatingVgws": [Of(door)]}
        yield stack.having(stack.makes("aws:ec2/routeTable:RouteTable", "door", props))


def _joined_vpn_gateway(stack: Stack) -> list[Node]:
    door = stack.makes(VPN_GATEWAY, "door")
    props = {"vpnGatewayId": Of(door), "vpcId": Of(cluster_vpc(stack))}
    joint = stack.makes("aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment", "joint", props)
    return [door, joint, leads(stack, "gatewayId", door)]


def _undeclared(type_: str) -> Change:
    """Nobody answers any longer for the connections of a stack that has one of a type."""

    def change(stack: Stack) -> Iterator[Stack]:
        if list(stack.each(type_)):
            yield stack.declaring(connections=())

    return change


def _party(type_: str, **props: Any) -> Change:
    """Somebody foreign takes part in something that is declared."""

    def change(stack: Stack) -> Iterator[Stack]:
        named = (*stack.boundary.connections, connection("to-partner", "10.99.0.0/16"))
        yield stack.having(stack.makes(type_, "to-partner", props)).declaring(connections=named)

    return change


def _lattice(**definition: Any) -> dict[str, Any]:
    return {"type": "SINGLE", "resourceConfigurationDefinition": definition}


def _for_foreigners(action: str) -> str:
    who = {"AWS": f"arn:aws:iam::{FOREIGN}:root"}
    statement = {"Effect": "Allow", "Principal": who, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


LATTICE = "aws:vpclattice/resourceConfiguration:ResourceConfiguration"
VPC_SHARE = "aws:ram/resourceShare:ResourceShare"
PRINCIPAL = "aws:ram/principalAssociation:PrincipalAssociation"
SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
ALLOWED = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
PERMISSION = "aws:ec2/networkInterfacePermission:NetworkInterfacePermission"
UNNAMED = (
    "aws:networkmanager/coreNetwork:CoreNetwork",
    "aws:networkmanager/vpcAttachment:VpcAttachment",
    "aws:directconnect/gatewayAssociation:GatewayAssociation",
    "aws:directconnect/privateVirtualInterface:PrivateVirtualInterface",
    "aws:vpclattice/serviceNetworkVpcAssociation:ServiceNetworkVpcAssociation",
    "aws:vpclattice/resourceGateway:ResourceGateway",
    VPC_SHARE,
    PERMISSION,
    "aws:ec2/trafficMirrorSession:TrafficMirrorSession",
    "aws:ec2/trafficMirrorTarget:TrafficMirrorTarget",
    SERVICE,
    "aws:ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter",
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint",
    "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization",
)
VPNS = (
    CUSTOMER, VPN, VPN_GATEWAY,
    "aws:ec2/vpnConcentrator:VpnConcentrator",
    "aws:ec2clientvpn/endpoint:Endpoint",
    "aws:ec2clientvpn/route:Route",
)  # fmt: skip


def _says(type_: str) -> str:
    return type_.rsplit(":", 1)[-1]


MUTATIONS = (
    opens("a peering that nobody answers for", "CN-020", build(_peered), "CN-004"),
    opens(
        "the other side's peering accepted",
        "CN-020",
        add(
            "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
            {"vpcPeeringConnectionId": "pcx-0a1b2c3d4e5f60718"},
        ),
        "CN-004",
    ),
    opens("a declared peering with a foreign account", "CN-021", _foreign_peer),
    opens("a peering of two own VPCs that nobody answers for", "CN-020", build(_peered_own)),
    opens("a route into a declared peering that nobody answers for", "CN-031", _unnamed_route),
    opens("a declared route that leads by another connection's gateway", "reach", _crossed),
    opens("a default route into a peering", "CN-020 CN-031 CN-032", _by_peering, "reach"),
    opens(
        "a default route into a peered VPC with a NAT gateway",
        "CN-010 CN-012 CN-014 CN-020 CN-030 CN-031 CN-032",
        build(_by_peering_onwards),
    ),
    opens("a peering that is declared no longer", "CN-020 CN-031", _undeclared(PEERING)),
    opens(
        "a virtual private gateway that is declared no longer",
        "CN-024 reach",
        _undeclared(VPN_GATEWAY),
        "CN-030 CN-031 CN-032",
    ),
    *(opens(f"a {_says(t)} that nobody answers for", "CN-024", add(t)) for t in VPNS),
    opens(
        "a default route to a virtual private gateway",
        "CN-024 CN-032 reach",
        build(_by_vpn_gateway),
        "CN-030 CN-031",
    ),
    opens(
        "a virtual private gateway attached by a resource of its own",
        "CN-024 CN-032 reach",
        build(_joined_vpn_gateway),
        "CN-030 CN-031",
    ),
    opens(
        "routes that a virtual private gateway propagates",
        "CN-024 CN-033 reach",
        build(_by_learnt_routes),
    ),
    opens(
        "a table that lists the gateway whose routes it takes",
        "CN-024 CN-033 reach",
        build(_by_listed_gateways),
    ),
    opens("routes that a declared gateway propagates", "CN-033 reach", _learnt_from_named),
    opens("an idle table that learns its routes", "CN-033", _idle_table),
    opens(
        "a static route of a VPN",
        "CN-024 CN-032",
        add(
            "aws:ec2/vpnConnectionRoute:VpnConnectionRoute",
            {"destinationCidrBlock": EVERYWHERE, "vpnConnectionId": "vpn-x"},
        ),
    ),
    *(opens(f"a {_says(t)} that nobody answers for", "CN-025", add(t)) for t in UNNAMED),
    opens(
        "a share with whoever accepts it",
        "CN-159",
        _party(VPC_SHARE, name="x", allowExternalPrincipals=True),
    ),
    opens("a share with a foreign account", "CN-159", _party(PRINCIPAL, principal=FOREIGN)),
    opens(
        "a share whose whole list of principals is written, one of them foreign",
        "CN-159",
        _party(
            "aws:ram/resourceShareAssociationsExclusive:ResourceShareAssociationsExclusive",
            principals=[ACCOUNT, FOREIGN],
        ),
    ),
    opens("an endpoint service for everybody", "CN-159", _party(ALLOWED, principalArn="*")),
    opens(
        "an endpoint service for a foreign account",
        "CN-159",
        _party(SERVICE, allowedPrincipals=[f"arn:aws:iam::{FOREIGN}:root"]),
    ),
    opens(
        "an interface that a foreign account may attach",
        "CN-159",
        _party(PERMISSION, awsAccountId=FOREIGN),
    ),
    opens(
        "a Direct Connect interface hosted for a foreign account",
        "CN-159",
        _party(
            "aws:directconnect/hostedPrivateVirtualInterface:HostedPrivateVirtualInterface",
            ownerAccountId=FOREIGN,
        ),
    ),
    opens(
        "a Direct Connect connection hosted for a foreign account",
        "CN-159",
        _party(
            "aws:directconnect/hostedConnection:HostedConnection", ownerAccountId=FOREIGN, vlan=7
        ),
    ),
    opens(
        "a gateway offered to a Direct Connect gateway of a foreign account",
        "CN-159",
        _party(
            "aws:directconnect/gatewayAssociationProposal:GatewayAssociationProposal",
            dxGatewayOwnerAccountId=FOREIGN,
        ),
    ),
    opens(
        "a gateway of a foreign account behind a Direct Connect gateway",
        "CN-159",
        _party(
            "aws:directconnect/gatewayAssociation:GatewayAssociation",
            associatedGatewayOwnerAccountId=FOREIGN,
        ),
    ),
    opens(
        "an endpoint service for callers of another region",
        "CN-003",
        _party(SERVICE, supportedRegions=["us-east-1"]),
    ),
    *(
        opens(f"a resource of VPC Lattice that is {what}", "CN-223", _party(LATTICE, **given))
        for what, given in {
            "an address outside": _lattice(ipResource={"ipAddress": "203.0.113.9"}),
            "a host outside": _lattice(dnsResource={"domainName": "db.example.com"}),
        }.items()
    ),
    opens(
        "a target of VPC Lattice outside",
        "CN-223",
        _party(
            "aws:vpclattice/targetGroupAttachment:TargetGroupAttachment",
            target={"id": "203.0.113.9", "port": 443},
        ),
    ),
    *(
        opens(
            f"a service of VPC Lattice that a foreign account may {what}",
            "CN-131 perimeter",
            _party(type_, policy=_for_foreigners(action)),
        )
        for what, type_, action in (
            ("call", "aws:vpclattice/authPolicy:AuthPolicy", "vpc-lattice-svcs:Invoke"),
            (
                "join",
                "aws:vpclattice/resourcePolicy:ResourcePolicy",
                "vpc-lattice:CreateServiceNetworkServiceAssociation",
            ),
        )
    ),
    opens(
        "packets mirrored to a target that nobody describes",
        "CN-004",
        _party(
            "aws:ec2/trafficMirrorSession:TrafficMirrorSession",
            trafficMirrorTargetId="tmt-0a1b2c3d4e5f60718",
        ),
    ),
    opens(
        "a public interface of Direct Connect",
        "CN-015",
        _party(
            "aws:directconnect/publicVirtualInterface:PublicVirtualInterface",
            ownerAccountId=ACCOUNT,
        ),
    ),
)
