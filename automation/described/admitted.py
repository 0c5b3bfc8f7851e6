"""Whom things that are read let in by a thing of its own: VPCs that may be joined to a zone,
endpoints that somebody has accepted, peers behind an attachment, and where packets are copied to.

Shapes are those of boto3's own models of the calls (read 2026-11-30).
"""

from typing import Final

from automation.described.calls import TAGS, Call, From, Kind
from automation.described.doors import SERVICES

_THERE: Final = "?State!='deleted' && State!='deleting'"
# AWS writes them in lower case, and its model of them with a capital letter.
_ACCEPTED: Final = "['available', 'Available', 'pending', 'Pending', 'partial', 'Partial']"

# Of the account's private zones those that the stack has made, or admits somebody to, by their ids.
# Whom another stack admits to its zone, which a VPC of this one may be joined to, is that one's.
ZONES: Final = Call(
    "route53", "list_hosted_zones", "HostedZones[?Config.PrivateZone]", ids="[name(Id)]"
)
AUTHORIZED: Final = Call(
    "route53", "list_vpc_association_authorizations", "VPCs[]", {"HostedZoneId": From("name(Id)")},
    of=ZONES,
)  # fmt: skip
CONNECTIONS: Final = Call(
    "ec2", "describe_vpc_endpoint_connections",
    f"VpcEndpointConnections[?contains({_ACCEPTED}, VpcEndpointState)]",
    {"Filters": [{"Name": "service-id", "Values": [From("ServiceId")]}]}, of=SERVICES,
)  # fmt: skip
PEERS: Final = Call(
    "ec2", "describe_transit_gateway_connect_peers", f"TransitGatewayConnectPeers[{_THERE}]",
    ids="[TransitGatewayConnectPeerId]", within="[TransitGatewayAttachmentId]",
)  # fmt: skip
TARGETS: Final = Call(
    "ec2", "describe_traffic_mirror_targets", "TrafficMirrorTargets[]",
    ids="[TrafficMirrorTargetId]",
    within="[NetworkInterfaceId, NetworkLoadBalancerArn, GatewayLoadBalancerEndpointId]",
)  # fmt: skip
# A region that has none yet does not know the call (EC2 developer guide, Error codes; read
# 2026-11-30).
CONCENTRATORS: Final = Call(
    "ec2", "describe_vpn_concentrators", f"VpnConcentrators[{_THERE}]", ids="[VpnConcentratorId]",
    within="[TransitGatewayId]", none=("InvalidAction",),
)  # fmt: skip

KINDS: Final = (
    Kind(
        "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization", AUTHORIZED,
        "join(':', [name(_of.Id), VPCId])",
        {"zoneId": "name(_of.Id)", "vpcId": "VPCId", "vpcRegion": "VPCRegion"},
        key=("zoneId", "vpcId"),
    ),
    # A service that accepts whoever asks has such endpoints too, and an endpoint of one's own may
    # have accepted itself: whom it lets ask is told with the service.
    Kind(
        "aws:ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter", CONNECTIONS,
        "join('_', [ServiceId, VpcEndpointId])",
        {"vpcEndpointServiceId": "ServiceId", "vpcEndpointId": "VpcEndpointId"},
        key=("vpcEndpointServiceId", "vpcEndpointId"), restates=True,
    ),
    Kind(
        "aws:ec2transitgateway/connectPeer:ConnectPeer", PEERS, "TransitGatewayConnectPeerId",
        {
            "transitGatewayAttachmentId": "TransitGatewayAttachmentId",
            "peerAddress": "ConnectPeerConfiguration.PeerAddress",
            "transitGatewayAddress": "ConnectPeerConfiguration.TransitGatewayAddress",
            "insideCidrBlocks": "ConnectPeerConfiguration.InsideCidrBlocks",
            "bgpAsn": "ConnectPeerConfiguration.BgpConfigurations[0].PeerAsn && "
            "to_string(ConnectPeerConfiguration.BgpConfigurations[0].PeerAsn)", **TAGS,
        },
    ),
    Kind(
        "aws:ec2/trafficMirrorTarget:TrafficMirrorTarget", TARGETS, "TrafficMirrorTargetId",
        {
            "networkInterfaceId": "NetworkInterfaceId", "description": "Description",
            "networkLoadBalancerArn": "NetworkLoadBalancerArn",
            "gatewayLoadBalancerEndpointId": "GatewayLoadBalancerEndpointId", **TAGS,
        },
    ),
    Kind(
        "aws:ec2/vpnConcentrator:VpnConcentrator", CONCENTRATORS, "VpnConcentratorId",
        {"type": "Type", "transitGatewayId": "TransitGatewayId", **TAGS},
        {"transitGatewayAttachmentId": "TransitGatewayAttachmentId"},
    ),
)  # fmt: skip
