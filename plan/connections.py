"""The ways to other networks and the routes that each one gets, by name."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from plan.subnets import SubnetLayout
from spec.connections import (
    BastionVpcConnection,
    ConnectionSpec,
    ExistingConnection,
    TransitGatewayConnection,
    VpcPeeringConnection,
)


@dataclass(frozen=True, slots=True)
class Connection:
    """One way to another network.

    subnets: names of our subnets whose tables lead there. attachment_subnets: one of them per
    zone, where a transit gateway puts its interfaces. far_cidrs: what may be spoken to there.
    near_cidrs: what of ours the other side routes back to.
    """

    name: str
    spec: ConnectionSpec
    subnets: tuple[str, ...]
    attachment_subnets: tuple[str, ...]
    far_cidrs: tuple[IPv4Network, ...]
    near_cidrs: tuple[IPv4Network, ...]

    @property
    def target(self) -> str:
        """What a route to the other side names: an argument of aws.ec2.Route."""
        if isinstance(self.spec, ExistingConnection):
            peered = self.spec.target_id.startswith("pcx-")
            return "vpc_peering_connection_id" if peered else "transit_gateway_id"
        if isinstance(self.spec, BastionVpcConnection | VpcPeeringConnection):
            return "vpc_peering_connection_id"
        return (
            "transit_gateway_id"
            if isinstance(self.spec, TransitGatewayConnection)
            else "gateway_id"
        )


def plan_connections(
    specs: dict[str, ConnectionSpec], layout: SubnetLayout
) -> dict[str, Connection]:
    """Connections by name. By default the operator's subnet leads there and no other."""
    default = (layout.operator,) if layout.operator else layout.control_plane
    return {
        name: Connection(
            name=name,
            spec=spec,
            subnets=(subnets := spec.subnets or default),
            far_cidrs=far_cidrs(spec),
            attachment_subnets=_one_per_zone(subnets, layout),
            near_cidrs=tuple(layout.subnets[s].cidr for s in subnets if s in layout.subnets),
        )
        for name, spec in specs.items()
    }


def _one_per_zone(names: tuple[str, ...], layout: SubnetLayout) -> tuple[str, ...]:
    """A transit gateway takes one subnet per zone; the first named of each."""
    zones: dict[str, str] = {}
    for name in names:
        if name in layout.subnets:
            zones.setdefault(layout.subnets[name].availability_zone, name)
    return tuple(zones.values())


def far_cidrs(spec: ConnectionSpec) -> tuple[IPv4Network, ...]:
    """What lies on the other side."""
    return tuple(far_keys(spec).values())


def far_keys(spec: ConnectionSpec) -> dict[str, IPv4Network]:
    """The same by the key that says it, below that of the connection."""
    if isinstance(spec, BastionVpcConnection):
        return {"vpcCidr": spec.vpc_cidr}
    if isinstance(spec, VpcPeeringConnection):
        key, cidrs = "peerCidrs", spec.peer_cidrs
    elif isinstance(spec, ExistingConnection):
        key, cidrs = "cidrs", spec.cidrs
    else:
        key, cidrs = "onPremisesCidrs", spec.on_premises_cidrs
    return {f"{key}.{i}": cidr for i, cidr in enumerate(cidrs)}
