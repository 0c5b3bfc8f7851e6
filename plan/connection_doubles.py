"""What a VPC takes once: one peering with each VPC, one attachment to each transit gateway, one
virtual private gateway. AWS refuses the second of them in the middle of `up`.

Sources (read 2026-11-29): VPC peering guide, limitations; EC2 API reference, AttachVpnGateway;
hashicorp/terraform-provider-aws#10852 (DuplicateTransitGatewayAttachment).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from plan.errors import Faults
from spec.connections import (
    ConnectionSpec,
    CreateVpnGateway,
    ExistingConnection,
    TransitGatewayConnection,
    VirtualPrivateGatewayConnection,
    VpcPeeringConnection,
)


@dataclass(frozen=True, slots=True)
class _Way:
    """What AWS takes once.

    far: the other side. thing: what stands there; None where each connection makes one of its own.
    key: below that of the connection. advice: what to write instead of a second one.
    """

    far: str
    thing: str | None
    key: str
    value: str
    advice: str


def check_doubles(connections: Mapping[str, ConnectionSpec], faults: Faults) -> None:
    """Note each connection that asks for what an earlier one has. One thing that is supplied may
    be named by several, each with addresses and subnets of its own. What others have made in a
    supplied VPC: plan/brownfield/gateways.py."""
    first: dict[str, tuple[str, _Way]] = {}
    for name, spec in connections.items():
        way = _way(spec)
        if way is None:
            continue
        other, before = first.setdefault(way.far, (name, way))
        if other != name and (way.thing is None or way.thing != before.thing):
            message = f"is a second way to {way.far}, beside {other}, and AWS gives a VPC one; "
            faults.add(f"network.connections.{name}.{way.key}", message + way.advice, way.value)


def _way(spec: ConnectionSpec) -> _Way | None:
    join = "write all its addresses there"
    if isinstance(spec, VpcPeeringConnection):
        return _Way(spec.peer_vpc_id, None, "peerVpcId", spec.peer_vpc_id, join)
    if isinstance(spec, TransitGatewayConnection):
        return _Way(spec.transit_gateway_id, None, "transitGatewayId", spec.transit_gateway_id,
                    join)  # fmt: skip
    if isinstance(spec, VirtualPrivateGatewayConnection):
        gateway = spec.gateway
        far, keep = "a virtual private gateway", "write all addresses there, or name one gateway"
        if isinstance(gateway, CreateVpnGateway):
            return _Way(far, None, "gateway", gateway.kind, keep)
        return _Way(far, gateway.vpn_gateway_id, "gateway.vpnGatewayId", gateway.vpn_gateway_id,
                    keep)  # fmt: skip
    if isinstance(spec, ExistingConnection):
        return _Way(spec.target_id, spec.target_id, "targetId", spec.target_id, join)
    return None
