"""Whom zones, endpoint services and transit gateways admit, as AWS tells of it.

Written by hand from the API references of EC2 and Route 53 (read 2026-11-30), apart from the tables
of the reader.
"""

from collections.abc import Iterable
from typing import Any, Final

from model.deployment import Node
from tests.automation.described.answers import Answers, Asked, Item
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

ZONE: Final = "aws:route53/zone:Zone"
AUTHORIZATION: Final = "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization"
SERVICE: Final = "aws:ec2/vpcEndpointService:VpcEndpointService"
ACCEPTER: Final = "aws:ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter"
PEER: Final = "aws:ec2transitgateway/connectPeer:ConnectPeer"
TARGET: Final = "aws:ec2/trafficMirrorTarget:TrafficMirrorTarget"
CONCENTRATOR: Final = "aws:ec2/vpnConcentrator:VpnConcentrator"
TYPES: Final = (AUTHORIZATION, ACCEPTER, PEER, TARGET, CONCENTRATOR)
# Endpoints of others that have asked, one of which a stack may have accepted.
WAITING: Final = ("vpce-0a1b2c3d4e5f60719", "vpce-0a1b2c3d4e5f60799")
# How ids of each begin, where AWS gives one.
_IDS: Final = {
    PEER: "tgw-connect-peer-0a1b2c3d4e5f60718", TARGET: "tmt-0a1b2c3d4e5f60718",
    CONCENTRATOR: "vcn-0a1b2c3d4e5f60718",
}  # fmt: skip


def real_id(node: Node) -> str:
    """As the provider calls it: by its id, or by those of both that it joins."""
    props = node.resource.props
    if node.resource.type == SERVICE:
        return str(node.outputs()["id"])
    if node.resource.type == AUTHORIZATION:
        return f"{props['zoneId']}:{props['vpcId']}"
    if node.resource.type == ACCEPTER:
        return f"{props['vpcEndpointServiceId']}_{props['vpcEndpointId']}"
    return _IDS[node.resource.type]


def tell(answers: Answers, stack: Stack) -> None:
    """All of them, and one of each that is none of the stack's."""
    zones = [str(node.outputs()["id"]) for node in stack.each(ZONE)]
    answers.says("route53", "ListHostedZones", lambda asked: {
        "HostedZones": [
            {"Id": f"/hostedzone/{id_}", "Name": "own.", "CallerReference": "x",
             "Config": {"PrivateZone": id_ != "Z2PUBLIC"}}
            for id_ in ("Z1OTHERS", "Z2PUBLIC", *zones)
        ],
        "Marker": "", "IsTruncated": False, "MaxItems": "100",
    })  # fmt: skip
    answers.says("route53", "ListVPCAssociationAuthorizations", lambda asked: {
        "HostedZoneId": asked["HostedZoneId"],
        "VPCs": [
            {"VPCId": props["vpcId"], "VPCRegion": REGION}
            for props in _each(stack, AUTHORIZATION) if props["zoneId"] == asked["HostedZoneId"]
        ],
    })  # fmt: skip
    offers = {str(node.outputs()["id"]): node.resource.props for node in stack.each(SERVICE)}
    answers.lists("ec2", "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations", *(
        {"ServiceId": id_, "ServiceState": "Available",
         "AcceptanceRequired": props["acceptanceRequired"],
         "SupportedRegions": [{"Region": region} for region in props["supportedRegions"]]}
        for id_, props in offers.items()
    ))  # fmt: skip
    answers.says("ec2", "DescribeVpcEndpointServicePermissions", lambda asked: {
        "AllowedPrincipals": [
            {"Principal": one} for one in offers[asked["ServiceId"]]["allowedPrincipals"]
        ],
    })  # fmt: skip
    answers.says("ec2", "DescribeVpcEndpointConnections", lambda asked: _accepted(stack, asked))
    answers.lists("ec2", "DescribeTransitGatewayConnectPeers", "TransitGatewayConnectPeers", *(
        _peer(node.resource.props) for node in stack.each(PEER)
    ))  # fmt: skip
    answers.lists("ec2", "DescribeTrafficMirrorTargets", "TrafficMirrorTargets", *(
        {"TrafficMirrorTargetId": real_id(node), "OwnerId": ACCOUNT,
         "NetworkInterfaceId": node.resource.props["networkInterfaceId"],
         "Type": "network-interface"}
        for node in stack.each(TARGET)
    ))  # fmt: skip
    answers.lists("ec2", "DescribeVpnConcentrators", "VpnConcentrators", *(
        {"VpnConcentratorId": real_id(node), "State": "available", "Type": "ipsec.1",
         "TransitGatewayId": node.resource.props["transitGatewayId"],
         "TransitGatewayAttachmentId": "tgw-attach-0a1b2c3d4e5f60719"}
        for node in stack.each(CONCENTRATOR)
    ))  # fmt: skip


def _each(stack: Stack, type_: str) -> Iterable[Any]:
    return (node.resource.props for node in stack.each(type_))


def _accepted(stack: Stack, asked: Asked) -> Item:
    """Of the services that are asked about: who was accepted, and who waits for that."""
    ((_, services),) = (tuple(one.values()) for one in asked["Filters"])
    rows = [
        (props["vpcEndpointServiceId"], props["vpcEndpointId"], "available")
        for props in _each(stack, ACCEPTER)
    ]
    accepted = {(service, endpoint) for service, endpoint, _ in rows}
    rows += [
        (service, endpoint, "pendingAcceptance")
        for service in services for endpoint in WAITING if (service, endpoint) not in accepted
    ]  # fmt: skip
    return {"VpcEndpointConnections": [
        {"ServiceId": service, "VpcEndpointId": endpoint, "VpcEndpointState": state}
        for service, endpoint, state in rows if service in services
    ]}  # fmt: skip


def _peer(props: Any) -> Item:
    return {
        "TransitGatewayConnectPeerId": _IDS[PEER], "State": "available",
        "TransitGatewayAttachmentId": props["transitGatewayAttachmentId"],
        "ConnectPeerConfiguration": {
            "PeerAddress": props["peerAddress"], "TransitGatewayAddress": "10.0.0.9",
            "InsideCidrBlocks": props["insideCidrBlocks"], "Protocol": "gre",
            "BgpConfigurations": [{"PeerAsn": int(props["bgpAsn"]), "TransitGatewayAsn": 64512}],
        },
    }  # fmt: skip
